import { z } from 'zod';
import { BY_KEY, defineList, defineQuery } from '../client';

/** One chain: its links hop by hop, what its documents say, and its events. Every read goes by a table's key. */

/** No moment: everything that is recorded is known. */
export const EVER = new Date('2299-01-01T00:00:00Z');
/** What was recorded by a moment; a row of an event's copy that was recorded later says nothing of when it was first. */
export const KNOWN = "recorded_at <= {known_at:DateTime64(3, 'UTC')}";

export const nodes = { types: z.array(z.string()), ids: z.array(z.string()) } as const;
export const IN_NODES = 'IN arrayZip({types:Array(String)}, {ids:Array(String)})';

export const lineRow = z.object({
  document_type: z.string(), document_id: z.string(), line_id: z.string(), aspect: z.string(), action: z.string(), object_id: z.string(),
  event_key: z.string(), time: z.string(), recorded_at: z.string(), facility: z.string(), revision: z.number(),
  currency: z.string(), supplier: z.string(), case_token: z.string(), invoice_number: z.string(), reason: z.string(), due_date: z.string().nullable(),
  header_tax: z.string().nullable(), header_freight: z.string().nullable(), item: z.string(), lot: z.string(),
  quantity: z.string().nullable(), uom: z.string(), price: z.string().nullable(), amount: z.string().nullable(),
  location: z.string(), flow_type: z.string(), due_at: z.string().nullable(), code: z.string(), order_id: z.string(), order_line: z.string(),
});
/** A document line under one aspect, as in force. Decimals are strings, times ISO 8601 in UTC. */
export type LineFact = z.infer<typeof lineRow>;

/** A line under one aspect: what tells it from others in columns, the rest as the text that the table has of it. */
const LINE_HEAD = 'document_type, document_id, line_id, aspect, head';
const lineHead = z.object({ document_type: z.string(), document_id: z.string(), line_id: z.string(), aspect: z.string(), head: z.string() });
export type LineHead = z.infer<typeof lineHead>;

/**
 * What named lines say, one row per aspect, the one in force; in no order. Without FINAL, which reads all columns of every
 * granule that a key falls into; by rank and LIMIT BY only the matching rows are read in full.
 */
export const lineHeads = defineQuery({
  name: 'lineage_facts',
  sql: `
    SELECT ${LINE_HEAD} FROM document_lines
    WHERE (document_type, document_id, line_id) IN arrayZip({types:Array(String)}, {documents:Array(String)}, {lines:Array(String)})
    ORDER BY rank DESC LIMIT 1 BY document_type, document_id, line_id, aspect`,
  params: z.object({ types: z.array(z.string()), documents: z.array(z.string()), lines: z.array(z.string()) }),
  row: lineHead,
  limits: BY_KEY,
});

/** Lines of whole documents, at most `most` rows. */
export const documentHeads = defineQuery({
  name: 'lineage_document_facts',
  sql: `
    SELECT ${LINE_HEAD} FROM (
      SELECT ${LINE_HEAD}, time FROM document_lines
      WHERE document_type = {type:String} AND document_id = {id:String}
      ORDER BY rank DESC LIMIT 1 BY document_type, document_id, line_id, aspect
    )
    ORDER BY document_type, document_id, line_id, time, aspect LIMIT {most:UInt32}`,
  params: z.object({ type: z.string(), id: z.string(), most: z.number().int() }),
  row: lineHead,
});

/** What stands beside the key of each of these documents, or of nothing else of it than these lines and the document as a whole. */
const IN_DOCUMENTS = '(document_type, document_id) IN arrayZip({types:Array(String)}, {documents:Array(String)})';
const OF_LINES = `(has(lines, '') OR arrayExists(line -> (document_type, document_id, line) IN arrayZip({line_types:Array(String)}, {line_documents:Array(String)}, {line_ids:Array(String)}), lines))`;
const documentEvents = { types: z.array(z.string()), documents: z.array(z.string()), most: z.number().int(), known_at: z.date() } as const;

/** Events that fulfil a condition on their documents, the copy that was recorded first, each in the columns that find it and a text of the rest. */
const heads = (where: string): string => `
    SELECT document_type, document_id, time, toString(event_key) AS event_key, recorded_at, lines, head FROM document_events
    WHERE ${where}
    ORDER BY recorded_rank DESC LIMIT 1 BY document_events.event_key`;
