import { z } from 'zod';

/**
 * Time range and facility as they stand in a link, and their meaning in instants. Pages send the
 * words (`7d`), the server turns them into instants at the moment of asking, so a live page keeps
 * one query key while its window moves. Holds no server code: pages import the schema.
 */

export const RANGE_PRESETS = ['1h', '24h', '7d', '30d', '90d', '12m', 'all'] as const;
export type RangePreset = (typeof RANGE_PRESETS)[number];

export const RANGE_LABELS: Record<RangePreset, string> = {
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  '90d': 'Last 90 days',
  '12m': 'Last 12 months',
  all: 'All data',
};

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LENGTH: Record<Exclude<RangePreset, 'all' | '12m'>, number> = {
  '1h': HOUR,
  '24h': DAY,
  '7d': 7 * DAY,
  '30d': 30 * DAY,
  '90d': 90 * DAY,
};

/** Every page procedure's input carries this: `z.object({ filters: filtersInput, … })`. */
export const filtersInput = z
  .object({
    range: z.enum(RANGE_PRESETS).optional(),
    /** Instants with offset; both or neither, and then they go before `range`. */
    from: z.iso.datetime({ offset: true }).optional(),
    to: z.iso.datetime({ offset: true }).optional(),
    facility: z.string().min(1).max(200).optional(),
  })
  .refine((value) => (value.from === undefined) === (value.to === undefined), {
    error: 'A time range needs both its start and its end.',
  })
  .refine((value) => !value.from || !value.to || new Date(value.from) < new Date(value.to), {
    error: 'The time range ends before it starts.',
  });
export type FiltersInput = z.infer<typeof filtersInput>;

/** First and last event time in the store; null when it holds none. */
export type DataBounds = { first: Date; last: Date } | null;

export interface ResolvedRange {
  /** Inclusive. */
  from: Date;
  /** Exclusive. */
  to: Date;
  /** The preset that was used; null for a range given by its ends. */
  preset: RangePreset | null;
}

/** A week while events are arriving; everything once the newest is older than a week (an import of history). */
export function defaultRange(bounds: DataBounds, now: Date): RangePreset {
  if (bounds && now.getTime() - bounds.last.getTime() > LENGTH['7d']) return 'all';
  return '7d';
}

/** Events dated in the future are inside `all` and outside the other presets. */
export function resolveRange(
  input: Pick<FiltersInput, 'range' | 'from' | 'to'>,
  bounds: DataBounds,
  now: Date,
  fallback?: RangePreset,
): ResolvedRange {
  if (input.from && input.to) {
    return { from: new Date(input.from), to: new Date(input.to), preset: null };
  }
  const preset = input.range ?? fallback ?? defaultRange(bounds, now);
  if (preset === 'all') {
    if (!bounds) return { from: new Date(now.getTime() - LENGTH['24h']), to: now, preset };
    // A living log ends now; an imported history ends with its last event, not in years of nothing.
    const living = now.getTime() - bounds.last.getTime() < DAY;
    const end = bounds.last.getTime() + 1;
    return { from: bounds.first, to: new Date(living ? Math.max(end, now.getTime()) : end), preset };
  }
  if (preset === '12m') {
    const from = new Date(now);
    from.setUTCFullYear(from.getUTCFullYear() - 1);
    return { from, to: now, preset };
  }
  return { from: new Date(now.getTime() - LENGTH[preset]), to: now, preset };
}

/** Width of a chart's buckets, named as ClickHouse's toStartOf… functions and Intl know them. */
export const STEPS = ['minute', 'five_minutes', 'fifteen_minutes', 'hour', 'day', 'week', 'month'] as const;
export type Step = (typeof STEPS)[number];

/** The finest step that gives a range at most about 200 buckets: readable, and cheap to draw. */
export function stepFor(range: { from: Date; to: Date }): Step {
  const span = range.to.getTime() - range.from.getTime();
  if (span <= 2 * HOUR) return 'minute';
  if (span <= 12 * HOUR) return 'five_minutes';
  if (span <= 2 * DAY) return 'fifteen_minutes';
  if (span <= 8 * DAY) return 'hour';
  if (span <= 200 * DAY) return 'day';
  if (span <= 1_400 * DAY) return 'week';
  return 'month';
}
