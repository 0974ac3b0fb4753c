import { z } from 'zod';
import { defineQuery } from '../client';
import { ITEM_BY_GTIN } from './items';
import { IN_FACILITIES } from './scope';

/**
 * Where a lot or an item has been: every document line that moved or used it, what is on hand of it, and which recalls
 * speak of it. This is the one walk that goes through items and lots, so each read starts at their keys; time does not
 * narrow it, since a device that was implanted years ago is recalled all the same.
 */

const names = z.array(z.string());

/** Documents that say where a piece went. Orders and invoices name items too, but no piece of them. */
export const MOVING = ['usage', 'receipt', 'shipment', 'transfer', 'replenishment'] as const;
const MOVING_LIST = `(${MOVING.map((type) => `'${type}'`).join(', ')})`;
/** On `type`, <family>.<document>.<action>.v1. */
const OF_MOVING = `splitByChar('.', toString(type))[2] IN ${MOVING_LIST}`;

/** Items and lots that are called so, whatever their capitals; items also by a GTIN that a line gave beside them. */
export const recallKeys = defineQuery({
  name: 'recall_keys',
  sql: `
    SELECT DISTINCT object_type, object_id, kind FROM search_keys
    WHERE key IN {keys:Array(String)} AND object_type IN ('item', 'lot')
    ORDER BY object_type, object_id, kind LIMIT 200`,
  params: z.object({ keys: names }),
  row: z.object({ object_type: z.string(), object_id: z.string(), kind: z.string() }),
});

/** Items of the item master by GTINs of their packs, and the GTINs of items: whichever of the two is asked for. */
export const recallGtins = defineQuery({
  name: 'recall_gtins',
  sql: `SELECT gtin, master_item FROM (${ITEM_BY_GTIN}) WHERE gtin IN {gtins:Array(String)} OR master_item IN {items:Array(String)} ORDER BY gtin LIMIT 500`,
  params: z.object({ gtins: names, items: names }),
  row: z.object({ gtin: z.string(), master_item: z.string() }),
});

/** Names of items from the item master. */
export const recallItemNames = defineQuery({
  name: 'recall_item_names',
  sql: `
    SELECT record_id, JSONExtractString(argMax(attributes, (valid_from, version, rank)) AS newest, 'name') AS name, JSONExtractString(newest, 'description') AS description
    FROM master_records WHERE kind = 'item' AND record_id IN {items:Array(String)} GROUP BY record_id`,
  params: z.object({ items: names }),
  row: z.object({ record_id: z.string(), name: z.string(), description: z.string() }),
});

const touching = { types: names, ids: names, facilities: names } as const;
const IN_OBJECTS = '(object_type, object_id) IN arrayZip({types:Array(String)}, {ids:Array(String)})';

/** How many events touch some objects: all of them, and those that move; and since when and until when balances name them. */
export const recallSize = defineQuery({
  name: 'recall_size',
  sql: `
    SELECT count() AS events, countIf(${OF_MOVING}) AS moving, minIf(object_events.time, startsWith(type, 'inventory.balance.')) AS first_counted, maxIf(object_events.time, startsWith(type, 'inventory.balance.')) AS last_counted FROM object_events
    WHERE ${IN_OBJECTS} AND ${IN_FACILITIES}`,
  params: z.object(touching),
  /** 1970 for the times where no balance does. */
  row: z.object({ events: z.number(), moving: z.number(), first_counted: z.string(), last_counted: z.string() }),
});

const LINE = `document_type, document_id, line_id, aspect, object_id, time, facility, location, from_location, item, gtin, lot, serial, expiry, quantity, uom, case_token, supplier, implant, ref_type, ref_id`;
const lineRow = z.object({
  document_type: z.string(), document_id: z.string(), line_id: z.string(), aspect: z.string(), object_id: z.string(), time: z.string(), facility: z.string(), location: z.string(), from_location: z.string(),
  item: z.string(), gtin: z.string(), lot: z.string(), serial: z.string(), expiry: z.string().nullable(), quantity: z.string().nullable(), uom: z.string(), case_token: z.string(), supplier: z.string(),
  implant: z.number(), ref_type: z.string(), ref_id: z.string(),
});
/** A document line under one aspect, as in force. */
export type RecallLine = z.infer<typeof lineRow>;

