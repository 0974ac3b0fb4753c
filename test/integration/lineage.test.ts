import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../clickhouse/client';
import { refreshChains } from '../../clickhouse/chains';
import { migrate } from '../../clickhouse/migrate';
import { STAGES } from '../../clickhouse/queries/lineage-chains';
import { chainLists, lineageTotals, type ChainRow } from '../../clickhouse/queries/lineage-completeness';
import { readChain } from '../../server/lineage/chain';
import { clocksAt, lineageCompleteness } from '../../server/lineage/completeness';
import { objectView } from '../../server/lineage/object';
import { search } from '../../server/lineage/search';
import { viewOf } from '../../server/lineage/view';
import { Links } from '../../server/lineage/links';
import { chainOf } from '../../server/lineage/walk';
import { startEngine, type TestEngine } from '../support/engine';
import { ref, tell, type Line, type Told } from '../support/lineage';

let engine: TestEngine;
let store: Store;
const NOW = new Date('2026-04-01T12:00:00Z');
const SPAN = { from: new Date('2026-01-01T00:00:00Z'), to: new Date('2026-12-01T00:00:00Z') };

beforeAll(async () => {
  engine = await startEngine();
  await migrate({ url: engine.url, user: engine.user, password: engine.password, database: 'test' });
  store = engine.store();
});
afterAll(() => engine.stop());

const order = (id: string, facility: string, line: Partial<Line>, at = '2026-03-01T10:00:00Z', data: Record<string, unknown> = {}): Told => ({
  what: 'order.created', document: id, facility, at, data: { supplier: 'SUP-1', ...data }, lines: [{ id: '10', item: 'ITM-1', quantity: '10', uom: 'EA', price: '2.5', ...line }],
});
const receipt = (id: string, facility: string, of: string, line: Partial<Line> = {}, at = '2026-03-05T10:00:00Z', what = 'confirmed'): Told => ({
  what: `receipt.${what}`, document: id, facility, at, lines: [{ id: '1', order: ref(of, '10'), quantity: '10', uom: 'EA', ...line }],
});
const invoice = (id: string, facility: string, of: string, line: Partial<Line> = {}, at = '2026-03-07T10:00:00Z', what = 'received', data: Record<string, unknown> = {}): Told => ({
  what: `invoice.${what}`, document: id, facility, at, data, lines: [{ id: '1', order: ref(of, '10'), quantity: '10', uom: 'EA', price: '2.5', amount: '25', ...line }],
});
const posting = (id: string, facility: string, type: string, document: string, line: string, at = '2026-03-09T10:00:00Z', kind = 'payable', what = 'completed'): Told => ({
  what: `posting.${what}`, document: id, facility, at, data: { kind }, lines: [{ id: '1', amount: '25', account: '2100', settles: [{ type, document, line }] }],
});
const usage = (id: string, facility: string, flowType: string, at = '2026-03-01T08:00:00Z', more: Partial<Line> = {}): Told => ({
  what: 'usage.recorded', document: id, facility, at, data: { case: 'tk1-abcdefghijklmnopqrstuv' }, lines: [{ id: '1', item: 'ITM-1', quantity: '1', uom: 'EA', flowType, location: 'OR-1', ...more }],
});

/** Chains of a facility as the list gives them, by id. */
async function chainsAt(facility: string, now = NOW): Promise<Map<string, ChainRow>> {
  const asking = engine.store();
  await refreshChains(asking);
  const params = { ...SPAN, facilities: [facility], ...(await clocksAt(asking, now)), stage: '', state: '', chain_state: '', complete: '', flow: '', supplier: '', item: '', path: '', owned_stages: ['receipt'], owners: ['supply chain'] };
  const rows = new Map<string, ChainRow>();
  for await (const row of chainLists.all.stream(asking, params)) rows.set(row.id, row);
  return rows;
}

const stages = (row: ChainRow | undefined) => row && Object.fromEntries(STAGES.filter((stage) => row[stage] !== 'none').map((stage) => [stage, row[stage]]));

