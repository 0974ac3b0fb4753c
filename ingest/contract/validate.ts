import type { z } from 'zod';
import { accepts, type Accepts } from './accept';
import type { EventType } from './define';
import { envelope, type ContractEvent } from './envelope';
import { EVENT_TYPES } from './index';

export type Refusal = 'NOT_CLOUDEVENT' | 'UNKNOWN_TYPE' | 'INVALID';
export type Validation =
  | { readonly ok: true; readonly event: ContractEvent; readonly type: EventType }
  | {
      readonly ok: false;
      readonly code: Refusal;
      /** Path and message of the first few problems. Quotes no value, since a value could be patient data. */
      readonly reason: string;
    };

/** How many problems a reason names before it only counts them. */
const NAMED = 5;

/**
 * Checks a parsed message against the contract: the envelope, then the data by its type. The event is returned as
 * it came, not copied and not changed. What a quick test accepts is not shown to zod, which took a third of the time
 * that decoding took; what it does not accept is, for the reason.
 */
export function validate(event: unknown): Validation {
  if (isRecord(event) && typeof event.type === 'string' && acceptsEnvelope(event)) {
    const quick = QUICK.get(event.type);
    if (quick?.test(event.data)) return { ok: true, event: event as ContractEvent, type: quick.type };
  }
  return validateInFull(event);
}

const acceptsEnvelope = accepts(envelope);
const QUICK: ReadonlyMap<string, { readonly type: EventType; readonly test: Accepts }> = new Map([...EVENT_TYPES].map(([name, type]) => [name, { type, test: accepts(type.schema) }]));

/** As {@link validate}, by zod alone. */
export function validateInFull(event: unknown): Validation {
  if (!isRecord(event)) return refuse('NOT_CLOUDEVENT', 'the message is no JSON object');
  if (event.specversion !== '1.0') {
    return refuse('NOT_CLOUDEVENT', 'specversion' in event ? 'specversion: must be "1.0"' : 'specversion: is missing; a CloudEvents 1.0 envelope is expected');
  }
  const missing = ['id', 'source', 'type', 'time'].filter((name) => event[name] === undefined || event[name] === null || event[name] === '');
  if (missing.length) return refuse('NOT_CLOUDEVENT', missing.map((name) => `${name}: is missing`).join('; '));
  const checked = parsed(envelope, event);
  if (!checked) return refuse('INVALID', `an attribute ${NO_VALUE}`);
  if (!checked.success) return refuse('INVALID', problems(checked.error.issues, []));
  const type = EVENT_TYPES.get(checked.data.type);
  if (!type) return refuse('UNKNOWN_TYPE', `type: ${quotable(checked.data.type)} is no event type of the contract`);
  if (!isRecord(event.data)) return refuse('INVALID', event.data === undefined ? 'data: is missing' : 'data: must be a JSON object');
  const data = parsed(type.schema, event.data);
  if (!data) return refuse('INVALID', `data: a field ${NO_VALUE}`);
  if (!data.success) return refuse('INVALID', problems(data.error.issues, ['data']));
  return { ok: true, event: event as ContractEvent, type };
}

/** A schema asks an object that stands where a text belongs for its length, and cannot compare every answer. */
const NO_VALUE = 'holds an object that passes for a text or a list, and can be neither';

