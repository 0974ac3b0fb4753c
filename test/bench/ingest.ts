import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { createStore, insertRows, storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { connectNats, ensureStreams } from '../../ingest/contract/stream';
import { SimPublisher } from '../../ingest/simulator/publisher';
import { startEngine } from '../support/engine';
import { startNats } from '../support/nats';
import { load, percentile, round } from './load';
import { MemoryWatch, startProcess } from './processes';

const FRESHNESS_RATE = 1_000;
const FRESHNESS_SECONDS = 10;

/**
 * From a full stream to readable: the simulator's true mix waits on JetStream; a listener process of its own takes it
 * through decoding, tokenising, checking, flattening and every view. Beside it, in the same run, the engine alone
 * takes the very same log rows as NDJSON into a table without views. Then a steady load, for the time from publish to
 * readable.
 */
export async function benchIngest(events: number, seed: string): Promise<Record<string, unknown>> {
  const [engine, nats] = await Promise.all([startEngine(), startNats()]);
  const env = { ...engine.env, ...nats.env, THROUGHLINE_TOKEN_KEY: 'ab'.repeat(32) };
  await migrate(storeConfig({ ...process.env, ...env }));
  const store = createStore(storeConfig({ ...process.env, ...env }));
  const connection = await connectNats('bench', { ...process.env, ...env });
  await ensureStreams(connection, undefined, 8 * 2 ** 30);

  let bytes = 0;
  const messages = load(events + FRESHNESS_RATE * FRESHNESS_SECONDS, seed);
  const publisher = new SimPublisher(connection, (line) => console.error(line));
  for (let sent = 0; sent < events; sent++) {
    const { value } = messages.next();
    if (!value) break;
    bytes += value.body.length;
    const full = publisher.send(value);
    if (full) await full;
  }
  await publisher.drain();
  const manager = await jetstreamManager(connection);
  const backlog = (await manager.streams.info('EVENTS')).state.messages;
  console.error(`${backlog} messages wait on the stream`);

  const began = performance.now();
  const listener = startProcess('ingest/listener/main.ts', env);
  const watch = new MemoryWatch({ listener: listener.pid ?? 0, nats: nats.pid, engine: engine.pid });
  await settled(connection, backlog);
  const seconds = (performance.now() - began) / 1000;
  const peaks = watch.stop();

  const bare = await engineAlone(store);
  const freshness = await freshnessOf(store, messages, publisher);
  publisher.stop();
  listener.kill('SIGTERM');
  await once(listener, 'exit');
  await connection.close();
  await store.close();
  await Promise.all([engine.stop(), nats.stop()]);
  const eventsPerSecond = backlog / seconds;
  return {
    bench: 'ingest', events: backlog, seconds: round(seconds, 2), eventsPerSecond: Math.round(eventsPerSecond), engineEventsPerSecond: Math.round(bare), ratioToEngine: round(eventsPerSecond / bare, 3),
    peakRssMiB: Math.round((peaks.listener ?? 0) + (peaks.nats ?? 0)), engineRssMiB: Math.round(peaks.engine ?? 0), meanEventBytes: Math.round(bytes / events), ...freshness,
  };
}

async function settled(connection: Awaited<ReturnType<typeof connectNats>>, expected: number): Promise<void> {
  const manager = await jetstreamManager(connection);
  for (;;) {
    const info = await manager.consumers.info('EVENTS', 'throughline').catch(() => undefined);
    if (info && info.num_pending === 0 && info.num_ack_pending === 0 && info.delivered.stream_seq >= expected) return;
    await sleep(50);
  }
}

/** Rows a second that the engine takes of the same final log rows, the faster of two block sizes. */
async function engineAlone(store: Store): Promise<number> {
  const lines: string[] = [];
  for await (const row of store.stream('SELECT * FROM events')) lines.push(JSON.stringify(row));
  let best = 0;
  for (const block of [20_000, 100_000]) {
    await store.command('CREATE TABLE bare AS events');
    const blocks: Buffer[] = [];
    for (let start = 0; start < lines.length; start += block) blocks.push(Buffer.from(lines.slice(start, start + block).join('\n') + '\n'));
    const began = performance.now();
    for (const body of blocks) await insertRows(store, 'bare', body);
    best = Math.max(best, lines.length / ((performance.now() - began) / 1000));
    await store.command('DROP TABLE bare SYNC');
  }
  return best;
}

/** Publishes at a steady rate and notes, for each event, when the store first counted it. */
async function freshnessOf(store: Store, messages: Iterator<{ body: string | Uint8Array } & Parameters<SimPublisher['send']>[0]>, publisher: SimPublisher): Promise<Record<string, number>> {
  const count = async () => Number((await store.select<{ n: number }>('SELECT (SELECT count() FROM events) + (SELECT count() FROM dead_letters) AS n'))[0]?.n);
  const start = await count();
  const sentAt: number[] = [];
  const seenAfter: number[] = [];
  let seen = 0;
  let done = false;
  const watch = (async () => {
    while (!done || seen < sentAt.length) {
      const asked = performance.now();
      const now = Math.min(sentAt.length, (await count()) - start);
      for (; seen < now; seen++) seenAfter.push(performance.now() - (sentAt[seen] ?? asked));
      if (done && performance.now() - (sentAt[sentAt.length - 1] ?? 0) > 15_000) break;
      await sleep(20);
    }
  })();
  const began = performance.now();
  const total = FRESHNESS_RATE * FRESHNESS_SECONDS;
  while (sentAt.length < total) {
    const due = Math.min(total, Math.floor(((performance.now() - began) / 1000) * FRESHNESS_RATE));
    while (sentAt.length < due) {
      const { value } = messages.next();
      if (!value) break;
      sentAt.push(performance.now());
      const full = publisher.send(value);
      if (full) await full;
    }
    await sleep(5);
  }
  await publisher.drain();
  done = true;
  await watch;
  return { freshnessP99Ms: Math.round(percentile(seenAfter, 0.99)), freshnessRate: FRESHNESS_RATE, freshnessEvents: seenAfter.length };
}
