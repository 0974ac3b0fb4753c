import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { defineQuery, type Store } from '../client';

const insertsInto = (tables: string) => `FROM system.processes WHERE query_kind = 'Insert' AND current_database = currentDatabase() AND match(query, '^INSERT INTO [^ (]*(${tables})\\W')`;
/** Until when all that was written into these tables (names, alternatives of a pattern) can be seen: see logSeenUntil. */
export const seenUntil = (tables: string) => `(SELECT now64(3) - toIntervalMillisecond(toInt64(ceil(max(elapsed) * 1000))) ${insertsInto(tables)})`;
/** How many inserts into the log have not ended. */
export const INSERTS_UNDER_WAY = `(SELECT count() ${insertsInto('events')})`;
export const SEEN_UNTIL = seenUntil('events');

const until = defineQuery({
  name: 'log_seen_until',
  sql: `SELECT now64(3) AS now, ${SEEN_UNTIL} AS until`,
  params: z.object({}),
  row: z.object({ now: z.string(), until: z.string() }),
});

/**
 * Until when all that was written into the log can be seen, by the store's clock. An insert's rows are seen when it ends and
 * stamped after it began: what of it runs now may not be seen yet.
 */
export async function logSeenUntil(store: Store): Promise<Date> {
  const [row] = await until(store, {});
  return new Date(row?.until ?? 0);
}

/**
 * Waits until whatever of the log can be seen can be seen in its views too: an event is there a moment before what is made of
 * it, since both belong to one insert that has not ended.
 * @returns false where an insert went on for longer
 */
export async function viewsSeen(store: Store, patienceMs: number): Promise<boolean> {
  const began = Date.now();
  let from: string | undefined;
  for (;;) {
    const [row] = await until(store, {});
    from ??= row?.now;
    if (row && from !== undefined && row.until >= from) return true;
    if (Date.now() - began > patienceMs) return false;
    await sleep(50);
  }
}