/** What the schema says; undefined where it cannot even look at the value. */
function parsed<S extends z.ZodType>(schema: S, value: unknown): z.ZodSafeParseResult<z.output<S>> | undefined {
  try {
    return schema.safeParse(value);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function refuse(code: Refusal, reason: string): Validation {
  return { ok: false, code, reason };
}

function isRecord(value: unknown): value is { [field: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A type name is shown only where it looks like one: lower-case parts without long numbers. */
function quotable(type: string): string {
  return /^[a-z][\w-]*(\.[\w-]+){1,7}$/i.test(type) && type.length <= 120 && !/\d{4}/.test(type) ? `"${type}"` : 'the given name';
}

function problems(issues: readonly z.core.$ZodIssue[], prefix: readonly string[]): string {
  const named = issues.slice(0, NAMED).map((issue) => `${pathText([...prefix, ...issue.path])}: ${wording(issue)}`);
  return issues.length > NAMED ? `${named.join('; ')}; and ${issues.length - NAMED} more` : named.join('; ');
}

function pathText(path: readonly PropertyKey[]): string {
  return path.map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i ? '.' : ''}${String(part)}`)).join('') || 'event';
}

/** Says what is asked for in words; zod's own say "Invalid input: expected string, received undefined". */
function wording(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.message.endsWith('received undefined') ? 'is missing' : `must be ${article(issue.expected)}`;
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map((value) => `"${String(value)}"`).join(', ')}`;
    case 'too_small':
      return issue.minimum === 1 && issue.origin !== 'number' && issue.origin !== 'int' ? 'must not be empty' : `must be at least ${issue.minimum}`;
    case 'too_big':
      return issue.origin === 'string' ? `must have at most ${issue.maximum} characters` : issue.origin === 'array' ? `must have at most ${issue.maximum} entries` : `must be at most ${issue.maximum}`;
    case 'invalid_union':
      return issue.message === 'Invalid input' ? 'has none of the allowed forms' : issue.message;
    case 'invalid_format': {
      if (issue.format === 'datetime') return 'must be an RFC 3339 instant with its offset';
      const decimal = /^\/\^-\?\\d\{1,(\d+)\}\(\\\.\\d\{1,(\d+)\}\)\?\$\/$/.exec(issue.pattern ?? '');
      if (decimal) return `must be a decimal with at most ${decimal[1]} digits before and ${decimal[2]} after the point`;
      return issue.message.startsWith('Invalid') ? `must match ${issue.pattern ?? 'its pattern'}` : issue.message;
    }
    default:
      return issue.message;
  }
}

function article(what: string): string {
  return /^[aeio]/.test(what) ? `an ${what}` : `a ${what}`;
}

/** Digits that a double carries exactly, whatever the number. */
const SAFE_DIGITS = 15;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/**
 * Where the first JSON number stands that JSON.parse would not carry exactly: one of more than 15 digits, or past the
 * range of a double. Digits inside strings are no numbers.
 * @param json text that JSON.parse has accepted
 * @returns path such as `data.lines[0].quantity`, or null
 */
export function hasUnsafeNumber(json: string): string | null {
  if (!mayBeUnsafe(json)) return null;
  const path: (string | number)[] = [];
  const kinds: ('{' | '[')[] = [];
  let key = '';
  for (let at = 0; at < json.length; at++) {
    const c = json.charCodeAt(at);
    if (c === 0x22) {
      const end = stringEnd(json, at);
      key = json.slice(at + 1, end);
      at = end;
    } else if (c === 0x3a) {
      path[path.length - 1] = key;
    } else if (c === 0x7b || c === 0x5b) {
      kinds.push(c === 0x7b ? '{' : '[');
      path.push(c === 0x7b ? '' : 0);
    } else if (c === 0x7d || c === 0x5d) {
      kinds.pop();
      path.pop();
    } else if (c === 0x2c) {
      const last = path[path.length - 1];
      if (kinds[kinds.length - 1] === '[' && typeof last === 'number') path[path.length - 1] = last + 1;
    } else if (c === 0x2d || (c >= 0x30 && c <= 0x39)) {
      NUMBER.lastIndex = at;
      const literal = NUMBER.exec(json)?.[0] ?? '';
      if (unsafe(literal)) return pathText(path);
      at += Math.max(literal.length - 1, 0);
    }
  }
  return null;
}

const LONG = SAFE_DIGITS + 1;
const FAR = 3;
/** Longer than this, a number is looked at in full whatever stands before it. */
const LOOKED_BACK = 60;

const isDigit = (c: number): boolean => c >= 0x30 && c <= 0x39;

/**
 * Whether the text holds as many digits in a row as an unsafe number has, or an exponent of three, where a number may
 * begin: most texts do not, and of those only every third letter is looked at. Ids in strings are full of the like.
 */
function mayBeUnsafe(json: string): boolean {
  for (let at = LONG - 1; at < json.length; at += LONG) {
    if (!isDigitOrPoint(json.charCodeAt(at))) continue;
    let from = at;
    let to = at + 1;
    while (from > 0 && at - from < LONG && isDigitOrPoint(json.charCodeAt(from - 1))) from--;
    while (to < json.length && to - from < LONG && isDigitOrPoint(json.charCodeAt(to))) to++;
    if (to - from >= LONG && beginsLikeNumber(json, from)) return true;
  }
  for (let at = FAR - 1; at < json.length; at += FAR) {
    if (!isDigit(json.charCodeAt(at))) continue;
    let from = at;
    while (at - from < FAR && isDigit(json.charCodeAt(from - 1))) from--;
    const before = json.charCodeAt(from - 1);
    const markAt = before === 0x2b || before === 0x2d ? from - 2 : from - 1;
    const mark = json.charCodeAt(markAt);
    if ((mark === 0x65 || mark === 0x45) && isDigit(json.charCodeAt(markAt - 1)) && beginsLikeNumber(json, markAt)) return true;
  }
  return false;
}

/** Whether what the number characters before `at` follow is what a JSON number follows: a colon, a comma, a bracket, a blank or nothing. */
function beginsLikeNumber(json: string, at: number): boolean {
  for (let before = at - 1; before >= 0 && at - before <= LOOKED_BACK; before--) {
    const c = json.charCodeAt(before);
    if (isDigitOrPoint(c) || c === 0x2d || c === 0x2b || c === 0x65 || c === 0x45) continue;
    return c === 0x3a || c === 0x2c || c === 0x5b || c === 0x20 || c === 0x09 || c === 0x0a || c === 0x0d;
  }
  return true;
}

function isDigitOrPoint(c: number): boolean {
  return (c >= 0x30 && c <= 0x39) || c === 0x2e;
}

function stringEnd(json: string, open: number): number {
  for (let at = json.indexOf('"', open + 1); at >= 0; at = json.indexOf('"', at + 1)) {
    let slashes = 0;
    while (json.charCodeAt(at - 1 - slashes) === 0x5c) slashes++;
    if (slashes % 2 === 0) return at;
  }
  return json.length;
}

function unsafe(literal: string): boolean {
  const digits = literal.replace(/[eE].*$/, '').replace(/[-.]/g, '').replace(/^0+/, '');
  const value = Number(literal);
  return digits.length > SAFE_DIGITS || !Number.isFinite(value) || (value === 0 && digits !== '');
}
