import { z } from 'zod';
import { resolveFilters } from '../filters';
import { filtersInput } from '../range';
import { stockoutSettings } from '../rules/stockout';
import { currentStockout } from '../stockout/current';
import { procedure, router } from '../trpc/init';

/** How many of the worst lines the chart shows. */
const SHOWN = 15;

export const stockoutRouter = router({
  /** How many items run out, where, and how sure that is. */
  summary: procedure('stockout:read')
    .input(z.object({ filters: filtersInput }))
    .query(async ({ ctx, input }) => {
      const { facilityList } = await resolveFilters(ctx, input.filters);
      const { at, lines } = await currentStockout(ctx, facilityList);
      const count = (state: string) => lines.filter((line) => line.state === state).length;
      const doubts = new Map<string, number>();
      for (const line of lines) for (const doubt of line.doubts) doubts.set(`${line.facility}: ${doubt}`, (doubts.get(`${line.facility}: ${doubt}`) ?? 0) + 1);
      return {
        at,
        lines: lines.length,
        states: { out: count('out'), high: count('high'), watch: count('watch'), low: count('low'), unknown: count('unknown') },
        lowered: lines.filter((line) => line.confidence === 'lowered').length,
        doubts: [...doubts].sort(([, a], [, b]) => b - a).slice(0, 8).map(([text, count]) => ({ text, count })),
        worst: lines.filter((line) => line.state === 'out' || line.state === 'high' || line.state === 'watch').slice(0, SHOWN)
          .map((line) => ({ label: `${line.name || line.item} · ${line.location}`, risk: line.risk, rank: line.rank, item: line.item, location: line.location })),
        rules: stockoutSettings(),
      };
    }),
});
