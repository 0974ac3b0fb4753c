import { z } from 'zod';
import { defineList, defineQuery } from '../client';
import { DAY_OF, matchRuleParams, matchTotals, OPEN_TOTALS, SUPPLIER_NAMES, zoneParams } from './match';

/**
 * Receipts that no invoice has consumed yet, as of an instant: each receipt line's quantity less what was invoiced on its
 * order line, first in first out by business date, at the order's price.
 *
 * What a line is: `open`; `untold` (there are invoices, but quantities or units are missing, so nobody can tell which
 * receipts they cover); `no_order` (names no order line that is known). Two-way orders and consignment fills are left
 * out, since no invoice waits for their receipts. A line on which nothing at all was invoiced is open even without a
 * quantity: it counts, and its value is unknown.
 */

const TO = "{to:DateTime64(3, 'UTC')}";
export const AGE_BANDS = ['0-7', '8-30', '31-60', '61-90', '91+'] as const;
/** What a table is narrowed to: a band, or all that is old. */
export const AGES = [...AGE_BANDS, '31+'] as const;
export type AgeBand = (typeof AGE_BANDS)[number];
/** What a table shows. `open` holds the untold ones too: they are work as well. */
export const RECEIPT_VIEWS = ['open', 'no_order', 'over_delivered'] as const;
export type ReceiptView = (typeof RECEIPT_VIEWS)[number];

const worth = (quantity: string) => `toDecimal256(round(if(ifNull(ko, 0) = 0, NULL, toDecimal256(${quantity}, 8) * toDecimal256(o_price, 6) / ifNull(nullIf(toDecimal256(ko, 8), 0), 1)), 4), 4)`;
const LINE_KEY = "if(order_id = '' OR order_line = '', order_id, concat(order_id, '/', replaceAll(replaceAll(order_line, '%', '%25'), '/', '%2F')))";

/** Order lines on which something was received before {to}; the others cannot have anything open. */
const RECEIVED = `SELECT order_id FROM document_lines WHERE document_type = 'receipt' AND aspect = 'confirmed' AND order_id != '' AND time < ${TO}`;
const AS_OF = `WITH ${matchTotals({ orders: RECEIVED, documents: `SELECT document_id FROM document_lines WHERE document_type = 'receipt' AND order_id = '' AND time < ${TO}`, before: TO })}`;
/** Where nothing was recorded that happened later, the last run of the match says the same. */
const NOW = `WITH ${OPEN_TOTALS}`;

const LINES = `
  SELECT *, multiIf(age <= 7, '0-7', age <= 30, '8-30', age <= 60, '31-60', age <= 90, '61-90', '91+') AS band
  FROM (
    SELECT object_id, document_id, order_id, order_line, ${LINE_KEY} AS order_key, time, date, facility, supplier, currency, buyer, item, flow, unit, received, open, order_price, state,
      ${worth('open')} AS value, greatest(dateDiff('day', date, ${DAY_OF(TO, 'facility')}), 0) AS age
    FROM (
      SELECT order_id, order_line, v.object_id AS object_id, v.document_id AS document_id, v.time AS time, v.date AS date, if(v.facility = '', o_facility, v.facility) AS facility,
        if(o_supplier = '', v.supplier, o_supplier) AS supplier, o_currency AS currency, o_buyer AS buyer, if(v.item = '', o_item, v.item) AS item, flow, o_price AS order_price, o_price, ko,
        multiIf(same_unit, one_unit, arrayFirst((u, k) -> k = 1, mapKeys(arrayLast(p -> p.1 <= v.date, o_packs).2), mapValues(arrayLast(p -> p.1 <= v.date, o_packs).2))) AS unit,
        net AS received, if(nothing_invoiced OR NOT known, net, still_open) AS open,
        multiIf(NOT known, 'no_order', nothing_invoiced, 'open', still_open IS NULL, 'untold', 'open') AS state
      FROM (
        SELECT *, i_standing_count = 0 AS nothing_invoiced,
          arrayMap((n, through) -> if(r_unknown OR i_unknown, NULL, n - least(n, greatest(qi - (through - n), toDecimal128(0, 8)))), r_net, arrayCumSum(arrayMap(n -> ifNull(n, toDecimal128(0, 8)), r_net))) AS r_open
        FROM match_totals WHERE notEmpty(r_net) AND (NOT known OR needs_receipt)
      )
      ARRAY JOIN r AS v, r_net AS net, r_open AS still_open, r_withdrawn AS withdrawn
      WHERE NOT withdrawn
    )
    WHERE (state != 'open' OR ifNull(open > 0, 1)) AND (empty({facilities:Array(String)}) OR facility IN {facilities:Array(String)})
  )`;

