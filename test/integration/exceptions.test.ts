import { rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insertRows, type Store } from '../../clickhouse/client';
import { receiptsNow } from '../../clickhouse/queries/receipts';
import { migrate } from '../../clickhouse/migrate';
import type { ContractEvent } from '../../ingest/contract/envelope';
import { createDecoder } from '../../ingest/listener/decode';
import type { Viewer } from '../../server/auth/viewer';
import type { ExceptionRow } from '../../server/exceptions/compose';
import { findExceptions } from '../../server/exceptions/find';
import { refreshExceptions } from '../../server/exceptions/keep';
import { LISTS } from '../../server/lists';
import { matchParams } from '../../server/rules/match';
import { createCaller } from '../../server/routers/root';
import { startEngine, type TestEngine } from '../support/engine';
import { decoderParts } from '../support/pipeline';
import { keepUp } from '../support/kept';

/**
 * Each kind of exception stands exactly once and goes when its cause is mended. Every case has a facility of its own;
 * events go through the listener's decoder from their bytes.
 */

let engine: TestEngine;
let store: Store;
const NOW = new Date('2026-04-01T12:00:00Z');
const viewer = (role: Viewer['role'], facilities: string[] | null = null): Viewer => ({ id: `u-${role}`, name: role, email: `${role}@example.org`, role, facilities });

beforeAll(async () => {
  process.env.NEXTAUTH_SECRET ??= 'a secret of the tests, long enough';
  engine = await startEngine();
  await migrate({ url: engine.url, user: engine.user, password: engine.password, database: 'test' });
  store = engine.store();
  await tell([event('master.item.changed', { document: { id: 'ITM-1', date: '2026-01-01' }, attributes: { name: 'Known item', baseUom: 'EA', gtin: '00614141000036' } }, '2026-01-01T00:00:00Z')]);
});
afterAll(() => engine.stop());

let sequence = 0;
const decoder = createDecoder(decoderParts());

/** Events as the listener writes them; told again, they are redeliveries of the same messages. */
async function tell(events: readonly ContractEvent[], times = 1): Promise<void> {
  const rows: Record<'events' | 'dead_letters', object[]> = { events: [], dead_letters: [] };
  for (const each of events) {
    const arrival = { headers: undefined, stream: 'EVENTS', seq: ++sequence, subject: 'events.test', recordedAt: Date.parse('2026-03-31T00:00:00Z') + sequence };
    const decoded = await decoder.decode({ data: Buffer.from(JSON.stringify(each)), ...arrival });
    rows.events.push(...decoded.events);
    rows.dead_letters.push(...decoded.dead);
  }
  for (let time = 0; time < times; time++)
    for (const table of ['events', 'dead_letters'] as const) if (rows[table].length > 0) await insertRows(store, table, rows[table]);
}

type Fields = Record<string, unknown>;
let ids = 0;
function event(type: string, data: Fields, time: string, id = `e-${++ids}`): ContractEvent {
  return { specversion: '1.0', id, source: 'test', type: `${type}.v1`, time, data } as ContractEvent;
}
const line = (order: string) => ({ order: { document: order, line: '10' } });
const doc = (id: string, revision = 0) => ({ document: { id, revision, currency: 'USD' } });
const receiptDoc = (id: string) => ({ document: { id, revision: 0 } });
const order = (facility: string, id: string, at = '2026-03-01', more: Fields = {}, of: Fields = {}) =>
  event('procurement.order.created', { facility, supplier: 'SUP-1', flowType: 'three-way', ...doc(id), ...more, lines: [{ id: '10', item: 'ITM-1', quantity: '10', uom: 'EA', price: '2.50', ...of }] }, `${at}T10:00:00Z`);
const receipt = (facility: string, id: string, of: Fields, at = '2026-03-20', quantity = '10', what = 'confirmed') =>
  event(`procurement.receipt.${what}`, { facility, ...receiptDoc(id), lines: [{ id: '1', item: 'ITM-1', quantity, uom: 'EA', ...of }] }, `${at}T10:00:00Z`);
