import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Rng } from '../../ingest/simulator/random';
import { startEngine } from '../support/engine';
import { startNats } from '../support/nats';
import { createDisk } from './disk';
import { KINDS, type Kind } from './plan';
import { startProxy } from './proxy';
import { runRound, type RoundResult } from './round';

export interface ChaosOptions {
  readonly rounds: number;
  readonly seed: string;
  /** Messages of the simulator in a round. */
  readonly events: number;
  /** The first round to run, for taking a failed one up again. */
  readonly first: number;
}

export interface ChaosSummary {
  readonly rounds: number;
  readonly seed: string;
  readonly events: number;
  readonly messages: number;
  readonly deadLetters: number;
  /** How often each kind of fault struck. */
  readonly kills: Readonly<Record<Kind, number>>;
  readonly storeFaultsMet: number;
  /** Statements that stood still in the engine, which stopped them, gave them up, or was started again without them: see clickhouse/engine/watch.ts. */
  readonly stuckStatements: number;
  readonly failedInserts: Readonly<Record<string, number>>;
  readonly disk: string;
  /** Rows in which a round and its oracle differ, over all tables and rounds. */
  readonly differences: number;
  readonly seconds: number;
}

/** A twelfth of what the product waits: a round is short. */
const STILL_SECONDS = 5;

/** Runs rounds one after another on servers of its own; stops at the first that differs. `say` hears of each. */
export async function runChaos(options: ChaosOptions, say: (line: string) => void): Promise<ChaosSummary> {
  const began = Date.now();
  const disk = createDisk();
  const full = disk.mounted ? 'a tmpfs of limited size is filled' : 'no mount is permitted here: the proxy answers as a store with a full disk (243)';
  say(`chaos: ${options.rounds} rounds, seed ${options.seed}; disk: ${full}`);
  let stuckStatements = 0;
  const warned = (line: string) => {
    if (/nothing ha[sd] moved/.test(line)) stuckStatements++;
    say(`chaos: the engine says: ${line}`);
  };
  const [engine, nats] = await Promise.all([startEngine({ folder: path.join(disk.folder, 'engine'), env: { ENGINE_STILL_SECONDS: String(STILL_SECONDS) }, supervised: true, warned }), startNats()]);
  const random = new Rng(`${options.seed}/proxy`);
  const proxy = await startProxy(engine.url, () => random.unit());
  const kills = Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<Kind, number>;
  const failedInserts: Record<string, number> = {};
  const total = { rounds: 0, events: 0, messages: 0, deadLetters: 0, storeFaultsMet: 0, differences: 0 };
  try {
    for (let n = options.first; n < options.first + options.rounds; n++) {
      const since = Date.now();
      let result: RoundResult;
      try {
        result = await runRound({ engine, nats, proxy, disk }, options.seed, n, options.events, (line) => say(`chaos: mended: ${line}`));
      } catch (error) {
        await delay(2_000);
        if (engine.ends > 0) say(`chaos: the engine ended ${engine.ends} times by itself; it said last: ${engine.said.slice(-1_000)}`);
        throw new Error(`round ${n} of seed ${options.seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      }
      for (const kind of result.struck) kills[kind]++;
      for (const [kind, n] of Object.entries(result.failedInserts)) failedInserts[kind] = (failedInserts[kind] ?? 0) + n;
      total.rounds++;
      total.events += result.events;
      total.messages += result.messages;
      total.deadLetters += result.deadLetters;
      total.storeFaultsMet += result.storeFaultsMet;
      for (const { table, rows, first } of result.differences) {
        total.differences += rows;
        say(`chaos: seed ${options.seed}, round ${n}: ${table} differs in ${rows} rows`);
        for (const { only, row } of first) say(`  only in the ${only === 'run' ? 'run' : 'clean run'}: ${row.slice(0, 2_000)}`);
      }
      say(`chaos: round ${n}: ${result.struck.join(', ')}; ${result.messages} messages, ${result.events} events, ${result.deadLetters} dead letters, ${result.differences.length === 0 ? 'no difference' : 'DIFFERENT'}, ${((Date.now() - since) / 1000).toFixed(1)} s`);
      if (result.differences.length > 0) break;
    }
  } finally {
    await proxy.stop();
    await Promise.all([engine.stop(), nats.stop()]);
    disk.remove();
  }
  return { ...total, stuckStatements, seed: options.seed, kills, failedInserts, disk: disk.mounted ? 'tmpfs' : 'proxy', seconds: Math.round((Date.now() - began) / 1000) };
}
