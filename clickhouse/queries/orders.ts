import { z } from 'zod';
import { defineList, defineQuery } from '../client';
import { SUPPLIER_NAMES } from './match';

/**
 * Order lines on which goods (or, on flows without a receipt, the invoice) have not come in full, of whatever age: what is
 * open, promised, answered and late. What is open and how much comes from the kept match; dates and answers from the orders' own
 * lines and the requisitions behind them.
 */

const AT_NOW = "{now:DateTime64(3, 'UTC')}";
const DAYS = (limit: string) => `toInt64({${limit}:Float64} * 86400)`;
/** A promise of a day is kept until that day's end. */
const END_OF = (promised: string) => `addDays(${promised}, ${promised} = toStartOfDay(${promised}))`;

/** What may be said of an open line; it may be several. */
export const ORDER_FLAGS = ['unacknowledged', 'backordered', 'rejected', 're-dated', 'price changed', 'quantity changed', 'substituted', 'on hold', 'partly received', 'late', 'after need-by'] as const;
export type OrderFlag = (typeof ORDER_FLAGS)[number];

const text = z.string();
const maybe = z.string().nullable();

export const orderParams = {
  facilities: z.array(text),
  now: z.date(),
  acknowledgement_days: z.number(), promise_slack_days: z.number(),
  /** Suppliers that acknowledge what is ordered; see acknowledgingSuppliers. */
  answering: z.array(text),
  /** Each empty: every one. */
  supplier: text, buyer: text, item: text, flow: text,
} as const;

/** FINAL: a run writes a line anew. The skip index leaves out granules without an open line, and takes back those whose keys are elsewhere too. */
const OPEN_LINES = `
  SELECT order_id, order_line, concat(order_id, '/', replaceAll(replaceAll(order_line, '%', '%25'), '/', '%2F')) AS order_key, facility, supplier, buyer, item, flow, currency, uom, same_unit, one_unit, price, ko, qo, qr, qi
  FROM order_desk FINAL
  WHERE open AND NOT gone AND (empty({facilities:Array(String)}) OR facility IN {facilities:Array(String)})
    AND ({supplier:String} = '' OR supplier = {supplier:String}) AND ({buyer:String} = '' OR buyer = {buyer:String}) AND ({item:String} = '' OR item = {item:String}) AND ({flow:String} = '' OR flow = {flow:String})
  SETTINGS use_skip_indexes_if_final = 1, use_skip_indexes_if_final_exact_mode = 1`;

/** What the order's own lines say of when it was sent, answered and promised. */
const SAID = `
  SELECT document_id, line_id, minIf(time, aspect = 'created') AS first_stated, maxIf(time, aspect = 'created') AS stated, maxIf(time, aspect = 'acknowledged') AS answered, anyIf(code, aspect = 'acknowledged') AS said_code,
    anyIf(due_at, aspect = 'created') AS agreed_for, anyIf(due_at, aspect = 'acknowledged') AS confirmed_for, maxIf(time, aspect = 'sent') AS line_sent
  FROM document_lines FINAL
  WHERE document_type = 'order' AND line_id != '' AND aspect IN ('created', 'acknowledged', 'sent') AND document_id IN (SELECT order_id FROM (${OPEN_LINES}))
  GROUP BY document_id, line_id`;
const SENT = `
  SELECT document_id, max(time) AS sent FROM document_lines FINAL
  WHERE document_type = 'order' AND line_id = '' AND aspect = 'sent' AND document_id IN (SELECT order_id FROM (${OPEN_LINES})) GROUP BY document_id`;
