import Decimal from 'decimal.js';
import { z } from 'zod';
import { openOrderTotals, ORDER_FLAGS } from '@/clickhouse/queries/orders';
import { resolveFilters } from '../filters';
import { orderChoice } from '../lists/orders';
import { orderClocks } from '../orders/clocks';
import { filtersInput } from '../range';
import { procedure, router } from '../trpc/init';

const SHOWN_SUPPLIERS = 10;
const BANDS = ['0-7', '8-30', '31-60', '61-90', '91+', 'unknown'] as const;

type Row = Awaited<ReturnType<typeof openOrderTotals>>[number];

/** Lines and their money per currency. */
function sum(rows: readonly Row[]) {
  const sums = new Map<string, Decimal>();
  for (const { currency, value } of rows) if (value !== null) sums.set(currency, (sums.get(currency) ?? new Decimal(0)).plus(value));
  return {
    lines: rows.reduce((n, row) => n + row.lines, 0), unpriced: rows.reduce((n, row) => n + row.unpriced, 0),
    values: [...sums].sort(([a], [b]) => a.localeCompare(b)).map(([currency, value]) => ({ currency, value: value.toFixed() })),
  };
}

export const ordersRouter = router({
  /** Open order lines, whatever their age: all of them, and by what is said of them. The time range does not narrow it. */
  open: procedure('orders:read')
    .input(z.object({ filters: filtersInput, ...orderChoice }))
    .query(async ({ ctx, input: { filters, ...chosen } }) => {
      const { facilityList, zone } = await resolveFilters(ctx, filters);
      const clocks = await orderClocks(ctx.store);
      const rows = await openOrderTotals(ctx.store, { ...chosen, facilities: facilityList, ...clocks });
      const of = (grouping: string) => rows.filter((row) => row.grouping === grouping);
      const ages = of('flag').filter((row) => row.flag === '' && row.oldest !== null).map((row) => row.oldest ?? 0);
      const suppliers = [...new Set(of('supplier').map((row) => row.supplier))].map((supplier) => {
        const own = of('supplier').filter((row) => row.supplier === supplier);
        return { supplier, name: own[0]?.name || supplier || 'no supplier named', ...sum(own) };
      });
      return {
        asOf: clocks.now, zone, acknowledgementDays: clocks.acknowledgement_days, slackDays: clocks.promise_slack_days,
        ...sum(of('flag').filter((row) => row.flag === '')), oldest: ages.length > 0 ? Math.max(...ages) : null,
        flags: ORDER_FLAGS.map((flag) => ({ flag, ...sum(of('flag').filter((row) => row.flag === flag)) })),
        suppliers: suppliers.sort((a, b) => b.lines - a.lines || a.name.localeCompare(b.name)).slice(0, SHOWN_SUPPLIERS),
        bands: BANDS.map((band) => ({ band: band === 'unknown' ? 'age unknown' : `${band.replace('-', '–').replace('91+', 'over 90')} days`, ...sum(of('band').filter((row) => row.band === band)) })).filter((band) => band.lines > 0 || !band.band.includes('unknown')),
      };
    }),
});
