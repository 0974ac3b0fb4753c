import Decimal from 'decimal.js';
import { z } from 'zod';
import { matchedAsOf } from '@/clickhouse/matches';
import { invoiceBreakdown, invoiceDifferences, invoiceFigures, invoiceItems } from '@/clickhouse/queries/invoices';
import { invoiceLine, invoiceLineBeside } from '@/clickhouse/queries/invoices-beside';
import { blockedTotals, DISCOUNT_SOON_DAYS } from '@/clickhouse/queries/invoices-blocked';
import { contractLeakage, priceAccuracy } from '@/clickhouse/queries/invoices-contracts';
import { resolveFilters } from '../filters';
import { matchQuery } from '../match/params';
import { filtersInput } from '../range';
import { currentMatchRules, matchParams, matchVersions } from '../rules/match';
import { slaSettings } from '../rules/sla';
import { refusal } from '../trpc/errors';
import { procedure, router } from '../trpc/init';

const SHOWN = 10;
/** Verdicts with a colour of their own in the chart over time; the rest are drawn together. */
const SHOWN_VERDICTS = 6;

/** Sums per currency, as decimal strings; what is unknown or nothing is left out. */
function perCurrency(amounts: readonly { currency: string; amount: string | null }[]): { currency: string; value: string }[] {
  const sums = new Map<string, Decimal>();
  for (const { currency, amount } of amounts) if (amount !== null && !new Decimal(amount).isZero()) sums.set(currency, (sums.get(currency) ?? new Decimal(0)).plus(amount));
  return [...sums].sort(([a], [b]) => a.localeCompare(b)).map(([currency, value]) => ({ currency, value: value.toFixed() }));
}
const atStake = (rows: readonly { currency: string; at_stake: string | null }[]) => perCurrency(rows.map(({ currency, at_stake }) => ({ currency, amount: at_stake })));

