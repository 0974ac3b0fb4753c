/** Events of one interface in one clock hour (UTC). */
export interface HourCount {
  readonly interface: string;
  /** Hours since 1970. */
  readonly hour: number;
  readonly events: number;
}

export interface Silence {
  readonly interface: string;
  readonly lastEvent: Date;
  /** Events that the same hours of the weeks before brought, on average. */
  readonly expected: number;
  readonly weeks: number;
}

const HOUR_MS = 3_600_000;
const WEEK_HOURS = 168;

/**
 * Interfaces that have sent nothing for longer than their own rhythm explains: the same hours of the week, in the
 * weeks before, brought at least `expected` events on average and were never without one.
 *
 * @param last newest event of each interface
 */
export function silences(counts: readonly HourCount[], last: ReadonlyMap<string, Date>, now: Date, rules: { silentExpected: number; silentMinutes: number; silentWeeks: number }): Silence[] {
  const byInterface = new Map<string, Map<number, number>>();
  for (const { interface: name, hour, events } of counts) {
    const hours = byInterface.get(name) ?? new Map<number, number>();
    hours.set(hour, (hours.get(hour) ?? 0) + events);
    byInterface.set(name, hours);
  }
  const found: Silence[] = [];
  for (const [name, lastEvent] of last) {
    const hours = byInterface.get(name);
    if (!hours || now.getTime() - lastEvent.getTime() < rules.silentMinutes * 60_000) continue;
    const first = Math.min(...hours.keys());
    const from = lastEvent.getTime() / HOUR_MS;
    const to = now.getTime() / HOUR_MS;
    const weeks: number[] = [];
    for (let week = 1; week <= rules.silentWeeks; week++) {
      const shift = week * WEEK_HOURS;
      // A week is looked at only where the interface was already sending before it.
      if (from - shift < first) break;
      let events = 0;
      for (let hour = Math.floor(from - shift); hour < to - shift; hour++) {
        const share = Math.min(hour + 1, to - shift) - Math.max(hour, from - shift);
        events += (hours.get(hour) ?? 0) * share;
      }
      weeks.push(events);
    }
    const expected = weeks.reduce((sum, events) => sum + events, 0) / weeks.length;
    if (weeks.length > 0 && Math.min(...weeks) >= 1 && expected >= rules.silentExpected) found.push({ interface: name, lastEvent, expected, weeks: weeks.length });
  }
  return found;
}
