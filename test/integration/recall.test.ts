import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insertRows, storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { carriersOf, recallOf } from '../../server/recall/recall';
import { summaryOf } from '../../server/recall/summary';
import type { SignedIn } from '../../server/trpc/init';
import { LISTS } from '../../server/lists';
import { hibcCheckCharacter } from '../../ingest/barcode';
import { startEngine, type TestEngine } from '../support/engine';
import { eventOf, ref, tell, type Told } from '../support/lineage';
import { eventRow } from '../../ingest/listener/row';

let engine: TestEngine;
let store: Store;
const GTIN = '00614141000036';
const EA = { quantity: '1', uom: 'EA' };

const TOLD: Told[] = [
  { what: 'shipment.notified', document: 'ASN-1', at: '2026-03-01T08:00:00Z', data: { supplier: 'SUP-07' }, lines: [{ id: '1', item: 'VALVE', lot: 'L77', quantity: '10', uom: 'EA' }] },
  { what: 'receipt.confirmed', document: 'RCV-1', at: '2026-03-02T08:00:00Z', data: { supplier: 'SUP-07' }, lines: [{ id: '1', item: 'VALVE', lot: 'L77', expiry: '2027-05-31', quantity: '10', uom: 'EA', location: 'STORE' }, { id: '2', item: 'OTHER', lot: 'X1', ...EA, location: 'STORE' }] },
  { what: 'receipt.returned', document: 'RTN-1', at: '2026-03-09T08:00:00Z', data: { supplier: 'SUP-07' }, lines: [{ id: '1', receipt: ref('RCV-1', '1'), quantity: '2', uom: 'EA' }] },
  { what: 'transfer.shipped', document: 'TRF-1', at: '2026-03-03T08:00:00Z', lines: [{ id: '1', item: 'VALVE', lot: 'L77', quantity: '4', uom: 'EA', fromLocation: 'STORE', location: 'OR-3' }] },
  { what: 'transfer.received', document: 'TRF-1', at: '2026-03-03T09:00:00Z', lines: [{ id: '1', item: 'VALVE', lot: 'L77', quantity: '4', uom: 'EA', fromLocation: 'STORE', location: 'OR-3' }] },
  { what: 'usage.recorded', document: 'USE-1', at: '2026-03-04T08:00:00Z', data: { case: 'tk1-aaaaaaaaaaaaaaaaaaaaaa' }, lines: [{ id: '1', item: 'VALVE', lot: 'L77', ...EA, location: 'OR-3', implant: true }] },
  // A scanner hands on what it read: no item, and the lot in the barcode.
  { what: 'usage.recorded', document: 'USE-2', at: '2026-03-05T08:00:00Z', data: { case: 'tk1-bbbbbbbbbbbbbbbbbbbbbb' }, lines: [{ id: '1', udi: `(01)${GTIN}(17)270531(10)L77`, ...EA, location: 'OR-3' }] },
  // Taken back in whole, by a line that repeats neither item nor lot.
  { what: 'usage.recorded', document: 'USE-3', at: '2026-03-06T08:00:00Z', data: { case: 'tk1-cccccccccccccccccccccc' }, lines: [{ id: '1', item: 'VALVE', lot: 'L77', ...EA, location: 'OR-3' }] },
  { what: 'usage.reversed', document: 'USR-3', at: '2026-03-06T09:00:00Z', lines: [{ id: '1', usage: ref('USE-3', '1'), quantity: '1', uom: 'EA' }] },
  // First said to be of this lot, then corrected.
  { what: 'usage.recorded', document: 'USE-4', at: '2026-03-06T10:00:00Z', lines: [{ id: '1', item: 'VALVE', lot: 'L77', ...EA, location: 'OR-3' }] },
  { what: 'usage.recorded', document: 'USE-4', revision: 1, at: '2026-03-06T11:00:00Z', lines: [{ id: '1', item: 'VALVE', lot: 'L78', ...EA, location: 'OR-3' }] },
  { what: 'usage.recorded', document: 'USE-S', at: '2026-03-07T08:00:00Z', facility: 'SOUTH', data: { case: 'tk1-dddddddddddddddddddddd' }, lines: [{ id: '1', item: 'VALVE', lot: 'L77', ...EA, location: 'CATH' }] },
  // The same lot of quite another item, and of nothing that is named.
  { what: 'receipt.confirmed', document: 'RCV-9', at: '2026-03-02T10:00:00Z', lines: [{ id: '1', item: 'GAUZE', lot: 'L77', quantity: '100', uom: 'BX', location: 'STORE' }] },
  { what: 'usage.recorded', document: 'USE-5', at: '2026-03-07T09:00:00Z', lines: [{ id: '1', lot: 'l77', ...EA, location: 'OR-1' }, { id: '2', lot: 'L77', ...EA, location: 'OR-1' }] },
  { what: 'balance.reported', document: 'BAL-1', at: '2026-03-08T06:00:00Z', lines: [{ id: '1', item: 'VALVE', location: 'STORE', lot: 'L77', onHand: '6', uom: 'EA', status: 'available' }, { id: '2', item: 'VALVE', location: 'OR-3', lot: 'L77', onHand: '2', uom: 'EA', status: 'available' }] },
  { what: 'balance.reported', document: 'BAL-2', at: '2026-03-10T06:00:00Z', lines: [{ id: '1', item: 'VALVE', location: 'STORE', lot: 'L77', onHand: '3', uom: 'EA', status: 'available' }, { id: '2', item: 'VALVE', location: 'STORE', lot: 'L77', onHand: '1', uom: 'EA', status: 'recalled' }, { id: '3', item: 'VALVE', location: 'OR-3', lot: 'L78', onHand: '5', uom: 'EA', status: 'available' }] },
  { what: 'usage.recorded', document: 'USE-6', at: '2026-03-08T08:00:00Z', lines: [{ id: '1', gtin: GTIN, ...EA, location: 'OR-2' }] },
  { what: 'recall.opened', document: 'RCL-1', at: '2026-03-11T06:00:00Z', lines: [{ id: '1', item: 'VALVE', lot: 'L77' }] },
  { what: 'recall.opened', document: 'RCL-2', at: '2026-02-11T06:00:00Z', lines: [{ id: '1', item: 'VALVE' }] },
  { what: 'recall.closed', document: 'RCL-2', at: '2026-02-20T06:00:00Z' },
  { what: 'recall.opened', document: 'RCL-3', at: '2026-02-11T06:00:00Z', lines: [{ id: '1', item: 'GAUZE' }] },
];

