import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openSource, formatOf } from '../../ingest/import/source';
import type { ContractEvent } from '../../ingest/contract/envelope';
import { createMapper, loadConfiguredMappings, loadMappings, type Mapper, type MappingFailure } from '../../ingest/mapping';

const FIXTURES = path.resolve(import.meta.dirname, '../support/fixtures');

let mapper: Mapper;
beforeAll(async () => {
  mapper = createMapper([...(await loadConfiguredMappings({})), ...(await loadMappings(path.join(FIXTURES, 'mappings')))]);
});

interface Outcome {
  events: ContractEvent[];
  failures: { where: string; code: string; failure?: MappingFailure }[];
}

async function mapped(file: string, name: string, params: Record<string, unknown> = {}): Promise<Outcome> {
  const mapping = mapper.forName(name);
  if (!mapping) throw new Error(`no mapping ${name}`);
  const source = await openSource(path.join(FIXTURES, file), formatOf(file) ?? 'csv', mapping.csv);
  const outcome: Outcome = { events: [], failures: [] };
  for await (const unit of source.units()) {
    if (unit.kind === 'unreadable') outcome.failures.push({ where: unit.where, code: unit.code });
    else
      for (const result of await mapping.applyMessage(unit.record, { file: source.name, params })) {
        if (result.ok) outcome.events.push(result.event);
        else outcome.failures.push({ where: unit.where, code: result.code, failure: result });
      }
  }
  return outcome;
}

type Line = { id: string; [field: string]: unknown };
const lines = (event: ContractEvent | undefined) => (event?.data.lines ?? []) as Line[];
const document = (event: ContractEvent | undefined) => event?.data.document as { id: string; revision?: number; date?: string };

describe('purchase-to-pay log (bpic2019)', () => {
  let all: Outcome;
  const of = (trace: string, number: number) => all.events.find(({ id }) => id === `${trace}#${number}`);
  beforeAll(async () => {
    all = await mapped('purchase-to-pay.xes', 'bpic2019');
  });

  it('makes each event of the log one event, in its own identity', () => {
    expect(all.events).toHaveLength(37);
    expect(new Set(all.events.map(({ id }) => id)).size).toBe(37);
    expect(all.failures.map(({ where, code }) => [where, code])).toEqual([['trace 2000000003_00001, event 7', 'UNMAPPED'], ['trace 4507000005_00010', 'EMPTY_TRACE']]);
  });

  it('counts receipts once: a service entry sheet is no second one', () => {
    const receipts = all.events.filter(({ type }) => type === 'procurement.receipt.confirmed.v1');
    expect(receipts.map((event) => document(event).id)).toEqual(['GR-4507000001_00010-3', 'GR-4507000001_00010-4', 'GR-4507000002_00010-7', 'GR-4507000002_00010-9']);
    expect(all.events.filter(({ type }) => type === 'procurement.shipment.notified.v1')).toHaveLength(2);
    expect(lines(of('4507000002_00010', 8))[0]).toMatchObject({ order: { document: '4507000002', line: '00010' }, receipt: { document: 'GR-4507000002_00010-7', line: '1' } });
  });

  it('counts invoices once: the supplier\'s paper is no second one', () => {
    const invoices = all.events.filter(({ type }) => type === 'finance.invoice.received.v1');
    expect(invoices.map((event) => document(event).id)).toEqual(['INV-4507000001_00010-7', 'INV-4507000001_00010-11', 'INV-4507000004_00010-3']);
    expect(document(of('4507000001_00010', 9)).id).toBe('INV-4507000001_00010-7');
    expect(document(of('4507000001_00010', 12)).id).toBe('INV-4507000001_00010-11');
    expect(document(of('4507000001_00010', 8)).id).toBe('INV-4507000001_00010-7');
    for (const number of [2, 10, 13, 14]) expect(of('4507000001_00010', number)?.type).toBe('procurement.order.changed.v1');
  });

  it('keeps the creation in force beside activities that change nothing known', () => {
    expect(of('4507000001_00010', 1)).toMatchObject({ sequence: '1', data: { document: { id: '4507000001', date: '2018-01-02' } } });
    expect(of('4507000001_00010', 14)?.sequence).toBeUndefined();
    expect(document(of('4507000001_00010', 14)).revision).toBeUndefined();
  });

  it('cancels a deleted line and brings a reactivated one back', () => {
    expect(of('4507000002_00010', 5)).toMatchObject({ type: 'procurement.order.cancelled.v1', data: { document: { revision: 1 } } });
    expect(of('4507000002_00010', 6)).toMatchObject({ type: 'procurement.order.changed.v1', data: { document: { revision: 2 } } });
    expect(of('4507000002_00020', 2)?.type).toBe('procurement.order.cancelled.v1');
  });

  it('reads the flow from the trace, else from the file, else not at all', async () => {
    const flows = (outcome: Outcome) => outcome.events.filter(({ type }) => type === 'procurement.order.created.v1').map((event) => event.data.flowType);
    expect(flows(all)).toEqual(['three-way', 'consignment-fill', 'consignment-fill', undefined, 'two-way']);
    expect(flows(await mapped('purchase-to-pay.xes', 'bpic2019', { flowType: 'three-way-invoice-first' }))).toEqual(Array(5).fill('three-way-invoice-first'));
  });

  it('names company, supplier and person where the trace does', () => {
    expect(of('4507000001_00010', 1)?.data).toMatchObject({ facility: 'companyID_0000', supplier: 'vendorID_0001', actor: { kind: 'human', id: 'user_001' }, attributes: { activity: 'Create Purchase Order Item', netWorthEur: '298' } });
    expect(of('4507000001_00010', 2)?.data).toMatchObject({ actor: { kind: 'system', id: 'batch_02' } });
    expect(of('4507000001_00010', 2)?.data.attributes).not.toHaveProperty('netWorthEur');
    expect(of('2000000003_00001', 2)?.data).toMatchObject({ facility: 'bpic2019' });
    expect(of('2000000003_00001', 2)?.data).not.toHaveProperty('supplier');
  });

  it('links the order line to its requisition', () => {
    expect(lines(of('4507000002_00010', 3))[0]?.requisitions).toEqual([{ document: 'PR-4507000002_00010', line: '1' }]);
    expect(lines(of('2000000003_00001', 2))[0]?.requisitions).toEqual([{ document: 'SRM-2000000003_00001', line: '1' }]);
    expect(lines(of('4507000001_00010', 1))[0]).not.toHaveProperty('requisitions');
  });

  it('settles the one invoice of a line, else the line', () => {
    expect(lines(of('4507000004_00010', 4))[0]?.settles).toEqual([{ type: 'invoice-line', document: 'INV-4507000004_00010-3', line: '1' }]);
    expect(lines(of('4507000001_00010', 15))[0]?.settles).toEqual([{ type: 'order-line', document: '4507000001', line: '00010' }]);
  });

  it('takes no date of 1948 for an invoice', () => expect(document(of('4507000004_00010', 3)).date).toBe('2018-05-20'));
});

