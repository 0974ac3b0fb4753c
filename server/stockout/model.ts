import { seeded } from './random';

/**
 * The stockout model: how likely it is that an item at a location runs out.
 *
 * A seeded bootstrap draws the days ahead from the days behind: usage resampled from the known days, open supply
 * arriving after lead times resampled from the supplier's own. Quantities here are numbers, not decimals: they are
 * drawn from a distribution, and what is shown of them is a probability and a date.
 */

/** One day at the location, in the facility's zone. */
export interface DemandDay {
  /** Units used; null where nothing was reported that day, which is unknown and not zero. */
  readonly used: number | null;
  /** The day began or ended without stock: what was used says nothing about what was wanted. */
  readonly stockedOut: boolean;
}

/** Supply that was asked for and has not arrived. */
export interface OpenSupply {
  /** Units still to come: confirmed, not cancelled, rejected or received. */
  readonly quantity: number;
  /** Days since it was ordered. */
  readonly ageDays: number;
  /** Days from today until its promised date; null where none was given. */
  readonly promisedInDays: number | null;
}

export interface StockoutInput {
  /** Names the draws: the same key and the same facts give the same figures. */
  readonly seed: string;
  /** On hand − reserved − expired − recalled; null where no balance was ever reported. */
  readonly usable: number | null;
  /** Oldest first. */
  readonly days: readonly DemandDay[];
  readonly open: readonly OpenSupply[];
  /** Lead times seen for the item's suppliers, days from order to receipt. */
  readonly leadTimes: readonly number[];
}

export interface StockoutRules {
  readonly draws: number;
  /** How often the location's stock is looked at, in days; added to the p90 lead time to give the horizon. */
  readonly reviewPeriodDays: number;
  /** Lead time where the supplier has none yet, in days. */
  readonly defaultLeadTimeDays: number;
  /** Risk within the horizon that the suggested quantity must bring it under. */
  readonly acceptableRisk: number;
}

export interface StockoutForecast {
  /** Units a day over known days that were not stocked out; null where no day is known. */
  readonly dailyDemand: number | null;
  /** 'intermittent' where the days between demands average more than 1.32. */
  readonly pattern: 'smooth' | 'intermittent' | 'none' | 'unknown';
  /** Usable ÷ daily demand; null where there is no demand or no balance. */
  readonly daysOfSupply: number | null;
  /** Usable plus what is open. */
  readonly position: number | null;
  readonly horizonDays: number;
  /** Probability of reaching zero within the horizon and within 7, 14 and 30 days; null where unknown. */
  readonly risk: { readonly horizon: number; readonly d7: number; readonly d14: number; readonly d30: number } | null;
  /** 90 % interval of the horizon risk that comes of drawing and of how few days are known. */
  readonly interval: readonly [low: number, high: number] | null;
  /** Median day of running out among the draws that do within 60 days, counted from today; null where most do not. */
  readonly runsOutInDays: number | null;
  /** Units that, arriving now, would bring the horizon risk under the acceptable one; 0 where it is already. */
  readonly toOrder: number | null;
}

/** Beyond this no date is projected. */
const LOOKAHEAD_DAYS = 60;
const INTERMITTENT_INTERVAL = 1.32;
/** TSB smoothing of the probability that a day has demand. */
const TSB_ALPHA = 0.1;

