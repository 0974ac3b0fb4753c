import { DAY_OF, FACTOR } from './match-facts';
import { CONTRACTS } from './sla-units';

/**
 * What a contract that an order names says of the price, in one place: for the page of invoices and the figure price accuracy.
 * SQL text.
 */

/** Day of an order, in its facility's zone. */
export const ORDERED_ON = `coalesce(business_date, ${DAY_OF('time', 'facility')})`;

/** Prices of each contract and item: those for some facilities after those for every one, each in the order of their days. */
export const AGREED_VERSIONS = `SELECT contract, item, arraySort(v -> (v.places != [], v.since), groupArray(CAST((since, until, places, uom, currency, assumeNotNull(price)), 'Tuple(since Int32, until Int32, places Array(String), uom String, currency String, price Decimal(38, 6))'))) AS versions
  FROM (${CONTRACTS}) WHERE price > 0 AND contract != '' AND item != '' GROUP BY contract, item`;

/**
 * The price in force on a day at a facility in a currency, per a unit; NULL where there is none, or no pack factor between the
 * units. Of several the one in that very unit is meant, of those the facility's own, of those the latest. Each is an expression.
 */
export function agreedPrice({ versions, packs, day, facility, currency, uom }: Record<'versions' | 'packs' | 'day' | 'facility' | 'currency' | 'uom', string>): string {
  const valid = `arrayFilter(v -> v.since <= toInt32(${day}) AND toInt32(${day}) <= v.until AND (empty(v.places) OR has(v.places, ${facility})) AND v.currency = ${currency}, ${versions})`;
  const meant = `arrayLast(v -> 1, arraySort(v -> v.uom = ${uom}, ${valid}))`;
  const factor = (of: string) => `toDecimal256(${FACTOR(packs, of, day)}, 4)`;
  return `if(empty(${valid}), NULL, if(${meant}.uom = ${uom}, toNullable(toDecimal256(${meant}.price, 14)), toDecimal256(${meant}.price, 10) * ${factor(uom)} / ${factor(`${meant}.uom`)}))`;
}
