import { z } from 'zod';
import { defineList, defineQuery } from '../client';
import { FINE, INVOICE_LINES_IN_RANGE, MATCHED_VERDICTS, MISMATCHES, SUPPLIER_NAMES } from './match';
import { bucket, byStep, scope } from './scope';

/** Invoice lines against their orders and receipts: verdicts, differences, money at stake. */

const WITH = `WITH ${MATCHED_VERDICTS}`;
export const quoted = (names: readonly string[]) => names.map((name) => `'${name}'`).join(', ');
export const IS_FINE = `verdict IN (${quoted(FINE)})`;
export const IS_MISMATCH = `verdict IN (${quoted(MISMATCHES)})`;
/** Which lines a table shows: one verdict by its name, or a group of them; `erp`: those of which the ERP's own verdict differs, `rules`: those that another version of the rules judges otherwise. */
export const INVOICE_VIEWS = ['mismatch', 'awaiting', 'unknown', 'fine', 'all', 'erp', 'rules'] as const;
export type InvoiceView = (typeof INVOICE_VIEWS)[number];
const IN_VIEW = `multiIf({view:String} = 'mismatch', ${IS_MISMATCH}, {view:String} = 'awaiting', verdict = 'AWAITING_RECEIPT',
  {view:String} = 'unknown', verdict = 'NOT_EVALUABLE', {view:String} = 'fine', ${IS_FINE}, {view:String} IN ('all', 'erp', 'rules'), 1, has(findings, {view:String}) OR verdict = {view:String})`;

/** The ERP says something else: which verdict is fine is a matter of whose tolerances, so that two fine ones agree. */
export const DISAGREES = `erp_verdict != '' AND erp_verdict != verdict AND NOT (${IS_FINE} AND erp_verdict IN (${quoted(FINE)}))`;
/** The ERP's own verdicts on the lines of the range. */
const ERP = `SELECT document_id, line_id, code AS erp_verdict FROM document_lines FINAL
      WHERE document_type = 'match' AND aspect = 'completed' AND document_id IN (SELECT document_id FROM (${INVOICE_LINES_IN_RANGE}))`;
/** Verdicts under the other versions of the rules: in one text, and each. */
const BESIDE = `SELECT object_id, arrayStringConcat(arraySort(groupArray(concat(rule_version, ': ', verdict))), '; ') AS other_rules, groupArray(verdict) AS other_verdicts
  FROM matched_invoice_lines_beside FINAL WHERE NOT gone AND object_id IN (SELECT object_id FROM (${INVOICE_LINES_IN_RANGE})) GROUP BY object_id`;
const OTHERWISE = 'arrayExists(other -> other != verdict, other_verdicts)';

const PERCENT_OFF = "toDecimalString(round(abs(stated_price - o_price) * 100 / o_price, 1), 1)";
/** What probably went wrong, in words; the numbers are in the arithmetic. */
const LIKELY_CAUSE = `multiIf(
      verdict = 'UOM_SUSPECT', extract(arithmetic[1], '; (.*)$'),
      verdict = 'NO_PO', if(order_id = '', 'bought without an order, or the supplier left its number out', 'wrong order number, or the order never came here'),
      verdict = 'ORDER_CANCELLED', 'delivered or billed after the order was cancelled', verdict = 'SUPPLIER', 'billed by another company than the one ordered from', verdict = 'CURRENCY', 'billed in another currency than ordered',
      verdict = 'DUPLICATE', 'the same invoice sent twice', verdict = 'ITEM', 'another item than ordered, without an acknowledged substitution', verdict = 'UOM_UNRESOLVED', 'a pack factor is missing in the item master',
      verdict = 'NOT_EVALUABLE', 'the invoice, order or receipt leaves out what a verdict needs', verdict = 'AWAITING_RECEIPT', 'the goods are on their way, or their receipt is not booked',
      verdict = 'QTY_OVER_RECEIPT', if(flow = 'consignment-fill', 'a consignment fill was billed', if(ifNull(qi <= qo, 0), 'delivered in part, or a receipt is not booked', 'billed for more than was ordered and came')), verdict = 'QTY_OVER_ORDER', 'billed for more than was ordered',
      verdict = 'PRICE', if(ifNull(uom = upper(trim(o_uom)) AND o_price > 0 AND stated_price != o_price, 0), concat(if(stated_price > o_price, 'price raised by ', 'price lowered by '), ifNull(${PERCENT_OFF}, '?'), ' % since the order'), 'another price than the order''s'),
      verdict = 'CHARGES', 'freight or fees past what is agreed', '')`;

