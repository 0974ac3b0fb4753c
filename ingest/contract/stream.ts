import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DiscardPolicy, jetstream, JetStreamApiError, jetstreamManager, RetentionPolicy, StorageType, type JetStreamClient, type JetStreamManager, type StreamConfig } from '@nats-io/jetstream';
import { connect, credsAuthenticator, headers, nanos, type NodeConnectionOptions, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import type { ContractEvent } from './envelope';

/** Where events travel: connection, streams and subjects. Shared by everything that publishes or listens. */

export interface StreamSettings {
  /** The stream that carries the hospital's events. */
  readonly stream: string;
  /** Only messages on this subject filter are consumed; the whole stream where undefined. */
  readonly filter: string | undefined;
  /** The durable consumer that all listeners share. */
  readonly durable: string;
}

export const EVENT_SUBJECTS = 'events.>';
export const OPS_STREAM = 'OPS';
export const OPS_SUBJECTS = 'ops.>';
export const ALERT_SUBJECTS = 'alerts';

export function streamSettings(env = process.env): StreamSettings {
  return { stream: env.NATS_STREAM || 'EVENTS', filter: env.NATS_FILTER || undefined, durable: env.NATS_DURABLE || 'throughline' };
}

/** Connection options from NATS_URL and NATS_USER/NATS_PASSWORD, NATS_TOKEN or NATS_CREDS (a file). */
export function natsOptions(env = process.env): NodeConnectionOptions {
  if (!env.NATS_URL) throw new Error('NATS_URL is not set: start the product with `npm start`, or say where NATS is, e.g. NATS_URL=nats://127.0.0.1:4222');
  return {
    servers: env.NATS_URL.split(',').map((server) => server.trim()),
    ...(env.NATS_USER ? { user: env.NATS_USER, pass: env.NATS_PASSWORD ?? '' } : {}),
    ...(env.NATS_TOKEN ? { token: env.NATS_TOKEN } : {}),
    ...(env.NATS_CREDS ? { authenticator: credsAuthenticator(readFileSync(env.NATS_CREDS)) } : {}),
    maxReconnectAttempts: -1,
    waitOnFirstConnect: false,
  };
}

export function connectNats(name: string, env = process.env): Promise<NatsConnection> {
  return connect({ ...natsOptions(env), name: `throughline ${name}` });
}

/** Creates the event stream and the ops stream where they do not exist; an existing stream is left as it is. */
export async function ensureStreams(nats: NatsConnection, settings = streamSettings(), maxBytes = Number(process.env.NATS_STREAM_MAX_BYTES || 0)): Promise<void> {
  const manager = await jetstreamManager(nats);
  const common = { storage: StorageType.File, retention: RetentionPolicy.Limits, discard: DiscardPolicy.New, num_replicas: 1 } satisfies Partial<StreamConfig>;
  const existing = new Set<string>();
  for await (const name of manager.streams.names()) existing.add(name);
  // Discard New: a full stream refuses the publisher, who can wait, rather than drop what nobody has read yet.
  if (!existing.has(settings.stream))
    await addStream(manager, { ...common, name: settings.stream, subjects: [EVENT_SUBJECTS], max_age: nanos(30 * 86_400_000), max_msg_size: 8 * 2 ** 20 }, maxBytes);
  if (!existing.has(OPS_STREAM)) await manager.streams.add({ ...common, name: OPS_STREAM, subjects: [OPS_SUBJECTS] });
}

const NO_ROOM = 10047;
const GIB = 2 ** 30;

/**
 * Makes a stream of a size, for which NATS sets room aside. Where none is given it takes 10 GiB, or on a small disk as much
 * of that as NATS has.
 */
async function addStream(manager: JetStreamManager, config: Partial<StreamConfig> & { name: string }, maxBytes: number): Promise<void> {
  for (let size = maxBytes || 10 * GIB; ; size /= 2) {
    try {
      await manager.streams.add({ ...config, max_bytes: size });
      return;
    } catch (error) {
      if (!(error instanceof JetStreamApiError && error.code === NO_ROOM)) throw error;
      if (maxBytes > 0 || size <= GIB / 4)
        throw new Error(`NATS has no room for the stream ${config.name} of ${(size / GIB).toFixed(1)} GiB: free some disk space, or set NATS_STREAM_MAX_BYTES to less`, { cause: error });
    }
  }
}

/** A part of a subject: NATS forbids blanks, dots, `*` and `>` in a token. */
export function subjectToken(text: string): string {
  return text.replace(/[\s.*>]+/g, '_') || '_';
}

/**
 * The subject of an event: `events.<family>.<document>.<action>.<facility>`. The product's own events go to
 * `ops.<document>.<document id>`: everything that is done to one thing has one subject, whose sequence guards it.
 */
export function subjectOf(event: { type: string; data: { facility?: unknown; document?: unknown } }): string {
  const [family = '_', document = '_', action = '_'] = event.type.split('.');
  if (family === 'ops') {
    const { id } = (event.data.document ?? {}) as { id?: unknown };
    return `ops.${document}.${subjectToken(typeof id === 'string' ? id : '_')}`;
  }
  return `events.${family}.${document}.${action}.${subjectToken(typeof event.data.facility === 'string' ? event.data.facility : '_')}`;
}

/** `Nats-Msg-Id`: source, id and a hash of the body, so that only a resend of the very same bytes is held back. */
export function messageId(source: string, id: string, body: Uint8Array | string): string {
  return createHash('sha256').update(source).update('\0').update(id).update('\0').update(body).digest('hex').slice(0, 40);
}

export interface Publishable {
  readonly subject: string;
  readonly body: Uint8Array | string;
  readonly headers: MsgHdrs;
  readonly msgId: string;
}

/** An event in structured mode, ready to publish. */
export function structured(event: ContractEvent): Publishable {
  const body = JSON.stringify(event);
  const hdrs = headers();
  hdrs.set('Content-Type', 'application/cloudevents+json');
  return { subject: subjectOf(event), body, headers: hdrs, msgId: messageId(event.source, event.id, body) };
}

/** Publishes and resolves when JetStream has the message on its stream. */
export async function publish(js: JetStreamClient, message: Publishable): Promise<{ seq: number; duplicate: boolean }> {
  const ack = await js.publish(message.subject, message.body, { headers: message.headers, msgID: message.msgId });
  return { seq: ack.seq, duplicate: ack.duplicate };
}

export { jetstream };
