// Messages of the simulated network, bent until most of them break: a function of the seed.
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { EVENT_TYPES } from '../../ingest/contract/index';
import type { Incoming } from '../../ingest/listener/decode';
import type { Rng } from '../../ingest/simulator/random';
import { plant } from './identifiers';
import { longText, PROTOTYPE_KEYS, STRANGE_DECIMALS, STRANGE_NUMBERS, STRANGE_TEXT, STRANGE_TIMES, strangeValue } from './values';

export interface Fuzzed {
  readonly message: Incoming;
  /** Names of what was done to it. */
  readonly done: readonly string[];
  /** Patient identifiers in it, none of which may come out. */
  readonly planted: readonly string[];
}

type Fields = { [field: string]: unknown };
interface Place { readonly holder: Fields; readonly key: string }

/** An event as an object of its own, that may be changed. */
export interface Base { readonly event: Fields; readonly subject: string }

const RECORDED_AT = Date.parse('2026-04-02T12:00:00Z');

/** Events to start from: those that the network makes, and one of every type of the contract. */
export function basesOf(messages: Iterable<{ readonly event?: unknown; readonly subject: string }>): string[] {
  const found: string[] = [];
  for (const { event, subject } of messages) if (event) found.push(JSON.stringify({ event, subject }));
  for (const [type, { example }] of EVENT_TYPES)
    found.push(JSON.stringify({ event: { specversion: '1.0', id: `example-${found.length}`, source: 'fuzz', type, time: '2026-03-02T14:00:00Z', data: example }, subject: 'events.fuzz' }));
  return found;
}

export function fuzzed(base: string, seq: number, rng: Rng, earlier: Fields | undefined): Fuzzed & { event: Fields } {
  const { event, subject } = JSON.parse(base) as Base;
  const done: string[] = [];
  const planted: string[] = [];
  // Its own id, or that of the message before: other bytes under one id.
  if (earlier && rng.chance(0.03)) {
    event.id = earlier.id;
    event.source = earlier.source;
    done.push('same id');
  } else event.id = `${String(event.id)}-${seq}`;
  const stream = String(event.type).startsWith('ops.') && rng.chance(0.8) ? 'OPS' : 'EVENTS';
  if (rng.chance(0.15)) planted.push(...plant(event, rng, done));
  for (let times = rng.chance(0.15) ? 0 : rng.int(1, 3); times > 0; times--) bend(event, rng, done);
  let text = JSON.stringify(event);
  if (rng.chance(0.25)) text = bendText(text, rng, done);
  let data: Uint8Array = Buffer.from(text, 'utf-8');
  if (rng.chance(0.1)) data = bendBytes(data, rng, done);
  const hdrs = headersFor(event, rng, done);
  if (hdrs?.binary) data = Buffer.from(JSON.stringify(event.data ?? null));
  const where = rng.chance(0.02) ? `events.${rng.pick(['a b', 'MRN12345678', 'x'.repeat(300), '📦', 'a..b', 'encounter.ENC-1'])}` : subject;
  return { message: { stream, seq, subject: where, recordedAt: RECORDED_AT + (seq % 1_000_000), data, headers: hdrs?.headers }, done, planted, event };
}

/** A random place of an event, deeper ones as likely as others. */
function placeIn(event: Fields, rng: Rng): Place {
  let holder = event;
  for (;;) {
    const keys = Object.keys(holder);
    const key = keys.length > 0 ? rng.pick(keys) : 'x';
    const value = holder[key];
    if (typeof value !== 'object' || value === null || rng.chance(0.12)) return { holder, key };
    holder = value as Fields;
  }
}