const text = z.string();
const maybe = z.string().nullable();
const lineRow = z.object({
  object_id: text, document_id: text, number: text, line_id: text, verdict: text, findings: z.array(z.string()), first_arithmetic: text, all_findings: text, arithmetic: z.array(z.string()),
  missing: z.array(z.string()), time: text, date: text, due_date: maybe, discount_date: maybe, facility: text, supplier: text, supplier_name: text, item: text, order_id: text, order_line: text, order_key: text,
  buyer: text, flow: text, currency: text, uom: text, order_uom: text, quantity: maybe, price: maybe, order_price: maybe, billed: maybe, at_stake: maybe, price_variance: maybe,
  quantity_variance: maybe, ordered: maybe, received: maybe, invoiced: maybe, erp_verdict: text, erp_disagrees: z.number(), rule_version: text, other_rules: text, cause: text,
});

/** One row per invoice line of the range. Quantities `ordered`, `received`, `invoiced` are the order line's, in base units. */
export const invoiceLines = defineList({
  name: 'invoices_lines',
  sql: `${WITH}
    SELECT object_id, document_id, number, line_id, verdict, findings, arithmetic, missing, time, date, due_date, discount_date, facility, supplier, supplier_name, item, order_id, order_line,
      if(order_id = '' OR order_line = '', order_id, concat(order_id, '/', replaceAll(replaceAll(order_line, '%', '%25'), '/', '%2F'))) AS order_key,
      o_buyer AS buyer, flow, currency, uom, o_uom AS order_uom, quantity, stated_price AS price, o_price AS order_price, billed, at_stake, price_variance, quantity_variance,
      qo AS ordered, qr AS received, qi AS invoiced, erp_verdict, ${DISAGREES} AS erp_disagrees, rule_version, other_rules, ${LIKELY_CAUSE} AS cause,
      arrayElement(arithmetic, 1) AS first_arithmetic, arrayStringConcat(arrayMap((f, a) -> concat(f, ': ', a), findings, arithmetic), '; ') AS all_findings
    FROM (${INVOICE_LINES_IN_RANGE} AND ${IN_VIEW} AND ({supplier:String} = '' OR supplier = {supplier:String}) AND ({item:String} = '' OR item = {item:String})
      AND ({invoice:String} = '' OR document_id = {invoice:String})) AS line
    LEFT JOIN (${ERP}) AS erp USING (document_id, line_id)
    LEFT JOIN (${BESIDE}) AS others USING (object_id)
    LEFT JOIN (${SUPPLIER_NAMES}) AS names USING (supplier)
    WHERE multiIf({view:String} = 'erp', ${DISAGREES}, {view:String} = 'rules', ${OTHERWISE}, 1)`,
  params: z.object({ ...scope, view: z.string(), supplier: z.string(), item: z.string(), invoice: z.string() }),
  row: lineRow,
  sortable: {
    time: 'time', date: 'date', due_date: 'due_date', verdict: 'verdict', supplier: 'supplier', number: 'number', item: 'item', order_key: 'order_key', facility: 'facility', quantity: 'quantity', price: 'price', order_price: 'order_price',
    billed: 'billed', at_stake: 'at_stake', price_variance: 'price_variance', quantity_variance: 'quantity_variance', currency: 'currency', flow: 'flow',
  },
  defaultSort: { sort: 'at_stake', desc: true },
  key: ['object_id'],
});
export type InvoiceLine = z.output<typeof lineRow>;

/** Lines of the range of which the ERP said something, and something else; and those judged by another version too, and otherwise. */
export const invoiceDifferences = defineQuery({
  name: 'invoices_differences',
  sql: `${WITH}
    SELECT countIf(erp_verdict != '') AS erp_said, countIf(${DISAGREES}) AS erp_differs, countIf(notEmpty(other_verdicts)) AS judged_beside, countIf(${OTHERWISE}) AS rules_differ
    FROM (SELECT object_id, document_id, line_id, verdict FROM (${INVOICE_LINES_IN_RANGE})) AS line
    LEFT JOIN (${ERP}) AS erp USING (document_id, line_id)
    LEFT JOIN (${BESIDE}) AS others USING (object_id)`,
  params: z.object(scope),
  row: z.object({ erp_said: z.number(), erp_differs: z.number(), judged_beside: z.number(), rules_differ: z.number() }),
});