/** The earliest day by which a requisition needs the goods. */
const ASKED_BY = `SELECT node_id, peer_id FROM links WHERE node_type = 'order-line' AND node_id IN (SELECT order_key FROM (${OPEN_LINES})) AND direction = 'up' AND peer_type = 'requisition-line' GROUP BY node_id, peer_id`;
const NEEDED = `
  SELECT asked.node_id AS order_key, min(needs.due_at) AS need_by
  FROM (${ASKED_BY}) AS asked
  INNER JOIN (SELECT object_id, due_at FROM document_lines FINAL WHERE document_type = 'requisition' AND aspect = 'submitted' AND due_at IS NOT NULL
    AND document_id IN (SELECT substring(peer_id, 1, length(peer_id) - position(reverse(peer_id), '/')) FROM (${ASKED_BY}))) AS needs ON needs.object_id = asked.peer_id
  GROUP BY order_key`;

/** One row per open line, with what may be said of it. Quantities in base units, or in the one unit that the lines speak of. */
const LINES = `
  SELECT *, arrayFilter(flag -> flag != '', [
      if(acknowledgement = 'overdue', 'unacknowledged', ''), if(code IN ('IB', 'BP'), 'backordered', ''), if(code IN ('IR', 'ID'), 'rejected', ''), if(code = 'DR' OR ifNull(promised > agreed_for, 0), 're-dated', ''),
      if(code = 'IP', 'price changed', ''), if(code = 'IQ', 'quantity changed', ''), if(code = 'IS', 'substituted', ''), if(code = 'IH', 'on hold', ''),
      if(goods AND ifNull(came > 0, 0), 'partly received', ''), if(goods AND ifNull(addSeconds(${END_OF('promised')}, ${DAYS('promise_slack_days')}) < ${AT_NOW}, 0), 'late', ''), if(ifNull(need_by < promised, 0), 'after need-by', '')]) AS flags
  FROM (
    SELECT open.order_key AS order_key, open.order_id AS order_id, open.order_line AS order_line, facility, supplier, buyer, item, flow, currency, if(same_unit, one_unit, '') AS unit,
      qo AS ordered, flow IN ('three-way', 'three-way-invoice-first', 'consignment-fill') AS goods, if(goods, qr, qi) AS came, qo - came AS missing,
      toString(toDecimal256(round(toDecimal256(missing, 8) * toDecimal256(price, 6) / toDecimal256(nullIf(ko, 0), 8), 4), 4)) AS value,
      if(said.stated > said.answered, '', said.said_code) AS code, if(said.first_stated > toDateTime64(0, 3, 'UTC'), toNullable(said.first_stated), NULL) AS ordered_at,
      if(said.answered > toDateTime64(0, 3, 'UTC'), toNullable(said.answered), NULL) AS answered_at, coalesce(said.confirmed_for, said.agreed_for) AS promised, said.agreed_for AS agreed_for, needed.need_by AS need_by,
      greatest(said.line_sent, sent.sent) AS whole_sent, if(whole_sent > toDateTime64(0, 3, 'UTC'), whole_sent, said.first_stated) AS clock_from, addSeconds(clock_from, ${DAYS('acknowledgement_days')}) AS answer_due,
      multiIf(answered_at IS NOT NULL, 'present', NOT has({answering:Array(String)}, supplier), 'none', answer_due < ${AT_NOW}, 'overdue', 'awaited') AS acknowledgement,
      if(ordered_at IS NULL, NULL, greatest(dateDiff('day', assumeNotNull(ordered_at), ${AT_NOW}), 0)) AS age
    FROM (${OPEN_LINES}) AS open
    LEFT JOIN (${SAID}) AS said ON said.document_id = open.order_id AND said.line_id = open.order_line
    LEFT JOIN (${SENT}) AS sent ON sent.document_id = open.order_id
    LEFT JOIN (${NEEDED}) AS needed ON needed.order_key = open.order_key
  )`;