describe('stages, gaps and states by flow type', () => {
  it('three-way: posted and complete', async () => {
    await tell(store, [order('A1', 'FA', { flowType: 'three-way' }), receipt('AR1', 'FA', 'A1'), invoice('AI1', 'FA', 'A1'), posting('AP1', 'FA', 'invoice-line', 'AI1', '1')]);
    const row = (await chainsAt('FA')).get('A1/10');
    expect(stages(row)).toEqual({ order: 'present', receipt: 'present', invoice: 'present', posting: 'present' });
    expect(row).toMatchObject({ chain_state: 'posted', closed: 1, complete: 1, gap: 'none', reached: 'posting', value: '25', currency: 'USD' });
  });

  it('three-way: an accrual posting on the receipt does not end the chain; the invoice clock starts at the receipt', async () => {
    await tell(store, [order('B1', 'FB', { flowType: 'three-way' }), receipt('BR1', 'FB', 'B1'), posting('BP1', 'FB', 'receipt-line', 'BR1', '1', '2026-03-05T11:00:00Z', 'accrual')]);
    const row = (await chainsAt('FB')).get('B1/10');
    expect(stages(row)).toEqual({ order: 'present', receipt: 'present', invoice: 'awaited', posting: 'awaited' });
    expect(row).toMatchObject({ chain_state: 'open', closed: 0, complete: null, gap: 'awaited', gap_stage: 'invoice', gap_due: '2026-04-04T10:00:00.000Z' });
    const later = (await chainsAt('FB', new Date('2026-04-05T00:00:00Z'))).get('B1/10');
    expect(later).toMatchObject({ chain_state: 'overdue', closed: 1, complete: 0, gap: 'overdue', gap_stage: 'invoice' });
  });

  it('invoice first: the invoice is present, the posting waits for the receipt', async () => {
    await tell(store, [order('C1', 'FC', { flowType: 'three-way-invoice-first', promisedDate: '2026-04-10' }), invoice('CI1', 'FC', 'C1')]);
    const row = (await chainsAt('FC')).get('C1/10');
    expect(stages(row)).toEqual({ order: 'present', receipt: 'awaited', invoice: 'present', posting: 'awaited' });
    // Promised for the day: the day itself, then two days of slack.
    expect(row?.receipt_due).toBe('2026-04-13T00:00:00.000Z');
    expect(row?.posting_due).toBeNull();
  });

  it('two-way: no receipt is required', async () => {
    await tell(store, [order('D1', 'FD', { flowType: 'two-way' }), invoice('DI1', 'FD', 'D1'), posting('DP1', 'FD', 'invoice-line', 'DI1', '1')]);
    expect((await chainsAt('FD')).get('D1/10')).toMatchObject({ receipt: 'none', chain_state: 'posted', complete: 1 });
  });

  it('consignment fill: filled with its receipt; no invoice is expected', async () => {
    await tell(store, [order('E1', 'FE', { flowType: 'consignment-fill' }), receipt('ER1', 'FE', 'E1')]);
    expect((await chainsAt('FE')).get('E1/10')).toMatchObject({ invoice: 'none', posting: 'none', chain_state: 'filled', closed: 1, complete: 1 });
  });

  it('bill-only: usage, order, invoice, posting; the usage that an order bills has no chain of its own', async () => {
    await tell(store, [
      usage('FU1', 'FF', 'bill-only'), order('F1', 'FF', { flowType: 'bill-only', usages: [ref('FU1', '1')] }, '2026-03-02T10:00:00Z'),
      invoice('FI1', 'FF', 'F1'), posting('FP1', 'FF', 'invoice-line', 'FI1', '1'),
    ]);
    const rows = await chainsAt('FF');
    expect(stages(rows.get('F1/10'))).toEqual({ usage: 'present', order: 'present', invoice: 'present', posting: 'present' });
    expect(rows.get('F1/10')).toMatchObject({ chain_state: 'posted', complete: 1 });
    expect([...rows.keys()]).toEqual(['F1/10']);
  });

  it('consignment use that nobody ordered: the order is overdue', async () => {
    await tell(store, [usage('GU1', 'FG', 'consignment-use')]);
    const row = (await chainsAt('FG')).get('GU1/1');
    expect(stages(row)).toEqual({ usage: 'present', order: 'overdue', invoice: 'awaited', posting: 'awaited' });
    expect(row).toMatchObject({ anchor: 'usage', chain_state: 'overdue', complete: 0, gap_stage: 'order' });
  });

  it('bill-only order that names a usage which never came: orphan', async () => {
    await tell(store, [usage('HU1', 'FH', 'bill-only'), order('H0', 'FH', { flowType: 'bill-only', usages: [ref('HU1', '1')] }), order('H1', 'FH', { flowType: 'bill-only', usages: [ref('HU9', '1')] }, '2026-03-20T10:00:00Z')]);
    expect((await chainsAt('FH')).get('H1/10')).toMatchObject({ usage: 'orphan', gap: 'orphan', gap_stage: 'usage' });
  });

  it('stock: usage and the posting of its cost, by line or by case', async () => {
    await tell(store, [
      usage('IU1', 'FI', 'stock'), posting('IP1', 'FI', 'usage', 'IU1', '1', '2026-03-02T10:00:00Z', 'case-cost'),
      usage('IU2', 'FI', 'stock', '2026-03-31T08:00:00Z', { id: '1' }),
      { ...usage('IU3', 'FI', 'stock'), data: { case: 'tk1-casethreeaaaaaaaaaaaaa' } },
      { what: 'posting.completed', document: 'IP3', facility: 'FI', at: '2026-03-03T10:00:00Z', data: { kind: 'case-cost', case: 'tk1-casethreeaaaaaaaaaaaaa' }, lines: [{ id: '1', amount: '5', settles: [{ type: 'case', document: 'tk1-casethreeaaaaaaaaaaaaa' }] }] },
    ]);
    const rows = await chainsAt('FI');
    expect(rows.get('IU1/1')).toMatchObject({ usage: 'present', posting: 'present', chain_state: 'posted', complete: 1 });
    expect(rows.get('IU2/1')).toMatchObject({ posting: 'awaited', posting_due: '2026-04-05T08:00:00.000Z', chain_state: 'open' });
    expect(rows.get('IU3/1')).toMatchObject({ posting: 'present', complete: 1 });
  });

  it('a requisition that no order serves, one whose order failed, one rejected', async () => {
    const requisition = (id: string): Told => ({ what: 'requisition.submitted', document: id, facility: 'FJ', at: '2026-03-01T10:00:00Z', lines: [{ id: '1', item: 'ITM-1', quantity: '2', uom: 'EA' }] });
    await tell(store, [
      requisition('JQ1'), requisition('JQ2'), requisition('JQ3'), requisition('JQ4'),
      { what: 'order.failed', document: 'PRP-1', facility: 'FJ', at: '2026-03-01T11:00:00Z', lines: [{ id: '10', requisitions: [ref('JQ2', '1')], quantity: '2', uom: 'EA' }] },
      { what: 'requisition.rejected', document: 'JQ3', facility: 'FJ', at: '2026-03-01T12:00:00Z', revision: 1, data: { reason: 'not in budget' } },
      order('J4', 'FJ', { flowType: 'three-way', requisitions: [ref('JQ4', '1')] }),
    ]);
    const rows = await chainsAt('FJ');
    expect(rows.get('JQ1/1')).toMatchObject({ order: 'overdue', order_failed: 0, chain_state: 'overdue' });
    expect(rows.get('JQ2/1')).toMatchObject({ order: 'overdue', order_failed: 1 });
    expect(rows.get('JQ3/1')).toMatchObject({ chain_state: 'cancelled', complete: 1 });
    expect(rows.has('JQ4/1')).toBe(false);
    expect(rows.get('J4/10')).toMatchObject({ requisition: 'present' });
    expect(rows.has('PRP-1/10')).toBe(false);
  });

  it('an order line that receipts name and that never came is an orphan; without a flow type nothing says what it needs', async () => {
    await tell(store, [receipt('KR1', 'FK', 'K9'), order('K2', 'FK', {}), receipt('KR2', 'FK', 'K2')]);
    const rows = await chainsAt('FK');
    expect(rows.get('K9/10')).toMatchObject({ order: 'orphan', receipt: 'present', invoice: 'unknown', flow_type: '', complete: null });
    expect(rows.get('K2/10')).toMatchObject({ order: 'present', receipt: 'present', invoice: 'unknown', posting: 'unknown', chain_state: 'open', gap: 'unknown' });
  });

  it('cancelled: closed with nothing missing, unless goods had come; stated anew at a higher revision it is in force', async () => {
    const cancel = (id: string, line?: string): Told => ({ what: 'order.cancelled', document: id, facility: 'FL', at: '2026-03-02T10:00:00Z', revision: 1, ...(line ? { lines: [{ id: line }] } : {}) });
    await tell(store, [
      order('L1', 'FL', { flowType: 'three-way' }), cancel('L1', '10'),
      order('L2', 'FL', { flowType: 'three-way' }), cancel('L2'),
      order('L3', 'FL', { flowType: 'three-way' }), cancel('L3', '10'), receipt('LR3', 'FL', 'L3'),
      order('L4', 'FL', { flowType: 'three-way' }), cancel('L4', '10'),
      { ...order('L4', 'FL', { flowType: 'three-way' }, '2026-03-03T10:00:00Z'), what: 'order.changed', revision: 2 },
    ]);
    const rows = await chainsAt('FL');
    expect(rows.get('L1/10')).toMatchObject({ chain_state: 'cancelled', complete: 1, receipt: 'none' });
    expect(rows.get('L2/10')).toMatchObject({ chain_state: 'cancelled', complete: 1 });
    expect(rows.get('L3/10')).toMatchObject({ receipt: 'present', invoice: 'awaited', chain_state: 'open' });
    expect(rows.get('L4/10')).toMatchObject({ receipt: 'overdue', chain_state: 'overdue' });
  });

  it('a receipt taken back in full is no receipt; partly, it is one; a cancelled or fully credited invoice is none', async () => {
    await tell(store, [
      order('M1', 'FM', { flowType: 'three-way' }), receipt('MR1', 'FM', 'M1'), receipt('MX1', 'FM', 'M1', { receipt: ref('MR1', '1') }, '2026-03-06T10:00:00Z', 'reversed'),
      order('M2', 'FM', { flowType: 'three-way' }), receipt('MR2', 'FM', 'M2'), receipt('MX2', 'FM', 'M2', { quantity: '4', receipt: ref('MR2', '1') }, '2026-03-06T10:00:00Z', 'returned'),
      order('M3', 'FM', { flowType: 'three-way' }), receipt('MR3', 'FM', 'M3'), invoice('MI3', 'FM', 'M3'), { what: 'invoice.cancelled', document: 'MI3', facility: 'FM', at: '2026-03-08T10:00:00Z', revision: 1 },
      order('M4', 'FM', { flowType: 'three-way' }), receipt('MR4', 'FM', 'M4'), invoice('MI4', 'FM', 'M4'), invoice('MC4', 'FM', 'M4', { invoice: ref('MI4', '1') }, '2026-03-10T10:00:00Z', 'credited', { creditOf: 'quantity' }),
      order('M5', 'FM', { flowType: 'three-way' }), receipt('MR5', 'FM', 'M5'), invoice('MI5', 'FM', 'M5'), invoice('MC5', 'FM', 'M5', { invoice: ref('MI5', '1') }, '2026-03-10T10:00:00Z', 'credited', { creditOf: 'price' }),
      order('M6', 'FM', { flowType: 'three-way' }), receipt('MR6', 'FM', 'M6', { quantity: undefined }),
    ]);
    const rows = await chainsAt('FM');
    expect(rows.get('M1/10')).toMatchObject({ receipt: 'overdue' });
    expect(rows.get('M2/10')).toMatchObject({ receipt: 'present', invoice: 'awaited' });
    expect(rows.get('M3/10')).toMatchObject({ invoice: 'awaited' });
    expect(rows.get('M4/10')).toMatchObject({ invoice: 'awaited' });
    expect(rows.get('M5/10')).toMatchObject({ invoice: 'present', posting: 'overdue' });
    expect(rows.get('M6/10')).toMatchObject({ receipt: 'present' });
  });

  it('acknowledgement and requisition are required where the facility sends them', async () => {
    const acknowledged = (id: string): Told => ({ what: 'order.acknowledged', document: id, facility: 'FN', at: '2026-03-02T10:00:00Z', lines: [{ id: '10', code: 'IA', promisedDate: '2026-04-20' }] });
    const sent = ['1', '2', '4', '5'];
    await tell(store, [
      { what: 'requisition.submitted', document: 'NQ', facility: 'FN', at: '2026-02-28T10:00:00Z', lines: sent.map((id) => ({ id, item: 'ITM-1', quantity: '10', uom: 'EA' })) },
      ...sent.flatMap((n) => [order(`N${n}`, 'FN', { flowType: 'three-way', requisitions: [ref('NQ', n)] }), acknowledged(`N${n}`)]),
      order('N3', 'FN', { flowType: 'three-way', promisedDate: '2026-04-20' }),
    ]);
    const rows = await chainsAt('FN');
    expect(rows.get('N1/10')).toMatchObject({ requisition: 'present', acknowledgement: 'present', receipt: 'awaited' });
    expect(rows.get('N3/10')).toMatchObject({ requisition: 'unknown', acknowledgement: 'overdue', receipt: 'awaited', chain_state: 'overdue', gap_stage: 'acknowledgement' });
  });

  it('failed and reversed postings do not close; posted again they do', async () => {
    const paid = (n: string): Told[] => [order(`O${n}`, 'FO', { flowType: 'two-way' }), invoice(`OI${n}`, 'FO', `O${n}`, {}, '2026-03-30T10:00:00Z')];
    await tell(store, [
      ...paid('1'), posting('OP1', 'FO', 'invoice-line', 'OI1', '1', '2026-03-31T10:00:00Z', 'payable', 'failed'),
      ...paid('2'), posting('OP2', 'FO', 'invoice-line', 'OI2', '1', '2026-03-31T10:00:00Z'), { what: 'posting.reversed', document: 'OP2', facility: 'FO', at: '2026-03-31T12:00:00Z', revision: 1 },
      ...paid('3'), posting('OP3', 'FO', 'invoice-line', 'OI3', '1', '2026-03-31T10:00:00Z', 'payable', 'failed'), posting('OP3', 'FO', 'invoice-line', 'OI3', '1', '2026-03-31T11:00:00Z'),
    ]);
    const rows = await chainsAt('FO');
    expect(rows.get('O1/10')).toMatchObject({ posting: 'awaited', posting_failed: 1, chain_state: 'open' });
    expect(rows.get('O2/10')).toMatchObject({ posting: 'awaited' });
    expect(rows.get('O3/10')).toMatchObject({ posting: 'present', chain_state: 'posted' });
  });
});

