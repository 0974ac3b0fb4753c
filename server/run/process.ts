// One supervised process: started, watched, started again on its own when it ends, stopped.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { isForTerminal, LogFile, readLines, tell, Trickle } from './logs';

/** What to run and how to know that it works. */
export interface ProcessPlan {
  readonly name: string;
  /** Names of the processes that must be ready before this one starts for the first time. */
  readonly after: readonly string[];
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** The program's file; without it the process is left out and a line says so. */
  readonly file: string;
  /** Whether it serves by now; asked a few times a second. Absent: ready once it runs. */
  readonly ready?: () => Promise<boolean>;
  /** Asked again and again once it is ready; one that does not answer several times in a row is ended and started again. */
  readonly alive?: { readonly answers: () => Promise<boolean>; readonly everyMs: number };
  /** Runs to its end once, before those that come after it. */
  readonly once?: boolean;
  /** Time to end by itself after SIGTERM, before SIGKILL. */
  readonly graceMs: number;
}

export interface Surroundings {
  /** Folder of the log files. */
  readonly logs: string;
  /** The process group began; someone else will end it should this process be killed. */
  readonly began: (group: number) => void;
  readonly ended: (group: number) => void;
}

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
/** After this long without a fault the next restart is quick again. */
const STABLE_MS = 60_000;
const READY_POLL_MS = 100;
const AGAIN_MS = 2000;
/** A slow machine on its first start; the process says what is wrong in its log meanwhile. */
const READY_NOTICE_MS = 60_000;
/** Ends in a row, before it was ever ready, after which the start is given up. */
const FAULTS_BEFORE_READY = 4;
const LAST_LINES = 40;
/** Questions in a row without an answer after which it counts as hung. */
const UNANSWERED = 6;

/** Delay before the restart after `faults` ends in a row. */
export function restartDelay(faults: number): number {
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.max(0, faults - 1));
}

export class SupervisedProcess {
  private child: ChildProcess | undefined;
  private stopping = false;
  private faults = 0;
  private wasReady = false;
  private log: LogFile | undefined;
  private lastLines: string[] = [];
  /** Lines of the present run that the terminal has seen. */
  private told = new Set<string>();
  private readonly wake = new AbortController();

  constructor(
    readonly plan: ProcessPlan,
    private readonly around: Surroundings,
  ) {}

  get pid(): number | undefined {
    return this.child?.pid;
  }

  get logFile(): string {
    return path.join(this.around.logs, `${this.plan.name}.log`);
  }

  /** Whether the program is part of this installation. */
  get present(): boolean {
    return existsSync(this.plan.file);
  }

  get isStopping(): boolean {
    return this.stopping;
  }

  /** From now on its end is no fault: everything is being stopped. */
  expectEnd(): void {
    this.stopping = true;
    this.wake.abort();
  }

  /**
   * Starts it, keeps it running, and resolves when it is ready for the first time. Rejects when
   * it has a readiness check and ends again and again before it passes.
   */
  async start(): Promise<void> {
    this.log = new LogFile(this.logFile);
    void this.keepRunning();
    const since = Date.now();
    let noticed = false;
    while (!this.stopping && !(await this.isReady())) {
      await delay(READY_POLL_MS);
      if (this.plan.ready && this.faults >= FAULTS_BEFORE_READY) {
        throw new Error(`${this.plan.name} could not be started: ${this.lastWords()} (its log: ${this.logFile})`);
      }
      if (!noticed && Date.now() - since > READY_NOTICE_MS) {
        noticed = true;
        tell(this.plan.name, `is not ready after ${READY_NOTICE_MS / 1000} s; its log is ${this.logFile}`);
      }
    }
    this.wasReady = true;
    if (this.plan.alive) void this.watch(this.plan.alive);
  }

  /** Ends it, to be started again, when it runs and does not answer any more. */
  private async watch({ answers, everyMs }: NonNullable<ProcessPlan['alive']>): Promise<void> {
    for (let unanswered = 0; !this.stopping; ) {
      await delay(everyMs, undefined, { signal: this.wake.signal }).catch(() => undefined);
      const asked = this.child;
      if (this.stopping) return;
      const answered = await answers().catch(() => false);
      // What was started since is given its own time to begin.
      unanswered = answered || asked !== this.child || !asked || !isRunning(asked) ? 0 : unanswered + 1;
      if (unanswered < UNANSWERED || asked?.pid === undefined || this.stopping) continue;
      unanswered = 0;
      tell(this.plan.name, `has not answered for ${(UNANSWERED * everyMs) / 1000} s and is ended`);
      signalGroup(asked.pid, 'SIGKILL');
    }
  }

