import { keptRows } from './desk';
import { keptChains } from './lineage-chains';
import { DAY_OF } from './match';
import { IN_FACILITIES, IN_RANGE, WHOLE_OBJECT } from './scope';

/**
 * The units of the SLA figures: one row per thing that counts, so that a figure and the lines behind it are the same
 * statement. Every statement gives
 *   object_type, object_id, facility, at (when it counts), currency ('' where no money is in it),
 *   numerator, denominator (Decimal; the figure is Σ numerator ÷ Σ denominator), measure (ms, NULL where none), note
 * and leaves out what cannot be judged: that is unknown, neither good nor bad. Figures that need the three-way match
 * stand in sla-match.ts.
 */

export const UNIT = (numerator: string, denominator = '1') => `toDecimal128(${numerator}, 6) AS numerator, toDecimal128(${denominator}, 6) AS denominator`;
export const NO_MEASURE = 'CAST(NULL AS Nullable(Float64)) AS measure';
export const LINE_KEY = (document: string, line: string) => `concat(${document}, '/', replaceAll(replaceAll(${line}, '%', '%25'), '/', '%2F'))`;
const DOCUMENT_OF = (key: string) => `substring(${key}, 1, length(${key}) - position(reverse(${key}), '/'))`;
/** Facts in force; FINAL because a revised line counts once, at its latest revision. */
export const FACTS = 'document_lines FINAL';
const FROM = "{from:DateTime64(3, 'UTC')}";
const TO = "{to:DateTime64(3, 'UTC')}";
/** How far before its range a figure looks for what it compares with: the newest report of a place, an earlier step. */
const LOOK_BACK = (days: number) => `time >= ${FROM} - INTERVAL ${days} DAY`;
const REPORT_DAYS = 90;
const STEP_DAYS = 90;
const DAYS_AGO = (days: string) => `{now:DateTime64(3, 'UTC')} - toIntervalSecond(toInt64((${days}) * 86400))`;

/** A message to a target with all its attempts, as the throughput page counts it; those still being tried are left out. */
const interfaceAvailability = `
  SELECT any(whole) AS object_type, any(document_id) AS object_id, any(of_facility) AS facility, min(time) AS at, '' AS currency,
    ${UNIT("max(outcome = 'succeeded')")}, toFloat64(argMax(latency_ms, (time, attempt, event_key))) AS measure,
    concat(interface, ' → ', target, if(max(outcome = 'succeeded'), '', concat(': ', argMax(if(error_code = '', error_class, error_code), (time, attempt, event_key))))) AS note
  FROM (SELECT *, facility AS of_facility, if(document_id = '', '', ${WHOLE_OBJECT}) AS whole FROM handovers WHERE ${IN_RANGE} AND ${IN_FACILITIES})
  GROUP BY interface, target, handover_key HAVING NOT (max(outcome = 'succeeded') = 0 AND argMax(outcome, (time, attempt, event_key)) = 'retrying')`;

/**
 * The first answer to each line: read from the log, since of the facts only the latest answer is in force. An answer
 * that corrects one from before the range is no first answer; further back than this nobody still answers anew.
 */
const FIRST_ANSWER_DAYS = 60;
const firstResponseFill = `
  SELECT 'order-line' AS object_type, ${LINE_KEY('document_id', 'line')} AS object_id, any(of_facility) AS facility, min(time) AS at, '' AS currency,
    ${UNIT("first_code NOT IN ('IR', 'ID')")}, ${NO_MEASURE}, concat(argMin(line_code, (rank, event_key)) AS first_code, if(uniqExact(line_code) > 1, ', answered again later', '')) AS note
  FROM (
    SELECT document_id, facility AS of_facility, time, rank, event_key, \`lines.id\` AS ids, \`lines.code\` AS codes FROM events
    WHERE type = 'procurement.order.acknowledged.v1' AND time >= ${FROM} - INTERVAL ${FIRST_ANSWER_DAYS} DAY AND time < ${TO} AND ${IN_FACILITIES}
  ) ARRAY JOIN ids AS line, codes AS line_code
  WHERE line != '' AND line_code != ''
  GROUP BY document_id, line HAVING at >= ${FROM}`;

