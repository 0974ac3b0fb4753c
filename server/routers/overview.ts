import { z } from 'zod';
import { invoiceFigures } from '@/clickhouse/queries/invoices';
import { eventCount, eventsPerStep, recordedCounts } from '@/clickhouse/queries/overview';
import { bucketStart } from '../exceptions/buckets';
import { resolveFilters } from '../filters';
import { lineageCompleteness } from '../lineage/completeness';
import { newestEvent, streamsHealth } from '../overview/pipeline';
import { filtersInput } from '../range';
import { procedure, router } from '../trpc/init';

const ranged = z.object({ filters: filtersInput });

export const overviewRouter = router({
  /** Events of the range per bucket. */
  perStep: procedure('overview:read')
    .input(ranged)
    .query(async ({ ctx, input }) => {
      const { from, to, facilityList, zone, step } = await resolveFilters(ctx, input.filters);
      const rows = await eventsPerStep[step](ctx.store, { from, to, facilities: facilityList, zone });
      return { rows, from, to, zone, step };
    }),

  /** The product's own health: what was recorded last, what waits on the streams, what could not be read. */
  pipeline: procedure('overview:read')
    .input(ranged)
    .query(async ({ ctx, input }) => {
      const { from, recordedTo, facilityList, zone } = await resolveFilters(ctx, input.filters);
      const now = new Date();
      const span = { facilities: facilityList };
      const midnight = new Date(bucketStart(now.getTime(), 'day', zone));
      const [newest, [recorded], [today], streams] = await Promise.all([
        newestEvent(ctx.store),
        recordedCounts(ctx.store, { ...span, from, to: recordedTo }),
        eventCount(ctx.store, { ...span, from: midnight, to: now }),
        streamsHealth(),
      ]);
      const letters = recorded?.letters ?? 0;
      const messages = letters + (recorded?.events ?? 0);
      return { now, zone, newest, today: today?.events ?? 0, letters, share: messages === 0 ? null : letters / messages, streams };
    }),

  /** Invoices of the range and those with at least one line that does not match. */
  invoices: procedure('invoices:read')
    .input(ranged)
    .query(async ({ ctx, input }) => {
      const { from, to, facilityList } = await resolveFilters(ctx, input.filters);
      const [figures] = await invoiceFigures(ctx.store, { from, to, facilities: facilityList });
      return { invoices: figures?.invoices ?? 0, exceptions: figures?.exceptions ?? 0, lines: figures?.mismatched_lines ?? 0 };
    }),

  /** Closed chains with every required stage, of those that began in the range. */
  completeness: procedure('lineage:read')
    .input(ranged)
    .query(async ({ ctx, input }) => {
      const { from, to, facilityList } = await resolveFilters(ctx, input.filters);
      const { complete, closed, ratio, open } = await lineageCompleteness(ctx.store, { from, to, facilities: facilityList });
      return { complete, closed, ratio, open };
    }),
});
