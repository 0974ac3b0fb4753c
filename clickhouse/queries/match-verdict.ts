import type { Stage } from './match-facts';
import { breach, limitsOf, SUSPECT_PERCENT, VERSION_ON } from './match-rules';
import { SAYS } from './match-says';
import { duplicateSteps } from './match-totals';

/** The verdict on each invoice line, with every finding and the arithmetic. SQL text, composed by match.ts. */

/** In the order in which they are tested: all are kept, the first is shown. */
export const FINDINGS = [
  'NO_PO', 'ORDER_CANCELLED', 'SUPPLIER', 'CURRENCY', 'DUPLICATE', 'ITEM', 'UOM_UNRESOLVED', 'UOM_SUSPECT', 'NOT_EVALUABLE', 'AWAITING_RECEIPT',
  'QTY_OVER_RECEIPT', 'QTY_OVER_ORDER', 'PRICE', 'CHARGES',
] as const;
export const VERDICTS = [...FINDINGS, 'WITHIN_TOLERANCE', 'MATCHED'] as const;
export type Verdict = (typeof VERDICTS)[number];
/** Verdicts under which nothing has to be done about a line. */
export const FINE = ['MATCHED', 'WITHIN_TOLERANCE'] as const satisfies readonly Verdict[];
/** Neither fine nor an exception: the line waits for its receipt (whose clock is another matter), or lacks what a verdict needs. */
export const UNDECIDED = ['AWAITING_RECEIPT', 'NOT_EVALUABLE'] as const satisfies readonly Verdict[];
export const MISMATCHES = FINDINGS.filter((verdict) => verdict !== 'AWAITING_RECEIPT' && verdict !== 'NOT_EVALUABLE');

/** Dividing by nothing is unknown, and must not end the query. */
const ratio = (a: string, b: string) => `if(ifNull(${b}, 0) = 0, NULL, (${a}) / ifNull(nullIf(${b}, 0), 1))`;
const money = (x: string) => `toDecimal256(round(${x}, 4), 4)`;

const ORDER_LINE = `order_id, order_line, known, cancelled, ack, ack_item, flow, needs_receipt, same_unit, o_facility, o_supplier, o_currency, o_item, o_uom, o_buyer, o_contract,
    o_quantity, o_price, o_measured, o_packs, ko, qo, qr, qi, r_standing_count, r_no_quantity, r_no_factor, r_no_unit, credit_unclear`;

/** What limits go by, of an invoice line `v`. */
const OF_LINE = "if(v.facility = '', o_facility, v.facility) AS facility, if(v.supplier = '', o_supplier, v.supplier) AS supplier, category";

/** One row per invoice line, with what its order line says. */
const invoices = (from: string) => `SELECT ${ORDER_LINE}, version,
    v.object_id AS object_id, v.document_id AS document_id, v.line_id AS line_id, v.time AS time, v.date AS date, v.number AS number,
    ${OF_LINE}, v.supplier AS stated_supplier,
    v.currency AS stated_currency, if(v.currency = '', o_currency, v.currency) AS currency, v.item AS stated_item, if(v.item = '', o_item, v.item) AS item,
    v.uom AS uom, v.quantity AS quantity, v.price AS stated_price, v.amount AS amount, v.due_date AS due_date, v.discount_date AS discount_date,
    toDecimal256(v.document_freight, 4) AS document_freight, v.document_value AS document_value, v.freight_line = v.line_id AND NOT withdrawn AS carries_freight,
    v.same_number AND NOT withdrawn AS same_number, v.first_document AS first_document, same_line, i.document_id[twin_at] AS twin, twin_date, running, running IS NULL AS running_unknown,
    k, gross, net, withdrawn, credit,
    if(v.price IS NOT NULL, toDecimal256(v.price, 6), toDecimal256(v.amount, 6)) AS price_of, if(v.price IS NOT NULL, toDecimal256(k, 8), toDecimal256(gross, 8)) AS price_per
  FROM ${from}
  ARRAY JOIN i AS v, i_k AS k, i_gross AS gross, i_net AS net, i_withdrawn AS withdrawn, i_credit AS credit, i_same_line AS same_line, i_twin AS twin_at, i_twin_date AS twin_date, i_running AS running,
    i_version AS version, i_category AS category`;

/**
 * What is computed of a line, a step on the one before: within a step no column uses another, since the engine would
 * write each of them out again wherever it is named.
 */
