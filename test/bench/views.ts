import { createStore, insertRows, storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { createCaller } from '../../server/routers/root';
import { startEngine } from '../support/engine';
import { decoded, incoming } from '../support/record';
import { load, percentile, round } from './load';

const RUNS = 7;
const CHUNK = 20_000;

/** Every question of a page, asked as an administrator asks it, over the last 30 days of the log. */
async function questions(store: Store): Promise<Record<string, () => Promise<unknown>>> {
  const caller = createCaller({ store, viewer: { id: 'bench', name: 'bench', email: 'bench', role: 'administrator', facilities: null } });
  const to = '2026-03-16T12:00:00Z';
  const filters = { from: new Date(Date.parse(to) - 30 * 86_400_000).toISOString(), to: new Date(to).toISOString() };
  const list = (name: string, input: object = {}) => () => caller.list.page({ list: name, input: { ...input, filters }, page: 1, pageSize: 25, desc: false });
  const asked: Record<string, () => Promise<unknown>> = {
    'throughput.activity': () => caller.throughput.activity({ filters }),
    'failures.board': () => caller.failures.board({ filters }),
    'stockout.summary': () => caller.stockout.summary({ filters }),
    'alerts.summary': () => caller.alerts.summary({ filters }),
  };
  const { LISTS } = await import('../../server/lists');
  for (const name of LISTS.keys()) asked[`list ${name}`] = list(name);
  return asked;
}

/**
 * Fills the log with `events` of the simulator through the listener's own decoder and times each page's questions,
 * warm. With `compare`, does the same at that size and gives the ratio of the medians.
 */
export async function benchViews(events: number, seed: string, compare?: number): Promise<Record<string, unknown>> {
  const first = await timesAt(events, seed);
  if (compare === undefined) return { bench: 'views', ...first };
  const second = await timesAt(compare, seed);
  const growth = Object.fromEntries(Object.entries(first.queries).map(([name, { p50Ms }]) => [name, round((second.queries[name]?.p50Ms ?? NaN) / p50Ms, 2)]));
  return { bench: 'views', ...first, compared: second, growth };
}

async function timesAt(events: number, seed: string): Promise<{ events: number; bytesPerEvent: number; queries: Record<string, { p50Ms: number; p95Ms: number }>; failed: string[] }> {
  process.env.NEXTAUTH_SECRET ??= 'only-for-a-bench-that-signs-nobody-in';
  const engine = await startEngine();
  const config = storeConfig({ ...process.env, ...engine.env });
  await migrate(config);
  const store = createStore(config);
  let seq = 0;
  let chunk: ReturnType<typeof incoming>[] = [];
  const flush = async () => {
    const rows = await decoded(chunk);
    chunk = [];
    await insertRows(store, 'events', rows.events);
    await insertRows(store, 'dead_letters', rows.dead);
  };
  for (const message of load(events, seed)) {
    chunk.push(incoming(message, ++seq, message.publishAt));
    if (chunk.length >= CHUNK) await flush();
  }
  await flush();
  const [size] = await store.select<{ bytes: number }>('SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = currentDatabase()');
  const queries: Record<string, { p50Ms: number; p95Ms: number }> = {};
  const failed: string[] = [];
  for (const [name, ask] of Object.entries(await questions(store))) {
    const times: number[] = [];
    try {
      await ask();
      for (let run = 0; run < RUNS; run++) {
        const began = performance.now();
        await ask();
        times.push(performance.now() - began);
      }
      queries[name] = { p50Ms: Math.round(percentile(times, 0.5)), p95Ms: Math.round(percentile(times, 0.95)) };
    } catch (error) {
      failed.push(`${name}: ${error instanceof Error ? error.message.slice(0, 120) : String(error)}`);
    }
    console.error(`${name} ${JSON.stringify(queries[name] ?? 'failed')}`);
  }
  await store.close();
  await engine.stop();
  return { events, bytesPerEvent: Math.round(Number(size?.bytes ?? 0) / events), queries, failed };
}

