import { subjectOf } from '../contract/stream';
import type { Disturbance } from './disturbance';
import { Rng } from './random';
import type { Scheduler } from './scheduler';
import { BINARY_SOURCE, INTERFACES, isNumbered, writesLocalTime, type InterfaceKey, type InterfacePlan, type System } from './systems';
import type { Fault, Truth } from './truth';
import { instant, localInstant } from './zone';

/** A message as it is to be published. */
export interface SimMessage {
  /** Virtual instant of publishing, milliseconds since 1970. */
  readonly publishAt: number;
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** Source and id, for Nats-Msg-Id; undefined where the publisher sets none. */
  readonly identity: { readonly source: string; readonly id: string } | undefined;
  /** The event in structured form, whatever the mode that it travels in; undefined where nobody can read it. */
  readonly event: SimEvent | undefined;
}

export interface SimEvent {
  specversion: '1.0';
  id: string;
  source: string;
  type: string;
  time: string;
  subject?: string;
  datacontenttype: 'application/json';
  dataschema: string;
  traceparent?: string;
  correlationid?: string;
  causationid?: string;
  sequence?: string;
  partitionkey?: string;
  replayof?: string;
  data: EventBody;
}

export interface EventBody {
  facility?: string;
  [field: string]: unknown;
}

/** What a system has to say, before it is handed to anybody. */
export interface Draft {
  readonly type: string;
  readonly via: InterfaceKey | undefined;
  readonly source?: System;
  readonly facility?: { readonly code: string; readonly zone: string };
  /** Own fields of the type, after the common head. The document comes first. */
  readonly fields: Record<string, unknown>;
  readonly subject?: string;
  readonly human?: string;
  readonly correlation?: string;
  readonly trace?: string;
  readonly causation?: string;
  /** Told when a message that says it is published. Several attempts may say it: `HandOvers` tells it once. */
  readonly fact?: (truth: Truth, publishedAt: number) => void;
  /** Faults whose evidence this is. */
  readonly faults?: readonly Fault[];
}

export interface Attempt {
  readonly target: string;
  readonly outcome: 'succeeded' | 'failed' | 'retrying' | 'rejected' | 'dead_lettered';
  readonly attempt: number;
  readonly latencyMs: number;
  readonly error?: { class: string; code: string; message: string; retryable: boolean };
  readonly human?: string;
}

/** Gives events their envelope, and brings them to the stream at their time. */
export class Outbox {
  /** What is published by now and not yet taken. */
  readonly ready: SimMessage[] = [];
  private readonly rng: Rng;
  private readonly sequences = new Map<string, number>();

  constructor(
    seed: string,
    private readonly clock: Scheduler,
    private readonly truth: Truth | undefined,
    private readonly disturbance: Disturbance,
  ) {
    this.rng = new Rng(`${seed}/outbox`);
  }

