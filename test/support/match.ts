import type { ContractEvent } from '../../ingest/contract/envelope';
import { createDecoder } from '../../ingest/listener/decode';
import { insertRows, type Store } from '../../clickhouse/client';
import { refreshMatches } from '../../clickhouse/matches';
import { MATCHED_TOTALS, type MatchParams } from '../../clickhouse/queries/match';
import { invoiceLines } from '../../clickhouse/queries/invoices';
import { matchParams, matchRules } from '../../server/rules/match';
import { decoderParts } from './pipeline';
import { eventOf, type Line } from './lineage';

/** Orders, receipts and invoices written by hand, read by the listener's own decoder into the log. */

interface Head {
  on?: string;
  facility?: string;
  supplier?: string;
  currency?: string | null;
  revision?: number;
  [field: string]: unknown;
}

function document(what: string, id: string, lines: Line[] | undefined, { on = '2026-03-10', facility = 'NORTH', supplier = 'SUP-1', currency = 'USD', revision = 0, ...data }: Head = {}): ContractEvent {
  const doc = { id, revision, date: on, ...(currency === null || what.startsWith('receipt') ? {} : { currency }) };
  return eventOf({ what, document: id, at: `${on}T15:00:00Z`, facility, revision, ...(lines ? { lines } : {}), data: { ...(supplier === '' ? {} : { supplier }), ...data, document: doc } });
}

const at = (order: string, line = '1') => ({ order: { document: order, line } });
type Fields = Record<string, unknown>;

export const order = (id: string, line: Fields, head: Head = {}) =>
  document('order.created', id, [{ id: '1', item: 'ITEM', uom: 'EA', ...line }], { on: '2026-03-01', flowType: 'three-way', ...head });
export const receipt = (id: string, orderId: string, quantity: string | undefined, head: Head = {}, line: Fields = {}) =>
  document('receipt.confirmed', id, [{ id: '1', ...at(orderId), item: 'ITEM', uom: 'EA', ...(quantity === undefined ? {} : { quantity }), ...line }], { on: '2026-03-05', ...head });
export const takenBack = (what: 'reversed' | 'returned', id: string, orderId: string, line: Fields, head: Head = {}) =>
  document(`receipt.${what}`, id, [{ id: '1', ...at(orderId), item: 'ITEM', uom: 'EA', ...line }], { on: '2026-03-06', ...head });
export const invoice = (id: string, orderId: string | undefined, line: Fields, head: Head = {}) =>
  document('invoice.received', id, [{ id: '1', ...(orderId === undefined ? {} : at(orderId)), item: 'ITEM', uom: 'EA', ...line }], { invoiceNumber: `N-${id}`, ...head });
export const credit = (id: string, of: 'quantity' | 'price' | undefined, line: Fields, head: Head = {}) =>
  document('invoice.credited', id, [{ id: '1', item: 'ITEM', uom: 'EA', ...line }], { on: '2026-03-15', ...(of ? { creditOf: of } : {}), ...head });
export const cancelled = (id: string, lines?: Line[], head: Head = {}) => document('invoice.cancelled', id, lines, { on: '2026-03-16', revision: 1, ...head });
export const anyDocument = document;
export const item = (id: string, attributes: Fields, from = '2026-01-01', version = 1) =>
  eventOf({ what: 'item.changed', document: id, at: `${from}T00:00:00Z`, data: { document: { id, revision: version, date: from }, attributes } });

let sequence = 0;

/** Events as the listener writes them, decoded from their bytes; throws where one became a dead letter. */
export async function keep(store: Store, events: readonly ContractEvent[]): Promise<void> {
  const decoder = createDecoder(decoderParts());
  const rows = [];
  for (const event of events) {
    const typed = event.type.includes('item.changed') || event.type.startsWith('integration.') ? { ...event, type: `master.${event.type.split('.').slice(1).join('.')}` } : event;
    const decoded = await decoder.decode({
      data: Buffer.from(JSON.stringify(typed)), headers: undefined, stream: 'EVENTS', seq: ++sequence, subject: 'events.test', recordedAt: Date.parse('2026-10-01T00:00:00Z') + sequence,
    });
    if (decoded.dead.length > 0) throw new Error(String(decoded.dead[0]?.reason));
    rows.push(...decoded.events);
  }
  await insertRows(store, 'events', rows);
}

/** Parameters of every match query, over all of the data, under the default rules or others. */
export function everything(rules: Record<string, unknown> = {}): MatchParams {
  return { from: new Date('2000-01-01'), to: new Date('2030-01-01'), facilities: [], zones: {}, zone: 'UTC', ...matchParams(matchRules.parse(rules)) };
}

/** The invoice lines on an order (or of an invoice), first verdict first tested. */
export async function verdictsOf(store: Store, key: { order?: string; invoice?: string }, rules: Record<string, unknown> = {}) {
  await refreshMatches(store, everything(rules));
  const page = await invoiceLines.page(store, { ...everything(), view: 'all', supplier: '', item: '', invoice: key.invoice ?? '' }, { sort: 'date', limit: 500, offset: 0 });
  return page.rows.filter((row) => key.order === undefined || row.order_id === key.order);
}

/** An order's only line as it is kept. */
export async function orderLineOf(store: Store, id: string, rules: Record<string, unknown> = {}) {
  await refreshMatches(store, everything(rules));
  const [row] = await store.select<{ ordered: string | null; received: string | null; invoiced: string | null; factor: string | null; over_delivered: number }>(
    `WITH ${MATCHED_TOTALS} SELECT toString(qo) AS ordered, toString(qr) AS received, toString(qi) AS invoiced, toString(ko) AS factor, over_delivered FROM match_totals WHERE known AND order_id = {id:String}`, { id });
  if (!row) throw new Error(`order ${id} is not known`);
  return row;
}
