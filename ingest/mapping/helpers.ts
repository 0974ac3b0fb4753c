import dayjs from 'dayjs';
import customParseFormat from 'dayjs/plugin/customParseFormat.js';
import timezone from 'dayjs/plugin/timezone.js';
import utc from 'dayjs/plugin/utc.js';
import type jsonata from 'jsonata';
import { fileMatches } from './subject';

dayjs.extend(utc);
dayjs.extend(timezone);
dayjs.extend(customParseFormat);

/**
 * What mapping expressions may call besides JSONata's own functions.
 *
 * Words where a value is expected ("Date Not Captured") mean that the source does not know: the result is nothing,
 * and the field is left out. A value that is there but cannot be read is an error, never a guess.
 */
export const HELPERS: ReadonlyMap<string, (...given: unknown[]) => unknown> = new Map<string, (...given: unknown[]) => unknown>([
  ['date', (text, ...formats) => date(text, formats)],
  ['decimal', decimal],
  ['instant', instantOf],
  ['slug', slug],
  ['key', (...parts) => key(parts)],
  ['at', (list, index) => asList(list)[Number(index)]],
  ['previous', (list, position, value) => neighbour(list, position, value, -1)],
  ['next', (list, position, value) => neighbour(list, position, value, 1)],
  ['countBefore', countBefore],
  ['opener', opener],
  ['fits', (text, pattern) => typeof text === 'string' && fileMatches(String(pattern), text)],
]);

export function registerHelpers(expression: jsonata.Expression): void {
  for (const [name, helper] of HELPERS) expression.registerFunction(name, (...given: unknown[]) => helper(...given));
}

const absent = (text: unknown): boolean => text === undefined || text === null || (typeof text === 'string' && text.trim() === '');

/**
 * `$date(text, format, …)`: a calendar date, YYYY-MM-DD. Formats as in dayjs (D-MMM-YY, M/D/YY); without any,
 * YYYY-MM-DD and instants, whose own date is meant. Nothing where the text has no digit.
 */
function date(text: unknown, formats: unknown[]): string | undefined {
  if (absent(text)) return undefined;
  if (typeof text !== 'string') throw new Error('$date wants text');
  const trimmed = text.trim();
  if (formats.length === 0) {
    const own = /^(\d{4}-\d{2}-\d{2})(?:[T ].*)?$/.exec(trimmed)?.[1];
    if (own !== undefined && isDay(own)) return own;
  }
  if (formats.length > 0) {
    const asked = `${trimmed}\0${formats.join('\0')}`;
    const found = readDates.get(asked) ?? readDate(trimmed, formats);
    if (readDates.size >= MOST_DATES) readDates.clear();
    readDates.set(asked, found);
    if (found !== '') return found;
  }
  if (!/\d/.test(trimmed)) return undefined;
  throw new Error(`is no date in ${formats.length > 0 ? formats.join(' or ') : 'YYYY-MM-DD'}`);
}

/** Dates repeat a lot within a file, and reading one by its format takes some 30 µs. */
const readDates = new Map<string, string>();
const MOST_DATES = 20_000;

function readDate(text: string, formats: readonly unknown[]): string {
  for (const format of formats) {
    const parsed = dayjs.utc(text, String(format), true);
    if (parsed.isValid()) return parsed.format('YYYY-MM-DD');
  }
  return '';
}

/** Whether YYYY-MM-DD is a day of the calendar. */
function isDay(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.getUTCDate() === Number(text.slice(8, 10));
}

/**
 * `$decimal(value)`: a decimal string without separators of thousands. Nothing where the text is words; an error
 * where it begins as a number and does not end as one.
 */
