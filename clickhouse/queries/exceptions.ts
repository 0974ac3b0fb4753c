import { z } from 'zod';
import { defineList, defineQuery } from '../client';
import { OPEN_FAILED_ORDERS } from './failed-orders';
import { ITEM_BY_GTIN } from './items';
import { ANCHORS, clockParams, keptChains } from './lineage-chains';
import { IS_MISMATCH } from './invoices';
import { MATCHED_VERDICTS, OPEN_TOTALS } from './match';
import { IN_FACILITIES, IN_RANGE, scope, WHOLE_OBJECT } from './scope';

/**
 * What stands out in a range and still stands: the fragments that the work list is put together from, one kind each. The
 * keeper asks for all time. Where a verdict exists already (stages of a chain, three-way match) its own statement is used.
 */

const AT = (name: string) => `{${name}:DateTime64(3, 'UTC')}`;
const KEY = (document: string, line: string) => `if(${line} = '', ${document}, concat(${document}, '/', replaceAll(replaceAll(${line}, '%', '%25'), '/', '%2F')))`;
const text = z.string();
const maybe = z.string().nullable();

const STAGES = "['order', 'acknowledgement', 'receipt', 'invoice', 'posting']";

/**
 * Chains with a stage overdue or an orphan, or whose posting failed. They began in [began, to), the gap arose in
 * [from, to). An acknowledgement that never came for goods that did holds nothing up and is left out; completeness
 * counts it all the same.
 */
// Of several stages overdue the last is shown: it is the one that holds the chain up.
export const chainGapsOf = (chains: string) => `
    SELECT anchor, id, facility, supplier, item, flow_type, state, stage, since, failed_posting, order_failed, reached, chain_state, currency, worth AS value FROM (
      SELECT *, coalesce(if(state = 'overdue' AND NOT (stage = 'posting' AND posting = 'awaited'), dues[indexOf(${STAGES}, stage)], NULL), reached_at, started_at) AS since FROM (
        SELECT chain.*, toString(chain.value) AS worth, [order_due, acknowledgement_due, receipt_due, invoice_due, posting_due] AS dues,
          arrayLast((name, at) -> at = 'overdue', ${STAGES}, [\`order\`, acknowledgement, receipt, invoice, posting]) AS furthest,
          chain.posting_failed AND posting IN ('awaited', 'overdue') AS failed_posting,
          multiIf(failed_posting OR chain.gap = 'overdue', 'overdue', chain.gap) AS state,
          multiIf(failed_posting, 'posting', chain.gap = 'overdue' AND furthest != '', furthest, gap_stage) AS stage
        FROM (${chains}) AS chain
        WHERE chain.gap IN ('overdue', 'orphan') OR (chain.posting_failed AND posting = 'awaited')
      )
    ) WHERE NOT (stage = 'acknowledgement' AND reached IN ('shipment', 'receipt', 'invoice', 'posting')) AND since >= ${AT('from')} AND since < ${AT('to')}`;
export const chainGaps = defineList({
  name: 'exceptions_chain_gaps',
  sql: chainGapsOf(keptChains(ANCHORS, 'began')),
  params: z.object({ ...scope, ...clockParams, began: z.date() }),
  row: z.object({
    anchor: text, id: text, facility: text, supplier: text, item: text, flow_type: text, state: text, stage: text, since: text, failed_posting: z.number(), order_failed: z.number(),
    reached: text, chain_state: text, currency: text, value: maybe,
  }),
  sortable: { since: 'since' },
  defaultSort: { sort: 'since', desc: true },
  key: ['anchor', 'id'],
  limits: { seconds: 30 },
});

const FINDING = 'Tuple(kind String, object_type String, object_id String, facility String, supplier String, item String, since DateTime64(3, \\\'UTC\\\'), quantity Nullable(String), value Nullable(String), of Nullable(String))';
/** What a receipt line is worked out with: its order, or its own document where it names none. */
export const STANDS_UNDER = "if(order_id = '', substring(lone, 1, length(lone) - position(reverse(lone), '/')), order_id)";
export const LATE = (time: string) => `addSeconds(${time}, toInt64({open_days:Float64} * 86400))`;
const worth = (quantity: string) => `toString(round(toDecimal256(${quantity}, 8) * toDecimal256(o_price, 6) / nullIf(toDecimal256(ko, 8), 0), 4))`;
const EACH_RECEIPT = ['r.object_id', 'r.facility', 'r.supplier', 'r.item', 'r.time', 'r_net', 'r_open'].map((array) => `arrayFilter((x, hit) -> hit, ${array}, hits)`).join(', ');