const LINES = { rows: 60_000, seconds: 30 };
/** Lines in force, of rows that `chosen` finds. By rank and LIMIT BY, since FINAL would read whole granules of every column. */
const inForce = (chosen: string) => `SELECT ${LINE} FROM document_lines WHERE ${chosen} ORDER BY rank DESC LIMIT 1 BY document_type, document_id, line_id, aspect`;

/**
 * Lines that moved or used what is asked for, of the documents whose events touch `types`/`ids`. `lots` empty: any lot;
 * an empty lot among them: lines that state none.
 * `items` and `gtins` both empty: any item; else also lines that state no item and carry one of the GTINs, or neither; and
 * where it is not known which item the GTINs are of, lines of the lot that state no GTIN.
 * What a line says now counts, so it is narrowed after the line in force was found.
 */
export const recallLines = defineQuery({
  name: 'recall_lines',
  sql: `
    SELECT ${LINE} FROM (${inForce(`document_type IN ${MOVING_LIST} AND (document_type, document_id) IN (
      SELECT document_type, document_id FROM events
      WHERE (toStartOfHour(time), facility, interface, type, time, event_key) IN (
        SELECT toStartOfHour(time), facility, interface, type, time, event_key FROM object_events
        WHERE ${IN_OBJECTS} AND ${IN_FACILITIES} AND ${OF_MOVING}))`)})
    WHERE ${IN_FACILITIES} AND (empty({lots:Array(String)}) OR lot IN {lots:Array(String)})
      AND (empty({items:Array(String)}) AND empty({gtins:Array(String)}) OR item IN {items:Array(String)} OR gtin IN {gtins:Array(String)}
        OR (item = '' OR empty({items:Array(String)})) AND gtin = '' AND notEmpty({lots:Array(String)}) AND NOT has({lots:Array(String)}, ''))
    ORDER BY time, document_type, object_id, aspect`,
  params: z.object({ ...touching, lots: names, items: names, gtins: names }),
  row: lineRow,
  limits: LINES,
});

/**
 * Lines that carry one of these GTINs and no item: a scanner hands on what it read, and no key leads from a GTIN to its
 * lines. Reads two narrow columns of the documents that move things.
 */
export const recallScanned = defineQuery({
  name: 'recall_scanned',
  sql: `
    SELECT ${LINE} FROM (${inForce(`document_type IN ${MOVING_LIST} AND gtin IN {gtins:Array(String)} AND item = '' AND ${IN_FACILITIES}`)})
    WHERE empty({lots:Array(String)}) OR lot IN {lots:Array(String)}
    ORDER BY time, document_type, object_id, aspect`,
  params: z.object({ gtins: names, lots: names, facilities: names }),
  row: lineRow,
  limits: LINES,
});

/** Lines that take some usages or receipt lines back: they need not repeat item and lot. */
export const recallTakenBack = defineQuery({
  name: 'recall_taken_back',
  sql: `
    SELECT ${LINE} FROM (${inForce(`(document_type, document_id, line_id) IN (
      SELECT if(peer_type = 'usage', 'usage', 'receipt'), substring(peer_id, 1, length(peer_id) - position(reverse(peer_id), '/')),
        replaceAll(replaceAll(substring(peer_id, length(peer_id) - position(reverse(peer_id), '/') + 2), '%2F', '/'), '%25', '%')
      FROM links
      WHERE (node_type, node_id) IN arrayZip({types:Array(String)}, {ids:Array(String)}) AND direction = 'down' AND peer_type IN ('usage', 'receipt-line') AND qualifier = 'taken back by')`)})
    WHERE ${IN_FACILITIES} ORDER BY time, object_id, aspect`,
  params: z.object(touching),
  row: lineRow,
  limits: LINES,
});

