import { timeParts, toDate, type Instant } from '../format/format';
import type { Step } from '@/server/range';

/** Pure preparation of chart data: these decide, the chart components only draw. */

export interface Series {
  /** Key of the value in each row. */
  key: string;
  label: string;
  /** A CSS colour token without `--tl-`: `chart-1` … `chart-8` for categories, `ok`, `breach`, … for meanings. */
  color?: string;
}

/** `var(--tl-chart-3)`: categorical colours by position unless the series names its own token. */
export function seriesColor(series: Series, index: number): string {
  return `var(--tl-${series.color ?? `chart-${(index % 8) + 1}`})`;
}

export type Row = Record<string, unknown>;

const STEP_MS: Partial<Record<Step, number>> = {
  minute: 60_000,
  five_minutes: 300_000,
  fifteen_minutes: 900_000,
  hour: 3_600_000,
};

/**
 * Rows by time, ascending, with the buckets that nobody reported. Such a bucket is a gap (null), not a
 * zero, unless `missing` is 'zero' (counts of things that would have been recorded had they happened).
 * Days, weeks and months vary in length with the zone's clock changes, so only their own rows are drawn.
 */
export function withGaps(
  rows: readonly Row[],
  timeKey: string,
  series: readonly Series[],
  options: { step?: Step; from?: Date; to?: Date; missing: 'gap' | 'zero' },
): { at: number; [key: string]: number | null }[] {
  const byTime = new Map<number, Row>();
  for (const row of rows) {
    const at = toDate(row[timeKey] as Instant)?.getTime();
    if (at !== undefined) byTime.set(at, row);
  }
  const times = [...byTime.keys()].sort((a, b) => a - b);
  const width = options.step ? STEP_MS[options.step] : undefined;
  const first = times[0];
  const last = times[times.length - 1];
  const all: number[] = [];
  if (width && first !== undefined && last !== undefined) {
    // Walk on the grid that the data itself stands on, so that offsets of half an hour hold.
    const start = options.from ? first - Math.floor((first - options.from.getTime()) / width) * width : first;
    const end = options.to ? options.to.getTime() : last + 1;
    for (let at = start; at < end && all.length < 2_000; at += width) all.push(at);
    for (const at of times) if (!all.includes(at)) all.push(at);
    all.sort((a, b) => a - b);
  } else {
    all.push(...times);
  }
  const blank = options.missing === 'zero' ? 0 : null;
  return all.map((at) => {
    const row = byTime.get(at);
    const point: { at: number; [key: string]: number | null } = { at };
    for (const { key } of series) point[key] = row ? numeric(row[key]) : blank;
    return point;
  });
}

/** For drawing only; what is read as a number comes from the exact text. */
export function numeric(value: unknown): number | null {
  if (value === null || value === undefined || value === '') return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

/** A tick of the time axis: the finer the buckets, the finer the words. */
export function tickText(at: number, zone: string, step: Step | undefined, spanMs: number): string {
  const parts = timeParts(at, zone);
  if (!parts) return '';
  if (step === 'month') return parts.date.slice(0, 7);
  if (step === 'day' || step === 'week') return spanMs > 300 * 86_400_000 ? parts.date : parts.date.slice(5);
  return spanMs > 36 * 3_600_000 ? `${parts.date.slice(5)} ${parts.time}` : parts.time;
}

/** What the tooltip says of a bucket. */
export function bucketText(at: number, zone: string, step: Step | undefined): string {
  const parts = timeParts(at, zone);
  if (!parts) return '';
  if (step === 'month') return parts.date.slice(0, 7);
  if (step === 'week') return `Week from ${parts.date}`;
  if (step === 'day') return parts.date;
  return `${parts.date} ${parts.time} ${parts.zone}`;
}
