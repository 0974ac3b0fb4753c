'use client';

import { useSyncExternalStore } from 'react';

const never = () => () => undefined;

/** The zone of whoever looks at the page: what they type as a time is meant in it. UTC until the browser has said. */
export function useViewerZone(): string {
  return useSyncExternalStore(never, () => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC', () => 'UTC');
}
