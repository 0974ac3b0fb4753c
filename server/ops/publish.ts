import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { JetStreamApiError, jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Store } from '@/clickhouse/client';
import { recordedUpTo } from '@/clickhouse/queries/ops';
import { viewsSeen } from '@/clickhouse/queries/seen';
import type { ContractEvent } from '@/ingest/contract/envelope';
import { connectNats, ensureStreams, OPS_STREAM, structured } from '@/ingest/contract/stream';
import { validate } from '@/ingest/contract/validate';

/** What a person or the product itself does here is an event on the ops stream; pages read it back from the log. */

// Next loads modules once per bundle; the connection is the process's.
const shared = globalThis as typeof globalThis & { throughlineNats?: Promise<NatsConnection> };

/** The process's connection, made when first asked for and again after it failed. */
export function natsConnection(): Promise<NatsConnection> {
  shared.throughlineNats ??= connectNats('web').then(async (nats) => {
    await ensureStreams(nats);
    void nats.closed().then(() => (shared.throughlineNats = undefined));
    return nats;
  });
  shared.throughlineNats.catch(() => (shared.throughlineNats = undefined));
  return shared.throughlineNats;
}

/** Somebody else acted on the same thing first. */
export class ActedBefore extends Error {
  constructor() {
    super('Somebody else acted on this in the meantime.');
    this.name = 'ActedBefore';
  }
}

export interface OpsAction {
  /** e.g. `ops.alert.opened.v1` */
  type: string;
  /** The document is the thing acted on; each thing has a subject of its own. */
  data: { document: { id: string; revision?: number }; [field: string]: unknown };
  /** Sequence of the last message on the thing's subject, 0 for none; left out: no guard. */
  expectedSequence?: number;
  /** Makes a repeat of the same action the same event; left out: every call is an event of its own. */
  id?: string;
}

const WRONG_LAST_SEQUENCE = 10071;

/**
 * Publishes an action and resolves with its stream sequence once JetStream has it.
 * @throws ActedBefore when the thing has moved on since `expectedSequence`
 */
export async function publishOps(nats: NatsConnection, action: OpsAction, at = new Date()): Promise<number> {
  const event: ContractEvent = { specversion: '1.0', id: action.id ?? randomUUID(), source: 'throughline', type: action.type, time: at.toISOString(), data: action.data };
  const checked = validate(event);
  if (!checked.ok) throw new Error(`${action.type}: ${checked.reason}`);
  const message = structured(event);
  try {
    const ack = await jetstream(nats).publish(message.subject, message.body, {
      headers: message.headers,
      msgID: message.msgId,
      ...(action.expectedSequence === undefined ? {} : { expect: { lastSubjectSequence: action.expectedSequence } }),
    });
    return ack.seq;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === WRONG_LAST_SEQUENCE) throw new ActedBefore();
    throw error;
  }
}

/** Waits until the action can be read from the store, 5 s at most; false: it is accepted and still pending. */
export async function readable(store: Store, sequence: number): Promise<boolean> {
  for (let waited = 0; waited < 5_000; waited += 100) {
    const [row] = await recordedUpTo(store, { stream: OPS_STREAM, sequence });
    if (row && row.found > 0) return viewsSeen(store, Math.max(0, 5_000 - waited));
    await sleep(100);
  }
  return false;
}
