/** Local time in a facility's zone. Instants are milliseconds since 1970, UTC. */

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export interface LocalTime {
  /** YYYY-MM-DD */
  readonly date: string;
  readonly hour: number;
  readonly minute: number;
  /** 0 is Sunday */
  readonly weekday: number;
}

interface Zone {
  readonly format: Intl.DateTimeFormat;
  readonly offsets: Map<number, number>;
}
const zones = new Map<string, Zone>();
let lastName = '';
let lastHour = NaN;
let lastOffset = 0;

/** Local time minus UTC, in milliseconds. Zones change on full UTC hours, so an hour's offset is asked for once. */
export function offsetOf(at: number, zone: string): number {
  const hour = Math.floor(at / HOUR);
  if (hour === lastHour && zone === lastName) return lastOffset;
  let known = zones.get(zone);
  if (!known) {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
    });
    known = { format, offsets: new Map() };
    zones.set(zone, known);
  }
  let offset = known.offsets.get(hour);
  if (offset === undefined) {
    const parts: Record<string, number> = {};
    for (const { type, value } of known.format.formatToParts(hour * HOUR)) parts[type] = Number(value);
    offset = Date.UTC(parts.year ?? 0, (parts.month ?? 1) - 1, parts.day, parts.hour, parts.minute, parts.second) - hour * HOUR;
    known.offsets.set(hour, offset);
  }
  lastHour = hour;
  lastName = zone;
  lastOffset = offset;
  return offset;
}

export function localTime(at: number, zone: string): LocalTime {
  const shifted = new Date(at + offsetOf(at, zone));
  return { date: localDate(at, zone), hour: shifted.getUTCHours(), minute: shifted.getUTCMinutes(), weekday: shifted.getUTCDay() };
}

const dates = new Map<number, string>();

export function localDate(at: number, zone: string): string {
  const day = Math.floor((at + offsetOf(at, zone)) / DAY);
  let date = dates.get(day);
  if (date === undefined) {
    date = new Date(day * DAY).toISOString().slice(0, 10);
    dates.set(day, date);
  }
  return date;
}

/** The instant at which the clocks of the zone show this date and time (the later one where they show it twice). */
export function atLocal(date: string, hour: number, minute: number, zone: string): number {
  const wall = Date.parse(`${date}T00:00:00Z`) + hour * HOUR + minute * MINUTE;
  const guess = wall - offsetOf(wall, zone);
  return wall - offsetOf(guess, zone);
}

/** `days` calendar days later. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}

/**
 * The first instant at or after `at` within these local hours, on a weekday unless every day counts; `at` itself
 * where it is within. What waited for the morning is spread over its first forty minutes.
 */
export function inOfficeHours(at: number, zone: string, from: number, to: number, everyDay = false): number {
  const works = (weekday: number) => everyDay || (weekday >= 1 && weekday <= 5);
  const local = localTime(at, zone);
  if (works(local.weekday) && local.hour >= from && local.hour < to) return at;
  let date = works(local.weekday) && local.hour < from ? local.date : addDays(local.date, 1);
  for (;;) {
    const start = atLocal(date, from, 0, zone);
    if (works(localTime(start, zone).weekday)) return start + (Math.floor(at / 1000) % 2400) * 1000;
    date = addDays(date, 1);
  }
}

/** RFC 3339 in UTC. */
export function instant(at: number): string {
  return new Date(at).toISOString();
}

/** RFC 3339 with the zone's own offset, as many hospital systems write it. */
export function localInstant(at: number, zone: string): string {
  const offset = offsetOf(at, zone);
  const minutes = Math.abs(offset) / MINUTE;
  const sign = offset < 0 ? '-' : '+';
  const two = (n: number) => String(n).padStart(2, '0');
  return `${new Date(at + offset).toISOString().slice(0, -1)}${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
