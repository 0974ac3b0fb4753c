import { z } from 'zod';
import { defineList, defineQuery } from '../client';
import { keptRows } from './desk';
import { DAY_OF, MATCHED_VERDICTS, SUPPLIER_NAMES } from './match';
import { FACTOR, packs } from './match-facts';
import { IN_FACILITIES, IN_RANGE, scope } from './scope';
import { agreedPrice, AGREED_VERSIONS, ORDERED_ON } from './contract-prices';
import { CONTRACTS, FACTS } from './sla-units';

/**
 * What was bought off contract where a contract for the item was in force at the facility, and what that cost against its
 * price; and what was invoiced at another price than the contract's. The same lines as the figures on-contract spend and
 * price accuracy of the SLA report are made of.
 */

const text = z.string();
const maybe = z.string().nullable();
export const contractParams = { ...scope, zones: z.record(text, text), zone: text } as const;

const ORDERS_IN_RANGE = `SELECT document_id FROM document_lines WHERE document_type = 'order' AND aspect = 'created' AND ${IN_RANGE} AND ${IN_FACILITIES}`;
/** By order what was cancelled of it: the order by its own name, or lines. Without FINAL: of several versions the highest rank holds. */
const CANCELLED = `SELECT document_id, groupArray((object_id, rank)) AS cancels FROM document_lines WHERE document_type = 'order' AND aspect = 'cancelled' AND document_id IN (${ORDERS_IN_RANGE}) GROUP BY document_id`;
const ORDERED = `SELECT object_id, document_id, facility, supplier, buyer, time, currency, contract, item, upper(trim(uom)) AS uom, quantity, price, coalesce(business_date, ${DAY_OF('time', 'facility')}) AS date, toInt32(date) AS day, rank,
      assumeNotNull(coalesce(toDecimal128(amount, 6), toDecimal128(quantity * price, 6))) AS spend
    FROM ${FACTS} WHERE document_type = 'order' AND aspect = 'created' AND line_id != '' AND ${IN_RANGE} AND ${IN_FACILITIES} AND currency != '' AND (amount > 0 OR quantity * price > 0)`;
const EACH = (price: string, uom: string) => `if(${uom} = uom, toNullable(toDecimal256(${price}, 14)), toDecimal256(${price}, 10) * toDecimal256(${FACTOR('packs', 'uom', 'date')}, 4) / toDecimal256(${FACTOR('packs', uom, 'date')}, 4))`;

/**
 * Order lines of items with a contract in force; `off` 1: on none. `best` is the lowest price among the contracts' in the
 * order's currency, per the order's own unit, with its contract and who holds it; `over` what was paid past it.
 */
const BOUGHT = `
  SELECT *, best.2 AS best_contract, best.3 AS holder, round(best.1, 6) AS contract_price, toDecimal256(round(spend - toDecimal256(quantity, 4) * best.1, 4), 4) AS over
  FROM (
    SELECT *, if(contract = '', 1, 0) AS off, arrayFilter(v -> v.price > 0 AND v.currency = currency, valid) AS priced,
      arraySort(arrayFilter(p -> p.1 IS NOT NULL, arrayMap(v -> (${EACH('assumeNotNull(v.price)', 'v.uom')}, v.contract, v.holder), priced)))[1] AS best,
      multiIf(notEmpty(best.2) OR best.1 IS NOT NULL, '', empty(priced), concat('no contract price in ', currency), concat('no pack factor between ', if(uom = '', 'the order''s unit', uom), ' and ', arrayStringConcat(arrayDistinct(arrayMap(v -> v.uom, priced)), ', '))) AS untold
    FROM (
      SELECT o.object_id AS object_id, o.document_id AS document_id, o.facility AS at_facility, o.supplier AS supplier, o.buyer AS buyer, o.time AS at, o.currency AS currency, o.contract AS contract, o.item AS item, o.uom AS uom, o.quantity AS quantity, o.price AS price,
        o.date AS date, o.spend AS spend, arrayFilter(v -> v.since <= o.day AND o.day <= v.until AND (empty(v.places) OR has(v.places, o.facility)), t.versions) AS valid, p.packs AS packs
      FROM (${ORDERED}) AS o
      LEFT JOIN (${CANCELLED}) AS c ON c.document_id = o.document_id
      INNER JOIN (SELECT item, groupArray(CAST((contract, holder, uom, currency, price, since, until, places), 'Tuple(contract String, holder String, uom String, currency String, price Nullable(Decimal(38, 6)), since Int32, until Int32, places Array(String))')) AS versions
        FROM (${CONTRACTS}) WHERE item != '' GROUP BY item) AS t ON t.item = o.item
      LEFT JOIN (SELECT item, packs FROM (${packs(`record_id IN (SELECT item FROM (${CONTRACTS}))`)})) AS p ON p.item = o.item
      WHERE NOT arrayExists(x -> x.2 > o.rank AND x.1 IN (o.object_id, o.document_id), c.cancels) AND notEmpty(valid)
    )
  )`;

