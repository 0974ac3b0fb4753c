import { once } from 'node:events';
import { availableParallelism, loadavg } from 'node:os';
import { createStore, storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { connectNats, ensureStreams } from '../../ingest/contract/stream';
import { startEngine, type TestEngine } from '../support/engine';
import { startNats } from '../support/nats';
import type { BenchOptions } from './args';
import { ask, bytesPerEvent, merged, timings, type Timings } from './asking';
import { fillLog } from './fill';
import { LOAD_UNTIL, round } from './load';
import { endProcess, LISTENER_NODE, startProcess } from './processes';
import { BY_KEY, CHAIN, type Asked } from './questions';

const RUNS = 20;
/** What pages are held to, milliseconds; and how much dearer a lookup by key may be at ten times the events. */
const PAGE_MS = 300;
const CHAIN_MS = 100;
const KEY_GROWTH = 1.5;

interface AtSize {
  events: number;
  /** Events whose time lies within the 30 days that pages are asked for. */
  eventsInRange: number;
  fillSeconds: number;
  bytesPerEvent: number;
  bytesPerEventByTable: Record<string, number>;
  queries: Timings;
  cold: Record<string, number>;
  arriving?: { rate: number; queries: Timings };
  failed: string[];
}

/**
 * Fills the log to `events` through the same tables and states as the listener's and times each page's questions: cold
 * (the engine and the asking process new, what the engine and the machine remember dropped before each), warm, and warm
 * while events arrive through JetStream, a listener and the processes that keep views up. With `compare` it fills on to
 * that size and does the same there.
 */
export async function benchViews(options: BenchOptions): Promise<Record<string, unknown>> {
  const [loadBefore = 0] = loadavg();
  const [smaller, larger] = [options.events, options.compare ?? options.events].sort((a, b) => a - b);
  const sizes = options.compare === undefined ? [options.events] : [smaller ?? 0, larger ?? 0];
  const engine = await startEngine(options.data ? { folder: options.data } : {});
  const config = storeConfig({ ...process.env, ...engine.env });
  await migrate(config);
  const at = new Map<number, AtSize>();
  for (const size of sizes) at.set(size, await timesAt(engine, createStore(config), size, options));
  await engine.stop();
  const first = at.get(options.events);
  const second = options.compare === undefined ? undefined : at.get(options.compare);
  if (!first) throw new Error('nothing was timed');
  const growth = second && Object.fromEntries(Object.entries(first.queries).map(([name, { p50Ms }]) => [name, round((second.queries[name]?.p50Ms ?? NaN) / Math.max(1, p50Ms), 2)]));
  const largest = at.get(Math.max(...sizes)) ?? first;
  return {
    bench: 'views', ...first, ...(second ? { compared: second, growth } : {}), over: tooSlow(largest), cores: availableParallelism(), loadAverageBefore: round(loadBefore),
    bars: {
      pages: tooSlow(largest).length === 0, chain: (largest.queries[CHAIN]?.p95Ms ?? NaN) <= CHAIN_MS,
      ...(growth ? { byKey: BY_KEY.every((name) => (growth[name] ?? 0) <= KEY_GROWTH) } : {}),
    },
  };
}

/** Questions of the warm runs that took longer than a page may. */
function tooSlow({ queries, arriving }: AtSize): string[] {
  const slow = (timings: Timings, when: string) => Object.entries(timings).filter(([, { p95Ms }]) => p95Ms > PAGE_MS).map(([name, { p95Ms }]) => `${name}${when}: ${p95Ms} ms`);
  return [...slow(queries, ''), ...slow(arriving?.queries ?? {}, ' while events arrive')];
}

async function timesAt(engine: TestEngine, store: Store, wanted: number, { seed, arriving, only }: BenchOptions): Promise<AtSize> {
  const say = (line: string) => console.error(line);
  const { events, seconds } = await fillLog(store, wanted, seed, say);
  await merged(store);
  const bytes = await bytesPerEvent(store, events);
  const [range] = await store.select<{ n: number }>("SELECT count() AS n FROM events WHERE time > {to:DateTime64(3, 'UTC')} - INTERVAL 30 DAY AND time < {to:DateTime64(3, 'UTC')}", { to: new Date(LOAD_UNTIL) });
  const line = await orderLineWithChain(store);
  await store.close();

  const failed: string[] = [];
  const asked: Asked = { of: 'views', to: new Date(LOAD_UNTIL).toISOString(), line };
  const asking = (way: 'cold' | 'warm', when: string) => ask(engine.env, asked, { way, when, runs: RUNS, only, failed, say });
  await engine.restart();
  const cold = await asking('cold', 'cold');
  const warm = await asking('warm', 'warm');
  const busy = arriving > 0 ? await whileArriving(engine, seed, arriving, () => asking('warm', 'arriving')) : undefined;
  return {
    events, eventsInRange: range?.n ?? 0, fillSeconds: round(seconds),
    bytesPerEvent: bytes.all, bytesPerEventByTable: bytes.byTable,
    queries: timings(warm), cold: Object.fromEntries([...cold].map(([name, [ms = NaN]]) => [name, Math.round(ms)])),
    ...(busy ? { arriving: { rate: busy.rate, queries: timings(busy.answer) } } : {}), failed,
  };
}

/** The order line of an invoice of the last month, so that its chain goes all the way. */
async function orderLineWithChain(store: Store): Promise<string> {
  const [line] = await store.select<{ id: string }>(
    `SELECT concat(order_id, '/', order_line) AS id FROM document_lines
     WHERE document_type = 'invoice' AND aspect = 'received' AND order_id != '' AND order_line != '' AND time > {to:DateTime64(3, 'UTC')} - INTERVAL 30 DAY AND position(order_id, 'c') != 1 ORDER BY time LIMIT 1`,
    { to: new Date(LOAD_UNTIL) },
  );
  if (!line) throw new Error('the log holds no invoice on an order line');
  return line.id;
}

const KEEPING = ['server/keeper/main.ts'];

/** Runs the work while events come in as they do in production. `rate` is what was published a second. */
async function whileArriving<T>(engine: TestEngine, seed: string, rate: number, work: () => Promise<T>): Promise<{ answer: T; rate: number }> {
  const nats = await startNats();
  const env = { ...engine.env, ...nats.env, THROUGHLINE_TOKEN_KEY: 'ab'.repeat(32) };
  const connection = await connectNats('bench', { ...process.env, ...env });
  await ensureStreams(connection, undefined, 2 ** 32);
  await connection.close();
  const processes = [startProcess('ingest/listener/main.ts', env, LISTENER_NODE), ...KEEPING.map((file) => startProcess(file, env))];
  const publisher = startProcess('test/bench/arrive.ts', env, [], [String(rate), seed], 'pipe');
  let said = '';
  publisher.stdout?.on('data', (piece: Buffer) => (said += piece.toString()));
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  const answer = await work();
  const ended = publisher.exitCode === null ? once(publisher, 'exit') : undefined;
  publisher.kill('SIGTERM');
  await ended;
  const { sent, seconds } = JSON.parse(said || '{"sent":0,"seconds":1}') as { sent: number; seconds: number };
  for (const one of processes) await endProcess(one);
  await nats.stop();
  return { answer, rate: Math.round(sent / seconds) };
}
