import { z } from 'zod';
import { eventsPerStep } from '@/clickhouse/queries/overview';
import { resolveFilters } from '../filters';
import { filtersInput } from '../range';
import { procedure, router } from '../trpc/init';

export const overviewRouter = router({
  perStep: procedure('overview:read')
    .input(z.object({ filters: filtersInput }))
    .query(async ({ ctx, input }) => {
      const { from, to, facilityList, zone, step } = await resolveFilters(ctx, input.filters);
      const rows = await eventsPerStep[step](ctx.store, { from, to, facilities: facilityList, zone });
      return { rows, from, to, zone, step };
    }),
});
