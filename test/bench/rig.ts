import { setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { createStore, storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { connectNats, ensureStreams } from '../../ingest/contract/stream';
import type { SimMessage } from '../../ingest/simulator/outbox';
import { SimPublisher } from '../../ingest/simulator/publisher';
import { startEngine, type TestEngine } from '../support/engine';
import { startNats, type TestNats } from '../support/nats';
import { BARE_BODY_MIB } from './bare';

/** An engine, a nats-server and a publisher, with the schema in place and nothing in it. */
export interface Rig {
  readonly engine: TestEngine;
  readonly nats: TestNats;
  /** What a process of the product needs to run on them. */
  readonly env: Record<string, string>;
  readonly store: Store;
  readonly publisher: SimPublisher;
  /** Publishes up to `count` messages and waits until the stream has them. Returns their bytes and how many the stream now holds in all. */
  publish(messages: Iterator<SimMessage>, count: number): Promise<{ bytes: number; stored: number }>;
  /** Milliseconds (performance.now) at which the first message after `from` was delivered, and at which all up to `upTo` were acknowledged. */
  consumed(from: number, upTo: number): Promise<{ began: number; ended: number }>;
  stop(): Promise<void>;
}

const STREAM_BYTES = 16 * 2 ** 30;

export async function startRig(): Promise<Rig> {
  const [engine, nats] = await Promise.all([startEngine({ env: { ENGINE_MAX_BODY_MIB: String(BARE_BODY_MIB) } }), startNats()]);
  const env = { ...engine.env, ...nats.env, THROUGHLINE_TOKEN_KEY: 'ab'.repeat(32) };
  const all = { ...process.env, ...env };
  await migrate(storeConfig(all));
  const store = createStore(storeConfig(all));
  const connection = await connectNats('bench', all);
  await ensureStreams(connection, undefined, STREAM_BYTES);
  const publisher = new SimPublisher(connection, (line) => console.error(line));
  const manager = await jetstreamManager(connection);
  return {
    engine, nats, env, store, publisher,
    async publish(messages, count) {
      let bytes = 0;
      for (let sent = 0; sent < count; sent++) {
        const { value, done } = messages.next();
        if (done) break;
        bytes += Buffer.byteLength(value.body);
        const full = publisher.send(value);
        if (full) await full;
      }
      await publisher.drain();
      return { bytes, stored: (await manager.streams.info('EVENTS')).state.last_seq };
    },
    consumed: (from, upTo) => consumed(connection, from, upTo),
    async stop() {
      publisher.stop();
      await connection.close();
      await store.close();
      await Promise.all([engine.stop(), nats.stop()]);
    },
  };
}

async function consumed(connection: NatsConnection, from: number, upTo: number): Promise<{ began: number; ended: number }> {
  const manager = await jetstreamManager(connection);
  let began: number | undefined;
  for (;;) {
    const asked = performance.now();
    const info = await manager.consumers.info('EVENTS', 'throughline').catch(() => undefined);
    if (info && info.delivered.stream_seq > from) began ??= asked;
    if (began !== undefined && info && info.num_pending === 0 && info.num_ack_pending === 0 && info.delivered.stream_seq >= upTo) return { began, ended: performance.now() };
    await sleep(began === undefined ? 5 : 25);
  }
}