function set({ holder, key }: Place, value: unknown): void {
  // Plain assignment to __proto__ would set the prototype; the length of an array takes no other values than its own.
  if (!Array.isArray(holder) || key !== 'length') Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

const BENDS: readonly (readonly [name: string, bend: (event: Fields, rng: Rng) => void])[] = [
  ['wrong value', (event, rng) => set(placeIn(event, rng), strangeValue(rng))],
  ['left out', (event, rng) => {
    const { holder, key } = placeIn(event, rng);
    Reflect.deleteProperty(holder, key);
  }],
  ['strange text', (event, rng) => {
    const place = placeIn(event, rng);
    const old = place.holder[place.key];
    const text = rng.pick(STRANGE_TEXT);
    set(place, typeof old === 'string' && rng.chance(0.6) ? old.slice(0, rng.int(0, old.length)) + text : text);
  }],
  ['added field', (event, rng) => set({ holder: placeIn(event, rng).holder, key: rng.chance(0.5) ? rng.pick(STRANGE_TEXT) : `f${rng.int(0, 9)}` }, strangeValue(rng))],
  ['prototype key', (event, rng) => set({ holder: placeIn(event, rng).holder, key: rng.pick(PROTOTYPE_KEYS) }, rng.chance(0.5) ? strangeValue(rng) : { id: 'polluted', toString: 1, data: {} })],
  ['decimal', (event, rng) => {
    const line = lineOf(event, rng);
    set({ holder: line, key: rng.pick(['quantity', 'price', 'amount', 'tax', 'freight', 'onHand', 'reserved', 'par', 'reorderPoint']) }, rng.chance(0.6) ? rng.pick(STRANGE_DECIMALS) : rng.pick(STRANGE_NUMBERS));
  }],
  ['absurd time', (event, rng) => {
    const data = dataOf(event);
    const key = rng.pick(['time', 'time', 'document', 'dueDate', 'discountDate', 'line', 'since']);
    const value = rng.pick(STRANGE_TIMES);
    if (key === 'time') event.time = value;
    else if (key === 'document') set({ holder: inside(data, 'document'), key: 'date' }, value);
    else if (key === 'line') set({ holder: lineOf(event, rng), key: rng.pick(['expiry', 'needBy', 'promisedDate', 'expectedDate']) }, value);
    else set({ holder: data, key }, value);
  }],
  ['edge of a column', (event, rng) => {
    const data = dataOf(event);
    const key = rng.pick(['attempt', 'latencyMs', 'revision', 'sequence', 'version']);
    if (key === 'revision') set({ holder: inside(data, 'document'), key }, rng.pick(STRANGE_NUMBERS));
    else if (key === 'sequence') event.sequence = rng.pick(['0', '00', '72057594037927935', '72057594037927936', '18446744073709551615', '18446744073709551616', '-1', '1.5', 'x', '0000000000000000000001']);
    else set({ holder: data, key }, rng.pick(STRANGE_NUMBERS));
  }],
  ['another type', (event, rng) => (event.type = rng.pick([...EVENT_TYPES.keys()]))],
  ['nested deeply', (event, rng) => {
    let deep: unknown = rng.pick(STRANGE_TEXT);
    for (let n = rng.pick([10, 30, 38, 45, 200]); n > 0; n--) deep = rng.chance(0.5) ? [deep] : { d: deep };
    set(placeIn(event, rng), deep);
  }],
  ['references', (event, rng) =>
    set({ holder: lineOf(event, rng), key: rng.pick(['order', 'receipt', 'invoice', 'usage', 'usages', 'requisitions', 'triggeredBy', 'settles', 'shipment', 'replenishment', 'udi']) },
      rng.pick<unknown>([{ document: '\ud800', line: '\u0000' }, [{ document: 'x'.repeat(200), line: 'y'.repeat(200) }], { document: 'a/b', line: 'c%2F/' }, 'text', [null, 1, {}], [{ type: 'case', document: 'ENC-1' }], '(01)00614141000036(17)999999(10)L', '\u001d01006141410000361712345678', {}]))],
  ['long text', (event, rng) => {
    if (!rng.chance(0.05)) return void set(placeIn(event, rng), 'y'.repeat(rng.int(1, 700)));
    const data = dataOf(event);
    const text = longText(rng);
    if (rng.chance(0.5)) set({ holder: inside(data, 'error'), key: 'message' }, text);
    else set(placeIn(event, rng), text);
  }],
  ['many lines', (event, rng) => {
    const line = lineOf(event, rng);
    const many = rng.chance(0.01) ? rng.pick([4_999, 5_001]) : rng.int(2, 40);
    dataOf(event).lines = Array.from({ length: many }, (_, n) => ({ ...line, id: rng.chance(0.1) ? String(line.id) : `${n}` }));
  }],
];

function bend(event: Fields, rng: Rng, done: string[]): void {
  const [name, how] = rng.pick(BENDS);
  how(event, rng);
  done.push(name);
}

function inside(holder: Fields, key: string): Fields {
  const there = holder[key];
  if (typeof there === 'object' && there !== null) return there as Fields;
  const made: Fields = {};
  set({ holder, key }, made);
  return made;
}

function dataOf(event: Fields): Fields {
  return inside(event, 'data');
}

function lineOf(event: Fields, rng: Rng): Fields {
  const { lines } = dataOf(event);
  const found: unknown = Array.isArray(lines) && lines.length > 0 ? lines[rng.int(0, lines.length - 1)] : undefined;
  if (typeof found === 'object' && found !== null) return found as Fields;
  const line: Fields = { id: '1' };
  dataOf(event).lines = [line];
  return line;
}

const TEXT_BENDS: readonly (readonly [name: string, bend: (text: string, rng: Rng) => string])[] = [
  ['cut off', (text, rng) => text.slice(0, rng.int(0, text.length))],
  ['characters exchanged', (text, rng) => {
    const at = rng.int(0, Math.max(0, text.length - 1));
    return text.slice(0, at) + rng.pick(['"', '{', '}', '[', ']', ':', ',', '\\', '\\u', '\u0000', '\ud800', '9', ' ', '\n', 'é']) + text.slice(at + rng.int(0, 2));
  }],
  ['key twice', (text, rng) => {
    const [, key = 'id', value = '1'] = /"(id|time|type|data|source|quantity|patientId|case|lines)":("[^"]*"|\d+)/.exec(text) ?? [];
    const second = `"${key}":${rng.chance(0.5) ? value : JSON.stringify(strangeValue(rng))},`;
    return rng.chance(0.5) ? text.replace('{', `{${second}`) : text.replace('"data":{', `"data":{${second}`);
  }],
  ['number too long', (text, rng) => text.replace(/:(-?\d+(\.\d+)?)([,}])/, (_, _n, _f, end: string) => `:${rng.pick(['1.00000000000000001', '12345678901234567890', '1e400', '-1e-400', '0.30000000000000004', '1E+309', '1'.repeat(400)])}${end}`)],
  ['no JSON', (_, rng) => rng.pick(['', ' ', 'null', '1', '"text"', '[]', '{}', '[1,2]', 'undefined', '<Order id="1"/>', 'MSH|^~\\&|A|B\rPID|1||12345678^^^HOSP^MR||DOE^JANE', 'ISA*00*          *00*', '\u0000\u0000', '{"specversion":"1.0"}', 'NaN', '{"a":1}{"b":2}', '[[[[', '// x\n{}'])],
  ['brackets', (_, rng) => {
    const deep = rng.pick([39, 41, 500, 20_000]);
    return rng.chance(0.5) ? '['.repeat(deep) + ']'.repeat(rng.chance(0.5) ? deep : 3) : '{"a":'.repeat(deep) + '1' + '}'.repeat(deep);
  }],
  ['escapes', (text, rng) => text.replace(/[a-z]{3}/g, (found) => (rng.chance(0.05) ? `\\u00${found.charCodeAt(0).toString(16)}${found.slice(1)}` : found))],
  ['byte order mark', (text) => `\ufeff${text}`],
  ['rest behind', (text, rng) => text + rng.pick([' ', '\n', '\u0000', '}', 'x', text])],
];