export const invoicesRouter = router({
  /** Invoices of the range by verdict, over time and by supplier; money at stake per currency. */
  mismatches: procedure('invoices:read')
    .input(z.object({ filters: filtersInput }))
    .query(async ({ ctx, input }) => {
      const filters = await resolveFilters(ctx, input.filters);
      const { from, to, facilityList, zone, step } = filters;
      const span = { from, to, facilities: facilityList };
      const [[figures], rows, itemRows, matched] = await Promise.all([invoiceFigures(ctx.store, span), invoiceBreakdown[step](ctx.store, { ...span, zone }), invoiceItems(ctx.store, span), matchedAsOf(ctx.store)]);
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
        suppliers: suppliers.sort((a, b) => b.mismatched - a.mismatched || a.name.localeCompare(b.name)).slice(0, SHOWN),
        items: [...new Set(itemRows.map((row) => row.item))].slice(0, SHOWN).map((item) => {
          const own = itemRows.filter((row) => row.item === item);
          return { item, mismatched: own.reduce((sum, row) => sum + row.mismatched, 0), values: atStake(own) };
        }),
      };
    }),
  /** Lines of the range of which the ERP, or another version of the rules, says something else; of how many they said anything. */
  differences: procedure('invoices:read')
    .input(z.object({ filters: filtersInput }))
    .query(async ({ ctx, input }) => {
      const { from, to, facilityList: facilities } = await resolveFilters(ctx, input.filters);
      const [found] = await invoiceDifferences(ctx.store, { from, to, facilities });
      return { erpSaid: found?.erp_said ?? 0, erp: found?.erp_differs ?? 0, beside: found?.judged_beside ?? 0, rules: found?.rules_differ ?? 0, versions: matchVersions().map(({ version, from: day }) => ({ version, from: day })) };
    }),
  /** One invoice line with all that is said of it: ours, the ERP's, and by other versions of the rules. */
  line: procedure('invoices:read')
    .input(z.object({ filters: filtersInput, id: z.string().min(1).max(500) }))
    .query(async ({ ctx, input }) => {
      const { facilityList: facilities } = await resolveFilters(ctx, input.filters);
      const [[line], beside] = await Promise.all([invoiceLine(ctx.store, { object_id: input.id, facilities }), invoiceLineBeside(ctx.store, { object_id: input.id })]);
      if (!line) throw refusal('not_found', 'No such invoice line is matched, or not at your facilities.');
      return { line, beside };
    }),
  /** Invoices that are blocked now, by what becomes of their discount and due date. */
  blocked: procedure('invoices:read')
    .input(z.object({ filters: filtersInput }))
    .query(async ({ ctx, input }) => {
      const { facilities, zones, zone } = await matchQuery(ctx, await resolveFilters(ctx, input.filters));
      const rows = await blockedTotals(ctx.store, { facilities, zones, zone, now: new Date() });
      const part = (which: (row: (typeof rows)[number]) => boolean) => {
        const own = rows.filter(which);
        return { invoices: own.reduce((sum, row) => sum + row.invoices, 0), unknown: own.reduce((sum, row) => sum + row.value_unknown, 0), values: perCurrency(own.map(({ currency, value }) => ({ currency, amount: value }))) };
      };
      return {
        soonDays: DISCOUNT_SOON_DAYS, all: part(() => true), ending: part(({ discount }) => discount === 'ending'), running: part(({ discount }) => discount === 'ending' || discount === 'running'),
        lost: part(({ discount }) => discount === 'lost'), overdue: part(({ due }) => due === 'overdue'),
      };
    }),
  /** What was bought off contract in the range, and what was invoiced past the contract's price. */
  contracts: procedure('invoices:read')
    .input(z.object({ filters: filtersInput }))
    .query(async ({ ctx, input }) => {
      const filters = await resolveFilters(ctx, input.filters);
      const { from, to } = filters;
      const { facilities, zones, zone } = await matchQuery(ctx, filters);
      const tolerance = slaSettings().contractTolerancePercent;
      const [rows, prices] = await Promise.all([
        contractLeakage(ctx.store, { from, to, facilities, zones, zone }),
        priceAccuracy(ctx.store, { from, to, facilities, zones, zone, contract_tolerance: tolerance }),
      ]);
      const total = rows.filter((row) => row.grouping === 'total');
      const count = (of: (row: (typeof rows)[number]) => number) => total.reduce((sum, row) => sum + of(row), 0);
      const by = (grouping: string) => [...new Set(rows.filter((row) => row.grouping === grouping).map((row) => row.who))].map((who) => {
        const own = rows.filter((row) => row.grouping === grouping && row.who === who);
        return { who, name: own[0]?.who_name || who || 'none named', lines: own.reduce((sum, row) => sum + row.off_lines, 0), values: perCurrency(own.map(({ currency, off_spend: amount }) => ({ currency, amount }))) };
      }).sort((a, b) => b.lines - a.lines || a.name.localeCompare(b.name));
      return {
        tolerance,
        lines: count((row) => row.lines), offLines: count((row) => row.off_lines), overUnknown: count((row) => row.over_unknown),
        offSpend: perCurrency(total.map(({ currency, off_spend: amount }) => ({ currency, amount }))), over: perCurrency(total.map(({ currency, over: amount }) => ({ currency, amount }))), under: perCurrency(total.map(({ currency, under: amount }) => ({ currency, amount }))),
        shares: total.filter((row) => !new Decimal(row.spend).isZero()).map(({ currency, spend, off_spend: off }) => ({ currency, share: new Decimal(off).div(spend).toFixed(4) })),
        suppliers: by('supplier'), items: by('item'),
        priced: { lines: prices.reduce((sum, row) => sum + row.lines, 0), off: prices.reduce((sum, row) => sum + row.off_lines, 0), over: perCurrency(prices.map(({ currency, over: amount }) => ({ currency, amount }))), under: perCurrency(prices.map(({ currency, under: amount }) => ({ currency, amount }))) },
      };
    }),
});
