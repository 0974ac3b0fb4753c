import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { EngineError } from './errors';
import { literal } from './statement';

/** One statement that runs, from when it has its connection until that connection is free again. */
export interface Call {
  /** Its log_comment, by which the engine finds it among what it runs. */
  readonly mark: string;
  readonly sql: string;
  /** Whether it only asks, and is stopped as soon as its client has gone. */
  readonly reads: boolean;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
  /** Waits for its client to take what it has made: nobody's fault here. */
  handingOver: boolean;
  /** Its connection has been taken from it, and its caller has been answered. */
  givenUp: boolean;
}

/** How the watch asks the engine; rows as objects. */
export type Ask = (sql: string) => Promise<Record<string, unknown>[]>;

export interface WatchOptions {
  readonly ask: Ask;
  /** How long nothing may move in a statement whose client has gone; a client that waits gives it three times as long. Milliseconds. */
  readonly stillMs: number;
  readonly say: (line: string) => void;
  /** The process cannot be helped any more and has to be started again; the line says why. */
  readonly hopeless: (line: string) => void;
}

/** For `/metrics`; since the process began. */
export interface WatchCounts {
  /** Statements that stood still and ended when they were stopped. */
  readonly stopped: number;
  /** Statements that did not end even so, and lost their connection. */
  readonly givenUp: number;
  /** Of those, how many still have not ended. */
  readonly neverEnded: number;
}

interface Watched {
  readonly call: Call;
  readonly began: number;
  /** What the engine said of its progress at the last look. */
  seen: string;
  /** Processor time of its threads at the last look, and how much they have used since {@link stillMs} began. */
  ticks: ReadonlyMap<string, number>;
  used: number;
  /** For how long the engine has said the same. */
  sameMs: number;
  /** For how long it has said the same and nothing was computed. Looks are added up, so that a machine that slept has stopped nothing. */
  stillMs: number;
  stoppedAfterMs: number | undefined;
  givenUpAt: number;
  giveUp: (error: Error) => void;
}

interface Progress {
  readonly text: string;
  /** That work on it and on nothing else that runs. */
  readonly threads: readonly string[];
}

/** To be told what runs takes milliseconds, and on a machine that has too much to do still no minute. */
const LEAST_PATIENCE_MS = 60_000;
/** Locks are waited for two minutes (lock_acquire_timeout), and that is no fault of a statement whose client waits too. */
const PATIENCE = 3;
/** For this share of `stillMs` nothing moves any more in one that was killed and does not heed it. */
const HEEDS = 1 / 4;
/**
 * Each statement that never returns keeps a thread of the process. Two leave some for files and compression beside
 * what all connections need (THREADS in engine.ts).
 */
const MOST_GIVEN_UP = 2;
/** After so many times `stillMs`, what was given up is not waited for any more; only what has run for this share of it or longer is. */
const LAST_CHANCE = 5;
const LONG = 1 / 6;
/** One long sort moves no counter: a statement that uses this share of one processor for `stillMs` computes. */
const COMPUTING = 0.05;
/** A thread that has left a statement serves others, and then says nothing of it: so many times `stillMs`, that is believed. */
const COMPUTES_AT_MOST = 30;
const TICKS_A_SECOND = 100;
const SHOWN = 120;

/**
 * Notices statements that stand still: the engine says no progress of them (no row, no counter, no processor time), be
 * it for a disk that does not answer, a pipe, a lock that nobody gives back. Each has a connection that others need.
 * Such a statement is killed; one that does not heed that loses its connection to a fresh one; and a process that has such
 * statements ends at the next moment in which nothing long runs, or at once where there are too many of them: it is
 * started again without them, and what it acknowledged is on disk.
 */
