/**
 * What is left of each receipt and invoice line once reversals, returns, cancellations and credits of quantity are
 * taken off, the totals Qr and Qi of each order line, and which invoices repeat others. SQL text, composed by match.ts.
 */
import { DUPLICATE_DAYS } from './match-rules';

const NONE = 'toDecimal128(0, 8)';
const sum = (quantities: string) => `arraySum(arrayMap(q -> ifNull(q, ${NONE}), ${quantities}))`;
// greatest and least leave NULL out and answer with the other value: where a quantity may be unknown it is asked first.

/** Running totals from the last element backwards, each with its own. */
const fromLast = (numbers: string) => `arrayReverse(arrayCumSum(arrayReverse(${numbers})))`;

/**
 * Steps that give, for receipts (r) or invoices (i), `<p>_net` (base units), `<p>_withdrawn` and whether the total is known.
 *
 * What names its line is taken from that line; what names only the order line is taken from the last lines first. A
 * reversal or cancellation without a quantity takes the whole line; a return or credit without one leaves the total unknown.
 */
function net(p: 'r' | 'i'): string[] {
  const off = (array: string, where: string) => `arrayFilter((x, kind, target, whole) -> kind = '${p}' AND ${where}, ${array}, f.kind, f.target, f.whole)`;
  return [
    `${off('f.target', "whole AND target != ''")} AS ${p}_whole, length(${off('f.target', "whole AND target = ''")}) AS ${p}_whole_last,
      ${sum(off('f_quantity', "NOT whole AND target = ''"))} AS ${p}_take_last, ${off('f.target', 'NOT whole')} AS ${p}_parts_of, ${off('f_quantity', 'NOT whole')} AS ${p}_parts`,
    `arrayMap(id -> NOT has(${p}_whole, id), ${p}.object_id) AS ${p}_standing`,
    `arrayMap((standing, later) -> NOT standing OR later <= ${p}_whole_last, ${p}_standing, ${fromLast(`${p}_standing`)}) AS ${p}_gone`,
    `arrayMap((id, q, gone) -> multiIf(gone, ${NONE}, q IS NULL, NULL, greatest(q - arraySum(arrayMap((t, part) -> if(t = id, ifNull(part, ${NONE}), ${NONE}), ${p}_parts_of, ${p}_parts)), ${NONE})),
        ${p}.object_id, ${p}_gross, ${p}_gone) AS ${p}_left`,
    `arrayMap((q, later) -> q - least(q, greatest(${p}_take_last - (later - ifNull(q, ${NONE})), ${NONE})), ${p}_left, ${fromLast(`arrayMap(q -> ifNull(q, ${NONE}), ${p}_left)`)}) AS ${p}_net`,
    `arrayMap((q, gone, gross) -> gone OR ifNull(q = 0 AND gross > 0, 0), ${p}_net, ${p}_gone, ${p}_gross) AS ${p}_withdrawn,
      arrayExists(q -> q IS NULL, ${p}_net) OR arrayExists(q -> q IS NULL, ${p}_parts) AS ${p}_unknown`,
  ];
}

/**
 * Steps from `match_lines` to `match_totals`: `qr` and `qi` (base units; NULL where a quantity is unknown, 0 where there is
 * no document), what is left of each line, and per invoice line the credit of price and the earlier line that it repeats
 * (`i_twin`, its place in `i`). `credit_unclear` 1: a credit does not say whether it is of quantity or of price, or how
 * much; `credit_dates`: when something was taken off invoices. No rule is asked: these hold whatever the limits are.
 */
