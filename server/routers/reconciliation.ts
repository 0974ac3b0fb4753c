import Decimal from 'decimal.js';
import { z } from 'zod';
import { deskUntil } from '../desk/keep';
import { facilities, resolveFilters } from '../filters';
import { ActedBefore, natsConnection, publishOps, readable } from '../ops/publish';
import { filtersInput } from '../range';
import { daysOf, isGap, oneDay, standingOf, type WindowRow } from '../reconciliation/close';
import { reconciliationSettings } from '../rules/reconciliation';
import { can } from '../auth/roles';
import { refusal } from '../trpc/errors';
import { procedure, router } from '../trpc/init';
import { scopedFacilities } from '../trpc/scope';

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);
const place = z.string().min(1).max(200);
const MOST_STANDINGS = 2_000;

/** Sums of money per currency, and how many say none. */
function moneyOf(rows: readonly WindowRow[]): { values: { currency: string; value: string }[]; unknown: number } {
  const sums = new Map<string, Decimal>();
  for (const { currency, gap_value: value } of rows) if (value !== null) sums.set(currency, (sums.get(currency) ?? new Decimal(0)).plus(value));
  return { values: [...sums].sort(([a], [b]) => a.localeCompare(b)).map(([currency, value]) => ({ currency, value: value.toFixed() })), unknown: rows.filter((row) => row.gap_value === null).length };
}

export const reconciliationRouter = router({
  /** Windows of the range: how many agree, what stands open and since when, and what is left to sign. */
  summary: procedure('reconciliation:read')
    .input(z.object({ filters: filtersInput }))
    .query(async ({ ctx, input }) => {
      const filters = await resolveFilters(ctx, input.filters);
      const [asOf, days] = await Promise.all([deskUntil(ctx.store, 'reconciliation'), daysOf(ctx, filters)]);
      const windows = days.flatMap((one) => one.windows);
      const gaps = windows.filter(isGap);
      const names = [...new Set(windows.map((row) => row.interface))].sort();
      return {
        zone: filters.zone, asOf, windows: windows.length, agree: windows.filter((row) => row.state === 'agrees').length, settled: windows.filter((row) => row.state === 'settled').length,
        awaited: windows.filter((row) => row.state === 'awaited').length, silent: windows.filter((row) => row.state === 'silent').length,
        gaps: gaps.length, money: moneyOf(gaps), oldest: gaps.map((row) => row.since).sort()[0] ?? null, logDiffers: windows.filter((row) => row.log_differs === 1).length,
        toSign: days.filter((one) => one.ended && one.signatures.length === 0).length, changed: days.filter((one) => one.changes.length > 0).length, dueHours: reconciliationSettings().dueHours,
        interfaces: names.map((name) => {
          const own = windows.filter((row) => row.interface === name);
          return { name, agree: own.filter((row) => row.state === 'agrees' || row.state === 'settled').length, open: own.filter((row) => row.state === 'open').length, silent: own.filter((row) => row.state === 'silent').length };
        }),
      };
    }),

  /** One facility's day: its windows, who signed them, and what has changed since. */
  day: procedure('reconciliation:read')
    .input(z.object({ facility: place, day }))
    .query(async ({ ctx, input }) => {
      scopedFacilities(ctx, input.facility);
      const { zone } = await placeOf(ctx, input.facility);
      const found = await oneDay(ctx, input.facility, input.day, zone);
      if (!found) throw refusal('bad_input', `${input.day} is no day in ${zone}.`);
      const gaps = found.windows.filter(isGap);
      return {
        ...found, asOf: await deskUntil(ctx.store, 'reconciliation'), maySign: can(ctx.viewer.role, 'reconciliation:sign'), gaps: gaps.length, money: moneyOf(gaps), hours: (found.to.getTime() - found.from.getTime()) / 3_600_000, sequence: found.signatures[0]?.sequence ?? 0,
      };
    }),

  /**
   * Signs a facility's day as it stands. What stood open is written down with it. The second of two people is told, and so
   * is who looked at another state than the one that would be signed.
   */
  sign: procedure('reconciliation:sign')
    .input(z.object({ facility: place, day, sequence: z.number().int().min(0), gaps: z.number().int().min(0), comment: z.string().trim().max(2000).default('') }))
    .mutation(async ({ ctx, input }) => {
      scopedFacilities(ctx, input.facility);
      const { zone } = await placeOf(ctx, input.facility);
      const found = await oneDay(ctx, input.facility, input.day, zone);
      if (!found) throw refusal('bad_input', `${input.day} is no day in ${zone}.`);
      if (!found.ended) throw refusal('bad_input', 'The day has not ended yet.');
      if (found.windows.length === 0) throw refusal('bad_input', 'Nobody has reported anything for this day: there is nothing to sign.');
      if (found.windows.length > MOST_STANDINGS) throw refusal('bad_input', `The day has more than ${MOST_STANDINGS} windows.`);
      const gaps = found.windows.filter(isGap).length;
      if (gaps !== input.gaps) throw refusal('conflict', `It has changed while you looked: ${gaps} gaps stand open now. Look again, then sign.`);
      if (gaps > 0 && input.comment === '') throw refusal('bad_input', 'Gaps stand open: say in a comment why the day is signed all the same.');
      try {
        const sequence = await publishOps(await natsConnection(), {
          type: 'ops.reconciliation.closed.v1', expectedSequence: input.sequence,
          data: {
            document: { id: `${input.facility}:${input.day}`, revision: found.signatures.length + 1 }, facility: input.facility, day: input.day, zone,
            window: { from: found.from.toISOString(), to: found.to.toISOString() }, openGaps: gaps, ...(input.comment ? { comment: input.comment } : {}),
            standings: found.windows.map(standingOf), actor: { kind: 'human', id: ctx.viewer.id },
          },
        });
        return { pending: !(await readable(ctx.store, sequence)) };
      } catch (error) {
        if (error instanceof ActedBefore) throw refusal('conflict', 'Somebody else has signed this day in the meantime.');
        throw error;
      }
    }),
});

async function placeOf(ctx: Parameters<typeof facilities>[0], facility: string) {
  const found = (await facilities(ctx)).find((one) => one.id === facility);
  if (!found) throw refusal('not_found', `There is no facility ${facility}.`);
  return found;
}
