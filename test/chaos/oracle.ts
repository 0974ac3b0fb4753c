// What the views have to be: every message of the stream decoded once, in this process, and inserted once into a
// database that nothing has happened to.
import { createHash } from 'node:crypto';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { insertRows, type Store } from '../../clickhouse/client';
import { createDecoder, type DeadLetterRow, type Incoming } from '../../ingest/listener/decode';
import type { EventRow } from '../../ingest/listener/row';
import { decoderParts } from '../support/pipeline';

const BATCH = 1_000;

/** Everything that a stream holds, in its order. */
export async function readBack(nats: NatsConnection, stream: string): Promise<Incoming[]> {
  const manager = await jetstreamManager(nats);
  const { messages: held } = (await manager.streams.info(stream)).state;
  const found: Incoming[] = [];
  if (held === 0) return found;
  const consumer = await jetstream(nats).consumers.get(stream);
  for await (const message of await consumer.consume({ max_messages: 1_000 })) {
    found.push({ stream, seq: message.seq, subject: message.subject, recordedAt: Math.floor(Number(message.timestampNanos) / 1e6), data: message.data.slice(), headers: message.headers });
    if (found.length >= held) break;
  }
  return found;
}

export interface Expected {
  readonly events: ReadonlyMap<string, EventRow>;
  readonly dead: readonly DeadLetterRow[];
}

/** Distinct events, each as it was recorded first, and every message that could not be read. */
export async function expectedOf(messages: readonly Incoming[]): Promise<Expected> {
  const decoder = createDecoder(decoderParts());
  const events = new Map<string, EventRow>();
  const dead: DeadLetterRow[] = [];
  for (const message of messages) {
    const decoded = await decoder.decode(message);
    // The stream is read in its order, so the first is the one that was recorded first.
    for (const row of decoded.events) if (!events.has(row.event_key)) events.set(row.event_key, row);
    dead.push(...decoded.dead);
  }
  return { events, dead };
}

/** A clean run: once, in order, in batches of one size. */
export async function insertOnce(store: Store, { events, dead }: Expected): Promise<void> {
  const rows = [...events.values()];
  for (let start = 0; start < rows.length; start += BATCH) await insertRows(store, 'events', rows.slice(start, start + BATCH));
  if (dead.length > 0) await insertRows(store, 'dead_letters', dead);
}

export function hashOf(body: string | Uint8Array): string {
  return createHash('sha256').update(body).digest('base64');
}
