'use client';

import { parseAsArrayOf, parseAsBoolean, parseAsIsoDateTime, parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';

const VIEWS = ['graph', 'list'] as const;

/** Everything that the page shows can be seen from its address, so that a link shows another reader the same; which events are opened, events.tsx keeps there too. */
const parsers = {
  view: parseAsStringLiteral(VIEWS),
  siblings: parseAsBoolean.withDefault(false),
  /** Relations that nobody stated are walked and drawn too. */
  inferred: parseAsBoolean.withDefault(false),
  /** Groups that are opened, as fold.ts names them. */
  open: parseAsArrayOf(parseAsString).withDefault([]),
  /** The node that is looked at, in the drawing, the timeline, the list and the events. */
  node: parseAsString,
  /** The moment that the chain is shown as known at. */
  asOf: parseAsIsoDateTime,
  /** The list of what became known when. */
  steps: parseAsBoolean.withDefault(false),
};

export function useChainState() {
  const [state, set] = useQueryStates(parsers, { history: 'push' });
  return {
    ...state,
    set,
    select: (key: string | null) => void set({ node: key === state.node ? null : key }),
    toggleFold: (key: string) => void set({ open: toggled(state.open, key) }),
    setAsOf: (moment: Date | null) => void set({ asOf: moment }),
  };
}

const toggled = (list: readonly string[], key: string): string[] | null => {
  const next = list.includes(key) ? list.filter((each) => each !== key) : [...list, key];
  return next.length === 0 ? null : next;
};
