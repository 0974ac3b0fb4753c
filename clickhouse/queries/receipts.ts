import { z } from 'zod';
import { defineList, defineQuery } from '../client';
import { DAY_OF, OPEN_TOTALS, SUPPLIER_NAMES, zoneParams } from './match';
import { ORDER_LINE_KEY, worth } from './receipts-open';
import { IN_FACILITIES } from './scope';

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

/** With age and band as of {to}. */
const LINES = (rows: string) => `
  SELECT *, multiIf(age <= 7, '0-7', age <= 30, '8-30', age <= 60, '31-60', age <= 90, '61-90', '91+') AS band
  FROM (SELECT *, greatest(dateDiff('day', date, ${DAY_OF(TO, 'facility')}), 0) AS age FROM (${rows}))`;
/** As the last run of the match has it: a row of each is kept. FINAL: a run writes a row anew. */
const KEPT = `SELECT * FROM open_receipts FINAL WHERE NOT gone AND ${IN_FACILITIES} SETTINGS use_skip_indexes_if_final = 1, use_skip_indexes_if_final_exact_mode = 1`;
const WORKED_OUT = (over: 0 | 1) => `SELECT * FROM receipts_as_of WHERE moment = {moment:String} AND over = ${over} AND ${IN_FACILITIES}`;

/** `moment`: what ../receipts-as-of.ts has named it; empty for now. */
const params = { to: z.date(), facilities: z.array(z.string()), moment: z.string().default(''), ...zoneParams } as const;
const text = z.string();
const maybe = z.string().nullable();

/** One row per receipt line with something open. `open` and `received` in base units (`unit`), `value` in `currency` at the order's price. */
const unmatchedReceipts = (name: string, rows: string) => defineList({
  name,
  sql: `
    SELECT object_id, document_id, order_id, order_line, order_key, time, date, facility, supplier, supplier_name, currency, buyer, item, flow, unit, received, open, order_price, value, age, band, state
    FROM (${LINES(rows)}) AS line LEFT JOIN (${SUPPLIER_NAMES}) AS names USING (supplier)
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
const receiptBreakdown = (name: string, rows: string) => defineQuery({
  name,
  sql: `
    SELECT multiIf(grouping(supplier) = 0, 'supplier', grouping(of_facility) = 0, 'facility', grouping(of_buyer) = 0, 'buyer', grouping(band) = 0, 'band', 'state') AS grouping, state, band,
      multiIf(grouping(supplier) = 0, supplier, grouping(of_facility) = 0, of_facility, of_buyer) AS who, if(grouping(supplier) = 0, any(supplier_name), '') AS name, currency,
      count() AS lines, uniqExact(document_id) AS receipts, sum(worth) AS value, countIf(worth IS NULL) AS value_unknown, min(date) AS oldest, max(age) AS oldest_age
    FROM (SELECT state, band, supplier, supplier_name, toString(facility) AS of_facility, toString(buyer) AS of_buyer, currency, document_id, date, age, value AS worth FROM (${LINES(rows)}) AS line LEFT JOIN (${SUPPLIER_NAMES}) AS names USING (supplier))
    GROUP BY GROUPING SETS ((state, currency), (state, band, currency), (state, supplier, currency), (state, of_facility, currency), (state, of_buyer, currency))
    ORDER BY grouping, state, band, value DESC NULLS LAST, who, currency`,
  params: z.object(params),
  row: z.object({
    grouping: text, state: text, band: text, who: text, name: text, currency: text, lines: z.number(), receipts: z.number(), value: maybe, value_unknown: z.number(), oldest: text, oldest_age: z.number(),
  }),
  limits: { seconds: 60 },
});

/** Order lines of which more came than was ordered, quantities in base units. */
const overDelivered = (name: string, rows: string) => defineList({
  name,
  sql: `
    SELECT order_key, order_id, order_line, facility, supplier, supplier_name, item, currency, unit, ordered, received, over, value, date
    FROM (${rows}) AS line LEFT JOIN (${SUPPLIER_NAMES}) AS names USING (supplier)`,
  params: z.object(params),
  row: z.object({
    order_key: text, order_id: text, order_line: text, facility: text, supplier: text, supplier_name: text, item: text, currency: text, unit: text, ordered: maybe, received: maybe, over: maybe, value: maybe, date: text,
  }),
  sortable: { order_key: 'order_key', supplier: 'supplier', item: 'item', over: 'over', value: 'value', date: 'date', facility: 'facility', ordered: 'ordered', received: 'received' },
  defaultSort: { sort: 'value', desc: true },
  key: ['order_key'],
  limits: { seconds: 60 },
});

const OVER_NOW = `WITH ${OPEN_TOTALS}
  SELECT ${ORDER_LINE_KEY} AS order_key, order_id, order_line, o_facility AS facility, o_supplier AS supplier, o_item AS item, o_currency AS currency, if(same_unit, one_unit, '') AS unit,
    qo AS ordered, qr AS received, qr - qo AS over, ${worth('qr - qo')} AS value, arrayMax(r.date) AS date
  FROM match_totals WHERE over_delivered AND (empty({facilities:Array(String)}) OR o_facility IN {facilities:Array(String)})`;

const queries = (suffix: string, rows: string, over: string) => ({
  unmatched: unmatchedReceipts(`receipts_unmatched${suffix}`, rows),
  breakdown: receiptBreakdown(`receipts_breakdown${suffix}`, rows),
  overDelivered: overDelivered(`receipts_over_delivered${suffix}`, over),
});

/** As the last run of the match has it: for a {to} that nothing which happened lies behind. */
export const receiptsNow = queries('', KEPT, OVER_NOW);
/** As of an earlier {to}, of which ../receipts-as-of.ts has worked out what was open: {moment}. */
export const receiptsAsOf = queries('_as_of', WORKED_OUT(0), `SELECT * EXCEPT (over), open AS over FROM (${WORKED_OUT(1)})`);

/**
 * Order lines of which less came than was ordered, and something: what is still to come (`short`), and what is invoiced
 * of it already. As the last run of the match has it; cancelled lines are left out. Quantities in base units.
 */
export const underDelivered = defineList({
  name: 'receipts_under_delivered',
  sql: `
    SELECT order_key, order_id, order_line, facility, supplier, supplier_name, buyer, item, currency, unit, ordered, came AS received, ordered - came AS short, invoiced, greatest(invoiced - came, toDecimal128(0, 8)) AS ahead, value, ahead_value
    FROM (
      SELECT * FROM open_order_lines FINAL
      WHERE NOT gone AND goods AND came > 0 AND came < ordered AND ${IN_FACILITIES} AND ({supplier:String} = '' OR supplier = {supplier:String}) AND ({buyer:String} = '' OR buyer = {buyer:String})
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
