import { randomBytes } from 'node:crypto';
import { jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import type { ContractEvent } from '../../ingest/contract/envelope';
import { connectNats, ensureStreams, OPS_STREAM, publish, structured, type Publishable } from '../../ingest/contract/stream';
import { createDecoder, type DecoderParts } from '../../ingest/listener/decode';
import { startListener, type Listener } from '../../ingest/listener/listener';
import { createMapper, type Mapping } from '../../ingest/mapping';
import { createTokeniser } from '../../ingest/privacy/tokeniser';
import { startEngine, type TestEngine } from './engine';
import { startNats, type TestNats } from './nats';

/** A real nats-server, the real engine and the listener between them, for tests. */
export interface Pipeline {
  readonly engine: TestEngine;
  readonly nats: TestNats;
  readonly connection: NatsConnection;
  readonly store: Store;
  readonly listener: Listener;
  /** Publishes contract events, or messages as they are, and waits until the listener has written them. */
  send(messages: readonly (ContractEvent | Publishable)[]): Promise<void>;
  /** Waits until everything on the streams has been written and acknowledged. */
  settle(): Promise<void>;
  /** Ends the listener and starts another on the same consumer. */
  restartListener(): Promise<void>;
  stop(): Promise<void>;
}

export const TEST_TOKEN_KEY = { key: 'ab'.repeat(32), version: 1 };

/** What the decoder of a test is made of. */
export function decoderParts(mappings: readonly Mapping[] = []): DecoderParts {
  return { tokeniser: createTokeniser(TEST_TOKEN_KEY), mapper: createMapper(mappings), earliest: Date.parse('2000-01-01T00:00:00Z') };
}

export async function startPipeline(options: { mappings?: readonly Mapping[]; batchMessages?: number } = {}): Promise<Pipeline> {
  const [engine, nats] = await Promise.all([startEngine(), startNats()]);
  await migrate(storeConfig({ ...process.env, ...engine.env }));
  const store = engine.store();
  const connection = await connectNats('test', { ...process.env, ...nats.env });
  await ensureStreams(connection, { stream: 'EVENTS', filter: undefined, durable: 'throughline' }, 2 ** 30);
  const parts = decoderParts(options.mappings);
  const limits = { durable: 'throughline', maxAckPending: 20_000, batchMessages: options.batchMessages ?? 5_000, batchBytes: 16 * 2 ** 20, batchWaitMs: 20 };
  const log = () => undefined;
  const listen = () =>
    Promise.all(['EVENTS', OPS_STREAM].map((stream) => startListener(connection, store, createDecoder(parts), parts, { stream, ...limits }, log)));
  let listeners = await listen();
  for (const { done } of listeners) done.catch(() => undefined);
  const js = jetstream(connection);
  const manager = await js.jetstreamManager();

  async function settle(): Promise<void> {
    for (const stream of ['EVENTS', OPS_STREAM])
      for (;;) {
        const info = await manager.consumers.info(stream, 'throughline');
        if (info.num_pending === 0 && info.num_ack_pending === 0) break;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
  }

  return {
    engine, nats, connection, store, settle,
    get listener() {
      const [first] = listeners;
      if (!first) throw new Error('no listener runs');
      return first;
    },
    async send(messages) {
      for (let i = 0; i < messages.length; i += 500)
        await Promise.all(messages.slice(i, i + 500).map((message) => publish(js, 'specversion' in message ? structured(message) : message)));
      await settle();
    },
    async restartListener() {
      // One whose consumer was taken away has ended already, with that as its reason.
      await Promise.allSettled(listeners.map((listener) => listener.stop()));
      listeners = await listen();
    },
    async stop() {
      await Promise.all(listeners.map((listener) => listener.stop()));
      await connection.close();
      await store.close();
      await Promise.all([engine.stop(), nats.stop()]);
    },
  };
}

/** A message id that no other has, to get past JetStream's window for duplicates. */
export function freshMsgId(): string {
  return randomBytes(12).toString('hex');
}
