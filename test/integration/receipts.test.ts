import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { refreshMatches } from '../../clickhouse/matches';
import { refreshAllOpen } from '../../clickhouse/open-work';
import { receiptsAsOf, receiptsNow, supplierContact, underDelivered } from '../../clickhouse/queries/receipts';
import { workOutReceipts } from '../../clickhouse/receipts-as-of';
import { startEngine, type TestEngine } from '../support/engine';
import { anyDocument, cancelled, credit, everything, invoice, item, keep, order, receipt, takenBack } from '../support/match';

let engine: TestEngine;
let store: Store;
const EA = { quantity: '10', uom: 'EA', price: '5.00' };

const EVENTS = [
  item('GLOVE', { baseUom: 'EA', packFactors: [{ uom: 'DZ', factor: '12' }] }),
  order('DOZ', { item: 'GLOVE', quantity: '10', uom: 'DZ', price: '25' }), receipt('R-DOZ', 'DOZ', '10', {}, { item: 'GLOVE', uom: 'DZ' }),
  order('PLAINDOZ', { item: 'ROLL', quantity: '10', uom: 'DZ', price: '25' }), receipt('R-PLAINDOZ', 'PLAINDOZ', '10', {}, { item: 'ROLL', uom: 'DZ' }),
  // First in, first out: 6 + 4 + 5 received, 8 invoiced.
  order('FIFO', { ...EA, quantity: '20' }), receipt('R-F1', 'FIFO', '6', { on: '2026-01-05' }), receipt('R-F2', 'FIFO', '4', { on: '2026-02-10' }), receipt('R-F3', 'FIFO', '5', { on: '2026-03-20' }),
  invoice('I-FIFO', 'FIFO', { ...EA, quantity: '8' }),
  order('DONE', EA), receipt('R-DONE', 'DONE', '10'), invoice('I-DONE', 'DONE', EA),
  order('TWO', EA, { flowType: 'two-way' }), receipt('R-TWO', 'TWO', '10'),
  order('FILL', EA, { flowType: 'consignment-fill' }), receipt('R-FILL', 'FILL', '10'),
  receipt('R-GHOST', 'GHOST', '3'),
  anyDocument('receipt.confirmed', 'R-LONE', [{ id: '1', item: 'ITEM', quantity: '2', uom: 'EA' }], { on: '2026-03-01' }),
  order('CRED', EA), receipt('R-CRED', 'CRED', '10'), invoice('I-CRED', 'CRED', EA), credit('C-CRED', 'quantity', { invoice: { document: 'I-CRED', line: '1' }, quantity: '4' }),
  order('CANC', EA), receipt('R-CANC', 'CANC', '10'), invoice('I-CANC', 'CANC', EA), cancelled('I-CANC'),
  order('REVS', EA), receipt('R-REVS', 'REVS', '10'), takenBack('reversed', 'V-REVS', 'REVS', { quantity: undefined, receipt: { document: 'R-REVS', line: '1' } }),
  order('RETN', EA), receipt('R-RETN1', 'RETN', '6'), receipt('R-RETN2', 'RETN', '4', { on: '2026-03-07' }), takenBack('returned', 'T-RETN', 'RETN', { quantity: '5' }, { on: '2026-03-08' }),
  order('BARE', { uom: undefined }), receipt('R-BARE', 'BARE', undefined, {}, { uom: undefined }),
  order('BARE2', { uom: undefined }), receipt('R-BARE2', 'BARE2', undefined, {}, { uom: undefined }), invoice('I-BARE2', 'BARE2', { uom: undefined }),
  order('OVER', { ...EA, quantity: '100' }), receipt('R-OVER', 'OVER', '100.002'),
  order('PART', EA, { buyer: 'B-1' }), receipt('R-PART', 'PART', '6'), invoice('I-PART', 'PART', { ...EA, quantity: '8' }),
  order('NONE', EA), order('SHORT', EA, { buyer: 'B-2' }), receipt('R-SHORT', 'SHORT', '9'), invoice('I-SHORT', 'SHORT', { ...EA, quantity: '9' }),
  anyDocument('supplier.changed', 'SUP-1', undefined, { on: '2026-01-01', attributes: { name: 'Meridian', contact: 'orders desk' } }),
  order('EURO', EA, { currency: 'EUR', facility: 'SOUTH' }), receipt('R-EURO', 'EURO', '10', { facility: 'SOUTH' }),
];

beforeAll(async () => {
  engine = await startEngine();
  store = engine.store();
  await migrate(storeConfig({ ...process.env, ...engine.env }));
  await keep(store, EVENTS);
}, 300_000);
afterAll(() => engine.stop());

