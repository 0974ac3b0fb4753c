import { FINE, MATCHED_VERDICTS, MISMATCHES, type Verdict } from './match';
import { IN_FACILITIES, IN_RANGE } from './scope';
import { postedTo } from './sla-posted';
import { agreedPrice, AGREED_VERSIONS, ORDERED_ON } from './contract-prices';
import { packs } from './match-facts';
import { CONTRACTS, FACTS, LINE_KEY, NO_MEASURE } from './sla-units';

/**
 * The SLA figures that stand on the three-way match, all in one statement: each line of the match is
 * read once, and counted for its invoice, its order line and itself. Columns as in
 * sla-units.ts, with `figure`.
 */

export const MATCH_KEYS = ['perfect-order', 'perfect-invoice', 'invoice-exceptions', 'price-accuracy', 'spend-accuracy'] as const;
export type MatchKey = (typeof MATCH_KEYS)[number];

const quoted = (names: readonly string[]) => names.map((name) => `'${name}'`).join(', ');
/** The exceptions of a perfect order: of item, unit, price and quantity; rejection is told by the acknowledgement. */
const ORDER_EXCEPTIONS = ['ITEM', 'UOM_UNRESOLVED', 'UOM_SUSPECT', 'PRICE', 'QTY_OVER_RECEIPT', 'QTY_OVER_ORDER'] as const satisfies readonly Verdict[];
const ANSWERS_WITH_EXCEPTION = ['IR', 'ID', 'IS', 'IP', 'IQ', 'BP'];

const ORDERS_IN_RANGE = `SELECT document_id FROM document_lines WHERE document_type = 'order' AND aspect = 'created' AND ${IN_RANGE} AND ${IN_FACILITIES}`;
const OF_RANGE = `NOT withdrawn AND ${IN_RANGE} AND ${IN_FACILITIES}`;
/**
 * The invoice lines of the range, and those of the range's order lines whenever they came: these by their keys, which the
 * match has beside the order lines. One condition with OR would read every invoice line there is.
 */
const IN_SCOPE = `
    SELECT *, 1 AS in_range FROM match_verdicts WHERE ${OF_RANGE}
    UNION ALL
    SELECT *, 0 AS in_range FROM match_verdicts WHERE NOT withdrawn AND NOT (${IN_RANGE}) AND ${IN_FACILITIES}
      AND (toDate(time), object_id) IN (SELECT toDate(line.1), line.2 FROM (SELECT arrayJoin(arrayZip(i.time, i.object_id)) AS line FROM matched_order_lines FINAL WHERE NOT gone AND order_id IN (${ORDERS_IN_RANGE})))`;

/** Order lines of the range that expect an invoice; cancelled ones, unless the supplier rejected them, ask for nothing. */
const ORDERED = `
  SELECT object_id, anyIf(facility_, aspect = 'created') AS of_facility, minIf(time, aspect = 'created') AS ordered, argMaxIf(code, rank, aspect = 'acknowledged') AS answer, anyIf(flow_type, aspect = 'created') AS flow
  FROM (SELECT *, facility AS facility_, maxIf(rank, aspect = 'cancelled' AND line_id = '') OVER (PARTITION BY document_id) AS whole_cancelled
    FROM ${FACTS} WHERE document_type = 'order' AND aspect IN ('created', 'acknowledged', 'cancelled') AND ${IN_FACILITIES} AND document_id IN (${ORDERS_IN_RANGE}))
  WHERE line_id != ''
  GROUP BY object_id
  HAVING countIf(aspect = 'created') > 0 AND ordered >= {from:DateTime64(3, 'UTC')} AND ordered < {to:DateTime64(3, 'UTC')} AND flow != 'consignment-fill'
    AND (answer IN ('IR', 'ID') OR greatest(maxIf(rank, aspect = 'cancelled'), any(whole_cancelled)) < maxIf(rank, aspect = 'created'))`;

/** Every standing invoice line, once per thing that it is counted for; and the order lines themselves. */
const PARTS = `
  SELECT arrayJoin(arrayConcat(if(in_range, [('invoice', document_id), ('invoice-line', object_id)], []), if(known, [('order-line', order_line_id)], []))) AS part,
    facility AS of_facility, time AS happened, currency AS paid_in, toString(verdict) AS said, findings AS found, known AS on_order, order_line_id AS of_order, toDecimal128(value, 6) AS worth,
    toDecimal128(stated_price, 6) AS unit_price, uom AS unit, item AS of_item, '' AS answer, '' AS flow, 0 AS is_order
  FROM (SELECT *, ${LINE_KEY('order_id', 'order_line')} AS order_line_id FROM (${IN_SCOPE}))
  UNION ALL
  SELECT ('order-line', object_id), of_facility, ordered, '', '', [], 1, object_id, NULL, NULL, '', '', answer, flow, 1 FROM (${ORDERED})`;

