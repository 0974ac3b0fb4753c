import { setTimeout as delay } from 'node:timers/promises';
import { createStore, insertRows, storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { EVENT_NAMES, EventBlock } from '../../ingest/listener/block';
import { createDecoder, type DeadLetterRow } from '../../ingest/listener/decode';
import type { EventRow } from '../../ingest/listener/row';
import { Rng } from '../../ingest/simulator/random';
import { createSimulation } from '../../ingest/simulator/simulation';
import { startEngine, type TestEngine } from '../support/engine';
import { decoderParts } from '../support/pipeline';
import { basesOf, fuzzed, type Fuzzed } from './mutate';

export interface FuzzOptions {
  readonly messages: number;
  readonly seed: string;
  /** How many of them are also inserted into a real engine, spread over the run. */
  readonly inserted: number;
}

export interface Fault {
  readonly what: string;
  /** Number of the message; the seed and it make the message again. */
  readonly seq: number;
  readonly done: string;
  readonly detail: string;
}

export interface FuzzSummary {
  readonly messages: number;
  readonly seed: string;
  readonly events: number;
  readonly deadLetters: number;
  readonly byReason: Readonly<Record<string, number>>;
  readonly insertedRows: number;
  readonly identifiersPlanted: number;
  readonly faults: number;
  readonly byFault: Readonly<Record<string, number>>;
  readonly peakRssMiB: number;
  readonly slowestMs: number;
  readonly slowest: string;
  readonly messagesPerSecond: number;
  readonly seconds: number;
}

const BATCH = 500;
const SHOWN = 10;
const NAMED_BYTES = 300;
/** No message may hold up its batch. */
const SLOW_MS = 3_000;
/** After these nobody can tell an identifier any more: its own label may be what was bent. */
const BLINDING = new Set(['characters exchanged', 'broken UTF-8']);

/** What stands in base64. */
function hidden({ raw, raw_encoding: encoding }: DeadLetterRow): string {
  return encoding === 'base64' && typeof raw === 'string' ? Buffer.from(raw, 'base64').toString('latin1').replaceAll('\0', '') : '';
}

type Refused = { readonly row: object; readonly reason: string };

/** Decodes bent messages one after another and looks at what each became. `say` hears of the first faults of each kind. */
export async function runFuzz(options: FuzzOptions, say: (line: string) => void): Promise<FuzzSummary> {
  const began = Date.now();
  const simulation = createSimulation({ seed: options.seed, days: 5, until: Date.parse('2026-03-16T12:00:00Z'), facilities: 1, volume: 0.5, truth: false });
  const bases = basesOf(simulation.messages());
  const decoder = createDecoder(decoderParts());
  const rng = new Rng(`${options.seed}/fuzz`);
  const store = options.inserted > 0 ? await openStore() : undefined;
  const every = store ? Math.max(1, Math.floor(options.messages / options.inserted)) : Infinity;

  const byReason: Record<string, number> = {};
  const byFault: Record<string, number> = {};
  const fault = ({ what, seq, done, detail }: Fault) => {
    byFault[what] = (byFault[what] ?? 0) + 1;
    if ((byFault[what] ?? 0) <= SHOWN) say(`fuzz: seed ${options.seed}, message ${seq} (${done}): ${what}: ${detail.slice(0, NAMED_BYTES)}`);
  };
  let events = 0;
  let deadLetters = 0;
  let identifiersPlanted = 0;
  let insertedRows = 0;
  let slowestMs = 0;
  let slowest = '';
  let decodeMs = 0;
  let kept: { events: { row: EventRow; from: Fuzzed }[]; dead: { row: DeadLetterRow; from: Fuzzed }[] } = { events: [], dead: [] };
  let earlier: { [field: string]: unknown } | undefined;

  const flush = async () => {
    if (!store) return;
    for (const [table, rows] of [['events', kept.events], ['dead_letters', kept.dead]] as const) {
      const refused = await insertAll(store.store, table, rows.map(({ row }) => row));
      insertedRows += rows.length - refused.length;
      for (const { row, reason } of refused) {
        const from = rows.find((each) => each.row === row)?.from;
        fault({ what: `refused by the store (${table})`, seq: from?.message.seq ?? 0, done: from?.done.join(', ') ?? '', detail: `${reason.slice(0, 600)}` });
      }
    }
    await checkKept(store.store, kept.events.map(({ row }) => row), fault);
    kept = { events: [], dead: [] };
  };

  for (let seq = 1; seq <= options.messages; seq++) {
    const made = fuzzed(rng.pick(bases), seq, rng, earlier);
    earlier = made.event;
    const at = performance.now();
    let result;
    try {
      result = await decoder.decode(made.message);
    } catch (error) {
      fault({ what: 'thrown', seq, done: made.done.join(', '), detail: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      continue;
    }
    const took = performance.now() - at;
    decodeMs += took;
    if (took > slowestMs) {
      slowestMs = took;
      slowest = `message ${seq} of ${made.message.data.byteLength} bytes (${made.done.join(', ')})`;
    }
    if (took > SLOW_MS) fault({ what: 'slow', seq, done: made.done.join(', '), detail: `${Math.round(took)} ms` });
    events += result.events.length;
    deadLetters += result.dead.length;
    if (result.events.length + result.dead.length === 0) fault({ what: 'nothing came of it', seq, done: made.done.join(', '), detail: '' });
    for (const { reason_code: code, reason } of result.dead) {
      byReason[code] = (byReason[code] ?? 0) + 1;
      if (code === '' || typeof reason !== 'string' || reason === '') fault({ what: 'no reason', seq, done: made.done.join(', '), detail: code });
      if (code === 'UNREADABLE') fault({ what: 'not foreseen', seq, done: made.done.join(', '), detail: String(reason) });
    }
    if (made.planted.length > 0 && !made.done.some((each) => BLINDING.has(each))) {
      identifiersPlanted += made.planted.length;
      const out = JSON.stringify(result) + result.dead.map(hidden).join('');
      for (const value of made.planted) {
        const leak = out.replaceAll('\\u0000', '').indexOf(value);
        if (leak >= 0) fault({ what: 'identifier came out', seq, done: made.done.join(', '), detail: `${out.slice(Math.max(0, leak - 150), leak + 60)}` });
      }
    }
    if (store && seq % every === 0) {
      for (const row of result.events) kept.events.push({ row, from: made });
      for (const row of result.dead) kept.dead.push({ row, from: made });
      if (kept.events.length + kept.dead.length >= BATCH) await flush();
    }
    // Lets timers run, and the engine's process be heard.
    if (seq % 10_000 === 0) await delay(0);
    if (seq % 100_000 === 0) say(`fuzz: ${seq} messages, ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB`);
  }
  await flush();
  await store?.close();
  return {
    messages: options.messages, seed: options.seed, events, deadLetters, byReason, insertedRows, identifiersPlanted, faults: Object.values(byFault).reduce((sum, n) => sum + n, 0), byFault,
    peakRssMiB: Math.round(process.resourceUsage().maxRSS / 1024), slowestMs: Math.round(slowestMs), slowest, messagesPerSecond: Math.round(options.messages / (decodeMs / 1000)), seconds: Math.round((Date.now() - began) / 1000),
  };
}

async function openStore(): Promise<{ store: Store; close: () => Promise<void> }> {
  const engine: TestEngine = await startEngine();
  const config = storeConfig({ ...process.env, ...engine.env });
  await migrate(config);
  const store = createStore(config);
  return {
    store,
    async close() {
      await store.close();
      await engine.stop();
    },
  };
}

/** Inserts as the listener does, and finds by halving what the store does not take. */
async function insertAll(store: Store, table: string, rows: readonly object[]): Promise<Refused[]> {
  if (rows.length === 0) return [];
  try {
    if (table === 'events') {
      const block = new EventBlock();
      for (const row of rows as readonly EventRow[]) block.add(row);
      await insertRows(store, table, block.take().bytes, { format: 'Native', columns: EVENT_NAMES });
    } else await insertRows(store, table, rows);
    return [];
  } catch (error) {
    const [only] = rows;
    if (rows.length === 1 && only) return [{ row: only, reason: error instanceof Error ? error.message : String(error) }];
    const middle = rows.length >> 1;
    return [...(await insertAll(store, table, rows.slice(0, middle))), ...(await insertAll(store, table, rows.slice(middle)))];
  }
}

/** What the store took it has to hold as it was said: no number, time or text cut without a word. */
async function checkKept(store: Store, rows: readonly EventRow[], fault: (fault: Fault) => void): Promise<void> {
  if (rows.length === 0) return;
  const said = new Map(rows.map((row) => [row.event_key, row]));
  const found = await store.select<{ key: string; time: string; id: string; due: (string | null)[]; expiry: (string | null)[]; date: string | null; quantity: (string | null)[]; price: (string | null)[]; payload: string }>(
    `SELECT toString(event_key) AS key, toString(time) AS time, id, arrayMap(x -> toString(x), lines.due_at) AS due, arrayMap(x -> toString(x), lines.expiry) AS expiry, toString(business_date) AS date,
      arrayMap(x -> toString(x), lines.quantity) AS quantity, arrayMap(x -> toString(x), lines.price) AS price, payload
     FROM events WHERE event_key IN {keys:Array(UUID)} LIMIT 1 BY event_key`,
    { keys: [...said.keys()] },
  );
  const seen = new Set(found.map(({ key }) => key));
  for (const row of rows) if (!seen.has(row.event_key)) fault({ what: 'not kept', seq: Number(row.stream_seq), done: '', detail: `${row.time} ${String(row.type)}` });
  for (const kept of found) {
    const row = said.get(kept.key);
    const differs = (name: string, is: unknown, was: unknown) => {
      if (JSON.stringify(is) !== JSON.stringify(was)) fault({ what: `kept otherwise (${name})`, seq: Number(row?.stream_seq), done: '', detail: `${JSON.stringify(was)} became ${JSON.stringify(is)}` });
    };
    if (!row) continue;
    differs('time', kept.time, row.time);
    differs('due', kept.due, row['lines.due_at']);
    differs('expiry', kept.expiry, row['lines.expiry']);
    differs('date', kept.date, row.business_date);
    differs('quantity', kept.quantity.map(plain), (row['lines.quantity'] as (string | null)[]).map(plain));
    differs('price', kept.price.map(plain), (row['lines.price'] as (string | null)[]).map(plain));
    differs('payload', kept.payload, row.payload);
    differs('id', kept.id, row.id);
  }
}

/** A decimal without what changes nothing of it. */
function plain(text: string | null): string | null {
  if (text === null) return null;
  const [, sign = '', whole = '', places = ''] = /^(-?)0*(\d*?)(?:\.(\d*?)0*)?$/.exec(text) ?? [];
  const bare = `${whole || '0'}${places ? `.${places}` : ''}`;
  return bare === '0' ? '0' : sign + bare;
}
