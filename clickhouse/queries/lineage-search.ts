import { z } from 'zod';
import { BY_KEY, defineQuery } from '../client';
import { IN_FACILITIES } from './scope';

/** From whatever key a person has to the objects that it leads to. */

/** Two letters begin millions of keys: of those no more are looked at, the first by the alphabet. */
const MOST_BEGINNINGS = 1_000;

/** What touched something last: when, as what, and where; `facilities`: at how many. */
const LATEST = 'max(search_keys.last) AS latest, latest.1 AS last_time, latest.2 AS last_type, argMax(facility, search_keys.last) AS last_facility, uniqExact(facility) AS facilities';
const latestRow = { object_type: z.string(), object_id: z.string(), last_time: z.string(), last_type: z.string(), last_facility: z.string(), facilities: z.number() } as const;

const ONE = 'key, object_type, object_id, kind';

/**
 * Objects whose key is one of `keys` (lower case) or begins with `prefix`, and the latest event that has the key, within
 * facilities; whole matches first, then the shortest of what begins with it, the latest first. Reads go by the key of
 * search_keys, of which a prefix is a range: added up in the order in which it lies, it is read no further than is wanted.
 * `prefix` empty: whole keys only.
 */
export const keysFound = defineQuery({
  name: 'lineage_keys_found',
  sql: `
    SELECT object_type, object_id, kind, whole, last_time, last_type, last_facility, facilities
    FROM (
      SELECT ${ONE}, 1 AS whole, ${LATEST} FROM search_keys WHERE key IN {keys:Array(String)} AND ${IN_FACILITIES} GROUP BY ${ONE}
      UNION ALL
      SELECT * FROM (
        SELECT ${ONE}, 0 AS whole, ${LATEST} FROM search_keys
        WHERE {prefix:String} != '' AND startsWith(key, {prefix:String}) AND key NOT IN {keys:Array(String)} AND ${IN_FACILITIES}
        GROUP BY ${ONE} ORDER BY ${ONE} LIMIT ${MOST_BEGINNINGS})
    )
    ORDER BY whole DESC, length(key), last_time DESC, object_type, object_id
    LIMIT {most:UInt32}
    SETTINGS optimize_aggregation_in_order = 1`,
  params: z.object({ keys: z.array(z.string()), prefix: z.string(), facilities: z.array(z.string()), most: z.number().int() }),
  row: z.object({ ...latestRow, kind: z.string(), whole: z.number() }),
});

/**
 * The latest event of each of some objects, within facilities.
 * @param keys their ids in lower case
 */
export const objectsLatest = defineQuery({
  name: 'lineage_objects_latest',
  sql: `
    SELECT object_type, object_id, last_time, last_type, last_facility, facilities FROM (
      SELECT object_type, object_id, ${LATEST} FROM search_keys
      WHERE key IN {keys:Array(String)} AND (object_type, object_id) IN arrayZip({types:Array(String)}, {ids:Array(String)}) AND kind = 'id' AND ${IN_FACILITIES}
      GROUP BY object_type, object_id)`,
  params: z.object({ keys: z.array(z.string()), types: z.array(z.string()), ids: z.array(z.string()), facilities: z.array(z.string()) }),
  row: z.object(latestRow),
  limits: BY_KEY,
});

const eventFound = z.object({
  event_key: z.string(), id: z.string(), type: z.string(), time: z.string(), facility: z.string(), document_id: z.string(),
  object_types: z.array(z.string()), object_ids: z.array(z.string()),
});
const EVENT = `toString(event_key) AS event_key, id, type, time, facility, document_id, \`objects.type\` AS object_types, \`objects.id\` AS object_ids`;

/** By the hours of the log in which events with such a key are: the log's own key begins with the hour. Events by their CloudEvents id (whole) or by the key shown in exports. */
export const eventsByKey = defineQuery({
  name: 'lineage_events_by_key',
  sql: `SELECT ${EVENT} FROM events
    WHERE toStartOfHour(events.time) IN (SELECT hour FROM event_keys WHERE hash = cityHash64(lower({id:String})))
      AND (events.id = {id:String} OR events.event_key = toUUIDOrZero({id:String})) AND ${IN_FACILITIES}
    ORDER BY time, recorded_at LIMIT 1 BY events.event_key LIMIT 50`,
  params: z.object({ id: z.string(), facilities: z.array(z.string()) }),
  row: eventFound,
  limits: BY_KEY,
});

/** Messages that could not be read, by the event id that could still be told. */
export const deadLettersById = defineQuery({
  name: 'lineage_dead_letters_by_id',
  sql: `
    SELECT stream_seq, part, subject, recorded_at, reason_code, reason, facility FROM dead_letters FINAL
    WHERE event_id = {id:String} AND ${IN_FACILITIES} ORDER BY recorded_at DESC LIMIT 5`,
  params: z.object({ id: z.string(), facilities: z.array(z.string()) }),
  row: z.object({ stream_seq: z.number(), part: z.number(), subject: z.string(), recorded_at: z.string(), reason_code: z.string(), reason: z.string(), facility: z.string() }),
});
