import { bucketStart } from '../exceptions/buckets';

const HOUR_MS = 3_600_000;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The day, YYYY-MM-DD, that an instant falls in. */
export function dayOf(at: Date | string, zone: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(new Date(at));
}

/** A day in a zone: 23 or 25 hours long where clocks change. Null where there is no such day. */
export function dayWindow(day: string, zone: string): { from: Date; to: Date } | null {
  const noon = Date.parse(`${day}T12:00:00Z`);
  if (!DAY.test(day) || Number.isNaN(noon) || new Date(noon).toISOString().slice(0, 10) !== day) return null;
  // Zones lie up to 14 hours off: noon there is within a day of noon in UTC.
  for (const hours of [0, -14, 12]) {
    const from = bucketStart(noon + hours * HOUR_MS, 'day', zone);
    // 36 hours after a day has begun the next one has, and has not ended.
    if (dayOf(new Date(from + HOUR_MS), zone) === day) return { from: new Date(from), to: new Date(bucketStart(from + 36 * HOUR_MS, 'day', zone)) };
  }
  return null;
}
