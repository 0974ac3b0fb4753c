import { afterAll, beforeAll, expect, it } from 'vitest';
import { createStore, storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { rebuildView, viewsOfTheLog } from '../../clickhouse/rebuild';
import type { EventRow } from '../../ingest/listener/row';
import { createSimulation } from '../../ingest/simulator/simulation';
import { startEngine, type TestEngine } from '../support/engine';
import { decoded, fingerprints, incoming, insertInBatches, KEPT } from '../support/record';

/** Views are recomputed from the log while events go on arriving, and are then what they would have been all along. */

let engine: TestEngine;
let store: Store;
let first: EventRow[];
let later: EventRow[];

async function database(name: string): Promise<Store> {
  const config = { ...storeConfig({ ...process.env, ...engine.env }), database: name };
  await migrate(config);
  return createStore(config);
}

beforeAll(async () => {
  engine = await startEngine();
  store = await database('rebuilt');
  // Over the end of a month: the log has more than one partition.
  const simulation = createSimulation({ seed: '5', days: 4, until: Date.parse('2026-03-02T12:00:00Z'), facilities: 1, volume: 0.4, truth: false });
  const { events } = await decoded([...simulation.messages()].map((message, index) => incoming(message, index + 1, message.publishAt)));
  first = events.slice(0, Math.floor(events.length / 2));
  later = events.slice(first.length);
  await insertInBatches(store, 'events', first, [5000]);
});
afterAll(async () => {
  await store?.close();
  await engine?.stop();
});

it('every view, while events arrive, with what was wrong in it mended', async () => {
  const views = [...(await viewsOfTheLog(store)).keys()];
  expect(views).toEqual(expect.arrayContaining(KEPT.filter((table) => table !== 'events' && table !== 'dead_letters')));
  // Lost, and wrong: both must be gone afterwards.
  for (const view of views) await store.command(`TRUNCATE TABLE ${view}`);
  await store.command("INSERT INTO search_keys VALUES ('wrong', 'item', 'WRONG', 'id', 'NORTH', ('2026-03-01 00:00:00', ''))");

  const arriving = insertInBatches(store, 'events', later, [100]);
  for (const view of views) await rebuildView(store, view);
  await arriving;

  const clean = await database('clean');
  await insertInBatches(clean, 'events', [...first, ...later], [5000]);
  const expected = await fingerprints(clean);
  await clean.close();
  expect(await fingerprints(store)).toEqual(expected);
  // Afterwards the views are fed as before, and nothing is left of the work.
  await insertInBatches(store, 'events', first.slice(0, 50).map((row) => ({ ...row, stream_seq: Number(row.stream_seq) + 1_000_000 })), [50]);
  expect(await fingerprints(store)).toEqual(expected);
  const left = await store.select<{ name: string }>("SELECT name FROM system.tables WHERE database = currentDatabase() AND name LIKE '%rebuilt%'");
  expect(left).toEqual([]);
});

it('has the match computed anew where its facts were rebuilt, and only there', async () => {
  const runs = async () => (await store.select<{ n: number }>('SELECT count() AS n FROM match_runs'))[0]?.n;
  await store.command("INSERT INTO match_runs (run, touched_until, rules, full, orders, took_ms) SELECT toUnixTimestamp64Milli(now64(3)), now64(3), '', 0, 1, 1");
  await rebuildView(store, 'links');
  expect(await runs()).toBe(1);
  await rebuildView(store, 'document_lines');
  expect(await runs()).toBe(0);
});

it('keeps what a view has from before the log begins', async () => {
  const gone = await store.select<{ month: string; n: number }>("SELECT toString(toYYYYMM(time)) AS month, count() AS n FROM handovers FINAL GROUP BY month ORDER BY month");
  expect(gone.length).toBe(2);
  const before = await fingerprints(store);
  await store.command(`ALTER TABLE events DROP PARTITION ${gone[0]?.month ?? ''}`);
  await rebuildView(store, 'handovers');
  expect((await fingerprints(store)).handovers).toBe(before.handovers);
});

it('says which views there are when asked for another', async () => {
  await expect(rebuildView(store, 'events')).rejects.toThrow(/There is no view events\. The views are: .*document_lines/);
});
