import { AckPolicy, jetstream, JetStreamApiError, jetstreamManager, type Consumer, type JetStreamManager, type JsMsg } from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';
import type { Begin } from './resume';

/** Which stream a listener reads, and how much of it at a time. */
export interface ConsumeOptions {
  readonly stream: string;
  readonly durable: string;
  readonly filter?: string | undefined;
  /** Messages that may be delivered and not yet acknowledged, over all listeners: the bound on what is held in memory. */
  readonly maxAckPending: number;
  readonly batchMessages: number;
  readonly batchBytes: number;
  /** How long a batch waits for company, in milliseconds; one that none came before for as long goes almost at once. */
  readonly batchWaitMs: number;
  /** After this long without a word from whoever holds a message, it goes to another: what a listener that was killed held waits so long. */
  readonly ackWaitMs?: number | undefined;
}

const ACK_WAIT_MS = 60_000;

/** A pull waits this long for messages; stopping waits for the pull in hand, so it is also how long that takes. */
const PULL_MS = 1_000;

/** What a first pull asks for, and the least that any does: how large messages are is known only once some have come. */
const FIRST_PULL = 1_000;
const LEAST_PULL = 50;

/** Messages that are taken as having arrived at one time. */
const TOLD_APART = 100;
/** What was published together has arrived within so many milliseconds. */
const AT_ONCE_MS = 10;

/** Parts of the ack window: how often it is looked for what is held long, and how long that is. */
const LOOKS = 6;
const LONG = 3;

/**
 * Messages of a durable pull consumer in batches. A pull is asked for when there is room for what it may bring, so
 * what is held is bounded without a queue of our own. What is held longer than a third of the ack window is
 * announced as in progress, so that an outage of the store does not make the server send it again; what is not is left
 * alone, since to announce a message costs about as much as to acknowledge it.
 */
export class BatchConsumer {
  private readonly waiting: JsMsg[] = [];
  /** With when the server last heard of each, by performance.now(). */
  private readonly held = new Map<JsMsg, number>();
  private wake: (() => void) | undefined;
  private drained: (() => void) | undefined;
  private waitingBytes = 0;
  /** When the last batch was handed out, by performance.now(). */
  private lastAt = -Infinity;
  private pullSize = FIRST_PULL;
  private stopping = false;
  private ended = false;
  private failure: unknown;
  private readonly heartbeat: NodeJS.Timeout;
  private readonly pulling: Promise<void>;

  private constructor(
    private readonly consumer: Consumer,
    private readonly options: ConsumeOptions,
  ) {
    const ackWait = options.ackWaitMs ?? ACK_WAIT_MS;
    this.heartbeat = setInterval(() => {
      const now = performance.now();
      for (const [message, heard] of this.held) {
        if (now - heard < ackWait / LONG) continue;
        message.working();
        this.held.set(message, now);
      }
    }, ackWait / LOOKS);
    this.pulling = this.pull().catch((error: unknown) => {
      this.failure = error;
    }).finally(() => {
      this.ended = true;
      this.wake?.();
    });
  }

  /**
   * Creates the durable consumer where it does not exist and starts to receive.
   * @param begin where a new consumer begins; one that exists stays where it is
   */
  static async start(nats: NatsConnection, options: ConsumeOptions, begin: Partial<Begin> = {}): Promise<BatchConsumer> {
    const manager = await jetstreamManager(nats);
    const settings = {
      ack_wait: nanos(options.ackWaitMs ?? ACK_WAIT_MS),
      max_ack_pending: options.maxAckPending,
      filter_subject: options.filter,
    };
    // An update leaves where the consumer stands; to add it again would have to name where it once began.
    if (await exists(manager, options)) await manager.consumers.update(options.stream, options.durable, settings);
    else await manager.consumers.add(options.stream, { durable_name: options.durable, ack_policy: AckPolicy.Explicit, ...settings, ...begin });
    return new BatchConsumer(await jetstream(nats).consumers.get(options.stream, options.durable), options);
  }