beforeAll(async () => {
  process.env.NEXTAUTH_SECRET ??= 'x'.repeat(32);
  engine = await startEngine();
  store = engine.store();
  await migrate(storeConfig({ ...process.env, ...engine.env }));
  await tell(store, TOLD);
  const master = { ...eventOf({ what: 'item.changed', document: 'VALVE', at: '2026-01-01T00:00:00Z', data: { attributes: { name: 'Heart valve', gtin: GTIN } } }), type: 'master.item.changed.v1' };
  await insertRows(store, 'events', [eventRow(master, JSON.stringify(master), { stream: 'EVENTS', seq: 999, subject: 'events.test', recordedAt: Date.parse('2026-01-01T00:00:01Z') }, [], '')]);
}, 300_000);
afterAll(() => engine.stop());

const recall = (item: string, lot: string, facilities: string[] = []) => recallOf(store, { item, lot }, facilities);
const said = (rows: Awaited<ReturnType<typeof recallOf>>['rows']) => rows.map((row) => `${row.happened} ${row.line_id}`).sort();

const VALVE_L77 = [
  'announced ASN-1/1', 'moved TRF-1/1', 'on hand OR-3', 'on hand STORE', 'on hand STORE', 'received RCV-1/1', 'returned RTN-1/1', 'sent TRF-1/1',
  'usage reversed USR-3/1', 'used USE-1/1', 'used USE-2/1', 'used USE-3/1', 'used USE-5/1', 'used USE-5/2', 'used USE-S/1',
];