export function totalSteps(): string[] {
  const receipts = net('r');
  const invoices = net('i');
  return [
    ...receipts.map((columns, n) => `${columns}, ${invoices[n]}`),
    `if(r_unknown, NULL, ${sum('r_net')}) AS qr, if(i_unknown, NULL, ${sum('i_net')}) AS qi,
      arrayCount(w -> NOT w, r_withdrawn) AS r_standing_count, arrayCount(w -> NOT w, i_withdrawn) AS i_standing_count, arrayLastIndex(w -> NOT w, i_withdrawn) AS i_last,
      arrayExists((kind, money, ambiguous) -> kind = 'u' OR (kind = 'p' AND (ambiguous OR money IS NULL)), f.kind, f.money, f.ambiguous) AS credit_unclear,
      arrayFilter((date, kind) -> kind != 'r', f.date, f.kind) AS credit_dates, arrayEnumerate(i_net) AS i_n, i.date AS i_date, i.object_id AS i_id, f.money AS f_money,
      arrayMap((kind, target) -> if(kind = 'p', if(target = '', ' ', target), ''), f.kind, f.target) AS f_price_of,
      arrayMap((q, price, amount) -> ifNull(toString(coalesce(toDecimal256(q, 4) * toDecimal256(price, 6), toDecimal256(amount, 10))), ''), i.quantity, i.price, i.amount) AS i_stated,
      arrayMap((gone, number) -> NOT gone AND NOT number, i_withdrawn, i.same_number) AS i_candidate`,
    `arrayMap((id, n) -> arraySum(arrayMap((of, money) -> if(of = id OR (of = ' ' AND n = i_last), ifNull(money, toDecimal256(0, 10)), toDecimal256(0, 10)), f_price_of, f_money)), i_id, i_n) AS i_credit,
      arrayMap((worth, q, candidate) -> if(candidate AND known AND worth != '' AND q IS NOT NULL, concat(worth, ' ', toString(q)), ''), i_stated, i_gross, i_candidate) AS i_same`,
    "arrayMap((same, n) -> if(same = '', 0, arrayLastIndex(x -> x = same, arraySlice(i_same, 1, n - 1))), i_same, i_n) AS i_twin",
    'arrayMap(twin -> i_date[twin], i_twin) AS i_twin_date',
  ];
}

const counted = (which: string) => `arrayMap((q, counts) -> if(counts, ifNull(q, ${NONE}), ${NONE}), i_net, ${which})`;
const unknown = (which: string) => `arrayMap((q, counts) -> toUInt32(counts AND q IS NULL), i_net, ${which})`;

/**
 * Steps from `match_totals` on, by the rules: per invoice line the version that it is judged by, whether it repeats an
 * earlier one (`i_same_line`), and the quantity invoiced up to it (`i_running`, without duplicates).
 *
 * @param version of a business date
 */
export function duplicateSteps(version: (date: string) => string): string[] {
  return [
    `arrayMap(date -> ${version('date')}, i.date) AS i_version, arrayMap((gone, number) -> NOT gone AND NOT number, i_withdrawn, i.same_number) AS i_candidate,
      if(needs_receipt AND flow != 'three-way-invoice-first', qr, qo) AS room`,
    // Duplicates by number must not use up the quantity of the others; then duplicates by line, quantity and amount …
    `arrayCumSum(${counted('i_candidate')}) AS i_through, arrayCumSum(${unknown('i_candidate')}) AS i_through_unknown`,
    `arrayMap((twin, at, date, through, unknown, version) -> twin > 0 AND dateDiff('day', at, date) <= ${DUPLICATE_DAYS('version')} AND unknown = 0 AND ifNull(through > room, 0)
        AND NOT arrayExists(d -> d >= at AND d <= date, credit_dates), i_twin, i_twin_date, i.date, i_through, i_through_unknown, i_version) AS i_same_line`,
    // … then what each line adds to the quantity invoiced before it.
    'arrayMap((candidate, same) -> candidate AND NOT same, i_candidate, i_same_line) AS i_counts',
    `${counted('i_counts')} AS i_own, ${unknown('i_counts')} AS i_own_unknown`,
    'arrayMap((q, own, through, unknown) -> if(unknown > 0, NULL, through - own + q), i_net, i_own, arrayCumSum(i_own), arrayCumSum(i_own_unknown)) AS i_running',
  ];
}
