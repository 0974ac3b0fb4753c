import { afterAll, beforeAll, expect, it } from 'vitest';
import { storeConfig, type Store } from '../../clickhouse/client';
import { refreshMatches } from '../../clickhouse/matches';
import { migrate } from '../../clickhouse/migrate';
import { accrualRollForward } from '../../clickhouse/queries/accruals';
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
    posting('PA1', '2026-01-20', '600.00'), posting('PA2', '2026-02-03', '400.00'),
  ]);
  await refreshMatches(store, everything());
}, 120_000);
afterAll(() => engine.stop());

it('opens with what the month before closed with, and closes with what is open', async () => {
  const rows = await accrualRollForward(store, { from: '2026-01-01', to: '2026-12-31', facilities: [], zones: {}, zone: 'UTC' });
  expect(rows).toEqual([
    { month: '2026-01-01', currency: 'EUR', opening: '0', added: '100', cleared: '0', closing: '100', posted: '0' },
    { month: '2026-01-01', currency: 'USD', opening: '0', added: '600', cleared: '0', closing: '600', posted: '600' },
    // Added 400 + 200, cleared 500 + 200.
    { month: '2026-02-01', currency: 'USD', opening: '600', added: '600', cleared: '700', closing: '500', posted: '400' },
    { month: '2026-03-01', currency: 'USD', opening: '500', added: '200', cleared: '500', closing: '200', posted: '0' },
  ]);
  const later = await accrualRollForward(store, { from: '2026-03-15', to: '2026-03-31', facilities: ['NORTH'], zones: {}, zone: 'UTC' });
  expect(later.map(({ month, opening }) => [month, opening])).toEqual([['2026-03-01', '500']]);
  expect(await accrualRollForward(store, { from: '2026-01-01', to: '2026-12-31', facilities: ['ELSEWHERE'], zones: {}, zone: 'UTC' })).toEqual([]);
});
