import { z } from 'zod';
import { defineQuery } from '../client';
import { IS_FINE, IS_MISMATCH } from './invoices';
import { MATCHED_VERDICTS, SUPPLIER_NAMES } from './match';
import { bucket, IN_FACILITIES, scope } from './scope';

/** How well each supplier invoices: its lines of a range beside those of the span before it, and its course by month. */

const time = (name: string) => `{${name}:DateTime64(3, 'UTC')}`;
const LINES = `SELECT *, time >= ${time('from')} AS is_now, time >= ${time('before')} AS counts FROM match_verdicts
  WHERE NOT withdrawn AND time >= ${time('since')} AND time < ${time('to')} AND ${IN_FACILITIES} AND supplier != ''`;

/** As invoices_figures judges them: of the invoices on orders, those of which every line is fine. */
const INVOICES = `
  SELECT document_id, supplier, currency, ${bucket('month', 'min(time)')} AS month, max(is_now) AS of_now, max(counts) AS of_span, count() AS line_count, countIf(${IS_MISMATCH}) AS mismatched,
    max(known) AS on_order, countIf(${IS_FINE}) = count() AS all_fine, on_order AND (countIf(verdict = 'NOT_EVALUABLE') = 0 OR mismatched > 0) AS decided,
    countIf(has(findings, 'DUPLICATE')) AS repeated, sumIf(at_stake, ${IS_MISMATCH}) AS stake, countIf(${IS_MISMATCH} AND at_stake IS NULL) AS stake_unknown, sum(price_variance) AS dearer
  FROM (${LINES}) GROUP BY document_id, supplier, currency`;

/** An order line's variance stands on each of its invoice lines: it counts once. What awaits its receipt, or needs none, is left out. */
const PAST_RECEIPT = `
  SELECT supplier, currency, sumIf(variance, in_now) AS quantity_variance, sumIf(variance, NOT in_now) AS quantity_variance_before
  FROM (
    SELECT supplier, currency, order_id, order_line, is_now AS in_now, any(quantity_variance) AS variance FROM (${LINES})
    WHERE counts AND known AND qi > qr AND qr > 0 AND flow IN ('three-way', 'three-way-invoice-first', 'stock') GROUP BY supplier, currency, order_id, order_line, in_now
  ) GROUP BY supplier, currency`;

const text = z.string();
const maybe = z.string().nullable();
const n = z.number();

/**
 * One row per supplier and currency with an invoice in the range or the span before it (`…_before`). `months` are those since {since},
 * with the invoices on orders decided in each and how many of them were perfect. Money in `currency`.
 */
export const supplierScores = defineQuery({
  name: 'invoices_suppliers',
  sql: `WITH ${MATCHED_VERDICTS}
    SELECT supplier, if(supplier_name = '', supplier, supplier_name) AS name, currency, lines, lines_before, invoices, decided, perfect, decided_before, perfect_before, mismatched, mismatched_before, duplicates, duplicates_before,
      at_stake, at_stake_before, value_unknown, price_variance, price_variance_before, ifNull(past.quantity_variance, 0) AS quantity_variance, ifNull(past.quantity_variance_before, 0) AS quantity_variance_before, months, month_decided, month_perfect
    FROM (
      SELECT supplier, currency, sum(s.1) AS lines, sum(s.2) AS lines_before, sum(s.3) AS invoices, sum(s.4) AS decided, sum(s.5) AS perfect, sum(s.6) AS decided_before, sum(s.7) AS perfect_before, sum(s.8) AS mismatched, sum(s.9) AS mismatched_before,
        sum(s.10) AS duplicates, sum(s.11) AS duplicates_before, sum(stake_now) AS at_stake, sum(stake_before) AS at_stake_before, sum(s.12) AS value_unknown, sum(dearer_now) AS price_variance, sum(dearer_before) AS price_variance_before,
        arraySort(groupArray((toString(month), s.13, s.14))) AS by_month, by_month.1 AS months, by_month.2 AS month_decided, by_month.3 AS month_perfect
      FROM (
        SELECT supplier, currency, month,
          (sumIf(line_count, of_now), sumIf(line_count, of_span AND NOT of_now), countIf(of_now), countIf(of_now AND decided), countIf(of_now AND decided AND all_fine), countIf(of_span AND NOT of_now AND decided), countIf(of_span AND NOT of_now AND decided AND all_fine),
            sumIf(mismatched, of_now), sumIf(mismatched, of_span AND NOT of_now), sumIf(repeated, of_now), sumIf(repeated, of_span AND NOT of_now), sumIf(stake_unknown, of_now), countIf(decided), countIf(decided AND all_fine)) AS s,
          sumIf(stake, of_now) AS stake_now, sumIf(stake, of_span AND NOT of_now) AS stake_before, sumIf(dearer, of_now) AS dearer_now, sumIf(dearer, of_span AND NOT of_now) AS dearer_before
        FROM (${INVOICES}) GROUP BY supplier, currency, month
      ) GROUP BY supplier, currency HAVING lines + lines_before > 0
    ) AS score
    LEFT JOIN (${PAST_RECEIPT}) AS past USING (supplier, currency)
    LEFT JOIN (${SUPPLIER_NAMES}) AS names USING (supplier)
    ORDER BY mismatched DESC, lines DESC, supplier, currency`,
  params: z.object({ ...scope, before: z.date(), since: z.date(), zone: text }),
  row: z.object({
    supplier: text, name: text, currency: text, lines: n, lines_before: n, invoices: n, decided: n, perfect: n, decided_before: n, perfect_before: n, mismatched: n, mismatched_before: n, duplicates: n, duplicates_before: n,
    at_stake: maybe, at_stake_before: maybe, value_unknown: n, price_variance: maybe, price_variance_before: maybe, quantity_variance: maybe, quantity_variance_before: maybe,
    months: z.array(text), month_decided: z.array(n), month_perfect: z.array(n),
  }),
  limits: { seconds: 30 },
});
export type SupplierScore = z.output<typeof supplierScores.definition.row>;
