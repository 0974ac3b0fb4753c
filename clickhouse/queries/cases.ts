import { z } from 'zod';
import { defineList, defineQuery } from '../client';
import { ITEM_BY_GTIN } from './items';
import { DAY_OF, zoneParams } from './match';
import { keptRows } from './desk';
import { FACTOR, PACKS } from './match-facts';
import { IN_FACILITIES, IN_RANGE, scope } from './scope';
import { CONTRACTS } from './sla-units';

/**
 * What was used on cases, priced, against the case cost that was posted for it. A case is a token; which patient it is nobody here
 * can say. Money stays in its currency.
 */

const AT = (name: string) => `{${name}:DateTime64(3, 'UTC')}`;
const DOCUMENT_OF = (key: string) => `substring(${key}, 1, length(${key}) - position(reverse(${key}), '/'))`;
/** An item's last order may lie this long before its usage. */
const LOOK_BACK = 'INTERVAL 400 DAY';
const UNIT = 'upper(trim(uom))';

/** Which price a line is worth, in this order; `none`: nobody says one, and its cost is unknown. */
export const PRICE_RULES = ['contract', 'last order', 'item master', 'none'] as const;
/**
 * - `agrees`, `differs`: posted, and its priced cost is known
 * - `not posted`: nothing was posted within the posting clock; `awaited`: the clock still runs
 * - `no price`: nobody says what it is worth
 * - `as a whole`: the posting settles several lines, or the whole case, in one amount: only their sum can be compared
 */
export const CASE_LINE_STATES = ['agrees', 'differs', 'not posted', 'awaited', 'no price', 'as a whole'] as const;

const text = z.string();
const maybe = z.string().nullable();
export const caseParams = {
  ...scope, now: z.date(), posting_days: z.number(),
  /** Money by which posted and priced may differ, per line, as a decimal. */
  tolerance: text,
  /** Each empty: every one; `-`: where it is not stated. */
  case: text, procedure: text, service: text, item: text,
} as const;

const CHOSEN = (choice: string, column: string) => `({${choice}:String} = '' OR ${column} = if({${choice}:String} = '-', '', {${choice}:String}))`;
const IN_USE = `document_type = 'usage' AND aspect = 'recorded' AND line_id != '' AND case_token != '' AND ${IN_RANGE} AND ${IN_FACILITIES}`;
const USED_KEYS = `SELECT object_id FROM document_lines WHERE ${IN_USE}`;

/** Usage lines in force, what was taken back off; a scan's item by the item master. FINAL: a line has to count once, at its latest revision. */
const USED = `
  SELECT taken.object_id AS object_id, document_id, facility, time, day, if(taken.item = '', packs.master_item, taken.item) AS item, uom, case_token, procedure_code, service_line, implant, flow_type, lot,
    taken.quantity - ifNull(back.went, 0) AS quantity
  FROM (SELECT object_id, document_id, facility, time, coalesce(business_date, ${DAY_OF('time', 'facility')}) AS day, item, gtin, ${UNIT} AS uom, case_token, procedure_code, service_line, implant, flow_type, lot, quantity
    FROM document_lines FINAL WHERE ${IN_USE}) AS taken
  LEFT JOIN (SELECT ref_id, sum(quantity) AS went, max(quantity IS NULL) AS uncounted FROM document_lines FINAL
    WHERE document_type = 'usage' AND aspect = 'reversed' AND ref_type = 'usage' AND time >= ${AT('from')} GROUP BY ref_id) AS back ON back.ref_id = taken.object_id
  LEFT JOIN (${ITEM_BY_GTIN}) AS packs ON packs.gtin = taken.gtin AND taken.gtin != ''
  WHERE NOT ifNull(back.uncounted, 0) AND ifNull(taken.quantity > ifNull(back.went, 0), 1)`;

/** Prices on contract by item, each version from its day on. */
const ON_CONTRACT = `SELECT item, arraySort(groupArray((since, until, places, uom, assumeNotNull(price), currency, contract))) AS versions FROM (${CONTRACTS}) WHERE item != '' AND price > 0 GROUP BY item`;
const ORDERED = `
  SELECT item, facility, time, ${UNIT} AS order_uom, currency AS order_currency, assumeNotNull(price) AS paid, document_id AS order_id FROM document_lines FINAL
  WHERE document_type = 'order' AND aspect = 'created' AND line_id != '' AND item != '' AND price > 0 AND currency != '' AND time >= ${AT('from')} - ${LOOK_BACK} AND time < ${AT('to')} AND ${IN_FACILITIES}
    AND item IN (SELECT item FROM document_lines WHERE ${IN_USE} AND item != '' UNION ALL SELECT master_item FROM (${ITEM_BY_GTIN}) WHERE gtin IN (SELECT gtin FROM document_lines WHERE ${IN_USE} AND item = ''))`;
