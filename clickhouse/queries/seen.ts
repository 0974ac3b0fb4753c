import { z } from 'zod';
import { defineQuery, type Store } from '../client';

const until = defineQuery({
  name: 'log_seen_until',
  sql: `
    SELECT now64(3) - toIntervalMillisecond(toInt64(ceil(max(elapsed) * 1000))) AS until
    FROM system.processes WHERE query_kind = 'Insert' AND current_database = currentDatabase() AND match(query, '^INSERT INTO [^ (]*events\\\\W')`,
  params: z.object({}),
  row: z.object({ until: z.string() }),
});

/**
 * Until when all that was written into the log can be seen, by the store's clock. An insert's rows are seen when it ends and
 * stamped after it began: what of it runs now may not be seen yet.
 */
export async function logSeenUntil(store: Store): Promise<Date> {
  const [row] = await until(store, {});
  return new Date(row?.until ?? 0);
}
