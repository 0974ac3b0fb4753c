import Decimal from 'decimal.js';
import { z } from 'zod';
import { eventPayload } from '@/clickhouse/queries/lineage';
import { STAGES } from '@/clickhouse/queries/lineage-chains';
import { lineageFlow } from '@/clickhouse/queries/lineage-completeness';
import { resolveFilters } from '../filters';
import { clocksAt, completenessOf, ratioOf, totalsOfFlow, type FlowRow } from '../lineage/completeness';
import { objectView } from '../lineage/object';
import { search } from '../lineage/search';
import { auditOpening } from '../ops/audit';
import { filtersInput } from '../range';
import { refusal } from '../trpc/errors';
import { procedure, router } from '../trpc/init';
import { scopedFacilities } from '../trpc/scope';

/** What a chain of stock usage goes through. */
const STOCK_STAGES = ['usage', 'posting'] as const;

export const lineageRouter = router({
  /** Objects that a typed or scanned key leads to. */
  search: procedure('lineage:read')
    .input(z.object({ q: z.string().trim().min(1).max(400) }))
    .query(({ ctx, input }) => search(ctx.store, input.q, scopedFacilities(ctx) ?? [])),

  /** The page of an object: chain, document, context object, or unknown. */
  object: procedure('lineage:read')
    .input(z.object({ type: z.string().min(1).max(60), id: z.string().min(1).max(500), siblings: z.boolean().default(false) }))
    .query(({ ctx, input }) => objectView(ctx.store, { type: input.type, id: input.id }, scopedFacilities(ctx) ?? [], input.siblings)),

  /** The network's chains of a range: per stage, per flow type, and how complete they are. */
  flow: procedure('lineage:read')
    .input(z.object({ filters: filtersInput }))
    .query(async ({ ctx, input }) => {
      const { from, to, facilityList: facilities, zone } = await resolveFilters(ctx, input.filters);
      const clocks = await clocksAt(ctx.store);
      const span = { from, to, facilities, ...clocks };
      const stages = await lineageFlow(ctx.store, span);
      const totals = totalsOfFlow(stages);
      const flows = [...new Set(totals.map((row) => row.flow_type))].map((flow) => ({
        flow,
        ...completenessOf(totals.filter((row) => row.flow_type === flow), clocks.now),
      }));
      return {
        from, to, zone, completeness: completenessOf(totals, clocks.now), flows: flows.sort((a, b) => b.chains - a.chains), bought: STAGES.map((stage) => stageOf(stage, stages.filter((row) => row.flow === 'bought'))),
        stock: STOCK_STAGES.map((stage) => stageOf(stage, stages.filter((row) => row.flow === 'stock'))),
      };
    }),

  /** The payload of one event. Whoever opens it leaves an audit record first; without that it stays shut. */
  payload: procedure('payload:read')
    // A hash in the form of a UUID, so without the bits that name a version.
    .input(z.object({ eventKey: z.guid(), time: z.iso.datetime() }))
    .mutation(async ({ ctx, input }) => {
      const [event] = await eventPayload(ctx.store, { event_key: input.eventKey, time: new Date(input.time), facilities: scopedFacilities(ctx) ?? [] });
      if (!event) throw refusal('not_found', 'This event is not recorded at the facilities that you may see.');
      await auditOpening(ctx.viewer, event.event_key, event.facility);
      return event;
    }),
});

/** One stage of what is bought, or of stock, over all currencies: how many chains are in which state, and what they are worth per currency. */
function stageOf(stage: string, rows: readonly FlowRow[]) {
  const own = rows.filter((row) => row.stage === stage);
  const count = (...states: string[]) => own.filter((row) => states.includes(row.state)).reduce((total, row) => total + row.chains, 0);
  const currencies = [...new Set(own.map((row) => row.currency))];
  const value = (currency: string, ...states: string[]) =>
    own.filter((row) => row.currency === currency && states.includes(row.state)).reduce((total, row) => total.plus(row.value ?? 0), new Decimal(0)).toString();
  const present = count('present');
  const dropped = count('overdue', 'orphan', 'unknown');
  return {
    stage,
    present,
    awaited: count('awaited'),
    overdue: count('overdue'),
    orphan: count('orphan'),
    unknown: count('unknown'),
    /** Reached ÷ chains that should have reached it by now; null where none should. */
    conversion: ratioOf(present, present + dropped),
    medianMs: own.find((row) => row.state === 'present' && row.median_ms !== null)?.median_ms ?? null,
    values: currencies.filter((currency) => currency !== '').sort().map((currency) => ({ currency, present: value(currency, 'present'), dropped: value(currency, 'overdue', 'orphan', 'unknown') })),
  };
}
