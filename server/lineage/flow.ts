import { completenessKnown } from '@/clickhouse/completeness-known';
import { completenessFrozen, frozenDays } from '@/clickhouse/queries/completeness-days';
import { STAGES } from '@/clickhouse/queries/lineage-chains';
import { lineageFlow, lineageOverTime, lineageStageTimes, lineageVariants } from '@/clickhouse/queries/lineage-flow';
import Decimal from 'decimal.js';
import type { Resolved } from '../filters';
import type { SignedIn } from '../trpc/init';
import { clocksAt, completenessOf, ratioOf, totalsOfFlow, type FlowRow, type TotalsRow } from './completeness';
import type { FlowInput } from './flow-input';

/** The network's flow as its page shows it: stages, completeness over time and paths, of the chains that began in a range. */

/** What a chain of stock usage goes through. */
const STOCK_STAGES = ['usage', 'posting'] as const;
const MOST_PATHS = 12;

type Ranged = Pick<Resolved, 'from' | 'to' | 'facilityList' | 'zone' | 'step'>;

async function asked(ctx: SignedIn, { from, to, facilityList }: Ranged, { flow, supplier, item }: FlowInput) {
  return { from, to, facilities: facilityList, ...(await clocksAt(ctx.store)), flow: flow === undefined ? '' : flow === 'unknown' ? '=' : `=${flow}`, supplier: supplier ?? '', item: item ?? '' };
}

/** Chains per stage with the times that stages take, per flow type, and how complete they are. */
export async function flowOf(ctx: SignedIn, range: Ranged, input: FlowInput) {
  const params = await asked(ctx, range, input);
  const [rows, times] = await Promise.all([lineageFlow(ctx.store, params), lineageStageTimes(ctx.store, params)]);
  const totals = totalsOfFlow(rows);
  const flows = [...new Set(totals.map((row) => row.flow_type))].map((flow) => ({ flow, ...completenessOf(totals.filter((row) => row.flow_type === flow), params.now) }));
  const stages = (of: 'bought' | 'stock', names: readonly string[]) =>
    names.map((stage) => stageOf(stage, rows.filter((row) => row.flow === of), times.find((row) => row.flow === of && row.stage === stage)));
  return {
    completeness: completenessOf(totals, params.now), flows: flows.sort((a, b) => b.chains - a.chains),
    bought: stages('bought', STAGES), stock: stages('stock', STOCK_STAGES),
  };
}

type Times = Awaited<ReturnType<typeof lineageStageTimes>>[number];
interface Quantiles {
  /** Milliseconds. */
  p50: number;
  p90: number;
}
const quantiles = ([p50, p90]: readonly (number | null)[]): Quantiles | null => (p50 === null || p50 === undefined || p90 === null || p90 === undefined ? null : { p50: Math.max(0, p50), p90: Math.max(0, p90) });

/** One stage, over all currencies: how many chains are in which state, what they are worth per currency, and how long it takes. */
function stageOf(stage: string, rows: readonly FlowRow[], times: Times | undefined) {
  const own = rows.filter((row) => row.stage === stage);
  const count = (...states: string[]) => own.filter((row) => states.includes(row.state)).reduce((total, row) => total + row.chains, 0);
  const currencies = [...new Set(own.map((row) => row.currency))];
  const value = (currency: string, ...states: string[]) =>
    own.filter((row) => row.currency === currency && states.includes(row.state)).reduce((total, row) => total.plus(row.value ?? 0), new Decimal(0)).toString();
  const present = count('present');
  const dropped = count('overdue', 'orphan', 'unknown');
  return {
    stage, present,
    awaited: count('awaited'), overdue: count('overdue'), orphan: count('orphan'), unknown: count('unknown'),
    /** Reached ÷ chains that should have reached it by now; null where none should. */
    conversion: ratioOf(present, present + dropped),
    /** From the chain's first event, and from the stage that came before; null where no time is known. */
    fromStart: times ? quantiles(times.from_start) : null,
    fromLast: times ? quantiles(times.from_last) : null,
    values: currencies.filter((currency) => currency !== '').sort().map((currency) => ({ currency, present: value(currency, 'present'), dropped: value(currency, 'overdue', 'orphan', 'unknown') })),
  };
}