  private async pull(): Promise<void> {
    while (!this.stopping) {
      // One batch being written, one waiting: more than that would only be held.
      while ((this.waiting.length >= this.options.batchMessages || this.waitingBytes >= this.options.batchBytes) && !this.stopping) await new Promise<void>((resolve) => (this.drained = resolve));
      if (this.stopping) return;
      try {
        await this.pullOnce();
      } catch {
        // A busy process or a reconnect misses heartbeats: what was not received is sent again. A consumer that is
        // gone for good ends the pulling, with the server's own reason.
        await this.consumer.info();
      }
    }
  }

  private async pullOnce(): Promise<void> {
    const messages = await this.consumer.fetch({ max_messages: Math.min(this.pullSize, this.options.batchMessages), expires: PULL_MS });
    let count = 0;
    let bytes = 0;
    let heard = performance.now();
    for await (const message of messages) {
      count++;
      bytes += message.data.byteLength;
      this.waitingBytes += message.data.byteLength;
      this.waiting.push(message);
      if (count % TOLD_APART === 0) heard = performance.now();
      this.held.set(message, heard);
      if (this.waiting.length === 1 || this.waiting.length >= this.options.batchMessages) this.wake?.();
    }
    // A pull can be bounded by messages or by bytes, not by both: the messages of the last one say how many fit.
    if (count > 0) this.pullSize = Math.max(LEAST_PULL, Math.min(this.options.batchMessages, Math.floor((this.options.batchBytes * count) / Math.max(bytes, 1))));
  }

  /**
   * The next batch; undefined once the consumer was stopped and everything that was received has been handed out.
   * Throws what ended the pulling, when it was not `stop`.
   */
  async next(): Promise<JsMsg[] | undefined> {
    while (this.waiting.length === 0) {
      if (this.ended) {
        if (this.failure) throw this.failure;
        return undefined;
      }
      await this.woken();
    }
    if (this.waiting.length < this.options.batchMessages && this.waitingBytes < this.options.batchBytes && !this.ended) await this.woken(this.companyMs());
    this.lastAt = performance.now();
    let bytes = 0;
    let count = 0;
    while (count < this.waiting.length && count < this.options.batchMessages && bytes < this.options.batchBytes) bytes += this.waiting[count++]?.data.byteLength ?? 0;
    const batch = this.waiting.splice(0, count);
    this.waitingBytes -= bytes;
    this.drained?.();
    return batch;
  }

  /** What comes after a pause is waited for, and what comes on after it: where much comes, batches are as large as if each waited. */
  private companyMs(): number {
    const { batchWaitMs } = this.options;
    return performance.now() - this.lastAt < batchWaitMs ? batchWaitMs : Math.min(batchWaitMs, AT_ONCE_MS);
  }

  private woken(timeout?: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        if (timer) clearTimeout(timer);
        this.wake = undefined;
        resolve();
      };
      const timer = timeout === undefined ? undefined : setTimeout(done, timeout);
      this.wake = done;
    });
  }

  /** To be called only when the store has the messages on disk. */
  acknowledge(messages: readonly JsMsg[]): void {
    for (const message of messages) {
      message.ack();
      this.held.delete(message);
    }
  }

  /** Asks for no more and resolves when the last pull has ended. What was received is still handed out by `next`. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.drained?.();
    await this.pulling;
  }

  /** After the last batch was acknowledged. */
  close(): void {
    clearInterval(this.heartbeat);
  }

  get holding(): number {
    return this.held.size;
  }
}

const NO_CONSUMER = 10014;

async function exists(manager: JetStreamManager, { stream, durable }: ConsumeOptions): Promise<boolean> {
  try {
    await manager.consumers.info(stream, durable);
    return true;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === NO_CONSUMER) return false;
    throw error;
  }
}
