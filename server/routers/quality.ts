import Decimal from 'decimal.js';
import { z } from 'zod';
import { foreignDocuments, QUALITY_KINDS, qualityProblems } from '@/clickhouse/queries/quality';
import { deskUntil } from '../desk/keep';
import { resolveFilters } from '../filters';
import { lookFor } from '../quality/look';
import { filtersInput } from '../range';
import { dayOf } from '../reconciliation/day';
import { ownership } from '../rules/ownership';
import { QUALITY, stewardOf } from '../rules/quality';
import { clockNow } from '../lineage/completeness';
import { procedure, router } from '../trpc/init';

export const qualityRouter = router({
  /** Problems of the range by kind: how many records, lines and failures, and the money of the lines per currency. */
  summary: procedure('quality:read')
    .input(z.object({ filters: filtersInput }))
    .query(async ({ ctx, input }) => {
      const filters = await resolveFilters(ctx, input.filters);
      const [asOf, { params }] = await Promise.all([deskUntil(ctx.store, 'quality'), lookFor(ctx.store, { from: filters.from, to: filters.to, facilities: filters.facilityList })]);
      const rows: z.output<typeof qualityProblems.definition.row>[] = [];
      for await (const row of qualityProblems.stream(ctx.store, params)) rows.push(row);
      const kinds = QUALITY_KINDS.map((kind) => {
        const own = rows.filter((row) => row.kind === kind);
        const sums = new Map<string, Decimal>();
        for (const { currency, value } of own) if (value !== null) sums.set(currency, (sums.get(currency) ?? new Decimal(0)).plus(value));
        return {
          kind, ...QUALITY[kind], steward: stewardOf(kind), records: new Set(own.map((row) => row.record)).size, lines: own.reduce((n, row) => n + row.lines, 0), failures: own.reduce((n, row) => n + row.failures, 0),
          unpriced: own.reduce((n, row) => n + row.unpriced, 0), values: [...sums].sort(([a], [b]) => a.localeCompare(b)).map(([currency, value]) => ({ currency, value: value.toFixed() })),
        };
      });
      return { zone: filters.zone, asOf, today: dayOf(await clockNow(ctx.store), filters.zone), kinds, records: kinds.reduce((n, row) => n + row.records, 0), failures: kinds.reduce((n, row) => n + row.failures, 0) };
    }),

  /** Systems of record as the rules file states them, and documents of systems that do not own them. */
  systems: procedure('quality:read')
    .input(z.object({ filters: filtersInput }))
    .query(async ({ ctx, input }) => {
      const { facilityList, zone } = await resolveFilters(ctx, input.filters);
      const { rules, version, label } = ownership();
      return { rules, version, label, zone, findings: rules.length === 0 ? [] : await foreignDocuments(ctx.store, { facilities: facilityList }) };
    }),
});
