import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refreshChains } from '../../clickhouse/chains';
import { insertRows, storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { readOcel } from '../../ingest/import/formats/ocel';
import type { Unit } from '../../ingest/import/unit';
import { ocelExport } from '../../server/export/ask';
import type { SignedIn } from '../../server/trpc/init';
import { fillLog } from '../bench/fill';
import { startEngine, type TestEngine } from '../support/engine';
import { ref, tell, type Told } from '../support/lineage';
import { lastOf, readOcelLog, relationsOf, touchesOf } from '../support/ocel';

let engine: TestEngine;
let store: Store;

const ITEM = { item: 'VALVE', uom: 'EA' };
/** Two chains in January 2020, away from the simulated ones. */
const TOLD: Told[] = [
  { what: 'usage.recorded', document: 'USE-1', at: '2020-01-01T08:00:00Z', data: { case: 'tk1-aaaaaaaaaaaaaaaaaaaaaa' }, lines: [{ id: '1', ...ITEM, lot: 'L77', quantity: '1', location: 'OR-3', implant: true }] },
  { what: 'requisition.submitted', document: 'REQ-1', at: '2020-01-01T09:00:00Z', lines: [{ id: '1', ...ITEM, quantity: '1', triggeredBy: [ref('USE-1', '1')], location: 'OR-3' }] },
  { what: 'order.created', document: 'PO-1', at: '2020-01-01T10:00:00Z', data: { supplier: 'SUP-07', flowType: 'three-way' }, lines: [{ id: '10', ...ITEM, quantity: '10', price: '25.125000', promisedDate: '2020-01-10', requisitions: [ref('REQ-1', '1')] }] },
  // A second revision, the first once more to another target after it, and the acknowledgement with a quantity of its own.
  { what: 'order.changed', document: 'PO-1', revision: 1, at: '2020-01-01T11:00:00Z', data: { supplier: 'SUP-07', flowType: 'three-way' }, lines: [{ id: '10', ...ITEM, quantity: '12.5', price: '25.125000', requisitions: [ref('REQ-1', '1')] }] },
  { what: 'order.created', document: 'PO-1', at: '2020-01-01T12:00:00Z', id: 'again', data: { supplier: 'SUP-07', flowType: 'three-way', target: 'edi', outcome: 'succeeded', attempt: 2, latencyMs: 12 }, lines: [{ id: '10', ...ITEM, quantity: '10', price: '25.125000', requisitions: [ref('REQ-1', '1')] }] },
  { what: 'order.acknowledged', document: 'PO-1', at: '2020-01-02T10:00:00Z', data: { supplier: 'SUP-07' }, lines: [{ id: '10', ...ITEM, quantity: '8', code: 'IB' }] },
  { what: 'receipt.confirmed', document: 'RCV/1', at: '2020-01-03T10:00:00Z', facility: 'SOUTH', data: { supplier: 'SUP-07' }, lines: [{ id: 'a/b', ...ITEM, quantity: '8', order: ref('PO-1', '10') }] },
  // Names an order line that never came.
  { what: 'receipt.confirmed', document: 'RCV-2', at: '2020-01-04T10:00:00Z', lines: [{ id: '1', ...ITEM, quantity: '3', order: ref('PO-GHOST', '1') }] },
  { what: 'order.created', document: 'PO-2', at: '2020-01-05T10:00:00Z', data: { supplier: 'SUP-08', flowType: 'two-way' }, lines: [{ id: '1', item: 'GAUZE', quantity: '1', uom: 'BX', price: '2' }, { id: '2', item: 'GAUZE', quantity: '2', uom: 'BX' }] },
  { what: 'invoice.received', document: 'INV-2', at: '2020-01-06T10:00:00Z', data: { supplier: 'SUP-08', invoiceNumber: '4711' }, lines: [{ id: '1', item: 'GAUZE', quantity: '1', uom: 'BX', price: '2', order: ref('PO-2', '1') }] },
];
const FROM = '2020-01-01T00:00:00Z';
const TO = '2020-02-01T00:00:00Z';
const filters = { from: FROM, to: TO };

beforeAll(async () => {
  process.env.NEXTAUTH_SECRET ??= 'a secret of the tests, long enough';
  engine = await startEngine();
  store = engine.store();
  await migrate(storeConfig({ ...process.env, ...engine.env }));
  await fillLog(store, 6_000, '1', () => undefined, 6_000);
  await tell(store, [...TOLD, ...TOLD.slice(0, 3)]);
  await refreshChains(store);
  // How far the log reaches was remembered with the store that was filled, for seconds.
  store = engine.store();
  const edge = { node_type: 'usage', node_id: 'USE-1/1', peer_type: 'receipt-line', peer_id: 'RCV-2/1', run: 1, gone: 0, qualifier: 'replenished by', rule: 'fifo@1', confidence: 0.75, why: '', time: '2020-01-04 10:00:00.000' };
  await insertRows(store, 'inferred_links', [{ ...edge, direction: 'down' }, { ...edge, node_type: edge.peer_type, node_id: edge.peer_id, peer_type: edge.node_type, peer_id: edge.node_id, direction: 'up' }]);
}, 300_000);
afterAll(() => engine.stop());

const viewer = (facilities: string[] | null): SignedIn => ({ store, viewer: { id: 'p', name: 'P', email: 'p@example.org', role: 'executive', facilities } });
async function text(input: Record<string, unknown>, facilities: string[] | null = null): Promise<string> {
  let all = '';
  for await (const chunk of ocelExport(viewer(facilities), input, new AbortController().signal)) all += chunk;
  return all;
}
const log = async (input: Record<string, unknown>, facilities: string[] | null = null) => readOcelLog(await text(input, facilities));

/** What the store holds of a range, by its own tables. */
const inStore = async (where: string) => ({
  events: (await store.select<{ id: string }>(`SELECT DISTINCT toString(event_key) AS id FROM events WHERE ${where} AND NOT startsWith(type, 'ops.') ORDER BY id`)).map(({ id }) => id),
  touches: (await store.select<{ pair: string }>(`SELECT DISTINCT concat(toString(event_key), ' ', object_type, ':', object_id) AS pair FROM object_events WHERE ${where} AND NOT startsWith(type, 'ops.')`)).map(({ pair }) => pair).sort(),
  relations: (await store.select<{ relation: string }>(`SELECT DISTINCT concat(node_type, ':', node_id, ' ', qualifier, ' ', peer_type, ':', peer_id) AS relation FROM links WHERE direction = 'down' AND links.time >= '2000-01-01' AND ${where}`)).map(({ relation }) => relation).sort(),
});

describe('the whole of a range', () => {
  it('is valid, and brings every event, object and relation back', async () => {
    const back = await log({ filters: { range: 'all' } });
    const kept = await inStore('1');
    expect(kept.events.length).toBeGreaterThan(5_000);
    expect(back.events.map(({ id }) => id).sort()).toEqual(kept.events);
    expect(touchesOf(back)).toEqual(kept.touches);
    expect(relationsOf(back)).toEqual(kept.relations);
  });

  it('brings back what every line says, as it is in force', async () => {
    const back = await log({ filters: { range: 'all' } });
    const lines = await store.select<{ type: string; id: string; aspect: string; quantity: string | null; uom: string; price: string | null; item: string; lot: string; code: string }>(
      `SELECT transform(toString(document_type), ['usage', 'requisition', 'order', 'shipment', 'receipt', 'invoice'], ['usage', 'requisition-line', 'order-line', 'shipment-line', 'receipt-line', 'invoice-line'], '') AS type,
         object_id AS id, aspect, quantity, uom, price, item, lot, code FROM document_lines FINAL WHERE type != '' AND line_id != ''`);
    expect(lines.length).toBeGreaterThan(500);
    const objects = new Map(back.objects.map((object) => [object.id, object]));
    for (const { type, id, aspect, ...fields } of lines) {
      const said = [...(objects.get(`${type}:${id}`)?.attributes ?? [])].sort((a, b) => a.time.localeCompare(b.time));
      for (const [name, value] of Object.entries(fields)) {
        if (value === null || value === '') continue;
        expect(said.findLast((each) => each.name === `${aspect}.${name}`)?.value, `${aspect}.${name} of ${type} ${id}`).toBe(value);
      }
    }
  });

  it('keeps revisions apart by time, aspects by name, and decimals exact', async () => {
    const back = await log({ filters });
    const line = back.objects.find(({ id }) => id === 'order-line:PO-1/10');
    expect(line?.attributes.filter(({ name }) => name.endsWith('.quantity'))).toEqual([
      { name: 'created.quantity', value: '10', time: '2020-01-01T10:00:00.000Z' },
      { name: 'created.quantity', value: '12.5', time: '2020-01-01T11:00:00.000Z' },
      { name: 'acknowledged.quantity', value: '8', time: '2020-01-02T10:00:00.000Z' },
    ]);
    expect(lastOf(back, 'order-line:PO-1/10')).toMatchObject({ 'created.price': '25.125', 'created.due_at': '2020-01-10T00:00:00.000Z', 'acknowledged.code': 'IB' });
    expect(lastOf(back, 'invoice:INV-2')).toMatchObject({ 'received.invoice_number': '4711', 'received.supplier': 'SUP-08', 'received.currency': 'USD' });
    expect(lastOf(back, 'usage:USE-1/1')).toMatchObject({ 'recorded.implant': 'true', 'recorded.lot': 'L77' });
    const again = back.events.find(({ attributes }) => attributes.some(({ value }) => value === 'again'));
    expect(again).toMatchObject({ type: 'procurement.order.created.v1', relationships: expect.arrayContaining([{ objectId: 'order-line:PO-1/10', qualifier: 'created' }, { objectId: 'order:PO-1', qualifier: 'document' }, { objectId: 'item:VALVE', qualifier: 'item' }]) });
    expect(again?.attributes).toEqual(expect.arrayContaining([{ name: 'target', value: 'edi' }, { name: 'attempt', value: '2' }, { name: 'latency_ms', value: '12' }]));
  });

  it('holds what documents name and never came, and nothing of a payload', async () => {
    const written = await text({ filters });
    expect(relationsOf(readOcelLog(written))).toEqual([
      'order-line:PO-1/10 receives receipt-line:RCV/1/a%2Fb', 'order-line:PO-2/1 invoices invoice-line:INV-2/1', 'order-line:PO-GHOST/1 receives receipt-line:RCV-2/1',
      'requisition-line:REQ-1/1 orders order-line:PO-1/10', 'usage:USE-1/1 triggers requisition-line:REQ-1/1', 'invoice-line:INV-2/1 part of invoice:INV-2',
    ].sort());
    expect(written).not.toMatch(/payload|specversion|triggeredBy/);
  });

  it('is read by the import like any other OCEL file, event by event', async () => {
    const written = await text({ filters });
    async function* bytes() { yield Buffer.from(written); }
    const units: Unit[] = [];
    for await (const unit of readOcel(bytes())) units.push(unit);
    expect(units.map(({ kind }) => kind)).toEqual(TOLD.map(() => 'record'));
    expect(units.find(({ kind, where }) => kind === 'record' && where === `event ${readOcelLog(written).events[2]?.id}`)).toMatchObject({ record: {
      event: { type: 'procurement.order.created.v1', attributes: { document_id: 'PO-1' } },
      objects: expect.arrayContaining([expect.objectContaining({ id: 'order-line:PO-1/10', type: 'order-line', attributes: expect.objectContaining({ 'created.quantity': '10' }), related: [{ id: 'receipt-line:RCV/1/a%2Fb', type: 'receipt-line', qualifier: 'receives' }] })]),
    } });
  });

  it('marks inferred relations, and only when they are asked for', async () => {
    expect(relationsOf(await log({ filters })).filter((relation) => relation.includes('inferred'))).toEqual([]);
    const back = await log({ filters, inferred: true });
    expect(relationsOf(back).filter((relation) => relation.includes('inferred'))).toEqual(['usage:USE-1/1 replenished by (inferred by fifo@1, confidence 0.75) receipt-line:RCV-2/1']);
  });
});

describe('what is narrowed', () => {
  it('is the whole chains that the page lists', async () => {
    const back = await log({ filters, supplier: 'SUP-07' });
    expect(new Set(back.events.map(({ attributes }) => attributes.find(({ name }) => name === 'document_id')?.value))).toEqual(new Set(['USE-1', 'REQ-1', 'PO-1', 'RCV/1']));
    expect(back.events).toHaveLength(7);
    expect(relationsOf(back)).toEqual(['order-line:PO-1/10 receives receipt-line:RCV/1/a%2Fb', 'requisition-line:REQ-1/1 orders order-line:PO-1/10', 'usage:USE-1/1 triggers requisition-line:REQ-1/1']);
    expect(lastOf(back, 'order-line:PO-1/10')).toEqual(lastOf(await log({ filters }), 'order-line:PO-1/10'));
    const two = await log({ filters, flow: 'two-way', tab: 'orders' });
    expect(two.events.map(({ type }) => type)).toEqual(['procurement.order.created.v1', 'finance.invoice.received.v1']);
  });

  it('says the same of its chains as the whole does', async () => {
    const [whole, part] = [await log({ filters: { range: 'all' } }), await log({ filters: { range: 'all' }, flow: 'three-way' })];
    const events = new Map(whole.events.map((event) => [event.id, event]));
    const objects = new Map(whole.objects.map((object) => [object.id, object]));
    expect(part.events.length).toBeGreaterThan(50);
    for (const event of part.events) expect(event).toEqual(events.get(event.id));
    const anchors = part.objects.filter(({ type, attributes }) => type === 'order-line' && attributes.length > 0);
    expect(anchors.length).toBeGreaterThan(10);
    for (const line of anchors) expect(line.attributes).toEqual(objects.get(line.id)?.attributes);
  });
});

describe('what is refused', () => {
  it('shows a person nothing of other facilities', async () => {
    const south = await log({ filters }, ['SOUTH']);
    expect(south.events.map(({ type }) => type)).toEqual(['procurement.receipt.confirmed.v1']);
    await expect(text({ filters: { ...filters, facility: 'NORTH' } }, ['SOUTH'])).rejects.toThrow(/not among those assigned/);
  });

  it('is a filter that cannot be read, before anything is sent', async () => {
    await expect(text({ filters: { range: 'for ever' } })).rejects.toThrow();
    await expect(text({ filters, stage: 'nowhere' })).rejects.toThrow();
  });
});
