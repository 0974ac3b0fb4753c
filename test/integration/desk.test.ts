import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createStore, storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { refreshMatches } from '../../clickhouse/matches';
import type { EventRow } from '../../ingest/listener/row';
import { DEFAULT_FAULT_RATES } from '../../ingest/simulator/fault-rates';
import { createSimulation } from '../../ingest/simulator/simulation';
import { deskKeeper, refreshWholeDesk } from '../../server/desk/keep';
import { differences } from '../chaos/compare';
import { startEngine, type TestEngine } from '../support/engine';
import { everything } from '../support/match';
import { decoded, incoming, insertInBatches } from '../support/record';

/** What is kept day by day, brought up a little at a time by what events touch, equals what is worked out of all of them at once. */

const TABLES = ['case_lines', 'quality_seen', 'reconciliation_compared', 'contract_lines'] as const;
const VIEWS = ['cases', 'quality', 'reconciliation', 'contracts'] as const;
let engine: TestEngine;
/** Master data, by which all is worked out anew, come first; then the rest, in its own order. */
let master: EventRow[];
let rest: EventRow[];
let reference: Store;
let databases = 0;

async function freshDatabase(): Promise<Store> {
  const config = { ...storeConfig({ ...process.env, ...engine.env }), database: `desk_${++databases}` };
  await migrate(config);
  return createStore(config);
}

beforeAll(async () => {
  engine = await startEngine();
  const simulation = createSimulation({ seed: 'desk', days: 7, until: Date.parse('2026-03-16T12:00:00Z'), facilities: 1, volume: 0.3, truth: false, rates: { ...DEFAULT_FAULT_RATES, unknownPack: 0.05, unmappedItem: 0.05 } });
  const { events } = await decoded([...simulation.messages()].map((message, i) => incoming(message, i + 1, message.publishAt)));
  master = events.filter((row) => String(row.type).startsWith('master.'));
  rest = events.filter((row) => !String(row.type).startsWith('master.'));
  reference = await freshDatabase();
  await insertInBatches(reference, 'events', events, [5000]);
  await refreshMatches(reference, everything(), { full: true });
  await refreshWholeDesk(reference, 'UTC', { full: true });
}, 300_000);
afterAll(async () => {
  await reference?.close();
  await engine?.stop();
});

it('is the same however it came, and only days that were touched are worked out', async () => {
  for (const table of TABLES) expect((await reference.select<{ n: number }>(`SELECT count() AS n FROM ${table}`))[0]?.n, table).toBeGreaterThan(10);
  const arrival = fc.record({ randoms: fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), late: fc.double({ min: 0.02, max: 0.2, noNaN: true }), again: fc.double({ min: 0, max: 0.2, noNaN: true }), parts: fc.integer({ min: 3, max: 7 }) });
  await fc.assert(
    fc.asyncProperty(arrival, async ({ randoms, late, again, parts }) => {
      const random = () => randoms.next().value ?? 0;
      // Mostly in order; some late by anything up to the whole story, some twice.
      const at = rest.flatMap((row, n) => [{ row, at: random() < late ? n + random() * rest.length : n }, ...(random() < again ? [{ row, at: n + random() * rest.length }] : [])]).sort((a, b) => a.at - b.at).map(({ row }) => row);
      const store = await freshDatabase();
      await insertInBatches(store, 'events', master, [5000]);
      await refreshMatches(store, everything(), { full: true });
      await refreshWholeDesk(store, 'UTC');
      const keepers = VIEWS.map((view) => deskKeeper(store, view, 'UTC'));
      const days: number[] = [];
      for (let part = 0; part < parts; part++) {
        await insertInBatches(store, 'events', at.slice(Math.floor((part * at.length) / parts), Math.floor(((part + 1) * at.length) / parts)), [700]);
        await refreshMatches(store, everything());
        for (const [n, keeper] of keepers.entries()) {
          const run = await keeper();
          if (run) expect(run.all, `${VIEWS[n]} of part ${part}`).toBe(false);
          days.push(run?.days ?? 0);
        }
      }
      expect(days.some((n) => n > 0)).toBe(true);
      expect(await differences(reference, store.database, reference.database, TABLES)).toEqual([]);
      await reference.command(`DROP DATABASE ${store.database}`);
      await store.close();
    }),
    { numRuns: 3, endOnFailure: true },
  );
}, 300_000);
