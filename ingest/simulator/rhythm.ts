import type { Rng } from './random';
import type { Facility } from './world';
import { addDays, atLocal, localTime } from './zone';

/** When things happen in a hospital, by its own clock. */

/** Share of a day's bedside usage per hour, emergency department: evening peak. */
const ED_HOURS = [3, 2, 2, 2, 2, 2, 3, 4, 6, 8, 9, 9, 8, 8, 8, 8, 8, 9, 9, 8, 7, 6, 5, 4];
/** Intensive care: medication rounds. */
const ICU_HOURS = [4, 3, 3, 3, 4, 6, 8, 7, 6, 6, 5, 5, 6, 5, 5, 6, 7, 6, 5, 5, 6, 7, 5, 4];

export function bedsideHour(rng: Rng, area: 'ICU' | 'ED'): number {
  const hours = area === 'ED' ? ED_HOURS : ICU_HOURS;
  return rng.weighted([...hours.keys()], (hour) => hours[hour] ?? 0);
}

/** Planned cases: full weekdays (Friday less), few at the weekend. */
export function caseFactor(weekday: number): number {
  return weekday === 0 || weekday === 6 ? 0.125 : weekday === 5 ? 0.85 : 1.04;
}

export function bedsideFactor(weekday: number, area: 'ICU' | 'ED'): number {
  if (area === 'ED') return weekday === 0 || weekday === 6 ? 1.15 : weekday === 1 ? 1.05 : 0.93;
  return weekday === 0 || weekday === 6 ? 0.9 : 1.04;
}

/** Calls `day` at the facility's every local midnight, the first time at once for the day that has begun. */
export function everyDay(clock: { readonly now: number; at(time: number, action: () => void): void }, facility: Pick<Facility, 'zone'>, day: (date: string, weekday: number) => void): void {
  const run = () => {
    const local = localTime(clock.now, facility.zone);
    day(local.date, local.weekday);
    clock.at(atLocal(addDays(local.date, 1), 0, 0, facility.zone), run);
  };
  clock.at(clock.now, run);
}