/** A price that the item master itself states, per base unit. */
const LISTED = `
  SELECT item, arraySort(groupArray((valid_from, price, currency))) AS listed FROM (
    SELECT record_id AS item, valid_from, toDecimal128OrNull(replaceAll(JSONExtractRaw(attributes, 'price'), '"', ''), 6) AS price, JSONExtractString(attributes, 'currency') AS currency
    FROM (SELECT record_id, valid_from, argMax(attributes, (version, rank)) AS attributes FROM master_records WHERE kind = 'item' GROUP BY record_id, valid_from)
  ) WHERE price > 0 AND currency != '' GROUP BY item`;

/** What was posted to each usage line, reversals taken off; `shared`: the posting line settles others too. */
const POSTINGS = `SELECT peer_id FROM links WHERE node_type = 'usage' AND node_id IN (${USED_KEYS}) AND direction = 'down' AND peer_type = 'posting'`;
const AMOUNTS = (where: string) => `
  SELECT object_id, any(document_currency) AS posted_currency, toDecimal128(if(maxIf(rank, aspect = 'completed') > whole_reversed,
      ifNull(maxIf(amount, aspect = 'completed'), 0) - if(maxIf(rank, aspect = 'reversed') > maxIf(rank, aspect = 'completed'), coalesce(maxIf(amount, aspect = 'reversed'), maxIf(amount, aspect = 'completed'), 0), 0), 0), 4) AS stands
  FROM (SELECT *, currency AS document_currency, maxIf(rank, aspect = 'reversed' AND line_id = '') OVER (PARTITION BY document_id) AS whole_reversed FROM document_lines FINAL WHERE document_type = 'posting' AND aspect IN ('completed', 'reversed') AND ${where})
  WHERE line_id != '' GROUP BY object_id, document_id, whole_reversed HAVING anyIf(reason, aspect = 'completed') IN ('case-cost', '') AND countIf(aspect = 'completed') > 0`;
const POSTED = `
  SELECT settled.line AS line, sum(money.stands) AS posted, max(settled.lines > 1) AS shared, any(money.posted_currency) AS posted_in
  FROM (
    SELECT line, posting, count() OVER (PARTITION BY posting) AS lines
    FROM (SELECT peer_id AS line, node_id AS posting FROM links WHERE node_type = 'posting' AND node_id IN (${POSTINGS}) AND direction = 'up' AND peer_type = 'usage' GROUP BY line, posting)
  ) AS settled
  INNER JOIN (${AMOUNTS(`document_id IN (SELECT ${DOCUMENT_OF('peer_id')} FROM (${POSTINGS}))`)}) AS money ON money.object_id = settled.posting
  GROUP BY line`;
/** Cases whose cost was posted in one amount. */
const WHOLE_CASES = `
  SELECT ref_id AS whole_case FROM document_lines WHERE document_type = 'posting' AND aspect = 'completed' AND ref_type = 'case' AND ref_id != '' AND time >= ${AT('from')} GROUP BY ref_id`;

/** A price per `of` as a price per unit of usage; NULL where a pack factor is not known. Multiplied before it is divided: nothing is rounded on the way. */
const PER_UNIT = (price: string, of: string) => `if(${of} = u.uom, toNullable(toDecimal128(${price}, 12)), toDecimal128(${price}, 8) * ${FACTOR('packed.packs', 'u.uom', 'u.day')} / ${FACTOR('packed.packs', of, 'u.day')})`;

