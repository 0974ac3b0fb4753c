import { FINE } from './match';
import { chainsSql } from './lineage-chains';
import { INVOICE_LINES_IN_RANGE, INVOICE_SCOPE, matchVerdicts } from './match';
import { IN_FACILITIES, IN_RANGE, WHOLE_OBJECT } from './scope';

/**
 * The units of each SLA figure: one row per thing that counts, so that a figure and the lines behind it are the same
 * statement. Every statement gives
 *   object_type, object_id, facility, at (when it counts), currency ('' where no money is in it),
 *   numerator, denominator (Decimal; the figure is Σ numerator ÷ Σ denominator), measure (ms, NULL where none), note
 * and leaves out what cannot be judged, which is unknown and neither good nor bad.
 */

const UNIT = (numerator: string, denominator = '1') => `toDecimal128(${numerator}, 6) AS numerator, toDecimal128(${denominator}, 6) AS denominator`;
const NO_MEASURE = 'CAST(NULL AS Nullable(Float64)) AS measure';
const KEY = (document: string, line: string) => `concat(${document}, '/', replaceAll(replaceAll(${line}, '%', '%25'), '/', '%2F'))`;
/** Facts in force; FINAL because a revised line counts once, at its latest revision. */
const FACTS = 'document_lines FINAL';
const FINE_LIST = FINE.map((verdict) => `'${verdict}'`).join(', ');
const NOW = "{now:DateTime64(3, 'UTC')}";

/** A message with all its attempts; those still being tried are left out. */
const interfaceAvailability = `
  SELECT if(any(document_id) = '' OR any(whole) = '', '', any(whole)) AS object_type, any(document_id) AS object_id, any(of_facility) AS facility, min(time) AS at, '' AS currency,
    ${UNIT("max(outcome = 'succeeded')")}, toFloat64(argMax(latency_ms, (time, attempt))) AS measure,
    concat(any(interface), ' → ', any(target), if(max(outcome = 'succeeded'), '', concat(': ', argMax(error_code, (time, attempt))))) AS note
  FROM (SELECT *, facility AS of_facility, ${WHOLE_OBJECT} AS whole FROM handovers WHERE ${IN_RANGE} AND ${IN_FACILITIES})
  GROUP BY handover_key HAVING NOT (max(outcome = 'succeeded') = 0 AND argMax(outcome, (time, attempt)) = 'retrying')`;

const firstResponseFill = `
  SELECT 'order-line' AS object_type, object_id, facility, time AS at, '' AS currency, ${UNIT("code NOT IN ('IR', 'ID')")}, ${NO_MEASURE}, code AS note
  FROM ${FACTS} WHERE document_type = 'order' AND aspect = 'acknowledged' AND line_id != '' AND code != '' AND ${IN_RANGE} AND ${IN_FACILITIES}`;

/** Replenishment lines asked for in the range, with what was brought. */
const REPLENISHMENTS = `
  SELECT object_id, anyIf(facility, aspect = 'requested') AS of_facility, anyIf(location, aspect = 'requested') AS place, anyIf(item, aspect = 'requested') AS of_item,
    minIf(time, aspect = 'requested') AS asked_at, maxIf(quantity, aspect = 'requested') AS asked, sumIf(quantity, aspect = 'filled') AS brought,
    countIf(aspect = 'filled') AS fills, minIf(time, aspect = 'filled') AS filled_at
  FROM (SELECT * FROM ${FACTS} WHERE document_type = 'replenishment' AND line_id != '' AND ${IN_FACILITIES} AND time >= {from:DateTime64(3, 'UTC')})
  GROUP BY object_id
  HAVING countIf(aspect = 'requested') > 0 AND asked_at < {to:DateTime64(3, 'UTC')}`;

