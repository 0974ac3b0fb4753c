import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createStore, storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { createSimulation } from '../../ingest/simulator/simulation';
import { startEngine, type TestEngine } from '../support/engine';
import { decoded, fingerprints, incoming, insertInBatches, KEPT } from '../support/record';

let engine: TestEngine;
beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine?.stop());

let databases = 0;
async function freshDatabase(): Promise<Store> {
  const config = { ...storeConfig({ ...process.env, ...engine.env }), database: `run_${++databases}` };
  await migrate(config);
  return createStore(config);
}

it('every view is the same for any order, any duplicates and any batches', async () => {
  const simulation = createSimulation({ seed: '7', days: 3, until: Date.parse('2026-03-16T12:00:00Z'), facilities: 1, volume: 0.4, truth: false });
  const messages = [...simulation.messages()].map((message, index) => incoming(message, index + 1, message.publishAt));
  expect(messages.length).toBeGreaterThan(500);
  const clean = await decoded(messages);
  const reference = await freshDatabase();
  await insertInBatches(reference, 'events', clean.events, [5000]);
  await insertInBatches(reference, 'dead_letters', clean.dead, [5000]);
  const expected = await fingerprints(reference);
  for (const table of KEPT) expect(Number(expected[table]?.split(':')[0]), table).toBeGreaterThan(0);

  await fc.assert(
    fc.asyncProperty(fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 6 }), fc.double({ min: 0, max: 0.5, noNaN: true }), async (randoms, sizes, share) => {
      const random = () => randoms.next().value ?? 0;
      // A redelivery is the same row again; a resend is the same event, stored later at another sequence.
      const resent = clean.events.filter(() => random() < share).map((row) => (random() < 0.5 ? row : { ...row, stream_seq: Number(row.stream_seq) + 1_000_000, recorded_at: '2026-04-01 00:00:00.000' }));
      const shuffled = [...clean.events, ...resent].map((row) => ({ row, at: random() })).sort((a, b) => a.at - b.at).map(({ row }) => row);
      const store = await freshDatabase();
      await insertInBatches(store, 'events', shuffled, sizes.map((size) => size + 50));
      await insertInBatches(store, 'dead_letters', [...clean.dead, ...clean.dead].reverse(), [7]);
      expect(await fingerprints(store)).toEqual(expected);
      await store.command(`DROP DATABASE ${store.database}`);
      await store.close();
    }),
    { numRuns: 4, endOnFailure: true },
  );
});