const invoice = (facility: string, id: string, of: Fields, at = '2026-03-29', more: Fields = {}) =>
  event('finance.invoice.received', { facility, supplier: 'SUP-1', invoiceNumber: `N-${id}`, ...doc(id), lines: [{ id: '1', item: 'ITM-1', quantity: '10', uom: 'EA', price: '2.50', ...of, ...more }] }, `${at}T10:00:00Z`);
const posting = (facility: string, id: string, of: Fields, what: 'completed' | 'failed', at: string) =>
  event(`finance.posting.${what}`, {
    facility, ...doc(id), kind: 'payable', interface: 'erp-to-gl', target: 'gl', outcome: what === 'failed' ? 'failed' : 'succeeded', attempt: 1,
    ...(what === 'failed' ? { error: { class: 'business', code: 'PERIOD_CLOSED', message: 'The period is closed', retryable: false } } : {}), lines: [{ id: '1', amount: '25', account: '2100', settles: [of] }],
  }, `${at}T10:00:00Z`);
const usage = (facility: string, id: string, at: string, of: Fields) => event('clinical.usage.recorded', { facility, ...receiptDoc(id), lines: [{ id: '1', quantity: '1', uom: 'EA', flowType: 'stock', location: 'OR-1', ...of }] }, `${at}T10:00:00Z`);

/** What stands at some facilities, and that what is kept after a run is the same. */
async function rowsAt(facilities: string[]): Promise<readonly ExceptionRow[]> {
  // Which stages a facility sends is remembered per store for a minute: each question asks afresh.
  const fresh = engine.store();
  await keepUp(fresh, { rules: { ...matchParams(), zones: {}, zone: 'UTC' } });
  const { rows, cut } = await findExceptions(fresh, { now: NOW });
  await refreshExceptions(fresh, { now: NOW });
  expect(cut).toEqual([]);
  const columns = ['key', 'kind', 'severity', 'owner', 'facility', 'interface', 'stage', 'what', 'object_type', 'object_id', 'reason', 'supplier', 'item', 'since', 'value', 'currency', 'facts', 'content'] as const;
  const kept = await fresh.select<ExceptionRow>(`SELECT ${columns.map((column) => (column === 'value' ? 'toString(value) AS value' : column)).join(', ')} FROM exceptions FINAL WHERE settled = 0 AND NOT gone ORDER BY key`);
  const plain = (row: ExceptionRow) => ({ ...Object.fromEntries(columns.map((column) => [column, row[column]])), value: row.value === null ? null : Number(row.value) });
  expect(kept.map(plain)).toEqual([...rows].sort((one, other) => (one.key < other.key ? -1 : 1)).map(plain));
  await fresh.close();
  return rows.filter(({ facility }) => facilities.includes(facility));
}

interface Case {
  name: string;
  facility: string;
  cause: ContractEvent[];
  expected: Partial<ExceptionRow>;
  cure: ContractEvent[];
}

const cases: Case[] = [];
const once = (name: string, facility: string, cause: ContractEvent[], expected: Partial<ExceptionRow>, cure: ContractEvent[]) => void cases.push({ name, facility, cause, expected, cure });

const failure = { outcome: 'failed', attempt: 1, interface: 'procurement-to-erp', target: 'erp', error: { class: 'validation', code: 'ITEM_BLOCKED', message: 'Item is blocked', retryable: false } };
const requisition = (facility: string, id: string) => event('procurement.requisition.submitted', { facility, ...doc(id), lines: [{ id: '1', item: 'ITM-1', quantity: '10', uom: 'EA' }] }, '2026-03-20T10:00:00Z');
const failedOrder = (facility: string, id: string, requisitions: string[]) =>
    event('procurement.order.failed', { facility, ...doc(id), ...failure, lines: [{ id: '10', item: 'ITM-1', quantity: '10', uom: 'EA', price: '2.50', requisitions: requisitions.map((document) => ({ document, line: '1' })) }] }, '2026-03-21T10:00:00Z');
