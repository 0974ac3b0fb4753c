import Decimal from 'decimal.js';
import { z } from 'zod';
import { AGE_BANDS, receiptCounts, unmatchedBreakdown } from '@/clickhouse/queries/receipts';
import { resolveFilters } from '../filters';
import { matchQuery } from '../match/params';
import { filtersInput } from '../range';
import { procedure, router } from '../trpc/init';

const SHOWN_SUPPLIERS = 10;

/** Sums of money per currency, as decimal strings. */
function perCurrency(rows: readonly { currency: string; value_sum: string | null }[]): { currency: string; value: string }[] {
  const sums = new Map<string, Decimal>();
  for (const { currency, value_sum } of rows) if (value_sum !== null) sums.set(currency, (sums.get(currency) ?? new Decimal(0)).plus(value_sum));
  return [...sums].sort(([a], [b]) => a.localeCompare(b)).map(([currency, value]) => ({ currency, value: value.toFixed() }));
}
const count = (rows: readonly { lines: number }[]) => rows.reduce((sum, row) => sum + row.lines, 0);

export const receiptsRouter = router({
  /** Open receipt lines by age, supplier and currency. */
  unmatched: procedure('receipts:read')
    .input(z.object({ filters: filtersInput }))
    .query(async ({ ctx, input }) => {
      const filters = await resolveFilters(ctx, input.filters);
      const [rows, [counts]] = await Promise.all([
        unmatchedBreakdown(ctx.store, await matchQuery(ctx, filters)),
        receiptCounts(ctx.store, { from: filters.from, to: filters.to, facilities: filters.facilityList }),
      ]);
      const suppliers = [...new Set(rows.map((row) => row.supplier))].map((supplier) => {
        const own = rows.filter((row) => row.supplier === supplier);
        return { supplier, name: own[0]?.name || supplier || 'no supplier named', lines: count(own), values: perCurrency(own) };
      });
      return {
        counts: counts ?? { confirmed: 0, reversed: 0, returned: 0 },
        lines: count(rows), receipts: rows.reduce((sum, row) => sum + row.receipts, 0),
        values: perCurrency(rows), valueUnknown: rows.reduce((sum, row) => sum + row.value_unknown, 0),
        withoutOrder: count(rows.filter((row) => row.state === 'no-order')),
        overdue: count(rows.filter((row) => row.band !== AGE_BANDS[0] && row.band !== AGE_BANDS[1])),
        oldest: rows.map((row) => row.oldest).sort()[0] ?? null,
        bands: AGE_BANDS.map((band) => ({ band, lines: count(rows.filter((row) => row.band === band)), values: perCurrency(rows.filter((row) => row.band === band)) })),
        suppliers: suppliers.sort((a, b) => b.lines - a.lines || a.name.localeCompare(b.name)).slice(0, SHOWN_SUPPLIERS),
      };
    }),
});
