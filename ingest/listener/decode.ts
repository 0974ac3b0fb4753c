import type { MsgHdrs } from '@nats-io/transport-node';
import type { ContractEvent } from '../contract/envelope';
import { OPS_STREAM } from '../contract/stream';
import { hasUnsafeNumber, validate } from '../contract/validate';
import type { Mapper } from '../mapping/mapper';
import type { Tokeniser } from '../privacy/tokeniser';
import { cloudEvent, describe } from './cloudevent';
import { Refusal } from './refusal';
import { dbTime, eventRow, type Arrival, type EventRow } from './row';

/** A message as it came from the stream. */
export interface Incoming extends Arrival {
  readonly data: Uint8Array;
  readonly headers: MsgHdrs | undefined;
}

/** A row of table `dead_letters`. */
export type DeadLetterRow = { readonly stream_seq: number; readonly part: number; readonly reason_code: string; readonly [column: string]: unknown };

/** What becomes of a message: the events that it holds, and what of it could not be read. */
export interface Decoded {
  readonly events: EventRow[];
  /** Which part of the message each event was, where a mapping made several of one; their own places otherwise. */
  readonly parts?: readonly number[];
  readonly dead: DeadLetterRow[];
}

export interface DecoderParts {
  readonly tokeniser: Tokeniser;
  readonly mapper: Mapper;
  /** Events from before this instant are refused: each absurd date would open a partition of its own. */
  readonly earliest: number;
}

/** Messages over this size are kept as a dead letter with their beginning only. */
export const MAX_MESSAGE_BYTES = 4 * 2 ** 20;
const MAX_DEPTH = 40;
/** How far a source's clock may run ahead of the stream's. */
const CLOCK_SKEW_MS = 24 * 3_600_000;

const utf8 = new TextDecoder('utf-8', { fatal: true });

export interface Decoder {
  /** What cannot be read comes back as a dead letter. To reject means "not now": nothing of the batch is acknowledged and all of it comes again. */
  decode(message: Incoming): Decoded | Promise<Decoded>;
}

export function createDecoder(parts: DecoderParts): Decoder {
  return {
    decode(message) {
      const mapping = message.stream === OPS_STREAM ? undefined : parts.mapper.forSubject(message.subject);
      try {
        if (message.headers?.has('Throughline-Dead-Letter')) throw refusedByPublisher(message.headers);
        const text = textOf(message);
        if (mapping) return mapped(parts, message, mapping, text);
        const { event, mapping: made } = cloudEvent(text, message.headers);
        return { events: [toRow(parts, message, event, text, made)], dead: [] };
      } catch (problem) {
        return { events: [], dead: [deadLetter(parts, message, problem)] };
      }
    },
  };
}

function textOf(message: Incoming): string {
  if (message.data.byteLength > MAX_MESSAGE_BYTES) throw new Refusal('TOO_LARGE', `the message has ${message.data.byteLength} bytes, more than ${MAX_MESSAGE_BYTES}`);
  let text: string;
  try {
    text = utf8.decode(message.data);
  } catch {
    throw new Refusal('BROKEN_UTF8', 'the message is no valid UTF-8');
  }
  if (isTooDeep(text)) throw new Refusal('TOO_DEEP', `the message is nested more than ${MAX_DEPTH} deep`);
  return text;
}

/** Brackets open at once; brackets inside strings count too, which is why the limit is generous. */
function isTooDeep(text: string): boolean {
  if (!opensMoreThan(text, MAX_DEPTH)) return false;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x7b || c === 0x5b) {
      if (++depth > MAX_DEPTH) return true;
    } else if (c === 0x7d || c === 0x5d) depth--;
  }
  return false;
}

/** Whether it has more opening brackets in all: most messages have not, and need not be gone through letter by letter. */
function opensMoreThan(text: string, most: number): boolean {
  let count = 0;
  for (const bracket of ['{', '['])
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) if (++count > most) return true;
  return false;
}

const HALF_CHARACTER = /(?<!\\)(?:\\\\)*\\ud[89a-f]/;

