import Decimal from 'decimal.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { storeConfig, type Store } from '../../clickhouse/client';
import { refreshMatches } from '../../clickhouse/matches';
import { refreshAllOpen } from '../../clickhouse/open-work';
import { migrate } from '../../clickhouse/migrate';
import { accrualLines, accrualPostings, accrualRollForward } from '../../clickhouse/queries/accruals';
import { receiptsNow } from '../../clickhouse/queries/receipts';
import { rollForward } from '../../server/receipts/accruals';
import { startEngine, type TestEngine } from '../support/engine';
import { anyDocument, everything, invoice, keep, order, receipt, takenBack } from '../support/match';

/** The roll-forward of accruals, worked by hand. */

let engine: TestEngine;
let store: Store;
const LINE = { quantity: '10', uom: 'EA', price: '100.00' };
const posting = (id: string, on: string, amount: string) => anyDocument('posting.completed', id, [{ id: '1', amount, account: '2190' }], { on, kind: 'accrual', supplier: '' });

beforeAll(async () => {
  engine = await startEngine();
  store = engine.store();
  await migrate(storeConfig({ ...process.env, ...engine.env }));
  await keep(store, [
    // January: 6 × 100 come. February: 4 × 100 come, 5 are invoiced. March: 5 are invoiced.
    order('A', LINE, { on: '2026-01-02' }), receipt('RA1', 'A', '6', { on: '2026-01-20' }), receipt('RA2', 'A', '4', { on: '2026-02-03' }),
    invoice('IA1', 'A', { ...LINE, quantity: '5' }, { on: '2026-02-10' }), invoice('IA2', 'A', { ...LINE, quantity: '5' }, { on: '2026-03-05' }),
    // Invoiced in January, received in February: added and cleared in February.
    order('B', { ...LINE, quantity: '2' }, { on: '2026-01-02', flowType: 'three-way-invoice-first' }), invoice('IB', 'B', { ...LINE, quantity: '2' }, { on: '2026-01-25' }), receipt('RB', 'B', '2', { on: '2026-02-02' }),
    // Received in March, and sent back in part: 3 − 1 = 2 × 100 stay open.
    order('C', { ...LINE, quantity: '3' }, { on: '2026-03-01' }), receipt('RC', 'C', '3', { on: '2026-03-04' }), takenBack('returned', 'TC', 'C', { quantity: '1' }, { on: '2026-03-06' }),
    // Nothing waits for an invoice of a consignment fill, and in another currency it is counted apart.
    order('D', LINE, { on: '2026-01-02', flowType: 'consignment-fill' }), receipt('RD', 'D', '10', { on: '2026-01-20' }),
    order('E', { ...LINE, quantity: '1' }, { on: '2026-01-02', currency: 'EUR' }), receipt('RE', 'E', '1', { on: '2026-01-20' }),
    // Of one receipt nobody knows how much came; what is known of the other waits all the same while nothing is invoiced.
    order('F', { ...LINE, quantity: '4' }, { on: '2026-03-01', currency: 'EUR' }), receipt('RF1', 'F', '3', { on: '2026-03-09' }), receipt('RF2', 'F', undefined, { on: '2026-03-10' }),
    posting('PA1', '2026-01-20', '600.00'), posting('PA2', '2026-02-03', '400.00'),
    // Taken back: one line by a line, one by its whole document.
    posting('PA3', '2026-03-04', '70.00'), anyDocument('posting.reversed', 'PA3', [{ id: '1', amount: '70.00', account: '2190' }], { on: '2026-03-05', kind: 'accrual', supplier: '', revision: 1 }),
    posting('PA4', '2026-02-20', '55.00'), anyDocument('posting.reversed', 'PA4', undefined, { on: '2026-03-06', kind: 'accrual', supplier: '', revision: 1 }),
  ]);
  await refreshMatches(store, everything());
  await refreshAllOpen(store);
}, 120_000);
afterAll(() => engine.stop());

const PLACES = { facilities: [], zones: {}, zone: 'UTC' };
const all = () => accrualRollForward(store, { from: '2026-01-01', to: '2026-12-31', ...PLACES });
const page = { limit: 100, offset: 0 };
const total = (values: readonly (string | null)[]) => values.reduce((sum, value) => sum.plus(value ?? '0'), new Decimal(0)).toFixed();

