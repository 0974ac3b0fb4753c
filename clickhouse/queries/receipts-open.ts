import { OPEN_TOTALS } from './match';

/** What is kept of each receipt line with something open (`open_receipts`). Nothing here depends on the moment of asking. SQL text, for ./receipts.ts and ../open-work.ts. */

/** Money of a quantity in base units at the order's price. */
export const worth = (quantity: string) => `toDecimal256(round(if(ifNull(ko, 0) = 0, NULL, toDecimal256(${quantity}, 8) * toDecimal256(o_price, 6) / ifNull(nullIf(toDecimal256(ko, 8), 0), 1)), 4), 4)`;
export const ORDER_LINE_KEY = "if(order_id = '' OR order_line = '', order_id, concat(order_id, '/', replaceAll(replaceAll(order_line, '%', '%25'), '/', '%2F')))";

/** One row per receipt line with something open on these order lines (rows as `match_totals` has them). */
export const openReceipts = (totals: string) => `
  SELECT if(order_id = '', document_id, order_id) AS stands_under, object_id, document_id, order_id, order_line, ${ORDER_LINE_KEY} AS order_key, time, date, facility, supplier, currency, buyer, item, flow, unit, received, open, order_price, ${worth('open')} AS value, state
  FROM (
    SELECT order_id, order_line, v.object_id AS object_id, v.document_id AS document_id, v.time AS time, v.date AS date, if(v.facility = '', o_facility, v.facility) AS facility,
      if(o_supplier = '', v.supplier, o_supplier) AS supplier, o_currency AS currency, o_buyer AS buyer, if(v.item = '', o_item, v.item) AS item, flow, o_price AS order_price, o_price, ko,
      multiIf(same_unit, one_unit, arrayFirst((u, k) -> k = 1, mapKeys(arrayLast(p -> p.1 <= v.date, o_packs).2), mapValues(arrayLast(p -> p.1 <= v.date, o_packs).2))) AS unit,
      net AS received, if(nothing_invoiced OR NOT known, net, still_open) AS open,
      multiIf(NOT known, 'no_order', nothing_invoiced, 'open', still_open IS NULL, 'untold', 'open') AS state
    FROM (
      SELECT *, i_standing_count = 0 AS nothing_invoiced,
        arrayMap((n, through) -> if(r_unknown OR i_unknown, NULL, n - least(n, greatest(qi - (through - n), toDecimal128(0, 8)))), r_net, arrayCumSum(arrayMap(n -> ifNull(n, toDecimal128(0, 8)), r_net))) AS r_open
      FROM ${totals} WHERE notEmpty(r_net) AND (NOT known OR needs_receipt)
    )
    ARRAY JOIN r AS v, r_net AS net, r_open AS still_open, r_withdrawn AS withdrawn
    WHERE NOT withdrawn
  )
  WHERE state != 'open' OR ifNull(open > 0, 1)`;

export const OPEN_RECEIPT_COLUMNS = 'stands_under, object_id, document_id, order_id, order_line, order_key, time, date, facility, supplier, currency, buyer, item, flow, unit, received, open, order_price, value, state';
const OF_LONE = "substring(lone, 1, length(lone) - position(reverse(lone), '/'))";

/** As the last run of the match has it: one row per receipt line that is open, of those that stand under these (a condition on `stands_under`; on `order_id` it finds them by the key). */
export const openReceiptsNow = (which: string) => {
  const on = (column: string) => which.replaceAll('stands_under', column);
  return `
  WITH ${OPEN_TOTALS}
  SELECT ${OPEN_RECEIPT_COLUMNS} FROM (${openReceipts(`(SELECT * FROM match_totals WHERE (order_id = '' OR ${on('order_id')}) AND ${on(`if(order_id = '', ${OF_LONE}, order_id)`)})`)})`;
};
