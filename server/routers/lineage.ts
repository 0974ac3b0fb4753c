import { z } from 'zod';
import { eventPayload } from '@/clickhouse/queries/lineage';
import { resolveFilters } from '../filters';
import { flowOf, frozenDay, frozenOf, knownAt, overTimeOf, variantsOf } from '../lineage/flow';
import { clockNow } from '../lineage/completeness';
import { flowInput } from '../lineage/flow-input';
import { inferredOf } from '../lineage/inferred';
import { objectView } from '../lineage/object';
import { search } from '../lineage/search';
import { usualOf } from '../lineage/usual';
import { auditOpening } from '../ops/audit';
import { filtersInput } from '../range';
import { refusal } from '../trpc/errors';
import { procedure, router } from '../trpc/init';
import { scopedFacilities } from '../trpc/scope';

const MOST_EXACT_MS = 366 * 86_400_000;
const narrowed = z.object({ filters: filtersInput, narrow: flowInput.default({}) });

export const lineageRouter = router({
  /** Objects that a typed or scanned key leads to. */
  search: procedure('lineage:read')
    .input(z.object({ q: z.string().trim().min(1).max(400) }))
    .query(({ ctx, input }) => search(ctx.store, input.q, scopedFacilities(ctx) ?? [])),

  /** The page of an object: chain, document, context object, or unknown. */
  object: procedure('lineage:read')
    .input(z.object({ type: z.string().min(1).max(60), id: z.string().min(1).max(500), siblings: z.boolean().default(false), inferred: z.boolean().default(false), asOf: z.iso.datetime().optional() }))
    .query(({ ctx, input }) => objectView(ctx.store, { type: input.type, id: input.id }, scopedFacilities(ctx) ?? [], { siblings: input.siblings, inferred: input.inferred, knownAt: input.asOf ? new Date(input.asOf) : undefined })),

  /** The network's chains of a range: per stage, per flow type, and how complete they are. */
  flow: procedure('lineage:read')
    .input(narrowed)
    .query(async ({ ctx, input }) => {
      const range = await resolveFilters(ctx, input.filters);
      return { from: range.from, to: range.to, zone: range.zone, ...(await flowOf(ctx, range, input.narrow)) };
    }),

  /** Completeness by when the chains began, and as it was known at the end of each day. */
  overTime: procedure('lineage:read')
    .input(narrowed)
    .query(async ({ ctx, input }) => {
      const range = await resolveFilters(ctx, input.filters);
      const [began, frozen] = await Promise.all([overTimeOf(ctx, range, input.narrow), frozenOf(ctx, range)]);
      return { from: range.from, to: range.to, zone: range.zone, step: range.step, ...began, frozen };
    }),

  /** One day as it was frozen at its end; null where no such day is frozen. */
  asKnown: procedure('lineage:read')
    .input(z.object({ filters: filtersInput, day: z.iso.date() }))
    .query(async ({ ctx, input }) => {
      const { facilityList } = await resolveFilters(ctx, input.filters);
      return frozenDay(ctx, facilityList, input.day);
    }),

  /** The range's chains as they were known at a moment, worked out from the log: exact, and slower than a frozen day. */
  knownAt: procedure('lineage:read')
    .input(z.object({ filters: filtersInput, at: z.iso.datetime({ offset: true }) }))
    .query(async ({ ctx, input }) => {
      const range = await resolveFilters(ctx, input.filters);
      const at = new Date(input.at);
      if (at > new Date()) throw refusal('bad_input', 'This moment has not come yet: nobody knows what will be known then.');
      if (range.from >= at) throw refusal('bad_input', 'The range begins after this moment: choose a later moment, or an earlier range.');
      if (range.to.getTime() - range.from.getTime() > MOST_EXACT_MS) throw refusal('bad_input', 'This works for at most a year: narrow the range.');
      return { ...(await knownAt(ctx, range, at)), from: range.from, to: range.to };
    }),

  /** The most common paths that the chains take. */
  variants: procedure('lineage:read')
    .input(narrowed)
    .query(async ({ ctx, input }) => variantsOf(ctx, await resolveFilters(ctx, input.filters), input.narrow)),

  /** Relations of a chain's documents that nobody stated. */
  inferred: procedure('lineage:read')
    .input(z.object({ nodes: z.array(z.object({ type: z.string().min(1).max(60), id: z.string().min(1).max(500) })).max(2_000) }))
    .query(({ ctx, input }) => inferredOf(ctx.store, input.nodes, scopedFacilities(ctx) ?? [])),

  /** How long the stages of chains like this one usually take. */
  usual: procedure('lineage:read')
    .input(z.object({ facility: z.string().max(200), supplier: z.string().max(200), flow: z.string().max(60) }))
    .query(async ({ ctx, input }) => {
      const allowed = scopedFacilities(ctx);
      // What is usual elsewhere is the network's business, not that of one who may see one site.
      if (allowed && !allowed.includes(input.facility)) return [];
      const times = await usualOf(ctx.store, input, await clockNow(ctx.store));
      return allowed ? times.filter(({ of }) => of !== 'flow') : times;
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
