import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { refreshMatches } from '../../clickhouse/matches';
import { refreshAllOpen } from '../../clickhouse/open-work';
import { receiptsNow } from '../../clickhouse/queries/receipts';
import type { ContractEvent } from '../../ingest/contract/envelope';
import { startEngine, type TestEngine } from '../support/engine';
import { everything, keep, verdictsOf } from '../support/match';
import { CASES, MASTER } from '../support/match-cases';

/** The order in which events arrive, how often, and when the match is run between them, changes no verdict and no open receipt. */

const EVENTS = [...MASTER, ...CASES.flatMap((each) => each.events)];
let engine: TestEngine;
let databases = 0;

beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine.stop());

async function freshStore(): Promise<Store> {
  const database = `order_${++databases}`;
  await migrate({ ...storeConfig({ ...process.env, ...engine.env }), database });
  return engine.store(database);
}

/** What the pages show after these batches. */
async function shown(batches: readonly (readonly ContractEvent[])[]) {
  const store = await freshStore();
  for (const batch of batches) {
    await keep(store, batch);
    // What an earlier run made of half of the story must not be left behind.
    await refreshMatches(store, everything());
    await refreshAllOpen(store);
  }
  const lines = (await verdictsOf(store, {})).sort((a, b) => a.object_id.localeCompare(b.object_id));
  const open = await receiptsNow.unmatched.page(store, { ...everything(), view: 'open', band: '', supplier: '' }, { sort: 'order_key', limit: 500, offset: 0 });
  return { lines, open: open.rows };
}

it('gives the same verdicts for shuffled and duplicated events in any batches', async () => {
  const expected = await shown([EVENTS]);
  expect(expected.lines.length).toBeGreaterThan(60);
  expect(expected.open.length).toBeGreaterThan(3);
  const arrival = fc.tuple(
    fc.shuffledSubarray(EVENTS, { minLength: EVENTS.length, maxLength: EVENTS.length }),
    fc.subarray(EVENTS),
    fc.integer({ min: 1, max: 4 }),
  );
  await fc.assert(
    fc.asyncProperty(arrival, async ([all, again, parts]) => {
      const stream = [...all, ...again];
      const size = Math.ceil(stream.length / parts);
      const found = await shown(Array.from({ length: parts }, (_, n) => stream.slice(n * size, (n + 1) * size)));
      expect(found).toEqual(expected);
    }),
    { numRuns: 4 },
  );
}, 600_000);
