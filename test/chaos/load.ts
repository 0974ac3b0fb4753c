// What is published in a round: a seeded piece of the simulated network, disturbed more than any network would be.
import { headers } from '@nats-io/transport-node';
import { EVENT_TYPES } from '../../ingest/contract/index';
import { messageId, structured, type Publishable } from '../../ingest/contract/stream';
import type { SimMessage } from '../../ingest/simulator/outbox';
import { Rng } from '../../ingest/simulator/random';
import { createSimulation } from '../../ingest/simulator/simulation';

const UNTIL = Date.parse('2026-03-16T12:00:00Z');
const RESENT = 0.12;
const CONTRADICTED = 0.02;
const UNREADABLE = 0.03;
/** How many places a message may come too early or too late. */
const DISORDER = 400;
const OPS_EVENTS = 20;

/** A piece of load; `msgId` empty where the publisher sets none, so that JetStream holds no copy back. */
export type Sent = Publishable;

export function loadOf(seed: string, events: number): Sent[] {
  const rng = new Rng(`${seed}/chaos`);
  const placed: { at: number; message: Sent }[] = [];
  let place = 0;
  const put = (message: Sent, reach = DISORDER) => placed.push({ at: place + rng.unit() * reach, message });
  for (const message of some(seed, events)) {
    place++;
    const sent = publishable(message, true);
    put(sent);
    while (rng.chance(RESENT)) put(rng.chance(0.5) ? sent : { ...sent, msgId: '' }, events);
    if (message.event && rng.chance(CONTRADICTED)) {
      const { event } = message;
      const other = JSON.stringify({ ...event, data: { ...event.data, latencyMs: Number(event.data.latencyMs ?? 0) + 7 } });
      put({ ...sent, ...asStructured(other), msgId: messageId(event.source, event.id, other) }, events);
    }
    if (rng.chance(UNREADABLE)) put(unreadable(sent, rng), events);
  }
  for (const message of ops(rng)) {
    const sent = { ...message, msgId: '' };
    put(sent, events);
    if (rng.chance(0.5)) put(sent, events);
  }
  return placed.sort((a, b) => a.at - b.at).map(({ message }) => message);
}

function* some(seed: string, events: number): Generator<SimMessage> {
  let left = events;
  for (const message of createSimulation({ seed, days: 8, until: UNTIL, facilities: 1, volume: 0.6, truth: false }).messages()) {
    if (left-- <= 0) return;
    yield message;
  }
}

function publishable({ subject, headers: given, body, identity }: SimMessage, known: boolean): Sent {
  const hdrs = headers();
  for (const name in given) hdrs.set(name, given[name] ?? '');
  return { subject, body, headers: hdrs, msgId: known && identity ? messageId(identity.source, identity.id, body) : '' };
}

function asStructured(body: string): { body: string; headers: Sent['headers'] } {
  const hdrs = headers();
  hdrs.set('Content-Type', 'application/cloudevents+json');
  return { body, headers: hdrs };
}

function unreadable(sent: Sent, rng: Rng): Sent {
  const bytes = typeof sent.body === 'string' ? Buffer.from(sent.body) : Buffer.from(sent.body);
  const text = bytes.toString('utf-8');
  const body = [
    () => text.slice(0, rng.int(0, Math.max(0, text.length - 1))),
    () => Uint8Array.from([...bytes.subarray(0, 40), 0xff, 0xfe]),
    () => '',
    () => '['.repeat(200) + ']'.repeat(200),
    () => text.replace('"specversion":"1.0"', '"specversion":1.0'),
    () => text.replace(/"time":"[^"]*"/, '"time":"2999-01-01T00:00:00Z"'),
  ][rng.int(0, 5)]?.() ?? '';
  return { ...sent, body, msgId: '' };
}

function* ops(rng: Rng): Generator<Publishable> {
  const types = [...EVENT_TYPES.keys()].filter((type) => type.startsWith('ops.'));
  for (let n = 0; n < OPS_EVENTS; n++) {
    const type = types[n % types.length] ?? '';
    yield structured({ specversion: '1.0', id: `ops-${rng.hex(8)}`, source: 'throughline', type, time: new Date(UNTIL - rng.int(0, 86_400_000)).toISOString(), data: EVENT_TYPES.get(type)?.example ?? {} });
  }
}