once('failed order creation, its requisition and its own hand-over counted once; mended by another order for the requisition', 'F1', [requisition('F1', 'RQ1'), failedOrder('F1', 'PRP-1', ['RQ1'])], { kind: 'failed-order', owner: 'integration support', object_type: 'order', object_id: 'PRP-1', value: '25', currency: 'USD' },
      [order('F1', 'PO1', '2026-03-25', {}, { requisitions: [{ document: 'RQ1', line: '1' }] })]);
once('failed order creation, mended by the same document', 'F2', [failedOrder('F2', 'PRP-2', [])], { kind: 'failed-order', object_id: 'PRP-2' }, [order('F2', 'PRP-2', '2026-03-28')]);
once('backordered line, its overdue receipt counted with it; mended by what comes', 'F3', [order('F3', 'PO3'), event('procurement.order.acknowledged', { facility: 'F3', ...doc('PO3'), lines: [{ id: '10', code: 'IB', quantity: '10', uom: 'EA' }] }, '2026-03-02T10:00:00Z')],
      { kind: 'refused-line', owner: 'supply chain', object_type: 'order-line', object_id: 'PO3/10', value: '25' }, [receipt('F3', 'RC3', line('PO3'))]);
once('rejected line, mended by cancelling it', 'F4', [order('F4', 'PO4'), event('procurement.order.acknowledged', { facility: 'F4', ...doc('PO4'), lines: [{ id: '10', code: 'IR' }] }, '2026-03-02T10:00:00Z')],
      { kind: 'refused-line', object_id: 'PO4/10' }, [event('procurement.order.cancelled', { facility: 'F4', ...doc('PO4', 1), lines: [{ id: '10' }] }, '2026-03-04T10:00:00Z')]);
once('overdue receipt', 'F5', [order('F5', 'PO5')], { kind: 'overdue-stage', owner: 'supply chain', what: 'Receipt overdue; got as far as order', since: '2026-03-15T10:00:00.000Z', value: '25' }, [receipt('F5', 'RC5', line('PO5'))]);
once('orphan: a usage that is named and never came', 'F6', [
      usage('F6', 'US6A', '2026-03-19', { item: 'ITM-1', flowType: 'bill-only' }),
      order('F6', 'PO6A', '2026-03-20', { flowType: 'bill-only' }, { usages: [{ document: 'US6A', line: '1' }] }), order('F6', 'PO6', '2026-03-20', { flowType: 'bill-only' }, { usages: [{ document: 'US6', line: '1' }] }),
    ], { kind: 'orphan', owner: 'integration support', object_id: 'PO6/10' }, [usage('F6', 'US6', '2026-03-19', { item: 'ITM-1', flowType: 'bill-only' })]);

once('unmapped usage by item, mended by the item master', 'F7', [usage('F7', 'US7', '2026-03-30', { item: 'ITM-7' })], { kind: 'unmapped-usage', object_type: 'usage', object_id: 'US7/1', value: null },
      [event('master.item.changed', { document: { id: 'ITM-7', date: '2026-03-31' }, attributes: { name: 'Now known', baseUom: 'EA' } }, '2026-03-31T00:00:00Z')]);
once('unmapped usage by GTIN, mended by taking it back; a known GTIN is mapped', 'F8', [usage('F8', 'US8', '2026-03-30', { gtin: '00614141999996' }), usage('F8', 'US8B', '2026-03-30', { gtin: '00614141000036' })],
      { kind: 'unmapped-usage', object_id: 'US8/1' }, [event('clinical.usage.reversed', { facility: 'F8', ...receiptDoc('UR8'), lines: [{ id: '1', usage: { document: 'US8', line: '1' }, quantity: '1', uom: 'EA' }] }, '2026-03-31T10:00:00Z')]);
