import Decimal from 'decimal.js';
import { z } from 'zod';
import { matchedAsOf } from '@/clickhouse/matches';
import { invoiceBreakdown, invoiceFigures } from '@/clickhouse/queries/invoices';
import { resolveFilters } from '../filters';
import { filtersInput } from '../range';
import { currentMatchRules, matchParams } from '../rules/match';
import { procedure, router } from '../trpc/init';

const SHOWN_SUPPLIERS = 10;
/** Verdicts with a colour of their own in the chart over time; the rest are drawn together. */
const SHOWN_VERDICTS = 6;

type Row = { currency: string; at_stake: string | null };
function atStake(rows: readonly Row[]): { currency: string; value: string }[] {
  const sums = new Map<string, Decimal>();
  for (const { currency, at_stake } of rows) if (at_stake !== null && !new Decimal(at_stake).isZero()) sums.set(currency, (sums.get(currency) ?? new Decimal(0)).plus(at_stake));
  return [...sums].sort(([a], [b]) => a.localeCompare(b)).map(([currency, value]) => ({ currency, value: value.toFixed() }));
}

export const invoicesRouter = router({
  /** Invoices of the range by verdict, over time and by supplier; money at stake per currency. */
  mismatches: procedure('invoices:read')
    .input(z.object({ filters: filtersInput }))
    .query(async ({ ctx, input }) => {
      const filters = await resolveFilters(ctx, input.filters);
      const { from, to, facilityList, zone, step } = filters;
      const span = { from, to, facilities: facilityList };
      const [[figures], rows, matched] = await Promise.all([invoiceFigures(ctx.store, span), invoiceBreakdown[step](ctx.store, { ...span, zone }), matchedAsOf(ctx.store)]);
      const of = (grouping: string) => rows.filter((row) => row.grouping === grouping);
      const verdicts = [...new Set(of('verdict').map((row) => row.verdict))].map((verdict) => {
        const own = of('verdict').filter((row) => row.verdict === verdict);
        return { verdict, lines: own.reduce((sum, row) => sum + row.lines, 0), mismatched: own.some((row) => row.mismatched > 0), values: atStake(own) };
      }).sort((a, b) => b.lines - a.lines);
      const wrong = verdicts.filter((row) => row.mismatched).map((row) => row.verdict);
      const shown = wrong.slice(0, SHOWN_VERDICTS);
      const buckets = new Map<string, { at: string; [verdict: string]: string | number }>();
      for (const row of of('time').filter((each) => each.mismatched > 0)) {
        const bucket = buckets.get(row.at) ?? { at: row.at };
        const key = shown.includes(row.verdict) ? row.verdict : 'OTHERS';
        bucket[key] = Number(bucket[key] ?? 0) + row.mismatched;
        buckets.set(row.at, bucket);
      }
      const suppliers = [...new Set(of('supplier').filter((row) => row.mismatched > 0).map((row) => row.supplier))].map((supplier) => {
        const own = of('supplier').filter((row) => row.supplier === supplier);
        return { supplier, name: own[0]?.name || supplier || 'no supplier named', mismatched: own.reduce((sum, row) => sum + row.mismatched, 0), values: atStake(own) };
      });
      return {
        from, to, zone, step, matchedAt: matched?.at ?? null, rules: currentMatchRules(), version: matchParams().m_version,
        figures: figures ?? null, values: atStake(of('supplier')), valueUnknown: of('verdict').reduce((sum, row) => sum + row.value_unknown, 0),
        verdicts, series: [...buckets.values()], shown: [...shown, ...(wrong.length > shown.length ? ['OTHERS'] : [])],
        suppliers: suppliers.sort((a, b) => b.mismatched - a.mismatched || a.name.localeCompare(b.name)).slice(0, SHOWN_SUPPLIERS),
      };
    }),
});
