import { z } from 'zod';
import { defineQuery, type Store } from '../client';
import { HANDED_OVER } from './scope';

/** What the log spans: first and last event time, and the facilities that events name. */

const row = z.object({ first: z.string(), last: z.string(), events: z.number() });

// What people and the product did here is in the log too, and says nothing of how far the hospital's events reach: an
// alert about an imported history must not make that history end today.
const bounds = defineQuery({
  name: 'span_bounds',
  // `first` and the outer maximum are answered from the parts' own minimum and maximum, without reading rows; of the rest
  // only the last days are read.
  sql: `SELECT (SELECT min(time) FROM events) AS first, max(time) AS last, count() AS events FROM events
        WHERE time >= (SELECT max(time) FROM events) - INTERVAL 8 DAY AND ${HANDED_OVER}`,
  params: z.object({}),
  row,
});

const wholeBounds = defineQuery({
  name: 'span_whole_bounds',
  sql: `SELECT min(time) AS first, max(time) AS last, count() AS events FROM events WHERE ${HANDED_OVER}`,
  params: z.object({}),
  row,
});

const facilities = defineQuery({
  name: 'span_facilities',
  // Without FINAL: argMax over rank takes the version in force.
  sql: `SELECT seen.id AS id, places.name AS name, places.zone AS zone
        FROM (SELECT id FROM facilities GROUP BY id) AS seen
        LEFT JOIN (
          SELECT record_id AS id,
            JSONExtractString(argMax(attributes, (valid_from, version, rank)) AS newest, 'name') AS name,
            JSONExtractString(newest, 'timeZone') AS zone
          FROM master_records WHERE kind = 'location' GROUP BY record_id
        ) AS places ON places.id = seen.id
        ORDER BY name, id`,
  params: z.object({}),
  row: z.object({ id: z.string(), name: z.string(), zone: z.string() }),
  limits: { rows: 5_000 },
});

/** First and last event time; null for an empty log. */
export async function dataBounds(store: Store): Promise<{ first: Date; last: Date } | null> {
  const [near] = await bounds(store, {});
  const found = near && near.events > 0 ? near : (await wholeBounds(store, {}))[0];
  return found && found.events > 0 ? { first: new Date(found.first), last: new Date(found.last) } : null;
}

/** The facilities that events name, with name and zone of their master data; empty where it says none. */
export function facilitiesSeen(store: Store): Promise<{ id: string; name: string; zone: string }[]> {
  return facilities(store, {});
}