once('unmapped usage, its missing posting counted with it', 'F20', [usage('F20', 'US20', '2026-03-10', { item: 'ITM-20' })], { kind: 'unmapped-usage', object_id: 'US20/1' },
      [event('clinical.usage.reversed', { facility: 'F20', ...receiptDoc('UR20'), lines: [{ id: '1', usage: { document: 'US20', line: '1' }, quantity: '1', uom: 'EA' }] }, '2026-03-31T10:00:00Z')]);
once('receipt on an unknown order, the orphaned order counted with it; mended by the order', 'F9', [receipt('F9', 'RC9', line('PO9'))], { kind: 'receipt-without-order', object_type: 'receipt-line', object_id: 'RC9/1' }, [order('F9', 'PO9')]);
once('receipt that names no order, mended by reversing it', 'F10', [receipt('F10', 'RC10', {})], { kind: 'receipt-without-order', object_id: 'RC10/1', what: '10 received and no order is named' },
      [receipt('F10', 'RX10', { receipt: { document: 'RC10', line: '1' } }, '2026-03-21', '10', 'reversed')]);
once('over-delivery, mended by sending back', 'F11', [order('F11', 'PO11'), receipt('F11', 'RC11', line('PO11'), '2026-03-20', '12')], { kind: 'over-delivery', object_type: 'order-line', object_id: 'PO11/10', value: '5' },
      [receipt('F11', 'RT11', { ...line('PO11'), receipt: { document: 'RC11', line: '1' } }, '2026-03-22', '2', 'returned')]);
once('unmatched receipt, its overdue invoice counted with it; mended by the invoice', 'F12', [order('F12', 'PO12', '2026-02-01'), receipt('F12', 'RC12', line('PO12'), '2026-02-10')],
      { kind: 'unmatched-receipt', owner: 'finance', object_id: 'RC12/1', since: '2026-03-12T10:00:00.000Z', value: '25' }, [invoice('F12', 'IN12', line('PO12'))]);
once('invoice mismatch, mended by a credit of the price', 'F13', [order('F13', 'PO13'), receipt('F13', 'RC13', line('PO13')), invoice('F13', 'IN13', line('PO13'), '2026-03-29', { price: '3.50' })],
      { kind: 'invoice-mismatch', owner: 'finance', severity: 'high', object_id: 'IN13/1', value: '10', currency: 'USD' },
      [event('finance.invoice.credited', { facility: 'F13', ...doc('CR13'), creditOf: 'price', lines: [{ id: '1', ...line('PO13'), invoice: { document: 'IN13', line: '1' }, item: 'ITM-1', amount: '10' }] }, '2026-03-30T10:00:00Z')]);
once('invoice without a known order, the orphaned order counted with it; mended by order and receipt', 'F14', [invoice('F14', 'IN14', line('PO14'))], { kind: 'invoice-mismatch', object_id: 'IN14/1' }, [order('F14', 'PO14'), receipt('F14', 'RC14', line('PO14'))]);
once('missing posting', 'F15', [order('F15', 'PO15'), receipt('F15', 'RC15', line('PO15'), '2026-03-08'), invoice('F15', 'IN15', line('PO15'), '2026-03-10')], { kind: 'missing-posting', owner: 'finance', object_id: 'PO15/10', since: '2026-03-15T10:00:00.000Z' },
      [posting('F15', 'GL15', { type: 'invoice-line', document: 'IN15', line: '1' }, 'completed', '2026-03-20')]);
once('failed posting, its hand-over counted with it; mended by the same posting', 'F16', [order('F16', 'PO16'), receipt('F16', 'RC16', line('PO16')), invoice('F16', 'IN16', line('PO16')), posting('F16', 'GL16', { type: 'invoice-line', document: 'IN16', line: '1' }, 'failed', '2026-03-30')],
      { kind: 'missing-posting', object_id: 'PO16/10', what: 'The posting failed and was not made since' }, [posting('F16', 'GL16', { type: 'invoice-line', document: 'IN16', line: '1' }, 'completed', '2026-03-31')]);