/** A line still on its way within the target of 24 h is not due. */
const pointOfUseFill = `
  SELECT 'replenishment-line' AS object_type, object_id, of_facility AS facility, asked_at AS at, '' AS currency, ${UNIT('ifNull(fills > 0 AND brought >= asked, 0)')}, ${NO_MEASURE},
    concat('asked ', toString(asked), ', brought ', if(fills = 0, 'nothing yet', ifNull(toString(brought), 'an unknown quantity'))) AS note
  FROM (${REPLENISHMENTS}) WHERE asked IS NOT NULL AND (fills > 0 OR asked_at < ${NOW} - INTERVAL 1 DAY)`;

/** Whether the newest report before the request said that nothing was on hand; lines without any report are unknown. */
const stockoutRate = `
  SELECT 'replenishment-line' AS object_type, r.object_id AS object_id, r.of_facility AS facility, r.asked_at AS at, '' AS currency, ${UNIT('b.held <= 0')}, ${NO_MEASURE},
    concat(r.of_item, ' at ', r.place, ': ', toString(b.held), ' on hand') AS note
  FROM (SELECT * FROM (${REPLENISHMENTS}) ORDER BY of_item, place, asked_at) AS r
  ASOF INNER JOIN (
    SELECT item, location, time, assumeNotNull(sum(on_hand)) AS held FROM balances FINAL WHERE action = 'reported' AND on_hand IS NOT NULL AND ${IN_FACILITIES} AND time < {to:DateTime64(3, 'UTC')}
    GROUP BY item, location, time
  ) AS b ON b.item = r.of_item AND b.location = r.place AND r.asked_at >= b.time`;

/** Days on which an item at a location was reported, and whether any report of the day said zero. */
const stockAvailability = `
  SELECT 'item' AS object_type, item AS object_id, facility, toDateTime64(day, 3, 'UTC') AS at, '' AS currency, ${UNIT('min(held) > 0')}, ${NO_MEASURE},
    concat(location, ': lowest ', toString(min(held))) AS note
  FROM (SELECT facility, location, item, time, toDate(time, {zone:String}) AS day, sum(on_hand) AS held FROM balances FINAL
    WHERE action = 'reported' AND on_hand IS NOT NULL AND ${IN_RANGE} AND ${IN_FACILITIES} GROUP BY facility, location, item, time)
  GROUP BY facility, location, item, day`;

const DAY_MS = (days: number) => String(days * 86_400_000);
/** Times of two steps of a line: within `days` counts as met; the figure shown is the median. */
const elapsed = (type: string, rows: string, days: number) => `
  SELECT '${type}' AS object_type, object_id, of_facility AS facility, began AS at, '' AS currency, ${UNIT(`measure <= ${DAY_MS(days)}`)}, toFloat64(dateDiff('millisecond', began, ended)) AS measure, note
  FROM (${rows}) WHERE ended >= began AND began >= {from:DateTime64(3, 'UTC')} AND began < {to:DateTime64(3, 'UTC')}`;

const replenishmentCycle = elapsed('replenishment-line', `SELECT object_id, of_facility, asked_at AS began, filled_at AS ended, concat(of_item, ' at ', place) AS note FROM (${REPLENISHMENTS}) WHERE fills > 0`, 1);

/** When each requisition line was submitted and approved; whole-document events count for all its lines. */
const REQUISITIONS = `
  SELECT l.object_id AS object_id, l.document_id AS document_id, any(l.of_facility) AS of_facility,
    minIf(l.time, l.aspect = 'submitted') AS submitted, minOrNullIf(l.time, l.aspect = 'approved') AS line_approved, any(w.approved) AS whole_approved
  FROM (SELECT object_id, document_id, facility AS of_facility, aspect, time FROM ${FACTS} WHERE document_type = 'requisition' AND line_id != '' AND ${IN_FACILITIES}) AS l
  LEFT JOIN (SELECT document_id, minOrNull(time) AS approved FROM ${FACTS} WHERE document_type = 'requisition' AND line_id = '' AND aspect = 'approved' GROUP BY document_id) AS w ON w.document_id = l.document_id
  GROUP BY object_id, document_id HAVING countIf(l.aspect = 'submitted') > 0`;
