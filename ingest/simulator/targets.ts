import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import { z } from 'zod';
import { message, type SimEvent, type SimMessage } from './outbox';
import { Rng } from './random';
import { instant } from './zone';

export const REPLAY_SUBJECTS = 'replay.>';

const replayed = z.looseObject({
  id: z.string(), source: z.string(), type: z.string(), time: z.string().optional(), replayof: z.string().optional(), sequence: z.string().optional(), subject: z.string().optional(), dataschema: z.string().optional(),
  data: z.looseObject({ interface: z.string().optional(), target: z.string().optional(), attempt: z.number().int().optional(), facility: z.string().optional(), error: z.looseObject({ class: z.string(), code: z.string().optional(), message: z.string().optional(), retryable: z.boolean().optional() }).optional() }),
});

/** Share of replays that fail again. */
const FAILS_AGAIN = 0.12;
const MOST_LATENCY_MS = 2500;

/**
 * The outcome event with which a target answers a replayed message: the same document over the same interface, one
 * attempt later. Undefined where the message is no event. The same replay gets the same answer.
 */
export function answerReplay(seed: string, body: string, headers: ReadonlyMap<string, string>, now: number): { message: SimMessage; afterMs: number } | undefined {
  const parsed = replayed.safeParse(fromMessage(body, headers));
  if (!parsed.success) return undefined;
  const { data, ...attributes } = parsed.data;
  const rng = new Rng(`${seed}/replay/${attributes.id}`);
  const fails = rng.chance(FAILS_AGAIN);
  const latencyMs = 120 + Math.floor(rng.unit() * MOST_LATENCY_MS);
  const { error, ...rest } = data;
  const again = error ?? { class: 'business', code: 'STILL_REFUSED', message: `Still refused by ${data.target ?? 'target'}`, retryable: false };
  const event: SimEvent = {
    specversion: '1.0', id: randomUUID(), source: attributes.source, type: attributes.type, time: instant(now + latencyMs), datacontenttype: 'application/json', dataschema: attributes.dataschema ?? `urn:hospital-network:schema:${attributes.type}`,
    ...(attributes.subject === undefined ? {} : { subject: attributes.subject }), ...(attributes.sequence === undefined ? {} : { sequence: attributes.sequence }),
    causationid: attributes.id, replayof: attributes.replayof ?? attributes.id,
    data: { ...rest, outcome: fails ? 'failed' : 'succeeded', attempt: (data.attempt ?? 1) + 1, latencyMs, ...(fails ? { error: again } : {}) },
  };
  return { message: message(event, now + latencyMs), afterMs: latencyMs };
}

/** A replay comes in structured or binary mode. */
function fromMessage(body: string, headers: ReadonlyMap<string, string>): unknown {
  let data: unknown;
  try {
    data = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (!headers.has('ce-id')) return data;
  const attributes: Record<string, unknown> = { data };
  for (const [name, value] of headers) if (name.startsWith('ce-')) attributes[name.slice(3)] = decode(value);
  return attributes;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Plays the target systems: consumes replays and hands their outcomes to `publish`, until the connection closes. */
export async function playTargets(nats: NatsConnection, seed: string, now: () => number, publish: (message: SimMessage) => unknown): Promise<void> {
  for await (const incoming of nats.subscribe(REPLAY_SUBJECTS)) {
    const headers = new Map<string, string>();
    for (const name of incoming.headers?.keys() ?? []) headers.set(name.toLowerCase(), incoming.headers?.get(name) ?? '');
    const answer = answerReplay(seed, incoming.string(), headers, now());
    if (!answer) continue;
    void sleep(answer.afterMs).then(() => publish(answer.message));
  }
}