const KEPT = 'object_id, document_id, facility, time, supplier, buyer, item, date, uom, quantity, price, spend, currency, off, best_contract, holder, contract_price, over, untold';
/** Writes the rows of some days as of a run: for server/desk. */
export const FILL_CONTRACTS = `INSERT INTO contract_lines (day, run, ${KEPT})
  SELECT toDate(at), {run:UInt64}, object_id, document_id, at_facility, at, supplier, buyer, item, date, uom, quantity, price, spend, currency, off, best_contract, holder, contract_price, over, untold FROM (${BOUGHT})`;

/** Order lines bought off contract. `over`: spend less what the contract's price would have come to, NULL (and `untold` says why) where that is not known. */
export const offContract = defineList({
  name: 'invoices_off_contract',
  sql: `
    SELECT object_id, document_id, facility, supplier, supplier_name, buyer, item, toString(date) AS date, quantity, uom, price, spend, currency, best_contract, holder, contract_price, over, untold
    FROM (SELECT * FROM (${keptRows('contracts')}) WHERE off AND ({supplier:String} = '' OR supplier = {supplier:String}) AND ({item:String} = '' OR item = {item:String})) AS line LEFT JOIN (${SUPPLIER_NAMES}) AS names USING (supplier)`,
  params: z.object({ ...contractParams, supplier: text, item: text }),
  row: z.object({
    object_id: text, document_id: text, facility: text, supplier: text, supplier_name: text, buyer: text, item: text, date: text, quantity: maybe, uom: text, price: maybe, spend: text, currency: text, best_contract: text, holder: text,
    contract_price: maybe, over: maybe, untold: text,
  }),
  sortable: { spend: 'spend', over: 'over', date: 'date', supplier_name: 'supplier_name', item: 'item', facility: 'facility', buyer: 'buyer', price: 'price', contract_price: 'contract_price', object_id: 'object_id' },
  defaultSort: { sort: 'over', desc: true },
  key: ['object_id'],
  limits: { seconds: 30 },
});

/** Per currency (`total`), and the ten suppliers and items with the most of it: what was bought off contract, beside all that was bought where a contract was in force; `over` where it was dearer than the contract, `under` where cheaper. */
export const contractLeakage = defineQuery({
  name: 'invoices_leakage',
  sql: `
    SELECT grouping, who, who_name, currency, lines, off_lines, spend, off_spend, over, under, over_unknown FROM (
      SELECT multiIf(grouping(of_supplier) = 0, 'supplier', grouping(of_item) = 0, 'item', 'total') AS grouping, if(grouping = 'supplier', of_supplier, of_item) AS who, if(grouping = 'supplier', any(supplier_name), '') AS who_name, currency, count() AS lines, countIf(off) AS off_lines,
        sum(paid) AS spend, sumIf(paid, off) AS off_spend, sumIf(dearer, off AND dearer > 0) AS over, -sumIf(dearer, off AND dearer < 0) AS under, countIf(off AND dearer IS NULL) AS over_unknown
      FROM (SELECT supplier AS of_supplier, supplier_name, item AS of_item, currency, off, spend AS paid, over AS dearer FROM (${keptRows('contracts')}) AS line LEFT JOIN (${SUPPLIER_NAMES}) AS names USING (supplier))
      GROUP BY GROUPING SETS ((currency), (of_supplier, currency), (of_item, currency))
    )
    WHERE grouping = 'total' OR off_lines > 0
    ORDER BY grouping, off_spend DESC, who, currency LIMIT 10 BY grouping`,
  params: z.object(contractParams),
  row: z.object({ grouping: text, who: text, who_name: text, currency: text, lines: z.number(), off_lines: z.number(), spend: text, off_spend: text, over: maybe, under: maybe, over_unknown: z.number() }),
  limits: { seconds: 30 },
});

