'use client';

import { Alert } from '@mantine/core';
import { IconClockExclamation } from '@tabler/icons-react';
import { formatDuration } from '../format/format';
import { Time } from '../format/values';
import { useNow } from '../use-now';

/** Older than this, what is kept has been left standing: the keeper says every few seconds how far it is. */
const STANDS_STILL_MS = 180_000;

interface Kept {
  /** ISO 8601; null before the first time; undefined while nobody knows yet. */
  readonly asOf: string | null | undefined;
}

/** Up to when a page's figures are right, for its subtitle. */
export function AsOf({ asOf, zone }: Kept & { readonly zone: string | undefined }) {
  return asOf && zone ? <> As of <Time value={asOf} zone={zone} />.</> : null;
}

/** Says so where what a page reads was never worked out, or stands still. */
export function KeptNotice({ asOf }: Kept) {
  const now = useNow(10_000);
  if (asOf === null) {
    return (
      <Alert mb="md" variant="light" icon={<IconClockExclamation size={18} aria-hidden />} title="Not worked out yet" data-state="unknown" styles={{ root: { background: 'var(--tl-unknown-soft)' } }}>
        The keeper has not been through the log yet, so nobody knows what is in it. It does that right after the start; look again in a moment.
      </Alert>
    );
  }
  if (asOf === undefined || now - Date.parse(asOf) <= STANDS_STILL_MS) return null;
  return (
    <Alert mb="md" variant="light" icon={<IconClockExclamation size={18} aria-hidden />} title="These figures stand still" data-state="stale" role="status" styles={{ root: { background: 'var(--tl-watch-soft)' }, icon: { color: 'var(--tl-watch)' } }}>
      They were last brought up to the log {formatDuration(now - Date.parse(asOf))} ago: the keeper does not run, or is busy with more than it can do at once. What was recorded since is not in them.
    </Alert>
  );
}
