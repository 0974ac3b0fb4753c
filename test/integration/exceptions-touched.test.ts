import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { refreshChains } from '../../clickhouse/chains';
import { createStore, insertRows, storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { refreshMatches } from '../../clickhouse/matches';
import { exceptionNews } from '../../clickhouse/queries/exceptions-touched';
import type { DeadLetterRow } from '../../ingest/listener/decode';
import type { EventRow } from '../../ingest/listener/row';
import { DEFAULT_FAULT_RATES } from '../../ingest/simulator/fault-rates';
import { createSimulation } from '../../ingest/simulator/simulation';
import { refreshWholeDesk } from '../../server/desk/keep';
import { findExceptions, Resting } from '../../server/exceptions/find';
import { ExceptionKeeper } from '../../server/exceptions/keep';
import { startEngine, type TestEngine } from '../support/engine';
import { everything } from '../support/match';
import { decoded, incoming, insertInBatches } from '../support/record';

/** The work list, brought up by what has been touched and by the clock, equals what is found of everything at once. */

let engine: TestEngine;
let events: EventRow[];
let dead: DeadLetterRow[];
let databases = 0;
const UNTIL = Date.parse('2026-03-16T12:00:00Z');
const HOUR = 3_600_000;

async function freshDatabase(): Promise<Store> {
  const config = { ...storeConfig({ ...process.env, ...engine.env }), database: `touched_${++databases}` };
  await migrate(config);
  return createStore(config);
}

async function standing(store: Store): Promise<string[]> {
  return (await store.select<{ key: string; content: string; what: string }>('SELECT key, content, what FROM exceptions FINAL WHERE settled = 0 AND NOT gone ORDER BY key')).map(({ key, content, what }) => `${key} ${content} ${what}`);
}

/** A run of the keeper, and what everything says at the same moment. */
async function ran(store: Store, keeper: ExceptionKeeper, now: Date) {
  await new Promise((resolve) => setTimeout(resolve, 5));
  const [news] = await exceptionNews(store, {});
  if (!news) throw new Error('no news');
  const run = await keeper.refresh(news, now);
  const { rows, cut } = await findExceptions(store, { now });
  expect(cut).toEqual([]);
  expect(await standing(store)).toEqual(rows.map(({ key, content, what }) => `${key} ${content} ${what}`).sort());
  expect(run.found).toBe(rows.length);
  return { run, kinds: new Set(rows.map(({ kind }) => kind)) };
}

beforeAll(async () => {
  engine = await startEngine();
  const rates = { ...DEFAULT_FAULT_RATES, missingReceipt: 0.1, missingAcknowledgement: 0.1, unknownPack: 0.05, priceError: 0.2 };
  const simulation = createSimulation({ seed: 'touched', days: 40, until: UNTIL, facilities: 1, volume: 0.12, truth: false, rates });
  const all = await decoded([...simulation.messages()].map((message, i) => incoming(message, i + 1, message.publishAt)));
  events = all.events;
  dead = all.dead;
}, 300_000);
afterAll(() => engine?.stop());

it('is what is found of everything, whatever has come in which order and whichever clock has run out', async () => {
  const arrival = fc.record({ seed: fc.integer({ min: 1, max: 2 ** 31 - 2 }), late: fc.double({ min: 0.02, max: 0.2, noNaN: true }), parts: fc.integer({ min: 4, max: 6 }) });
  const kinds = new Set<string>();
  let partial = 0;
  let ticks = 0;
  await fc.assert(
    fc.asyncProperty(arrival, async ({ seed, late, parts }) => {
      let last = seed;
      const random = () => (last = (last * 48_271) % (2 ** 31 - 1)) / (2 ** 31 - 1);
      const at = events.map((row, n) => ({ row, at: random() < late ? n + random() * events.length : n })).sort((a, b) => a.at - b.at).map(({ row }) => row);
      const store = await freshDatabase();
      const keeper = new ExceptionKeeper(store, new Resting(0));
      // Which stages a facility sends is known for a day of the clock: most runs are within one.
      let now = UNTIL;
      for (let part = 0; part < parts; part++) {
        await insertInBatches(store, 'events', at.slice(Math.floor((part * at.length) / parts), Math.floor(((part + 1) * at.length) / parts)), [700]);
        await insertRows(store, 'dead_letters', dead.slice(Math.floor((part * dead.length) / parts), Math.floor(((part + 1) * dead.length) / parts)));
        // Now before the match and the chains have seen it, now after one of them.
        if (random() < 0.4) await ran(store, keeper, new Date(now));
        if (part === 0 || part === parts - 1 || random() < 0.7) await refreshMatches(store, everything());
        if (part === 0 || part === parts - 1 || random() < 0.7) for (let run = await refreshChains(store); run?.more; run = await refreshChains(store));
        await refreshWholeDesk(store, 'UTC');
        const done = await ran(store, keeper, new Date(now));
        for (const kind of done.kinds) kinds.add(kind);
        if (!done.run.all) partial += 1;
        // The clock alone, by less than a day, and sometimes by weeks.
        now += 5 * HOUR;
        const ticked = await ran(store, keeper, new Date(now));
        if (!ticked.run.all) ticks += 1;
        if (random() < 0.2) now += 400 * HOUR;
      }
      const written = () => store.select('SELECT count() AS n FROM exceptions');
      await ran(store, keeper, new Date(now));
      const before = await written();
      const quiet = await ran(store, keeper, new Date(now));
      expect(quiet.run).toMatchObject({ all: false, added: 0, changed: 0, settled: 0 });
      expect(await written()).toEqual(before);
      await store.command(`DROP DATABASE ${store.database}`).catch(() => undefined);
      await store.close();
    }),
    { numRuns: 2, endOnFailure: true },
  );
  expect(partial).toBeGreaterThan(3);
  expect(ticks).toBeGreaterThan(3);
  for (const kind of ['overdue-stage', 'orphan', 'missing-posting', 'unmatched-receipt', 'over-delivery', 'receipt-without-order', 'failed-order', 'unmapped-usage', 'refused-line', 'invoice-mismatch', 'stuck-handover', 'dead-letter']) expect([...kinds], kind).toContain(kind);
}, 300_000);