const OF_RANGE = `NOT withdrawn AND ${IN_RANGE} AND ${IN_FACILITIES}`;
/** Invoice lines (of those that fulfil a condition) on orders that name a contract with a price on the order's day, at its facility and in the line's currency, per the line's unit. */
const priced = (which: string) => `
  SELECT object_id, number, supplier, at_facility, item, at, invoiced_on, currency, uom, quantity, price, order_price, order_key, contract, round(agreed, 6) AS contract_price, price - contract_price AS difference,
    toDecimal256(round(toDecimal256(quantity, 4) * (toDecimal256(price, 10) - agreed), 4), 4) AS over, abs(toDecimal256(price, 10) - agreed) * 100 > agreed * toDecimal256({contract_tolerance:Decimal(9, 4)}, 4) AS off
  FROM (
    SELECT t.object_id AS object_id, t.number AS number, t.supplier AS supplier, t.at_facility AS at_facility, t.item AS item, t.at AS at, t.invoiced_on AS invoiced_on, t.currency AS currency, t.uom AS uom, t.quantity AS quantity, t.price AS price, t.o_price AS order_price, t.order_key AS order_key,
      o.contract AS contract, assumeNotNull(${agreedPrice({ versions: 'c.versions', packs: 'p.packs', day: 'o.ordered_on', facility: 'o.at_facility', currency: 't.currency', uom: 't.uom' })} AS of_contract) AS agreed, of_contract IS NOT NULL AS told
    FROM (
      SELECT object_id, number, supplier, facility AS at_facility, item, time AS at, date AS invoiced_on, currency, uom, quantity, toDecimal128(assumeNotNull(stated_price), 6) AS price, o_price, concat(order_id, '/', replaceAll(replaceAll(order_line, '%', '%25'), '/', '%2F')) AS order_key
      FROM match_verdicts WHERE ${OF_RANGE} AND known AND stated_price IS NOT NULL AND ${which}
    ) AS t
    INNER JOIN (
      SELECT object_id AS order_key, contract, facility AS at_facility, ${ORDERED_ON} AS ordered_on FROM ${FACTS} WHERE document_type = 'order' AND aspect = 'created' AND line_id != '' AND contract != ''
        AND document_id IN (SELECT order_id FROM match_verdicts WHERE ${OF_RANGE} AND ${which})
    ) AS o ON o.order_key = t.order_key
    INNER JOIN (${AGREED_VERSIONS}) AS c ON c.contract = o.contract AND c.item = t.item
    LEFT JOIN (SELECT item, packs FROM (${packs(`record_id IN (SELECT item FROM (${CONTRACTS}))`)})) AS p ON p.item = t.item
  ) WHERE told`;

export const priceParams = { ...contractParams, /** Percent, either way. */ contract_tolerance: text } as const;

/** Invoice lines against their contract's price. `over` = quantity × (price − contract price), under 0 in the buyer's favour; `off` 1: past the tolerance. */
export const contractPrices = defineList({
  name: 'invoices_contract_prices',
  sql: `WITH ${MATCHED_VERDICTS}
    SELECT object_id, number, order_key, at_facility AS facility, supplier, supplier_name, item, toString(invoiced_on) AS date, currency, uom, quantity, price, order_price, contract, contract_price, difference, over, off
    FROM (${priced("({supplier:String} = '' OR supplier = {supplier:String}) AND ({item:String} = '' OR item = {item:String})")}) AS line LEFT JOIN (${SUPPLIER_NAMES}) AS names USING (supplier)
    WHERE {view:String} = 'all' OR off`,
  params: z.object({ ...priceParams, view: text, supplier: text, item: text }),
  row: z.object({
    object_id: text, number: text, order_key: text, facility: text, supplier: text, supplier_name: text, item: text, date: text, currency: text, uom: text, quantity: maybe, price: text, order_price: maybe, contract: text, contract_price: text,
    difference: text, over: maybe, off: z.number(),
  }),
  sortable: { over: 'over', difference: 'difference', price: 'price', contract_price: 'contract_price', date: 'date', supplier_name: 'supplier_name', item: 'item', contract: 'contract', facility: 'facility', number: 'number', object_id: 'object_id' },
  defaultSort: { sort: 'over', desc: true },
  key: ['object_id'],
  limits: { seconds: 30 },
});

/** Per supplier and currency: lines judged against a contract price, those past the tolerance, and what these cost over it, and under it. */
export const priceAccuracy = defineQuery({
  name: 'invoices_price_accuracy',
  sql: `WITH ${MATCHED_VERDICTS}
    SELECT supplier, currency, count() AS lines, countIf(off) AS off_lines, sumIf(dearer, off AND dearer > 0) AS over, -sumIf(dearer, off AND dearer < 0) AS under, countIf(off AND dearer IS NULL) AS over_unknown FROM (SELECT supplier, currency, off, over AS dearer FROM (${priced('1')})) GROUP BY supplier, currency ORDER BY supplier, currency`,
  params: z.object(priceParams),
  row: z.object({ supplier: text, currency: text, lines: z.number(), off_lines: z.number(), over: maybe, under: maybe, over_unknown: z.number() }),
  limits: { seconds: 30 },
});
