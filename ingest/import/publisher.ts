import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { JetStreamApiError, type JetStreamClient } from '@nats-io/jetstream';
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import type { ContractEvent } from '../contract/envelope';
import { structured, subjectToken } from '../contract/stream';

/** A record that became no event, as it is published so that the listener keeps it with its reason. */
export interface DeadRecord {
  readonly code: string;
  readonly reason: string;
  /** name@version */
  readonly mapping: string;
  /** The contract field whose expression failed, or empty. */
  readonly field: string;
  /** JSON or text of the record. */
  readonly raw: string;
  /** Name of the file and place in it, for people. */
  readonly origin: string;
}

/** How many messages wait for JetStream's answer at once. */
const IN_FLIGHT = 400;
/** JetStream's answer to a wrong expected sequence: the subject has a message already. */
const WRONG_LAST_SEQUENCE = 10071;
const GIVE_UP_MS = 120_000;
/** Room for headers in a message that is cut to size. */
const HEADROOM = 8_192;

/** Publishes with a window of unanswered messages, counts what JetStream took, and waits out outages. */
export class Publisher {
  /** Messages that JetStream stored, and those that it knew already. */
  readonly counts = { stored: 0, known: 0 };
  private open = 0;
  private failure: Error | undefined;
  /** Called when a message was answered. */
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly js: JetStreamClient,
    private readonly maxPayload: number,
    private readonly warn: (line: string) => void,
  ) {}

  fits(event: ContractEvent): boolean {
    return Buffer.byteLength(JSON.stringify(event)) + HEADROOM <= this.maxPayload;
  }

  /** Resolves when the window has room again; failures surface here or in `flush`. */
  async event(event: ContractEvent, mapping: string, stored: (sequence: number) => void): Promise<void> {
    const message = structured(event);
    message.headers.set('Throughline-Mapping', encodeURIComponent(mapping));
    await this.send(async () => {
      const ack = await this.js.publish(message.subject, message.body, { headers: message.headers, msgID: message.msgId });
      stored(ack.seq);
      return ack.duplicate;
    });
  }

  async dead(record: DeadRecord, subject: string): Promise<void> {
    const hdrs: MsgHdrs = headers();
    for (const [name, value] of [
      ['Throughline-Dead-Letter', record.code], ['Throughline-Reason', record.reason.slice(0, 1500)], ['Throughline-Mapping', record.mapping],
      ['Throughline-Expression', record.field], ['Throughline-Origin', record.origin],
    ] as const) hdrs.set(name, encodeURIComponent(value));
    const body = cut(record.raw, this.maxPayload - HEADROOM);
    await this.send(async () => {
      try {
        // One message per subject, ever: the second run of a file finds its dead letters there.
        const ack = await this.js.publish(subject, body, { headers: hdrs, msgID: subject, expect: { lastSubjectSequence: 0 } });
        return ack.duplicate;
      } catch (problem) {
        if (problem instanceof JetStreamApiError && problem.code === WRONG_LAST_SEQUENCE) return true;
        throw problem;
      }
    });
  }

  private async send(publish: () => Promise<boolean>): Promise<void> {
    while (this.open >= IN_FLIGHT) await this.answered();
    if (this.failure) throw this.failure;
    this.open++;
    void this.persist(publish)
      .catch((problem: unknown) => {
        this.failure ??= problem instanceof Error ? problem : new Error(String(problem));
      })
      .finally(() => {
        this.open--;
        for (const wake of this.waiting.splice(0)) wake();
      });
  }

  private answered(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private async persist(publish: () => Promise<boolean>): Promise<void> {
    const since = Date.now();
    for (let wait = 200; ; wait = Math.min(wait * 2, 10_000)) {
      try {
        if (await publish()) this.counts.known++;
        else this.counts.stored++;
        return;
      } catch (problem) {
        const reason = problem instanceof Error ? problem.message : String(problem);
        if (Date.now() - since > GIVE_UP_MS) throw new Error(`JetStream did not take the message within ${GIVE_UP_MS / 1000} s: ${reason}`);
        this.warn(`JetStream: ${reason}; trying again`);
        await sleep(wait);
      }
    }
  }

  /** Resolves when JetStream has everything that was published. */
  async flush(): Promise<void> {
    while (this.open > 0) await this.answered();
    if (this.failure) throw this.failure;
  }
}

/**
 * The subject of a record that became no event. It is made of what the record is and why it failed, not of the
 * file's name, so that the same record always meets itself. Letters only: digits could look like somebody's number.
 * @param twin how many equal records came before it in the file
 */
export function deadSubject(mapping: string, code: string, raw: string, twin: number): string {
  const hash = createHash('sha256').update(mapping).update('\0').update(code).update('\0').update(raw).update('\0').update(String(twin)).digest('hex').slice(0, 32);
  const letters = hash.replace(/[0-9a-f]/g, (digit) => 'abcdefghijklmnop'[Number.parseInt(digit, 16)] ?? 'a');
  return `events.import.${subjectToken(mapping.split('@')[0] ?? '')}.${letters}`;
}

function cut(text: string, bytes: number): string {
  return Buffer.byteLength(text) <= bytes ? text : Buffer.from(text).subarray(0, bytes).toString('utf8').replace(/\uFFFD+$/, '');
}