const wanted = (facility: string, more: Fields, time: string, id?: string) =>
    event('inventory.replenishment.requested', { facility, ...receiptDoc(`RP-${facility}`), ...more, lines: [{ id: '1', item: 'ITM-1', quantity: more.quantity ?? '1', uom: 'EA', location: 'OR-1' }] }, time, id);
const attempt = (n: number, outcome: string) =>
    wanted('F17', { interface: 'inventory-to-wms', target: 'wms', outcome, attempt: n, ...(outcome === 'succeeded' ? {} : { error: { class: 'timeout', code: 'HTTP_504', message: 'No answer', retryable: true } }) }, `2026-03-30T1${n}:00:00Z`);
once('stuck hand-over, mended by a later attempt', 'F17', [attempt(1, 'failed'), attempt(2, 'retrying')], { kind: 'stuck-handover', owner: 'integration support', object_id: 'RP-F17', object_type: 'replenishment' }, [attempt(3, 'succeeded')]);
once('dead letter, sent twice, mended when the same event comes readable', 'F18', [wanted('F18', { quantity: 'ten' }, '2026-03-30T10:00:00Z', 'dead-18'), wanted('F18', { quantity: 'ten' }, '2026-03-30T10:00:00Z', 'dead-18')],
      { kind: 'dead-letter', owner: 'integration support', object_id: '', reason: 'INVALID' }, [wanted('F18', {}, '2026-03-30T10:00:00Z', 'dead-18')]);
const acknowledged = ['A', 'B', 'C', 'E'].map((id) => event('procurement.order.acknowledged', { facility: 'F21', ...doc(`PO21${id}`), lines: [{ id: '10', code: 'IA' }] }, '2026-03-21T10:00:00Z'));
once('overdue acknowledgement where the supplier sends them; no work once the goods have come', 'F21', [...['A', 'B', 'C', 'D', 'E'].map((id) => order('F21', `PO21${id}`, '2026-03-20')), ...acknowledged],
      { kind: 'overdue-stage', what: 'Acknowledgement overdue; got as far as order', object_id: 'PO21D/10' }, [receipt('F21', 'RC21D', line('PO21D'), '2026-03-25')]);

const facilities = cases.map(({ facility }) => facility);
const names = (rows: readonly ExceptionRow[], at: string) => rows.filter(({ facility }) => facility === at).map((row) => `${row.kind} ${row.object_id}`);

  describe('each kind stands once', () => {
    let rows: readonly ExceptionRow[];
    beforeAll(async () => {
      // Everything is delivered twice, and changes nothing by it.
      await tell(cases.flatMap(({ cause }) => cause), 2);
      rows = await rowsAt(facilities);
    });
    it.each(cases)('$name', ({ facility, expected }) => {
      expect(names(rows, facility)).toHaveLength(1);
      expect(rows.find((row) => row.facility === facility)).toMatchObject({ facility, ...expected });
    });
    it('nothing else', () => expect(rows).toHaveLength(cases.length));

    describe('and goes when it is mended', () => {
      beforeAll(async () => {
        await tell(cases.flatMap(({ cure }) => cure), 2);
        rows = await rowsAt(facilities);
      });
      it.each(cases)('$name', ({ facility }) => expect(names(rows, facility)).toEqual([]));
    });
  });

