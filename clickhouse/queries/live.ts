import { z } from 'zod';
import { defineQuery, type Store } from '../client';

const newest = defineQuery({
  name: 'live_newest',
  // The skip index on recorded_at leaves only the granules that were written lately.
  sql: `SELECT max(recorded_at) AS newest, count() AS events
        FROM events WHERE recorded_at >= {since:DateTime64(3)}`,
  params: z.object({ since: z.date() }),
  row: z.object({ newest: z.string(), events: z.number() }),
  limits: { seconds: 2 },
});

const ever = defineQuery({
  name: 'live_newest_ever',
  sql: 'SELECT max(recorded_at) AS newest, count() AS events FROM events',
  params: z.object({}),
  row: z.object({ newest: z.string(), events: z.number() }),
});

/**
 * When the newest event was recorded; null for an empty log. Give the last answer as `since`: only what
 * is newer is then read.
 */
export async function newestRecorded(store: Store, since: Date | null): Promise<Date | null> {
  const [row] = since ? await newest(store, { since }) : await ever(store, {});
  return row && row.events > 0 ? new Date(row.newest) : since;
}