const THINGS = `
  SELECT part.1 AS object_type, part.2 AS object_id, if(object_type = 'order-line', anyIf(of_facility, is_order = 1), any(of_facility)) AS facility, if(object_type = 'order-line', minIf(happened, is_order = 1), min(happened)) AS at,
    max(is_order) AS is_ordered, maxIf(answer, is_order = 1) AS answered, maxIf(flow, is_order = 1) AS flow_of, any(paid_in) AS paid, any(of_order) AS order_key,
    countIf(is_order = 0) AS lines, countIf(said IN (${quoted(FINE)})) AS fine, countIf(said IN (${quoted(MISMATCHES)})) AS mismatched, countIf(said IN ('NOT_EVALUABLE')) AS lacking, countIf(said IN ('NOT_EVALUABLE', 'AWAITING_RECEIPT')) AS undecided,
    countIf(hasAny(found, [${quoted(ORDER_EXCEPTIONS)}])) AS excepted, max(on_order) AS ordered_for, arrayStringConcat(arraySort(groupUniqArrayIf(said, said != '')), ', ') AS verdicts,
    any(worth) AS value, any(unit_price) AS price, any(unit) AS uom, any(of_item) AS item
  FROM (${PARTS}) GROUP BY part`;

const unit = (figure: MatchKey, holds: string, numerator: string, denominator: string, note: string) =>
  `('${figure}', toBool(ifNull(${holds}, 0)), toDecimal128(ifNull(${numerator}, 0), 6), toDecimal128(ifNull(${denominator}, 0), 6), ${note})`;
const CLOCK = (days: string) => `{now:DateTime64(3, 'UTC')} - toIntervalSecond(toInt64((${days}) * 86400))`;

const UNITS = [
  // Undecided lines leave an order line unknown, unless an exception already decides it.
  unit('perfect-order', `is_ordered AND has({sent:Array(String)}, concat('acknowledgement|', facility, '|', flow_of))
      AND multiIf(excepted > 0 OR answered IN (${quoted(ANSWERS_WITH_EXCEPTION)}), 1, lines > 0, undecided = 0, at < ${CLOCK('{receipt_days:Float64} + {invoice_days:Float64}')})`,
    `answered NOT IN ('', ${quoted(ANSWERS_WITH_EXCEPTION)}) AND lines > 0 AND excepted = 0`, '1', "concat('acknowledged ', if(answered = '', 'never', answered), ', ', if(lines = 0, 'not invoiced', verdicts))"),
  unit('perfect-invoice', "object_type = 'invoice' AND ordered_for AND (lacking = 0 OR mismatched > 0)", 'fine = lines', '1', 'verdicts'),
  unit('invoice-exceptions', "object_type = 'invoice' AND (lacking = 0 OR mismatched > 0)", 'mismatched > 0', '1', 'verdicts'),
  unit('price-accuracy', "object_type = 'invoice-line' AND agreed IS NOT NULL AND price IS NOT NULL", 'abs(toDecimal256(price, 10) - agreed) * 100 <= agreed * toDecimal256({contract_tolerance:Decimal(9, 4)}, 4)', '1',
    "concat('invoiced at ', ifNull(toString(price), '?'), ', contract ', contract, ' at ', ifNull(toString(round(agreed, 6)), '?'), ' ', paid, ' per ', uom)"),
  unit('spend-accuracy', `object_type = 'invoice-line' AND fine = 1 AND value > 0 AND paid != '' AND NOT shared AND (posted > 0 OR at < ${CLOCK('{posting_days:Float64}')})`,
    'abs(ifNull(posted, 0) - value)', 'value', "concat('matched ', ifNull(toString(round(value, 2)), '?'), ', posted ', toString(round(ifNull(posted, 0), 2)))"),
];

/** One row per unit of each figure. */
export const MATCH_UNITS = `
  WITH ${MATCHED_VERDICTS}
  SELECT u.1 AS figure, object_type, object_id, facility, at, if(figure = 'spend-accuracy', paid, '') AS currency, u.3 AS numerator, u.4 AS denominator, ${NO_MEASURE}, u.5 AS note
  FROM (
    SELECT object_type, object_id, facility, at, paid, arrayJoin(arrayFilter(x -> x.2, [${UNITS.join(',\n      ')}])) AS u
    FROM (
      SELECT t.*, o.contract AS contract, p.posted AS posted, p.shared AS shared, ${agreedPrice({ versions: 'c.versions', packs: 'k.packs', day: 'o.ordered_on', facility: 'o.at_facility', currency: 't.paid', uom: 't.uom' })} AS agreed
      FROM (${THINGS}) AS t
      LEFT JOIN (
        SELECT object_id AS order_key, contract, facility AS at_facility, ${ORDERED_ON} AS ordered_on FROM ${FACTS} WHERE document_type = 'order' AND aspect = 'created' AND line_id != '' AND contract != ''
          AND document_id IN (SELECT order_id FROM match_verdicts WHERE ${OF_RANGE})
      ) AS o ON o.order_key = t.order_key
      LEFT JOIN (${AGREED_VERSIONS}) AS c ON c.contract = o.contract AND c.item = t.item
      LEFT JOIN (SELECT item, packs FROM (${packs(`record_id IN (SELECT item FROM (${CONTRACTS}))`)})) AS k ON k.item = t.item
      LEFT JOIN (${postedTo('invoice-line', "'payable', ''", `SELECT object_id FROM match_verdicts WHERE ${OF_RANGE}`)}) AS p ON p.line = t.object_id
    )
  )`;
