import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { stockoutLines, stockoutRun } from '../../clickhouse/queries/stockout-kept';
import { createCaller } from '../../server/routers/root';
import { stockoutSettings } from '../../server/rules/stockout';
import { assessStockout } from '../../server/stockout/assess';
import { refreshStockout } from '../../server/stockout/keep';
import { startEngine, type TestEngine } from '../support/engine';
import { tell, type Told } from '../support/lineage';

/** The kept forecast is the one that is drawn from the log, and a run writes no more than what has changed. */

let engine: TestEngine;
let store: Store;
const AT = new Date('2026-03-20T12:00:00Z');
const HOUR = 3_600_000;
const hoursBefore = (hours: number) => new Date(AT.getTime() - hours * HOUR).toISOString();

const balance = (document: string, facility: string, hours: number, onHand: Record<string, string>): Told => ({
  what: 'balance.reported', document, facility, at: hoursBefore(hours), lines: Object.entries(onHand).map(([item, quantity], i) => ({ id: String(i + 1), item, location: `${facility}-OR`, onHand: quantity, uom: 'EA' })),
});
/** Two of each item on each of the last 20 days. */
const usages = (facility: string, items: readonly string[]): Told[] =>
  Array.from({ length: 20 }, (_, day) => ({
    what: 'usage.recorded', document: `U-${facility}-${day}`, facility, at: hoursBefore(24 * day + 30), lines: items.map((item, i) => ({ id: String(i + 1), item, location: `${facility}-OR`, quantity: '2', uom: 'EA', flowType: 'stock' })),
  }));

beforeAll(async () => {
  process.env.NEXTAUTH_SECRET ??= 'only-for-a-test-that-signs-nobody-in';
  engine = await startEngine();
  await migrate({ url: engine.url, user: engine.user, password: engine.password, database: 'test' });
  store = engine.store();
});
afterAll(() => engine.stop());

const everywhere = { facilities: [], state: '', location: '', item: '' };
const all = async () => {
  const lines = [];
  for await (const line of stockoutLines.stream(store, everywhere)) lines.push(line);
  return lines.sort((a, b) => `${a.facility} ${a.item}`.localeCompare(`${b.facility} ${b.item}`));
};
const caller = (facilities: string[] | null) => createCaller({ store, viewer: { id: 'u', name: 'u', email: 'u', role: 'supply', facilities } });

it('says that stock was not judged before the first run', async () => {
  expect(await caller(null).stockout.summary({ filters: {} })).toMatchObject({ at: null, lines: 0, worst: [] });
});

it('keeps what is drawn from the log, rewrites only what changes, and drops what is stocked no more', async () => {
  await tell(store, [balance('B1', 'NORTH', 4, { OUT: '0', SHORT: '6', PLENTY: '900' }), balance('B2', 'SOUTH', 4, { SHORT: '6' }), ...usages('NORTH', ['OUT', 'SHORT', 'PLENTY']), ...usages('SOUTH', ['SHORT'])]);
  expect(await refreshStockout(store, 'UTC', AT)).toMatchObject({ lines: 4, changed: 4 });
  const drawn = (await assessStockout(store, AT, [], 'UTC', stockoutSettings())).sort((a, b) => `${a.facility} ${a.item}`.localeCompare(`${b.facility} ${b.item}`));
  expect(await all()).toEqual(drawn);
  expect(Object.fromEntries(drawn.map(({ facility, item, state }) => [`${facility} ${item}`, state]))).toEqual({ 'NORTH OUT': 'out', 'NORTH PLENTY': 'low', 'NORTH SHORT': 'high', 'SOUTH SHORT': 'high' });

  expect(await refreshStockout(store, 'UTC', AT)).toMatchObject({ lines: 4, changed: 0 });
  await tell(store, [balance('B3', 'NORTH', 2, { SHORT: '500' })]);
  expect(await refreshStockout(store, 'UTC', AT)).toMatchObject({ lines: 4, changed: 1 });
  expect((await all()).find(({ facility, item }) => facility === 'NORTH' && item === 'SHORT')).toMatchObject({ on_hand: 500, state: 'low' });

  // Half a year without a word of it, and a place is stocked no more.
  const later = new Date(AT.getTime() + 200 * 24 * HOUR);
  expect(await refreshStockout(store, 'UTC', later)).toMatchObject({ lines: 0, changed: 4 });
  expect(await all()).toEqual([]);
  expect((await stockoutRun(store, {}))[0]).toMatchObject({ at: later.toISOString(), lines: 0 });
  await refreshStockout(store, 'UTC', AT);
});

it('answers the page by rows: figures, the worst first, and only what the reader may see', async () => {
  const summary = await caller(null).stockout.summary({ filters: {} });
  expect(summary).toMatchObject({ at: AT.toISOString(), lines: 4, states: { out: 1, high: 1, watch: 0, low: 2, unknown: 0 } });
  expect(summary.worst.map(({ item, location }) => `${item} ${location}`)).toEqual(expect.arrayContaining(['OUT NORTH-OR', 'SHORT SOUTH-OR']));
  expect(summary.worst).toHaveLength(2);
  expect(await caller(['SOUTH']).stockout.summary({ filters: {} })).toMatchObject({ lines: 1, states: { out: 0, high: 1 } });
  const page = await caller(['NORTH']).list.page({ list: 'stockout.lines', input: { filters: {}, state: 'low' }, page: 1, pageSize: 10, desc: false, sort: 'item' });
  expect(page.rows.map(({ item }) => item)).toEqual(['PLENTY', 'SHORT']);
});
