import { z } from 'zod';
import { deadLetter, deadLetterReasons, failureMoneyHeld, failureSeries, failureSummary } from '@/clickhouse/queries/failures';
import { letterKey, type LetterKey } from '@/ingest/contract/retake';
import { resolveFilters } from '../filters';
import { auditOpening } from '../ops/audit';
import { askForRetake } from '../ops/retake';
import { filtersInput } from '../range';
import { refusal } from '../trpc/errors';
import { procedure, router, type SignedIn } from '../trpc/init';

export const failuresRouter = router({
  /** Failures of the range: totals, money held, failed attempts per interface over time, dead letters by reason. */
  board: procedure('failures:read')
    .input(z.object({ filters: filtersInput }))
    .query(async ({ ctx, input }) => {
      const { from, to, recordedTo, facilityList: facilities, zone, step } = await resolveFilters(ctx, input.filters);
      const span = { from, to, facilities };
      const [[summary], held, series, letters] = await Promise.all([
        failureSummary(ctx.store, span),
        failureMoneyHeld(ctx.store, span),
        failureSeries[step](ctx.store, { ...span, zone }),
        deadLetterReasons(ctx.store, { ...span, to: recordedTo }),
      ]);
      return { from, to, zone, step, summary: summary ?? null, held, letters, ...byInterface(series) };
    }),

  /** One dead letter with what is left of its bytes; opening it leaves an audit record first, as a payload does. */
  deadLetter: procedure('payload:read')
    .input(letterKey)
    .mutation(async ({ ctx, input }) => {
      const letter = await ownLetter(ctx, input);
      await auditOpening(ctx.viewer, `${letter.stream}:${letter.stream_seq}:${letter.part}`, letter.facility);
      return letter;
    }),

  /** Has a listener read a dead letter again, after a mapping or a schema was mended; who asked for it is recorded. */
  retake: procedure('deadletters:retake')
    .input(letterKey)
    .mutation(async ({ ctx, input }) => {
      await ownLetter(ctx, input);
      return askForRetake(ctx.store, input, ctx.viewer.id);
    }),
});

/** The letter, where the person may see its facility. */
async function ownLetter({ store, viewer }: SignedIn, key: LetterKey) {
  const [letter] = await deadLetter(store, key);
  const own = viewer.facilities;
  if (!letter || (own !== null && letter.facility !== '' && !own.includes(letter.facility))) throw refusal('not_found', 'There is no such dead letter.');
  return letter;
}

/** How many interfaces get a colour of their own; the rest are drawn together. */
const SHOWN_INTERFACES = 7;

/** One row per bucket with a column per interface, the interfaces with the most failures first. */
function byInterface(rows: readonly { at: string; interface: string; failures: number }[]) {
  const totals = new Map<string, number>();
  for (const row of rows) totals.set(row.interface, (totals.get(row.interface) ?? 0) + row.failures);
  const ranked = [...totals].sort(([a, x], [b, y]) => y - x || a.localeCompare(b)).map(([name]) => name);
  const shown = ranked.slice(0, SHOWN_INTERFACES);
  const column = new Map(shown.map((name, index) => [name, `i${index}`]));
  const buckets = new Map<string, { at: string; [column: string]: string | number }>();
  for (const row of rows) {
    const bucket = buckets.get(row.at) ?? { at: row.at, ...Object.fromEntries([...column.values()].map((key) => [key, 0])), ...(ranked.length > shown.length ? { others: 0 } : {}) };
    const key = column.get(row.interface) ?? 'others';
    bucket[key] = Number(bucket[key] ?? 0) + row.failures;
    buckets.set(row.at, bucket);
  }
  return {
    series: [...buckets.values()],
    interfaces: [...shown.map((name, index) => ({ key: `i${index}`, label: name || 'no interface named' })), ...(ranked.length > shown.length ? [{ key: 'others', label: 'others' }] : [])],
  };
}
