import Decimal from 'decimal.js';
import { z } from 'zod';
import { caseGroups, caseTotals } from '@/clickhouse/queries/cases';
import { caseChoice, caseParams } from '../cases/ask';
import { deskUntil } from '../desk/keep';
import { resolveFilters } from '../filters';
import { filtersInput } from '../range';
import { stageClocks } from '../rules/clocks';
import { procedure, router } from '../trpc/init';

const SHOWN = 10;

export const casesRouter = router({
  /** Usage on cases, priced, against the case cost posted for it: totals per currency, and the service lines with the most cases. */
  summary: procedure('cases:read')
    .input(z.object({ filters: filtersInput, ...caseChoice }))
    .query(async ({ ctx, input: { filters: given, ...chosen } }) => {
      const filters = await resolveFilters(ctx, given);
      const params = { ...chosen, ...(await caseParams(ctx, filters)) };
      const [asOf, totals, services] = await Promise.all([deskUntil(ctx.store, 'cases'), caseTotals(ctx.store, params), caseGroups.page(ctx.store, { ...params, by: 'service' }, { limit: 200, offset: 0, sort: 'cases', desc: true })]);
      const sum = (of: (row: (typeof totals)[number]) => number) => totals.reduce((n, row) => n + of(row), 0);
      const money = (of: 'priced' | 'posted' | 'off_by') => totals.flatMap((row) => (row[of] === null || row.currency === '' ? [] : [{ currency: row.currency, value: row[of] }])).sort((a, b) => a.currency.localeCompare(b.currency));
      const names = [...new Set(services.rows.map((row) => row.name))].slice(0, SHOWN);
      return {
        zone: filters.zone, asOf, cases: totals[0]?.all_cases ?? 0, lines: sum((row) => row.lines), implants: totals.reduce((n, row) => n.plus(row.implants ?? 0), new Decimal(0)).toFixed(), implantLines: sum((row) => row.implant_lines),
        priced: money('priced'), posted: money('posted'), offBy: money('off_by'), differing: sum((row) => row.differing), notPosted: sum((row) => row.not_posted), awaited: sum((row) => row.awaited), unpriced: sum((row) => row.unpriced), wholes: sum((row) => row.wholes),
        postingDays: stageClocks().posting,
        services: names.map((name) => {
          const own = services.rows.filter((row) => row.name === name);
          // A case is at one facility, and so in one currency; of those of which nobody says a price the most count.
          return { name: name || 'not stated', cases: Math.max(...own.map((row) => row.cases)), wrong: own.reduce((n, row) => n + row.differing + row.not_posted, 0), lines: own.reduce((n, row) => n + row.lines, 0) };
        }),
      };
    }),
});
