import type { Store } from '@/clickhouse/client';
import { newestRecorded } from '@/clickhouse/queries/live';

/**
 * One look at the log per second for the whole process, however many pages are open, and none while
 * no page is. What it says is small: pages ask their own questions again when it changes.
 */

export interface LiveState {
  /** When the newest event was recorded; null for an empty log. */
  newest: Date | null;
  /** False while the store does not answer; `newest` is then the last that was known. */
  up: boolean;
  /** When this was seen. */
  at: Date;
}

const POLL_MS = 1_000;
/** Sent even without news, so that a page can tell quiet from disconnected. */
const HEARTBEAT_MS = 5_000;

export class LivePoller {
  private readonly listeners = new Set<(state: LiveState) => void>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private last: LiveState | undefined;

  constructor(
    private readonly look: (since: Date | null) => Promise<Date | null>,
    private readonly pollMs = POLL_MS,
    private readonly heartbeatMs = HEARTBEAT_MS,
  ) {}

  get watching(): boolean {
    return this.timer !== undefined;
  }

  /** Calls back at once with what is known, then on every change and heartbeat. Returns the way to stop. */
  subscribe(listener: (state: LiveState) => void): () => void {
    this.listeners.add(listener);
    if (this.last) listener(this.last);
    if (this.timer === undefined) this.schedule(0);
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) {
        clearTimeout(this.timer);
        this.timer = undefined;
        this.last = undefined;
      }
    };
  }

  private schedule(delay: number): void {
    this.timer = setTimeout(() => void this.poll(), delay);
  }

  private async poll(): Promise<void> {
    const before = this.last;
    let next: LiveState;
    try {
      next = { newest: await this.look(before?.newest ?? null), up: true, at: new Date() };
    } catch {
      next = { newest: before?.newest ?? null, up: false, at: new Date() };
    }
    if (this.listeners.size === 0) return;
    const changed =
      !before || before.up !== next.up || before.newest?.getTime() !== next.newest?.getTime();
    if (changed || next.at.getTime() - before.at.getTime() >= this.heartbeatMs) {
      this.last = next;
      for (const listener of this.listeners) listener(next);
    }
    this.schedule(this.pollMs);
  }
}

interface Shared {
  poller: LivePoller;
  stopping: AbortController;
}

// Next may load this module once per bundle; the poller is one per process all the same.
const shared = globalThis as typeof globalThis & { throughlineLive?: Shared };

function sharedOf(store: Store): Shared {
  if (!shared.throughlineLive) {
    const stopping = new AbortController();
    // An open feed would keep a stopping server waiting for as long as somebody has a page open.
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort());
    shared.throughlineLive = { poller: new LivePoller((since) => newestRecorded(store, since)), stopping };
  }
  return shared.throughlineLive;
}

/** Changes until the caller goes away or the process stops; a slow reader gets only the newest of what it missed. */
export async function* liveChanges(store: Store, caller: AbortSignal): AsyncGenerator<LiveState> {
  const { poller, stopping } = sharedOf(store);
  const signal = AbortSignal.any([caller, stopping.signal]);
  let pending: LiveState | undefined;
  let wake: (() => void) | undefined;
  const notify = () => {
    wake?.();
    wake = undefined;
  };
  const stop = poller.subscribe((state) => {
    pending = state;
    notify();
  });
  signal.addEventListener('abort', notify);
  try {
    while (!signal.aborted) {
      if (pending) {
        const state = pending;
        pending = undefined;
        yield state;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (signal.aborted) resolve();
        });
      }
    }
  } finally {
    signal.removeEventListener('abort', notify);
    stop();
  }
}