const COLUMNS = 'object_id, document_id, facility, time, item, item_name, uom, case_token, procedure_code, service_line, implant, flow_type, lot, quantity, posted, posted_in, shared, whole, rule, rule_source, unit_price, currency';
/** Usage of a span with its price and its postings: what clickhouse/desk.ts keeps. Nothing in it depends on the moment of asking. */
export const FILL_CASES = `INSERT INTO case_lines (day, run, ${COLUMNS}, cost)
  SELECT toDate(time) AS day, {run:UInt64} AS run, ${COLUMNS}, toDecimal128(round(toDecimal256(quantity, 4) * toDecimal256(unit_price, 12), 4), 4) AS cost
  FROM (
    SELECT object_id, document_id, facility, time, item, item_name, uom, case_token, procedure_code, service_line, implant, flow_type, lot, quantity, posted, shared, whole, if(posted IS NULL, '', posted_in) AS posted_in,
      multiIf(by_contract IS NOT NULL, 'contract', by_order IS NOT NULL, 'last order', by_list IS NOT NULL, 'item master', 'none') AS rule,
      multiIf(rule = 'contract', agreed.7, rule = 'last order', order_id, '') AS rule_source,
      multiIf(rule = 'contract', by_contract, rule = 'last order', by_order, rule = 'item master', by_list, NULL) AS unit_price,
      multiIf(rule = 'contract', agreed.6, rule = 'last order', order_currency, rule = 'item master', list_price.3, posted IS NULL, '', posted_in) AS currency
    FROM (
      SELECT u.object_id AS object_id, u.document_id AS document_id, u.facility AS facility, u.time AS time, u.day AS day, u.item AS item, u.uom AS uom, u.case_token AS case_token, u.procedure_code AS procedure_code, u.service_line AS service_line, u.implant AS implant, u.flow_type AS flow_type, u.lot AS lot, u.quantity AS quantity, named.name AS item_name, o.order_id AS order_id, o.order_currency AS order_currency, o.order_uom AS order_uom, if(p.line = '', NULL, toNullable(p.posted)) AS posted, p.shared AS shared, p.posted_in AS posted_in, u.case_token IN (${WHOLE_CASES}) AS whole,
        arrayLast(v -> v.1 <= toInt32(u.day) AND toInt32(u.day) <= v.2 AND (empty(v.3) OR has(v.3, u.facility)), c.versions) AS agreed, arrayLast(v -> v.1 <= u.day, l.listed) AS list_price,
        if(agreed.5 = 0, NULL, ${PER_UNIT('agreed.5', 'agreed.4')}) AS by_contract,
        if(o.paid = 0, NULL, ${PER_UNIT('o.paid', 'o.order_uom')}) AS by_order,
        if(ifNull(list_price.2, 0) = 0, NULL, toDecimal128(assumeNotNull(list_price.2), 8) * ${FACTOR('packed.packs', 'u.uom', 'u.day')}) AS by_list
      FROM (${USED}) AS u
      ASOF LEFT JOIN (${ORDERED}) AS o ON o.item = u.item AND o.facility = u.facility AND u.time >= o.time
      LEFT JOIN (${ON_CONTRACT}) AS c ON c.item = u.item
      LEFT JOIN (${LISTED}) AS l ON l.item = u.item
      LEFT JOIN (${PACKS}) AS packed ON packed.item = u.item
      LEFT JOIN (SELECT record_id, argMax(JSONExtractString(attributes, 'name'), (valid_from, version, rank)) AS name FROM master_records WHERE kind = 'item' GROUP BY record_id) AS named ON named.record_id = u.item
      LEFT JOIN (${POSTED}) AS p ON p.line = u.object_id
    )
  )`;
export const fillCasesParams = { ...scope, ...zoneParams, run: z.number() } as const;

const LINES = `
  SELECT *,
    multiIf(posted IS NOT NULL AND (shared OR whole), 'as a whole', whole, 'as a whole', cost IS NULL, 'no price', posted IS NULL AND time < addSeconds(${AT('now')}, -toInt64({posting_days:Float64} * 86400)), 'not posted', posted IS NULL, 'awaited',
      posted_in != '' AND posted_in != currency, 'differs', abs(posted - cost) > toDecimal128({tolerance:String}, 4), 'differs', 'agrees') AS state,
    if(state IN ('agrees', 'differs') AND (posted_in = '' OR posted_in = currency), posted - cost, if(state = 'not posted', -cost, NULL)) AS difference
  FROM (${keptRows('cases')}) WHERE ({case:String} = '' OR case_token = {case:String}) AND ${CHOSEN('procedure', 'procedure_code')} AND ${CHOSEN('service', 'service_line')} AND ${CHOSEN('item', 'item')}`;

/** One row per usage line on a case. Quantities as used, less what was taken back; `difference` is posted less priced. */
export const caseLines = defineList({
  name: 'cases_lines',
  sql: `
    SELECT object_id, case_token, procedure_code, service_line, facility, time, item, item_name, implant, lot, flow_type, toString(quantity) AS quantity, uom, rule, rule_source, toString(unit_price) AS unit_price, currency, toString(cost) AS cost,
      toString(posted) AS posted, if(posted_in = '', currency, posted_in) AS posted_currency, toString(difference) AS difference, state
    FROM (${LINES}) WHERE ({view:String} = '' OR state = {view:String} OR ({view:String} = 'wrong' AND state IN ('differs', 'not posted')) OR ({view:String} = 'implants' AND implant))`,
  params: z.object({ ...caseParams, view: text }),
  row: z.object({
    object_id: text, case_token: text, procedure_code: text, service_line: text, facility: text, time: text, item: text, item_name: text, implant: z.number(), lot: text, flow_type: text, quantity: maybe, uom: text, rule: text, rule_source: text,
    unit_price: maybe, currency: text, cost: maybe, posted: maybe, posted_currency: text, difference: maybe, state: text,
  }),
  sortable: {
    time: 'time', case_token: 'case_token', procedure_code: 'procedure_code', service_line: 'service_line', facility: 'facility', item: 'item', cost: 'toDecimal256OrNull(cost, 4)', posted: 'toDecimal256OrNull(posted, 4)', difference: 'abs(toDecimal256OrNull(difference, 4))',
    state: 'state', rule: 'rule',
  },
  defaultSort: { sort: 'difference', desc: true },
  key: ['object_id'],
  limits: { seconds: 30 },
});

