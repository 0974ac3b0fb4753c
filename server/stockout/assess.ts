import { createHash } from 'node:crypto';
import type { Store } from '@/clickhouse/client';
import { facilitiesSeen } from '@/clickhouse/queries/span';
import type { StockoutLine } from '@/clickhouse/queries/stockout-kept';
import { HISTORY_DAYS, leadTimes, openSupply, stockBalances, stockedOutDays, stockUsage, stuckReceipts, usageReportDays } from '@/clickhouse/queries/stockout';
import type { StockoutSettings } from '../rules/stockout';
import { inTurns } from '../in-turns';
import { forecast, type DemandDay, type OpenSupply, type StockoutForecast, type StockoutInput } from './model';

const DAY_MS = 86_400_000;
const key = (...parts: string[]) => parts.join('\0');
/** Lead times are known no better than this; finer ages would ask for new draws at every look. */
const tenths = (days: number) => Math.floor(days * 10) / 10;

/** Calendar day of an instant in a zone, YYYY-MM-DD. */
function localDay(at: Date, zone: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(at);
}

/** The last full days before `at`, oldest first. */
function daysBefore(at: Date, zone: string): string[] {
  const today = Date.parse(`${localDay(at, zone)}T00:00:00Z`);
  return Array.from({ length: HISTORY_DAYS }, (_, i) => new Date(today - (HISTORY_DAYS - i) * DAY_MS).toISOString().slice(0, 10));
}

/** Forecasts by place, with what they were made of: from one look to the next few places see a new balance, usage or order. */
const forecasts = new Map<string, { of: string; result: StockoutForecast }>();
/** Places of the largest networks; past it everything is drawn anew. */
const MOST_FORECASTS = 200_000;

/** The same facts give the same draws, so the forecast of a place is drawn again only when its facts have changed. */
function forecastOf(input: StockoutInput, settings: StockoutSettings): StockoutForecast {
  const of = createHash('sha1').update(JSON.stringify([input, settings])).digest('base64');
  const known = forecasts.get(input.seed);
  if (known?.of === of) return known.result;
  const result = forecast(input, settings);
  if (forecasts.size >= MOST_FORECASTS) forecasts.clear();
  forecasts.set(input.seed, { of, result });
  return result;
}

interface Demand {
  readonly used: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly empty: ReadonlyMap<string, ReadonlySet<string>>;
  readonly reported: ReadonlyMap<string, ReadonlySet<string>>;
  readonly lastUsage: ReadonlyMap<string, string>;
}

/** Usage by the facilities' own days, asked one zone at a time. */
async function demandOf(store: Store, at: Date, zones: ReadonlyMap<string, string[]>): Promise<Demand> {
  const used = new Map<string, Map<string, number>>();
  const empty = new Map<string, Set<string>>();
  const reported = new Map<string, Set<string>>();
  const lastUsage = new Map<string, string>();
  for (const [zone, facilities] of zones) {
    const params = { at, facilities, zone };
    const usage = await stockUsage(store, params);
    const out = await stockedOutDays(store, params);
    const days = await usageReportDays(store, params);
    for (const row of usage) used.set(key(row.facility, row.location, row.item), new Map(row.days.map((day, i) => [day, row.quantities[i] ?? 0])));
    for (const row of out) empty.set(key(row.facility, row.location, row.item), new Set(row.days));
    for (const row of days) {
      reported.set(row.facility, new Set(row.days));
      lastUsage.set(row.facility, row.last_usage);
    }
  }
  return { used, empty, reported, lastUsage };
}

/**
 * Forecasts every item and stocked location that ever reported a balance, worst first.
 *
 * @param facilities empty: all
 * @param networkZone zone of facilities whose master data names none
 */
