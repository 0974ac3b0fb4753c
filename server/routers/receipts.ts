import Decimal from 'decimal.js';
import { z } from 'zod';
import { accrualRollForward } from '@/clickhouse/queries/accruals';
import { AGE_BANDS } from '@/clickhouse/queries/receipts';
import { resolveFilters } from '../filters';
import { matchQuery, receiptQueries } from '../match/params';
import { filtersInput } from '../range';
import { procedure, router } from '../trpc/init';

const SHOWN_SUPPLIERS = 10;
const OLD_BANDS: readonly string[] = AGE_BANDS.slice(2);

type Row = { lines: number; currency: string; value: string | null; value_unknown: number };

/** Sums of money per currency, as decimal strings. */
function perCurrency(rows: readonly Row[]): { currency: string; value: string }[] {
  const sums = new Map<string, Decimal>();
  for (const { currency, value } of rows) if (value !== null) sums.set(currency, (sums.get(currency) ?? new Decimal(0)).plus(value));
  return [...sums].sort(([a], [b]) => a.localeCompare(b)).map(([currency, value]) => ({ currency, value: value.toFixed() }));
}
const count = (rows: readonly Row[]) => rows.reduce((sum, row) => sum + row.lines, 0);

export const receiptsRouter = router({
  /** Accruals of each month that the range touches, per currency: opening, added by receipts, cleared by invoices, closing, and what was posted. */
  rollForward: procedure('receipts:read')
    .input(z.object({ filters: filtersInput }))
    .query(async ({ ctx, input }) => {
      const filters = await resolveFilters(ctx, input.filters);
      const { facilities, zones, zone } = await matchQuery(ctx, filters);
      const day = (at: Date) => new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' }).format(at);
      return { zone, months: await accrualRollForward(ctx.store, { from: day(filters.from), to: day(filters.to), facilities, zones, zone }) };
    }),
  /** Receipt lines open as of the end of the range, by age, supplier and currency. */
  unmatched: procedure('receipts:read')
    .input(z.object({ filters: filtersInput }))
    .query(async ({ ctx, input }) => {
      const filters = await resolveFilters(ctx, input.filters);
      const { breakdown } = await receiptQueries(ctx, filters);
      const rows = await breakdown(ctx.store, await matchQuery(ctx, filters));
      const of = (grouping: string, orphans: boolean) => rows.filter((row) => row.grouping === grouping && (row.state === 'no_order') === orphans);
      const open = of('state', false);
      const suppliers = [...new Set(of('supplier', false).map((row) => row.supplier))].map((supplier) => {
        const own = of('supplier', false).filter((row) => row.supplier === supplier);
        return { supplier, name: own[0]?.name || supplier || 'no supplier named', lines: count(own), values: perCurrency(own) };
      });
      const bands = AGE_BANDS.map((band) => ({ band, own: of('band', false).filter((row) => row.band === band) }));
      return {
        asOf: filters.to, zone: filters.zone,
        lines: count(open), untold: count(open.filter((row) => row.state === 'untold')),
        values: perCurrency(open), valueUnknown: open.reduce((sum, row) => sum + row.value_unknown, 0),
        withoutOrder: count(of('state', true)),
        old: count(bands.filter(({ band }) => OLD_BANDS.includes(band)).flatMap(({ own }) => own)),
        oldest: open.map((row) => row.oldest).sort()[0] ?? null,
        bands: bands.map(({ band, own }) => ({ band: `${band.replace('-', '–').replace('91+', 'over 90')} days`, lines: count(own), values: perCurrency(own) })),
        suppliers: suppliers.sort((a, b) => b.lines - a.lines || a.name.localeCompare(b.name)).slice(0, SHOWN_SUPPLIERS),
      };
    }),
});