describe('the walk', () => {
  const keys = (nodes: ReadonlyMap<string, unknown>) => [...nodes.keys()].sort();

  it('many-to-many: ancestors and descendants, siblings folded, nothing through an item, a lot or a supplier', async () => {
    await tell(store, [
      usage('PU1', 'FP', 'stock', '2026-03-01T06:00:00Z', { lot: 'LOT-HUB' }), usage('PU2', 'FP', 'stock', '2026-03-01T07:00:00Z', { lot: 'LOT-HUB' }), usage('PU3', 'FP', 'stock', '2026-03-01T07:30:00Z', { lot: 'LOT-HUB' }),
      { what: 'requisition.submitted', document: 'PQ', facility: 'FP', at: '2026-03-01T08:00:00Z', lines: [
        { id: '1', item: 'ITM-1', quantity: '2', uom: 'EA', triggeredBy: [ref('PU1', '1'), ref('PU2', '1')] }, { id: '2', item: 'ITM-1', quantity: '1', uom: 'EA', triggeredBy: [ref('PU3', '1')] }] },
      order('P1', 'FP', { flowType: 'three-way', requisitions: [ref('PQ', '1'), ref('PQ', '2')] }),
      receipt('PR1', 'FP', 'P1', { quantity: '6', lot: 'LOT-HUB' }), receipt('PR2', 'FP', 'P1', { quantity: '4', lot: 'LOT-HUB' }, '2026-03-06T10:00:00Z'),
      { what: 'invoice.received', document: 'PI', facility: 'FP', at: '2026-03-07T10:00:00Z', data: { invoiceNumber: 'F-2026-77' }, lines: [
        { id: '1', order: ref('P1', '10'), quantity: '10', uom: 'EA', price: '2.5', amount: '25' }, { id: '2', order: ref('P2', '10'), quantity: '1', uom: 'EA', price: '1', amount: '1' }] },
      { what: 'payment.made', document: 'PAY', facility: 'FP', at: '2026-03-20T10:00:00Z', lines: [{ id: '1', amount: '26', invoice: ref('PI') }] },
    ]);
    const fromUsage = await chainOf(new Links(store), { type: 'usage', id: 'PU1/1' });
    expect(keys(fromUsage.nodes)).toEqual(['invoice PI', 'invoice-line PI/1', 'order-line P1/10', 'payment PAY/1', 'receipt-line PR1/1', 'receipt-line PR2/1', 'requisition-line PQ/1', 'usage PU1/1']);
    const fromReceipt = await chainOf(new Links(store), { type: 'receipt-line', id: 'PR2/1' });
    expect(keys(fromReceipt.nodes)).toEqual(['order-line P1/10', 'receipt-line PR2/1', 'requisition-line PQ/1', 'requisition-line PQ/2', 'usage PU1/1', 'usage PU2/1', 'usage PU3/1']);
    // The payment comes back up to the other line of the invoice, and to the order that this one names.
    const fromPayment = await chainOf(new Links(store), { type: 'payment', id: 'PAY/1' });
    expect(keys(fromPayment.nodes)).toContain('order-line P2/10');
    for (const type of ['item', 'lot', 'location', 'supplier', 'case']) expect(keys(fromPayment.nodes).filter((key) => key.startsWith(`${type} `))).toEqual([]);
  });

  it('says what is folded, unfolds it, and finds the verdict of the order whatever line is asked for', async () => {
    const facts = await readChain(store, { type: 'receipt-line', id: 'PR2/1' }, { now: NOW });
    const view = viewOf(facts, [], false);
    expect(view.folded).toEqual([{ type: 'receipt-line', count: 1 }, { type: 'invoice-line', count: 1 }, { type: 'payment', count: 1 }]);
    expect(view.verdicts).toHaveLength(1);
    expect(view.verdicts[0]).toMatchObject({ id: 'P1/10', receipt: 'present', invoice: 'present', posting: 'overdue' });
    expect(view.ghosts.map((ghost) => [ghost.stage, ghost.state])).toEqual([['posting', 'overdue']]);
    expect(view.money).toEqual([
      { stage: 'ordered', currency: 'USD', amount: '25', lines: 1, unknown: 0 }, { stage: 'received', currency: 'USD', amount: '25', lines: 2, unknown: 0 },
      { stage: 'invoiced', currency: 'USD', amount: '25', lines: 1, unknown: 0 }, { stage: 'paid', currency: 'USD', amount: '26', lines: 1, unknown: 0 },
    ]);
    const open = viewOf(facts, [], true);
    expect(open.folded).toEqual([]);
    expect(open.nodes.filter((node) => node.side === 'sibling').map((node) => node.key)).toEqual(['receipt-line PR1/1', 'invoice-line PI/1', 'payment PAY/1']);
    // The invoice as a document is drawn as the edge that leads over it.
    expect(open.edges.find((edge) => edge.to === 'payment PAY/1')).toMatchObject({ from: 'invoice-line PI/1', qualifier: 'pays', whole: true });
    expect(view.context.find((each) => each.type === 'lot')?.ids).toEqual(['LOT-HUB']);
  });

  it('does not depend on arrival: duplicates and reverse order give the same chain', async () => {
    const told = (facility: string, p: string): Told[] => [
      usage(`${p}U`, facility, 'stock'),
      { what: 'requisition.submitted', document: `${p}Q`, facility, at: '2026-03-01T09:00:00Z', lines: [{ id: '1', item: 'ITM-1', quantity: '10', uom: 'EA', triggeredBy: [ref(`${p}U`, '1')] }] },
      order(`${p}O`, facility, { flowType: 'three-way', requisitions: [ref(`${p}Q`, '1')] }), receipt(`${p}R`, facility, `${p}O`), invoice(`${p}I`, facility, `${p}O`), posting(`${p}P`, facility, 'invoice-line', `${p}I`, '1'),
    ];
    await tell(store, told('FQ', 'Q1'));
    const reversed = told('FR', 'R1').reverse();
    for (const one of [...reversed, ...reversed]) await tell(store, [one]);
    const shape = async (p: string, facility: string) => {
      const view = viewOf(await readChain(store, { type: 'order-line', id: `${p}O/10` }, { now: NOW }), [], false);
      return JSON.parse(JSON.stringify({ nodes: view.nodes.map((node) => [node.type, node.id, node.state, node.at]), edges: view.edges.map((edge) => edge.id).sort(), ghosts: view.ghosts, money: view.money, verdict: stages(view.verdicts[0]), events: view.events.length }).replaceAll(p, 'X').replaceAll(facility, 'F')) as unknown;
    };
    expect(await shape('R1', 'FR')).toEqual(await shape('Q1', 'FQ'));
  });

  it('a document named without its line leads on, and says so', async () => {
    await tell(store, [
      { ...order('S1', 'FS', { flowType: 'two-way' }), lines: [{ id: '10', item: 'A', quantity: '1', uom: 'EA', price: '1' }, { id: '20', item: 'B', quantity: '1', uom: 'EA', price: '1' }] },
      { what: 'invoice.received', document: 'SI', facility: 'FS', at: '2026-03-07T10:00:00Z', lines: [{ id: '1', order: ref('S1'), amount: '2' }] },
    ]);
    const view = viewOf(await readChain(store, { type: 'order-line', id: 'S1/10' }, { now: NOW }), [], false);
    expect(view.nodes.map((node) => node.key)).toEqual(['order-line S1/10', 'invoice-line SI/1']);
    expect(view.edges).toMatchObject([{ from: 'order-line S1/10', to: 'invoice-line SI/1', qualifier: 'invoices', whole: true }]);
    expect(view.verdicts[0]).toMatchObject({ invoice: 'unknown' });
  });

  it('stops at the node limit and says how many more there are', async () => {
    await tell(store, [
      { what: 'requisition.submitted', document: 'TQ', facility: 'FT', at: '2026-03-01T08:00:00Z', lines: [{ id: '1', item: 'ITM-1', quantity: '700', uom: 'EA', triggeredBy: Array.from({ length: 700 }, (_, i) => ref(`TU${i}`, '1')) }] },
    ]);
    const chain = await chainOf(new Links(store), { type: 'requisition-line', id: 'TQ/1' });
    expect(chain.nodes.size).toBe(500);
    expect(chain.more).toBe(201);
  });

  it('shows nothing of other facilities', async () => {
    const view = await objectView(store, { type: 'order-line', id: 'A1/10' }, ['FB'], { siblings: false });
    expect(view.kind).toBe('unknown');
    expect((await search(store, 'A1', ['FB'])).hits).toEqual([]);
  });
});

