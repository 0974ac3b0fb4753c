import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { defineQuery, insertRows, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { FACT_COLUMNS } from '../../clickhouse/queries/lineage-chain-facts';
import { ANCHORS, chainFactRow, CHAIN_STATES, clockParams, judged, STAGE_STATES } from '../../clickhouse/queries/lineage-chains';
import { chainRow } from '../../clickhouse/queries/lineage-completeness';
import { keptOf } from '../../server/lineage/kept';
import { verdictOn } from '../../server/lineage/verdict';
import { startEngine, type TestEngine } from '../support/engine';

/** One chain is judged in TypeScript and all of them in SQL: over any facts at any moment both say the same. */

const NOW = Date.parse('2026-05-01T12:00:00Z');
const CHAINS = 4_000;
let engine: TestEngine;
let store: Store;

const state = fc.constantFrom('present', 'awaited', 'orphan', 'unknown', 'none');
const time = fc.integer({ min: -40 * 86_400, max: 10 * 86_400 }).map((seconds) => new Date(NOW + seconds * 1_000 + (seconds % 3)).toISOString());
const perhaps = fc.option(time, { nil: null });
const flag = fc.constantFrom(0, 1);
const facts = fc.record({
  anchor: fc.constantFrom(...ANCHORS), facility: fc.constantFrom('NORTH', 'SOUTH'), supplier: fc.constantFrom('', 'S-1'), item: fc.constantFrom('', 'ITM-1'),
  flow_type: fc.constantFrom('', 'stock', 'three-way', 'three-way-invoice-first', 'two-way', 'bill-only', 'bill-and-replace', 'consignment-use', 'consignment-fill'),
  started_at: time, flow_known: flag, cancelled: fc.constantFrom(0, 0, 0, 1),
  usage: state, requisition: state, order: state, acknowledgement: state, shipment: state, receipt: state, invoice: state, posting: state,
  usage_at: perhaps, order_at: perhaps, acknowledgement_at: perhaps, shipment_at: perhaps, receipt_at: perhaps, invoice_at: perhaps, posting_at: perhaps,
  order_from: perhaps, acknowledgement_from: perhaps, receipt_from: perhaps, is_promised: flag, invoice_from: perhaps, posting_from: perhaps,
  acknowledgement_code: fc.constantFrom('', 'IB'), posting_failed: flag, order_failed: flag,
  quantity: fc.constantFrom(null, '3.5000'), uom: fc.constantFrom('', 'EA'), currency: fc.constantFrom('', 'USD'), value: fc.constantFrom(null, '12.3400'),
});

const factsThere = defineQuery({ name: 'test_facts', sql: `SELECT ${FACT_COLUMNS} FROM chains FINAL ORDER BY id`, params: z.object({}), row: chainFactRow, limits: { rows: CHAINS } });
const verdictsThere = defineQuery({
  name: 'test_verdicts', params: z.object(clockParams), row: chainRow, limits: { rows: CHAINS, seconds: 60 },
  sql: `SELECT ${Object.keys(chainRow.shape).map((column) => `\`${column}\``).join(', ')} FROM (${judged(`SELECT ${FACT_COLUMNS} FROM chains FINAL`)}) ORDER BY id`,
});

beforeAll(async () => {
  engine = await startEngine();
  await migrate({ url: engine.url, user: engine.user, password: engine.password, database: 'test' });
  store = engine.store();
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`facts of seed ${seed}`);
  await insertRows(store, 'chains', fc.sample(facts, { seed, numRuns: CHAINS }).map((row, i) => ({ ...row, id: `CHAIN-${i}`, run: 1, gone: 0 })));
}, 120_000);
afterAll(() => engine.stop());

it('say the same of any facts, whatever the limits and whichever stages are sent', async () => {
  const rows = await factsThere(store, {});
  expect(rows).toHaveLength(CHAINS);
  const sent = ['NORTH', 'SOUTH'].flatMap((facility) => ['three-way', 'two-way', 'bill-only', 'consignment-use', ''].flatMap((flow) => ['usage', 'requisition', 'acknowledgement'].map((stage) => `${stage}|${facility}|${flow}`)));
  const limits = { order_days: 3, acknowledgement_days: 2.0000231, promise_slack_days: 1, receipt_days: 14, invoice_days: 0.5, posting_days: 7 };
  const met = { states: new Set<string>(), gaps: new Set<string>(), complete: new Set<number | null>() };
  for (const clocks of [
    { now: new Date(NOW), ...limits, sent },
    { now: new Date(NOW), ...limits, sent: sent.filter((entry) => entry.includes('NORTH')) },
    { now: new Date(NOW + 20 * 86_400_000), ...limits, sent: [] },
    { now: new Date(NOW - 30 * 86_400_000), ...limits, receipt_days: 0, sent },
  ]) {
    const bySql = await verdictsThere(store, clocks);
    expect(rows.map((row) => verdictOn(row, clocks))).toEqual(bySql);
    for (const { chain_state, gap, complete } of bySql) {
      met.states.add(chain_state);
      met.gaps.add(gap);
      met.complete.add(complete);
    }
  }
  // The facts reached every verdict, or nothing was compared.
  expect([...met.states].sort()).toEqual([...CHAIN_STATES].sort());
  expect([...met.gaps].sort()).toEqual(STAGE_STATES.filter((one) => one !== 'present').sort());
  expect(met.complete).toEqual(new Set([null, 0, 1]));
}, 120_000);

it('chains read by key are those of the table, those of the newest run, and none that is gone', async () => {
  const rows = await factsThere(store, {});
  const anchors = rows.map(({ anchor, id }) => ({ type: anchor, id }));
  const byId = (facts: typeof rows) => [...facts].sort((a, b) => (a.id < b.id ? -1 : 1));
  expect(byId(await keptOf(store, anchors))).toEqual(byId(rows));

  const [moved, ended, ...others] = rows;
  if (!moved || !ended) throw new Error('no chains');
  const earlier = { ...moved, started_at: '2026-01-02T03:04:05.678Z', posting: 'present' };
  const gone = ({ anchor, id, started_at }: typeof moved, run: number) => ({ anchor, id, started_day: started_at.slice(0, 10), run, gone: 1 });
  // A run writes the row of the new day before it marks that of the old one.
  await insertRows(store, 'chains', [{ ...earlier, run: 2, gone: 0 }]);
  await insertRows(store, 'chains', [gone(moved, 2), gone(ended, 2)]);
  // A run that began earlier may write later.
  await insertRows(store, 'chains', [{ ...moved, run: 1, gone: 0 }]);
  expect(byId(await keptOf(store, anchors))).toEqual(byId([earlier, ...others]));
}, 60_000);
