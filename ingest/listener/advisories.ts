import { setTimeout as sleep } from 'node:timers/promises';
import { DiscardPolicy, JetStreamApiError, jetstreamManager, RetentionPolicy, StorageType, type JetStreamManager, type StoredMsg } from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';
import { z } from 'zod';
import type { ContractEvent } from '../contract/envelope';
import { OPS_STREAM } from '../contract/stream';
import { cloudEvent } from './cloudevent';
import { deadLetter, type Decoded, type Decoder, type DecoderParts, type Incoming } from './decode';
import { Refusal } from './refusal';
import { dbTime } from './row';

/**
 * JetStream says itself when a consumer gives up on a message: its deliveries are exhausted, or whoever read it
 * terminated it. These advisories are plain messages that nobody repeats, so a stream keeps them for the listener,
 * also while it is down, and each becomes a dead letter that names stream, consumer and sequence.
 */

const ADVISORY_STREAM = 'ADVISORIES';
const CONSUMER_ADVISORIES = '$JS.EVENT.ADVISORY.CONSUMER';
const SUBJECTS = [`${CONSUMER_ADVISORIES}.MAX_DELIVERIES.>`, `${CONSUMER_ADVISORIES}.MSG_TERMINATED.>`];
const KEPT_DAYS = 30;
const MAX_BYTES = 256 * 2 ** 20;

/** The stream that keeps the advisories, and what of it is theirs. */
export interface AdvisoryStream {
  readonly stream: string;
  readonly filter: string | undefined;
}

/**
 * Makes the stream of the advisories where there is none. An account whose own stream has these subjects already is
 * read from that one: no two streams may have a subject in common.
 *
 * @param own the event stream
 * @returns undefined where the event stream itself takes the advisories, which are then read as what it holds
 */
export async function ensureAdvisories(nats: NatsConnection, own: string): Promise<AdvisoryStream | undefined> {
  const manager = await jetstreamManager(nats);
  const existing = await ofSubject(manager, `${CONSUMER_ADVISORIES}.MAX_DELIVERIES.S.C`);
  if (existing === own) return undefined;
  if (existing !== undefined) return existing === ADVISORY_STREAM ? { stream: existing, filter: undefined } : { stream: existing, filter: `${CONSUMER_ADVISORIES}.>` };
  await manager.streams.add({
    // Discard Old: nobody waits for an answer to an advisory, so refusing the newest would only lose it.
    name: ADVISORY_STREAM, subjects: SUBJECTS, storage: StorageType.File, retention: RetentionPolicy.Limits, discard: DiscardPolicy.Old,
    num_replicas: 1, max_bytes: MAX_BYTES, max_age: nanos(KEPT_DAYS * 86_400_000),
  });
  return { stream: ADVISORY_STREAM, filter: undefined };
}

async function ofSubject(manager: JetStreamManager, subject: string): Promise<string | undefined> {
  for await (const name of manager.streams.names(subject)) return name;
  return undefined;
}

const Advisory = z.object({
  type: z.string(),
  stream: z.string(),
  consumer: z.string(),
  stream_seq: z.number().int().nonnegative(),
  deliveries: z.number().int().nonnegative().default(0),
  reason: z.string().max(1000).optional(),
});
type Advisory = z.infer<typeof Advisory>;

const KINDS: ReadonlyMap<string, { code: string; says: (advisory: Advisory) => string }> = new Map([
  ['io.nats.jetstream.advisory.v1.max_deliver', { code: 'DELIVERIES_EXHAUSTED', says: ({ deliveries }) => `was delivered ${deliveries} times and never acknowledged` }],
  ['io.nats.jetstream.advisory.v1.terminated', { code: 'TERMINATED', says: ({ deliveries, reason }) => `was terminated by its reader after ${deliveries} ${deliveries === 1 ? 'delivery' : 'deliveries'}${reason ? `: ${reason}` : ''}` }],
]);

/**
 * Makes dead letters of advisories. It asks the stream for the message meant; where the stream cannot be asked it
 * rejects, so that the advisory is not acknowledged and comes again.
 *
 * @param own the event stream; of other streams than the product's own no bytes are kept
 */
export function createAdvisoryDecoder(nats: NatsConnection, parts: DecoderParts, own: string): Decoder {
  const manager = jetstreamManager(nats);
  return {
    async decode(message): Promise<Decoded> {
      const advisory = read(message.data);
      const kind = advisory && KINDS.get(advisory.type);
      if (!kind) return { events: [], dead: [] };
      const mayRead = advisory.stream === own || advisory.stream === OPS_STREAM;
      const found = mayRead ? await storedMessage(await manager, advisory) : null;
      // One that was stored after it was given up belongs to a stream made anew.
      const stored = found && found.time.getTime() <= message.recordedAt ? found : null;
      const gone = stored ? '' : mayRead ? '; the stream no longer holds it' : '; its bytes are not kept, the stream is not one that is listened to';
      const meant: Incoming = {
        stream: advisory.stream, seq: advisory.stream_seq, subject: stored?.subject ?? '', recordedAt: stored ? stored.time.getTime() : message.recordedAt,
        data: stored?.data ?? new Uint8Array(), headers: stored?.header,
      };
      const reason = `message ${advisory.stream_seq} of stream ${advisory.stream} ${kind.says(advisory)} (consumer ${advisory.consumer})${gone}`;
      const letter = deadLetter(parts, meant, new Refusal(kind.code, reason, { event: eventOf(meant) }));
      // When it was given up, not when it was stored: a message that could not be read either has a letter of its own.
      return { events: [], dead: [{ ...letter, recorded_at: dbTime(message.recordedAt), consumer: advisory.consumer.slice(0, 300) }] };
    },
  };
}

function read(data: Uint8Array): Advisory | undefined {
  try {
    const parsed = Advisory.safeParse(JSON.parse(new TextDecoder().decode(data)));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** The event in the message, for its source, id, type and facility; nothing where it holds none. */
function eventOf({ data, headers }: Incoming): Partial<ContractEvent> {
  try {
    const { event } = cloudEvent(new TextDecoder('utf-8', { fatal: true }).decode(data), headers);
    return typeof event === 'object' && event !== null ? event : {};
  } catch {
    return {};
  }
}

const NO_MESSAGE = 10037;
const NO_STREAM = 10059;
const ATTEMPTS = 5;

async function storedMessage(manager: JetStreamManager, { stream, stream_seq: seq }: Advisory): Promise<StoredMsg | null> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await manager.streams.getMessage(stream, { seq });
    } catch (error) {
      if (error instanceof JetStreamApiError && (error.code === NO_MESSAGE || error.code === NO_STREAM)) return null;
      if (attempt === ATTEMPTS) throw error;
      await sleep(1_000);
    }
  }
}