describe('by key and over the network say the same', () => {
  it('for every kind of chain there is', async () => {
    const asking = engine.store();
    await refreshChains(asking);
    const clocks = await clocksAt(asking, NOW);
    const params = { ...SPAN, facilities: [], ...clocks, stage: '', state: '', chain_state: '', complete: '', flow: '', supplier: '', item: '', path: '', owned_stages: ['receipt'], owners: ['supply chain'] };
    const { rows } = await chainLists.all.page(asking, params, { limit: 500, offset: 0 });
    expect(rows.length).toBeGreaterThan(30);
    // One of each kind of verdict: the two readings share their statement, what could differ is which rows they see.
    const kinds = new Map(rows.map((row) => [[row.anchor, row.flow_type, row.chain_state, row.gap, row.gap_stage].join(' '), row]));
    expect(kinds.size).toBeGreaterThan(15);
    for (const row of kinds.values()) {
      const { verdicts } = await readChain(asking, { type: row.anchor, id: row.id }, { now: NOW, anew: true });
      const { owner: _owner, waiting_ms: _waiting, ...verdict } = row;
      expect(verdicts.find((each) => each.id === row.id), row.id).toEqual(verdict);
    }
    const totals = await lineageTotals(asking, { ...SPAN, facilities: [], ...clocks });
    expect(totals.reduce((sum, total) => sum + total.chains, 0)).toBe(rows.length);
    const figure = await lineageCompleteness(asking, { ...SPAN, facilities: [] }, NOW);
    expect(figure.complete).toBe(rows.filter((row) => row.complete === 1).length);
    expect(figure.closed).toBe(rows.filter((row) => row.complete !== null).length);
    expect(figure.notEvaluable).toBe(rows.filter((row) => row.closed === 1 && row.complete === null).length);
  }, 300_000);

  it('as what was touched, and all at once; then what is no chain any more is let go of', async () => {
    const asking = engine.store();
    const kept = () => asking.select('SELECT * EXCEPT (run) FROM chains FINAL WHERE NOT gone ORDER BY started_day, anchor, id');
    while (await refreshChains(asking));
    const asTouched = await kept();
    // As if an earlier run had known of a chain that there is not, and of one on another day.
    await asking.command(`INSERT INTO chains SELECT * REPLACE (1 AS run, 'NO-SUCH/1' AS id) FROM chains FINAL WHERE NOT gone ORDER BY id LIMIT 1`);
    await asking.command(`INSERT INTO chains SELECT * REPLACE (1 AS run, started_day - 3 AS started_day) FROM chains FINAL WHERE NOT gone ORDER BY id LIMIT 1`);
    expect(await kept()).toHaveLength(asTouched.length + 2);
    expect(await refreshChains(asking, { full: true })).toMatchObject({ full: true });
    expect(await kept()).toEqual(asTouched);
  }, 120_000);
});

