import { createInbox, headers, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { messageId } from '../contract/stream';
import type { SimMessage } from './outbox';

const IN_FLIGHT = 1_000;
const ANSWER_MS = 5_000;
const SWEEP_MS = 500;

interface Waiting {
  readonly message: SimMessage;
  sentAt: number;
  tries: number;
}

/**
 * Publishes with many messages under way at once. JetStream's answers come to one inbox: a request each would cost
 * more than the publishing. An outage is waited out: what was not confirmed is sent again, with the same id.
 */
export class SimPublisher {
  /** Something was left unpublished when it was stopped. */
  gaveUp = false;
  private readonly inbox = createInbox();
  private readonly waiting = new Map<number, Waiting>();
  private readonly timer: NodeJS.Timeout;
  private next = 0;
  private room: { promise: Promise<void>; open: () => void; at: number } | undefined;
  private told = false;

  constructor(
    private readonly nats: NatsConnection,
    private readonly warn: (line: string) => void,
  ) {
    nats.subscribe(`${this.inbox}.*`, { callback: (_, answer) => this.answered(answer) });
    this.timer = setInterval(() => this.sweep(), SWEEP_MS);
    this.timer.unref();
  }

  /** Sends; returns a promise only where the caller has to wait for room before the next one. */
  send(message: SimMessage): Promise<void> | undefined {
    const number = this.next++;
    const one = { message, sentAt: Date.now(), tries: 1 };
    this.waiting.set(number, one);
    this.publish(number, one);
    return this.waiting.size >= IN_FLIGHT ? this.until(IN_FLIGHT / 2) : undefined;
  }

  /** Resolves when everything sent so far is in the stream, or the publisher was stopped. */
  async drain(): Promise<void> {
    while (this.waiting.size > 0) await this.until(0);
  }

  /** Gives up what is not confirmed. */
  stop(): void {
    clearInterval(this.timer);
    this.gaveUp ||= this.waiting.size > 0;
    this.waiting.clear();
    this.wake();
  }

  private until(left: number): Promise<void> {
    if (this.room && this.room.at <= left) return this.room.promise;
    this.room?.open();
    let open = () => {};
    const promise = new Promise<void>((resolve) => (open = resolve));
    this.room = { promise, open, at: left };
    return promise;
  }

  private wake(): void {
    if (!this.room || this.waiting.size > this.room.at) return;
    this.room.open();
    this.room = undefined;
  }

  private publish(number: number, { message }: Waiting): void {
    const hdrs = headers();
    for (const name in message.headers) hdrs.set(name, message.headers[name] ?? '');
    if (message.identity) hdrs.set('Nats-Msg-Id', messageId(message.identity.source, message.identity.id, message.body));
    try {
      this.nats.publish(message.subject, message.body, { headers: hdrs, reply: `${this.inbox}.${number}` });
    } catch (problem) {
      // Not connected: the sweep sends it again.
      this.complain(problem instanceof Error ? problem.message : String(problem));
    }
  }

  private answered(answer: Msg): void {
    const number = Number(answer.subject.slice(this.inbox.length + 1));
    const refusal = answer.data.length === 0 ? 'no stream takes it' : refused(answer.string());
    if (refusal !== undefined) {
      this.complain(refusal);
      return;
    }
    this.told = false;
    this.waiting.delete(number);
    this.wake();
  }

  private sweep(): void {
    const before = Date.now() - ANSWER_MS;
    for (const [number, one] of this.waiting) {
      // They stand in the order of their sending, but for those that were sent again.
      if (one.sentAt > before) continue;
      one.sentAt = Date.now();
      one.tries++;
      this.publish(number, one);
    }
  }

  private complain(why: string): void {
    if (this.told) return;
    this.told = true;
    this.warn(`simulator: publishing waits: ${why}`);
  }
}

/** Why JetStream did not take a message; undefined where it did. */
function refused(answer: string): string | undefined {
  if (!answer.includes('"error"')) return undefined;
  try {
    const { error } = JSON.parse(answer) as { error?: { description?: string } };
    return error ? (error.description ?? 'refused') : undefined;
  } catch {
    return 'an answer that is no JSON';
  }
}