function decimal(value: unknown): string | undefined {
  if (absent(value)) return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? plainDigits(value) : undefined;
  if (typeof value !== 'string') throw new Error('$decimal wants text or a number');
  const text = value.trim();
  const digits = /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(text) ? text.replaceAll(',', '') : text;
  const parts = /^([+-]?)(\d+)?(?:\.(\d*))?$/.exec(digits);
  if (parts && (parts[2] !== undefined || (parts[3] ?? '') !== '')) {
    const whole = (parts[2] ?? '0').replace(/^0+(?=\d)/, '');
    const fraction = (parts[3] ?? '').replace(/0+$/, '');
    return `${parts[1] === '-' ? '-' : ''}${whole}${fraction ? `.${fraction}` : ''}`;
  }
  if (/^[+-]?[.,]?\d/.test(text)) throw new Error('is no decimal number');
  return undefined;
}

function plainDigits(value: number): string {
  const text = String(value);
  if (text.includes('e')) throw new Error('is a number too large or too small to be written out exactly');
  return text;
}

/**
 * `$instant(text, zone)`: an RFC 3339 instant. Text with an offset keeps it; text without one is a clock time in
 * `zone` (UTC where left out), and a date stands for its midnight there.
 */
function instantOf(text: unknown, zone?: unknown): string | undefined {
  if (absent(text)) return undefined;
  if (typeof text !== 'string') throw new Error('$instant wants text');
  const parts = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(?:\s*(Z|[+-]\d{2}:?\d{2}))?)?$/i.exec(text.trim());
  if (!parts) {
    if (!/\d/.test(text)) return undefined;
    throw new Error('is no date or time as YYYY-MM-DDThh:mm:ss');
  }
  const [, day = '', clock = '00:00:00', offset] = parts;
  if (!isDay(day)) throw new Error('is no calendar date');
  const full = clock.length === 5 ? `${clock}:00` : clock;
  if (offset !== undefined) return `${day}T${full}${offset.toUpperCase() === 'Z' ? 'Z' : offset.replace(/^([+-]\d{2}):?(\d{2})$/, '$1:$2')}`;
  if (absent(zone) || zone === 'UTC' || zone === 'Z') return `${day}T${full}Z`;
  const local = dayjs.tz(`${day}T${full}`, String(zone));
  const minutes = local.utcOffset();
  const sign = minutes < 0 ? '-' : '+';
  const two = (n: number) => String(Math.floor(Math.abs(n))).padStart(2, '0');
  return `${day}T${full}${sign}${two(minutes / 60)}:${two(minutes % 60)}`;
}

/** `$slug(text)`: small letters, digits and hyphens, at most 80, accents dropped: a key from a name. */
function slug(text: unknown): string | undefined {
  if (absent(text)) return undefined;
  const made = String(text).normalize('NFKD').replace(/\p{M}+/gu, '').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
  return made.slice(0, 80).replace(/-+$/, '') || undefined;
}

/** `$key(part, …)`: the parts in one text, or nothing where one of them is unknown (`&` would leave a stump). */
function key(parts: readonly unknown[]): string | undefined {
  return parts.some(absent) ? undefined : parts.map(String).join('');
}

const asList = (list: unknown): readonly unknown[] => (Array.isArray(list) ? list : list === undefined ? [] : [list]);

/** `$previous(list, position, value)` and `$next(…)`: where the nearest equal element before or after stands. */
function neighbour(list: unknown, position: unknown, value: unknown, step: 1 | -1): number | undefined {
  const items = asList(list);
  for (let at = Number(position) + step; at >= 0 && at < items.length; at += step) if (items[at] === value) return at;
  return undefined;
}

/** `$countBefore(list, position, value)`: how many elements before the position equal the value. */
function countBefore(list: unknown, position: unknown, value: unknown): number {
  const items = asList(list);
  let count = 0;
  for (let at = 0; at < Number(position) && at < items.length; at++) if (items[at] === value) count++;
  return count;
}

/**
 * `$opener(list, position, open, close)`: where the `open` stands that the `close` at the position ends, read as
 * brackets: the latest one that no earlier `close` has ended. Nothing where there is none.
 */
function opener(list: unknown, position: unknown, open: unknown, close: unknown): number | undefined {
  const items = asList(list);
  let ended = 0;
  for (let at = Number(position) - 1; at >= 0; at--) {
    if (items[at] === close) ended++;
    else if (items[at] === open && ended-- === 0) return at;
  }
  return undefined;
}