  /** Makes the event of a draft (of one attempt to hand it over) and publishes it. Returns its id. */
  emit(draft: Draft, at: number, attempt?: Attempt): string {
    const plan: InterfacePlan | undefined = draft.via && INTERFACES[draft.via];
    const source = draft.source ?? plan?.source ?? 'middleware';
    const zone = draft.facility?.zone ?? 'America/Chicago';
    const id = this.rng.uuid();
    const sequence = isNumbered(source) ? this.nextSequence(source) : undefined;
    const traced = draft.trace !== undefined && this.rng.chance(0.45);
    const correlated = draft.correlation !== undefined && this.rng.chance(0.3);
    const human = attempt?.human ?? draft.human;
    // Field by field: spreading conditional parts took a fifth of the whole run.
    const data: EventBody = {};
    if (plan) {
      data.interface = plan.name;
      data.pattern = plan.pattern;
    }
    if (attempt) data.target = attempt.target;
    if (draft.facility) data.facility = draft.facility.code;
    if (attempt) {
      data.outcome = attempt.outcome;
      data.attempt = attempt.attempt;
      data.latencyMs = attempt.latencyMs;
      if (attempt.error) data.error = attempt.error;
    }
    data.actor = human === undefined ? { kind: 'system', id: `svc-${source}` } : { kind: 'human', id: human };
    data.environment = 'production';
    data.schemaVersion = '1';
    Object.assign(data, draft.fields);
    const event: SimEvent = { specversion: '1.0', id, source, type: draft.type, time: writesLocalTime(source) ? localInstant(at, zone) : instant(at), datacontenttype: 'application/json', dataschema: `urn:hospital-network:schema:${draft.type}`, data };
    if (draft.subject !== undefined) event.subject = draft.subject;
    if (traced) event.traceparent = `00-${draft.trace}-${this.rng.hex(16)}-01`;
    if (correlated) event.correlationid = draft.correlation;
    if (draft.causation !== undefined) event.causationid = draft.causation;
    if (sequence !== undefined) event.sequence = String(sequence);
    if (draft.facility && source !== 'ehr') event.partitionkey = draft.facility.code;
    const way = this.disturbance.of(event, draft, at, plan?.name);
    this.clock.at(way.publishAt, () => this.publish(event, way.publishAt, draft, way.faults));
    for (const extra of way.extras) this.clock.at(extra.at, () => this.publishExtra(extra.make(event), extra));
    return id;
  }

  private publish(event: SimEvent, at: number, draft: Draft, faults: readonly Fault[]): void {
    this.ready.push(message(event, at));
    const { truth } = this;
    if (!truth) return;
    truth.message();
    truth.event(event.type);
    for (const list of [faults, draft.faults ?? []])
      for (const fault of list) {
        fault.evidenceAt ??= at;
        fault.eventIds.push(event.id);
      }
    draft.fact?.(truth, at);
    const { outcome, interface: name, target } = event.data;
    // A document that failed to come about was never handed over; calls and feeds are no documents.
    if (outcome === undefined || name === undefined || /\.failed\.v1$|^integration\./.test(event.type)) return;
    const document = event.data.document as { id: string; revision?: number } | undefined;
    truth.attempted(`${String(name)}|${String(target)}`, `${event.source}|${event.type}|${document?.id ?? event.id}|${document?.revision ?? 0}`, outcome === 'succeeded');
  }

  private publishExtra(made: SimMessage, extra: { readonly fault: Fault | undefined; readonly counts: 'nothing' | 'event' | 'dead'; readonly reason: string }): void {
    this.ready.push(made);
    const { truth } = this;
    if (!truth) return;
    truth.message();
    if (extra.counts === 'event' && made.event) truth.event(made.event.type);
    if (extra.counts === 'dead') truth.unreadable(extra.reason);
    if (extra.fault) {
      extra.fault.evidenceAt ??= made.publishAt;
      if (made.identity) extra.fault.eventIds.push(made.identity.id);
    }
  }

  private nextSequence(source: string): number {
    const next = (this.sequences.get(source) ?? 0) + 1;
    this.sequences.set(source, next);
    return next;
  }
}

const STRUCTURED = { 'Content-Type': 'application/cloudevents+json' };

/** An event as a message in the mode that its source speaks. */
export function message(event: SimEvent, publishAt: number): SimMessage {
  const subject = subjectOf(event);
  const identity = { source: event.source, id: event.id };
  if (event.source !== BINARY_SOURCE) return { publishAt, subject, headers: STRUCTURED, body: JSON.stringify(event), identity, event };
  const { data, datacontenttype, ...attributes } = event;
  const headers: Record<string, string> = { 'Content-Type': datacontenttype };
  for (const [name, value] of Object.entries(attributes)) headers[`ce-${name}`] = percentEncoded(String(value));
  return { publishAt, subject, headers, body: JSON.stringify(data), identity, event };
}

/** As the CloudEvents protocol bindings ask: what is not printable ASCII, and blank, quote and percent. */
export function percentEncoded(text: string): string {
  return text.replace(/[^\x21\x23\x24\x26-\x7e]/gu, (character) => encodeURIComponent(character));
}