/**
 * The last balance of each lot at each location, whatever its status: a report says all statuses of the lot, an
 * adjustment one. `seen_at`: when the item was last reported at the location, with this lot or without it. From {since}
 * on: the key begins with the place, so that it is the months that leave rows out.
 */
export const recallBalances = defineQuery({
  name: 'recall_balances',
  sql: `
    SELECT facility, location, item, lot, status, said.1 AS on_hand, said.2 AS uom, said.3 AS expiry, at, seen_at FROM (
      SELECT facility, location, item, lot, status, said, at,
        max(reported) OVER (PARTITION BY facility, location, item, lot) AS reported_at, max(at) OVER (PARTITION BY facility, location, item) AS seen_at
      FROM (
        SELECT facility, location, item, lot, status, argMax((on_hand, uom, expiry), (balances.time, rank)) AS said, max(balances.time) AS at, maxIf(balances.time, action = 'reported') AS reported
        FROM balances WHERE balances.time >= {since:DateTime64(3, 'UTC')} AND item IN {items:Array(String)} AND ${IN_FACILITIES}
        GROUP BY facility, location, item, lot, status
      )
    )
    WHERE (empty({lots:Array(String)}) OR lot IN {lots:Array(String)}) AND at >= reported_at
    ORDER BY facility, location, item, lot, status`,
  params: z.object({ items: names, lots: names, facilities: names, since: z.date() }),
  row: z.object({
    facility: z.string(), location: z.string(), item: z.string(), lot: z.string(), status: z.string(), on_hand: z.string().nullable(), uom: z.string(), expiry: z.string().nullable(),
    at: z.string(), seen_at: z.string(),
  }),
  limits: LINES,
});

/** Items of the newest balances that name a lot: what a lot is of where no document moved it yet. */
export const recallStocked = defineQuery({
  name: 'recall_stocked',
  sql: `
    SELECT DISTINCT item FROM (
      SELECT \`lines.item\` AS of_items, \`lines.lot\` AS of_lots FROM events
      WHERE (toStartOfHour(time), facility, interface, type, time, event_key) IN (
        SELECT toStartOfHour(time), facility, interface, type, time, event_key FROM object_events
        WHERE object_type = 'lot' AND object_id IN {lots:Array(String)} AND ${IN_FACILITIES} AND startsWith(type, 'inventory.balance.')
        ORDER BY object_events.time DESC LIMIT 500)
    ) ARRAY JOIN of_items AS item, of_lots AS lot
    WHERE lot IN {lots:Array(String)} AND item != '' ORDER BY item LIMIT 200`,
  params: z.object({ lots: names, facilities: names }),
  row: z.object({ item: z.string() }),
});

/** Recall notices as they stand, line by line; a notice of no facility is for all of them. */
export const recallNotices = defineQuery({
  name: 'recall_notices',
  sql: `
    SELECT document_id, line_id, aspect, time, facility, item, gtin, lot, location, expiry FROM (
      SELECT document_id, line_id, aspect, time, facility, item, gtin, lot, location, expiry FROM document_lines
      WHERE document_type = 'recall' ORDER BY rank DESC LIMIT 1 BY document_id, line_id, aspect
    )
    WHERE (${IN_FACILITIES} OR facility = '')
    ORDER BY time DESC, document_id, line_id, aspect LIMIT 10000`,
  params: z.object({ facilities: names }),
  row: z.object({ document_id: z.string(), line_id: z.string(), aspect: z.string(), time: z.string(), facility: z.string(), item: z.string(), gtin: z.string(), lot: z.string(), location: z.string(), expiry: z.string().nullable() }),
});