const headRow = z.object({ document_type: z.string(), document_id: z.string(), time: z.string(), event_key: z.string(), recorded_at: z.string(), lines: z.array(z.string()), head: z.string() });
export type EventHead = z.infer<typeof headRow>;
const newest = (where: string): string => `SELECT * FROM (${heads(`${where} AND ${KNOWN}`)}) ORDER BY time DESC, event_key LIMIT {most:UInt32}`;

/**
 * Events of documents (`types`, `documents`) that speak of them as wholes or of a line with one of these ids (`said`, among them the
 * empty one), as known at a moment: the newest `most`. Ids of all documents are in one list, which is quickly compared: an event may
 * speak of a line that only another document was asked about.
 */
export const eventHeads = defineQuery({
  name: 'lineage_event_heads',
  sql: newest(`${IN_DOCUMENTS} AND hasAny(lines, {said:Array(String)})`),
  params: z.object({ ...documentEvents, said: z.array(z.string()) }),
  row: headRow,
  limits: BY_KEY,
});

/** Events of exactly these lines (`line_…`) and those that speak of their documents as wholes: where the newest `most` of the others would crowd them out. */
export const eventHeadsOfLines = defineQuery({
  name: 'lineage_event_heads_of_lines',
  sql: newest(`${IN_DOCUMENTS} AND ${OF_LINES}`),
  params: z.object({ ...documentEvents, line_types: z.array(z.string()), line_documents: z.array(z.string()), line_ids: z.array(z.string()) }),
  row: headRow,
  limits: BY_KEY,
});

/** All events of some documents, as known at a moment: the newest `most`. */
export const documentEventHeads = defineQuery({
  name: 'lineage_document_event_heads',
  sql: newest(IN_DOCUMENTS),
  params: z.object(documentEvents),
  row: headRow,
  limits: BY_KEY,
});

/** Events of a W3C trace, the first `most`, in no order. */
export const eventsOfTrace = defineQuery({
  name: 'lineage_events_of_trace',
  sql: heads(`(document_type, document_id, time, event_key) IN (
      SELECT DISTINCT document_type, document_id, time, event_key FROM trace_events WHERE hash = cityHash64({trace:String}) AND document_id != '' ORDER BY time, event_key LIMIT {most:UInt32})`),
  params: z.object({ trace: z.string(), most: z.number().int() }),
  row: headRow,
  limits: BY_KEY,
});

/** The latest events that touch one object, and how many there are. */
export const objectEvents = defineList({
  name: 'lineage_object_events',
  sql: `
    SELECT time, type, document_type, action, document_id, object_type, source, target, interface, outcome, attempt, facility, recorded_at, id, toString(seen.event_key) AS event_key
    FROM (
      SELECT object_events.event_key AS event_key, any(object_events.time) AS time, any(object_events.facility) AS facility, any(object_events.interface) AS interface, any(object_events.type) AS type
      FROM object_events
      WHERE object_type = {type:String} AND object_id = {id:String}
        AND object_events.time >= {from:DateTime64(3, 'UTC')} AND object_events.time < {to:DateTime64(3, 'UTC')}
        AND (empty({facilities:Array(String)}) OR object_events.facility IN {facilities:Array(String)})
      GROUP BY event_key ORDER BY time DESC LIMIT 5000
    ) AS seen
    INNER JOIN (
      SELECT event_key, document_type, action, document_id,
        multiIf(document_type = 'match', 'invoice', document_type IN ('usage', 'posting', 'payment'), concat(document_type, '-document'), document_type) AS object_type,
        source, target, outcome, attempt, recorded_at, id
      FROM events
      WHERE (toStartOfHour(time), facility, interface, type, time, event_key) IN (
        SELECT toStartOfHour(time), facility, interface, type, time, event_key FROM object_events
        WHERE object_type = {type:String} AND object_id = {id:String} AND time >= {from:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')}
        ORDER BY time DESC LIMIT 10000
      )
      ORDER BY recorded_at LIMIT 1 BY event_key
    ) AS said ON said.event_key = seen.event_key`,
  params: z.object({ type: z.string(), id: z.string(), from: z.date(), to: z.date(), facilities: z.array(z.string()) }),
  row: z.object({
    time: z.string(), type: z.string(), document_type: z.string(), action: z.string(), document_id: z.string(), object_type: z.string(), source: z.string(), target: z.string(),
    interface: z.string(), outcome: z.string(), attempt: z.number(), facility: z.string(), recorded_at: z.string(), id: z.string(), event_key: z.string(),
  }),
  sortable: { time: 'time', type: 'type', document_id: 'document_id', facility: 'facility', outcome: 'outcome', recorded_at: 'recorded_at' },
  defaultSort: { sort: 'time', desc: true },
  key: ['event_key'],
});

