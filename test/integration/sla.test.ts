import { afterAll, beforeAll, expect, it } from 'vitest';
import { storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { SLA_KEYS, slaByFacility, slaLines, slaSeries, slaTotals } from '../../clickhouse/queries/sla';
import { matchParams } from '../../server/rules/match';
import { startEngine, type TestEngine } from '../support/engine';

let engine: TestEngine;
let store: Store;
beforeAll(async () => {
  engine = await startEngine();
  store = engine.store();
  await migrate(storeConfig({ ...process.env, ...engine.env }));
});
afterAll(() => engine.stop());

const params = {
  from: new Date('2026-01-01'), to: new Date('2026-02-01'), facilities: [], ...matchParams(), zones: {}, zone: 'America/Chicago', now: new Date('2026-02-01'), contract_tolerance: 2,
  order_days: 2, acknowledgement_days: 2, promise_slack_days: 2, receipt_days: 14, invoice_days: 30, posting_days: 5, sent: [],
};

it.each(SLA_KEYS)('%s has no figure where nothing is known', async (key) => {
  expect(await slaTotals[key](store, params)).toEqual([]);
  expect(await slaByFacility[key](store, params)).toEqual([]);
  expect(await slaSeries[key].day(store, params)).toEqual([]);
  expect(await slaLines[key].page(store, params, { limit: 10, offset: 0 })).toEqual({ rows: [], total: 0 });
});
