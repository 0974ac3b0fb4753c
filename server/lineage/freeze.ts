import type { Store } from '@/clickhouse/client';
import { freezeCompleteness, frozenSince } from '@/clickhouse/queries/completeness-days';
import { facilitiesSeen } from '@/clickhouse/queries/span';
import { clocksAt } from './completeness';
import dayjs from 'dayjs';
import { bucketStart } from '../exceptions/buckets';

/** Freezes completeness at the end of each day, per facility in its own zone: what was known then, for later audits. */

/** Chains that began longer ago are settled, or will not be. */
const DAYS_BACK = 400;

/**
 * Freezes the day that ended last at each facility where it is not frozen yet; to be called when the chains are up with the
 * log. A day at whose end the product did not run stays without a figure: nobody knows what was known.
 * @returns the facilities whose day was frozen
 */
export async function freezeEndedDays(store: Store, { zone, now = new Date() }: { zone: string; now?: Date }): Promise<string[]> {
  const places = await facilitiesSeen(store);
  const done = new Set((await frozenSince(store, { from: dayjs(now).subtract(3, 'day').format('YYYY-MM-DD') })).map(({ day, facility }) => `${day} ${facility}`));
  const frozen: string[] = [];
  for (const place of places) {
    const { day, end } = endedDay(now, place.zone || zone);
    if (done.has(`${day} ${place.id}`)) continue;
    await freezeCompleteness(store, { ...(await clocksAt(store, end)), from: dayjs(end).subtract(DAYS_BACK, 'day').toDate(), to: end, facilities: [place.id], day });
    frozen.push(place.id);
  }
  return frozen;
}

/** The day that ended last in a zone, as YYYY-MM-DD, and its end. */
export function endedDay(now: Date, zone: string): { day: string; end: Date } {
  const end = new Date(bucketStart(now.getTime(), 'day', zone));
  return { day: new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' }).format(new Date(end.getTime() - 1)), end };
}