const ORDERED_BY = "SELECT node_id AS requisition, peer_id AS order_line FROM links WHERE node_type = 'requisition-line' AND direction = 'down' AND peer_type = 'order-line' GROUP BY requisition, order_line";

const requisitionToSent = elapsed('requisition-line', `
  SELECT r.object_id AS object_id, any(r.of_facility) AS of_facility, any(r.submitted) AS began, min(s.sent) AS ended, any(o.order_line) AS note
  FROM (${REQUISITIONS}) AS r
  INNER JOIN (${ORDERED_BY}) AS o ON o.requisition = r.object_id
  INNER JOIN (SELECT document_id, min(time) AS sent FROM ${FACTS} WHERE document_type = 'order' AND aspect = 'sent' GROUP BY document_id) AS s
    ON s.document_id = substring(o.order_line, 1, length(o.order_line) - position(reverse(o.order_line), '/'))
  GROUP BY r.object_id`, 1);

const approvedToReceipt = elapsed('requisition-line', `
  SELECT r.object_id AS object_id, any(r.of_facility) AS of_facility, any(coalesce(r.line_approved, r.whole_approved)) AS began, min(g.received) AS ended, any(o.order_line) AS note
  FROM (SELECT * FROM (${REQUISITIONS}) WHERE coalesce(line_approved, whole_approved) IS NOT NULL) AS r
  INNER JOIN (${ORDERED_BY}) AS o ON o.requisition = r.object_id
  INNER JOIN (SELECT ${KEY('order_id', 'order_line')} AS order_line, min(time) AS received FROM ${FACTS} WHERE document_type = 'receipt' AND aspect = 'confirmed' AND order_id != '' GROUP BY order_line) AS g
    ON g.order_line = o.order_line
  GROUP BY r.object_id`, 5);

/** Invoices that were received in the range, with their lines' verdicts; those that only lack data are left out. */
const INVOICES = `
  SELECT document_id, any(line.facility) AS of_facility, min(line.time) AS received, max(known) AS on_order, countIf(verdict IN (${FINE_LIST})) = count() AS perfect,
    countIf(verdict NOT IN (${FINE_LIST}, 'AWAITING_RECEIPT', 'NOT_EVALUABLE')) AS exceptions, countIf(verdict = 'NOT_EVALUABLE') = 0 OR exceptions > 0 AS decided,
    arrayStringConcat(arraySort(groupUniqArray(toString(verdict))), ', ') AS verdicts
  FROM (${INVOICE_LINES_IN_RANGE}) AS line GROUP BY document_id`;
const withMatch = (sql: string) => `WITH ${matchVerdicts(INVOICE_SCOPE)} ${sql}`;

const perfectInvoice = withMatch(`
  SELECT 'invoice' AS object_type, document_id AS object_id, of_facility AS facility, received AS at, '' AS currency, ${UNIT('perfect')}, ${NO_MEASURE}, verdicts AS note
  FROM (${INVOICES}) WHERE on_order AND decided`);
const invoiceExceptions = withMatch(`
  SELECT 'invoice' AS object_type, document_id AS object_id, of_facility AS facility, received AS at, '' AS currency, ${UNIT('exceptions > 0')}, ${NO_MEASURE}, verdicts AS note
  FROM (${INVOICES}) WHERE decided`);

