import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { tokenKeysFromEnv, tokensOf } from '../../ingest/contract/token';
import { search } from '../../server/lineage/search';
import { startEngine, type TestEngine } from '../support/engine';
import { tell } from '../support/lineage';

/** What a key leads to, and what is said of it. */

let engine: TestEngine;
let store: Store;

beforeAll(async () => {
  engine = await startEngine();
  await migrate({ url: engine.url, user: engine.user, password: engine.password, database: 'test' });
  store = engine.store();
});
afterAll(() => engine.stop());

it('finds every line that carries a serial, by its number alone and scanned in a barcode, and what carried it once', async () => {
  vi.stubEnv('THROUGHLINE_TOKEN_KEY', 'ab'.repeat(32));
  const [token = ''] = tokensOf(tokenKeysFromEnv(), 'serial', 'SN/77');
  const carrying = (what: string, document: string, at: string, serial: string, revision = 0) => ({ what, document, at, revision, lines: [{ id: '1/a', item: 'ITM-SER', gtin: '00614141000036', serial, quantity: '1', uom: 'EA' }] });
  await tell(store, [
    carrying('usage.recorded', 'SER-USE', '2026-03-05T10:00:00Z', token), carrying('receipt.confirmed', 'SER-GR', '2026-03-04T10:00:00Z', token),
    carrying('shipment.notified', 'SER-ASN', '2026-03-03T10:00:00Z', token), carrying('shipment.notified', 'SER-ASN', '2026-03-03T11:00:00Z', 'tk1-another', 1),
  ]);
  const found = async (q: string) => (await search(store, q, [])).hits.filter(({ by }) => by === 'serial').map(({ type, id, whole }) => `${type} ${id} ${whole}`).sort();
  const lines = ['receipt-line SER-GR/1%2Fa true', 'shipment-line SER-ASN/1%2Fa true', 'usage SER-USE/1%2Fa true'];
  expect(await found('SN/77')).toEqual(lines);
  expect(await found('(01)00614141000036(21)SN/77')).toEqual(lines);
  expect(await found('SN/78')).toEqual([]);
  expect((await search(store, 'SN/77', ['SOUTH'])).hits).toEqual([]);
  vi.unstubAllEnvs();
});

it('says when an item was last heard of where the asker may look, and nothing of what is elsewhere', async () => {
  const used = (document: string, at: string, facility: string) => ({ what: 'usage.recorded', document, at, facility, lines: [{ id: '1', item: 'ITM-Both', quantity: '1', uom: 'EA', location: `${facility}-OR` }] });
  await tell(store, [used('BOTH-1', '2026-03-05T10:00:00Z', 'NORTH'), used('BOTH-2', '2026-03-06T10:00:00Z', 'SOUTH'), used('BOTH-3', '2026-03-04T10:00:00Z', 'NORTH')]);
  const [all, north, nowhere, location] = await Promise.all([search(store, 'itm-both', []), search(store, 'ITM-BOTH', ['NORTH']), search(store, 'ITM-Both', ['WEST']), search(store, 'south-or', ['SOUTH', 'NORTH'])]);
  expect(all.hits).toMatchObject([{ type: 'item', id: 'ITM-Both', lastAt: '2026-03-06T10:00:00.000Z', facility: null }]);
  expect(north.hits).toMatchObject([{ type: 'item', id: 'ITM-Both', lastAt: '2026-03-05T10:00:00.000Z' }]);
  expect(nowhere.hits).toEqual([]);
  expect(location.hits).toMatchObject([{ type: 'location', id: 'SOUTH-OR', facility: 'SOUTH' }]);
});

it('says what touched a thing last, also where it was found by a key that this event does not have', async () => {
  const billed = (at: string, what: string, data: Record<string, unknown>) => ({ what: `invoice.${what}`, document: 'LAST-INV', at, data, lines: [{ id: '1', item: 'ITM-LAST', quantity: '1', uom: 'EA' }] });
  await tell(store, [billed('2026-03-05T10:00:00Z', 'received', { invoiceNumber: 'NUMBER-9' }), billed('2026-03-08T10:00:00Z', 'approved', {})]);
  expect((await search(store, 'number-9', [])).hits).toEqual([{ type: 'invoice', id: 'LAST-INV', by: 'invoice number', whole: true, lastAt: '2026-03-08T10:00:00.000Z', lastType: 'finance.invoice.approved.v1', facility: 'NORTH' }]);
  expect((await search(store, 'last-inv', [])).hits[0]).toMatchObject({ type: 'invoice', lastAt: '2026-03-08T10:00:00.000Z', lastType: 'finance.invoice.approved.v1' });
});

it('finds what begins like very much that the asker may not see', async () => {
  const ordered = (document: string, facility: string, lines: number) => ({ what: 'order.created', document, at: '2026-03-05T10:00:00Z', facility, lines: Array.from({ length: lines }, (_, n) => ({ id: String(n + 1), item: 'ITM-1', quantity: '1', uom: 'EA' })) });
  await tell(store, [ordered('BEGUN-1', 'NORTH', 1_200), ordered('BEGUN-2', 'SOUTH', 1)]);
  expect((await search(store, 'begun-', ['SOUTH'])).hits.map(({ id }) => id)).toEqual(['BEGUN-2', 'BEGUN-2/1']);
  expect((await search(store, 'begun-', ['WEST'])).hits).toEqual([]);
  expect(await search(store, 'begun-', [])).toMatchObject({ cut: true });
});

it('finds as many items by a beginning where each is used at a hundred facilities', async () => {
  const items = Array.from({ length: 20 }, (_, n) => `ITM-WIDE-${10 + n}`);
  const used = (facility: string) => ({ what: 'usage.recorded', document: `WIDE-${facility}`, at: '2026-03-05T10:00:00Z', facility, lines: items.map((item, n) => ({ id: String(n + 1), item, quantity: '1', uom: 'EA', location: `${facility}-OR` })) });
  await tell(store, Array.from({ length: 100 }, (_, n) => used(`F${100 + n}`)));
  const found = await search(store, 'itm-wide', []);
  expect(found.hits.map(({ id }) => id).sort()).toEqual(items);
  expect(found.cut).toBe(false);
});
