import { isToken } from '../contract/token';
import { aiAt, aiOf, PATIENT_AIS, SERIAL_AIS, type Ai } from './ai';
import type { Barcode, BarcodeResult } from './index';

/** GS1 element strings: bracketed, raw with the group separator, with or without a symbology prefix. */

interface Element {
  readonly ai: string;
  readonly value: string;
}

const SEPARATOR = '\x1d';
/** GS1-128, GS1 DataMatrix, GS1 DataBar, GS1 QR code. */
const PREFIX = /^\](?:C1|d2|e0|Q3|J1)/;
/** GS1 character set 82: what a value of letters and digits may hold. */
const CHARACTERS = /^[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]+$/;

export function parseGs1(text: string): BarcodeResult {
  const scanned = text.trim();
  const body = scanned.replace(PREFIX, '');
  const elements = body.startsWith('(') ? bracketed(body) : raw(body);
  if (typeof elements === 'string') return { ok: false, error: elements };
  // Without brackets, prefix or separator any number would read as something: "10000000" as lot 000000.
  if (body === scanned && !body.startsWith('(') && !body.includes(SEPARATOR) && !tellsItself(elements)) {
    return { ok: false, error: 'is no GS1 element string that can be told from a plain number' };
  }
  const problem = elements.map(checkElement).find((each) => each !== undefined);
  if (problem) return { ok: false, error: problem };
  return read(elements);
}

/** Starts with a number that has a check digit, or with a date and goes on. */
function tellsItself([first, second]: readonly Element[]): boolean {
  return first !== undefined && (['00', '01', '02', '8003', '8006', '8017', '8018', '8026'].includes(first.ai) || (/^1[1-7]$/.test(first.ai) && second !== undefined));
}

/** Check digit of GTIN, SSCC and the like: weights 3 and 1 from the right. */
export function gs1CheckDigit(digits: string): number {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) sum += Number(digits[digits.length - 1 - i]) * (i % 2 === 0 ? 3 : 1);
  return (10 - (sum % 10)) % 10;
}

/** Whether a GTIN-8, -12, -13 or -14 has its right check digit. */
export function isGtin(digits: string): boolean {
  return /^(?:\d{8}|\d{12,14})$/.test(digits) && gs1CheckDigit(digits.slice(0, -1)) === Number(digits.slice(-1));
}

function bracketed(body: string): Element[] | string {
  // Brackets may stand inside a value, so only a known identifier in brackets opens the next element.
  const marks = [...body.matchAll(/\((\d{2,4})\)/g)].filter((mark) => aiOf(mark[1] ?? ''));
  if (marks[0]?.index !== 0) return 'is no GS1 element string: it starts with no known application identifier';
  return marks.map((mark, i) => ({ ai: mark[1] ?? '', value: body.slice(mark.index + mark[0].length, marks[i + 1]?.index).trim() }));
}

function raw(body: string): Element[] | string {
  const elements: Element[] = [];
  let rest = body.startsWith(SEPARATOR) ? body.slice(1) : body;
  while (rest) {
    const found = aiAt(rest);
    if (!found) return `has no known application identifier at its ${elements.length + 1}. element`;
    rest = rest.slice(found.ai.length);
    const end = found.fixed ? found.max : rest.indexOf(SEPARATOR);
    const value = end < 0 ? rest : rest.slice(0, end);
    elements.push({ ai: found.ai, value });
    rest = rest.slice(value.length);
    if (rest.startsWith(SEPARATOR)) rest = rest.slice(1);
  }
  return elements.length ? elements : 'is empty';
}

/** What is wrong with an element, without its value; undefined where it is well. */
function checkElement({ ai, value }: Element): string | undefined {
  const rule: Ai | undefined = aiOf(ai);
  if (!rule) return `has no known application identifier (${ai})`;
  // A serial's token is longer than any serial: it is what this product wrote before.
  if (SERIAL_AIS.has(ai) && isToken(value)) return undefined;
  if (value.length < rule.min || value.length > rule.max) {
    // 8003 with its serial tokenised.
    if (!(ai === '8003' && isToken(value.slice(14)))) return `(${ai}) must have ${rule.min === rule.max ? rule.min : `${rule.min} to ${rule.max}`} characters`;
  }
  if (rule.digits ? !/^\d+$/.test(value) : !CHARACTERS.test(value)) return `(${ai}) holds characters that it may not`;
  if (['00', '01', '02', '8003', '8006', '8017', '8018', '8026'].includes(ai)) {
    const number = /^80(?:03|06|26)$/.test(ai) ? value.slice(0, 14) : value;
    if (gs1CheckDigit(number.slice(0, -1)) !== Number(number.slice(-1))) return `(${ai}) has a wrong check digit`;
  }
  if ((ai === '11' || ai === '17') && !gs1Date(value)) return `(${ai}) is no date`;
  return undefined;
}

function read(elements: readonly Element[]): BarcodeResult {
  const first = new Map<string, string>();
  for (const { ai, value } of elements) {
    if (!first.has(ai)) first.set(ai, value);
    else if (first.get(ai) !== value) return { ok: false, error: `(${ai}) stands twice, with different values` };
  }
  const barcode: Barcode = {
    gtin: first.get('01') ?? first.get('02'),
    lot: first.get('10'),
    serial: first.get('21'),
    expiry: gs1Date(first.get('17')),
    production: gs1Date(first.get('11')),
    count: first.get('30') ?? first.get('37'),
    patient: elements.some(({ ai }) => PATIENT_AIS.has(ai)),
    serials: elements.flatMap(serialOf),
    rebuilt: (tokenise) =>
      elements
        .filter(({ ai }) => !PATIENT_AIS.has(ai))
        .map(({ ai, value }) => `(${ai})${withToken(ai, value, tokenise)}`)
        .join(''),
  };
  return { ok: true, barcode };
}

function serialOf({ ai, value }: Element): string[] {
  if (SERIAL_AIS.has(ai)) return [value];
  return ai === '8003' && value.length > 14 ? [value.slice(14)] : [];
}

function withToken(ai: string, value: string, tokenise: (serial: string) => string): string {
  if (SERIAL_AIS.has(ai)) return tokenise(value);
  return ai === '8003' && value.length > 14 ? value.slice(0, 14) + tokenise(value.slice(14)) : value;
}

/**
 * YYMMDD as a date; day 00 is the month's end. Years 00–79 are 20yy and 80–99 19yy: a fixed window rather than GS1's
 * moving one, so that a rebuild of the log in some later year reads the same date.
 */
function gs1Date(text: string | undefined): string | undefined {
  if (!text || !/^\d{6}$/.test(text)) return undefined;
  return calendarDate(fullYear(text.slice(0, 2)), Number(text.slice(2, 4)), Number(text.slice(4, 6)));
}

export function fullYear(twoDigits: string): number {
  const year = Number(twoDigits);
  return year < 80 ? 2000 + year : 1900 + year;
}

/** `YYYY-MM-DD`, day 0 being the month's end; undefined where there is no such day. */
export function calendarDate(year: number, month: number, day: number): string | undefined {
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (month < 1 || month > 12 || day > last) return undefined;
  return `${year}-${String(month).padStart(2, '0')}-${String(day || last).padStart(2, '0')}`;
}