const params = { to: z.date(), facilities: z.array(z.string()), ...matchRuleParams, ...zoneParams } as const;
const text = z.string();
const maybe = z.string().nullable();

/** One row per receipt line with something open. `open` and `received` in base units (`unit`), `value` in `currency` at the order's price. */
const unmatchedReceipts = (name: string, totals: string) => defineList({
  name,
  sql: `${totals}
    SELECT object_id, document_id, order_id, order_line, order_key, time, date, facility, supplier, supplier_name, currency, buyer, item, flow, unit, received, open, order_price, value, age, band, state
    FROM (${LINES}) AS line LEFT JOIN (${SUPPLIER_NAMES}) AS names USING (supplier)
    WHERE if({view:String} = 'no_order', state = 'no_order', state != 'no_order') AND ({band:String} = '' OR band = {band:String} OR ({band:String} = '31+' AND age > 30)) AND ({supplier:String} = '' OR supplier = {supplier:String}) AND ({buyer:String} = '' OR buyer = {buyer:String})`,
  params: z.object({ ...params, view: z.string(), band: z.string(), supplier: z.string(), buyer: z.string().default('') }),
  row: z.object({
    object_id: text, document_id: text, order_id: text, order_line: text, order_key: text, time: text, date: text, facility: text, supplier: text, supplier_name: text, currency: text, buyer: text,
    item: text, flow: text, unit: text, received: maybe, open: maybe, order_price: maybe, value: maybe, age: z.number(), band: text, state: text,
  }),
  sortable: { age: 'age', date: 'date', time: 'time', value: 'value', open: 'open', supplier: 'supplier', order_key: 'order_key', document_id: 'document_id', item: 'item', facility: 'facility', currency: 'currency', received: 'received', state: 'state' },
  defaultSort: { sort: 'age', desc: true },
  key: ['object_id'],
  limits: { seconds: 60 },
});

/**
 * Counts and money of the open receipts, in one pass: by state, by age band, by supplier, facility and buyer (`grouping` says which; `who` is which of the last three).
 * Money per currency; `value_unknown` lines have no price, no quantity or no factor.
 */
const receiptBreakdown = (name: string, totals: string) => defineQuery({
  name,
  sql: `${totals}
    SELECT multiIf(grouping(supplier) = 0, 'supplier', grouping(of_facility) = 0, 'facility', grouping(of_buyer) = 0, 'buyer', grouping(band) = 0, 'band', 'state') AS grouping, state, band,
      multiIf(grouping(supplier) = 0, supplier, grouping(of_facility) = 0, of_facility, of_buyer) AS who, if(grouping(supplier) = 0, any(supplier_name), '') AS name, currency,
      count() AS lines, uniqExact(document_id) AS receipts, sum(worth) AS value, countIf(worth IS NULL) AS value_unknown, min(date) AS oldest, max(age) AS oldest_age
    FROM (SELECT state, band, supplier, supplier_name, toString(facility) AS of_facility, toString(buyer) AS of_buyer, currency, document_id, date, age, value AS worth FROM (${LINES}) AS line LEFT JOIN (${SUPPLIER_NAMES}) AS names USING (supplier))
    GROUP BY GROUPING SETS ((state, currency), (state, band, currency), (state, supplier, currency), (state, of_facility, currency), (state, of_buyer, currency))
    ORDER BY grouping, state, band, value DESC NULLS LAST, who, currency`,
  params: z.object(params),
  row: z.object({
    grouping: text, state: text, band: text, who: text, name: text, currency: text, lines: z.number(), receipts: z.number(), value: maybe, value_unknown: z.number(), oldest: text, oldest_age: z.number(),
  }),
  limits: { seconds: 60 },
});

