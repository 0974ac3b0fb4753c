import { setTimeout as sleep } from 'node:timers/promises';
import type { JetStreamClient } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { messageId } from '../contract/stream';
import type { SimMessage } from './outbox';

const IN_FLIGHT = 512;
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5_000;

/** Publishes with many messages under way at once. An outage is waited out: what was not confirmed is sent again, with the same id. */
export class SimPublisher {
  /** Something was left unpublished when it was stopped. */
  gaveUp = false;
  private readonly open = new Set<Promise<void>>();
  private stopped = false;

  constructor(
    private readonly js: JetStreamClient,
    private readonly warn: (line: string) => void,
  ) {}

  /** Resolves when there is room for the next one. */
  async send(message: SimMessage): Promise<void> {
    while (this.open.size >= IN_FLIGHT) await Promise.race(this.open);
    const sending = this.persist(message).finally(() => this.open.delete(sending));
    this.open.add(sending);
  }

  /** Resolves when everything sent so far is in the stream, or the publisher was stopped. */
  async drain(): Promise<void> {
    await Promise.all(this.open);
  }

  stop(): void {
    this.stopped = true;
  }

  private async persist(message: SimMessage): Promise<void> {
    const hdrs = headers();
    for (const [name, value] of Object.entries(message.headers)) hdrs.set(name, value);
    const msgID = message.identity && messageId(message.identity.source, message.identity.id, message.body);
    for (let wait = FIRST_WAIT_MS, told = false; !this.stopped; wait = Math.min(LONGEST_WAIT_MS, wait * 2)) {
      try {
        await this.js.publish(message.subject, message.body, { headers: hdrs, timeout: 10_000, ...(msgID === undefined ? {} : { msgID }) });
        return;
      } catch (problem) {
        if (!told && wait > 1000) {
          told = true;
          this.warn(`publishing waits: ${problem instanceof Error ? problem.message : String(problem)}`);
        }
        await sleep(wait);
      }
    }
    this.gaveUp = true;
  }
}