export function forecast(input: StockoutInput, rules: StockoutRules): StockoutForecast {
  const known = input.days.filter((day): day is { used: number; stockedOut: boolean } => day.used !== null && !day.stockedOut);
  const leads = input.leadTimes.length > 0 ? input.leadTimes : [rules.defaultLeadTimeDays];
  const horizonDays = Math.max(1, Math.ceil(quantile([...leads].sort((a, b) => a - b), 0.9) + rules.reviewPeriodDays));
  const position = input.usable === null ? null : input.usable + input.open.reduce((sum, line) => sum + line.quantity, 0);
  const base = { position, horizonDays };
  if (known.length === 0) return { ...base, dailyDemand: null, pattern: 'unknown', daysOfSupply: null, risk: null, interval: null, runsOutInDays: null, toOrder: null };

  const total = known.reduce((sum, day) => sum + day.used, 0);
  const dailyDemand = total / known.length;
  const sizes = known.filter((day) => day.used > 0).map((day) => day.used);
  const pattern = sizes.length === 0 ? 'none' : known.length / sizes.length > INTERMITTENT_INTERVAL ? 'intermittent' : 'smooth';
  const daysOfSupply = input.usable === null || dailyDemand <= 0 ? null : Math.max(0, input.usable) / dailyDemand;
  if (input.usable === null) return { ...base, dailyDemand, pattern, daysOfSupply, risk: null, interval: null, runsOutInDays: null, toOrder: null };

  const draw = demandOf(pattern, known.map((day) => day.used), sizes);
  const random = seeded(input.seed);
  const span = Math.max(LOOKAHEAD_DAYS, horizonDays);
  // Without demand every draw is the same.
  const draws = pattern === 'none' ? 1 : rules.draws;
  const firstZero: number[] = [];
  const shortfall: number[] = [];
  for (let i = 0; i < draws; i++) {
    const arrivals = arrivalsOf(input.open, leads, span, random);
    let stock = input.usable;
    let zero = stock <= 0 ? 0 : Infinity;
    let lowest = stock;
    for (let day = 1; day <= span; day++) {
      stock += arrivals[day] ?? 0;
      stock -= draw(random);
      if (stock <= 0 && zero === Infinity) zero = day;
      if (day <= horizonDays && stock < lowest) lowest = stock;
    }
    firstZero.push(zero);
    shortfall.push(lowest);
  }
  firstZero.sort((a, b) => a - b);
  shortfall.sort((a, b) => a - b);
  const within = (days: number) => firstZero.filter((zero) => zero <= days).length / draws;
  const horizon = within(horizonDays);
  const median = firstZero[Math.floor((draws - 1) / 2)] ?? Infinity;
  // The draw at which only the acceptable share does worse: what it lacks of one unit above zero is to be ordered.
  const kept = shortfall[Math.floor(draws * rules.acceptableRisk)] ?? 0;
  return {
    ...base,
    dailyDemand,
    pattern,
    daysOfSupply,
    risk: { horizon, d7: within(7), d14: within(14), d30: within(30) },
    interval: wilson(horizon, Math.min(rules.draws, known.length)),
    runsOutInDays: median <= LOOKAHEAD_DAYS ? median : null,
    toOrder: horizon <= rules.acceptableRisk ? 0 : Math.max(1, Math.ceil(1 - kept)),
  };
}

type Random = () => number;

const pick = (values: readonly number[], random: Random): number => values[Math.floor(random() * values.length)] ?? 0;

/** A day's demand: a known day again, or, where demand is intermittent, TSB's probability times a size seen before. */
function demandOf(pattern: 'smooth' | 'intermittent' | 'none', used: readonly number[], sizes: readonly number[]): (random: Random) => number {
  if (pattern === 'none') return () => 0;
  if (pattern === 'smooth') return (random) => pick(used, random);
  // TSB updates on every day, so an item that is going out of use fades; it starts from the plain share of days.
  let probability = sizes.length / used.length;
  for (const quantity of used) probability += TSB_ALPHA * ((quantity > 0 ? 1 : 0) - probability);
  return (random) => (random() < probability ? pick(sizes, random) : 0);
}

/** Units arriving on each day ahead. A line that is already older than the drawn lead time comes after a fresh wait. */
function arrivalsOf(open: readonly OpenSupply[], leads: readonly number[], span: number, random: Random): number[] {
  const arrivals = new Array<number>(span + 1).fill(0);
  for (const line of open) {
    const lead = pick(leads, random);
    let inDays = lead - line.ageDays;
    if (inDays < 0) inDays = pick(leads, random) * random();
    // A promise in the future moves the line, but suppliers' own lead times say how far promises hold.
    if (line.promisedInDays !== null && line.promisedInDays > inDays) inDays = line.promisedInDays;
    const day = Math.max(1, Math.ceil(inDays));
    if (day <= span) arrivals[day] = (arrivals[day] ?? 0) + line.quantity;
  }
  return arrivals;
}

/** Linear between order statistics; values sorted ascending. */
export function quantile(sorted: readonly number[], q: number): number {
  if (sorted.length === 0) return NaN;
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  const a = sorted[low] ?? NaN;
  const b = sorted[Math.min(low + 1, sorted.length - 1)] ?? a;
  return a + (b - a) * (at - low);
}

/** Wilson's interval at 90 %. n is the days known: more draws do not know more. */
function wilson(p: number, n: number): [number, number] {
  const z = 1.645;
  const centre = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}
