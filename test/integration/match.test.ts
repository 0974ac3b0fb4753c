import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { FINDINGS } from '../../clickhouse/queries/match';
import type { InvoiceLine } from '../../clickhouse/queries/invoices';
import { startEngine, type TestEngine } from '../support/engine';
import { keep, order, orderLineOf, receipt, verdictsOf } from '../support/match';
import { CASES, MASTER } from '../support/match-cases';

let engine: TestEngine;
let store: Store;
let rows: InvoiceLine[];
beforeAll(async () => {
  engine = await startEngine();
  store = engine.store();
  await migrate(storeConfig({ ...process.env, ...engine.env }));
  await keep(store, [...MASTER, ...CASES.flatMap((each) => each.events)]);
  rows = await verdictsOf(store, {});
}, 300_000);
afterAll(() => engine.stop());

describe('verdicts worked by hand', () => {
  it.each(CASES)('$name', ({ expect: expected }) => {
    for (const [document, { verdict, says, ...fields }] of Object.entries(expected)) {
      const found = rows.filter((row) => row.document_id === document);
      if (verdict === null) {
        expect(found).toEqual([]);
        continue;
      }
      expect(found.map((row) => `${row.verdict}: ${row.all_findings}`)).toEqual([expect.stringMatching(new RegExp(`^${verdict}: `))]);
      expect(found[0]).toMatchObject(fields);
      if (says) expect(found[0]?.first_arithmetic).toMatch(says);
    }
  });

  it('has every verdict at least once', () => {
    const seen = new Set(rows.map((row) => row.verdict));
    expect([...FINDINGS, 'MATCHED', 'WITHIN_TOLERANCE'].filter((verdict) => !seen.has(verdict))).toEqual([]);
  });
});

it('finds over-delivery by the smallest part, at no tolerance', async () => {
  await keep(store, [order('K3', { quantity: '100', price: '1' }), receipt('R-K3', 'K3', '100.002')]);
  expect(await orderLineOf(store, 'K3')).toMatchObject({ over_delivered: 1, received: '100.002', ordered: '100' });
  expect(await orderLineOf(store, 'OK')).toMatchObject({ over_delivered: 0 });
});
