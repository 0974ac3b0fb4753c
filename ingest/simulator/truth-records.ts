import { cents, perUnit } from './money';
import type { Fault, InvoiceTruth, OrderLineTruth, TruthRecord } from './truth';
import type { ExpectedVerdict } from './truth-verdicts';

/** How the truth is written down: one record per fault, line and invoice. */

export function iso(at: number): string {
  return new Date(at).toISOString();
}

export function faultRecord(fault: Fault, overlaps: readonly string[], asOf: number): TruthRecord {
  const { plantedAt, from, to, ...rest } = fault;
  // A window shows itself by what does not come from its beginning on.
  const evidenceAt = fault.evidenceAt ?? (from !== undefined && from <= asOf ? from : undefined);
  return {
    record: 'fault', ...rest, evidenceAt: undefined, plantedAt: iso(plantedAt), evidencePublishedAt: evidenceAt === undefined ? null : iso(evidenceAt),
    ...(from === undefined ? {} : { from: iso(from) }), ...(to === undefined ? {} : { to: iso(to) }), overlaps,
  };
}

/** Fault ids by fault id: those that share a document with it. */
export function overlapping(faults: readonly Fault[]): Map<string, string[]> {
  const byDocument = new Map<string, string[]>();
  for (const fault of faults)
    for (const { type, document, line } of [...(fault.documents ?? []), ...(fault.touches ?? [])]) {
      const key = `${type}|${document}|${line ?? ''}`;
      const list = byDocument.get(key);
      if (list) list.push(fault.id);
      else byDocument.set(key, [fault.id]);
    }
  const overlaps = new Map<string, Set<string>>();
  for (const ids of byDocument.values()) {
    if (ids.length < 2) continue;
    for (const id of ids) {
      const others = overlaps.get(id) ?? new Set();
      for (const other of ids) if (other !== id) others.add(other);
      overlaps.set(id, others);
    }
  }
  return new Map([...overlaps].map(([id, others]) => [id, [...others].sort()]));
}

/** Which lines follow from which, walked one way: up to what caused a line, down to what came of it. */
export class Chains {
  private readonly down = new Map<string, string[]>();
  private readonly up = new Map<string, string[]>();

  constructor(links: Iterable<string>) {
    for (const text of links) {
      const [fromType, from, , toType, to] = text.split('|');
      push(this.down, `${fromType}|${from}`, `${toType}|${to}`);
      push(this.up, `${toType}|${to}`, `${fromType}|${from}`);
    }
  }

  of(type: string, id: string): { ancestors: Record<string, string[]>; descendants: Record<string, string[]> } {
    return { ancestors: this.walk(this.up, `${type}|${id}`), descendants: this.walk(this.down, `${type}|${id}`) };
  }

  private walk(steps: Map<string, string[]>, start: string): Record<string, string[]> {
    const seen = new Set([start]);
    const queue = [start];
    const found: Record<string, string[]> = {};
    for (let node = queue.pop(); node !== undefined; node = queue.pop())
      for (const next of steps.get(node) ?? []) {
        if (seen.has(next)) continue;
        seen.add(next);
        queue.push(next);
        const [type = '', id = ''] = next.split('|');
        (found[type] ??= []).push(id);
      }
    for (const ids of Object.values(found)) ids.sort();
    return found;
  }
}

function push(map: Map<string, string[]>, key: string, value: string): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

export function orderLineRecord(id: string, line: OrderLineTruth, verdicts: Map<string, ExpectedVerdict>, chains: Chains): TruthRecord {
  const verdict = verdicts.get(`order-line|${id}`);
  return {
    record: 'order-line', id, order: line.order, line: line.line, facility: line.facility, supplier: line.supplier, currency: line.currency, item: line.item, flow: line.flow,
    ordered: String(line.quantity), pricePerBaseUnit: perUnit(line.cents, line.factor), contract: line.contract ?? null,
    contractPricePerBaseUnit: line.contractCents === undefined ? null : perUnit(line.contractCents, 1),
    received: String(line.received), reversed: String(line.reversed), returned: String(line.returned), netReceived: String(line.received - line.reversed - line.returned),
    netInvoiced: verdict?.netInvoiced ?? '0', acknowledged: line.acknowledged ?? null, cancelled: line.cancelled,
    receiptLines: line.receipts.map((receipt) => ({ id: receipt.id, quantity: String(receipt.quantity), publishedAt: iso(receipt.at) })),
    expected: verdict?.findings ?? [], ...chains.of('order-line', id),
  };
}

export function* invoiceRecords(invoice: InvoiceTruth, verdicts: Map<string, ExpectedVerdict>): Generator<TruthRecord> {
  const own = invoice.lines.map((line) => verdicts.get(`invoice-line|${invoice.document}/${line.line}`));
  const onOrder = invoice.lines.some((line) => line.orderLine !== undefined);
  yield {
    record: 'invoice', id: invoice.document, invoiceNumber: invoice.number, supplier: invoice.supplier, currency: invoice.currency, date: invoice.date, facility: invoice.facility,
    publishedAt: iso(invoice.publishedAt), onOrder, cancelled: invoice.cancelled, blocked: invoice.blocked, approved: invoice.approved, paid: cents(invoice.paid),
    perfect: own.every((verdict) => verdict?.verdict === 'MATCHED' || verdict?.verdict === 'WITHIN_TOLERANCE'),
  };
  for (const [i, line] of invoice.lines.entries()) {
    const verdict = own[i];
    yield {
      record: 'invoice-line', id: `${invoice.document}/${line.line}`, invoice: invoice.document, line: line.line, orderLine: line.orderLine ?? null, item: line.item ?? null,
      quantity: line.quantity === undefined ? null : String(line.quantity), pricePerBaseUnit: line.quantity === undefined ? null : perUnit(line.cents, line.factor), amount: cents(line.amount),
      creditedQuantity: String(invoice.creditedQuantity.get(line.line) ?? 0), creditedAmount: cents(invoice.creditedAmount.get(line.line) ?? 0), cancelled: invoice.cancelled,
      expected: verdict?.verdict ?? null, findings: verdict?.findings ?? [], beforeCredit: verdict?.beforeCredit ?? null, beyondTolerance: verdict?.beyondTolerance ?? false,
    };
  }
}