describe('a recall', () => {
  it('finds every place, case and document of an item and a lot', async () => {
    const found = await recall('VALVE', 'L77');
    expect(said(found.rows)).toEqual(VALVE_L77);
    const row = (happened: string, id: string) => found.rows.find((each) => each.happened === happened && each.line_id === id);
    // A barcode without an item is known by its GTIN; a lot without either may be another item's, and says so.
    expect(row('used', 'USE-2/1')).toMatchObject({ known_by: 'GTIN', item: 'VALVE', case_token: 'tk1-bbbbbbbbbbbbbbbbbbbbbb', expiry: '2027-05-31' });
    expect(row('used', 'USE-5/2')).toMatchObject({ known_by: 'lot only', item: '' });
    expect(row('returned', 'RTN-1/1')).toMatchObject({ known_by: 'taken back', item: 'VALVE', lot: 'L77', quantity: '2', supplier: 'SUP-07', location: 'STORE' });
    expect(row('used', 'USE-1/1')).toMatchObject({ facility: 'NORTH', location: 'OR-3', quantity: '1', uom: 'EA', implant: 1, line_type: 'usage' });
    expect(row('moved', 'TRF-1/1')).toMatchObject({ from_location: 'STORE', location: 'OR-3', line_type: 'transfer-line' });
  });

  it('shows the last balance of the lot, and that a later report of the item leaves it out', async () => {
    const { rows } = await recall('VALVE', 'L77');
    const onHand = rows.filter((row) => row.happened === 'on hand').map((row) => [row.location, row.status, row.quantity, row.note === '']);
    expect(onHand.sort()).toEqual([['OR-3', 'available', '2', false], ['STORE', 'available', '3', true], ['STORE', 'recalled', '1', true]]);
  });

  it('adds up what is on hand, used, received and returned', async () => {
    const summary = summaryOf((await recall('VALVE', 'L77')).rows);
    expect(summary.onHand.balances).toBe(3);
    expect(summaryOf((await recall('OTHER', 'X1')).rows).onHand).toEqual({ balances: 0, amounts: [], unknown: 0, places: [] });
    expect(summary.onHand.amounts).toEqual([{ uom: 'EA', quantity: '6' }]);
    expect(summary.onHand.places).toEqual([
      { facility: 'NORTH', location: 'OR-3', amounts: [{ uom: 'EA', quantity: '2' }], unknown: 0, asOf: '2026-03-08T06:00:00.000Z' },
      { facility: 'NORTH', location: 'STORE', amounts: [{ uom: 'EA', quantity: '4' }], unknown: 0, asOf: '2026-03-10T06:00:00.000Z' },
    ]);
    // Six usage lines, of which one was taken back in whole with its case.
    expect(summary.used).toEqual({ cases: 3, lines: 5, amounts: [{ uom: 'EA', quantity: '5' }], takenBack: 1, withoutCase: 2, implants: 1 });
    expect(summary.received).toEqual({ documents: 1, amounts: [{ uom: 'EA', quantity: '10' }] });
    expect(summary.returned).toEqual({ documents: 1, amounts: [{ uom: 'EA', quantity: '2' }] });
    expect(summary.reached).toMatchObject({ facilities: 2, locations: 4 });
  });

  it('takes the item as a GTIN of any length, and both as one barcode', async () => {
    expect(said((await recall('614141000036', 'L77')).rows)).toEqual(VALVE_L77);
    const scanned = await recall(`]d201${GTIN}1727053110L77`, '');
    expect(said(scanned.rows)).toEqual(VALVE_L77);
    expect(scanned.subject).toMatchObject({ items: ['VALVE'], lots: ['L77', 'l77'], barcode: { gtin: GTIN, lot: 'L77', expiry: '2027-05-31' }, unknown: [] });
  });

  it('finds the lot of a label whose product no item is known by', async () => {
    // A GTIN that the item master does not have: what states another one is left out, what states none may be it.
    const foreign = await recall('(01)00614141999996(10)L77', '');
    expect(foreign.subject).toMatchObject({ items: [], unknown: ['item 00614141999996'] });
    expect(said(foreign.rows)).toEqual([...VALVE_L77.filter((row) => !row.includes('USE-2/')), 'received RCV-9/1'].sort());
    expect(new Set(foreign.rows.map((row) => row.known_by))).toEqual(new Set(['lot only', 'taken back']));
    // A HIBC label: its product is a code of its own, its lot leads to the items to choose from.
    const label = '+A99912345/$$527151L77';
    const hibc = await recall(label + hibcCheckCharacter(label), '');
    expect(hibc.subject).toMatchObject({ items: [], gtins: [], lots: ['L77', 'l77'], barcode: { hibc: 'A99912345', expiry: '2027-05-31' }, unknown: ['item A99912345'] });
    expect(said(hibc.rows)).toEqual(said((await recall('', 'L77')).rows));
  });

  it('goes through every lot of an item, also where only its GTIN was scanned', async () => {
    const { rows } = await recall('valve', '');
    expect(said(rows)).toEqual([...VALVE_L77.filter((row) => !row.includes('USE-5')), 'used USE-4/1', 'used USE-6/1', 'on hand OR-3'].sort());
    expect(rows.find((row) => row.line_id === 'USE-6/1')).toMatchObject({ known_by: 'GTIN', item: 'VALVE', lot: '' });
  });

  it('shows what of the item states no lot, and so cannot be ruled out', async () => {
    const { rows } = await recallOf(store, { item: 'VALVE', lot: 'L77', unstated: true }, []);
    expect(said(rows)).toEqual(['used USE-6/1']);
  });

  it('says which items carry a lot when only the lot is known', async () => {
    const found = await recall('', 'L77');
    expect(await carriersOf(store, found)).toEqual([
      { item: 'VALVE', name: 'Heart valve', gtin: '', rows: 13 },
      { item: '', name: '', gtin: '', rows: 2 },
      { item: 'GAUZE', name: '', gtin: '', rows: 1 },
    ].sort((a, b) => b.rows - a.rows));
    // What has only been counted yet is found all the same.
    expect((await carriersOf(store, await recall('', 'L78'))).map((carrier) => carrier.item)).toEqual(['VALVE']);
  });

  it('names the recalls on it, open and closed', async () => {
    const { notices } = await recall('VALVE', 'L77');
    expect(notices.map((notice) => [notice.id, notice.closedAt]).sort()).toEqual([['RCL-1', null], ['RCL-2', '2026-02-20T06:00:00.000Z']]);
    expect((await recall('', '')).notices.map((notice) => notice.id).sort()).toEqual(['RCL-1', 'RCL-2', 'RCL-3']);
  });

  it('shows a person nothing of other facilities', async () => {
    const { rows } = await recall('VALVE', 'L77', ['SOUTH']);
    expect(said(rows)).toEqual(['used USE-S/1']);
    expect((await recall('', 'X1', ['SOUTH'])).rows).toEqual([]);
  });

  it('says what it does not know', async () => {
    const { rows, subject } = await recall('NOTHING', 'NOWHERE');
    expect(rows).toEqual([]);
    expect(subject.unknown).toEqual(['item NOTHING', 'lot NOWHERE']);
  });

  it('is a list whose rows are limited to the facilities of the session', async () => {
    const list = LISTS.get('recall.lines');
    const viewer = (facilities: string[] | null): SignedIn => ({ store, viewer: { id: 'p', name: 'P', email: 'p@example.org', role: 'supply', facilities } });
    const page = await list?.page(viewer(['SOUTH']), { item: 'VALVE', lot: 'L77' }, { page: 1, pageSize: 50 });
    expect(page).toMatchObject({ total: 1, rows: [{ facility: 'SOUTH', line_id: 'USE-S/1' }] });
    expect((await list?.page(viewer(null), {}, { page: 1, pageSize: 50 }))?.total).toBe(0);
  });
});
