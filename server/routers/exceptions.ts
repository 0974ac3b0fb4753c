import { z } from 'zod';
import { workGroups, workHistory, workSeries } from '@/clickhouse/queries/exceptions-kept';
import { mayAt, namesOfPeople, people } from '../auth/people';
import { act, actInput, exceptionOf } from '../exceptions/act';
import { actOnAll, preview, previewed } from '../exceptions/batch';
import { boardOf } from '../exceptions/board';
import { countStep } from '../exceptions/buckets';
import { asOfRun, chosenInput, workParams, type Chosen } from '../exceptions/chosen';
import { queryText, removeView, saveView, viewInput, viewsOf } from '../exceptions/views';
import { resolveFilters } from '../filters';
import { filtersInput } from '../range';
import { raciFor } from '../rules/raci-table';
import { EXCEPTION_KINDS } from '../rules/raci';
import { procedure, router, type SignedIn } from '../trpc/init';

const key = z.string().min(1).max(400);
const filtered = { filters: filtersInput, ...chosenInput.shape };
const acting = procedure('exceptions:act');

async function paramsOf(ctx: SignedIn, { filters, ...chosen }: { filters: z.output<typeof filtersInput> } & Chosen) {
  return workParams(ctx, await resolveFilters(ctx, filters), chosen);
}

export const exceptionsRouter = router({
  /** Totals of the work list, by kind, owner, state, money and time. */
  summary: procedure('exceptions:read')
    .input(z.object(filtered))
    .query(async ({ ctx, input: { filters, ...chosen } }) => {
      const resolved = await resolveFilters(ctx, filters);
      const params = await workParams(ctx, resolved, chosen);
      const [asOf, groups, arose] = await Promise.all([
        asOfRun(ctx.store),
        workGroups(ctx.store, { ...params, me: ctx.viewer.id }),
        workSeries[countStep(resolved)](ctx.store, { ...params, from: resolved.from, to: resolved.to, zone: resolved.zone }),
      ]);
      return boardOf(groups, arose, asOf, resolved, chosen);
    }),

  /** One exception: where it stands, who has which part in it, and what was done about it. */
  one: procedure('exceptions:read')
    .input(z.object({ key }))
    .query(async ({ ctx, input }) => {
      const row = await exceptionOf(ctx, input.key);
      const type = EXCEPTION_KINDS.find((kind) => kind === row.kind) ?? 'orphan';
      const names = { ...(await namesOfPeople(ctx.store)), [ctx.viewer.id]: ctx.viewer.name };
      return {
        row, me: ctx.viewer.id,
        raci: raciFor({ type, stage: row.stage || undefined, facility: row.facility || undefined, interface: row.interface || undefined }),
        history: await workHistory(ctx.store, { key: input.key, people: names }),
      };
    }),

  /** Whom an exception can be assigned to; of a facility those who work there. */
  people: acting.input(z.object({ facility: z.string().max(200).optional() })).query(async ({ ctx, input }) => {
    const found = (await people(ctx.store)).filter((person) => mayAt(person, 'exceptions:act', input.facility ?? '')).map(({ id, name }) => ({ id, name }));
    const others = found.filter(({ id }) => id !== ctx.viewer.id).sort((a, b) => a.name.localeCompare(b.name, 'en'));
    return [{ id: ctx.viewer.id, name: `${ctx.viewer.name} (me)` }, ...others];
  }),

  /** Acts on one exception; the second of two is told what the first did. */
  act: acting
    .input(z.object({ key, revision: z.int().min(0), act: actInput }))
    .mutation(({ ctx, input }) => act(ctx, input.key, input.revision, input.act)),

  /** How many of a whole filter an action would move. */
  preview: acting
    .input(z.object({ ...filtered, act: actInput }))
    .query(async ({ ctx, input: { act: what, ...rest } }) => preview(ctx, await paramsOf(ctx, rest), what)),

  /** Acts on everything that was in the preview and that nobody has moved since. */
  actOnAll: acting
    .input(z.object({ ...filtered, act: actInput, previewed }))
    .mutation(async ({ ctx, input: { act: what, previewed: seen, ...rest } }) => actOnAll(ctx, await paramsOf(ctx, rest), what, seen)),

  /** Filters that the caller has given a name. */
  views: procedure('exceptions:read').query(({ ctx }) => viewsOf(ctx, 'exceptions')),
  saveView: procedure('exceptions:read').input(viewInput.extend({ query: queryText })).mutation(({ ctx, input }) => saveView(ctx, input)),
  removeView: procedure('exceptions:read').input(viewInput).mutation(({ ctx, input }) => removeView(ctx, input)),
});