/** Items with the most mismatched lines; money per currency. */
export const invoiceItems = defineQuery({
  name: 'invoices_items',
  sql: `${WITH}
    SELECT item, currency, count() AS mismatched, sum(at_stake) AS at_stake, sum(count()) OVER (PARTITION BY item) AS of_item
    FROM (${INVOICE_LINES_IN_RANGE} AND ${IS_MISMATCH} AND item != '') GROUP BY item, currency ORDER BY of_item DESC, item, currency LIMIT 20`,
  params: z.object(scope),
  row: z.object({ item: text, currency: text, mismatched: z.number(), at_stake: maybe, of_item: z.number() }),
});

/**
 * Invoices of the range. `decided_…` leaves out those that only lack data (NOT_EVALUABLE lines and no exception);
 * `perfect` ones have every line MATCHED or WITHIN_TOLERANCE; `exceptions` have at least one mismatched line. Invoices
 * that name no known order are counted apart in `without_order`, and are exceptions.
 */
export const invoiceFigures = defineQuery({
  name: 'invoices_figures',
  sql: `${WITH}
    SELECT count() AS invoices, countIf(on_order) AS on_orders, countIf(NOT on_order) AS without_order,
      countIf(on_order AND all_fine) AS perfect, countIf(mismatched > 0) AS exceptions, countIf(on_order AND decided) AS decided_on_orders, countIf(decided) AS decided_invoices,
      countIf(waiting > 0) AS invoices_awaiting, sum(line_count) AS lines, sum(mismatched) AS mismatched_lines, sum(waiting) AS awaiting_lines, sum(unknown) AS unknown_lines
    FROM (
      SELECT document_id, count() AS line_count, max(known) AS on_order, countIf(${IS_FINE}) = count() AS all_fine, countIf(${IS_MISMATCH}) AS mismatched,
        countIf(verdict = 'AWAITING_RECEIPT') AS waiting, countIf(verdict = 'NOT_EVALUABLE') AS unknown, unknown = 0 OR mismatched > 0 AS decided
      FROM (${INVOICE_LINES_IN_RANGE}) GROUP BY document_id
    )`,
  params: z.object(scope),
  row: z.object({
    invoices: z.number(), on_orders: z.number(), without_order: z.number(), perfect: z.number(), exceptions: z.number(), decided_on_orders: z.number(), decided_invoices: z.number(),
    invoices_awaiting: z.number(), lines: z.number(), mismatched_lines: z.number(), awaiting_lines: z.number(), unknown_lines: z.number(),
  }),
});

/**
 * Lines by verdict, by time and verdict, and by supplier, in one pass (`grouping` says which). Money per currency, never
 * added across; `value_unknown` counts mismatched lines whose money nobody knows.
 */
export const invoiceBreakdown = byStep((step) =>
  defineQuery({
    name: `invoices_breakdown_${step}`,
    sql: `${WITH}
      SELECT multiIf(grouping(supplier) = 0, 'supplier', grouping(at) = 0, 'time', 'verdict') AS grouping, at, verdict, supplier, any(supplier_name) AS name, currency,
        count() AS lines, countIf(${IS_MISMATCH}) AS mismatched, uniqExactIf(document_id, ${IS_MISMATCH}) AS invoices,
        sumIf(stake, ${IS_MISMATCH}) AS at_stake, sumIf(stake, verdict = 'AWAITING_RECEIPT') AS waiting, countIf(${IS_MISMATCH} AND stake IS NULL) AS value_unknown
      FROM (SELECT document_id, verdict, supplier, supplier_name, currency, at_stake AS stake, ${bucket(step)} AS at FROM (${INVOICE_LINES_IN_RANGE}) AS line LEFT JOIN (${SUPPLIER_NAMES}) AS names USING (supplier))
      GROUP BY GROUPING SETS ((verdict, currency), (at, verdict), (supplier, currency))
      ORDER BY grouping, at, verdict, at_stake DESC NULLS LAST, supplier, currency`,
    params: z.object({ ...scope, zone: z.string() }),
    row: z.object({
      grouping: z.string(), at: z.string(), verdict: z.string(), supplier: z.string(), name: z.string(), currency: z.string(), lines: z.number(), mismatched: z.number(), invoices: z.number(),
      at_stake: z.string().nullable(), waiting: z.string().nullable(), value_unknown: z.number(),
    }),
    }),
);
