import Decimal from 'decimal.js';
import { z } from 'zod';
import { AGE_BANDS, supplierContact } from '@/clickhouse/queries/receipts';
import { resolveFilters } from '../filters';
import { receiptsAt } from '../match/params';
import { invoiceRequest } from '../receipts/message';
import { filtersInput } from '../range';
import { refusal } from '../trpc/errors';
import { procedure, router } from '../trpc/init';

const SHOWN = 10;
/** More lines than this are no message. */
const LINES_IN_MESSAGE = 100;
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
  /** Receipt lines open as of the end of the range, by age, supplier and currency. */
  unmatched: procedure('receipts:read')
    .input(z.object({ filters: filtersInput }))
    .query(async ({ ctx, input }) => {
      const filters = await resolveFilters(ctx, input.filters);
      const { queries, params } = await receiptsAt(ctx, filters);
      const rows = await queries.breakdown(ctx.store, params);
      const of = (grouping: string, orphans: boolean) => rows.filter((row) => row.grouping === grouping && (row.state === 'no_order') === orphans);
      const open = of('state', false);
      const by = (grouping: 'supplier' | 'facility' | 'buyer') => [...new Set(of(grouping, false).map((row) => row.who))].map((who) => {
        const own = of(grouping, false).filter((row) => row.who === who);
        return { who, name: own[0]?.name || who || `no ${grouping} named`, lines: count(own), values: perCurrency(own) };
      }).sort((a, b) => b.lines - a.lines || a.name.localeCompare(b.name));
      const bands = AGE_BANDS.map((band) => ({ band, own: of('band', false).filter((row) => row.band === band) }));
      return {
        asOf: filters.to, zone: filters.zone,
        lines: count(open), untold: count(open.filter((row) => row.state === 'untold')),
        values: perCurrency(open), valueUnknown: open.reduce((sum, row) => sum + row.value_unknown, 0),
        withoutOrder: count(of('state', true)),
        old: count(bands.filter(({ band }) => OLD_BANDS.includes(band)).flatMap(({ own }) => own)),
        oldest: open.map((row) => row.oldest).sort()[0] ?? null,
        bands: bands.map(({ band, own }) => ({ age: band, band: `${band.replace('-', '–').replace('91+', 'over 90')} days`, lines: count(own), values: perCurrency(own) })),
        suppliers: by('supplier'), facilities: by('facility').slice(0, SHOWN), buyers: by('buyer'),
      };
    }),
  /** A message to a supplier that asks for the invoices of what it delivered, oldest receipt first. */
  message: procedure('receipts:read')
    .input(z.object({ filters: filtersInput, supplier: z.string().min(1).max(200) }))
    .query(async ({ ctx, input: { supplier, ...input } }) => {
      const filters = await resolveFilters(ctx, input.filters);
      const { queries, params } = await receiptsAt(ctx, filters);
      const [[known], waiting] = await Promise.all([
        supplierContact(ctx.store, { supplier }),
        queries.unmatched.page(ctx.store, { ...params, view: 'open', band: '', supplier, buyer: '' }, { limit: LINES_IN_MESSAGE, offset: 0 }),
      ]);
      if (waiting.total === 0) throw refusal('not_found', 'No receipt of this supplier waits for an invoice.');
      const to = { name: known?.name || supplier, contact: known?.contact ?? '' };
      return { ...to, ...invoiceRequest(to, waiting.rows, waiting.total) };
    }),
});