/** An order line counts once it was invoiced, or should have been by the invoice clock. */
const perfectOrder = withMatch(`
  SELECT 'order-line' AS object_type, o.object_id AS object_id, o.of_facility AS facility, o.ordered AS at, '' AS currency,
    ${UNIT("o.answer NOT IN ('', 'IR', 'ID', 'IS', 'IP', 'IQ', 'BP') AND v.lines > 0 AND v.fine = v.lines")}, ${NO_MEASURE},
    concat('acknowledged ', if(o.answer = '', 'never', o.answer), ', ', if(v.lines = 0, 'not invoiced', v.verdicts)) AS note
  FROM (
    SELECT object_id, any(facility_) AS of_facility, minIf(time, aspect = 'created') AS ordered, argMaxIf(code, rank, aspect = 'acknowledged') AS answer, anyIf(flow_type, aspect = 'created') AS flow
    FROM (SELECT *, facility AS facility_ FROM ${FACTS} WHERE document_type = 'order' AND line_id != '' AND aspect IN ('created', 'acknowledged') AND ${IN_FACILITIES})
    GROUP BY object_id HAVING countIf(aspect = 'created') > 0 AND ordered >= {from:DateTime64(3, 'UTC')} AND ordered < {to:DateTime64(3, 'UTC')} AND flow != 'consignment-fill'
  ) AS o
  LEFT JOIN (
    SELECT ${KEY('order_id', 'order_line')} AS order_line_id, count() AS lines, countIf(verdict IN (${FINE_LIST})) AS fine, arrayStringConcat(arraySort(groupUniqArray(toString(verdict))), ', ') AS verdicts
    FROM match_verdicts WHERE NOT withdrawn AND verdict NOT IN ('NOT_EVALUABLE', 'AWAITING_RECEIPT') GROUP BY order_line_id
  ) AS v ON v.order_line_id = o.object_id
  WHERE v.lines > 0 OR o.ordered < ${NOW} - toIntervalSecond(toInt64(({receipt_days:Float64} + {invoice_days:Float64}) * 86400))`);

/** What happened to each invoice of the range: posted or not, by hand or not, ready when. */
const INVOICE_STEPS = `
  SELECT i.document_id AS document_id, any(i.of_facility) AS of_facility, any(i.received) AS received, minOrNull(p.posted) AS posted,
    max(h.human) AS human, max(h.told) AS told, any(h.approved) AS approved
  FROM (
    SELECT document_id, any(facility_) AS of_facility, min(time) AS received FROM (SELECT *, facility AS facility_ FROM ${FACTS} WHERE document_type = 'invoice' AND aspect = 'received' AND line_id != '' AND ${IN_RANGE} AND ${IN_FACILITIES}) GROUP BY document_id
  ) AS i
  LEFT JOIN (
    SELECT document_id, max(actor_kind = 'human') AS human, max(actor_kind != '') AS told, minOrNullIf(time, aspect = 'approved') AS approved
    FROM ${FACTS} WHERE document_type IN ('invoice', 'match') GROUP BY document_id
  ) AS h ON h.document_id = i.document_id
  LEFT JOIN (
    SELECT substring(l.node_id, 1, length(l.node_id) - position(reverse(l.node_id), '/')) AS document_id, min(f.time) AS posted
    FROM (SELECT node_id, peer_id FROM links WHERE node_type = 'invoice-line' AND direction = 'down' AND peer_type = 'posting' GROUP BY node_id, peer_id) AS l
    INNER JOIN (SELECT object_id, time FROM ${FACTS} WHERE document_type = 'posting' AND aspect = 'completed') AS f ON f.object_id = l.peer_id
    GROUP BY document_id
  ) AS p ON p.document_id = i.document_id
  GROUP BY i.document_id`;

const touchless = `
  SELECT 'invoice' AS object_type, document_id AS object_id, of_facility AS facility, received AS at, '' AS currency, ${UNIT('human = 0')}, ${NO_MEASURE}, if(human, 'a person took a step', 'no human step') AS note
  FROM (${INVOICE_STEPS}) WHERE posted IS NOT NULL AND told`;

const invoiceCycle = elapsed('invoice', `SELECT document_id AS object_id, of_facility, received AS began, assumeNotNull(coalesce(approved, posted)) AS ended, if(approved IS NULL, 'posted', 'approved') AS note FROM (${INVOICE_STEPS}) WHERE coalesce(approved, posted) IS NOT NULL`, 5);

