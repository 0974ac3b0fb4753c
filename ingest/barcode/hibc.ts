import { isToken } from '../contract/token';
import { calendarDate, fullYear } from './gs1';
import type { BarcodeResult } from './index';

/**
 * HIBC supplier labels (ANSI/HIBC 2): `+`, then a primary part (labeler, product, unit of measure), a secondary part
 * (expiry, lot, serial, quantity), or both joined by `/`; last a check character.
 */

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%';

/** HIBC check character: the sum of all characters' values, modulo 43. */
export function hibcCheckCharacter(text: string): string {
  let sum = 0;
  for (const character of text) sum += ALPHABET.indexOf(character);
  return ALPHABET[sum % 43] ?? '';
}

interface Secondary {
  lot?: string;
  serial?: string;
  expiry?: string;
  production?: string;
  count?: string;
}

export function parseHibc(text: string): BarcodeResult {
  // Asterisks are the start and stop signs of Code 39 that some scanners pass on.
  const scanned = text.trimStart().replace(/[\r\n\t]+$/, '').replace(/^\*(.*)\*$/, '$1');
  const token = /\/S(tk\d{1,5}-[A-Za-z0-9_-]{22})(?=\/|$)/.exec(scanned)?.[1];
  // With a token in it, it is a form that `rebuilt` wrote: no check character, and letters of both cases.
  if (token === undefined) {
    // A blank may be the check character, or only stand behind the label.
    const upper = [scanned, scanned.trimEnd()].map((each) => each.toUpperCase()).find((each) => hibcCheckCharacter(each.slice(0, -1)) === each.slice(-1)) ?? scanned.toUpperCase();
    if (!/^\+[0-9A-Z\-. $/+%]{2,}$/.test(upper)) return fail('is no HIBC label: it holds characters that HIBC has not');
    if (hibcCheckCharacter(upper.slice(0, -1)) !== upper.slice(-1)) return fail('has a wrong check character');
    return read(upper.slice(1, -1), false);
  }
  return read(scanned.trimEnd().slice(1), true);
}

function read(body: string, rebuilt: boolean): BarcodeResult {
  const primary = /^([A-Z][A-Z0-9]{3})([A-Z0-9]{1,18})(\d)(?=\/|$)/.exec(body);
  const found: Secondary = {};
  let rest = primary ? body.slice(primary[0].length) : body;
  if (!primary) {
    if (!/^[\d$/]/.test(rest)) return fail('has neither a primary nor a secondary part');
    // Standing alone, the secondary part ends in a link character that names its primary.
    if (!rebuilt) rest = rest.slice(0, -1);
  }
  const parts = rest.replace(/^\//, '').split('/').filter(Boolean);
  for (const [i, part] of parts.entries()) {
    const problem = i === 0 && /^[\d$]/.test(part) && !/^1[46]D\d{8}$/.test(part) ? readSecondary(part, found) : readSupplement(part, found);
    if (problem) return fail(problem);
  }
  if (!primary && !parts.length) return fail('is empty');
  const hibc = primary ? `${primary[1]}${primary[2]}${primary[3]}` : undefined;
  return {
    ok: true,
    barcode: {
      hibc,
      ...found,
      patient: false,
      serials: found.serial ? [found.serial] : [],
      rebuilt: (tokenise) => write(hibc, found, tokenise),
    },
  };
}

/** `$…`, `$$…` or `YYJJJ…`; returns what is wrong. */
function readSecondary(part: string, found: Secondary): string | undefined {
  const form = /^(\$\$\+|\$\$|\$\+|\$|)(.*)$/.exec(part);
  const flag = form?.[1] ?? '';
  let rest = form?.[2] ?? '';
  const name = flag.endsWith('+') ? 'serial' : 'lot';
  if (flag === '') {
    const expiry = julian(rest.slice(0, 5));
    if (!expiry) return 'its secondary part holds no date';
    found.expiry = expiry;
    rest = rest.slice(5);
  } else if (flag.startsWith('$$')) {
    const quantity = /^(?:8(\d{2})|9(\d{5}))/.exec(rest);
    if (quantity) {
      found.count = String(Number(quantity[1] ?? quantity[2]));
      rest = rest.slice(quantity[0].length);
    }
    const dated = readDate(rest);
    if (dated === undefined && !quantity) return 'its secondary part holds no date';
    if (dated?.expiry) found.expiry = dated.expiry;
    rest = rest.slice(dated?.length ?? 0);
  }
  if (rest.length > 18 && !isToken(rest)) return `its ${name} is too long`;
  if (rest) found[name] = rest;
  return undefined;
}

/** The date at the start of what follows `$$`, with its flag; `7` says that there is none. */
function readDate(text: string): { expiry?: string | undefined; length: number } | undefined {
  const of = (length: number, expiry: string | undefined) => (expiry ? { expiry, length } : undefined);
  const part = (from: number, to: number) => Number(text.slice(from, to));
  if (/^[01]\d{3}/.test(text)) return of(4, calendarDate(fullYear(text.slice(2, 4)), part(0, 2), 0));
  if (/^2\d{6}/.test(text)) return of(7, calendarDate(fullYear(text.slice(5, 7)), part(1, 3), part(3, 5)));
  if (/^3\d{6}/.test(text)) return of(7, calendarDate(fullYear(text.slice(1, 3)), part(3, 5), part(5, 7)));
  if (/^4\d{8}/.test(text)) return of(9, calendarDate(fullYear(text.slice(1, 3)), part(3, 5), part(5, 7)));
  if (/^5\d{5}/.test(text)) return of(6, julian(text.slice(1, 6)));
  if (/^6\d{7}/.test(text)) return of(8, julian(text.slice(1, 6)));
  if (text.startsWith('7')) return { length: 1 };
  return undefined;
}

function readSupplement(part: string, found: Secondary): string | undefined {
  const date = /^(14|16)D(\d{4})(\d{2})(\d{2})$/.exec(part);
  if (date) {
    const day = calendarDate(Number(date[2]), Number(date[3]), Number(date[4]));
    if (!day) return `its /${date[1]}D is no date`;
    found[date[1] === '14' ? 'expiry' : 'production'] = day;
  } else if (part.startsWith('S') && part.length > 1) found.serial = part.slice(1);
  else if (/^Q\d{1,5}$/.test(part)) found.count = String(Number(part.slice(1)));
  else return 'it has a part that HIBC does not know';
  return undefined;
}

function julian(text: string): string | undefined {
  if (!/^\d{5}$/.test(text)) return undefined;
  const day = Number(text.slice(2));
  const date = new Date(Date.UTC(fullYear(text.slice(0, 2)), 0, day));
  return day >= 1 && date.getUTCFullYear() === fullYear(text.slice(0, 2)) ? date.toISOString().slice(0, 10) : undefined;
}

/** One form for all spellings: `+<primary>/$<lot>/14D<expiry>/16D<production>/Q<count>/S<serial>`; no check character beside a token. */
function write(hibc: string | undefined, { lot, serial, expiry, production, count }: Secondary, tokenise: (serial: string) => string): string {
  const day = (text: string) => text.replaceAll('-', '');
  const parts = [
    lot && `$${lot}`,
    expiry && `14D${day(expiry)}`,
    production && `16D${day(production)}`,
    count && `Q${count}`,
    serial && `S${tokenise(serial)}`,
  ].filter((part) => part !== undefined);
  const label = `+${hibc ?? ''}${parts.map((part) => `/${part}`).join('')}`;
  return serial ? label : label + hibcCheckCharacter(label);
}

function fail(error: string): BarcodeResult {
  return { ok: false, error };
}
