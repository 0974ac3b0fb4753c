import { afterAll, beforeAll, expect, it } from 'vitest';
import { storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import * as alerts from '../../clickhouse/queries/alerts';
import * as failures from '../../clickhouse/queries/failures';
import { eventPayload } from '../../clickhouse/queries/lineage';
import * as stockout from '../../clickhouse/queries/stockout';
import * as throughput from '../../clickhouse/queries/throughput';
import { startEngine, type TestEngine } from '../support/engine';

let engine: TestEngine;
let store: Store;

beforeAll(async () => {
  engine = await startEngine();
  store = engine.store();
  await migrate(storeConfig({ ...process.env, ...engine.env }));
});
afterAll(() => engine.stop());

const scope = { from: new Date('2026-01-01'), to: new Date('2026-02-01'), facilities: [] };

it('answers over an empty store', async () => {
  for (const query of [...Object.values(throughput.throughputSeries), ...Object.values(throughput.throughputLatency), ...Object.values(failures.failureSeries)])
    expect(await query(store, { ...scope, zone: 'America/Chicago' })).toEqual([]);
  expect(await throughput.throughputByType(store, scope)).toEqual([]);
  expect(await failures.failureMoneyHeld(store, scope)).toEqual([]);
  expect(await failures.deadLetterReasons(store, scope)).toEqual([]);
  expect(await eventPayload(store, { event_key: '655087f0-1c08-e030-aae6-96dcca1d046f', time: scope.from, facilities: [] })).toEqual([]);
  expect(await failures.failureSummary(store, scope)).toMatchObject([{ handovers: 0, stuck: 0 }]);
  const span = { from: scope.from, to: scope.to };
  for (const query of [alerts.interfaceHours, alerts.interfaceLast]) expect(await query(store, span)).toEqual([]);
  expect(await alerts.failedOrders(store, scope)).toEqual([]);
  expect(await alerts.maintenanceNow(store, { at: scope.to })).toEqual([]);
  expect(await alerts.incidentCounts(store, scope)).toEqual([]);
  expect(await alerts.incidents.page(store, { ...scope, state: '', rule: '' }, { limit: 10, offset: 0 })).toEqual({ rows: [], total: 0 });
  expect(await alerts.invoiceExceptionRates(store, scope)).toEqual([]);
  const at = { at: new Date('2026-02-01'), facilities: [] };
  for (const query of [stockout.stockBalances, stockout.openSupply, stockout.leadTimes, stockout.stuckReceipts]) expect(await query(store, at)).toEqual([]);
  for (const query of [stockout.stockUsage, stockout.usageReportDays, stockout.stockedOutDays]) expect(await query(store, { ...at, zone: 'UTC' })).toEqual([]);
  const page = { limit: 10, offset: 0 };
  expect(await throughput.throughputInterfaces.page(store, scope, page)).toEqual({ rows: [], total: 0 });
  expect(await throughput.throughputEvents.page(store, { ...scope, interface: '', target: '', type: '', outcome: '' }, page)).toEqual({ rows: [], total: 0 });
  expect(await failures.failureIssues.page(store, { ...scope, interface: '' }, page)).toEqual({ rows: [], total: 0 });
  expect(await failures.failedHandovers.page(store, { ...scope, fingerprint: '', state: '', interface: '' }, page)).toEqual({ rows: [], total: 0 });
  expect(await failures.deadLetters.page(store, { ...scope, reason: '' }, page)).toEqual({ rows: [], total: 0 });
});