/** Contract prices by item and unit: the version in force last. */
const CONTRACTS = `
  SELECT JSONExtractString(attributes, 'contract') AS contract, JSONExtractString(attributes, 'item') AS item, JSONExtractString(attributes, 'uom') AS uom, JSONExtractString(attributes, 'currency') AS currency,
    toDecimal128OrNull(JSONExtractString(attributes, 'price'), 6) AS price, since AS valid_from, toDate32OrNull(JSONExtractString(attributes, 'validTo')) AS valid_to
  FROM (SELECT record_id, argMax(attributes, (valid_from, version, rank)) AS attributes, max(valid_from) AS since FROM master_records WHERE kind = 'contract' GROUP BY record_id)`;

/** Invoice lines of items on contract, in the contract's unit and currency: others cannot be compared and are left out. */
const priceAccuracy = withMatch(`
  SELECT 'invoice-line' AS object_type, i.object_id AS object_id, i.facility AS facility, i.time AS at, '' AS currency,
    ${UNIT('abs(i.stated_price - c.price) * 100 <= c.price * toDecimal64({contract_tolerance:Float64}, 4)')}, ${NO_MEASURE}, concat('invoiced at ', toString(i.stated_price), ', contract ', toString(c.price), ' per ', i.uom) AS note
  FROM (SELECT * FROM (${INVOICE_LINES_IN_RANGE}) WHERE stated_price IS NOT NULL) AS i
  INNER JOIN (${FACTS_ORDER_CONTRACT()}) AS o ON o.order_key = ${KEY('i.order_id', 'i.order_line')}
  INNER JOIN (${CONTRACTS}) AS c ON c.contract = o.contract AND c.item = i.item
  WHERE c.price > 0 AND c.uom = i.uom AND c.currency = i.currency AND i.date >= c.valid_from AND (c.valid_to IS NULL OR i.date <= c.valid_to)`);

function FACTS_ORDER_CONTRACT(): string {
  return "SELECT object_id AS order_key, contract FROM document_lines FINAL WHERE document_type = 'order' AND aspect = 'created' AND contract != ''";
}

/** Order lines of items for which a contract was in force on the order's date. */
const onContractSpend = `
  SELECT 'order-line' AS object_type, object_id, o.facility AS facility, o.time AS at, o.currency AS currency, ${UNIT('if(o.contract != \'\', o.spend, 0)', 'o.spend')}, ${NO_MEASURE},
    if(o.contract = '', concat(o.item, ' bought off contract'), o.contract) AS note
  FROM (SELECT object_id, facility, time, currency, contract, item, business_date, coalesce(toDecimal128(amount, 6), toDecimal128(quantity * price, 6)) AS spend
    FROM ${FACTS} WHERE document_type = 'order' AND aspect = 'created' AND line_id != '' AND ${IN_RANGE} AND ${IN_FACILITIES}) AS o
  INNER JOIN (SELECT item, min(valid_from) AS since, max(ifNull(valid_to, toDate32('2299-12-31'))) AS until FROM (${CONTRACTS}) GROUP BY item) AS c ON c.item = o.item
  WHERE o.spend > 0 AND coalesce(o.business_date, toDate32(o.time)) BETWEEN c.since AND c.until`;

/** Amounts posted to each line, by the things that postings settle; reversed ones taken off. */
const POSTED = (node: string) => `
  SELECT l.node_id AS line, sum(f.sum_) AS posted FROM (SELECT node_id, peer_id FROM links WHERE node_type = '${node}' AND direction = 'down' AND peer_type = 'posting' GROUP BY node_id, peer_id) AS l
  INNER JOIN (
    SELECT object_id, document_id, sumIf(toDecimal128(amount, 6), aspect = 'completed') - sumIf(toDecimal128(amount, 6), aspect = 'reversed') AS sum_
    FROM ${FACTS} WHERE document_type = 'posting' AND line_id != '' AND reason IN ({kind}) GROUP BY object_id, document_id
  ) AS f ON f.object_id = l.peer_id
  WHERE f.document_id NOT IN (SELECT document_id FROM ${FACTS} WHERE document_type = 'posting' AND aspect = 'reversed' AND line_id = '')
  GROUP BY line`;

