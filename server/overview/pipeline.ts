import { setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager, type ConsumerInfo, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { z } from 'zod';
import type { Store } from '@/clickhouse/client';
import { newestRecorded } from '@/clickhouse/queries/live';
import { OPS_STREAM, streamSettings } from '@/ingest/contract/stream';
import { natsConnection } from '../ops/publish';
import { within } from '../within';

/** How the product's own pipeline is: a stopped listener must not look like a quiet hospital. */

export type ListenerState =
  /** It asks for messages, or works on some. */
  | 'listening'
  /** It works, and there is more waiting than it takes at once. */
  | 'behind'
  /** Nobody asks for messages. */
  | 'stopped'
  /** The stream or its consumer is not there: no listener has ever run. */
  | 'never';

export interface StreamHealth {
  stream: string;
  /** Messages that the stream holds, and its size in bytes. */
  messages: number;
  bytes: number;
  /** Not yet handed to a listener. */
  pending: number;
  /** Handed over and not yet acknowledged: not yet in the store. */
  ackPending: number;
  /** Handed over more than once and still not acknowledged. */
  redelivered: number;
  /** When the oldest message that is not yet in the store was stored by the stream; null where none waits or nobody can say. */
  waitingSince: Date | null;
  listener: ListenerState;
}

export type StreamsHealth = { up: true; streams: StreamHealth[] } | { up: false; why: string };

const PATIENCE_MS = 3_000;
const BEHIND = 20_000;

/** Never throws: a stream that does not answer is itself the answer. */
export async function streamsHealth(): Promise<StreamsHealth> {
  if (!process.env.NATS_URL) return { up: false, why: 'NATS_URL is not set for the web process' };
  const streams = await within(PATIENCE_MS, look(), null).catch(() => null);
  return streams ? { up: true, streams } : { up: false, why: 'NATS does not answer' };
}

async function look(): Promise<StreamHealth[]> {
  const settings = streamSettings();
  const nats = await natsConnection();
  const manager = await jetstreamManager(nats, { timeout: PATIENCE_MS });
  return Promise.all(
    [settings.stream, OPS_STREAM].map(async (stream): Promise<StreamHealth> => {
      const { state } = await manager.streams.info(stream);
      const info = await consumerAsking(manager, stream, settings.durable);
      if (!info) return { stream, messages: state.messages, bytes: state.bytes, pending: state.messages, ackPending: 0, redelivered: 0, waitingSince: await storedAt(nats, stream, state.first_seq), listener: 'never' };
      const waits = info.num_pending + info.num_ack_pending > 0;
      const idle = info.num_waiting === 0 && info.num_ack_pending === 0;
      return {
        stream, messages: state.messages, bytes: state.bytes, pending: info.num_pending, ackPending: info.num_ack_pending, redelivered: info.num_redelivered,
        waitingSince: waits ? await storedAt(nats, stream, info.ack_floor.stream_seq + 1, info.config.filter_subject) : null,
        listener: info.num_waiting === 0 && (idle || stalled(info.delivered.last_active)) ? 'stopped' : info.num_pending > BEHIND ? 'behind' : 'listening',
      };
    }),
  );
}

const LOOKS = 5;
const BETWEEN_LOOKS_MS = 200;

/** A listener asks again and again, with a moment between: only one that is never seen asking does not ask. */
async function consumerAsking(manager: JetStreamManager, stream: string, durable: string): Promise<ConsumerInfo | null> {
  for (let look = 1; ; look++) {
    const info = await manager.consumers.info(stream, durable).catch(() => null);
    if (!info || info.num_waiting > 0 || look === LOOKS) return info;
    await sleep(BETWEEN_LOOKS_MS);
  }
}

const Stored = z.object({ message: z.object({ time: z.iso.datetime({ offset: true }) }) });

/** When the stream stored the first message from this sequence on. */
async function storedAt(nats: NatsConnection, stream: string, seq: number, filter = '>'): Promise<Date | null> {
  try {
    // Not by the manager: it asks for one exact sequence only, and that one may have expired.
    const answer = await nats.request(`$JS.API.STREAM.MSG.GET.${stream}`, JSON.stringify({ seq: Math.max(seq, 1), next_by_subj: filter }), { timeout: PATIENCE_MS });
    const found = Stored.safeParse(answer.json());
    return found.success ? new Date(found.data.message.time) : null;
  } catch {
    return null;
  }
}

/** A listener that was killed leaves what it held unacknowledged: nothing has been handed out for longer than an insert takes. */
const STALLED_MS = 60_000;
function stalled(lastActive: unknown): boolean {
  const at = typeof lastActive === 'string' ? Date.parse(lastActive) : NaN;
  return !Number.isNaN(at) && Date.now() - at > STALLED_MS;
}

const newest = new WeakMap<Store, Date>();

/** When the newest event was recorded; null for an empty log. */
export async function newestEvent(store: Store): Promise<Date | null> {
  const known = await newestRecorded(store, newest.get(store) ?? null);
  if (known) newest.set(store, known);
  return known;
}