/** Completeness by when chains began, and per currency by value, for the currency with the most money. */
export async function overTimeOf(ctx: SignedIn, range: Ranged, input: FlowInput) {
  const rows = await lineageOverTime[range.step](ctx.store, { ...(await asked(ctx, range, input)), zone: range.zone });
  const worth = new Map<string, Decimal>();
  for (const row of rows) if (row.currency !== '') worth.set(row.currency, (worth.get(row.currency) ?? new Decimal(0)).plus(row.closed_value ?? 0));
  const currency = [...worth].sort((a, b) => b[1].comparedTo(a[1]))[0]?.[0] ?? null;
  const points = [...new Set(rows.map((row) => row.at))].map((at) => {
    const own = rows.filter((row) => row.at === at);
    const sum = (of: (row: (typeof own)[number]) => number) => own.reduce((total, row) => total + of(row), 0);
    const money = own.find((row) => row.currency === currency);
    const closed = sum((row) => row.closed);
    return {
      at, chains: sum((row) => row.chains), closed, complete: sum((row) => row.complete),
      byCount: ratioOf(sum((row) => row.complete), closed),
      byValue: money ? ratioOf(money.complete_value ?? 0, money.closed_value ?? 0) : null,
    };
  });
  return { points, currency, otherCurrencies: worth.size - 1 };
}

/** The most common paths of the chains, with how often and how long; `rest` chains take one of `more` further paths. */
export async function variantsOf(ctx: SignedIn, range: Ranged, input: FlowInput) {
  const rows = await lineageVariants(ctx.store, { ...(await asked(ctx, range, input)), most: MOST_PATHS });
  const chains = rows[0]?.all_chains ?? 0;
  return {
    chains, more: Math.max(0, (rows[0]?.paths ?? 0) - rows.length), rest: chains - rows.reduce((sum, row) => sum + row.chains, 0),
    paths: rows.map((row) => ({
      path: row.path, stages: row.path === '' ? [] : row.path.split('>'), chains: row.chains, share: ratioOf(row.chains, chains), closed: row.closed, complete: row.complete, took: quantiles(row.took),
    })),
  };
}

/** Completeness as it was known at the end of each day: frozen then, and never changed since. */
export async function frozenOf(ctx: SignedIn, range: Ranged) {
  const days = await frozenDays(ctx.store, { from: range.from, to: range.to, facilities: range.facilityList });
  return days.map(({ day, closed, complete, late }) => ({ day, closed, complete, ratio: ratioOf(complete, closed), late: late > 0 }));
}

/** The range's chains as they were known at a moment, worked out from the log: per flow type and currency. */
export async function knownAt(ctx: SignedIn, range: Ranged, at: Date) {
  const rows = await completenessKnown(ctx.store, { ...(await clocksAt(ctx.store, at)), from: range.from, to: range.to < at ? range.to : at, facilities: range.facilityList });
  return { at, completeness: completenessOf(rows, at), flows: byFlow(rows, at) };
}

const byFlow = (rows: readonly TotalsRow[], asOf: Date) => [...new Set(rows.map((row) => row.flow_type))].map((flow) => ({ flow, ...completenessOf(rows.filter((row) => row.flow_type === flow), asOf) }));

/** One frozen day: per flow type and currency, of the chains that had begun in the `months` before its end. */
export async function frozenDay(ctx: SignedIn, facilities: readonly string[], day: string) {
  const rows = await completenessFrozen(ctx.store, { day, facilities: [...facilities] });
  const asOf = new Date(Math.max(0, ...rows.map((row) => Date.parse(row.frozen_at))));
  return rows.length === 0 ? null : { day, frozenAt: asOf, completeness: completenessOf(rows, asOf), flows: byFlow(rows, asOf) };
}
