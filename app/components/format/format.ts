import Decimal from 'decimal.js';

/** Pure text of values; the components beside this file only draw what these decide. */

/** Decimals cross the wire as strings, so that money and quantities are never floats. */
export type DecimalText = string | number | null | undefined;

function toDecimal(value: DecimalText): Decimal | null {
  if (value === null || value === undefined || value === '') return null;
  try {
    const decimal = new Decimal(value);
    return decimal.isFinite() ? decimal : null;
  } catch {
    return null;
  }
}

function grouped(fixed: string): string {
  const [whole = '', fraction] = fixed.split('.');
  const withCommas = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return fraction ? `${withCommas}.${fraction}` : withCommas;
}

/** Minus as its own sign, so that a line break or a screen reader cannot lose it. */
function signed(text: string): string {
  return text.startsWith('-') ? `−${text.slice(1)}` : text;
}

/** `1,234.50`; null when the value is not known. At least `places` fixed places. */
export function formatDecimal(value: DecimalText, places = 0, maxPlaces = 4): string | null {
  const decimal = toDecimal(value);
  if (!decimal) return null;
  const shown = Math.min(Math.max(places, decimal.decimalPlaces()), Math.max(places, maxPlaces));
  return signed(grouped(decimal.toFixed(shown)));
}

const NO_MINOR_UNITS = new Set(['JPY', 'KRW', 'VND', 'CLP', 'XAF', 'XOF', 'UGX', 'RWF', 'ISK']);

/** `1,234.50 USD`; the currency is always said, because a network may buy in several. */
export function formatMoney(
  amount: DecimalText,
  currency: string | null | undefined,
  compact = false,
): string | null {
  const decimal = toDecimal(amount);
  if (!decimal) return null;
  const unit = currency ? ` ${currency}` : '';
  if (compact && decimal.abs().gte(100_000)) return `${compactDecimal(decimal)}${unit}`;
  const places = currency && NO_MINOR_UNITS.has(currency) ? 0 : 2;
  return `${signed(grouped(decimal.toFixed(places)))}${unit}`;
}

function compactDecimal(decimal: Decimal): string {
  const steps: [number, string][] = [
    [1e12, 'T'],
    [1e9, 'B'],
    [1e6, 'M'],
    [1e3, 'k'],
  ];
  for (const [size, letter] of steps) {
    if (decimal.abs().gte(size)) {
      return `${signed(decimal.div(size).toSignificantDigits(3).toString())}${letter}`;
    }
  }
  return signed(decimal.toSignificantDigits(3).toString());
}

/** `12.3k`: for axes and big figures, never where the exact number is asked. */
export function formatCompact(value: DecimalText): string | null {
  const decimal = toDecimal(value);
  return decimal ? compactDecimal(decimal) : null;
}

/** `97.4 %` of a ratio 0…1; one place, and never rounded up to 100 % or down to 0 %. */
export function formatPercent(ratio: DecimalText, places = 1): string | null {
  const decimal = toDecimal(ratio);
  if (!decimal) return null;
  const percent = decimal.times(100);
  const rounded = percent.toDecimalPlaces(places);
  const edge = new Decimal(10).pow(-places);
  if (rounded.eq(100) && percent.lt(100)) return `> ${new Decimal(100).minus(edge).toFixed(places)} %`;
  if (rounded.eq(0) && percent.gt(0)) return `< ${edge.toFixed(places)} %`;
  return `${signed(rounded.toFixed(places))} %`;
}

/** `3 d 4 h`, `2 h 5 min`, `340 ms`: two units at most. */
export function formatDuration(milliseconds: number | null | undefined): string | null {
  if (milliseconds === null || milliseconds === undefined || !Number.isFinite(milliseconds)) return null;
  const sign = milliseconds < 0 ? '−' : '';
  const ms = Math.abs(milliseconds);
  if (ms < 1_000) return `${sign}${Math.round(ms)} ms`;
  if (ms < 10_000) return `${sign}${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${sign}${seconds} s`;
  const units: [number, string][] = [
    [31_557_600, 'y'],
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'min'],
    [1, 's'],
  ];
  for (const [index, [size, name]] of units.entries()) {
    if (seconds < size) continue;
    const whole = Math.floor(seconds / size);
    const next = units[index + 1];
    const rest = next ? Math.floor((seconds % size) / next[0]) : 0;
    return next && rest > 0 && whole < 100 ? `${sign}${whole} ${name} ${rest} ${next[1]}` : `${sign}${whole} ${name}`;
  }
  return `${sign}${seconds} s`;
}

export type Instant = Date | string | number;

/** ClickHouse's `2026-01-02 03:04:05.678` (UTC, no offset) is read as UTC, not as the reader's zone. */
export function toDate(value: Instant | null | undefined): Date | null {
  if (value === null || value === undefined || value === '') return null;
  const bare = typeof value === 'string' && /^\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d(\.\d+)?)?$/.test(value);
  const date = new Date(bare ? `${value.replace(' ', 'T')}Z` : value);
  return Number.isNaN(date.getTime()) ? null : date;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: string, withName: boolean): Intl.DateTimeFormat {
  const key = `${zone}|${withName}`;
  let found = formatters.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      ...(withName ? { timeZoneName: 'short' } : {}),
    });
    formatters.set(key, found);
  }
  return found;
}

export interface TimeParts {
  /** `2026-03-08` in the zone. */
  date: string;
  /** `14:05`, or `14:05:09` with seconds. */
  time: string;
  /** `CDT`, `GMT+2`, `UTC`. */
  zone: string;
}

/** Null for a missing or unreadable instant; a zone this runtime does not know falls back to UTC. */
export function timeParts(value: Instant | null | undefined, zone: string, seconds = false): TimeParts | null {
  const date = toDate(value);
  if (!date) return null;
  let parts: Intl.DateTimeFormatPart[];
  try {
    parts = formatter(zone, true).formatToParts(date);
  } catch {
    parts = formatter('UTC', true).formatToParts(date);
  }
  const get = (type: Intl.DateTimeFormatPartTypes) => parts.find((part) => part.type === type)?.value ?? '';
  return {
    date: `${get('year')}-${get('month')}-${get('day')}`,
    time: `${get('hour')}:${get('minute')}${seconds ? `:${get('second')}` : ''}`,
    zone: get('timeZoneName'),
  };
}

/** `2026-03-08 14:05 CDT`. */
export function formatTime(value: Instant | null | undefined, zone: string, seconds = false): string | null {
  const parts = timeParts(value, zone, seconds);
  return parts && `${parts.date} ${parts.time} ${parts.zone}`;
}

/** A calendar date that carries no time and therefore no zone: shown as it is written. */
export function formatDay(value: string | Date | null | undefined): string | null {
  if (!value) return null;
  return value instanceof Date ? value.toISOString().slice(0, 10) : value.slice(0, 10);
}
