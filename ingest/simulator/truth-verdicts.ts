import type { InvoiceLineFact, InvoiceTruth, OrderLineTruth } from './truth';

/** Which verdict each line should get, from what is true: section 5 of the domain, with the default limits. */
export interface ExpectedVerdict {
  /** The first finding, or MATCHED; of an order line the first finding or undefined. */
  readonly verdict: string | undefined;
  readonly findings: readonly string[];
  /** The verdict before a credit of price, where that differs. */
  readonly beforeCredit?: string | undefined;
  readonly beyondTolerance: boolean;
  /** Of an order line: Qi in base units. */
  readonly netInvoiced?: string;
}

const PERCENT_LIMIT = 0.02;
const ABSOLUTE_LIMIT_CENTS = 500;
const DUPLICATE_DAYS = 30;
const NEEDS_RECEIPT = new Set(['three-way', 'three-way-invoice-first']);

interface Placed {
  readonly invoice: InvoiceTruth;
  readonly line: InvoiceLineFact;
}

/** Keys: `order-line|<order>/<line>` and `invoice-line|<invoice>/<line>`. */
export function expectedVerdicts(orderLines: ReadonlyMap<string, OrderLineTruth>, invoices: ReadonlyMap<string, InvoiceTruth>): Map<string, ExpectedVerdict> {
  const verdicts = new Map<string, ExpectedVerdict>();
  const byOrderLine = new Map<string, Placed[]>();
  const ordered = [...invoices.values()].sort((a, b) => compare(a.date, b.date) || compare(a.number, b.number) || compare(a.document, b.document));
  const numbers = new Map<string, string>();
  const sameNumber = new Set<string>();
  for (const invoice of ordered) {
    const key = `${invoice.supplier}|${invoice.number.toUpperCase().replace(/[^A-Z0-9]/g, '')}`;
    if (numbers.has(key)) sameNumber.add(invoice.document);
    else numbers.set(key, invoice.document);
    for (const line of invoice.lines) {
      if (line.orderLine === undefined) continue;
      const list = byOrderLine.get(line.orderLine);
      if (list) list.push({ invoice, line });
      else byOrderLine.set(line.orderLine, [{ invoice, line }]);
    }
  }

  const duplicates = new Set<string>();
  for (const [id, placed] of byOrderLine) {
    const order = orderLines.get(id);
    const live = placed.filter(({ invoice }) => !invoice.cancelled);
    const qr = order ? order.received - order.reversed - order.returned : 0;
    let qi = live.reduce((sum, one) => sum + netQuantity(one), 0);
    const limit = order && NEEDS_RECEIPT.has(order.flow) ? qr : (order?.quantity ?? 0);
    for (const [n, { invoice, line }] of live.entries()) {
      const again = live.slice(0, n).some((before) =>
        before.invoice.document !== invoice.document && before.line.quantity === line.quantity && before.line.amount === line.amount &&
        daysBetween(before.invoice.date, invoice.date) <= DUPLICATE_DAYS && !before.invoice.creditedQuantity.has(before.line.line) && qi > limit);
      if (sameNumber.has(invoice.document) || again) {
        duplicates.add(`${invoice.document}/${line.line}`);
        qi -= line.quantity ?? 0;
      }
    }
    const findings: string[] = [];
    if (order && qr > order.quantity) findings.push('OVER_DELIVERED');
    verdicts.set(`order-line|${id}`, { verdict: findings[0], findings, beyondTolerance: findings.length > 0, netInvoiced: String(qi) });
    for (const one of placed) {
      const key = `${one.invoice.document}/${one.line.line}`;
      verdicts.set(`invoice-line|${key}`, one.invoice.cancelled ? cancelled() : lineVerdict(one, order, qi, qr, duplicates.has(key)));
    }
  }
  for (const [id, order] of orderLines)
    if (!verdicts.has(`order-line|${id}`)) {
      const over = order.received - order.reversed - order.returned > order.quantity;
      verdicts.set(`order-line|${id}`, { verdict: over ? 'OVER_DELIVERED' : undefined, findings: over ? ['OVER_DELIVERED'] : [], beyondTolerance: over, netInvoiced: '0' });
    }
  for (const invoice of invoices.values())
    for (const line of invoice.lines) {
      if (line.orderLine !== undefined) continue;
      const findings = sameNumber.has(invoice.document) ? ['NO_PO', 'DUPLICATE'] : ['NO_PO'];
      verdicts.set(`invoice-line|${invoice.document}/${line.line}`, invoice.cancelled ? cancelled() : { verdict: 'NO_PO', findings, beyondTolerance: true });
    }
  return verdicts;
}