describe('delivery history (scms)', () => {
  let all: Outcome;
  const of = (id: string) => all.events.find((event) => event.id === id);
  beforeAll(async () => {
    all = await mapped('deliveries.csv', 'scms');
  });

  it('makes each row its events, or a dead letter that names mapping and expression', () => {
    expect(all.events.map(({ id }) => id)).toEqual([
      '1-order', '1-shipment', '1-receipt', '2-quote', '2-order', '2-sent', '2-shipment', '2-receipt', '3-quote', '3-order', '3-sent', '3-shipment', '3-receipt', '4-order', '4-shipment', '4-receipt',
    ]);
    expect(all.failures).toMatchObject([{ where: 'row 5', code: 'MAPPING_FAILED', failure: { mapping: 'scms@1', field: 'let sent', expression: expect.stringContaining('$date(`PO Sent to Vendor Date`') as string } }, { where: 'row 6', code: 'CSV_COLUMNS' }]);
  });

  it('leaves out what the columns say in words', () => {
    const created = of('4-order');
    expect(document(created)).toEqual({ id: 'SO-6', currency: 'USD' });
    expect(created?.time).toBe('2014-11-01T00:00:00Z');
    expect(lines(created)[0]).toMatchObject({ attributes: { timeIs: 'delivery scheduled' } });
    expect(of('4-sent')).toBeUndefined();
    expect(lines(of('2-shipment'))[0]?.attributes).toEqual({ timeIs: 'delivered', weightNote: 'See ASN-9 (ID#:3)', freightNote: 'See ASN-9 (ID#:3)' });
    expect(lines(of('3-shipment'))[0]?.attributes).toEqual({ timeIs: 'delivered', weightKg: '1855', freightUsd: '16007.06' });
  });

  it('reads both forms of dates, quantities and prices', () => {
    expect(of('2-order')?.time).toBe('2014-08-20T00:00:00Z');
    expect(of('1-receipt')).toMatchObject({ time: '2006-06-02T00:00:00Z', data: { facility: 'cote-d-ivoire', document: { id: 'RCV-ASN-8', date: '2006-06-02' } } });
    expect(lines(of('1-order'))[0]).toMatchObject({ item: 'hiv-reveal-test-30-tests', quantity: '19', uom: 'PK', price: '29', attributes: { itemDescription: 'HIV, "Reveal" Test, 30 Tests', lineValue: '551' } });
    expect(lines(of('3-receipt'))[0]).toMatchObject({ order: { document: 'SCMS-5', line: '3' }, shipment: { document: 'ASN-9', line: '3' } });
  });
});

describe('other formats', () => {
  it('NDJSON', async () => {
    const { events, failures } = await mapped('receipts.ndjson', 'fixture-receipts');
    expect(events.map(({ id }) => id)).toEqual(['R-1', 'R-2']);
    expect(failures.map(({ where, code }) => [where, code])).toEqual([['line 3', 'NOT_JSON'], ['line 4', 'MAPPING_FAILED'], ['line 5', 'MAPPING_FAILED'], ['line 6', 'IGNORED']]);
  });

  it('OCEL 2.0', async () => {
    const { events, failures } = await mapped('log.ocel.json', 'fixture-ocel');
    expect(lines(events[0])[0]).toEqual({ id: '10', price: '5.00' });
    expect(lines(events[1])[0]).toMatchObject({ quantity: '4', attributes: { price: '5.50', related: 'S7' } });
    expect(failures.map(({ where, code }) => [where, code])).toEqual([['event e3', 'UNMAPPED'], ['event 4', 'OCEL_EVENT']]);
  });
});