it('opens with what the month before closed with, and closes with what is open', async () => {
  expect(await all()).toEqual([
    { month: '2026-01-01', currency: 'EUR', opening: '0', added: '100', cleared: '0', closing: '100', posted: '0' },
    { month: '2026-03-01', currency: 'EUR', opening: '100', added: '300', cleared: '0', closing: '400', posted: '0' },
    { month: '2026-01-01', currency: 'USD', opening: '0', added: '600', cleared: '0', closing: '600', posted: '600' },
    // Added 400 + 200, cleared 500 + 200; posted 400 + 55.
    { month: '2026-02-01', currency: 'USD', opening: '600', added: '600', cleared: '700', closing: '500', posted: '455' },
    // Posted 70 − 70 − 55.
    { month: '2026-03-01', currency: 'USD', opening: '500', added: '200', cleared: '500', closing: '200', posted: '-55' },
  ]);
  const later = await accrualRollForward(store, { from: '2026-03-15', to: '2026-03-31', ...PLACES, facilities: ['NORTH'] });
  expect(later.map(({ month, currency, opening }) => [month, currency, opening])).toEqual([['2026-03-01', 'EUR', '100'], ['2026-03-01', 'USD', '500']]);
  expect(await accrualRollForward(store, { from: '2026-01-01', to: '2026-12-31', ...PLACES, facilities: ['ELSEWHERE'] })).toEqual([]);
});

it('has behind each figure the order lines that add up to it', async () => {
  const february = async (part: string) => (await accrualLines.page(store, { month: '2026-02-01', currency: 'USD', part, ...PLACES }, { ...page, sort: 'order_key' })).rows;
  expect((await february('added')).map(({ order_key, opening, added, cleared, closing }) => [order_key, opening, added, cleared, closing])).toEqual([
    ['A/1', '600', '400', '500', '500'], ['B/1', '0', '200', '200', '0'],
  ]);
  expect((await february('closing')).map((row) => row.order_key)).toEqual(['A/1']);
  expect((await february('opening')).map((row) => row.order_key)).toEqual(['A/1']);
  for (const row of await all())
    for (const part of ['opening', 'added', 'cleared', 'closing'] as const) {
      const { rows } = await accrualLines.page(store, { month: row.month, currency: row.currency, part, ...PLACES }, page);
      expect(total(rows.map((line) => line[part])), `${row.month} ${row.currency} ${part}`).toBe(row[part]);
    }
});

it('has behind what was posted the postings, what was taken back below zero', async () => {
  const march = (await accrualPostings.page(store, { month: '2026-03-01', currency: 'USD', ...PLACES }, page)).rows;
  expect(march.map(({ object_id, aspect, date, booked }) => [object_id, aspect, date, booked])).toEqual([
    ['PA3/1', 'completed', '2026-03-04', '70'], ['PA4/1', 'reversed', '2026-03-06', '-55'], ['PA3/1', 'reversed', '2026-03-05', '-70'],
  ]);
  for (const row of await all()) expect(total((await accrualPostings.page(store, { month: row.month, currency: row.currency, ...PLACES }, page)).rows.map(({ booked }) => booked))).toBe(row.posted);
});

it('closes with the value of the receipt lines that are open', async () => {
  const open = (await receiptsNow.unmatched.page(store, { ...everything(), view: 'open', band: '', supplier: '' }, page)).rows;
  const closing = rollForward(await all(), '2026-06-01', '2026-06-01');
  expect(closing.map(({ currency }) => currency)).toEqual(['EUR', 'USD']);
  for (const row of closing) expect(total(open.filter(({ currency }) => currency === row.currency).map(({ value }) => value)), row.currency).toBe(row.closing);
});

it('leaves out no month: one in which nothing moved carries on what was open', async () => {
  const months = rollForward(await all(), '2026-02-01', '2026-04-01').map(({ month, currency, opening, added, cleared, closing, difference }) => [month, currency, opening, added, cleared, closing, difference]);
  expect(months).toEqual([
    ['2026-02-01', 'EUR', '100', '0', '0', '100', '0'], ['2026-03-01', 'EUR', '100', '300', '0', '400', '-300'], ['2026-04-01', 'EUR', '400', '0', '0', '400', '0'],
    ['2026-02-01', 'USD', '600', '600', '700', '500', '-145'], ['2026-03-01', 'USD', '500', '200', '500', '200', '-255'], ['2026-04-01', 'USD', '200', '0', '0', '200', '0'],
  ]);
});