/** Whether an object was ever touched by an event, when last, and where. */
export const objectSeen = defineQuery({
  name: 'lineage_object_seen',
  sql: `
    SELECT uniqExact(event_key) AS events, min(object_events.time) AS first, max(object_events.time) AS last, groupUniqArray(50)(facility) AS facilities
    FROM object_events
    WHERE (object_type, object_id) = ({type:String}, {id:String}) AND (empty({facilities:Array(String)}) OR facility IN {facilities:Array(String)})
    HAVING events > 0`,
  params: z.object({ type: z.string(), id: z.string(), facilities: z.array(z.string()) }),
  row: z.object({ events: z.number(), first: z.string(), last: z.string(), facilities: z.array(z.string()) }),
});

/** One event with its payload; found by the key of the log, for which its time is needed. */
export const eventPayload = defineQuery({
  name: 'lineage_event_payload',
  sql: `
    SELECT toString(event_key) AS event_key, id, type, source, facility, subject, stream, stream_seq, correlation_id, traceparent, mapping, redacted, payload
    FROM events
    WHERE toStartOfHour(time) = toStartOfHour({time:DateTime64(3, 'UTC')}) AND time = {time:DateTime64(3, 'UTC')} AND events.event_key = toUUID({event_key:String})
      AND (empty({facilities:Array(String)}) OR facility IN {facilities:Array(String)})
    ORDER BY recorded_at LIMIT 1`,
  params: z.object({ event_key: z.guid(), time: z.date(), facilities: z.array(z.string()) }),
  row: z.object({
    event_key: z.string(), id: z.string(), type: z.string(), source: z.string(), facility: z.string(), subject: z.string(), stream: z.string(), stream_seq: z.number(),
    correlation_id: z.string(), traceparent: z.string(), mapping: z.string(), redacted: z.array(z.string()), payload: z.string(),
  }),
});

/**
 * Documents of postings that name some cases, or the cases that some usage lines name now, as known at a moment: a posting may settle a case as a
 * whole, and no link leads from a usage to it. `touched`: since `since` something has touched the posting.
 */
export const settlingPostings = defineQuery({
  name: 'lineage_settling_postings',
  sql: `
    SELECT DISTINCT document_id, document_id IN (SELECT id FROM chain_touched WHERE touched_at >= {since:DateTime64(3, 'UTC')} AND type = 'posting-document') AS touched FROM case_postings
    WHERE ${KNOWN} AND case_token IN (
        SELECT arrayJoin({cases:Array(String)}) UNION ALL
        SELECT case_token FROM document_lines WHERE case_token != '' AND document_type = 'usage' AND (document_id, line_id) IN arrayZip({documents:Array(String)}, {lines:Array(String)}))
    LIMIT 500`,
  params: z.object({ cases: z.array(z.string()), documents: z.array(z.string()), lines: z.array(z.string()), known_at: z.date(), since: z.date() }),
  row: z.object({ document_id: z.string(), touched: z.number() }),
  limits: BY_KEY,
});

/** Newest version of the master records of some items, suppliers or locations: their names. */
export const masterNames = defineQuery({
  name: 'lineage_master_names',
  sql: `
    SELECT kind, record_id, JSONExtractString(argMax(attributes, (valid_from, version, rank)) AS newest, 'name') AS name, JSONExtractString(newest, 'description') AS description
    FROM master_records
    WHERE (kind, record_id) ${IN_NODES}
    GROUP BY kind, record_id`,
  params: z.object(nodes),
  row: z.object({ kind: z.string(), record_id: z.string(), name: z.string(), description: z.string() }),
  limits: BY_KEY,
});
