import { z } from 'zod';
import { incidentCounts } from '@/clickhouse/queries/alerts';
import { incidentState } from '../alerts/states';
import { resolveFilters } from '../filters';
import { ActedBefore, natsConnection, publishOps, readable } from '../ops/publish';
import { filtersInput } from '../range';
import { ALERT_RULES, alertSettings, type AlertRule } from '../rules/alerts';
import type { Party } from '../rules/raci';
import { raciFor } from '../rules/raci-table';
import { refusal } from '../trpc/errors';
import { procedure, router } from '../trpc/init';
import { scopedFacilities } from '../trpc/scope';

export const alertsRouter = router({
  /** Incidents that are open, and those that ended in the range. */
  summary: procedure('alerts:read')
    .input(z.object({ filters: filtersInput }))
    .query(async ({ ctx, input }) => {
      const { from, facilityList } = await resolveFilters(ctx, input.filters);
      const counts = await incidentCounts(ctx.store, { from, to: new Date(), facilities: facilityList });
      const total = (keep: (row: (typeof counts)[number]) => boolean) => counts.filter(keep).reduce((sum, row) => sum + row.incidents, 0);
      const rules = [...new Set(counts.map((row) => row.rule))].map((rule) => ({
        rule,
        firing: total((row) => row.rule === rule && row.state === 'firing'),
        acknowledged: total((row) => row.rule === rule && row.state === 'acknowledged'),
        recovered: total((row) => row.rule === rule && row.state === 'recovered'),
      }));
      const owners = Object.fromEntries(ALERT_RULES.map((type) => [type, raciFor({ type, facility: input.filters.facility }).responsible])) as Record<AlertRule, Party>;
      return {
        firing: total((row) => row.state === 'firing'),
        pages: total((row) => row.state === 'firing' && row.severity === 'page'),
        acknowledged: total((row) => row.state === 'acknowledged'),
        recovered: total((row) => row.state === 'recovered'),
        rules, settings: alertSettings(), owners,
      };
    }),

  /** Says that somebody takes an incident on. The second of two is told. */
  acknowledge: procedure('alerts:read')
    .input(z.object({ incident: z.string().min(1).max(400), opening: z.number().int().min(1), comment: z.string().max(500).default('') }))
    .mutation(async ({ ctx, input }) => {
      const nats = await natsConnection();
      const state = await incidentState(nats, input.incident);
      if (!state) throw refusal('not_found', 'There is no such incident.');
      scopedFacilities(ctx, state.facility || undefined);
      if (!state.open || state.revision !== input.opening) throw refusal('conflict', 'The incident has ended in the meantime.');
      if (state.acknowledged) throw refusal('conflict', 'Somebody else has taken it on already.');
      try {
        const sequence = await publishOps(nats, {
          type: 'ops.alert.acknowledged.v1', expectedSequence: state.sequence,
          data: {
            document: { id: input.incident, revision: state.revision }, rule: state.rule, title: state.title, actor: { kind: 'human', id: ctx.viewer.id },
            ...(state.facility ? { facility: state.facility } : {}), ...(input.comment ? { comment: input.comment } : {}),
          },
        });
        return { pending: !(await readable(ctx.store, sequence)) };
      } catch (error) {
        if (error instanceof ActedBefore) throw refusal('conflict', error.message);
        throw error;
      }
    }),
});
