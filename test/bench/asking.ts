import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { Store } from '../../clickhouse/client';
import type { Answered } from './ask';
import type { LineageSample } from './lineage-sample';
import { percentile } from './load';
import { startProcess } from './processes';
import type { Asked } from './questions';

/** Has a process of its own ask, as the web process does, and tells how long the answers took. */

export interface Timing {
  runs: number;
  p50Ms: number;
  p95Ms: number;
}
export type Timings = Record<string, Timing>;
/** Milliseconds of each answer, by question. */
export type Times = ReadonlyMap<string, readonly number[]>;

/** Under which name stands how much of the answers was waited for the database. */
export const inDatabase = (name: string): string => `${name}, in the database`;

export interface Asking {
  /** `cold`: once each, what the engine and the machine remember dropped before. */
  way: 'cold' | 'warm';
  /** How the lines of progress call it. */
  when: string;
  runs: number;
  /** Only questions whose name matches. */
  only: string;
  /** Gets what was answered with an error. */
  failed: string[];
  say: (line: string) => void;
}

export async function ask(env: Record<string, string>, what: Asked | LineageSample, { way, when, runs, only, failed, say }: Asking): Promise<Times> {
  const times = new Map<string, number[]>();
  const child = startProcess('test/bench/ask.ts', env, [], [JSON.stringify(what), way, String(runs), only], 'pipe');
  const ended = once(child, 'exit');
  for await (const text of createInterface({ input: child.stdout ?? Readable.from([]) })) {
    const answered = JSON.parse(text) as Answered;
    if (answered.error) failed.push(`${answered.name}${when}: ${answered.error}`);
    if (answered.times.length > 0) times.set(answered.name, answered.times);
    if (answered.database && answered.database.length > 0) times.set(inDatabase(answered.name), answered.database);
    say(`${when} ${answered.name} ${answered.error ?? JSON.stringify(timing(answered.times))}`);
  }
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new Error(`the asking process ended with ${code}`);
  return times;
}

const timing = (times: readonly number[]): Timing => ({ runs: times.length, p50Ms: Math.round(percentile(times, 0.5)), p95Ms: Math.round(percentile(times, 0.95)) });
export const timings = (of: Times): Timings => Object.fromEntries([...of].map(([name, times]) => [name, timing(times)]));

const MERGED_MS = 600_000;

/** Waits until the engine has merged what the filling left: how many parts there are is a matter of minutes after a burst, and not what is timed. */
export async function merged(store: Store): Promise<void> {
  const until = performance.now() + MERGED_MS;
  for (let still = 0; still < 3 && performance.now() < until; ) {
    const [row] = await store.select<{ n: number }>('SELECT count() AS n FROM system.merges');
    still = Number(row?.n) === 0 ? still + 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

/** Bytes on disk per event, by table, the largest first; what a bench itself keeps is left out. */
export async function bytesPerEvent(store: Store, events: number): Promise<{ all: number; byTable: Record<string, number> }> {
  const tables = await store.select<{ table: string; bytes: number }>("SELECT table, sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = currentDatabase() AND NOT startsWith(table, 'bench_') GROUP BY table ORDER BY bytes DESC");
  const each = tables.map(({ table, bytes }) => [table, bytes / events] as const);
  return { all: Math.round(each.reduce((sum, [, bytes]) => sum + bytes, 0)), byTable: Object.fromEntries(each.filter(([, bytes]) => bytes >= 1).map(([table, bytes]) => [table, Math.round(bytes)])) };
}
