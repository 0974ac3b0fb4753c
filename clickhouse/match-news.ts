import { z } from 'zod';
import { BY_KEY, defineQuery, type Store } from './client';
import { INSERTS_UNDER_WAY, SEEN_UNTIL } from './queries/seen';

/** What has been touched since the last run of the match. */

/** Touched things that one run takes, more only where one insert brought more. */
const MOST_TOUCHED = 50_000;
/** Touched things that are named in the statements themselves, with fewer steps from them to the orders. */
const MOST_NAMED = 200;
/** What was stamped this long before a run is looked at once more: clocks are not that exact. */
export const OVERLAP_MS = 100;

/** Until when the log can be seen (see queries/seen.ts), and the last run: asked several times a second, so in one question. */
const news = defineQuery({
  name: 'match_news',
  sql: `
    SELECT ${SEEN_UNTIL} AS until, ${INSERTS_UNDER_WAY} AS inserts,
      (SELECT max(run) FROM match_runs) AS last_run,
      (SELECT argMax(touched_until, run) FROM match_runs) AS touched_until,
      (SELECT argMax(rules, run) FROM match_runs) AS last_rules,
      (SELECT count() FROM (SELECT 1 FROM match_touched WHERE touched_at >= (SELECT argMax(touched_until, run) FROM match_runs) - toIntervalMillisecond(${OVERLAP_MS}) AND touched_at < until LIMIT 1)) AS things`,
  params: z.object({}),
  row: z.object({ until: z.string(), inserts: z.number(), last_run: z.number(), touched_until: z.string(), last_rules: z.string(), things: z.number() }),
});
export type News = z.output<typeof news.definition.row>;

/** What was touched, where that is little. */
const touchedThings = defineQuery({
  name: 'match_things',
  sql: `SELECT DISTINCT toString(kind) AS kind, id, touched_at FROM match_touched WHERE touched_at >= {since:DateTime64(3, 'UTC')} AND touched_at < {until:DateTime64(3, 'UTC')} LIMIT ${MOST_NAMED + 1}`,
  params: z.object({ since: z.date(), until: z.date() }),
  row: z.object({ kind: z.string(), id: z.string(), touched_at: z.string() }),
});
type Thing = z.output<typeof touchedThings.definition.row>;

/** Until where a run goes that begins at `since`. */
const nextSlice = defineQuery({
  name: 'match_next_slice',
  sql: `SELECT count() AS things, max(touched_at) AS last FROM (
    SELECT touched_at FROM match_touched WHERE touched_at >= {since:DateTime64(3, 'UTC')} AND touched_at < {until:DateTime64(3, 'UTC')} ORDER BY touched_at LIMIT ${MOST_TOUCHED})`,
  params: z.object({ since: z.date(), until: z.date() }),
  row: z.object({ things: z.number(), last: z.string() }),
});

const peek = defineQuery({
  name: 'match_peek',
  sql: "SELECT 1 AS one FROM match_touched WHERE touched_at >= {since:DateTime64(3, 'UTC')} LIMIT 1",
  params: z.object({ since: z.date() }),
  row: z.object({ one: z.number() }),
  limits: BY_KEY,
});

/** Whether anything may have been touched since a run: what can be asked often. What another process has done, and other rules, are not looked for. */
export async function matchTouched(store: Store, since: Date): Promise<boolean> {
  return (await peek(store, { since: new Date(since.getTime() - OVERLAP_MS) })).length > 0;
}

export async function matchNews(store: Store): Promise<News> {
  const [now] = await news(store, {});
  if (!now) throw new Error('the store says nothing of the match');
  return now;
}

/** Ids of what was touched, by kind. */
export interface Named extends Record<string, unknown> {
  orders: readonly string[];
  receipts: readonly string[];
  invoices: readonly string[];
}

export interface Touched {
  since: Date;
  until: Date;
  /** What is to be worked out, where that is little; undefined where it is more, or an item: all lines are looked through for those. */
  named: Named | undefined;
  /** Whether nothing is left to be worked out. */
  nothing: boolean;
  /** Whether something that was touched meanwhile waits for the next run. */
  more: boolean;
  /** Says that a run has worked it all out. */
  dealtWith(run: number): void;
}

/**
 * What runs of this process have dealt with of what the next looks at once more. Where no insert was under way when a run
 * began, it has seen all that was said of a thing that it was told of, and the next need not work that out again: whoever
 * waits for the verdict of the event after would wait for it.
 */
const dealt = new WeakMap<Store, { run: number; things: ReadonlySet<string> }>();
const keyOf = ({ kind, id, touched_at }: Thing): string => JSON.stringify([kind, id, touched_at]);

/** What one run takes of what was touched since the last one and has not been dealt with. */
export async function touchedSince(store: Store, now: News): Promise<Touched> {
  const since = new Date(Date.parse(now.touched_until) - OVERLAP_MS);
  const until = new Date(now.until);
  const things = await touchedThings(store, { since, until });
  if (things.length > MOST_NAMED || things.some(({ kind }) => kind === 'item')) {
    const [slice] = await nextSlice(store, { since, until });
    const more = (slice?.things ?? 0) >= MOST_TOUCHED;
    return { since, until: more && slice ? new Date(Date.parse(slice.last) + 1) : until, named: undefined, nothing: false, more, dealtWith: () => {} };
  }
  const before = dealt.get(store);
  const isDealtWith = (thing: Thing) => before?.run === now.last_run && before.things.has(keyOf(thing));
  const fresh = things.filter((thing) => !isDealtWith(thing));
  const of = (kind: string) => [...new Set(fresh.filter((thing) => thing.kind === kind).map(({ id }) => id))];
  return {
    since, until, named: { orders: of('order'), receipts: of('receipt'), invoices: of('invoice') }, nothing: fresh.length === 0, more: false,
    dealtWith: (run) => dealt.set(store, { run, things: new Set(things.filter((thing) => now.inserts === 0 || isDealtWith(thing)).map(keyOf)) }),
  };
}