/**
 * From the totals of the three-way match, in one pass: receipt lines that no
 * invoice has consumed (as on the page of unmatched receipts: first in, first out) for longer than {open_days}, receipt
 * lines without a known order line, and order lines of which too much came. `quantity` is what is open or too much, of
 * `of` received or ordered, in base units (`uom` where none is converted); money at the order's price.
 */
export const receiptFindingsOf = (which: string) => `
    WITH ${OPEN_TOTALS}
    SELECT f.kind AS kind, f.object_type AS object_type, f.object_id AS object_id, if(f.facility = '', o_facility, f.facility) AS facility, f.since AS since, f.quantity AS quantity, f.of AS of, f.value AS value,
      if(o_supplier = '', f.supplier, o_supplier) AS supplier, if(o_item = '', f.item, o_item) AS item, o_currency AS currency, if(same_unit, one_unit, base_unit) AS uom, order_key, stands_under
    FROM (
      SELECT stands_under, order_key, o_facility, o_supplier, o_item, o_currency, same_unit, one_unit, base_unit, arrayConcat(
          if(over, [CAST(('over-delivery', 'order-line', order_key, o_facility, o_supplier, o_item, arrayMax(r.time), toString(qr - qo), ${worth('qr - qo')}, toString(qo)), '${FINDING}')], []),
          arrayMap((id, place, from_supplier, thing, at, n, open) -> CAST((if(known, 'unmatched-receipt', 'receipt-without-order'), 'receipt-line', id, place, from_supplier, thing, if(known, ${LATE('at')}, at),
              toString(open), if(known, ${worth('open')}, NULL), toString(n)), '${FINDING}'), ${EACH_RECEIPT})) AS findings
      FROM (
        SELECT *, ${STANDS_UNDER} AS stands_under, ${KEY('order_id', 'order_line')} AS order_key, over_delivered AS over, arrayFirst((unit, k) -> k = 1, mapKeys(o_packs[-1].2), mapValues(o_packs[-1].2)) AS base_unit,
          arrayMap((at, open, gone) -> NOT gone AND ifNull(open > 0, 1) AND (NOT known OR (needs_receipt AND ${LATE('at')} < ${AT('now')})), r.time, r_open, r_withdrawn) AS hits
        FROM (
          SELECT *, arrayMap((n, through) -> multiIf(i_standing_count = 0 OR NOT known, n, r_unknown OR i_unknown, NULL, n - least(n, greatest(qi - (through - n), toDecimal128(0, 8)))),
              r_net, arrayCumSum(arrayMap(n -> ifNull(n, toDecimal128(0, 8)), r_net))) AS r_open
          FROM match_totals WHERE notEmpty(r_net) AND ${which}
        )
      )
    ) ARRAY JOIN findings AS f
    WHERE since >= ${AT('from')} AND since < ${AT('to')} AND ${IN_FACILITIES}`;
export const receiptFindings = defineList({
  name: 'exceptions_receipts',
  sql: receiptFindingsOf('1'),
  params: z.object({ ...scope, now: z.date(), open_days: z.number() }),
  row: z.object({
    kind: text, object_type: text, object_id: text, facility: text, since: text, quantity: maybe, of: maybe, value: maybe, supplier: text, item: text, currency: text, uom: text, order_key: text, stands_under: text,
  }),
  sortable: { since: 'since' },
  defaultSort: { sort: 'since', desc: true },
  key: ['kind', 'object_id'],
  limits: { seconds: 30 },
});

/** Invoice lines that do not agree with their order and receipt, as their own page says it; money at stake. */
export const mismatchedLinesOf = (which: string) => `
    WITH ${MATCHED_VERDICTS}
    SELECT object_id, document_id, number, verdict, findings, arrayElement(arithmetic, 1) AS first_arithmetic, time, facility, supplier, item, currency, at_stake, ${KEY('order_id', 'order_line')} AS order_key
    FROM match_verdicts WHERE NOT withdrawn AND ${IS_MISMATCH} AND time >= ${AT('from')} AND time < ${AT('to')} AND ${IN_FACILITIES} AND ${which}`;
