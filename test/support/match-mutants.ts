import { FINDINGS, HOLDS } from '../../clickhouse/queries/match';

/** Ways to break the match, each in one place of the text of one stage. Every one must make a case fail. */
export interface Mutant {
  breaks: string;
  /** Name of the stage, or what it begins with. */
  stage: string;
  from: string | RegExp;
  to: string;
}

/** Each finding is never found; each holds though its condition does not. */
const NEVER: Mutant[] = FINDINGS.map((finding) => ({ breaks: `${finding} is never found`, stage: 'match_judged', from: `toBool(ifNull(${HOLDS[finding]}, 0))`, to: 'toBool(0)' }));
const ALWAYS: Mutant[] = FINDINGS.map((finding) => ({ breaks: `${finding} is always found`, stage: 'match_judged', from: `toBool(ifNull(${HOLDS[finding]}, 0))`, to: 'toBool(1)' }));
const judged = (finding: (typeof FINDINGS)[number], breaks: string, from: string, to: string): Mutant => ({ breaks, stage: 'match_judged', from: HOLDS[finding], to: HOLDS[finding].replace(from, to) });

const CONDITIONS: Mutant[] = [
  judged('ITEM', 'a substitute that was acknowledged is another item', "AND NOT (ack = 'IS' AND ack_item = stated_item)", ''),
  judged('ITEM', 'any substitute is the item', 'AND ack_item = stated_item', ''),
  judged('SUPPLIER', 'a supplier that is not stated is another one', "stated_supplier != '' AND", ''),
  judged('CURRENCY', 'a currency that is not stated is another one', "stated_currency != '' AND", ''),
  judged('DUPLICATE', 'one number is no duplicate', 'same_number OR ', ''),
  judged('DUPLICATE', 'the same line, quantity and amount is no duplicate', ' OR same_line', ''),
  judged('UOM_UNRESOLVED', 'a unit of the receipt without a factor is overlooked', ' OR (known AND needs_receipt AND r_no_factor)', ''),
  judged('UOM_SUSPECT', 'a pack error needs no breach', 'price_breach AND ', ''),
  judged('PRICE', 'a pack error is a price error too', ' AND empty(suspect_factors)', ''),
  judged('AWAITING_RECEIPT', 'an invoice that may come first is never awaited in part', " OR (flow = 'three-way-invoice-first' AND ifNull(running > qr, 0))", ''),
  judged('AWAITING_RECEIPT', 'what was reversed counts as received', ' OR ifNull(qr = 0, 0)', ''),
  judged('QTY_OVER_RECEIPT', 'an invoice that may come first is too much', "flow != 'three-way-invoice-first' AND ", ''),
  judged('QTY_OVER_RECEIPT', 'consignment fills are payable', " OR (flow = 'consignment-fill' AND ifNull(net > 0, 0))", ''),
  judged('CHARGES', 'freight is found on each line', 'carries_freight AND ', ''),
  { breaks: 'the last finding is shown', stage: 'match_judged', from: 'findings[1]', to: 'findings[-1]' },
  { breaks: 'WITHIN_TOLERANCE is MATCHED', stage: 'match_judged', from: "'WITHIN_TOLERANCE', 'MATCHED')", to: "'MATCHED', 'MATCHED')" },
  { breaks: 'MATCHED is WITHIN_TOLERANCE', stage: 'match_judged', from: "'WITHIN_TOLERANCE', 'MATCHED')", to: "'WITHIN_TOLERANCE', 'WITHIN_TOLERANCE')" },
  { breaks: 'a quantity within tolerance is MATCHED', stage: 'match_judged', from: 'OR ifNull(over_receipt > 0 AND needs_receipt, 0) OR ifNull(over_order > 0, 0)', to: '' },
  { breaks: 'money at stake is that of the whole line', stage: 'match_judged', from: "verdict IN ('NO_PO',", to: "verdict IN ('PRICE', 'NO_PO'," },
  { breaks: 'freight past its limit is counted from nothing', stage: 'match_judged', from: /greatest\(document_freight - greatest\(/, to: 'greatest(document_freight - least(0, ' },
];

const LIMITS: Mutant[] = [
  { breaks: 'the price above has no limit', stage: 'match_judged', from: /\(\(price_variance\) IS NOT NULL/, to: '(0 AND (price_variance) IS NOT NULL' },
  { breaks: 'the price below has no limit', stage: 'match_judged', from: /\(\(price_below\) IS NOT NULL/, to: '(0 AND (price_below) IS NOT NULL' },
  { breaks: 'what is exactly at a limit is past it', stage: 'match_judged', from: '(price_variance) > limit_price_upper.absolute', to: '(price_variance) >= limit_price_upper.absolute' },
  { breaks: 'percents are asked of the wrong side', stage: 'match_judged', from: '(price_variance) * 100 > limit_price_upper.percent * (value_at_order)', to: '(price_variance) * 100 > limit_price_upper.percent * (value)' },
  { breaks: 'either limit is enough though both have to be passed', stage: 'match_judged', from: 'if(limit_price_upper.both = 1', to: 'if(0' },
  { breaks: 'both limits have to be passed though either is enough', stage: 'match_judged', from: 'if(limit_price_upper.both = 1', to: 'if(1' },
  { breaks: 'either limit of freight is enough', stage: 'match_judged', from: 'if(limit_freight.both = 1', to: 'if(0' },
  { breaks: 'limits of a facility hold everywhere', stage: 'match_limits', from: "l.facility IN ('', facility)", to: '1' },
  { breaks: 'limits of a supplier hold for all', stage: 'match_limits', from: "l.supplier IN ('', supplier)", to: '1' },
  { breaks: 'limits of a category hold for all', stage: 'match_limits', from: "l.category IN ('', category)", to: '1' },
  { breaks: 'the least specific limit wins', stage: 'match_limits', from: 'arrayFirst(', to: 'arrayLast(' },
  { breaks: 'the newest version is always in force', stage: 'match_running', from: /arrayLastIndex\(f -> f <= date,/, to: 'arrayLastIndex(f -> 1,' },
  { breaks: 'the first version is always in force', stage: 'match_running', from: /arrayLastIndex\(f -> f <= date,/, to: 'arrayLastIndex(f -> 0,' },
  { breaks: 'nothing is over-delivered', stage: 'match_totals', from: /ifNull\(known AND NOT \(flow = 'stock'\)/, to: "ifNull(0 AND NOT (flow = 'stock')" },
  { breaks: 'over-delivery has one limit for all', stage: 'match_totals', from: "l.supplier IN ('', supplier)", to: "l.supplier = ''" },
];

const MEASURES: Mutant[] = [
  { breaks: 'a pack error is one only on the point', stage: 'match_measured', from: '* 100 <= suspect_percent', to: '* 100 <= 0 * suspect_percent' },
  { breaks: 'the inverse of a pack factor is a price', stage: 'match_measured', from: /OR abs\(value_at_order - f \* value\)/, to: 'OR 1 < 0 * abs(value_at_order - f * value)' },
  { breaks: 'credits of price change nothing', stage: 'match_measured', from: /- toDecimal256\(round\(credit, 4\), 4\) AS value/, to: '- 0 AS value' },
  { breaks: 'the quantity variance is the other way round', stage: 'match_measured', from: 'toDecimal256(qi - qr, 8)', to: 'toDecimal256(qr - qi, 8)' },
  { breaks: 'a quantity invoiced before is forgotten', stage: 'match_measured', from: 'running - qr AS past_receipt, running - qo AS past_order', to: 'net - qr AS past_receipt, net - qo AS past_order' },
  { breaks: 'the price is not brought to the base unit', stage: 'match_measured', from: "toDecimal256(k, 8), toDecimal256(gross, 8)) AS price_per", to: 'toDecimal256(1, 8), toDecimal256(gross, 8)) AS price_per' },
  { breaks: 'the order price is not brought to the base unit', stage: 'match_measured', from: /toDecimal256\(net, 8\) \* toDecimal256\(o_price, 6\)/, to: 'toDecimal256(net * ko, 8) * toDecimal256(o_price, 6)' },
  { breaks: 'a missing currency is not missed', stage: 'match_measured', from: "('invoice currency', stated_currency = '' AND o_currency != '')", to: "('invoice currency', 0)" },
  { breaks: 'a missing price of the order is not missed', stage: 'match_measured', from: "('order price', o_price IS NULL)", to: "('order price', 0)" },
  { breaks: 'an unclear credit is not missed', stage: 'match_measured', from: "credit_unclear OR (qi IS NULL AND NOT running_unknown)", to: '0' },
  { breaks: 'a receipt without quantity is not missed', stage: 'match_measured', from: 'needs_receipt AND r_no_quantity)', to: '0)' },
];

const REPEATED: Mutant[] = [
  { breaks: 'a duplicate may come at any time', stage: 'match_running', from: /dateDiff\('day', at, date\) <= .*?, version\)/, to: '1' },
  { breaks: 'days of duplicates are those of the first version', stage: 'match_running', from: /(JSONExtract\(\{m_rules:String\}, 'duplicate_days', 'Array\(UInt16\)'\)), version\)/, to: '$1, 1)' },
  { breaks: 'what is billed again after a credit is a duplicate', stage: 'match_running', from: 'AND NOT arrayExists(d -> d >= at AND d <= date, credit_dates)', to: '' },
  { breaks: 'equal part invoices are duplicates', stage: 'match_running', from: 'AND ifNull(through > room, 0)', to: '' },
  { breaks: 'duplicates use up the quantity of the others', stage: 'match_running', from: 'arrayMap((candidate, same) -> candidate AND NOT same', to: 'arrayMap((candidate, same) -> candidate' },
  { breaks: 'the first of one number is the duplicate', stage: 'match_heads', from: 'argMinIf(document_id', to: 'argMaxIf(document_id' },
  { breaks: 'numbers are compared as they are written', stage: 'match_heads', from: /replaceRegexpAll\(upperUTF8\(head_number\), '.*?', ''\)/, to: 'head_number' },
  { breaks: 'leading zeros count', stage: 'match_heads', from: "'^0+'", to: "'^none'" },
  { breaks: 'one number of two suppliers is a duplicate', stage: 'match_heads', from: 'PARTITION BY head_supplier, number_plain', to: 'PARTITION BY number_plain' },
  { breaks: 'a cancelled invoice makes the next a duplicate', stage: 'match_heads', from: /document_id NOT IN \(/, to: '1 OR document_id NOT IN (' },
  { breaks: 'the amount does not tell invoices apart', stage: 'match_counted', from: "concat(worth, ' ', toString(q))", to: 'toString(q)' },
  { breaks: 'invoices count in the order of their ids', stage: 'match_grouped', from: 'arraySort(x -> (x.date, x.number, length(x.object_id), x.object_id)', to: 'arraySort(x -> (x.object_id)' },
];

const TAKEN_BACK: Mutant[] = [
  ...(['reversed', 'returned', 'cancelled', 'credited'] as const).map((aspect): Mutant => ({ breaks: `what is ${aspect} stays`, stage: 'match_stated', from: new RegExp(`'${aspect}'`), to: "'none'" })),
  { breaks: 'a credit of price takes quantity off', stage: 'match_stated', from: "reason = 'price', 'p'", to: "reason = 'price', 'i'" },
  { breaks: 'a credit of quantity is one of price', stage: 'match_stated', from: "reason = 'quantity', 'i'", to: "reason = 'quantity', 'p'" },
  { breaks: 'a reversal without quantity is unknown', stage: 'match_stated', from: 'AND NOT returned AND quantity IS NULL AS whole', to: 'AND 0 AS whole' },
  { breaks: 'a return without quantity takes all', stage: 'match_stated', from: 'AND NOT returned AND quantity IS NULL AS whole', to: 'AND quantity IS NULL AS whole' },
  { breaks: 'what names only the order line is taken from the first lines', stage: 'match_counted', from: /arrayReverse\(arrayCumSum\(arrayReverse\((arrayMap\(q -> ifNull\(q, toDecimal128\(0, 8\)\), i_left\))\)\)\)/, to: 'arrayCumSum($1)' },
  { breaks: 'an order that was cancelled stays so when it is stated again', stage: 'match_lines', from: 'greatest(line_cancelled, document_cancelled) > created_rank', to: 'greatest(line_cancelled, document_cancelled) > 0' },
  { breaks: 'an order cancelled as a whole stands', stage: 'match_lines', from: 'greatest(line_cancelled, document_cancelled)', to: 'line_cancelled' },
];

const UNITS: Mutant[] = [
  { breaks: 'a missing pack factor is one', stage: 'match_stated', from: /nullIf\((arrayLast\(v -> v\.1 <= date, packs\)\.2\[uom\]), 0\)/, to: 'if($1 = 0, 1, $1)' },
  { breaks: 'the newest pack factor holds for all dates', stage: 'match_stated', from: 'arrayLast(v -> v.1 <= date, packs)', to: 'arrayLast(v -> 1, packs)' },
  { breaks: 'quantities are not brought to base units', stage: 'match_lines', from: 'toDecimal128(q, 4) * k, i.quantity', to: 'toDecimal128(q, 4) * (k / k), i.quantity' },
  { breaks: 'one unit without a factor is unresolved', stage: 'match_lines', from: /factor_missing AND arrayCount\(u -> u != '', units\) < 2 AS same_unit/, to: '0 AS same_unit' },
  { breaks: 'units are told apart by case and blanks', stage: 'match_stated', from: 'upper(trim(uom)) AS uom', to: 'uom AS uom' },
  { breaks: 'two-way orders need a receipt', stage: 'match_lines', from: "NOT IN ('two-way', ", to: 'NOT IN (' },
  { breaks: 'consignment use needs a receipt', stage: 'match_lines', from: "'consignment-use', ", to: '' },
  { breaks: 'bill-only needs a receipt', stage: 'match_lines', from: "'bill-only', ", to: '' },
  { breaks: 'bill-and-replace needs a receipt', stage: 'match_lines', from: "'bill-and-replace', ", to: '' },
  { breaks: 'an order that is named without a line is not found', stage: 'match_stated', from: 'length(candidates) = 1, candidates[1].1,', to: "0, ''," },
  { breaks: 'the item does not tell which line is meant', stage: 'match_stated', from: "item != '' AND arrayCount(c -> c.2 = item, candidates) = 1", to: '0' },
];

export const MUTANTS: readonly Mutant[] = [...NEVER, ...ALWAYS, ...CONDITIONS, ...LIMITS, ...MEASURES, ...REPEATED, ...TAKEN_BACK, ...UNITS];