/** Replenishment lines asked for in the range, with what was brought. */
const REPLENISHMENTS = `
  SELECT object_id, anyIf(facility, aspect = 'requested') AS of_facility, anyIf(location, aspect = 'requested') AS place, anyIf(item, aspect = 'requested') AS of_item,
    minIf(time, aspect = 'requested') AS asked_at, maxIf(quantity, aspect = 'requested') AS asked, sumIf(quantity, aspect = 'filled') AS brought,
    countIf(aspect = 'filled') AS fills, minIf(time, aspect = 'filled') AS filled_at
  FROM (SELECT * FROM ${FACTS} WHERE document_type = 'replenishment' AND line_id != '' AND ${IN_FACILITIES} AND time >= ${FROM})
  GROUP BY object_id
  HAVING countIf(aspect = 'requested') > 0 AND asked_at < ${TO}`;

/** A line still on its way within the time that filling may take is not due; one whose quantities nobody knows is unknown. */
const pointOfUseFill = `
  SELECT 'replenishment-line' AS object_type, object_id, of_facility AS facility, asked_at AS at, '' AS currency, ${UNIT('fills > 0 AND ifNull(brought >= asked, 0)')}, ${NO_MEASURE},
    concat(of_item, ' at ', place, ': asked ', toString(assumeNotNull(asked)), ', brought ', if(fills = 0, 'nothing yet', ifNull(toString(brought), '?'))) AS note
  FROM (${REPLENISHMENTS}) WHERE asked IS NOT NULL AND if(fills > 0, brought IS NOT NULL, asked_at < ${DAYS_AGO('{fill_due_days:Float64}')})`;

/** Whether the newest report before the request said that nothing was on hand; lines without any report before are unknown. */
const stockoutRate = `
  SELECT 'replenishment-line' AS object_type, r.object_id AS object_id, r.of_facility AS facility, r.asked_at AS at, '' AS currency, ${UNIT('b.held <= 0')}, ${NO_MEASURE},
    concat(r.of_item, ' at ', r.place, ': ', toString(b.held), ' on hand') AS note
  FROM (SELECT * FROM (${REPLENISHMENTS})) AS r
  ASOF INNER JOIN (
    SELECT item, location, time, assumeNotNull(sum(on_hand)) AS held FROM balances FINAL WHERE action = 'reported' AND on_hand IS NOT NULL AND ${IN_FACILITIES} AND ${LOOK_BACK(REPORT_DAYS)} AND time < ${TO}
    GROUP BY item, location, time
  ) AS b ON b.item = r.of_item AND b.location = r.place AND r.asked_at >= b.time`;

/** Days, in the facility's zone, on which an item at a location was reported, and whether any report of the day said zero. */
const stockAvailability = `
  SELECT 'item' AS object_type, item AS object_id, facility, min(time) AS at, '' AS currency, ${UNIT('min(held) > 0')}, ${NO_MEASURE},
    concat(location, ': lowest ', toString(min(held)), ' on ', toString(day)) AS note
  FROM (SELECT facility, location, item, time, ${DAY_OF('time', 'facility')} AS day, assumeNotNull(sum(on_hand)) AS held FROM balances FINAL
    WHERE action = 'reported' AND on_hand IS NOT NULL AND ${IN_RANGE} AND ${IN_FACILITIES} GROUP BY facility, location, item, time)
  GROUP BY facility, location, item, day`;

/** Times between two steps of a line, counted when the first step falls in the range; within {target_ms} is the numerator. */
const elapsed = (type: string, rows: string) => `
  SELECT '${type}' AS object_type, object_id, of_facility AS facility, began AS at, '' AS currency, ${UNIT('measure <= {target_ms:Float64}')}, toFloat64(dateDiff('millisecond', began, ended)) AS measure, note
  FROM (${rows}) WHERE ended >= began AND began >= ${FROM} AND began < ${TO}`;

const replenishmentCycle = elapsed('replenishment-line', `SELECT object_id, of_facility, asked_at AS began, filled_at AS ended, concat(of_item, ' at ', place) AS note FROM (${REPLENISHMENTS}) WHERE fills > 0`);

/** Requisitions of which something was said in the range: what begins in it is said in it. */
const REQUISITIONS_IN_RANGE = `SELECT document_id FROM document_lines WHERE document_type = 'requisition' AND ${IN_RANGE}`;

