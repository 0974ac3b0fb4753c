import { z } from 'zod';
import { BY_KEY, defineQuery } from '../client';

/** From whatever key a person has to the objects that it leads to. */

/** Two letters begin millions of keys: of those no more are looked at, the first by the alphabet. */
const MOST_BEGINNINGS = 1_000;

/**
 * Objects whose key is one of `keys` (lower case) or begins with `prefix`; whole matches first, then the shortest of what
 * begins with it, the latest first. Reads go by the key of object_keys, of which a prefix is a range. `prefix` empty: whole keys only.
 */
export const keysFound = defineQuery({
  name: 'lineage_keys_found',
  sql: `
    SELECT object_type, object_id, kind, whole, max(said.last) AS last_time
    FROM (
      SELECT key, object_type, object_id, kind, object_keys.last_time AS last, 1 AS whole FROM object_keys WHERE key IN {keys:Array(String)}
      UNION ALL
      SELECT key, object_type, object_id, kind, last, 0 AS whole FROM (
        SELECT key, object_type, object_id, kind, object_keys.last_time AS last FROM object_keys
        WHERE {prefix:String} != '' AND startsWith(key, {prefix:String}) AND key NOT IN {keys:Array(String)}
        ORDER BY key, object_type, object_id, kind LIMIT ${MOST_BEGINNINGS})
    ) AS said
    GROUP BY key, object_type, object_id, kind, whole
    ORDER BY whole DESC, length(key), last_time DESC, object_type, object_id
    LIMIT {most:UInt32}`,
  params: z.object({ keys: z.array(z.string()), prefix: z.string(), most: z.number().int() }),
  row: z.object({ object_type: z.string(), object_id: z.string(), kind: z.string(), whole: z.number(), last_time: z.string() }),
});

/** The latest event of each of some objects, within facilities. */
export const objectsLatest = defineQuery({
  name: 'lineage_objects_latest',
  sql: `
    SELECT object_type, object_id, max(object_events.time) AS last, argMax(facility, object_events.time) AS last_facility, argMax(type, object_events.time) AS last_type,
      uniqExact(facility) AS facilities
    FROM object_events
    WHERE (object_type, object_id) IN arrayZip({types:Array(String)}, {ids:Array(String)}) AND (empty({facilities:Array(String)}) OR facility IN {facilities:Array(String)})
    GROUP BY object_type, object_id`,
  params: z.object({ types: z.array(z.string()), ids: z.array(z.string()), facilities: z.array(z.string()) }),
  row: z.object({ object_type: z.string(), object_id: z.string(), last: z.string(), last_facility: z.string(), last_type: z.string(), facilities: z.number() }),
});

/**
 * The same of items, lots, locations and suppliers, some of which a good part of all events touch: their keys say when the last
 * one did, and only that one is read. Of an object whose last event was at another facility nothing is said.
 *
 * @param keys ids of the objects in lower case
 */
export const contextsLatest = defineQuery({
  name: 'lineage_contexts_latest',
  sql: `
    SELECT object_type, object_id, object_events.time AS last, any(facility) AS last_facility, any(type) AS last_type FROM object_events
    WHERE (object_type, object_id, object_events.time) IN (
        SELECT object_type, object_id, max(object_keys.last_time) FROM object_keys
        WHERE key IN {keys:Array(String)} AND kind = 'id' AND (object_type, object_id) IN arrayZip({types:Array(String)}, {ids:Array(String)}) GROUP BY object_type, object_id)
      AND (empty({facilities:Array(String)}) OR facility IN {facilities:Array(String)})
    GROUP BY object_type, object_id, last`,
  params: z.object({ keys: z.array(z.string()), types: z.array(z.string()), ids: z.array(z.string()), facilities: z.array(z.string()) }),
  row: z.object({ object_type: z.string(), object_id: z.string(), last: z.string(), last_facility: z.string(), last_type: z.string() }),
});

const eventFound = z.object({
  event_key: z.string(), id: z.string(), type: z.string(), time: z.string(), facility: z.string(), document_id: z.string(),
  object_types: z.array(z.string()), object_ids: z.array(z.string()),
});
const EVENT = `toString(event_key) AS event_key, id, type, time, facility, document_id, \`objects.type\` AS object_types, \`objects.id\` AS object_ids`;
const SCOPED = '(empty({facilities:Array(String)}) OR facility IN {facilities:Array(String)})';

/** By the hours of the log in which events with such a key are: the log's own key begins with the hour. Events by their CloudEvents id (whole) or by the key shown in exports. */
export const eventsByKey = defineQuery({
  name: 'lineage_events_by_key',
  sql: `SELECT ${EVENT} FROM events
    WHERE toStartOfHour(events.time) IN (SELECT hour FROM event_keys WHERE hash = cityHash64(lower({id:String})))
      AND (events.id = {id:String} OR events.event_key = toUUIDOrZero({id:String})) AND ${SCOPED}
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
    WHERE event_id = {id:String} AND ${SCOPED} ORDER BY recorded_at DESC LIMIT 5`,
  params: z.object({ id: z.string(), facilities: z.array(z.string()) }),
  row: z.object({ stream_seq: z.number(), part: z.number(), subject: z.string(), recorded_at: z.string(), reason_code: z.string(), reason: z.string(), facility: z.string() }),
});