const MEASURES: readonly string[] = [
  `${ratio('toDecimal256(net, 8) * price_of', 'price_per')} AS value_exact, ${ratio('toDecimal256(net, 8) * toDecimal256(o_price, 6)', 'toDecimal256(ko, 8)')} AS at_order_exact`,
  `${money('value_exact')} - ${money('credit')} AS value, ${money('at_order_exact')} AS value_at_order, coalesce(${money('value_exact')}, ${money('toDecimal256(quantity, 4) * toDecimal256(stated_price, 6)')}, toDecimal256(amount, 4)) AS billed`,
  `value - value_at_order AS price_variance, if(flow = 'consignment-fill', toDecimal128(0, 8), qr) AS payable,
    ${money(ratio('toDecimal256(qi - qr, 8) * toDecimal256(o_price, 6)', 'toDecimal256(ko, 8)'))} AS quantity_variance,
    running - qr AS past_receipt, running - qo AS past_order, ${ratio('toDecimal256(o_price, 6)', 'toDecimal256(ko, 4)')} AS order_unit_price,
    quantity IS NOT NULL OR stated_price IS NOT NULL AS measured, arrayLast(v -> v.1 <= date, o_packs).2 AS factors, ${SUSPECT_PERCENT('version')} AS suspect_percent`,
  `-price_variance AS price_below, if(running IS NULL OR payable IS NULL, NULL, least(net, greatest(running - payable, toDecimal128(0, 8)))) AS over_receipt, if(past_order IS NULL, NULL, least(net, greatest(past_order, toDecimal128(0, 8)))) AS over_order,
    measured AND uom != '' AND k IS NULL AS unit_unknown, o_measured AND o_uom != '' AND ko IS NULL AS order_unit_unknown,
    arrayFilter((f, u) -> f != 1 AND value_at_order > 0 AND value > 0 AND (
        abs(value - f * value_at_order) * 100 <= suspect_percent * f * value_at_order
        OR abs(value_at_order - f * value) * 100 <= suspect_percent * f * value), mapValues(factors), mapKeys(factors)) AS suspect_factors,
    arrayFilter(f -> f.2, [
      ('invoice quantity', quantity IS NULL), ('invoice price', stated_price IS NULL AND amount IS NULL), ('invoice unit of measure', measured AND uom = '' AND k IS NULL),
      ('invoice currency', stated_currency = '' AND o_currency != ''), ('order currency', o_currency = '' AND stated_currency != ''),
      ('order quantity', o_quantity IS NULL), ('order price', o_price IS NULL), ('order unit of measure', o_measured AND o_uom = '' AND ko IS NULL),
      ('receipt quantity', needs_receipt AND r_no_quantity), ('receipt unit of measure', needs_receipt AND r_no_unit),
      ('quantity of a reversal or return', needs_receipt AND qr IS NULL AND NOT r_no_quantity AND NOT r_no_unit AND NOT r_no_factor),
      ('kind or quantity of a credit', credit_unclear OR (qi IS NULL AND NOT running_unknown)),
      ('quantity of another invoice on the line', running_unknown AND net IS NOT NULL)
    ]).1 AS missing`,
];

const BREACHES = `${breach('price_variance', 'value_at_order', 'price_upper')} OR ${breach('price_below', 'value_at_order', 'price_lower')} AS price_breach,
    ${breach('past_receipt', 'qr', 'quantity')} AS receipt_breach, ${breach('past_order', 'qo', 'quantity')} AS order_breach, ${breach('document_freight', 'document_value', 'freight')} AS freight_breach,
    suspect_factors[1] AS suspect_factor, arrayFirst((u, f) -> f = suspect_factors[1], mapKeys(factors), mapValues(factors)) AS suspect_unit,
    ${money(ratio('toDecimal256(over_receipt, 8) * toDecimal256(o_price, 6)', 'toDecimal256(ko, 8)'))} AS over_receipt_value,
    ${money(ratio('toDecimal256(over_order, 8) * toDecimal256(o_price, 6)', 'toDecimal256(ko, 8)'))} AS over_order_value`;

/** When each finding holds. */
export const HOLDS: Readonly<Record<(typeof FINDINGS)[number], string>> = {
  NO_PO: 'NOT known',
  ORDER_CANCELLED: 'known AND cancelled',
  SUPPLIER: "known AND stated_supplier != '' AND o_supplier != '' AND stated_supplier != o_supplier",
  CURRENCY: "known AND stated_currency != '' AND o_currency != '' AND stated_currency != o_currency",
  DUPLICATE: 'same_number OR same_line',
  ITEM: "known AND stated_item != '' AND o_item != '' AND stated_item != o_item AND NOT (ack = 'IS' AND ack_item = stated_item)",
  UOM_UNRESOLVED: 'unit_unknown OR order_unit_unknown OR (known AND needs_receipt AND r_no_factor)',
  UOM_SUSPECT: 'known AND price_breach AND notEmpty(suspect_factors)',
  NOT_EVALUABLE: 'known AND notEmpty(missing)',
  AWAITING_RECEIPT: "known AND needs_receipt AND ifNull(net > 0, 1) AND (r_standing_count = 0 OR ifNull(qr = 0, 0) OR (flow = 'three-way-invoice-first' AND ifNull(running > qr, 0)))",
  QTY_OVER_RECEIPT: "known AND ((needs_receipt AND flow != 'three-way-invoice-first' AND ifNull(qr > 0, 0) AND receipt_breach) OR (flow = 'consignment-fill' AND ifNull(net > 0, 0)))",
  QTY_OVER_ORDER: 'known AND order_breach',
  PRICE: 'known AND price_breach AND empty(suspect_factors)',
  CHARGES: 'carries_freight AND ifNull(document_freight > 0, 0) AND freight_breach',
};

