import { tokenKeysFromEnv, tokenOf, tokensOf, type TokenKeys, type TokenKind } from '../contract/token';
import { redactString } from './text';
import { Walk, type Json } from './walk';

/** Header values as they travel; several values of one name as an array. */
export type Headers = { readonly [name: string]: string | readonly string[] };

export interface CleanEvent<H extends Headers = Headers> {
  readonly value: Json;
  readonly headers: H;
  readonly subject: string;
  /** `<field path>:removed` or `:tokenised`, array positions left out, each once, sorted. */
  readonly redacted: string[];
}

export interface CleanBytes {
  readonly text: string;
  readonly encoding: 'utf-8' | 'base64';
  readonly redacted: string[];
}

export interface Tokeniser {
  /** The token of an encounter or case, or of a serial number; a token stays as it is. */
  token(kind: TokenKind, value: string): string;
  /** Every token that the value may be stored under: the key in force first, then the one before the last rotation. */
  tokens(kind: TokenKind, value: string): string[];
  /**
   * An event without patient data: with the envelope, as parsed from JSON, and what travelled beside it. Deterministic,
   * so identity and body hash are taken from its result. Objects in which nothing changes are returned, not copied.
   */
  event<H extends Headers>(event: Json, headers?: H, subject?: string): CleanEvent<H>;
  /**
   * Bytes that are no readable event, for the dead letters, without what can be told to be patient data. Text that is
   * no UTF-8 comes as base64 (of latin-1). At most 64 KiB, then a note of the full size.
   */
  raw(bytes: Uint8Array): CleanBytes;
}

export const RAW_LIMIT = 64 * 1024;
/** Read past the limit, so that a field that the cut goes through is still recognised. */
const RAW_MARGIN = 4 * 1024;
const CACHED = 5000;

export function createTokeniser(keys: TokenKeys): Tokeniser {
  const token = cachedTokens(keys);
  return {
    token,
    tokens: (kind, value) => tokensOf(keys, kind, value),
    event: <H extends Headers>(event: Json, headers = {} as H, subject = '') => {
      const walk = new Walk(token, typeof event.type === 'string' && event.type.startsWith('master.'));
      const value = walk.event(event);
      const cleanHeaders = cleanedHeaders(headers, walk);
      const cleanSubject = subject && walk.outside('nats.subject', subject);
      return { value, headers: cleanHeaders, subject: cleanSubject, redacted: walk.redacted };
    },
    raw: (bytes) => raw(bytes, token),
  };
}

/** The tokeniser that the environment asks for. @throws Error that names the variable and what to do */
export function tokeniserFromEnv(env: { readonly [name: string]: string | undefined } = process.env): Tokeniser {
  return createTokeniser(tokenKeysFromEnv(env));
}

/** Two generations: what was not asked for while one filled up is forgotten with it. */
function cachedTokens(keys: TokenKeys): (kind: TokenKind, value: string) => string {
  let young = new Map<string, string>();
  let old = new Map<string, string>();
  return (kind, value) => {
    const name = `${kind}\0${value}`;
    let token = young.get(name);
    if (token !== undefined) return token;
    token = old.get(name) ?? tokenOf(keys, kind, value);
    if (young.size >= CACHED) {
      old = young;
      young = new Map();
    }
    young.set(name, token);
    return token;
  };
}

function cleanedHeaders<H extends Headers>(headers: H, walk: Walk): H {
  let copy: { [name: string]: string | readonly string[] } | undefined;
  for (const name in headers) {
    const value: string | readonly string[] | undefined = headers[name];
    if (value === undefined) continue;
    const instead = typeof value === 'string' ? walk.header(name, value) : value.map((each) => walk.header(name, each));
    if (typeof value === 'string' ? instead !== value : value.some((each, i) => instead[i] !== each)) (copy ??= { ...headers })[name] = instead;
  }
  return (copy as H | undefined) ?? headers;
}

function raw(bytes: Uint8Array, token: (kind: TokenKind, value: string) => string): CleanBytes {
  const long = bytes.length > RAW_LIMIT;
  const head = long ? bytes.subarray(0, RAW_LIMIT + RAW_MARGIN) : bytes;
  const utf8 = utf16Text(head) ?? utf8Text(head, long);
  const stands = utf8 ?? Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1');
  const walk = new Walk(token, false);
  // Where it can be parsed all the same, its fields tell more than its text: what they hold is then looked for in it.
  const learnt = !long && utf8 !== undefined && learn(stands, walk);
  const text = learnt ? stands : unescaped(stands);
  const clean = walk.copiesIn(redactString(text, 'text', walk.at('raw')), 'raw');
  const encoded = Buffer.from(clean, utf8 === undefined ? 'latin1' : 'utf-8');
  const note = long || encoded.length > RAW_LIMIT ? `\n[cut at ${RAW_LIMIT / 1024} KiB of ${bytes.length} bytes]` : '';
  const kept = note ? Buffer.concat([wholeCharacters(encoded.subarray(0, RAW_LIMIT), utf8 !== undefined), Buffer.from(note)]) : encoded;
  return utf8 === undefined ? { text: kept.toString('base64'), encoding: 'base64', redacted: namedOnce(walk.redacted) } : { text: kept.toString('utf-8'), encoding: 'utf-8', redacted: namedOnce(walk.redacted) };
}

function learn(text: string, walk: Walk): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    walk.event({ '': JSON.parse(text) as unknown });
    return true;
  } catch {
    // No JSON: its text is all that there is.
    return false;
  }
}

/** Letters and digits that JSON spells as `\u0070`, as themselves: a name spelled so would not be recognised. */
function unescaped(text: string): string {
  return text.includes('\\u00') ? text.replace(/\\u00(?:2d|[357][0-9a]|[46][1-9a-f])/gi, (spelled) => String.fromCharCode(Number.parseInt(spelled.slice(2), 16))) : text;
}

/** Leaves out `raw.mrn:removed` where `data.lines.mrn:removed` says the same more exactly. */
function namedOnce(redacted: readonly string[]): string[] {
  const exact = redacted.filter((each) => !/^raw[.:]/.test(each));
  return redacted.filter((each) => !each.startsWith('raw') || !exact.some((other) => other.endsWith(each.slice(3)) || `.${other}` === each.slice(3)));
}

/** UTF-16, which looks like UTF-8 with a NUL beside each letter and would hide every pattern; undefined where it is none. */
function utf16Text(bytes: Uint8Array): string | undefined {
  const looked = Math.min(bytes.length, 512) & ~1;
  if (looked < 16) return undefined;
  const zeros = [0, 0];
  for (let at = 0; at < looked; at++) if (bytes[at] === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  const enough = looked * 0.35;
  const [even = 0, odd = 0] = zeros;
  if ((even > enough) === (odd > enough)) return undefined;
  return new TextDecoder(odd > even ? 'utf-16le' : 'utf-16be').decode(bytes);
}

/** Undefined where the bytes are no UTF-8; a character that the cut went through is left out. */
function utf8Text(bytes: Uint8Array, cut: boolean): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(cut ? wholeCharacters(bytes, true) : bytes);
  } catch {
    return undefined;
  }
}

/** Bytes up to the last whole UTF-8 character. */
function wholeCharacters(bytes: Uint8Array, utf8: boolean): Uint8Array {
  if (!utf8) return bytes;
  let end = bytes.length;
  for (let back = 1; back <= 4 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      if (length > back) end = bytes.length - back;
      break;
    }
  }
  return bytes.subarray(0, end);
}
