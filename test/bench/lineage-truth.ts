import { createStore, storeConfig, type Store } from '../../clickhouse/client';
import { refreshInference } from '../../clickhouse/inference';
import { migrate } from '../../clickhouse/migrate';
import { scaledRates } from '../../ingest/simulator/fault-rates';
import { createSimulation } from '../../ingest/simulator/simulation';
import type { TestEngine } from '../support/engine';
import { decoded, incoming, insertInBatches } from '../support/record';
import { LOAD_UNTIL, round } from './load';

/**
 * Relations against what the simulator knows. Its truth is written where it makes the documents and shares no code with what
 * is judged. Stated: with every fault rate up threefold, each relation that a delivered message names against `links`.
 * Inferred: at the default rates, each relation that is so and that no message names against `inferred_links`.
 */
export interface Truth {
  known: number;
  found: number;
  precision: number;
  recall: number;
}

const STATED_METHOD = 'simulator, 12 days, 2 hospitals, every fault rate threefold, messages shuffled: relations that delivered messages state, against links';
const INFERRED_METHOD = 'simulator, 25 days, 2 hospitals, default fault rates, messages in order: relations that are so and that nobody states, against inferred_links';

/** Works in databases of its own on `engine`. */
export async function lineageTruth(engine: TestEngine, seed: string): Promise<Record<'stated' | 'inferred', Truth & { method: string }>> {
  const stated = await told(engine, 'bench_truth_stated', seed, { days: 12, rates: scaledRates(3) }, true);
  const inferred = await told(engine, 'bench_truth_inferred', seed, { days: 25 }, false);
  for (let run = await refreshInference(inferred.store); run?.more; run = await refreshInference(inferred.store));
  const edges = (store: Store, table: string, where: string) => store.select<{ edge: string }>(`SELECT concat(node_type, ' ', node_id, ' ', qualifier, ' ', peer_type, ' ', peer_id) AS edge FROM ${table} FINAL WHERE direction = 'down' AND ${where}`);
  const links = await edges(stated.store, 'links', 'stated = 1');
  const guesses = await edges(inferred.store, 'inferred_links', 'NOT gone');
  const answer = {
    stated: { method: STATED_METHOD, ...compared(stated.truth('link'), links) },
    inferred: { method: INFERRED_METHOD, ...compared(inferred.truth('unstated-link'), guesses) },
  };
  await stated.done();
  await inferred.done();
  return answer;
}

function compared(known: ReadonlySet<string>, edges: readonly { edge: string }[]): Truth {
  const right = edges.filter(({ edge }) => known.has(edge)).length;
  return { known: known.size, found: edges.length, precision: round(right / edges.length, 4), recall: round(right / known.size, 4) };
}

async function told(engine: TestEngine, database: string, seed: string, options: { days: number; rates?: ReturnType<typeof scaledRates> }, shuffled: boolean) {
  const config = { ...storeConfig({ ...process.env, ...engine.env }), database };
  await migrate(config);
  const store = createStore(config);
  const simulation = createSimulation({ seed, until: LOAD_UNTIL, facilities: 2, volume: 0.5, truth: true, ...options });
  const rows = await decoded([...simulation.messages()].map((message, index) => incoming(message, index + 1, message.publishAt)));
  const events = shuffled ? rows.events.map((row, n) => ({ row, at: (n * 7919) % rows.events.length })).sort((a, b) => a.at - b.at).map(({ row }) => row) : rows.events;
  await insertInBatches(store, 'events', events, [20_000]);
  const records = [...(simulation.truth?.records(LOAD_UNTIL) ?? [])];
  return {
    store,
    truth: (record: string) => new Set(records.filter((each) => each.record === record).map(({ fromType, from, qualifier, toType, to }) => [fromType, from, qualifier, toType, to].map(String).join(' '))),
    async done() {
      await store.close();
      const admin = createStore({ ...config, database: 'default' });
      await admin.command(`DROP DATABASE IF EXISTS ${database} SYNC`, {}, { name: 'bench_truth' });
      await admin.close();
    },
  };
}
