import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { EngineError, toEngineError } from './errors';
import type { Connection } from './pool';

/** What a thread begins with: folder and arguments of the engine, and the first statement of the connection. */
export interface Start {
  readonly folder: string;
  readonly args: string[];
  readonly first: string;
}
export type Asked = { readonly run: string } | { readonly stream: string; readonly format: string } | { readonly more: boolean } | { readonly close: true };
export type Said = { readonly piece: Uint8Array } | { readonly ended: true } | { readonly failed: string };

/**
 * A connection for answers in pieces, in a thread of its own (./stream-thread.mjs). The library plans such a statement and runs its
 * subqueries within the call that begins it, for seconds where they are large, and its caller's thread stands still so
 * long: in the thread that answers everybody, everybody would wait. One statement at a time.
 */
export class StreamConnection implements Connection {
  private readonly thread: Worker;
  /** Resolves when the thread has ended. */
  readonly ended: Promise<unknown>;
  private hear: { said(said: Said): void; lost(error: Error): void } | undefined;
  private broken: Error | undefined;

  constructor(start: Start) {
    this.thread = new Worker(new URL('./stream-thread.mjs', import.meta.url), { workerData: start });
    this.ended = once(this.thread, 'exit').catch(() => undefined);
    const lost = (error: Error) => {
      this.broken ??= error;
      this.hear?.lost(error);
    };
    this.thread.on('message', (said: Said) => this.hear?.said(said));
    this.thread.on('error', lost);
    this.thread.on('exit', () => lost(new EngineError(236, 'ABORTED', 'The connection was closed', 503)));
  }

  async queryAsync(sql: string): Promise<void> {
    for await (const said of this.ask({ run: sql })) throw new Error(`a statement without an answer answers ${Object.keys(said).join()}`);
  }

  /** The answer, piece by piece: the next is made when the one before has been taken. */
  async *stream(sql: string, format: string): AsyncGenerator<Uint8Array, void, undefined> {
    yield* this.ask({ stream: sql, format });
  }

  private async *ask(asked: Asked): AsyncGenerator<Uint8Array, void, undefined> {
    this.thread.postMessage(asked);
    let more = true;
    try {
      for (let said = await this.next(); !('ended' in said); said = await this.next()) {
        if ('failed' in said) throw toEngineError(new Error(said.failed));
        more = false;
        yield said.piece;
        more = true;
        this.thread.postMessage({ more } satisfies Asked);
      }
    } finally {
      // Whoever takes no more waits until the statement has let go of the connection.
      if (!more) {
        this.thread.postMessage({ more } satisfies Asked);
        await this.next();
      }
    }
  }

  private next(): Promise<Said> {
    return new Promise<Said>((said, lost) => {
      if (this.broken) lost(this.broken);
      else this.hear = { said, lost };
    });
  }

  close(): void {
    this.thread.postMessage({ close: true } satisfies Asked);
  }
}