describe('the whole list', () => {
  beforeAll(() => tell([order('G1', 'GPO1'), order('G2', 'GPO2', '2026-03-05')]));

  it('identity conflict: two messages under one id; a resend of the same bytes is none', async () => {
    const said = (facility: string, quantity: string) => event('inventory.replenishment.requested', { facility, ...receiptDoc('RP-G4'), lines: [{ id: '1', item: 'ITM-1', quantity, uom: 'EA', location: 'OR-1' }] }, '2026-03-30T10:00:00Z', `conflict-${facility}`);
    await tell([said('G4', '1'), said('G4', '2'), said('G4B', '1'), said('G4B', '1')]);
    expect(await rowsAt(['G4', 'G4B'])).toMatchObject([{ kind: 'identity-conflict', facility: 'G4', object_type: 'replenishment', object_id: 'RP-G4' }]);
  });

  it('says of receipts what their own page says', async () => {
    const to = new Date('2026-04-01T12:00:00Z');
    await tell([order('G5', 'GPO5', '2026-02-01'), receipt('G5', 'GRC5A', line('GPO5'), '2026-02-05', '4'), receipt('G5', 'GRC5B', line('GPO5'), '2026-02-10', '6'), invoice('G5', 'GIN5', line('GPO5'), '2026-02-12', { quantity: '5' }), receipt('G5', 'GRC5C', line('NEVER'), '2026-02-11')]);
    const match = { ...matchParams(), zones: {}, zone: 'UTC', facilities: ['G5'], to, band: '', supplier: '' };
    const rows = (await rowsAt(['G5'])).filter(({ kind }) => kind === 'unmatched-receipt' || kind === 'receipt-without-order');
    const page = await Promise.all(['open', 'no_order'].map((view) => receiptsNow.unmatched.page(store, { ...match, view }, { limit: 50, offset: 0 })));
    expect(rows.map((row) => [row.object_id, row.value]).sort()).toEqual(page.flatMap((one) => one.rows.map((row) => [row.object_id, row.value])).sort());
    expect(rows.find(({ kind }) => kind === 'unmatched-receipt')).toMatchObject({ object_id: 'GRC5B/1', value: '12.5', what: '5 EA of 6 received not invoiced' });
  });

  const filters = { from: '2026-01-01T00:00:00Z', to: '2026-04-02T00:00:00Z' };
  const listed = async (who: Viewer, input: Record<string, unknown>) => {
    const list = LISTS.get('exceptions.all');
    if (!list) throw new Error('no such list');
    return (await list.page({ viewer: who, store }, { filters, kind: 'overdue-stage', ...input }, { page: 1, pageSize: 100 })).rows;
  };
  const overdue = async (who: Viewer, facility?: string) => (await listed(who, { filters: { ...filters, ...(facility ? { facility } : {}) } })).map((row) => row.object_id);

  it('finds what stands whatever the range, and what arose in it where that is asked', async () => {
    await rowsAt(['G1']);
    const early = { from: '2026-03-01T00:00:00Z', to: '2026-03-02T00:00:00Z', facility: 'G1' };
    expect(await listed(viewer('supply'), { filters: early })).toMatchObject([{ object_id: 'GPO1/10', exception: 'Overdue stage', state: 'open', assignee: '', value: '25', since: '2026-03-15T10:00:00.000Z' }]);
    expect(await listed(viewer('supply'), { filters: early, arose: true })).toEqual([]);
    expect(await listed(viewer('supply'), { filters: { ...early, to: '2026-03-16T00:00:00Z' }, arose: true })).toHaveLength(1);
  });

  it('shows each person only their facilities', async () => {
    expect(await overdue(viewer('supply', ['G1']))).toEqual(['GPO1/10']);
    expect(await overdue(viewer('supply', ['G1', 'G2']), 'G2')).toEqual(['GPO2/10']);
    await expect(overdue(viewer('supply', ['G1']), 'G2')).rejects.toThrow(/not among those assigned/);
  });

  it('finds by text, severity, owner and state', async () => {
    const both = viewer('supply', ['G1', 'G2']);
    expect((await listed(both, { text: 'gpo2' })).map((row) => row.object_id)).toEqual(['GPO2/10']);
    expect(await listed(both, { text: "%' OR 1 = 1 --" })).toEqual([]);
    expect(await listed(both, { severity: 'medium', owner: 'supply chain', state: 'open' })).toHaveLength(2);
    expect(await listed(both, { severity: 'high' })).toEqual([]);
    expect(await listed(both, { assignee: 'nobody' })).toHaveLength(2);
    expect(await listed(both, { assignee: 'me' })).toEqual([]);
    await expect(listed(both, { state: 'asleep' })).rejects.toThrow(/state/);
    await expect(listed(both, { owner: 'nobody' })).rejects.toThrow(/owner/);
  });

  it('is open to supply chain, engineers and administrators, and to nobody else', async () => {
    for (const role of ['supply', 'engineer', 'administrator'] as const) {
      const summary = await createCaller({ viewer: viewer(role, ['G1']), store }).exceptions.summary({ filters });
      expect(summary).toMatchObject({ total: 1, kinds: [{ kind: 'overdue-stage', count: 1 }], money: [{ currency: 'USD', amount: '25' }], unpriced: 0, inRange: 1 });
      expect(summary.series.reduce((sum, row) => sum + Number(row['overdue-stage'] ?? 0), 0)).toBe(1);
      expect(summary.asOf).toBeInstanceOf(Date);
    }
    await expect(createCaller({ viewer: viewer('executive'), store }).exceptions.summary({ filters })).rejects.toThrow(/role/);
    await expect(overdue(viewer('executive'))).rejects.toThrow(/role/);
    await expect(createCaller({ viewer: null, store }).exceptions.summary({ filters })).rejects.toThrow(/sign in/);
  });

  it('keeps what the facts have settled, says when, and tells when it comes up again', async () => {
    const rows = () => listed(viewer('supply', ['G6']), { kind: 'over-delivery', state: 'all', filters: { range: 'all' } });
    const key = 'over-delivery:GPO6/10';
    await tell([order('G6', 'GPO6'), receipt('G6', 'GRC6', line('GPO6'), '2026-03-20', '12')]);
    await rowsAt(['G6']);
    expect(await rows()).toMatchObject([{ key, state: 'open', occurrence: 1, settled_at: null }]);
    await tell([receipt('G6', 'GRT6', { ...line('GPO6'), receipt: { document: 'GRC6', line: '1' } }, '2026-03-22', '2', 'returned')]);
    await rowsAt(['G6']);
    const [settled] = await rows();
    expect(settled).toMatchObject({ key, state: 'settled' });
    expect(Date.now() - Date.parse(String(settled?.settled_at))).toBeLessThan(60_000);
    expect(await listed(viewer('supply', ['G6']), { kind: 'over-delivery' })).toEqual([]);
    await tell([receipt('G6', 'GRC6B', line('GPO6'), '2026-03-24', '1')]);
    await rowsAt(['G6']);
    expect(await rows()).toMatchObject([{ key, state: 'open', occurrence: 2, settled_at: null, value: '2.5' }]);
  });

  it('writes nothing where nothing changed', async () => {
    const before = await store.select('SELECT count() AS n, max(run) AS run FROM exceptions');
    await refreshExceptions(store, { now: NOW });
    expect(await store.select('SELECT count() AS n, max(run) AS run FROM exceptions')).toEqual(before);
  });

  it('finds what a system says that does not own it, by facility, field and day', async () => {
    const said = (source: string, facility: string, id: string, at: string) => ({ ...receipt(facility, id, {}, at), source });
    const item = (source: string, id: string, attributes: Fields) => ({ ...event('master.item.changed', { document: { id, date: '2026-03-01' }, attributes: { name: 'x', baseUom: 'EA', ...attributes } }, '2026-03-01T00:00:00Z'), source });
    await tell([
      said('erp-old', 'S1', 'SRC1', '2026-02-27'), said('erp-old', 'S1', 'SRC2', '2026-03-02'), said('erp-new', 'S1', 'SRC3', '2026-03-02'), said('erp-new', 'S2', 'SRC4', '2026-03-02'), said('erp-old', 'S2', 'SRC5', '2026-03-02'),
      item('catalogue', 'SITM1', { gtin: '00614141000043' }), item('catalogue', 'SITM2', {}), item('item-master', 'SITM3', { gtin: '00614141000050' }),
    ]);
    const file = path.join(os.tmpdir(), `throughline-ownership-${process.pid}.yaml`);
    writeFileSync(file, `ownership:
  rules:
    - { object: receipt, system: erp-old }
    - { object: receipt, system: erp-new, facility: S1, from: "2026-03-01" }
    - { object: receipt, system: erp-old, facility: S1, until: "2026-03-01" }
    - { object: receipt, system: test, facility: G1 }
    - { object: item, field: gtin, system: item-master }
raci:
  rules: [{ type: not-its-system, facility: S2, responsible: finance }]
`);
    process.env.THROUGHLINE_RULES = file;
    try {
      const rows = (await rowsAt(['S1', 'S2', ''])).filter(({ kind, key }) => kind === 'not-its-system' && /S(RC|ITM)/.test(key));
      expect(rows.map(({ facility, what, owner, object_type, object_id }) => [facility, what, owner, object_type, object_id]).sort()).toEqual([
        ['', 'catalogue says gtin of item SITM1; item-master is its system of record there (1 event)', 'integration support', 'item', 'SITM1'],
        ['S1', 'erp-old speaks of receipt SRC2; erp-new is its system of record there (1 event)', 'integration support', 'receipt', 'SRC2'],
        ['S2', 'erp-new speaks of receipt SRC4; erp-old is its system of record there (1 event)', 'finance', 'receipt', 'SRC4'],
      ]);
    } finally {
      delete process.env.THROUGHLINE_RULES;
      rmSync(file);
    }
    // Where nothing is stated nobody is judged, and what was found by a rule that is gone is settled.
    expect((await rowsAt(['S1', 'S2'])).filter(({ kind }) => kind === 'not-its-system')).toEqual([]);
  });

  it('finds the windows on which the ends of an interface do not agree, until they do', async () => {
    const totals = (system: string, side: string, count: number, revision: number) => event('reconciliation.totals.reported', {
      facility: 'R1', interface: 'inventory-to-erp', system, side, counterpart: system === 'erp' ? 'inventory' : 'erp', window: { from: '2026-03-30T00:00:00Z', to: '2026-03-31T00:00:00Z' }, count, value: String(count * 10), currency: 'USD',
    }, `2026-03-31T0${revision}:00:00Z`);
    await tell([totals('inventory', 'source', 10, 1), totals('erp', 'target', 8, 1)]);
    const gaps = async () => (await rowsAt(['R1'])).filter(({ kind }) => kind === 'reconciliation-gap');
    expect(await gaps()).toMatchObject([{ facility: 'R1', interface: 'inventory-to-erp', owner: 'integration support', value: '20', currency: 'USD' }]);
    await tell([totals('erp', 'target', 10, 2)]);
    expect(await gaps()).toEqual([]);
  });

  it('finds what the master data lack, once for each record, until they have it', async () => {
    const costCentre = (id: string) => event('master.costcenter.changed', { document: { id, date: '2026-01-01' }, attributes: { name: id } }, '2026-03-31T00:00:00Z');
    await tell([costCentre('CC-1'), order('Q1', 'QPO1', '2026-03-20', {}, { costCentre: 'CC-9' }), order('Q1', 'QPO2', '2026-03-21', {}, { costCentre: 'CC-9' }), order('Q1', 'QPO3', '2026-03-21', {}, { costCentre: 'CC-1' })]);
    const lacking = async () => (await rowsAt(['Q1'])).filter(({ kind }) => kind === 'data-quality');
    expect(await lacking()).toMatchObject([{ facility: 'Q1', owner: 'supply chain', value: '50', currency: 'USD', what: 'Unknown cost centre: CC-9; 2 lines name it. Steward: finance master data' }]);
    await tell([costCentre('CC-9')]);
    expect(await lacking()).toEqual([]);
  });
});
