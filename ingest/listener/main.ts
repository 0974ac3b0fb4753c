import { setTimeout as sleep } from 'node:timers/promises';
import { createStore } from '../../clickhouse/client';
import { connectNats, ensureStreams, OPS_STREAM, streamSettings } from '../contract/stream';
import { createAdvisoryDecoder, ensureAdvisories } from './advisories';
import type { ConsumeOptions } from './consume';
import { createDecoder, type Decoder } from './decode';
import { endpointSettings, serveEndpoint } from './endpoint';
import { startListener, type Listener } from './listener';
import { decoderPartsFromEnv } from './parts';
import { serveRetakes } from './retake-service';

/** The listener as a process: records everything on the event stream and on the product's own stream. */

const log = (message: string) => console.log(`listener: ${message}`);

/**
 * Every insert costs a part and an fsync in each of a dozen tables: twenty thousand rows take hardly longer than ten. Only
 * a backlog fills such a batch; what just arrives is written as it comes. In flight are two batches that are written, one
 * that is decoded, one that waits and one on its way.
 */
const LIMITS = { maxAckPending: 100_000, batchMessages: 20_000, batchBytes: 48 * 2 ** 20, batchWaitMs: 100 } as const;

async function main(): Promise<void> {
  const parts = await decoderPartsFromEnv();
  const ackWaitMs = Number(process.env.NATS_ACK_WAIT_SECONDS || 60) * 1_000;
  if (!(ackWaitMs >= 1_000)) throw new Error('NATS_ACK_WAIT_SECONDS is no number of at least 1');
  const limits = { ...LIMITS, ackWaitMs };
  const endpoint = endpointSettings();
  const store = createStore();
  const nats = await connectNats('listener');
  const settings = streamSettings();
  await ensureStreams(nats, settings);
  // What people's own consumers gave up on is worth telling, but nothing here waits for it.
  const advisories = await ensureAdvisories(nats, settings.stream).catch((error: unknown) => {
    log(`JetStream's advisories are not recorded: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  });
  const decoder = createDecoder(parts);
  let stopping = false;
  const listeners = new Map<string, Listener>();
  const reading = new Set<string>();

  const follow = async (decoder: Decoder, options: ConsumeOptions): Promise<void> => {
    while (!stopping) {
      try {
        const listener = await startListener(nats, store, decoder, parts, options, log);
        listeners.set(options.stream, listener);
        log(`listening on ${options.stream}${options.filter ? ` (${options.filter})` : ''} as ${options.durable}`);
        reading.add(options.stream);
        await listener.done;
        if (!stopping) log(`the consumer on ${options.stream} ended; starting it again`);
      } catch (error) {
        log(`${options.stream}: ${error instanceof Error ? error.message : String(error)}; trying again`);
      }
      reading.delete(options.stream);
      if (!stopping) await sleep(1_000);
    }
  };

  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    await Promise.all([...listeners.values()].map((listener) => listener.stop()));
    await nats.drain();
    await store.close();
    const total = [...listeners.values()].reduce((sum, { stats }) => sum + stats.events + stats.deadLetters, 0);
    log(`stopped after ${total} events and dead letters`);
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
  // JetStream reconnects by itself for as long as the process lives; a connection closed for good ends it.
  void nats.closed().then((error) => {
    if (stopping) return;
    log(`NATS closed the connection${error ? `: ${error.message}` : ''}`);
    process.exit(1);
  });

  let connected = true;
  void (async () => {
    for await (const { type } of nats.status()) {
      if (type === 'disconnect') connected = false;
      else if (type === 'reconnect') connected = true;
    }
  })();
  if (endpoint) {
    const streams = [settings.stream, OPS_STREAM, ...(advisories ? [advisories.stream] : [])];
    await serveEndpoint(endpoint, () => [...(connected ? [] : ['NATS does not answer']), ...streams.filter((stream) => !reading.has(stream)).map((stream) => `nothing is read from ${stream}`)]);
  }

  serveRetakes(nats, store, () => decoderPartsFromEnv(), log);
  await Promise.all([
    follow(decoder, { stream: settings.stream, durable: settings.durable, filter: settings.filter, ...limits }),
    follow(decoder, { stream: OPS_STREAM, durable: settings.durable, ...limits }),
    ...(advisories ? [follow(createAdvisoryDecoder(nats, parts, settings.stream), { ...advisories, durable: settings.durable, ...limits })] : []),
  ]);
}

main().catch((error: unknown) => {
  console.error(`listener: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