/** What was open at an instant, worked out anew. */
const workedOut = async <T extends ReturnType<typeof everything>>(asked: T) => ({ ...asked, moment: await workOutReceipts(store, asked, asked.to) });
const asOf = (more: object = {}) => workedOut({ ...everything(), to: new Date('2026-04-05T12:00:00Z'), ...more });
const all = async (view: string) => (await receiptsAsOf.unmatched.page(store, { ...(await asOf()), view, band: '', supplier: '' }, { limit: 500, offset: 0 })).rows;

describe('unmatched receipts', () => {
  it('accrues what is open, first in first out, at the order\'s price', async () => {
    const rows = Object.fromEntries((await all('open')).map((row) => [row.document_id, row]));
    expect(Object.keys(rows).sort()).toEqual(['R-BARE', 'R-BARE2', 'R-CANC', 'R-CRED', 'R-DOZ', 'R-EURO', 'R-F2', 'R-F3', 'R-OVER', 'R-PLAINDOZ', 'R-RETN1']);
    // 10 dozen at 25 a dozen, whether or not the item master knows what a dozen holds.
    expect(rows['R-DOZ']).toMatchObject({ value: '250', open: '120', unit: 'EA', state: 'open' });
    expect(rows['R-PLAINDOZ']).toMatchObject({ value: '250', open: '10', unit: 'DZ' });
    expect(rows['R-F2']).toMatchObject({ open: '2', received: '4', value: '10', age: 54, band: '31-60' });
    expect(rows['R-F3']).toMatchObject({ open: '5', value: '25', age: 16, band: '8-30' });
    expect(rows['R-CRED']).toMatchObject({ open: '4', value: '20' });
    expect(rows['R-CANC']).toMatchObject({ open: '10', value: '50' });
    // A return that names only the order line is taken from the last receipt first: 4 of it, 1 of the first.
    expect(rows['R-RETN1']).toMatchObject({ open: '5', received: '5' });
    expect(rows['R-BARE']).toMatchObject({ open: null, value: null, state: 'open' });
    expect(rows['R-BARE2']).toMatchObject({ open: null, value: null, state: 'untold' });
    expect(rows['R-EURO']).toMatchObject({ currency: 'EUR', value: '50', facility: 'SOUTH' });
  });

  it('keeps receipts without an order apart', async () => {
    const rows = await all('no_order');
    expect(rows.map((row) => [row.document_id, row.open, row.value, row.state]).sort()).toEqual([['R-GHOST', '3', null, 'no_order'], ['R-LONE', '2', null, 'no_order']]);
  });

  it('knows nothing of what came after the instant', async () => {
    const before = await asOf({ to: new Date('2026-03-10T00:00:00Z') });
    const rows = (await receiptsAsOf.unmatched.page(store, { ...before, view: 'open', band: '', supplier: '' }, { limit: 500, offset: 0 })).rows;
    const fifo = rows.filter((row) => row.order_id === 'FIFO').map((row) => [row.document_id, row.open]);
    expect(fifo.sort()).toEqual([['R-F1', '6'], ['R-F2', '4']]);
    expect(rows.map((row) => row.document_id)).toContain('R-DONE');
  });

  it('adds up per currency, with unknown values counted apart', async () => {
    const rows = await receiptsAsOf.breakdown(store, await asOf());
    const states = rows.filter((row) => row.grouping === 'state' && row.state === 'open');
    // R-BARE has no quantity: it counts as a line, and its value is unknown.
    expect(states.map((row) => [row.currency, row.lines, row.value, row.value_unknown])).toEqual([['USD', 9, '1130.01', 1], ['EUR', 1, '50', 0]]);
    const bands = rows.filter((row) => row.grouping === 'band' && row.state === 'open' && row.currency === 'USD');
    expect(bands.reduce((n, row) => n + row.lines, 0)).toBe(9);
  });

  it('finds over-delivery by the smallest part, at no tolerance', async () => {
    const { rows } = await receiptsAsOf.overDelivered.page(store, await asOf(), { limit: 10, offset: 0 });
    expect(rows.map((row) => [row.order_id, row.over, row.value])).toEqual([['OVER', '0.002', '0.01']]);
  });

  it('shows a person only the facilities asked for', async () => {
    const rows = (await receiptsAsOf.unmatched.page(store, { ...(await asOf()), facilities: ['SOUTH'], view: 'open', band: '', supplier: '' }, { limit: 500, offset: 0 })).rows;
    expect(rows.map((row) => row.document_id)).toEqual(['R-EURO']);
  });
});