function cancelled(): ExpectedVerdict {
  return { verdict: undefined, findings: [], beyondTolerance: false };
}

function netQuantity({ invoice, line }: Placed): number {
  return (line.quantity ?? 0) - (invoice.creditedQuantity.get(line.line) ?? 0);
}

function lineVerdict({ invoice, line }: Placed, order: OrderLineTruth | undefined, qi: number, qr: number, duplicate: boolean): ExpectedVerdict {
  // Its message is still on the way: as far as anybody can see there is no such order.
  if (!order || order.flow === '') return { verdict: 'NO_PO', findings: ['NO_PO'], beyondTolerance: true };
  const findings: string[] = [];
  if (order.cancelled) findings.push('ORDER_CANCELLED');
  if (invoice.supplier !== order.supplier) findings.push('SUPPLIER');
  if (invoice.currency !== order.currency) findings.push('CURRENCY');
  if (duplicate) findings.push('DUPLICATE');
  if (line.item !== undefined && line.item !== order.item) findings.push('ITEM');
  if (line.quantity === undefined) findings.push('UOM_UNRESOLVED');
  const suspect = line.quantity !== undefined && packRatio(line, order);
  if (suspect) findings.push('UOM_SUSPECT');
  if (NEEDS_RECEIPT.has(order.flow) && line.quantity !== undefined && !duplicate) {
    if (qr <= 0 || (qi > qr && order.flow === 'three-way-invoice-first')) findings.push('AWAITING_RECEIPT');
    else if (qi > qr) findings.push('QTY_OVER_RECEIPT');
  }
  if (line.quantity !== undefined && !duplicate && qi > order.quantity) findings.push('QTY_OVER_ORDER');
  const comparable = line.quantity !== undefined && invoice.currency === order.currency && !suspect;
  // Quantity credits take price × quantity out of the amount; what is left of the amount is what is paid per unit.
  const creditedQuantity = invoice.creditedQuantity.get(line.line) ?? 0;
  const priceCredit = creditedQuantity === 0 ? (invoice.creditedAmount.get(line.line) ?? 0) : 0;
  const gross = comparable ? priceFinding(line, order, 0) : undefined;
  const net = comparable ? priceFinding(line, order, priceCredit) : undefined;
  if (net === 'PRICE') findings.push('PRICE');
  if (invoice.excessFreight) findings.push('CHARGES');
  const passed = net === 'WITHIN_TOLERANCE' ? 'WITHIN_TOLERANCE' : 'MATCHED';
  const verdict = findings[0] ?? passed;
  const beforeCredit = priceCredit > 0 && gross !== net ? (findings[0] ?? gross) : undefined;
  return { verdict, findings, beforeCredit, beyondTolerance: findings.length > 0 };
}

function packRatio(line: InvoiceLineFact, order: OrderLineTruth): boolean {
  const ratio = line.cents / line.factor / (order.cents / order.factor);
  return order.packFactors.some((k) => k !== 1 && (Math.abs(ratio / k - 1) <= 0.02 || Math.abs((1 / ratio) / k - 1) <= 0.02));
}

function priceFinding(line: InvoiceLineFact, order: OrderLineTruth, credit: number): 'PRICE' | 'WITHIN_TOLERANCE' | undefined {
  const should = ((line.quantity ?? 0) * order.cents) / order.factor;
  const is = ((line.quantity ?? 0) * line.cents) / line.factor - credit;
  const variance = Math.abs(is - should);
  if (variance < 1e-6) return undefined;
  return variance > ABSOLUTE_LIMIT_CENTS || variance > PERCENT_LIMIT * should ? 'PRICE' : 'WITHIN_TOLERANCE';
}

function daysBetween(a: string, b: string): number {
  return Math.abs(Date.parse(a) - Date.parse(b)) / 86_400_000;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
