'use client';

import { parseAsBoolean, parseAsInteger, parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useMemo } from 'react';
import { EXCEPTION_KINDS, PARTIES, SEVERITIES } from '@/server/rules/raci';

export const STATES = ['open', 'reopened', 'acknowledged', 'assigned', 'resolved', 'settled', 'all'] as const;
export const STATE_WORDS: Readonly<Record<(typeof STATES)[number], string>> = {
  open: 'Open: nobody has it', reopened: 'Reopened', acknowledged: 'Acknowledged', assigned: 'Assigned', resolved: 'Resolved by somebody', settled: 'Settled by the facts', all: 'Every state',
};

const parsers = {
  kind: parseAsStringLiteral(EXCEPTION_KINDS), owner: parseAsStringLiteral(PARTIES), state: parseAsStringLiteral(STATES), severity: parseAsStringLiteral(SEVERITIES),
  assignee: parseAsString, q: parseAsString, arose: parseAsBoolean,
  // Another choice is another list: it begins at its first page.
  page: parseAsInteger,
};

/** What the work list is narrowed to, as the address has it. */
export function useWorkFilters() {
  const [chosen, set] = useQueryStates(parsers, { history: 'push' });
  const { kind, owner, state, severity, assignee, q, arose } = chosen;
  const asked = useMemo(
    () => ({
      kind: kind ?? undefined, owner: owner ?? undefined, state: state ?? undefined, severity: severity ?? undefined,
      assignee: assignee || undefined, text: q?.trim().slice(0, 200) || undefined, arose: arose || undefined,
    }),
    [kind, owner, state, severity, assignee, q, arose],
  );
  return {
    chosen, asked,
    narrowed: Object.values(asked).some((value) => value !== undefined),
    choose: (next: Partial<typeof chosen>) => void set({ ...next, page: null }),
    clear: () => void set({ kind: null, owner: null, state: null, severity: null, assignee: null, q: null, arose: null, page: null }),
  };
}
export type WorkFilters = ReturnType<typeof useWorkFilters>;