/** When each requisition line was submitted and approved; whole-document events count for all its lines. */
const REQUISITIONS = `
  SELECT l.object_id AS object_id, any(l.of_facility) AS of_facility,
    minIf(l.time, l.aspect = 'submitted') AS submitted, minOrNullIf(l.time, l.aspect = 'approved') AS line_approved, any(w.approved) AS whole_approved
  FROM (SELECT object_id, document_id, facility AS of_facility, aspect, time FROM ${FACTS} WHERE document_type = 'requisition' AND line_id != '' AND ${IN_FACILITIES} AND document_id IN (${REQUISITIONS_IN_RANGE})) AS l
  LEFT JOIN (SELECT document_id, minOrNull(time) AS approved FROM ${FACTS} WHERE document_type = 'requisition' AND line_id = '' AND aspect = 'approved' AND document_id IN (${REQUISITIONS_IN_RANGE}) GROUP BY document_id) AS w ON w.document_id = l.document_id
  GROUP BY l.object_id HAVING countIf(l.aspect = 'submitted') > 0`;
const ORDERED_BY = `SELECT node_id AS requisition, peer_id AS order_line FROM links
  WHERE node_type = 'requisition-line' AND node_id IN (SELECT object_id FROM document_lines WHERE document_type = 'requisition' AND line_id != '' AND document_id IN (${REQUISITIONS_IN_RANGE}))
    AND direction = 'down' AND peer_type = 'order-line' GROUP BY requisition, order_line`;

const requisitionToSent = elapsed('requisition-line', `
  SELECT r.object_id AS object_id, any(r.of_facility) AS of_facility, any(r.submitted) AS began, min(s.sent) AS ended, concat('order line ', any(o.order_line)) AS note
  FROM (${REQUISITIONS}) AS r
  INNER JOIN (${ORDERED_BY}) AS o ON o.requisition = r.object_id
  INNER JOIN (SELECT document_id, min(time) AS sent FROM ${FACTS} WHERE document_type = 'order' AND aspect = 'sent' AND document_id IN (SELECT ${DOCUMENT_OF('order_line')} FROM (${ORDERED_BY})) GROUP BY document_id) AS s ON s.document_id = ${DOCUMENT_OF('o.order_line')}
  GROUP BY r.object_id`);

/** The first receipt of any order line that serves the requisition. */
const approvedToReceipt = elapsed('requisition-line', `
  SELECT r.object_id AS object_id, any(r.of_facility) AS of_facility, any(assumeNotNull(coalesce(r.line_approved, r.whole_approved))) AS began, min(g.received) AS ended, concat('order line ', any(o.order_line)) AS note
  FROM (SELECT * FROM (${REQUISITIONS}) WHERE coalesce(line_approved, whole_approved) IS NOT NULL) AS r
  INNER JOIN (${ORDERED_BY}) AS o ON o.requisition = r.object_id
  INNER JOIN (SELECT ${LINE_KEY('order_id', 'order_line')} AS order_line, min(time) AS received FROM ${FACTS} WHERE document_type = 'receipt' AND aspect = 'confirmed' AND order_id != '' AND ${LOOK_BACK(STEP_DAYS)} GROUP BY order_line) AS g
    ON g.order_line = o.order_line
  GROUP BY r.object_id`);

const INVOICE_LINES_IN_RANGE = (column: string) => `SELECT ${column} FROM document_lines WHERE document_type = 'invoice' AND aspect = 'received' AND line_id != '' AND ${IN_RANGE} AND ${IN_FACILITIES}`;
const PAID_BY = `SELECT node_id, peer_id FROM links
      WHERE node_type = 'invoice-line' AND node_id IN (${INVOICE_LINES_IN_RANGE('object_id')}) AND direction = 'down' AND peer_type = 'posting' GROUP BY node_id, peer_id`;