it('lists what came short, with what is invoiced ahead of it', async () => {
  await refreshMatches(store, everything());
  await refreshAllOpen(store);
  const short = async (narrower: { buyer?: string; facilities?: string[] }) =>
    (await underDelivered.page(store, { facilities: [], supplier: '', buyer: '', ...narrower }, { limit: 50, offset: 0 })).rows.filter((row) => ['PART', 'SHORT', 'NONE', 'OVER', 'DONE'].includes(row.order_id));
  // Ordered 10, received 6, invoiced 8 at 5: 4 have not come, 2 of them are invoiced.
  expect((await short({})).map(({ order_id, short: missing, value, invoiced, ahead_value }) => [order_id, missing, value, invoiced, ahead_value])).toEqual([['PART', '4', '20', '8', '10'], ['SHORT', '1', '5', '9', '0']]);
  expect((await short({ buyer: 'B-2' })).map((row) => row.order_id)).toEqual(['SHORT']);
  expect(await short({ facilities: ['SOUTH'] })).toEqual([]);
});

it('narrows to a buyer, an age, and knows whom to write to', async () => {
  const listed = async (narrower: { buyer?: string; band?: string }) => (await receiptsAsOf.unmatched.page(store, { ...(await asOf()), view: 'open', band: '', supplier: '', ...narrower }, { limit: 50, offset: 0 })).rows;
  expect(await listed({ buyer: 'B-2' })).toEqual([]);
  expect((await listed({ band: '31+' })).every((row) => row.age > 30)).toBe(true);
  expect((await listed({ band: '31+' })).length).toBe((await listed({})).filter((row) => row.age > 30).length);
  expect(await supplierContact(store, { supplier: 'SUP-1' })).toEqual([{ name: 'Meridian', contact: 'orders desk' }]);
});

it('says the same from the last run of the match as worked out anew', async () => {
  await refreshMatches(store, everything());
  await refreshAllOpen(store);
  for (const view of ['open', 'no_order']) {
    const asked = [{ ...(await asOf()), view, band: '', supplier: '' }, { sort: 'document_id', limit: 500, offset: 0 }] as const;
    expect(await receiptsNow.unmatched.page(store, ...asked)).toEqual(await receiptsAsOf.unmatched.page(store, ...asked));
  }
  expect(await receiptsNow.breakdown(store, await asOf())).toEqual(await receiptsAsOf.breakdown(store, await asOf()));
  const over = { limit: 10, offset: 0 };
  expect(await receiptsNow.overDelivered.page(store, await asOf(), over)).toEqual(await receiptsAsOf.overDelivered.page(store, await asOf(), over));
});

it('ages by the calendar day of the facility', async () => {
  const zones = { NORTH: 'Pacific/Auckland' };
  const late = await asOf({ zones, to: new Date('2026-03-12T12:30:00Z') });
  const rows = (await receiptsAsOf.unmatched.page(store, { ...late, view: 'open', band: '', supplier: '' }, { limit: 500, offset: 0 })).rows;
  // 12 March 12:30 in UTC is 13 March in Auckland: the receipt of 5 March is eight days old there.
  expect(rows.find((row) => row.document_id === 'R-DOZ')).toMatchObject({ age: 8, band: '8-30' });
});

it('says of a past instant what a store would say that had heard nothing since, however much came and was matched since', async () => {
  await refreshMatches(store, everything());
  const said = async (of: Store, to: Date) => {
    const asked = { ...everything(), to, moment: await workOutReceipts(of, everything(), to), band: '', supplier: '' };
    const page = { limit: 500, offset: 0 };
    return {
      lines: await Promise.all(['open', 'no_order'].map((view) => receiptsAsOf.unmatched.page(of, { ...asked, view }, { ...page, sort: 'document_id' }))),
      totals: await receiptsAsOf.breakdown(of, asked), over: await receiptsAsOf.overDelivered.page(of, asked, { ...page, sort: 'order_key' }),
    };
  };
  const open = new Set<number>();
  for (const [n, day] of ['2026-01-20', '2026-03-06', '2026-03-09', '2026-03-15', '2026-04-05'].entries()) {
    const to = new Date(`${day}T12:00:00Z`);
    const database = `heard_${n}`;
    await migrate({ ...storeConfig({ ...process.env, ...engine.env }), database });
    const then = engine.store(database);
    await keep(then, EVENTS.filter(({ time, type }) => type.startsWith('master.') || Date.parse(time) < to.getTime()));
    await refreshMatches(then, everything());
    const expected = await said(then, to);
    expect(await said(store, to), day).toEqual(expected);
    open.add(expected.lines[0]?.total ?? 0);
  }
  expect(open.size).toBeGreaterThan(2);
});
