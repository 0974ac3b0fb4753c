import { AckPolicy, jetstream, jetstreamManager, type ConsumerMessages, type JsMsg } from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';

/** Which stream a listener reads, and how much of it at a time. */
export interface ConsumeOptions {
  readonly stream: string;
  readonly durable: string;
  readonly filter?: string | undefined;
  /** Messages that may be delivered and not yet acknowledged, over all listeners: the bound on what is held in memory. */
  readonly maxAckPending: number;
  readonly batchMessages: number;
  readonly batchBytes: number;
  /** How long a batch waits for company, in milliseconds. */
  readonly batchWaitMs: number;
}

const ACK_WAIT_MS = 60_000;

/**
 * Messages of a durable pull consumer in batches. The server stops delivering at `maxAckPending`, so what is held
 * here is bounded without a queue of our own; what is held longer than a third of the ack window is announced as in
 * progress, so that an outage of the store does not make the server send it again.
 */
export class BatchConsumer {
  private readonly waiting: JsMsg[] = [];
  private readonly held = new Set<JsMsg>();
  private wake: (() => void) | undefined;
  private messages: ConsumerMessages | undefined;
  private stopped = false;
  private readonly heartbeat: NodeJS.Timeout;

  private constructor(private readonly options: ConsumeOptions) {
    this.heartbeat = setInterval(() => {
      for (const message of this.held) message.working();
    }, ACK_WAIT_MS / 3);
  }

  /** Creates the durable consumer where it does not exist and starts to receive. */
  static async start(nats: NatsConnection, options: ConsumeOptions): Promise<BatchConsumer> {
    const manager = await jetstreamManager(nats);
    await manager.consumers.add(options.stream, {
      durable_name: options.durable,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(ACK_WAIT_MS),
      max_ack_pending: options.maxAckPending,
      ...(options.filter ? { filter_subject: options.filter } : {}),
    });
    const self = new BatchConsumer(options);
    const consumer = await jetstream(nats).consumers.get(options.stream, options.durable);
    self.messages = await consumer.consume({
      max_messages: options.batchMessages,
      expires: 10_000,
      callback: (message) => self.receive(message),
    });
    void self.messages.closed().then(() => self.end());
    return self;
  }

  private receive(message: JsMsg): void {
    if (this.stopped) return void message.nak(0);
    this.waiting.push(message);
    this.held.add(message);
    if (this.waiting.length === 1 || this.waiting.length >= this.options.batchMessages) this.wake?.();
  }

  /** The next batch; undefined once the consumer was stopped and everything that was received has been handed out. */
  async next(): Promise<JsMsg[] | undefined> {
    while (this.waiting.length === 0) {
      if (this.stopped) return undefined;
      await this.woken();
    }
    if (this.waiting.length < this.options.batchMessages && !this.stopped) await this.woken(this.options.batchWaitMs);
    let bytes = 0;
    let count = 0;
    while (count < this.waiting.length && count < this.options.batchMessages && bytes < this.options.batchBytes) bytes += this.waiting[count++]?.data.byteLength ?? 0;
    return this.waiting.splice(0, count);
  }

  private woken(timeout?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = timeout === undefined ? undefined : setTimeout(done, timeout);
      const self = this;
      function done() {
        if (timer) clearTimeout(timer);
        self.wake = undefined;
        resolve();
      }
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

  /** Stops receiving. What was received is still handed out by `next`. */
  async stop(): Promise<void> {
    this.end();
    await this.messages?.close();
  }

  private end(): void {
    this.stopped = true;
    this.wake?.();
  }

  /** After the last batch was acknowledged. */
  close(): void {
    clearInterval(this.heartbeat);
  }

  get holding(): number {
    return this.held.size;
  }
}
