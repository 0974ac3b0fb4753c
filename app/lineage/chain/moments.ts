import type { Learned } from '@/server/lineage/as-of';
import { toDate, type Instant } from '../../components/format/format';

/** When things became known: the moments of recording, and how late that was. */

export interface Moment {
  /** The last recording of the moment, ISO 8601. */
  at: string;
  events: Learned[];
}

/** Recordings this close together are one moment: a message brings several lines, a batch several messages. */
const TOGETHER_MS = 1_000;
/** A delay that is told: hand-overs and batches within the hour are how interfaces work. */
const NOTABLE_MS = 3_600_000;

export function momentsOf(events: readonly Learned[]): Moment[] {
  const sorted = [...events].sort((a, b) => a.recorded_at.localeCompare(b.recorded_at) || a.time.localeCompare(b.time));
  const moments: Moment[] = [];
  let until = Number.NEGATIVE_INFINITY;
  for (const event of sorted) {
    const at = Date.parse(event.recorded_at);
    const last = moments[moments.length - 1];
    if (last && at <= until) {
      last.events.push(event);
      last.at = event.recorded_at;
      continue;
    }
    moments.push({ at: event.recorded_at, events: [event] });
    until = at + TOGETHER_MS;
  }
  return moments;
}

/** How long after it happened an event was recorded, where that is worth telling; null where it is not. */
export function lateness(event: { time: string; recorded_at: string }): number | null {
  const delay = Date.parse(event.recorded_at) - Date.parse(event.time);
  return delay >= NOTABLE_MS ? delay : null;
}

/** Index of the last moment at or before an instant; -1 before the first. */
export function momentAt(moments: readonly Moment[], at: Instant): number {
  const time = toDate(at)?.getTime() ?? Number.POSITIVE_INFINITY;
  let index = -1;
  for (const [i, moment] of moments.entries()) if (Date.parse(moment.at) <= time) index = i;
  return index;
}

/** `31 March 2026, 23:59 (UTC+2)`; with seconds where the moment is none of a whole minute's beginning or end. */
export function formatMoment(value: Instant, zone: string): string {
  const date = toDate(value);
  if (!date) return 'unknown';
  const rest = date.getTime() % 60_000;
  const exact = rest !== 0 && rest < 59_000;
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone, day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit', ...(exact ? { second: '2-digit' } : {}), hourCycle: 'h23', timeZoneName: 'shortOffset',
  }).formatToParts(date);
  const get = (type: Intl.DateTimeFormatPartTypes) => parts.find((part) => part.type === type)?.value ?? '';
  return `${get('day')} ${get('month')} ${get('year')}, ${get('hour')}:${get('minute')}${exact ? `:${get('second')}` : ''} (${get('timeZoneName').replace(/^GMT(\+0)?/, 'UTC').replace('-', '−')})`;
}

const MINUTES = 5 * 60_000;
const DAY = 86_400_000;

/**
 * When a history was brought in at once, the moment it was: then each of its events is late, and saying so of every one
 * tells nothing. Null where events were recorded as they came.
 */
export function broughtIn(events: readonly { time: string; recorded_at: string }[]): string | null {
  const recorded = events.map((event) => event.recorded_at).sort();
  const times = events.map((event) => event.time).sort();
  const [first, most] = [recorded[0], recorded[Math.floor((recorded.length - 1) * 0.8)]];
  const [began, ended] = [times[0], times[times.length - 1]];
  if (!first || !most || !began || !ended || events.length < 2) return null;
  return Date.parse(most) - Date.parse(first) < MINUTES && Date.parse(ended) - Date.parse(began) > DAY ? first : null;
}