export const mismatchedLines = defineList({
  name: 'exceptions_invoice_lines',
  sql: mismatchedLinesOf('1'),
  params: z.object(scope),
  row: z.object({
    object_id: text, document_id: text, number: text, verdict: text, findings: z.array(text), first_arithmetic: text, time: text, facility: text, supplier: text, item: text, currency: text, at_stake: maybe, order_key: text,
  }),
  sortable: { time: 'time' },
  defaultSort: { sort: 'time', desc: true },
  key: ['object_id'],
  limits: { seconds: 30 },
});

/** Orders whose creation failed and was not mended; `requisitions` are the lines that they were to serve. */
export const failedOrderDocuments = defineList({
  name: 'exceptions_failed_orders',
  sql: OPEN_FAILED_ORDERS,
  params: z.object(scope),
  row: z.object({
    document: text, facility: text, supplier: text, currency: text, class: text, code: text, message: text, since: text, attempts: z.number(), requisitions: z.array(text), item: text, value: maybe,
  }),
  sortable: { since: 'since' },
  defaultSort: { sort: 'since', desc: true },
  key: ['document'],
});

const IN_MASTER = "SELECT record_id FROM master_records WHERE kind = 'item'";
/**
 * Usage lines whose item and GTIN the item master has not, less what was taken back. Where no item master has ever
 * come at all nothing can be said, and there are none.
 */
export const unmappedUsagesOf = (which: string, back = '1') => `
    SELECT object_id, facility, time AS since, item, gtin, supplier, location, toString(used) AS quantity, uom, currency, value FROM (
      SELECT object_id, facility, time, item, gtin, supplier, location, quantity AS used, uom, currency, back.went AS went, back.whole AS whole,
        toString(coalesce(toDecimal128(amount, 10), toDecimal128(quantity, 4) * toDecimal128(price, 6))) AS value
      FROM (SELECT * FROM document_lines FINAL WHERE document_type = 'usage' AND aspect = 'recorded' AND line_id != '' AND ${IN_RANGE} AND ${IN_FACILITIES} AND ${which}) AS taken
      LEFT JOIN (
        SELECT ref_id, sum(quantity) AS went, max(quantity IS NULL) AS whole FROM document_lines FINAL
        WHERE document_type = 'usage' AND aspect = 'reversed' AND ref_type = 'usage' AND ${back} GROUP BY ref_id
      ) AS back ON back.ref_id = taken.object_id
      WHERE (item = '' OR item NOT IN (${IN_MASTER})) AND (gtin = '' OR gtin NOT IN (SELECT gtin FROM (${ITEM_BY_GTIN}))) AND (SELECT count() FROM master_records WHERE kind = 'item') > 0
    ) WHERE NOT ifNull(whole, 0) AND ifNull(used > went, 1)`;
export const unmappedUsages = defineList({
  name: 'exceptions_unmapped_usages',
  sql: unmappedUsagesOf('1'),
  params: z.object(scope),
  row: z.object({ object_id: text, facility: text, since: text, item: text, gtin: text, supplier: text, location: text, quantity: maybe, uom: text, currency: text, value: maybe }),
  sortable: { since: 'since' },
  defaultSort: { sort: 'since', desc: true },
  key: ['object_id'],
});

/** X12 855 line codes under which not everything comes as ordered: rejected, deleted; backordered, partly so, on hold. */
export const REFUSED_CODES = { IR: 'rejected', ID: 'deleted', IB: 'backordered', BP: 'shipped in part, the rest backordered', IH: 'on hold' } as const;
const CODES = Object.keys(REFUSED_CODES).map((code) => `'${code}'`).join(', ');
const REFUSED = (which: string) => `SELECT document_id FROM document_lines WHERE document_type = 'order' AND aspect = 'acknowledged' AND code IN (${CODES}) AND ${IN_RANGE} AND ${which}`;

/**
 * Order lines whose acknowledgement in force rejects or delays them, until the line is cancelled, stated anew, or
 * received in full. `missing` is what has not come, in the order's unit; null where receipts speak in another.
 */
