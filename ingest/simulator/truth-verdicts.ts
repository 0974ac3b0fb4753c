import type { InvoiceLineFact, InvoiceTruth, OrderLineTruth } from './truth';

/** Which verdict each line should get, from what is true, by the rules of the match with the default limits. */
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

/** Above the order's price: either limit. Below it, in the buyer's favour: the share alone. */
const UPPER_SHARE = 0.02;
const UPPER_CENTS = 500;
const LOWER_SHARE = 0.1;
const DUPLICATE_DAYS = 90;
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
    // Where the invoice may come first, equal parts of an order are no duplicates before it is exceeded.
    const limit = order && order.flow === 'three-way' ? qr : (order?.quantity ?? 0);
    // What each line brings the quantity invoiced to, in the order of the invoices' dates: later lines are too much first.
    const running = new Map<InvoiceLineFact, number>();
    let sum = 0;
    let through = 0;
    for (const [n, { invoice, line }] of live.entries()) {
      if (!sameNumber.has(invoice.document)) through += netQuantity({ invoice, line });
      const again = live.slice(0, n).some((before) =>
        before.invoice.document !== invoice.document && before.line.quantity === line.quantity && before.line.amount === line.amount &&
        daysBetween(before.invoice.date, invoice.date) <= DUPLICATE_DAYS && !sameNumber.has(before.invoice.document) && !before.invoice.creditedQuantity.has(before.line.line) && through > limit);
      if (sameNumber.has(invoice.document) || again) {
        duplicates.add(`${invoice.document}/${line.line}`);
        qi -= netQuantity({ invoice, line });
        running.set(line, sum + netQuantity({ invoice, line }));
        continue;
      }
      sum += netQuantity({ invoice, line });
      running.set(line, sum);
    }
    const findings: string[] = [];
    if (order && qr > order.quantity) findings.push('OVER_DELIVERED');
    verdicts.set(`order-line|${id}`, { verdict: findings[0], findings, beyondTolerance: findings.length > 0, netInvoiced: String(qi) });
    for (const one of placed) {
      const key = `${one.invoice.document}/${one.line.line}`;
      verdicts.set(`invoice-line|${key}`, one.invoice.cancelled ? cancelled() : lineVerdict(one, order, running.get(one.line) ?? qi, qr, duplicates.has(key)));
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

function lineVerdict({ invoice, line }: Placed, order: OrderLineTruth | undefined, running: number, qr: number, duplicate: boolean): ExpectedVerdict {
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
  if (NEEDS_RECEIPT.has(order.flow) && line.quantity !== undefined) {
    if (qr <= 0 || (running > qr && order.flow === 'three-way-invoice-first')) findings.push('AWAITING_RECEIPT');
    else if (running > qr) findings.push('QTY_OVER_RECEIPT');
  }
  if (line.quantity !== undefined && running > order.quantity) findings.push('QTY_OVER_ORDER');
  const comparable = line.quantity !== undefined && invoice.currency === order.currency && !suspect;
  // Quantity credits take price × quantity out of the amount; what is left of the amount is what is paid per unit.
  const creditedQuantity = invoice.creditedQuantity.get(line.line) ?? 0;
  const beside = (invoice.creditedAmount.get(line.line) ?? 0) - Math.round((creditedQuantity * line.cents) / line.factor);
  // A cent is the rounding of the credit.
  const priceCredit = creditedQuantity === 0 || beside > 1 ? beside : 0;
  const charged = netQuantity({ invoice, line });
  const gross = comparable ? priceFinding(line, order, charged, 0) : undefined;
  const net = comparable ? priceFinding(line, order, charged, priceCredit) : undefined;
  if (net === 'PRICE') findings.push('PRICE');
  // Freight is the invoice's: its first line carries it.
  if (invoice.excessFreight && line === invoice.lines[0]) findings.push('CHARGES');
  const passed = net === 'WITHIN_TOLERANCE' ? 'WITHIN_TOLERANCE' : 'MATCHED';
  const verdict = findings[0] ?? passed;
  const beforeCredit = priceCredit > 0 && gross !== net ? (findings[0] ?? gross) : undefined;
  return { verdict, findings, beforeCredit, beyondTolerance: findings.length > 0 };
}

function packRatio(line: InvoiceLineFact, order: OrderLineTruth): boolean {
  const ratio = line.cents / line.factor / (order.cents / order.factor);
  return order.packFactors.some((k) => k !== 1 && (Math.abs(ratio / k - 1) <= 0.02 || Math.abs((1 / ratio) / k - 1) <= 0.02));
}

function priceFinding(line: InvoiceLineFact, order: OrderLineTruth, charged: number, credit: number): 'PRICE' | 'WITHIN_TOLERANCE' | undefined {
  const should = (charged * order.cents) / order.factor;
  const is = (charged * line.cents) / line.factor - credit;
  const variance = is - should;
  if (Math.abs(variance) < 1e-6) return undefined;
  const breach = variance > 0 ? variance > UPPER_CENTS || variance > UPPER_SHARE * should : -variance > LOWER_SHARE * should;
  return breach ? 'PRICE' : 'WITHIN_TOLERANCE';
}

function daysBetween(a: string, b: string): number {
  return Math.abs(Date.parse(a) - Date.parse(b)) / 86_400_000;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
