import { setImmediate } from 'node:timers/promises';
import { jetstreamManager, type JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Store } from '../../clickhouse/client';
import { EventBlock } from './block';
import { NotKept } from './column';
import { BatchConsumer, type ConsumeOptions } from './consume';
import { deadLetter, type Decoded, type DeadLetterRow, type Decoder, type DecoderParts, type Incoming } from './decode';
import { batchDone } from './metrics';
import { Refusal } from './refusal';
import { beginOf } from './resume';
import type { EventRow } from './row';
import { Writer, type Kept, type Printed } from './writer';

/** What a listener has done since it started. */
export interface ListenerStats {
  messages: number;
  events: number;
  deadLetters: number;
  batches: number;
  redelivered: number;
  /** Newest stored timestamp that was written, milliseconds since 1970; 0 before the first. */
  writtenUpTo: number;
}

export interface Listener {
  readonly stats: Readonly<ListenerStats>;
  /** Ends the batch in hand, acknowledges it and resolves. */
  stop(): Promise<void>;
  /** Settles when the listener ended: by `stop`, or with the error that ended it. */
  readonly done: Promise<void>;
}

interface Prepared {
  readonly messages: JsMsg[];
  readonly events: Printed | readonly Kept[];
  readonly count: number;
  readonly dead: DeadLetterRow[];
  /** Newest stored timestamp among them, milliseconds since 1970. */
  readonly upTo: number;
  /** When it was taken up, by performance.now(). */
  readonly began: number;
}

/** One insert leaves the store's other cores idle while it is read and while it waits for the disk. */
const WRITTEN_AT_ONCE = 2;

/** Then what else waits has its turn: rows on their way to the store, above all, and messages that arrive. */
const DECODED_AT_ONCE = 100;

/**
 * Reads a durable consumer and writes what it reads. A batch is acknowledged when the store has confirmed it on
 * disk, never before; while two batches are being written the next is decoded. In which order they end does not matter:
 * the log asks for none.
 */
export async function startListener(
  nats: NatsConnection,
  store: Store,
  decoder: Decoder,
  parts: DecoderParts,
  options: ConsumeOptions,
  log: (message: string) => void,
): Promise<Listener> {
  const stats: ListenerStats = { messages: 0, events: 0, deadLetters: 0, batches: 0, redelivered: 0, writtenUpTo: 0 };
  const begin = await beginOf(store, await jetstreamManager(nats), options.stream, options.durable);
  const consumer = await BatchConsumer.start(nats, options, begin);
  const writer = new Writer(store, log);
  const block = new EventBlock();

  async function writeAndAcknowledge(batch: Prepared): Promise<void> {
    const { refused } = await writer.write(batch.events, batch.dead, block);
    consumer.acknowledge(batch.messages);
    stats.batches++;
    stats.messages += batch.messages.length;
    stats.events += batch.count - refused;
    stats.deadLetters += batch.dead.length + refused;
    let redelivered = 0;
    for (const message of batch.messages) if (message.redelivered) redelivered++;
    stats.writtenUpTo = Math.max(stats.writtenUpTo, batch.upTo);
    stats.redelivered += redelivered;
    batchDone({
      stream: options.stream, messages: batch.messages.length, redelivered, events: batch.count - refused,
      reasons: [...batch.dead.map((row) => row.reason_code), ...Array<string>(refused).fill('STORE_REFUSED')],
      upTo: stats.writtenUpTo, seconds: (performance.now() - batch.began) / 1000, holding: consumer.holding,
    });
  }

  async function run(): Promise<void> {
    const writing: Promise<void>[] = [];
    for (let messages = await consumer.next(); messages; messages = await consumer.next()) {
      const batch = await prepare(messages, decoder, parts, block);
      if (writing.length >= WRITTEN_AT_ONCE) await writing.shift();
      const written = writeAndAcknowledge(batch);
      // A failure is reported where it is awaited; until then it must not count as unhandled.
      written.catch(() => undefined);
      writing.push(written);
    }
    await Promise.all(writing);
  }

  const done = run().finally(() => consumer.close());
  return {
    stats,
    done,
    async stop() {
      await consumer.stop();
      await done;
    },
  };
}

/** Decodes a batch and prints its events as they come, so that of none of them more is held than its bytes. */
async function prepare(messages: JsMsg[], decoder: Decoder, parts: DecoderParts, block: EventBlock): Promise<Prepared> {
  const began = performance.now();
  let upTo = 0;
  const dead: DeadLetterRow[] = [];
  let kept = true;
  for (const [at, message] of messages.entries()) {
    if (at % DECODED_AT_ONCE === DECODED_AT_ONCE - 1) await setImmediate();
    const incoming = incomingOf(message);
    upTo = Math.max(upTo, incoming.recordedAt);
    const outcome = decoder.decode(incoming);
    // Awaiting only where there is something to wait for keeps the common case on one tick.
    const decoded: Decoded = outcome instanceof Promise ? await outcome : outcome;
    if (kept) kept = added(block, decoded.events);
    for (const letter of decoded.dead) dead.push(letter);
  }
  const again = () => decodedAgain(messages, decoder, parts);
  if (!kept) {
    block.clear();
    const events = await again();
    return { messages, events, count: events.length, dead, upTo, began };
  }
  const count = block.length;
  return { messages, events: count > 0 ? { count, body: block.take(), again } : [], count, dead, upTo, began };
}

/** False where a row holds what its column does not keep: the writer then finds it. */
function added(block: EventBlock, rows: readonly EventRow[]): boolean {
  try {
    for (const row of rows) block.add(row);
    return true;
  } catch (problem) {
    if (problem instanceof NotKept) return false;
    throw problem;
  }
}

/** The events of a batch once more, each with what is needed to keep it as a dead letter. */
async function decodedAgain(messages: readonly JsMsg[], decoder: Decoder, parts: DecoderParts): Promise<Kept[]> {
  const events: Kept[] = [];
  for (const [at, message] of messages.entries()) {
    if (at % DECODED_AT_ONCE === DECODED_AT_ONCE - 1) await setImmediate();
    const incoming = incomingOf(message);
    const decoded = await decoder.decode(incoming);
    decoded.events.forEach((row, i) =>
      events.push({ row, refused: (reason) => deadLetter(parts, incoming, new Refusal('STORE_REFUSED', reason), decoded.parts?.[i] ?? i) }),
    );
  }
  return events;
}

function incomingOf(message: JsMsg): Incoming {
  return {
    stream: message.info.stream,
    seq: message.seq,
    subject: message.subject,
    recordedAt: Math.floor(Number(message.timestampNanos) / 1e6),
    data: message.data,
    headers: message.headers,
  };
}