describe('search', () => {
  it('finds a document by its beginning, an invoice by its number, a lot, an event by its id', async () => {
    const types = async (q: string) => (await search(store, q, [])).hits.map((hit) => `${hit.type} ${hit.id}`);
    expect(await types('pr1')).toEqual(expect.arrayContaining(['receipt PR1', 'receipt-line PR1/1']));
    expect((await search(store, 'f-2026-77', [])).hits[0]).toMatchObject({ type: 'invoice', id: 'PI', by: 'invoice number', whole: true });
    expect(await types('LOT-HUB')).toEqual(['lot LOT-HUB']);
    expect((await search(store, 'receipt.confirmed:PR1:0:2026-03-05T10:00:00Z', [])).hits[0]).toMatchObject({ type: 'receipt-line', id: 'PR1/1', by: 'event id' });
  });

  it('says where it looked when nothing is found', async () => {
    const none = await search(store, 'no-such-key', []);
    expect(none.hits).toEqual([]);
    expect(none.lookedIn).toEqual(expect.arrayContaining(['document and line ids', 'invoice numbers', 'event ids']));
    expect(await objectView(store, { type: 'order-line', id: 'NONE/1' }, [], { siblings: false })).toMatchObject({ kind: 'unknown' });
  });

  it('opens documents and context objects without a walk', async () => {
    const document = await objectView(store, { type: 'invoice', id: 'PI' }, [], { siblings: false });
    expect(document).toMatchObject({ kind: 'document', document: { documentType: 'invoice', lines: [{ id: 'PI/1', state: 'received' }, { id: 'PI/2' }] } });
    expect(await objectView(store, { type: 'lot', id: 'LOT-HUB' }, [], { siblings: false })).toMatchObject({ kind: 'context', context: { events: 5 } });
  });
});