/** What happened to each invoice of the range: posted or not, by hand or not, ready when. Cancelled ones are left out. */
const INVOICE_STEPS = `
  SELECT i.document_id AS document_id, any(i.of_facility) AS of_facility, any(i.received) AS received, minOrNull(p.posted) AS posted,
    max(h.human) OR max(p.human) AS by_hand, max(h.told) OR max(p.told) AS actors_told, any(h.approved) AS approved
  FROM (
    SELECT document_id, any(facility_) AS of_facility, min(time) AS received FROM (SELECT *, facility AS facility_ FROM ${FACTS} WHERE document_type = 'invoice' AND aspect = 'received' AND line_id != '' AND ${IN_RANGE} AND ${IN_FACILITIES}) GROUP BY document_id
  ) AS i
  LEFT JOIN (
    SELECT document_id, max(actor_kind = 'human') AS human, max(actor_kind != '') AS told, minOrNullIf(time, aspect = 'approved') AS approved, max(aspect = 'cancelled' AND line_id = '') AS cancelled
    FROM ${FACTS} WHERE document_type IN ('invoice', 'match') AND document_id IN (${INVOICE_LINES_IN_RANGE('document_id')}) GROUP BY document_id
  ) AS h ON h.document_id = i.document_id
  LEFT JOIN (
    SELECT ${DOCUMENT_OF('l.node_id')} AS document_id, toNullable(min(f.time)) AS posted, max(f.actor_kind = 'human') AS human, max(f.actor_kind != '') AS told
    FROM (${PAID_BY}) AS l
    INNER JOIN (SELECT object_id, time, actor_kind FROM ${FACTS} WHERE document_type = 'posting' AND aspect = 'completed' AND document_id IN (SELECT ${DOCUMENT_OF('peer_id')} FROM (${PAID_BY}))) AS f ON f.object_id = l.peer_id
    GROUP BY document_id
  ) AS p ON p.document_id = i.document_id
  WHERE NOT h.cancelled
  GROUP BY i.document_id`;

/**
 * Where a facility posts its invoices, one that still waits after the clocks of receipt and posting was not touchless
 * either; before that it is not due. One of which no event tells its actor is unknown.
 */
const touchless = `
  SELECT 'invoice' AS object_type, document_id AS object_id, of_facility AS facility, received AS at, '' AS currency, ${UNIT('posted IS NOT NULL AND NOT by_hand')}, ${NO_MEASURE},
    multiIf(by_hand, 'a person took a step', posted IS NULL, 'not posted in time', 'no human step') AS note
  FROM (SELECT *, max(posted IS NOT NULL) OVER (PARTITION BY of_facility) AS posts FROM (${INVOICE_STEPS}))
  WHERE actors_told AND (posted IS NOT NULL OR (posts AND received < ${DAYS_AGO('{receipt_days:Float64} + {posting_days:Float64}')}))`;

/** Ready to post: approved where somebody approves, else posted. */
const invoiceCycle = elapsed('invoice', `SELECT document_id AS object_id, of_facility, received AS began, assumeNotNull(coalesce(approved, posted)) AS ended, if(approved IS NULL, 'posted', 'approved') AS note FROM (${INVOICE_STEPS}) WHERE coalesce(approved, posted) IS NOT NULL`);

/**
 * Contract prices by record and the day that they hold from, `until` the day before the record's next version at the
 * latest; argMax and not FINAL, since of several versions with one day the highest is meant.
 */
export const CONTRACTS = `
  SELECT JSONExtractString(attributes, 'contract') AS contract, JSONExtractString(attributes, 'supplier') AS holder, JSONExtractString(attributes, 'item') AS item, upper(trim(JSONExtractString(attributes, 'uom'))) AS uom, JSONExtractString(attributes, 'currency') AS currency,
    toDecimal128OrNull(JSONExtractString(attributes, 'price'), 6) AS price, toInt32(valid_from) AS since, least(toInt32(ifNull(toDate32OrNull(JSONExtractString(attributes, 'validTo')), toDate32('2299-12-31'))), ifNull(next_from - 1, toInt32(toDate32('2299-12-31')))) AS until,
    JSONExtract(attributes, 'facilities', 'Array(String)') AS places
  FROM (
    SELECT attributes, valid_from, leadInFrame(toNullable(toInt32(valid_from))) OVER (PARTITION BY record_id ORDER BY valid_from ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS next_from
    FROM (SELECT record_id, valid_from, argMax(attributes, (version, rank)) AS attributes FROM master_records WHERE kind = 'contract' GROUP BY record_id, valid_from)
  )`;

const ORDERS_IN_RANGE = `SELECT document_id FROM document_lines WHERE document_type = 'order' AND aspect = 'created' AND ${IN_RANGE} AND ${IN_FACILITIES}`;