export async function assessStockout(store: Store, at: Date, facilities: string[], networkZone: string, settings: StockoutSettings): Promise<StockoutLine[]> {
  const asOf = { at, facilities };
  const seen = (await facilitiesSeen(store)).filter(({ id }) => facilities.length === 0 || facilities.includes(id));
  const zoneOf = new Map(seen.map(({ id, zone }) => [id, zone || networkZone]));
  const zones = new Map<string, string[]>();
  for (const [id, zone] of zoneOf) zones.set(zone, [...(zones.get(zone) ?? []), id]);
  // One after the other: together they would take every core from whoever waits for a page or a verdict.
  const balances = await stockBalances(store, asOf);
  const demand = await demandOf(store, at, zones);
  const supply = await openSupply(store, asOf);
  const leads = await leadTimes(store, asOf);
  const stuck = await stuckReceipts(store, asOf);
  const openAt = new Map<string, OpenSupply[]>();
  for (const row of supply) {
    const at = key(row.facility, row.location, row.item);
    openAt.set(at, [...(openAt.get(at) ?? []), { quantity: row.open, ageDays: tenths(row.age_days), promisedInDays: row.promised_in_days === null ? null : tenths(row.promised_in_days) }]);
  }
  const leadsOf = new Map(leads.map((row) => [key(row.kind, row.facility, row.place), row.days]));
  const stuckAt = new Map(stuck.map((row) => [row.facility, row.receipts]));
  const usableOf = new Map(balances.map((row) => [key(row.facility, row.location, row.item), row.usable]));
  const windows = new Map([...zones.keys()].map((zone) => [zone, daysBefore(at, zone)]));

  const lines: StockoutLine[] = [];
  // The draws of a whole network take a while.
  await inTurns(store, balances, (row) => {
    const place = key(row.facility, row.location, row.item);
    const zone = zoneOf.get(row.facility) ?? networkZone;
    const open = openAt.get(place) ?? [];
    const usable = row.unknown ? null : (row.usable ?? 0);
    const days = demandDays(windows.get(zone) ?? [], demand, row.facility, place);
    const result = forecastOf(
      {
        seed: place, usable, days, open,
        leadTimes: leadsOf.get(key('location', row.facility, row.location)) ?? leadsOf.get(key('item', row.facility, row.item)) ?? [],
      },
      settings,
    );
    const need = (result.dailyDemand ?? 0) * result.horizonDays;
    const substitutes = row.substitutes.reduce((sum, item) => sum + Math.max(0, usableOf.get(key(row.facility, row.location, item)) ?? 0), 0);
    const cover = need > 0 ? Math.min(1, substitutes / need) : 0;
    const doubts = doubtsOf(at, row.known_at, demand.lastUsage.get(row.facility), stuckAt.get(row.facility) ?? 0, settings);
    const risk = result.risk?.horizon ?? null;
    lines.push({
      facility: row.facility, location: row.location, item: row.item, name: row.name, category: row.category, uom: row.uom,
      on_hand: row.unknown ? null : row.on_hand, usable, reorder_point: row.reorder_point, known_at: row.known_at,
      daily_demand: result.dailyDemand, pattern: result.pattern, days_of_supply: result.daysOfSupply, position: result.position,
      open: open.reduce((sum, line) => sum + line.quantity, 0), horizon_days: result.horizonDays,
      risk, risk_low: result.interval?.[0] ?? null, risk_high: result.interval?.[1] ?? null,
      risk_7: result.risk?.d7 ?? null, risk_14: result.risk?.d14 ?? null, risk_30: result.risk?.d30 ?? null,
      runs_out_on: result.runsOutInDays === null ? null : localDay(new Date(at.getTime() + result.runsOutInDays * DAY_MS), zone),
      to_order: result.toOrder, clinical_weight: row.clinical_weight, substitute_cover: cover,
      rank: risk === null ? null : risk * row.clinical_weight * (1 - cover),
      state: stateOf(usable, risk, settings), doubts, confidence: doubts.length > 0 ? 'lowered' : 'normal',
    });
  });
  return lines.sort((a, b) => (b.rank ?? -1) - (a.rank ?? -1) || (a.days_of_supply ?? Infinity) - (b.days_of_supply ?? Infinity) || key(a.facility, a.location, a.item).localeCompare(key(b.facility, b.location, b.item)));
}

/** Days from the first that is known of this facility on; before that nothing was connected. */
function demandDays(window: readonly string[], demand: Demand, facility: string, place: string): DemandDay[] {
  const reported = demand.reported.get(facility);
  if (!reported) return [];
  const used = demand.used.get(place);
  const empty = demand.empty.get(place);
  const first = window.findIndex((day) => reported.has(day));
  return first < 0 ? [] : window.slice(first).map((day) => ({ used: reported.has(day) ? Math.max(0, used?.get(day) ?? 0) : null, stockedOut: empty?.has(day) ?? false }));
}

function stateOf(usable: number | null, risk: number | null, { highRisk, watchRisk }: StockoutSettings): StockoutLine['state'] {
  if (usable !== null && usable <= 0) return 'out';
  if (risk === null) return 'unknown';
  return risk >= highRisk ? 'high' : risk >= watchRisk ? 'watch' : 'low';
}

function doubtsOf(at: Date, knownAt: string, lastUsage: string | undefined, stuck: number, { balanceStaleHours, usageLateHours }: StockoutSettings): string[] {
  const hours = (since: string) => (at.getTime() - Date.parse(since)) / 3_600_000;
  const doubts: string[] = [];
  if (hours(knownAt) > balanceStaleHours) doubts.push(`balance is ${Math.round(hours(knownAt))} h old`);
  if (lastUsage === undefined) doubts.push('no usage was ever reported');
  else if (hours(lastUsage) > usageLateHours) doubts.push(`usage feed is ${Math.round(hours(lastUsage))} h late`);
  if (stuck > 0) doubts.push(stuck === 1 ? '1 receipt or fill is stuck on its way' : `${stuck} receipts or fills are stuck on their way`);
  return doubts;
}