// FINAL: quantities are added up, and a line has to count once, at its latest revision.
export const refusedLinesOf = (which: string) => `
    SELECT object_id, facility, supplier, item, code, since, toString(ordered) AS quantity, uom, currency, promised, toString(missing) AS missing_quantity,
      toString(toDecimal128(ifNull(missing, ordered), 4) * toDecimal128(price, 6)) AS value
    FROM (
      SELECT line.*, whole_cancelled, if(arrayExists(unit -> unit != line.uom, units), NULL, ordered - came) AS missing
      FROM (
        SELECT document_id, line_id, object_id, anyIf(code, aspect = 'acknowledged') AS code, maxIf(time, aspect = 'acknowledged') AS since, maxIf(time, aspect = 'created') AS stated,
          maxIf(time, aspect = 'cancelled') AS line_cancelled, anyIf(due_at, aspect = 'acknowledged') AS promised, max(its_facility) AS facility, max(its_supplier) AS supplier, max(its_currency) AS currency,
          anyIf(its_item, its_item != '') AS item, anyIf(unit, unit != '') AS uom, maxIf(quantity, aspect = 'created') AS ordered, maxIf(price, aspect = 'created') AS price
        FROM (SELECT document_id, line_id, object_id, aspect, code, time, due_at, facility AS its_facility, supplier AS its_supplier, currency AS its_currency, item AS its_item, upper(uom) AS unit, quantity, price FROM document_lines FINAL
          WHERE document_type = 'order' AND line_id != '' AND aspect IN ('created', 'acknowledged', 'cancelled') AND document_id IN (${REFUSED(which)}))
        GROUP BY document_id, line_id, object_id
      ) AS line
      LEFT JOIN (SELECT document_id, max(time) AS whole_cancelled FROM document_lines FINAL
        WHERE document_type = 'order' AND aspect = 'cancelled' AND line_id = '' AND document_id IN (${REFUSED(which)}) GROUP BY document_id) AS wholly ON wholly.document_id = line.document_id
      LEFT JOIN (
        SELECT order_id, order_line, groupUniqArrayIf(upper(uom), aspect = 'confirmed') AS units,
          sum(if(aspect = 'confirmed', toDecimal128(ifNull(quantity, 0), 4), -toDecimal128(ifNull(quantity, 0), 4))) AS came
        FROM document_lines FINAL
        WHERE document_type = 'receipt' AND aspect IN ('confirmed', 'reversed', 'returned') AND order_id IN (${REFUSED(which)}) GROUP BY order_id, order_line
      ) AS received ON received.order_id = line.document_id AND received.order_line = line.line_id
    )
    WHERE code IN (${CODES}) AND since >= ${AT('from')} AND since < ${AT('to')} AND ${IN_FACILITIES}
      AND NOT (greatest(line_cancelled, whole_cancelled) > stated) AND stated <= since AND ifNull(missing > 0, 1)`;
export const refusedLines = defineList({
  name: 'exceptions_refused_lines',
  sql: refusedLinesOf('1'),
  params: z.object(scope),
  row: z.object({ object_id: text, facility: text, supplier: text, item: text, code: text, since: text, quantity: maybe, uom: text, currency: text, promised: maybe, missing_quantity: maybe, value: maybe }),
  sortable: { since: 'since' },
  defaultSort: { sort: 'since', desc: true },
  key: ['object_id'],
});

/** Different bytes under one source and id. Both are kept; which is meant only the source can say. */
export const identityConflicts = defineList({
  name: 'exceptions_identity_conflicts',
  // The first pass keeps two values per identity; details are read for the few that differ. A part at a time ({passes}
  // of them), since every identity of the log is kept in memory for it.
  sql: `
    SELECT toString(identity) AS identity, any(source) AS from_source, any(id) AS event_id, any(type) AS type, any(${WHOLE_OBJECT}) AS object_type, any(document_id) AS document, any(of_facility) AS facility, any(of_supplier) AS supplier,
      any(over) AS interface, uniqExact(event_key) AS versions, min(time) AS since
    FROM (SELECT identity, source, id, type, document_type, document_id, facility AS of_facility, supplier AS of_supplier, interface AS over, event_key, time FROM events
      WHERE ${IN_RANGE} AND ${IN_FACILITIES} AND identity IN (
        SELECT identity FROM events WHERE ${IN_RANGE} AND ${IN_FACILITIES} AND ({passes:UInt16} = 1 OR sipHash64(identity) % {passes:UInt16} = {pass:UInt16}) GROUP BY identity HAVING min(event_key) != max(event_key)))
    GROUP BY identity`,
  params: z.object({ ...scope, passes: z.number().int().min(1), pass: z.number().int().min(0) }),
  row: z.object({
    identity: text, from_source: text, event_id: text, type: text, object_type: text, document: text, facility: text, supplier: text, interface: text, versions: z.number(), since: text,
  }),
  sortable: { since: 'since' },
  defaultSort: { sort: 'since', desc: true },
  key: ['identity'],
});

