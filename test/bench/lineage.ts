import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { refreshChains } from '../../clickhouse/chains';
import { createStore, storeConfig } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { startEngine, type TestEngine } from '../support/engine';
import type { BenchOptions } from './args';
import { ask, bytesPerEvent, inDatabase, merged, timings, type Times, type Timings } from './asking';
import { fillLog } from './fill';
import { CHAINS, FLOWS, SEARCH } from './lineage-questions';
import { sampleOf, tellLargest } from './lineage-sample';
import { lineageTruth } from './lineage-truth';
import { percentile, round } from './load';

/** What answers are held to, milliseconds at p95: a chain in the database, the others until the page has them; and how much dearer they may be in the larger log. */
const CHAIN_MS = 100;
const SEARCH_MS = 50;
const FLOW_MS = 500;
const GROWTH = 1.5;
const RUNS = 40;

interface AtSize {
  events: number;
  fillSeconds: number;
  bytesPerEvent: number;
  queries: Timings;
  failed: string[];
  /** p95 over all chains of the sample, in the database and until the page has what it shows; over all keys; and of the flow page; milliseconds. */
  p95: { chain: number; chainWhole: number; search: number; flow: number };
}

/**
 * Fills the log to `events` and times whole chains (some at random, those of hub items, the largest), search by every kind of
 * key, and the flow page, warm; and says how true stated and inferred relations are. With `compare` also at that size, and what growth costs.
 */
export async function benchLineage(options: BenchOptions): Promise<Record<string, unknown>> {
  const [loadBefore = 0] = loadavg();
  const sizes = [...new Set([options.events, options.compare ?? options.events])].sort((a, b) => a - b);
  const engine = await startEngine(options.data ? { folder: options.data } : {});
  await migrate(storeConfig({ ...process.env, ...engine.env }));
  const truth = await lineageTruth(engine, options.seed);
  const at: AtSize[] = [];
  for (const size of sizes) at.push(await timesAt(engine, size, options));
  await engine.stop();

  const [smallest, largest] = [at[0], at[at.length - 1]];
  if (!smallest || !largest) throw new Error('nothing was timed');
  const growth = at.length < 2 ? undefined : Object.fromEntries((['chain', 'search', 'flow'] as const).map((what) => [what, round(largest.p95[what] / Math.max(1, smallest.p95[what]), 2)]));
  return {
    bench: 'lineage', ...largest, ...(growth ? { compared: smallest, growth } : {}), truth, cores: availableParallelism(), loadAverageBefore: round(loadBefore),
    bars: {
      chain: largest.p95.chain <= CHAIN_MS, search: largest.p95.search <= SEARCH_MS, flow: largest.p95.flow <= FLOW_MS,
      stated: truth.stated.precision === 1 && truth.stated.recall === 1, inferred: truth.inferred.precision >= 0.9 && truth.inferred.recall >= 0.8,
      ...(growth ? { growth: Object.values(growth).every((ratio) => ratio <= GROWTH) } : {}),
    },
  };
}

async function timesAt(engine: TestEngine, wanted: number, { seed, only }: BenchOptions): Promise<AtSize> {
  const say = (line: string) => console.error(line);
  const store = createStore(storeConfig({ ...process.env, ...engine.env }));
  const { events, seconds } = await fillLog(store, wanted, seed, say);
  await tellLargest(store);
  // What was touched within a second of a run is looked at once more; a chain of the past is not.
  await sleep(2_000);
  for (let run = await refreshChains(store); run?.more; run = await refreshChains(store));
  await merged(store);
  const bytes = await bytesPerEvent(store, events);
  const sample = await sampleOf(store, RUNS);
  await store.close();
  await engine.restart();
  const failed: string[] = [];
  const times = await ask(engine.env, sample, { way: 'warm', when: 'warm', runs: RUNS, only, failed, say });
  return {
    events, fillSeconds: round(seconds), bytesPerEvent: bytes.all, queries: timings(times), failed,
    p95: {
      chain: p95Of(times, (name) => CHAINS.some((chain) => name === inDatabase(chain))), chainWhole: p95Of(times, (name) => (CHAINS as readonly string[]).includes(name)),
      search: p95Of(times, (name) => name.startsWith(SEARCH) && !name.endsWith(inDatabase(''))), flow: Math.max(...FLOWS.map((flow) => p95Of(times, (name) => name === flow))),
    },
  };
}

const p95Of = (times: Times, belongs: (name: string) => boolean): number => Math.round(percentile([...times].flatMap(([name, of]) => (belongs(name) ? of : [])), 0.95));
