import { z } from 'zod';
import { stockoutDoubts, stockoutLines, stockoutRun, stockoutStates } from '@/clickhouse/queries/stockout-kept';
import { resolveFilters } from '../filters';
import { filtersInput } from '../range';
import { stockoutSettings } from '../rules/stockout';
import { procedure, router } from '../trpc/init';

/** How many of the worst lines the chart shows. */
const SHOWN = 15;
const DOUBTS = 8;
const WORRYING: ReadonlySet<string> = new Set(['out', 'high', 'watch']);

export const stockoutRouter = router({
  /** How many items run out, where, and how sure that is. */
  summary: procedure('stockout:read')
    .input(z.object({ filters: filtersInput }))
    .query(async ({ ctx, input }) => {
      const { facilityList } = await resolveFilters(ctx, input.filters);
      const facilities = facilityList;
      const any = { facilities, state: '', location: '', item: '' };
      const [[run], states, doubts, worst] = await Promise.all([
        stockoutRun(ctx.store, {}), stockoutStates(ctx.store, { facilities }), stockoutDoubts(ctx.store, { facilities, most: DOUBTS }), stockoutLines.page(ctx.store, any, { limit: SHOWN, offset: 0 }),
      ]);
      const count = (state: string) => states.find((row) => row.state === state)?.lines ?? 0;
      return {
        /** Null: stock was not judged yet. */
        at: run?.at ?? null,
        lines: states.reduce((sum, row) => sum + row.lines, 0),
        states: { out: count('out'), high: count('high'), watch: count('watch'), low: count('low'), unknown: count('unknown') },
        lowered: states.reduce((sum, row) => sum + row.lowered, 0),
        doubts: doubts.map(({ facility, doubt, lines }) => ({ text: `${facility}: ${doubt}`, count: lines })),
        worst: worst.rows.filter((line) => WORRYING.has(line.state)).map((line) => ({ label: `${line.name || line.item} · ${line.location}`, risk: line.risk, rank: line.rank, item: line.item, location: line.location })),
        rules: stockoutSettings(),
      };
    }),
});
