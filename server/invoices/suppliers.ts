import Decimal from 'decimal.js';
import { priceAccuracy } from '@/clickhouse/queries/invoices-contracts';
import { supplierScores, type SupplierScore } from '@/clickhouse/queries/invoices-suppliers';
import type { Resolved } from '../filters';
import { matchQuery } from '../match/params';
import { slaSettings } from '../rules/sla';
import type { SignedIn } from '../trpc/init';

/** The course by month goes back at least so far from the range's end. */
const TREND_MONTHS = 6;

/** Ratio 0…1 as decimal text; null where nothing is behind it. */
const ratio = (part: number, of: number): string | null => (of === 0 ? null : new Decimal(part).div(of).toFixed(6));
const less = (a: string | null, b: string | null): string | null => (a === null || b === null ? null : new Decimal(a).minus(b).toFixed());

/** A supplier's row of the scorecard, in one currency. Shares are ratios; `…_change` is the range less the span before it. */
export function scoreRow(score: SupplierScore, prices: { lines: number; off_lines: number } | undefined) {
  const { months, month_decided: decided, month_perfect: perfect, ...rest } = score;
  const share = ratio(score.perfect, score.decided);
  const before = ratio(score.perfect_before, score.decided_before);
  return {
    ...rest,
    perfect_share: share, perfect_share_before: before, perfect_change: less(share, before),
    at_stake: score.at_stake ?? '0', at_stake_before: score.at_stake_before ?? '0', at_stake_change: less(score.at_stake ?? '0', score.at_stake_before ?? '0'),
    price_variance: score.price_variance, quantity_variance: score.quantity_variance ?? '0',
    contract_lines: prices?.lines ?? 0, price_accuracy: prices ? ratio(prices.lines - prices.off_lines, prices.lines) : null,
    /** `2026-03 0.95`; a month in which nothing was decided has no number: it is not nothing. */
    trend: months.map((month, n) => `${month.slice(0, 7)} ${ratio(perfect[n] ?? 0, decided[n] ?? 0) ?? ''}`.trim()),
  };
}

/** The span before a range, as long as it; of all data there is none. */
function spanBefore({ from, to, preset }: Resolved): Date {
  return preset === 'all' ? from : new Date(from.getTime() - (to.getTime() - from.getTime()));
}

export async function supplierRows(ctx: SignedIn, filters: Resolved) {
  const { from, to, facilityList: facilities, zone } = filters;
  const before = spanBefore(filters);
  const months = new Date(Date.UTC(to.getUTCFullYear(), to.getUTCMonth() - TREND_MONTHS + 1, 1));
  const since = before < months ? before : months;
  const { zones } = await matchQuery(ctx, filters);
  const [scores, prices] = await Promise.all([
    supplierScores(ctx.store, { from, to, facilities, before, since, zone }),
    priceAccuracy(ctx.store, { from, to, facilities, zones, zone, contract_tolerance: slaSettings().contractTolerancePercent }),
  ]);
  return scores.map((score) => scoreRow(score, prices.find(({ supplier, currency }) => supplier === score.supplier && currency === score.currency)));
}
