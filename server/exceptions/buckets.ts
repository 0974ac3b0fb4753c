import type { Step } from '../range';

/** Counts over time of rows that the server has at hand: buckets in a zone, as the store's toStartOfInterval makes them. */

export type CountStep = Extract<Step, 'hour' | 'day' | 'week' | 'month'>;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Exceptions are few and are worked through by day: coarser than what suits events. */
export function countStep({ from, to }: { from: Date; to: Date }): CountStep {
  const span = to.getTime() - from.getTime();
  return span <= 3 * DAY ? 'hour' : span <= 92 * DAY ? 'day' : span <= 1_000 * DAY ? 'week' : 'month';
}

const formats = new Map<string, Intl.DateTimeFormat>();
function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' });
    formats.set(zone, format);
  }
  return format;
}

/** The zone's wall clock at an instant, as if it were UTC. */
function wall(ms: number, zone: string): number {
  const part = Object.fromEntries(formatOf(zone).formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(part.year ?? 1970, (part.month ?? 1) - 1, part.day, part.hour, part.minute, part.second);
}

/** The instant at which the zone's wall clock shows this. */
function instantAt(wallMs: number, zone: string): number {
  let guess = wallMs - (wall(wallMs, zone) - wallMs);
  guess += wallMs - wall(guess, zone);
  return guess;
}

/** Start of the bucket that an instant falls in. */
export function bucketStart(ms: number, step: CountStep, zone: string): number {
  const local = wall(Math.floor(ms / 1000) * 1000, zone);
  if (step === 'hour') return Math.floor(ms / 1000) * 1000 - (local % HOUR);
  const day = local - (local % DAY);
  if (step === 'day') return instantAt(day, zone);
  const date = new Date(day);
  // Weeks begin on Monday.
  const start = step === 'week' ? day - ((date.getUTCDay() + 6) % 7) * DAY : Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
  return instantAt(start, zone);
}

/** One row per bucket with a count per key; days and hours without any are rows too, since nothing arose then. */
export function countsOver(rows: readonly { since: string; key: string; count: number }[], step: CountStep, zone: string, span: { from: Date; to: Date }): { at: Date; [key: string]: Date | number }[] {
  const byHour = new Map<number, number>();
  const buckets = new Map<number, { at: Date; [key: string]: Date | number }>();
  const bucket = (ms: number) => {
    // Every zone's offset is a whole number of quarter hours.
    const quarter = Math.floor(ms / (HOUR / 4));
    let start = byHour.get(quarter);
    if (start === undefined) byHour.set(quarter, (start = bucketStart(quarter * (HOUR / 4), step, zone)));
    let found = buckets.get(start);
    if (!found) buckets.set(start, (found = { at: new Date(start) }));
    return found;
  };
  if (rows.length > 0) for (let at = span.from.getTime(), n = 0; at < span.to.getTime() && n < 2_000; at += step === 'hour' ? HOUR : DAY, n++) bucket(at);
  for (const row of rows) {
    const found = bucket(Date.parse(row.since));
    found[row.key] = Number(found[row.key] ?? 0) + row.count;
  }
  return [...buckets.values()].sort((a, b) => a.at.getTime() - b.at.getTime());
}
