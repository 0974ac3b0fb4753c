import { z } from 'zod';
import { SLA_KEYS } from '@/clickhouse/queries/sla';
import { resolveFilters } from '../filters';
import { filtersInput } from '../range';
import { slaVersion } from '../rules/sla';
import { SLA_PARTS, slaDetail, slaResults } from '../sla/report';
import { procedure, router } from '../trpc/init';

export const slaRouter = router({
  /** Figures against their targets; those that stand on the three-way match are a part of their own. */
  report: procedure('sla:read')
    .input(z.object({ filters: filtersInput, part: z.enum(SLA_PARTS) }))
    .query(async ({ ctx, input }) => {
      const filters = await resolveFilters(ctx, input.filters);
      return { figures: await slaResults(ctx, filters, input.part), from: filters.from, to: filters.to, zone: filters.zone, version: slaVersion() };
    }),

  /** One figure: by facility, over time, with its formula. */
  figure: procedure('sla:read')
    .input(z.object({ filters: filtersInput, key: z.enum(SLA_KEYS) }))
    .query(async ({ ctx, input }) => {
      const filters = await resolveFilters(ctx, input.filters);
      return { ...(await slaDetail(ctx, filters, input.key)), from: filters.from, to: filters.to, zone: filters.zone };
    }),
});