/** Suppliers that have acknowledged at least a {share} of the order lines that were to be acknowledged: the others send no 855. */
export const acknowledgingSuppliers = defineQuery({
  name: 'orders_acknowledging',
  // FINAL: of several runs the newest row of a chain holds; the key begins with the day.
  sql: `
    SELECT supplier FROM chains FINAL
    WHERE started_day >= toDate({from:DateTime64(3, 'UTC')}) AND started_day <= toDate({to:DateTime64(3, 'UTC')}) AND anchor = 'order-line' AND NOT gone AND supplier != '' AND acknowledgement IN ('present', 'awaited')
    GROUP BY supplier HAVING countIf(acknowledgement = 'present') >= count() * {share:Float64} ORDER BY supplier`,
  params: z.object({ from: z.date(), to: z.date(), share: z.number() }),
  row: z.object({ supplier: text }),
});

/** Open order lines. `value` is what has not come at the order's price; null where quantity, price or pack factor is not known. */
export const openOrderLines = defineList({
  name: 'orders_lines',
  sql: `
    SELECT order_key, order_id, facility, supplier, supplier_name, buyer, item, flow, currency, unit, ordered, came, missing, value, code, ordered_at, answered_at, answer_due, acknowledgement, promised, agreed_for, need_by, age,
      if(promised IS NULL OR need_by IS NULL, NULL, dateDiff('day', assumeNotNull(need_by), assumeNotNull(promised))) AS slip, arrayStringConcat(flags, ', ') AS what
    FROM (${LINES}) AS lines LEFT JOIN (${SUPPLIER_NAMES}) AS names ON names.supplier = lines.supplier
    WHERE {view:String} = '' OR has(flags, {view:String})`,
  params: z.object({ ...orderParams, view: text }),
  row: z.object({
    order_key: text, order_id: text, facility: text, supplier: text, supplier_name: text, buyer: text, item: text, flow: text, currency: text, unit: text, ordered: maybe, came: maybe, missing: maybe, value: maybe,
    code: text, ordered_at: maybe, answered_at: maybe, answer_due: text, acknowledgement: text, promised: maybe, agreed_for: maybe, need_by: maybe, age: z.number().nullable(), slip: z.number().nullable(), what: text,
  }),
  sortable: {
    age: 'age', value: 'toDecimal256OrNull(value, 4)', promised: 'promised', need_by: 'need_by', slip: 'slip', ordered_at: 'ordered_at', supplier_name: 'supplier_name', facility: 'facility', item: 'item', buyer: 'buyer', flow: 'flow', code: 'code',
    missing: 'missing', order_key: 'order_key', what: 'what', acknowledgement: 'acknowledgement',
  },
  defaultSort: { sort: 'age', desc: true },
  key: ['order_key'],
  limits: { seconds: 20 },
});

/** Open lines by what is said of them, by supplier and by age, in one pass: `grouping` says which. Money per currency. */
export const openOrderTotals = defineQuery({
  name: 'orders_totals',
  sql: `
    SELECT multiIf(grouping(of_supplier) = 0, 'supplier', grouping(band) = 0, 'band', 'flag') AS grouping, flag, of_supplier AS supplier, any(supplier_name) AS name, band, currency, count() AS lines, sum(amount) AS value, countIf(amount IS NULL) AS unpriced,
      max(age) AS oldest
    FROM (
      SELECT lines.supplier AS of_supplier, supplier_name, currency, toDecimal256OrNull(value, 4) AS amount, age, arrayJoin(arrayConcat([''], flags)) AS flag, multiIf(age IS NULL, 'unknown', age <= 7, '0-7', age <= 30, '8-30', age <= 60, '31-60', age <= 90, '61-90', '91+') AS band
      FROM (${LINES}) AS lines LEFT JOIN (${SUPPLIER_NAMES}) AS names ON names.supplier = lines.supplier
    )
    GROUP BY GROUPING SETS ((flag, currency), (flag, of_supplier, currency), (flag, band, currency))
    HAVING flag = '' OR grouping = 'flag'
    ORDER BY grouping, flag, lines DESC, supplier, band, currency`,
  params: z.object(orderParams),
  row: z.object({ grouping: text, flag: text, supplier: text, name: text, band: text, currency: text, lines: z.number(), value: maybe, unpriced: z.number(), oldest: z.number().nullable() }),
  limits: { seconds: 20 },
});