export class Watch {
  private readonly running = new Set<Watched>();
  private readonly lost = new Set<Watched>();
  private stopped = 0;
  private givenUp = 0;
  private marks = 0;
  private lookedAt = performance.now();
  private looking = false;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly options: WatchOptions) {
    this.timer = setInterval(() => void this.look(), this.everyMs);
    this.timer.unref();
  }

  private get everyMs(): number {
    return Math.min(5_000, this.options.stillMs / 6);
  }

  counts(): WatchCounts {
    return { stopped: this.stopped, givenUp: this.givenUp, neverEnded: this.lost.size };
  }

  close(): void {
    clearInterval(this.timer);
  }

  /**
   * Runs `work` under watch. When it had to be given up, `renew` frees its connection and the promise rejects (394),
   * although `work` may never end.
   */
  async over<T>(statement: { sql: string; queryId: string; reads: boolean; signal: AbortSignal }, renew: () => void, work: (call: Call) => Promise<T>): Promise<T> {
    const { sql, queryId, reads, signal } = statement;
    // Whoever asks may give two statements one id.
    const call: Call = { sql, reads, signal, mark: `${queryId} ${++this.marks}`, handingOver: false, givenUp: false };
    const watched: Watched = { call, began: performance.now(), seen: '', ticks: new Map(), used: 0, sameMs: 0, stillMs: 0, stoppedAfterMs: undefined, givenUpAt: Infinity, giveUp: () => undefined };
    const lost = new Promise<never>((_, reject) => {
      watched.giveUp = (error) => {
        call.givenUp = true;
        try {
          renew();
        } catch (problem) {
          this.options.hopeless(`a connection cannot be replaced: ${problem instanceof Error ? problem.message : String(problem)}`);
        }
        reject(error);
      };
    });
    this.running.add(watched);
    const gone = () => void this.stopRead(watched);
    if (call.reads && signal.aborted) gone();
    else if (call.reads) signal.addEventListener('abort', gone, { once: true });
    const working = work(call).finally(() => {
      signal.removeEventListener('abort', gone);
      this.ended(watched);
    });
    return Promise.race([working, lost]);
  }

  private ended(watched: Watched): void {
    if (this.lost.delete(watched)) return this.options.say(`a statement that had been given up has ended after ${seconds(performance.now() - watched.began)}: ${short(watched.call.sql)}`);
    this.running.delete(watched);
    if (watched.stoppedAfterMs === undefined) return;
    this.stopped++;
    this.options.say(`a statement in which nothing had moved for ${seconds(watched.stoppedAfterMs)} was stopped: ${short(watched.call.sql)}`);
  }

  /**
   * Stops the read whose client has gone, so that nobody's closed tab keeps a connection busy. Again until it has
   * ended: a KILL that comes while the statement is still being planned is lost.
   */
  private async stopRead(watched: Watched): Promise<void> {
    while (this.running.has(watched)) {
      await this.kill(watched.call);
      await delay(1_000);
    }
  }

  private async kill({ mark }: Call): Promise<void> {
    await this.ask(`KILL QUERY WHERE Settings['log_comment'] = ${literal(mark)} ASYNC`).catch(() => undefined);
  }

  private async ask(sql: string): Promise<Record<string, unknown>[]> {
    const { ask, stillMs, hopeless } = this.options;
    const patience = Math.max(stillMs, LEAST_PATIENCE_MS);
    const late = setTimeout(() => {
      // Its answer may stand behind this in the queue, after a machine has slept.
      setTimeout(() => answered || hopeless(`it has not said for ${seconds(patience)} what it runs`), patience / 2);
    }, patience / 2);
    let answered = false;
    return ask(sql).finally(() => {
      answered = true;
      clearTimeout(late);
    });
  }

  private async look(): Promise<void> {
    const now = performance.now();
    const since = Math.min(now - this.lookedAt, 2 * this.everyMs);
    this.lookedAt = now;
    if (this.looking) return;
    this.looking = true;
    try {
      await this.judge(since);
    } catch (error) {
      this.options.say(`what runs cannot be looked at: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      this.looking = false;
    }
    this.endWhereNothingLongRuns();
  }

  private async judge(since: number): Promise<void> {
    // Nearly always everything is younger than one look, and the engine is not asked.
    const old = [...this.running].filter(({ began }) => performance.now() - began > this.everyMs);
    if (old.length === 0) return;
    const progress = await this.progress();
    for (const watched of old) {
      const { call } = watched;
      const told = progress.get(call.mark);
      this.measure(watched, told?.text ?? 'not known to the engine', ticks(told?.threads ?? []), since);
      if (!this.running.has(watched)) continue;
      if (watched.stoppedAfterMs !== undefined) {
        if (watched.stillMs > this.options.stillMs * HEEDS) this.giveUp(watched, watched.stoppedAfterMs + watched.stillMs);
        continue;
      }
      if (watched.stillMs <= this.options.stillMs * (call.signal.aborted ? 1 : PATIENCE)) continue;
      watched.stoppedAfterMs = watched.stillMs;
      watched.stillMs = 0;
      await this.kill(call);
    }
  }

  private measure(watched: Watched, seen: string, now: ReadonlyMap<string, number>, since: number): void {
    const { stillMs } = this.options;
    watched.used += growth(watched.ticks, now);
    watched.ticks = now;
    const moved = seen !== watched.seen || watched.call.handingOver;
    watched.seen = seen;
    watched.sameMs = moved ? 0 : watched.sameMs + since;
    const computed = watched.used > COMPUTING * TICKS_A_SECOND * (stillMs / 1_000) && watched.sameMs < stillMs * COMPUTES_AT_MOST;
    if (!moved && !computed) watched.stillMs += since;
    else {
      watched.stillMs = 0;
      watched.used = 0;
    }
  }

  private async progress(): Promise<Map<string, Progress>> {
    const rows = await this.ask(
      "SELECT Settings['log_comment'] AS mark, concat(toString(read_rows), ' ', toString(written_rows), ' ', toString(cityHash64(toString(ProfileEvents)))) AS text, arrayMap(id -> toString(id), thread_ids) AS threads FROM system.processes",
    );
    const told = rows.map(({ mark, text, threads }) => ({ mark: String(mark), text: String(text), threads: Array.isArray(threads) ? threads.map(String) : [] }));
    const works = new Map<string, number>();
    for (const thread of told.flatMap(({ threads }) => threads)) works.set(thread, (works.get(thread) ?? 0) + 1);
    return new Map(told.map(({ mark, text, threads }) => [mark, { text, threads: threads.filter((thread) => works.get(thread) === 1) }]));
  }

  private giveUp(watched: Watched, stillMs: number): void {
    const { call } = watched;
    this.running.delete(watched);
    this.lost.add(watched);
    this.givenUp++;
    watched.givenUpAt = performance.now();
    const still = seconds(stillMs);
    this.options.say(
      `nothing has moved for ${still} in a statement that does not heed being stopped (begun ${seconds(performance.now() - watched.began)} ago, its client ${call.signal.aborted ? 'has gone' : 'waits'}); its connection is replaced, ${this.lost.size} such now: ${short(call.sql)}`,
    );
    if (this.lost.size > MOST_GIVEN_UP) return this.options.hopeless(`${this.lost.size} statements never ended`);
    watched.giveUp(new EngineError(394, 'QUERY_WAS_CANCELLED', `Nothing moved in the statement for ${still}, and it was given up`));
  }

  /** What never ended still holds its tables, so that none can be dropped or rebuilt, and each connection that is closed meanwhile stays in memory. */
  private endWhereNothingLongRuns(): void {
    const { stillMs } = this.options;
    const now = performance.now();
    const oldest = Math.min(...[...this.lost].map(({ givenUpAt }) => givenUpAt));
    if (now - oldest < stillMs * LAST_CHANCE) return;
    if ([...this.running].some(({ began }) => now - began > stillMs * LONG)) return;
    this.options.hopeless('a statement that was given up has not ended, and nothing else runs that takes long');
  }
}

/** Processor time of threads of this process, in ticks by thread; without those of which nothing is known. */
function ticks(threads: readonly string[]): Map<string, number> {
  const used = new Map<string, number>();
  for (const thread of threads) {
    try {
      // The name, in brackets, may hold anything; user and system time are the 12th and 13th word behind it.
      const words = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
      used.set(thread, Number(words[11] ?? 0) + Number(words[12] ?? 0));
    } catch {
      // It has ended, or this is no Linux.
    }
  }
  return used;
}

function growth(before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const [thread, used] of now) sum += used - (before.get(thread) ?? used);
  return sum;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}

function short(sql: string): string {
  const line = sql.replace(/\s+/g, ' ').trim();
  return line.length > SHOWN ? `${line.slice(0, SHOWN)} …` : line;
}
