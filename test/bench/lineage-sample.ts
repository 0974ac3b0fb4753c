import type { Store } from '../../clickhouse/client';
import { tell, type Told } from '../support/lineage';
import { LOAD_UNTIL } from './load';

/** What the bench of lineage asks for: chains and keys of the filled log, the awkward ones among them. */
export interface LineageSample {
  readonly of: 'lineage';
  /** The end of the range that the flow page is asked for, ISO 8601. */
  readonly to: string;
  /** Lines whose chains are asked for: some at random by type, those of the busiest items, those with the most links. */
  readonly chains: { readonly random: readonly Seed[]; readonly hub: readonly Seed[]; readonly largest: readonly Seed[] };
  /** What people type, by what it is. */
  readonly keys: Readonly<Record<string, readonly string[]>>;
  readonly supplier: string;
}

export interface Seed {
  readonly type: string;
  readonly id: string;
}

const LARGEST = 5;
const PARTS = 165;
const DAY = 86_400_000;

/**
 * Writes order lines that came in many parts, since the simulated hospitals have none: each with its requisition and 165 receipts,
 * invoices and postings, 497 nodes in all. Writing them again changes nothing.
 */
export async function tellLargest(store: Store): Promise<void> {
  const began = LOAD_UNTIL - 20 * DAY;
  const at = (ms: number) => new Date(began + ms).toISOString();
  for (let n = 0; n < LARGEST; n++) {
    const [order, requisition] = [`LARGE-PO-${n}`, `LARGE-REQ-${n}`];
    const ordered = { id: '1', item: 'LARGE-ITEM', quantity: String(PARTS), uom: 'EA', price: '10' };
    const part = (i: number): Told[] => [
      { what: 'receipt.confirmed', document: `LARGE-GR-${n}-${i}`, at: at(DAY + i * 3_600_000), lines: [{ id: '1', order: { document: order, line: '1' }, item: 'LARGE-ITEM', quantity: '1', uom: 'EA' }] },
      { what: 'invoice.received', document: `LARGE-INV-${n}-${i}`, at: at(2 * DAY + i * 3_600_000), data: { invoiceNumber: `LARGE-${n}-${i}` }, lines: [{ id: '1', order: { document: order, line: '1' }, item: 'LARGE-ITEM', quantity: '1', uom: 'EA', price: '10' }] },
      { what: 'posting.completed', document: `LARGE-PST-${n}-${i}`, at: at(3 * DAY + i * 3_600_000), lines: [{ id: '1', amount: '10', settles: [{ type: 'invoice-line', document: `LARGE-INV-${n}-${i}`, line: '1' }] }], data: { kind: 'payable' } },
    ];
    await tell(store, [
      { what: 'requisition.submitted', document: requisition, at: at(0), lines: [{ id: '1', item: 'LARGE-ITEM', quantity: String(PARTS), uom: 'EA' }] },
      { what: 'order.created', document: order, at: at(3_600_000), lines: [{ ...ordered, requisitions: [{ document: requisition, line: '1' }] }], data: { supplier: 'LARGE-SUPPLIER' } },
      ...Array.from({ length: PARTS }, (_, i) => part(i)).flat(),
    ]);
  }
}

/** @param each how many of each kind */
export async function sampleOf(store: Store, each: number): Promise<LineageSample> {
  const to = new Date(LOAD_UNTIL);
  const ids = async (sql: string) => (await store.select<{ id: string }>(sql, { each, to, from: new Date(LOAD_UNTIL - 30 * DAY) }, { name: 'bench_sample', settings: { max_execution_time: 300 } })).map(({ id }) => id).filter((id) => id !== '');
  const seeds = async (type: string, sql: string): Promise<Seed[]> => (await ids(sql)).map((id) => ({ type, id }));
  const anyOf = (documentType: string, aspect: string, column: string, where = '1') =>
    `SELECT ${column} AS id FROM document_lines WHERE document_type = '${documentType}' AND aspect = '${aspect}' AND line_id != '' AND ${where} GROUP BY id ORDER BY cityHash64(id) LIMIT {each:UInt32}`;
  const [orders, usages, invoices, postings, hub, largest, documents, numbers, items, lots, gtins, locations, events, traces, suppliers, commonest] = await Promise.all([
    seeds('order-line', anyOf('order', 'created', 'object_id')),
    seeds('usage', anyOf('usage', 'recorded', 'object_id')),
    seeds('invoice-line', anyOf('invoice', 'received', 'object_id')),
    seeds('posting', anyOf('posting', 'completed', 'object_id')),
    seeds('order-line', "SELECT id FROM chains WHERE anchor = 'order-line' AND NOT gone AND item IN (SELECT item FROM chains WHERE item != '' GROUP BY item ORDER BY count() DESC LIMIT 3) GROUP BY id ORDER BY cityHash64(id) LIMIT {each:UInt32}"),
    seeds('order-line', "SELECT node_id AS id FROM links WHERE node_type = 'order-line' AND direction = 'down' GROUP BY id ORDER BY count() DESC, id LIMIT {each:UInt32}"),
    ids(anyOf('order', 'created', 'document_id')),
    ids(anyOf('invoice', 'received', 'invoice_number')),
    ids("SELECT item AS id FROM chains WHERE item != '' GROUP BY id ORDER BY count() DESC LIMIT {each:UInt32}"),
    ids(anyOf('usage', 'recorded', 'lot')),
    ids(anyOf('usage', 'recorded', 'gtin')),
    ids(anyOf('usage', 'recorded', 'location')),
    ids("SELECT id FROM events WHERE time > {from:DateTime64(3, 'UTC')} GROUP BY id ORDER BY cityHash64(id) LIMIT {each:UInt32}"),
    ids("SELECT substring(traceparent, 4, 32) AS id FROM events WHERE time > {from:DateTime64(3, 'UTC')} AND traceparent != '' GROUP BY id ORDER BY cityHash64(id) LIMIT {each:UInt32}"),
    ids("SELECT supplier AS id FROM chains WHERE supplier != '' GROUP BY id ORDER BY count() DESC LIMIT {each:UInt32}"),
    ids('SELECT substring(key, 1, 2) AS id FROM search_keys GROUP BY id ORDER BY count() DESC LIMIT 5'),
  ]);
  return {
    of: 'lineage', to: to.toISOString(), supplier: suppliers[0] ?? '',
    chains: { random: mixed([orders, usages, invoices, postings], each), hub, largest },
    keys: {
      document: documents, line: orders.map(({ id }) => id), 'beginning of a document': documents.map((id) => id.slice(0, -2)), 'invoice number': numbers, item: items, lot: lots, GTIN: gtins,
      'scanned barcode': gtins.map((gtin) => `]d201${gtin.padStart(14, '0')}17281231`), location: locations, 'event id': events, 'trace id': traces,
      'nothing that is there': documents.map((id) => `${id}-NO`), 'two letters': commonest,
    },
  };
}

/** The first of each, then the second of each, `count` in all. */
function mixed(lists: readonly (readonly Seed[])[], count: number): Seed[] {
  return Array.from({ length: count }, (_, n) => lists.flatMap((list) => list[n] ?? [])).flat().slice(0, count);
}