/** Order lines of items for which a contract was in force at the facility on the order's day; cancelled ones bought nothing. */
const onContractSpend = `
  SELECT 'order-line' AS object_type, o.object_id AS object_id, o.facility AS facility, o.time AS at, o.currency AS currency, ${UNIT("if(o.contract != '', o.spend, 0)", 'o.spend')}, ${NO_MEASURE},
    if(o.contract = '', concat(o.item, ' bought off contract'), concat(o.item, ' on contract ', o.contract)) AS note
  FROM (SELECT object_id, document_id, facility, time, currency, contract, item, toInt32(coalesce(business_date, ${DAY_OF('time', 'facility')})) AS day, rank,
      assumeNotNull(coalesce(toDecimal128(amount, 6), toDecimal128(quantity * price, 6))) AS spend
    FROM ${FACTS} WHERE document_type = 'order' AND aspect = 'created' AND line_id != '' AND ${IN_RANGE} AND ${IN_FACILITIES}
      AND currency != '' AND (amount > 0 OR quantity * price > 0)) AS o
  LEFT JOIN (SELECT document_id, object_id, max(rank) AS cancelled FROM ${FACTS} WHERE document_type = 'order' AND aspect = 'cancelled' AND document_id IN (${ORDERS_IN_RANGE}) GROUP BY document_id, object_id) AS c ON c.object_id = o.object_id
  LEFT JOIN (SELECT document_id, max(rank) AS cancelled FROM ${FACTS} WHERE document_type = 'order' AND aspect = 'cancelled' AND line_id = '' AND document_id IN (${ORDERS_IN_RANGE}) GROUP BY document_id) AS w ON w.document_id = o.document_id
  INNER JOIN (SELECT item, groupArray((since, until, places)) AS versions FROM (${CONTRACTS}) WHERE item != '' GROUP BY item) AS t ON t.item = o.item
  WHERE greatest(c.cancelled, w.cancelled) <= o.rank
    AND arrayExists(v -> v.1 <= o.day AND o.day <= v.2 AND (empty(v.3) OR has(v.3, o.facility)), t.versions)`;

/**
 * Usage on cases, priced and posted as the page of cases has it, by the one rule for prices (./cases.ts). Cases whose cost is
 * posted as a whole are left out, and what was posted in another currency than it was bought in.
 */
const caseCostAccuracy = `
  SELECT 'usage' AS object_type, object_id, facility, time AS at, toString(currency) AS currency, toDecimal128(abs(ifNull(posted, 0) - worth), 6) AS numerator, toDecimal128(worth, 6) AS denominator, ${NO_MEASURE},
    concat('priced at ', toString(round(worth, 2)), ' by ', rule, ', posted ', toString(round(ifNull(posted, 0), 2))) AS note
  FROM (SELECT *, assumeNotNull(cost) AS worth FROM (${keptRows('cases')}) WHERE cost > 0 AND NOT shared AND NOT whole AND (posted_in = '' OR posted_in = currency))
  WHERE ifNull(posted > 0, 0) OR time < ${DAYS_AGO('{posting_days:Float64}')}`;

/** As the lineage page judges it: chains that closed, and of which something says what they require. */
const lineageCompleteness = `
  SELECT anchor AS object_type, id AS object_id, facility, started_at AS at, '' AS currency, ${UNIT('ifNull(complete, 0)')}, ${NO_MEASURE}, if(complete = 1, flow_type, concat(gap_stage, ' ', gap)) AS note
  FROM (${keptChains()}) WHERE closed AND complete IS NOT NULL`;

export const PLAIN_UNITS = {
  'stock-availability': stockAvailability,
  'stockout-rate': stockoutRate,
  'point-of-use-fill': pointOfUseFill,
  'requisition-to-sent': requisitionToSent,
  'approved-to-receipt': approvedToReceipt,
  'replenishment-cycle': replenishmentCycle,
  'first-response-fill': firstResponseFill,
  touchless,
  'invoice-cycle': invoiceCycle,
  'on-contract-spend': onContractSpend,
  'case-cost-accuracy': caseCostAccuracy,
  'interface-availability': interfaceAvailability,
  'lineage-completeness': lineageCompleteness,
} as const;