const OVER_FREIGHT = `greatest(document_freight - greatest(ifNull(limit_freight.absolute, 0), ifNull(limit_freight.percent * document_value / 100, 0)), 0)`;
const WHOLE_LINE = "verdict IN ('NO_PO', 'ORDER_CANCELLED', 'SUPPLIER', 'CURRENCY', 'DUPLICATE', 'ITEM', 'UOM_UNRESOLVED', 'NOT_EVALUABLE')";

const JUDGED: readonly string[] = [
  BREACHES,
  `arrayFilter((name, holds) -> holds, [${FINDINGS.map((name) => `'${name}'`).join(', ')}],
      [${FINDINGS.map((name) => `toBool(ifNull(${HOLDS[name]}, 0))`).join(',\n      ')}]) AS findings`,
  `multiIf(notEmpty(findings), findings[1], ifNull(price_variance != 0, 0) OR ifNull(over_receipt > 0 AND needs_receipt, 0) OR ifNull(over_order > 0, 0), 'WITHIN_TOLERANCE', 'MATCHED') AS verdict`,
  `multiIf(withdrawn OR verdict IN ('MATCHED', 'WITHIN_TOLERANCE'), toDecimal256(0, 4),
      ${WHOLE_LINE}, billed,
      if(has(findings, 'PRICE') OR has(findings, 'UOM_SUSPECT'), abs(price_variance), toDecimal256(0, 4))
      + multiIf(has(findings, 'AWAITING_RECEIPT') OR has(findings, 'QTY_OVER_RECEIPT'), ifNull(over_receipt_value, toDecimal256(0, 4)), has(findings, 'QTY_OVER_ORDER'), ifNull(over_order_value, toDecimal256(0, 4)), toDecimal256(0, 4))
      + if(has(findings, 'CHARGES'), toDecimal256(${OVER_FREIGHT}, 4), toDecimal256(0, 4))) AS at_stake`,
];

const onto = (from: string, steps: readonly string[]) => steps.reduce((inner, columns) => `SELECT *, ${columns}\n  FROM (${inner})`, from);

export interface Judging {
  /** Where the totals are kept, and a condition on them. */
  totals: string;
  /** The version that a line of a business date is judged by; without it the one in force on that date. */
  version?: (date: string) => string;
  /** They are in a table that stays. */
  kept?: boolean;
  /** Condition on a business date: lines that are judged. */
  lines?: (date: string) => string;
}

/** Stages from the kept totals to `match_judged`: one row per invoice line with its findings and what they follow from. */
export function verdictStages({ totals, kept = false, version = VERSION_ON, lines = () => '1' }: Judging): Stage[] {
  return [
    { name: 'match_running', sql: onto(`SELECT ${ORDER_LINE}, i, i_k, i_gross, i_net, i_withdrawn, i_credit, i_twin, i_twin_date, i_category, credit_dates FROM ${totals}`, duplicateSteps(version)), kept },
    { name: 'match_measured', sql: onto(`SELECT * FROM (${invoices('match_running')}) WHERE ${lines('date')}`, MEASURES) },
    { name: 'match_limits', sql: limitsOf(`(SELECT version, ${OF_LINE} FROM match_running ARRAY JOIN i AS v, i_version AS version, i_category AS category)`) },
    { name: 'match_judged', sql: onto(`SELECT * FROM match_measured LEFT JOIN match_limits USING (version, facility, supplier, category)`, JUDGED) },
  ];
}

/** The arithmetic of each finding that holds, or what differs, in the order of `findings`. */
export const ARITHMETIC = `arrayFilter(text -> text != '', [${FINDINGS.map((name) => `if(has(findings, '${name}'), ifNull(nullIf(${SAYS[name]}, ''), '–'), '')`).join(',\n      ')}])`;

/**
 * Columns of a verdict. `withdrawn` 1: cancelled or credited in full, nothing is left to match. Quantities are in base
 * units (see `same_unit`), money in `currency` with four places, tax left out.
 *
 * - `verdict`, `findings`, `arithmetic` (parallel to `findings`), `missing` (fields that are not known)
 * - `price_variance` = qi·(Pi − Po), less credits of price; `quantity_variance` = Po·(Qi − Qr) of the order line
 * - `at_stake`: what this line's findings put in doubt, NULL where unknown: the whole line, or the parts that are past
 *   their limit; parts are disjoint, so lines may be added up within a currency
 */
export const VERDICT_COLUMNS = `object_id, document_id, line_id, number, time, date, due_date, discount_date, facility, supplier, item, currency, uom, quantity, stated_price, order_id, order_line, known, flow,
  o_buyer, o_uom, o_price, qo, qr, qi, withdrawn, verdict, findings, missing, value, billed, at_stake, price_variance, quantity_variance`;