  /** Runs it to its end; rejects with its last words when it fails. */
  async runOnce(): Promise<void> {
    this.log = new LogFile(this.logFile);
    if (this.stopping) return;
    const code = await this.run();
    if (code === 0 || this.stopping) return;
    throw new Error(`${this.plan.name} did not succeed (${code}): ${this.lastWords()} (its log: ${this.logFile})`);
  }

  /** The last line that it wrote. */
  get lastLine(): string | undefined {
    return this.lastLines.at(-1);
  }

  /** What it said about its end, on one line, without a stack trace. */
  private lastWords(): string {
    const said = this.lastLines.filter((line) => !/^\s*(at |\^|throw |[{}\]]\s*$|$)|^Node\.js v/.test(line));
    const words = said.find((line) => /^\W*\w*error\b/i.test(line)) ?? said.find((line) => /error|failed|can't|cannot/i.test(line)) ?? said.at(-1);
    // Some programs begin their lines with their own name, which is said already.
    const prefix = new RegExp(`^\\s*(${this.plan.name}: )?(Uncaught )?(Error: )?`);
    return words ? words.replace(prefix, '').slice(0, 400) : 'it said nothing';
  }

  /** SIGTERM, then SIGKILL after the grace time; resolves when it is gone. */
  async stop(): Promise<void> {
    this.expectEnd();
    const child = this.child;
    if (child?.pid !== undefined && isRunning(child)) {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      signalGroup(child.pid, 'SIGTERM');
      const timer = setTimeout(() => this.kill(), this.plan.graceMs);
      await exited;
      clearTimeout(timer);
    }
    await this.log?.close();
  }

  /** Ends it at once. */
  kill(): void {
    this.stopping = true;
    if (this.child?.pid !== undefined && isRunning(this.child)) signalGroup(this.child.pid, 'SIGKILL');
  }

  private async isReady(): Promise<boolean> {
    if (!this.child || !isRunning(this.child)) return false;
    if (!this.plan.ready) return true;
    try {
      return await this.plan.ready();
    } catch {
      return false;
    }
  }

  private async keepRunning(): Promise<void> {
    while (!this.stopping) {
      const since = Date.now();
      const code = await this.run();
      if (this.stopping) return;
      this.faults = Date.now() - since > STABLE_MS ? 1 : this.faults + 1;
      const wait = restartDelay(this.faults);
      const words = this.lastWords();
      const why = [...this.told].some((line) => line.includes(words)) ? '' : `; its last words: ${words}`;
      tell(this.plan.name, `ended (${code}), starts again in ${wait / 1000} s${why}`);
      await delay(wait, undefined, { signal: this.wake.signal }).catch(() => undefined);
      void this.sayWhenBack();
    }
  }

  private async sayWhenBack(): Promise<void> {
    const fault = this.faults;
    // What ends at once does not run again.
    if (!this.plan.ready) await delay(AGAIN_MS);
    do await delay(READY_POLL_MS);
    while (!this.stopping && this.faults === fault && !(await this.isReady()));
    if (!this.stopping && this.faults === fault && this.wasReady) tell(this.plan.name, `runs again (process ${this.pid})`);
  }

  /** Resolves with the exit code, or the signal's name. */
  private run(): Promise<number | string> {
    return new Promise((resolve) => {
      // A process group of its own: Ctrl-C on the terminal reaches the supervisor only, which
      // then stops the processes in their order.
      const child = spawn(this.plan.command, [...this.plan.args], {
        env: this.plan.env,
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
      this.child = child;
      const group = child.pid;
      this.lastLines = [];
      this.told = new Set();
      if (group !== undefined) this.around.began(group);
      const trickle = new Trickle((text) => {
        this.told.add(text);
        tell(this.plan.name, text);
      }, this.logFile);
      const take = (raw: string) => {
        const line = stripVTControlCharacters(raw);
        this.log?.line(line);
        this.lastLines = [...this.lastLines, line].slice(-LAST_LINES);
        if (!this.stopping && !this.plan.once && isForTerminal(line)) trickle.line(line);
      };
      readLines(child.stdout, take);
      readLines(child.stderr, take);
      child.once('error', (error) => {
        take(`Error: ${error.message}`);
        resolve(error.message);
      });
      child.once('exit', (code, signal) => {
        if (group !== undefined) {
          // What it started itself must not outlive it.
          signalGroup(group, 'SIGKILL');
          this.around.ended(group);
        }
        // Its last lines may still be in the pipe.
        setImmediate(() => resolve(code ?? signal ?? 'unknown'));
      });
    });
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // The group is gone already.
  }
}