/** Matched invoice lines whose posting is due; |posted − matched| is the numerator, so the figure is 1 − Σ ÷ Σ. */
const spendAccuracy = withMatch(`
  SELECT 'invoice-line' AS object_type, i.object_id AS object_id, i.facility AS facility, i.time AS at, i.currency AS currency, ${UNIT('abs(ifNull(p.posted, 0) - i.value)', 'i.value')}, ${NO_MEASURE},
    concat('matched ', toString(i.value), ', posted ', toString(ifNull(p.posted, 0))) AS note
  FROM (SELECT object_id, facility, time, currency, toDecimal128(value, 6) AS value FROM (${INVOICE_LINES_IN_RANGE}) WHERE verdict IN (${FINE_LIST}) AND value > 0) AS i
  LEFT JOIN (${POSTED('invoice-line').replace('{kind}', "'payable'")}) AS p ON p.line = i.object_id
  WHERE p.posted > 0 OR i.time < ${NOW} - toIntervalSecond(toInt64({posting_days:Float64} * 86400))`);

/** Usage lines priced at the item's last order price in the same unit, against the case cost posted for them. */
const caseCostAccuracy = `
  SELECT 'usage' AS object_type, u.object_id AS object_id, u.facility AS facility, u.time AS at, o.paid_in AS currency, ${UNIT('abs(ifNull(p.posted, 0) - u.quantity * o.paid)', 'u.quantity * o.paid')}, ${NO_MEASURE},
    concat(toString(u.quantity), ' × ', toString(o.paid), ' priced, posted ', toString(ifNull(p.posted, 0))) AS note
  FROM (SELECT object_id, facility, time, item, uom, toDecimal64(quantity, 4) AS quantity FROM ${FACTS} WHERE document_type = 'usage' AND aspect = 'recorded' AND line_id != '' AND quantity > 0 AND item != '' AND ${IN_RANGE} AND ${IN_FACILITIES}) AS u
  INNER JOIN (SELECT item, uom, facility, argMax(currency, (time, rank)) AS paid_in, toDecimal64(argMax(assumeNotNull(price), (time, rank)), 6) AS paid FROM ${FACTS} WHERE document_type = 'order' AND aspect = 'created' AND price > 0 GROUP BY item, uom, facility) AS o
    ON o.item = u.item AND o.uom = u.uom AND o.facility = u.facility
  LEFT JOIN (${POSTED('usage').replace('{kind}', "'case-cost'")}) AS p ON p.line = u.object_id
  WHERE p.posted > 0 OR u.time < ${NOW} - toIntervalSecond(toInt64({posting_days:Float64} * 86400))`;

const lineageCompleteness = `
  SELECT anchor AS object_type, id AS object_id, facility, started_at AS at, '' AS currency, ${UNIT('complete')}, ${NO_MEASURE}, if(complete = 1, flow_type, concat(gap_stage, ' ', gap)) AS note
  FROM (${chainsSql('range')}) WHERE closed AND complete IS NOT NULL`;

export const SLA_UNITS = {
  'stock-availability': stockAvailability,
  'stockout-rate': stockoutRate,
  'point-of-use-fill': pointOfUseFill,
  'requisition-to-sent': requisitionToSent,
  'approved-to-receipt': approvedToReceipt,
  'replenishment-cycle': replenishmentCycle,
  'first-response-fill': firstResponseFill,
  'perfect-order': perfectOrder,
  'perfect-invoice': perfectInvoice,
  'invoice-exceptions': invoiceExceptions,
  touchless,
  'invoice-cycle': invoiceCycle,
  'price-accuracy': priceAccuracy,
  'on-contract-spend': onContractSpend,
  'spend-accuracy': spendAccuracy,
  'case-cost-accuracy': caseCostAccuracy,
  'interface-availability': interfaceAvailability,
  'lineage-completeness': lineageCompleteness,
} as const;
export type SlaKey = keyof typeof SLA_UNITS;
export const SLA_KEYS = Object.keys(SLA_UNITS) as [SlaKey, ...SlaKey[]];