function bendText(text: string, rng: Rng, done: string[]): string {
  const [name, how] = rng.pick(TEXT_BENDS);
  done.push(name);
  return how(text, rng);
}

/** Over what a message may have: 4 MiB. Seldom, since it takes long to make. */
const OVERSIZED = Buffer.alloc(4 * 2 ** 20 + 1, '{"a":"0123456789 MRN 99887766"},');

function bendBytes(bytes: Uint8Array, rng: Rng, done: string[]): Uint8Array {
  if (rng.chance(0.002)) {
    done.push('too large');
    return rng.chance(0.5) ? OVERSIZED : Buffer.concat([bytes.subarray(0, bytes.length - 1), Buffer.from(`,"pad":"${'z'.repeat(3_900_000)}"}`)]);
  }
  if (rng.chance(0.05)) {
    done.push('utf-16');
    return Buffer.from(Buffer.from(bytes).toString('utf-8'), 'utf16le');
  }
  done.push('broken UTF-8');
  const copy = Buffer.from(bytes);
  for (let n = rng.int(1, 4); n > 0 && copy.length > 0; n--) copy[rng.int(0, copy.length - 1)] = rng.pick([0xff, 0xfe, 0xc0, 0x80, 0xed, 0xf8, 0x00, rng.int(0, 255)]);
  return copy;
}

function headersFor(event: Fields, rng: Rng, done: string[]): { headers: MsgHdrs; binary: boolean } | undefined {
  if (rng.chance(0.3)) return undefined;
  const hdrs = headers();
  const put = (name: string, value: string) => {
    try {
      hdrs.append(name, value);
    } catch {
      // What a NATS client refuses to send cannot arrive.
    }
  };
  if (rng.chance(0.3)) {
    done.push('binary');
    for (const [name, value] of Object.entries(event)) if (name !== 'data' && (typeof value === 'string' || typeof value === 'number')) put(`${rng.pick(['ce-', 'Ce-', 'CE-'])}${name}`, encoded(String(value)));
    put('Content-Type', rng.pick(['application/json', 'application/json; charset=utf-8', '', 'text/plain']));
    if (rng.chance(0.2)) put(`ce-${rng.pick([...PROTOTYPE_KEYS, 'data', 'id', 'patientid', 'subject'])}`, rng.pick(['%', '%zz', '%00', 'x', '%F0%9F%92%8A', '%C0%80']));
    return { headers: hdrs, binary: true };
  }
  put('Content-Type', rng.pick(['application/cloudevents+json', 'application/cloudevents+json; charset=UTF-8', 'application/json', 'application/xml', '']));
  if (rng.chance(0.1)) {
    done.push('header and body');
    put(`ce-${rng.pick(['id', 'source', 'type', 'time', 'specversion', 'extra'])}`, rng.pick(['another', '%', '1.0', encoded(String(event.id))]));
  }
  if (rng.chance(0.02)) put('Throughline-Dead-Letter', rng.pick(['NOT_CSV', '%zz', '', 'x'.repeat(500), 'MRN%2012345678']));
  if (rng.chance(0.02)) put('Throughline-Mapping', rng.pick(['m@1', '%zz', 'x'.repeat(500)]));
  if (rng.chance(0.05)) put(rng.pick(['X-Patient-Id', 'Nats-Msg-Id', 'traceparent', '__proto__']), rng.pick(['12345678', '00-00', '%', '\u00e9']));
  return { headers: hdrs, binary: false };
}

function encoded(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    // A lone surrogate has no UTF-8.
    return '%ED%A0%80';
  }
}
