import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createStore, storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { refreshMatches, sweepMatches } from '../../clickhouse/matches';
import { OPEN_TABLES, OPEN_VIEWS, refreshAllOpen, refreshOpen, sweepOpen } from '../../clickhouse/open-work';
import type { EventRow } from '../../ingest/listener/row';
import { DEFAULT_FAULT_RATES } from '../../ingest/simulator/fault-rates';
import { createSimulation } from '../../ingest/simulator/simulation';
import { differences } from '../chaos/compare';
import { startEngine, type TestEngine } from '../support/engine';
import { everything } from '../support/match';
import { decoded, incoming, insertInBatches } from '../support/record';

/** What is kept of all that stands open, brought up document by document as events touch them, equals what is worked out of all of them at once. */

let engine: TestEngine;
let events: EventRow[];
let reference: Store;
let databases = 0;

async function freshDatabase(): Promise<Store> {
  const config = { ...storeConfig({ ...process.env, ...engine.env }), database: `open_${++databases}` };
  await migrate(config);
  return createStore(config);
}
const count = async (store: Store, table: string, where = 'NOT gone') => (await store.select<{ n: number }>(`SELECT count() AS n FROM ${table} FINAL WHERE ${where}`))[0]?.n ?? 0;

beforeAll(async () => {
  engine = await startEngine();
  const rates = { ...DEFAULT_FAULT_RATES, missingReceipt: 0.1, missingAcknowledgement: 0.1, unknownPack: 0.05, priceError: 0.2 };
  const simulation = createSimulation({ seed: 'open', days: 20, until: Date.parse('2026-03-16T12:00:00Z'), facilities: 1, volume: 0.3, truth: false, rates });
  events = (await decoded([...simulation.messages()].map((message, i) => incoming(message, i + 1, message.publishAt)))).events;
  reference = await freshDatabase();
  await insertInBatches(reference, 'events', events, [5000]);
  await refreshMatches(reference, everything(), { full: true });
  await refreshAllOpen(reference, { full: true });
}, 300_000);
afterAll(async () => {
  await reference?.close();
  await engine?.stop();
});

it('is the same however it came, without what does not stand open any more', async () => {
  for (const table of OPEN_TABLES) expect(await count(reference, table), table).toBeGreaterThan(3);
  const arrival = fc.record({ randoms: fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), late: fc.double({ min: 0.02, max: 0.3, noNaN: true }), again: fc.double({ min: 0, max: 0.2, noNaN: true }), parts: fc.integer({ min: 3, max: 8 }) });
  await fc.assert(
    fc.asyncProperty(arrival, async ({ randoms, late, again, parts }) => {
      const random = () => randoms.next().value ?? 0;
      // Mostly in order; some late by anything up to the whole story, some twice.
      const at = events.flatMap((row, n) => [{ row, at: random() < late ? n + random() * events.length : n }, ...(random() < again ? [{ row, at: n + random() * events.length }] : [])]).sort((a, b) => a.at - b.at).map(({ row }) => row);
      const store = await freshDatabase();
      let left = 0;
      for (let part = 0; part < parts; part++) {
        await insertInBatches(store, 'events', at.slice(Math.floor((part * at.length) / parts), Math.floor(((part + 1) * at.length) / parts)), [700]);
        // What is recorded and not matched yet is open as it was.
        if (random() < 0.5) await refreshAllOpen(store);
        await refreshMatches(store, everything());
        for (const view of OPEN_VIEWS) {
          const run = await refreshOpen(store, view);
          if (part > 0 && run) expect(run.all, `${view} of part ${part}`).toBe(false);
        }
        for (const table of OPEN_TABLES) left += await count(store, table, 'gone');
      }
      expect(left).toBeGreaterThan(10);
      expect(await differences(reference, store.database, reference.database, OPEN_TABLES)).toEqual([]);
      // What came just before a run is looked at once more by the next.
      await new Promise((resolve) => setTimeout(resolve, 300));
      await refreshAllOpen(store);
      for (const view of OPEN_VIEWS) expect(await refreshOpen(store, view), 'nothing new').toBeNull();
      await reference.command(`DROP DATABASE ${store.database}`);
      await store.close();
    }),
    { numRuns: 3, endOnFailure: true },
  );
}, 300_000);

it('sweeps out what is gone, and nothing else', async () => {
  const before = await Promise.all(OPEN_TABLES.map((table) => reference.select(`SELECT * EXCEPT (run) FROM ${table} FINAL WHERE NOT gone ORDER BY ALL`)));
  for (const table of OPEN_TABLES) {
    const [key = ''] = (await reference.select<{ name: string }>('SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {table:String} AND is_in_primary_key ORDER BY position', { table })).map(({ name }) => name);
    await reference.command(`INSERT INTO ${table} (${key}, run, gone) SELECT concat('gone-', toString(number)), 1, 1 FROM numbers(5000)`);
  }
  for (const view of OPEN_VIEWS) {
    expect(await sweepOpen(reference, view, 10_000), 'too few to be worth it').toBe(false);
    expect(await sweepOpen(reference, view, 5_000)).toBe(true);
  }
  for (const table of OPEN_TABLES) expect(await reference.select(`SELECT count() AS n FROM ${table} WHERE gone`), table).toEqual([{ n: 0 }]);
  expect(await Promise.all(OPEN_TABLES.map((table) => reference.select(`SELECT * EXCEPT (run) FROM ${table} FINAL WHERE NOT gone ORDER BY ALL`)))).toEqual(before);
});

it('sweeps out order lines that wait for nothing any more, but for what is written meanwhile', async () => {
  const standing = () => reference.select('SELECT * FROM matched_order_lines FINAL WHERE NOT gone ORDER BY ALL');
  const before = await standing();
  const [last] = await reference.select<{ run: number }>('SELECT max(run) AS run FROM match_runs');
  const gone = (name: string, run: number, rows: number) => reference.command(`INSERT INTO matched_order_lines (settled, order_id, order_line, lone, run, gone) SELECT 0, concat('${name}-', toString(number)), '1', '', {run:UInt64}, 1 FROM numbers(${rows})`, { run });
  await gone('gone', 1, 5_000);
  await gone('going', (last?.run ?? 0) + 1, 3);
  expect(await sweepMatches(reference, 20_000), 'too few to be worth it').toBe(false);
  expect(await sweepMatches(reference, 5_000)).toBe(true);
  expect(await reference.select('SELECT order_id FROM matched_order_lines WHERE gone AND settled = 0 ORDER BY order_id')).toEqual([{ order_id: 'going-0' }, { order_id: 'going-1' }, { order_id: 'going-2' }]);
  expect(await standing()).toEqual(before);
});
