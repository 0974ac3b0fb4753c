import Decimal from 'decimal.js';
import type { Store } from '@/clickhouse/client';
import { MATCH_KEYS, PLAIN_KEYS, SLA_KEYS, slaFigure, slaMatchTotals, slaTotals, type SlaKey, type SlaParams } from '@/clickhouse/queries/sla';
import { facilities, type Resolved } from '../filters';
import { clocksAt } from '../lineage/completeness';
import { remembered } from '../remembered';
import { matchParams } from '../rules/match';
import { figureRule, slaSettings, slaVersion, type SlaFigureRule, type SlaSettings } from '../rules/sla';
import type { SignedIn } from '../trpc/init';

/** The SLA report: every figure with what it is made of, held against its target. */

const HOUR = 3_600_000;

export interface SlaSums {
  currency: string;
  n: number;
  numerator_sum: string;
  denominator_sum: string;
  quantiles: (number | null)[] | null;
}

/** What a figure is over some lines. Ratios and sums are decimal text, times ms; null: no data, which is not 0 %. */
export interface SlaValue {
  currency: string;
  n: number;
  numerator: string;
  denominator: string;
  ratio: string | null;
  p50: number | null;
  p90: number | null;
  p95: number | null;
  p99: number | null;
  state: SlaState;
}
export type SlaState = 'met' | 'missed' | 'no_data';

export interface SlaResult extends SlaFigureRule {
  /** A share from 0 to 1, or hours. */
  target: number;
  state: SlaState;
  n: number;
  /** One per currency where money is counted, else one; none without data. */
  values: SlaValue[];
}

export function valueOf(rule: Pick<SlaFigureRule, 'kind' | 'better'>, target: number, sums: SlaSums): SlaValue {
  const numerator = new Decimal(sums.numerator_sum);
  const denominator = new Decimal(sums.denominator_sum);
  const known = sums.n > 0 && denominator.gt(0);
  const plain = known ? numerator.div(denominator) : null;
  const ratio = plain && rule.kind === 'accuracy' ? Decimal.max(0, new Decimal(1).minus(plain)) : plain;
  const [p50 = null, p90 = null, p95 = null, p99 = null] = sums.quantiles ?? [];
  const met = rule.kind === 'duration'
    ? p50 === null ? null : p50 <= target * HOUR
    : ratio === null ? null : rule.better === 'higher' ? ratio.gte(target) : ratio.lte(target);
  return {
    currency: sums.currency, n: sums.n, numerator: numerator.toString(), denominator: denominator.toString(),
    ratio: ratio?.toDecimalPlaces(8).toString() ?? null, p50, p90, p95, p99, state: met === null ? 'no_data' : met ? 'met' : 'missed',
  };
}

/** A figure in several currencies meets its target when it does in each. */
export function resultOf(key: SlaKey, rows: readonly SlaSums[], settings: SlaSettings): SlaResult {
  const rule = figureRule(key);
  const target = settings.targets[key];
  const values = rows.map((row) => valueOf(rule, target, row)).filter((value) => value.state !== 'no_data');
  const state = values.length === 0 ? 'no_data' : values.every((value) => value.state === 'met') ? 'met' : 'missed';
  return { ...rule, target, state, n: values.reduce((total, value) => total + value.n, 0), values };
}

/** Parameters of every SLA query for what a page asks. */
export async function slaParams(ctx: SignedIn, { from, to, facilityList, zone }: Resolved, settings: SlaSettings = slaSettings()): Promise<Omit<SlaParams, 'target_ms'>> {
  const [clocks, places] = await Promise.all([clocksAt(ctx.store), facilities(ctx)]);
  return {
    from, to, facilities: facilityList, zone, zones: Object.fromEntries(places.map((place) => [place.id, place.zone])),
    ...clocks, contract_tolerance: settings.contractTolerancePercent, fill_due_days: settings.fillDueHours / 24,
  };
}

/** {target_ms} of a figure; others than durations do not look at it. */
export const targetMs = (key: SlaKey, settings: SlaSettings): number => settings.targets[key] * HOUR;

export const SLA_PARTS = ['plain', 'match'] as const;
/** Figures of the three-way match are one statement, the others one each: a page may ask for the two parts side by side. */
export type SlaPart = (typeof SLA_PARTS)[number];

/** How many statements of one report run at a time: they share the store with everybody else's pages. */
const SIDE_BY_SIDE = 3;

async function plainResults(store: Store, params: Omit<SlaParams, 'target_ms'>, settings: SlaSettings): Promise<SlaResult[]> {
  const waiting = [...PLAIN_KEYS];
  const results: SlaResult[] = [];
  const work = async () => {
    for (let key = waiting.shift(); key !== undefined; key = waiting.shift()) {
      results.push(resultOf(key, await slaTotals[key](store, { ...params, target_ms: targetMs(key, settings) }), settings));
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
  return results;
}

async function matchResults(store: Store, params: Omit<SlaParams, 'target_ms'>, settings: SlaSettings): Promise<SlaResult[]> {
  const rows = await slaMatchTotals(store, { ...params, target_ms: 0 });
  return MATCH_KEYS.map((key) => resultOf(key, rows.filter((row) => row.figure === key), settings));
}

/** A page asks again whenever events arrive; a report need not be newer than this. */
const kept = remembered<SlaResult[]>({ freshMs: 20_000 });

/**
 * Figures of a part in the order of the report, at most 20 s old: the same answer for all who ask for the same
 * facilities and range, one reckoning however many ask.
 */
export function slaResults(ctx: SignedIn, filters: Resolved, part: SlaPart): Promise<SlaResult[]> {
  const settings = slaSettings();
  const when = filters.preset ?? `${filters.from.toISOString()}/${filters.to.toISOString()}`;
  const key = JSON.stringify([part, when, [...filters.facilityList].sort(), filters.zone, ctx.viewer.facilities === null, slaVersion(settings)]);
  return kept(ctx.store, key, async () => {
    const results = await (part === 'match' ? matchResults : plainResults)(ctx.store, await slaParams(ctx, filters, settings), settings);
    return results.sort((a, b) => SLA_KEYS.indexOf(a.key) - SLA_KEYS.indexOf(b.key));
  });
}

/** One figure by facility and over time. */
export async function slaDetail(ctx: SignedIn, filters: Resolved, key: SlaKey) {
  const settings = slaSettings();
  const rule = figureRule(key);
  const target = settings.targets[key];
  const step = filters.to.getTime() - filters.from.getTime() > 100 * 24 * HOUR ? filters.step : 'day';
  const rows = await slaFigure[key][step](ctx.store, { ...(await slaParams(ctx, filters, settings)), target_ms: targetMs(key, settings) });
  const of = (part: string) => rows.filter((row) => row.part === part);
  return {
    figure: resultOf(key, of('total'), settings),
    step,
    course: of('time').map((row) => ({ at: row.bucket_at, ...valueOf(rule, target, row) })),
    facilities: of('facility').map((row) => ({ facility: row.place, ...valueOf(rule, target, row) })),
    version: [slaVersion(settings), ...(rule.alsoBy === 'match' ? [matchParams().m_version] : [])].join(' · '),
    tolerance: settings.contractTolerancePercent,
  };
}