/** Sums of a group of lines. What is unknown is counted beside them and is in no sum; a group whose lines all lack a price has none. */
const SUMS = `uniqExact(case_token) AS cases, count() AS lines, countIf(is_implant) AS implant_lines, sumIf(used, is_implant) AS implants, sum(cost_of) AS priced, sum(posted_of) AS posted, sumIf(cost_of, is_compared) AS compared_priced, sumIf(posted_of, is_compared) AS compared_posted,
  sum(off) AS difference, sum(abs(off)) AS off_by, countIf(in_state = 'differs') AS differing, countIf(in_state = 'not posted') AS not_posted, countIf(in_state = 'awaited') AS awaited, countIf(in_state = 'no price') AS unpriced, countIf(in_state = 'as a whole') AS wholes`;
const OF_LINES = `SELECT *, toString(currency) AS in_currency, implant AS is_implant, quantity AS used, cost AS cost_of, posted AS posted_of, state AS in_state, state IN ('agrees', 'differs') AS is_compared, difference AS off FROM (${LINES})`;
const sums = {
  cases: z.number(), lines: z.number(), implant_lines: z.number(), implants: maybe, priced: maybe, posted: maybe, difference: maybe, off_by: maybe, differing: z.number(), not_posted: z.number(), awaited: z.number(), unpriced: z.number(), wholes: z.number(),
} as const;
const SHOWN = `cases, lines, implant_lines, toString(implants) AS implants, toString(priced) AS priced, toString(posted) AS posted, toString(difference) AS difference, toString(off_by) AS off_by, differing, not_posted, awaited, unpriced, wholes`;
const SORTS = {
  cases: 'cases', lines: 'lines', implants: 'toDecimal256OrNull(implants, 4)', priced: 'toDecimal256OrNull(priced, 4)', posted: 'toDecimal256OrNull(posted, 4)', difference: 'toDecimal256OrNull(difference, 4)', off_by: 'toDecimal256OrNull(off_by, 4)',
  differing: 'differing', not_posted: 'not_posted', unpriced: 'unpriced', currency: 'currency',
} as const;

/** Cases, procedures, service lines or implanted items (`by`), each per currency. */
export const caseGroups = defineList({
  name: 'cases_groups',
  sql: `
    SELECT name, label, currency, places, toString(first) AS first, procedure, service, ${SHOWN} FROM (
      SELECT multiIf({by:String} = 'case', case_token, {by:String} = 'procedure', toString(procedure_code), {by:String} = 'service', toString(service_line), item) AS name, if({by:String} = 'implant', any(item_name), '') AS label, in_currency AS currency,
        arrayStringConcat(arraySort(groupUniqArray(toString(facility))), ', ') AS places, min(time) AS first, any(toString(procedure_code)) AS procedure, any(toString(service_line)) AS service, ${SUMS}
      FROM (${OF_LINES}) WHERE {by:String} != 'implant' OR is_implant GROUP BY name, currency)`,
  params: z.object({ ...caseParams, by: z.enum(['case', 'procedure', 'service', 'implant']) }),
  row: z.object({ name: text, label: text, currency: text, places: text, first: text, procedure: text, service: text, ...sums }),
  sortable: { ...SORTS, name: 'name', first: 'first' },
  defaultSort: { sort: 'priced', desc: true },
  key: ['name', 'currency'],
  limits: { seconds: 30 },
});

/** All of the range, per currency; the empty currency holds lines of which nobody says a price or a posting. */
export const caseTotals = defineQuery({
  name: 'cases_totals',
  sql: `SELECT currency, ${SHOWN}, toString(compared_priced) AS compared_priced, toString(compared_posted) AS compared_posted, all_cases FROM (
      SELECT in_currency AS currency, ${SUMS}, (SELECT uniqExact(case_token) FROM (${LINES})) AS all_cases FROM (${OF_LINES}) GROUP BY in_currency) ORDER BY lines DESC, currency`,
  params: z.object(caseParams),
  row: z.object({ currency: text, ...sums, compared_priced: maybe, compared_posted: maybe, all_cases: z.number() }),
  limits: { seconds: 30 },
});