const LETTER_IDS = `SELECT event_id FROM dead_letters WHERE recorded_at >= ${AT('from')} AND recorded_at < ${AT('to')} AND event_id != ''`;
/** Messages that could not be read, that nobody has taken in again and that have not come again readable, under the same source and id, since. Sent twice unreadable, they count once. */
export const openDeadLetters = defineList({
  name: 'exceptions_dead_letters',
  // FINAL: a redelivered letter counts once; the range is the key's first column.
  sql: `
    SELECT stream, stream_seq, part, subject, recorded_at AS since, reason_code, reason, source, event_id, type, facility
    FROM dead_letters FINAL
    WHERE recorded_at >= ${AT('from')} AND recorded_at < ${AT('to')} AND (facility = '' OR ${IN_FACILITIES})
      AND (recorded_at, stream, stream_seq, part, consumer) NOT IN (SELECT letter_recorded_at, stream, stream_seq, part, consumer FROM retakes WHERE letter_recorded_at >= ${AT('from')} AND letter_recorded_at < ${AT('to')})
      AND NOT (event_id != '' AND (source, event_id) IN (
        SELECT toString(source), id FROM events WHERE toStartOfHour(time) IN (SELECT hour FROM event_keys WHERE hash IN (SELECT cityHash64(lower(event_id)) FROM (${LETTER_IDS})))
          AND id IN (${LETTER_IDS})))
    ORDER BY recorded_at, stream, stream_seq, part LIMIT 1 BY source, event_id, part, if(event_id = '', stream_seq, 0), if(event_id = '', stream, '')`,
  params: z.object(scope),
  row: z.object({ stream: text, stream_seq: z.number(), part: z.number(), subject: text, since: text, reason_code: text, reason: text, source: text, event_id: text, type: text, facility: text }),
  sortable: { since: 'since' },
  defaultSort: { sort: 'since', desc: true },
  key: ['stream', 'stream_seq', 'part'],
});

/** What the postings whose hand-over failed settle, as order lines, usages or requisition lines, and whether the same posting was completed since. */
export const postingStandings = defineQuery({
  name: 'exceptions_posting_standings',
  sql: `
    WITH settled AS (
      SELECT substring(node_id, 1, length(node_id) - position(reverse(node_id), '/')) AS document, peer_type, peer_id FROM links
      WHERE node_type = 'posting' AND direction = 'up' AND node_id IN (SELECT object_id FROM document_lines WHERE document_type = 'posting' AND document_id IN {documents:Array(String)})
      GROUP BY document, peer_type, peer_id)
    SELECT document_id AS document, max(aspect = 'completed') AS completed, groupUniqArrayIf(anchor, anchor != '') AS anchors
    FROM (SELECT document_id, aspect FROM document_lines WHERE document_type = 'posting' AND document_id IN {documents:Array(String)}) AS posted
    LEFT JOIN (
      SELECT settled.document AS document, if(peer_type IN ('invoice-line', 'receipt-line'), ${KEY('owner.order_id', 'owner.order_line')}, peer_id) AS anchor
      FROM settled LEFT JOIN (
        SELECT object_id, max(order_id) AS order_id, max(order_line) AS order_line FROM document_lines
        WHERE document_type IN ('invoice', 'receipt') AND object_id IN (SELECT peer_id FROM settled) GROUP BY object_id
      ) AS owner ON owner.object_id = settled.peer_id
    ) AS named ON named.document = posted.document_id
    GROUP BY document_id`,
  params: z.object({ documents: z.array(text) }),
  row: z.object({ document: text, completed: z.number(), anchors: z.array(text) }),
  limits: { rows: 20_000 },
});
