import { z } from 'zod';
import { throughputByType, throughputLatency, throughputSeries } from '@/clickhouse/queries/throughput';
import { resolveFilters } from '../filters';
import { filtersInput } from '../range';
import { procedure, router } from '../trpc/init';

export const throughputRouter = router({
  /** Events and hand-overs per bucket, latency per bucket, events by type. */
  activity: procedure('throughput:read')
    .input(z.object({ filters: filtersInput }))
    .query(async ({ ctx, input }) => {
      const { from, to, facilityList: facilities, zone, step } = await resolveFilters(ctx, input.filters);
      const span = { from, to, facilities };
      const [series, latency, types] = await Promise.all([
        throughputSeries[step](ctx.store, { ...span, zone }),
        throughputLatency[step](ctx.store, { ...span, zone }),
        throughputByType(ctx.store, span),
      ]);
      return {
        from, to, zone, step, types,
        // Events that are no hand-over (a fact reported without outcome) are the rest of the bar.
        series: series.map((row) => ({ ...row, facts: row.events - row.succeeded - row.retrying - row.failed })),
        latency: latency.map(({ at, n, q: [p50, p95, p99] }) => ({ at, n, p50, p95, p99 })),
        totals: {
          events: sum(series.map((row) => row.events)),
          succeeded: sum(series.map((row) => row.succeeded)),
          failed: sum(series.map((row) => row.failed)),
          retrying: sum(series.map((row) => row.retrying)),
        },
      };
    }),
});

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
