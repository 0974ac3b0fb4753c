import { randomUUID } from 'node:crypto';
import { jetstream, jetstreamManager, JetStreamApiError, type JetStreamManager } from '@nats-io/jetstream';
import { headers, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import type { Store } from '../../clickhouse/client';
import { recordedIdentities, type StoredLetter } from '../../clickhouse/queries/retake';
import type { ContractEvent } from '../contract/envelope';
import type { RetakeOutcome } from '../contract/retake';
import { publish, structured } from '../contract/stream';
import { createDecoder, deadLetter, type DeadLetterRow, type DecoderParts, type Incoming } from './decode';
import { Refusal } from './refusal';
import type { EventRow } from './row';
import { Writer, type Kept } from './writer';

/**
 * Takes dead letters in again, after a mapping or a schema was mended: the message goes the way that it went when it
 * came, with the time at which the stream stored it, so that the log is what it would be had the message been readable
 * at once. Rows are keyed by what they say, so it counts once however often it is done.
 */
export interface RetakeTools {
  readonly nats: NatsConnection;
  readonly store: Store;
  /** With mappings as they are now. */
  readonly parts: DecoderParts;
  readonly log: (message: string) => void;
}

/** The letters of one message, and what its message came to. */
interface Group {
  readonly letters: StoredLetter[];
  message?: Incoming;
  impossible?: string;
  rows: { readonly row: EventRow; readonly part: number }[];
  superseded: number;
  dead: DeadLetterRow[];
}

const AT_ONCE = 16;
const NO_STREAM = 10059;

/**
 * @param actor who asks for it
 * @param dryRun says what would come of it and writes nothing
 * @returns an outcome for each letter, in their order
 */
export async function retake(letters: readonly StoredLetter[], tools: RetakeTools, actor: string, dryRun = false): Promise<RetakeOutcome[]> {
  const groups = new Map<string, Group>();
  const groupOf = new Map<StoredLetter, Group>();
  for (const letter of letters) {
    const name = JSON.stringify([letter.stream, letter.stream_seq, letter.consumer === '' ? letter.recorded_at : '']);
    const group = groups.get(name) ?? { letters: [], rows: [], superseded: 0, dead: [] };
    group.letters.push(letter);
    groups.set(name, group);
    groupOf.set(letter, group);
  }
  const manager = await jetstreamManager(tools.nats);
  const decoder = createDecoder(tools.parts);
  const waiting = [...groups.values()];
  const work = async () => {
    for (let group = waiting.pop(); group; group = waiting.pop()) await read(group, manager, decoder);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const all = [...groups.values()];
  await leaveOutSuperseded(all, tools.store);
  if (!dryRun) await write(all, tools);
  const js = jetstream(tools.nats);
  return Promise.all(
    letters.map(async (letter): Promise<RetakeOutcome> => {
      const outcome = outcomeOf(letter, groupOf.get(letter));
      if (outcome.result !== 'taken in' || dryRun) return outcome;
      const { seq } = await publish(js, structured(retaken(letter, outcome, actor)));
      return { ...outcome, sequence: seq };
    }),
  );
}

async function read(group: Group, manager: JetStreamManager, decoder: ReturnType<typeof createDecoder>): Promise<void> {
  const [letter] = group.letters;
  if (!letter) return;
  const message = await messageOf(letter, manager);
  if (typeof message === 'string') {
    group.impossible = message;
  } else if (message.headers?.has('Throughline-Dead-Letter')) {
    group.impossible = 'An import refused this record before it was an event: run the import again with the mended mapping.';
  } else {
    group.message = message;
    const { events, parts, dead } = await decoder.decode(message);
    group.rows = events.map((row, i) => ({ row, part: parts?.[i] ?? i }));
    group.dead = dead;
  }
}

/** The message as the stream holds it, else as the letter kept it where that is all of it; or why there is none. */
async function messageOf(letter: StoredLetter, manager: JetStreamManager): Promise<Incoming | string> {
  const recordedAt = Date.parse(letter.recorded_at);
  const about = { stream: letter.stream, seq: letter.stream_seq };
  const stored = await manager.streams.getMessage(letter.stream, { seq: letter.stream_seq }).catch((error: unknown) => {
    if (error instanceof JetStreamApiError && error.code === NO_STREAM) return null;
    throw error;
  });
  // A stream that was made anew gives its sequences to other messages.
  const same = stored && (letter.consumer === '' ? Math.abs(stored.time.getTime() - recordedAt) <= 1 : stored.time.getTime() <= recordedAt);
  if (same) return { ...about, subject: stored.subject, recordedAt: letter.consumer === '' ? recordedAt : stored.time.getTime(), data: stored.data, headers: stored.header };
  const gone = 'The stream no longer holds the message, and ';
  if (letter.redacted.length > 0) return `${gone}the copy that is kept has patient data taken out: have its source send it again.`;
  const data = Buffer.from(letter.raw, letter.raw_encoding === 'base64' ? 'base64' : 'utf-8');
  if (data.byteLength !== letter.raw_bytes || letter.raw_bytes === 0) return `${gone}no whole copy of it is kept: have its source send it again.`;
  return { ...about, subject: letter.subject, recordedAt, data, headers: headersFrom(letter.headers) };
}

function headersFrom(text: string): MsgHdrs {
  const made = headers();
  for (const [name, value] of Object.entries(JSON.parse(text || '{}') as Record<string, unknown>)) if (typeof value === 'string') made.set(name, value);
  return made;
}

/**
 * What the log has under the same source and id stands: the other parts of a mapped message, or the source's own
 * corrected resend. Old bytes beside it would only be a conflict.
 */
async function leaveOutSuperseded(groups: readonly Group[], store: Store): Promise<void> {
  const rows = groups.flatMap((group) => group.rows.map(({ row }) => row));
  if (rows.length === 0) return;
  const known = new Map<string, Set<string>>();
  for (let i = 0; i < rows.length; i += 5_000) {
    const some = rows.slice(i, i + 5_000);
    const found = await recordedIdentities(store, { ids: [...new Set(some.map((row) => String(row.id)))], identities: [...new Set(some.map((row) => String(row.identity)))] });
    for (const { identity, event_key } of found) known.set(identity, (known.get(identity) ?? new Set()).add(event_key));
  }
  for (const group of groups) {
    const kept = group.rows.filter(({ row }) => known.get(String(row.identity))?.has(row.event_key) ?? true);
    group.superseded = group.rows.length - kept.length;
    group.rows = kept;
  }
}

async function write(groups: readonly Group[], { store, parts, log }: RetakeTools): Promise<void> {
  const kept: Kept[] = [];
  const dead: DeadLetterRow[] = [];
  for (const group of groups) {
    const { message } = group;
    if (!message) continue;
    group.rows.forEach(({ row, part }) =>
      kept.push({
        row,
        refused: (reason) => {
          const letter = deadLetter(parts, message, new Refusal('STORE_REFUSED', reason), part);
          group.rows = group.rows.filter((other) => other.row !== row);
          group.dead.push(letter);
          return letter;
        },
      }),
    );
    // The same key as before, so the letter says what is wrong with it now.
    dead.push(...group.dead);
  }
  await new Writer(store, log).write(kept, dead);
}

function outcomeOf(letter: StoredLetter, group: Group | undefined): RetakeOutcome {
  if (!group?.message) return { result: 'impossible', why: group?.impossible ?? 'There is no such dead letter.' };
  const still = letter.consumer === '' ? group.dead.find(({ part }) => part === letter.part) : group.rows.length === 0 ? group.dead[0] : undefined;
  if (still) return { result: 'unreadable', code: still.reason_code, reason: String(still.reason) };
  return { result: 'taken in', events: group.rows.length, superseded: group.superseded };
}

function retaken(letter: StoredLetter, { events, superseded }: { events: number; superseded: number }, actor: string): ContractEvent {
  const { stream, stream_seq: sequence, part, consumer } = letter;
  return {
    specversion: '1.0', id: randomUUID(), source: 'throughline', type: 'ops.deadletter.retaken.v1', time: new Date().toISOString(),
    data: {
      document: { id: `${stream}:${sequence}:${part}` },
      letter: { stream, sequence, part, recordedAt: new Date(letter.recorded_at).toISOString(), ...(consumer ? { consumer } : {}) },
      reason: letter.reason_code, events, ...(superseded > 0 ? { superseded } : {}),
      ...(letter.facility ? { facility: letter.facility } : {}), actor: { kind: 'human', id: actor },
    },
  };
}