/** Order lines of which more came than was ordered, quantities in base units. */
const overDelivered = (name: string, totals: string, over: string) => defineList({
  name,
  sql: `${totals}
    SELECT ${LINE_KEY} AS order_key, order_id, order_line, o_facility AS facility, o_supplier AS supplier, supplier_name, o_item AS item, o_currency AS currency, if(same_unit, one_unit, '') AS unit,
      qo AS ordered, qr AS received, qr - qo AS over, ${worth('qr - qo')} AS value, arrayMax(r.date) AS date
    FROM (SELECT *, o_supplier AS supplier FROM match_totals WHERE ${over} AND (empty({facilities:Array(String)}) OR o_facility IN {facilities:Array(String)})) AS line
    LEFT JOIN (${SUPPLIER_NAMES}) AS names USING (supplier)`,
  params: z.object(params),
  row: z.object({
    order_key: text, order_id: text, order_line: text, facility: text, supplier: text, supplier_name: text, item: text, currency: text, unit: text, ordered: maybe, received: maybe, over: maybe, value: maybe, date: text,
  }),
  sortable: { order_key: 'order_key', supplier: 'supplier', item: 'item', over: 'over', value: 'value', date: 'date', facility: 'facility', ordered: 'ordered', received: 'received' },
  defaultSort: { sort: 'value', desc: true },
  key: ['order_key'],
  limits: { seconds: 60 },
});

const queries = (suffix: string, totals: string, over: string) => ({
  unmatched: unmatchedReceipts(`receipts_unmatched${suffix}`, totals),
  breakdown: receiptBreakdown(`receipts_breakdown${suffix}`, totals),
  overDelivered: overDelivered(`receipts_over_delivered${suffix}`, totals, over),
});

/** As the last run of the match has it: for a {to} that nothing which happened lies behind. */
export const receiptsNow = queries('', NOW, 'over_delivered');
/** As of an earlier {to}, worked out from what had happened by then. */
export const receiptsAsOf = queries('_as_of', AS_OF, 'over');

/**
 * Order lines of which less came than was ordered, and something: what is still to come (`short`), and what is invoiced
 * of it already. As the last run of the match has it; cancelled lines are left out. Quantities in base units.
 */
export const underDelivered = defineList({
  name: 'receipts_under_delivered',
  sql: `
    SELECT concat(order_id, '/', replaceAll(replaceAll(order_line, '%', '%25'), '/', '%2F')) AS order_key, order_id, order_line, facility, supplier, supplier_name, buyer, item, currency, if(same_unit, one_unit, '') AS unit,
      qo AS ordered, qr AS received, qo - qr AS short, qi AS invoiced, greatest(qi - qr, toDecimal128(0, 8)) AS ahead, ${worth('short').replaceAll('o_price', 'price')} AS value, ${worth('ahead').replaceAll('o_price', 'price')} AS ahead_value
    FROM (
      SELECT * FROM order_desk FINAL
      WHERE open AND NOT gone AND flow IN ('three-way', 'three-way-invoice-first', 'consignment-fill') AND qr > 0 AND qr < qo AND (empty({facilities:Array(String)}) OR facility IN {facilities:Array(String)})
        AND ({supplier:String} = '' OR supplier = {supplier:String}) AND ({buyer:String} = '' OR buyer = {buyer:String})
      SETTINGS use_skip_indexes_if_final = 1, use_skip_indexes_if_final_exact_mode = 1
    ) AS line LEFT JOIN (${SUPPLIER_NAMES}) AS names USING (supplier)`,
  params: z.object({ facilities: z.array(z.string()), supplier: text, buyer: text }),
  row: z.object({
    order_key: text, order_id: text, order_line: text, facility: text, supplier: text, supplier_name: text, buyer: text, item: text, currency: text, unit: text,
    ordered: maybe, received: maybe, short: maybe, invoiced: maybe, ahead: maybe, value: maybe, ahead_value: maybe,
  }),
  sortable: {
    order_key: 'order_key', supplier_name: 'supplier_name', item: 'item', buyer: 'buyer', facility: 'facility', ordered: 'ordered', received: 'received', short: 'short', invoiced: 'invoiced', ahead: 'ahead', value: 'value', ahead_value: 'ahead_value',
  },
  defaultSort: { sort: 'value', desc: true },
  key: ['order_key'],
  limits: { seconds: 20 },
});

/** A supplier as the master data has it today: whom to write to. */
export const supplierContact = defineQuery({
  name: 'receipts_supplier_contact',
  sql: `SELECT argMax(JSONExtractString(attributes, 'name'), (valid_from, version, rank)) AS name, argMax(JSONExtractString(attributes, 'contact'), (valid_from, version, rank)) AS contact
    FROM master_records WHERE kind = 'supplier' AND record_id = {supplier:String} AND valid_from <= toDate32(now()) GROUP BY record_id`,
  params: z.object({ supplier: text }),
  row: z.object({ name: text, contact: text }),
});
