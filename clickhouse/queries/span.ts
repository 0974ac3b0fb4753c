import { z } from 'zod';
import { defineQuery, type Store } from '../client';

/** What the log spans: first and last event time, and the facilities that events name. */

const bounds = defineQuery({
  name: 'span_bounds',
  // Answered from the parts' own minimum and maximum of the partition key's column, without reading rows.
  sql: 'SELECT min(time) AS first, max(time) AS last, count() AS events FROM events',
  params: z.object({}),
  row: z.object({ first: z.string(), last: z.string(), events: z.number() }),
});

const facilities = defineQuery({
  name: 'span_facilities',
  // Without FINAL: argMax over rank takes the version in force.
  sql: `SELECT seen.id AS id, places.name AS name, places.zone AS zone
        FROM (SELECT facility AS id FROM events WHERE facility != '' GROUP BY facility) AS seen
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
  const [row] = await bounds(store, {});
  return row && row.events > 0 ? { first: new Date(row.first), last: new Date(row.last) } : null;
}

/** Facilities that events name, with name and zone of their master data; empty where it says none. */
export function facilitiesSeen(store: Store): Promise<{ id: string; name: string; zone: string }[]> {
  return facilities(store, {});
}