/** Tokenises, checks and flattens one event. `text` is the message where the event is its whole body. */
function toRow(parts: DecoderParts, message: Incoming, event: unknown, text: string | undefined, mapping: string): EventRow {
  if (text !== undefined) {
    const number = hasUnsafeNumber(text);
    if (number !== null) throw new Refusal('UNSAFE_NUMBER', number, { event: event as Partial<ContractEvent> });
  }
  if (typeof event !== 'object' || event === null) throw new Refusal('NOT_CLOUDEVENT', 'the message is no JSON object', { mapping });
  const clean = parts.tokeniser.event(event as { [field: string]: unknown }, {}, message.subject);
  const checked = validate(clean.value);
  if (!checked.ok) throw new Refusal(checked.code, checked.reason, { event: clean.value as Partial<ContractEvent>, mapping });
  const fromProduct = message.stream === OPS_STREAM;
  if (checked.event.type.startsWith('ops.') !== fromProduct)
    throw new Refusal('WRONG_STREAM', fromProduct ? 'the ops stream carries ops events only' : 'ops events are accepted from the product\'s own stream only', { event: checked.event });
  const time = Date.parse(checked.event.time);
  if (time < parts.earliest || time > message.recordedAt + CLOCK_SKEW_MS)
    throw new Refusal('ABSURD_TIME', `time ${checked.event.time} lies before ${new Date(parts.earliest).toISOString().slice(0, 10)} or after the message was stored`, { event: checked.event, mapping });
  // What was parsed, and not the text: a key that stands twice would smuggle its first value past the tokeniser.
  const payload = JSON.stringify(checked.event);
  // JSON may spell half of a character, which has no UTF-8 and which the store refuses.
  if (payload.includes('\\ud') && HALF_CHARACTER.test(payload)) throw new Refusal('INVALID', 'a text holds half of a surrogate pair, which is no character', { event: checked.event, mapping });
  try {
    return eventRow(checked.event, payload, { ...arrivalOf(message), subject: clean.subject }, clean.redacted, mapping);
  } catch (problem) {
    throw problem instanceof Refusal ? new Refusal(problem.code, problem.message, { event: checked.event, mapping }) : problem;
  }
}

async function mapped(parts: DecoderParts, message: Incoming, mapping: NonNullable<ReturnType<Mapper['forSubject']>>, text: string): Promise<Decoded> {
  const events: EventRow[] = [];
  const made: number[] = [];
  const dead: DeadLetterRow[] = [];
  const name = mapping.label;
  try {
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch (problem) {
      throw new Refusal('NOT_JSON', describe(problem, text), { mapping: name });
    }
    const results = await mapping.applyMessage(body, { subject: message.subject, recordedAt: new Date(message.recordedAt).toISOString() });
    results.forEach((result, part) => {
      try {
        if (!result.ok) throw new Refusal(result.code, result.message, { mapping: name, expression: result.field || result.expression });
        events.push(toRow(parts, message, result.event, undefined, name));
        made.push(part);
      } catch (problem) {
        dead.push(deadLetter(parts, message, problem, part));
      }
    });
  } catch (problem) {
    dead.push(deadLetter(parts, message, problem));
  }
  return { events, parts: made, dead };
}

/** An import that could not read a record publishes it with the reason in headers, so that it is kept here. */
function refusedByPublisher(headers: MsgHdrs): Refusal {
  const header = (name: string) => {
    const value = headers.get(name);
    try {
      return decodeURIComponent(value);
    } catch {
      return value;
    }
  };
  const code = header('Throughline-Dead-Letter');
  return new Refusal(/^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : 'REFUSED_BY_PUBLISHER', header('Throughline-Reason') || 'its publisher gave no reason', { mapping: header('Throughline-Mapping'), expression: header('Throughline-Expression') });
}

function arrivalOf({ stream, seq, subject, recordedAt }: Arrival): Arrival {
  return { stream, seq, subject, recordedAt };
}

/** Text that the store takes: half a character, as JSON may spell it or a cut may leave it, becomes a question mark. */
const wellFormed = (text: string): string => Buffer.from(text).toString();
const attribute = (value: unknown): string => (typeof value === 'string' ? wellFormed(value.slice(0, 300)) : '');

/** The row that keeps a message which could not be read, its patient data taken out. */
export function deadLetter(parts: Pick<DecoderParts, 'tokeniser'>, message: Incoming, problem: unknown, part = 0): DeadLetterRow {
  const refusal = problem instanceof Refusal ? problem : new Refusal('UNREADABLE', problem instanceof Error ? problem.message : String(problem));
  const raw = parts.tokeniser.raw(message.data);
  // A publisher may have said these in headers.
  const text = (said = '') => (said === '' ? '' : parts.tokeniser.raw(Buffer.from(said)).text);
  // Whatever was read of the event before it was refused may still hold what it must not.
  const clean = parts.tokeniser.event({ ...refusal.about.event }, headersOf(message.headers), message.subject);
  const event = clean.value as Partial<ContractEvent>;
  const data: { facility?: unknown } = typeof event.data === 'object' && event.data !== null ? event.data : {};
  return {
    stream: message.stream,
    stream_seq: message.seq,
    part,
    subject: clean.subject,
    recorded_at: dbTime(message.recordedAt),
    reason_code: refusal.code,
    reason: text(refusal.message),
    mapping: text(refusal.about.mapping),
    expression: text(refusal.about.expression),
    source: attribute(event.source),
    event_id: attribute(event.id),
    type: attribute(event.type),
    facility: attribute(data.facility),
    headers: JSON.stringify(clean.headers),
    raw: raw.text,
    raw_encoding: raw.encoding,
    raw_bytes: message.data.byteLength,
    redacted: [...new Set([...raw.redacted, ...clean.redacted])].map(wellFormed),
  };
}

function headersOf(headers: MsgHdrs | undefined): Record<string, string> {
  return Object.fromEntries(Array.from(headers ?? [], ([name, values]) => [name, values.join(', ')]));
}
