import { plantInvoiceFault } from './invoice-faults';
import { amountOf, baseOf, totalOf, type Invoice, type InvoiceLine } from './invoice-types';
import { cents } from './money';
import type { Network } from './network';
import type { Payables } from './payables';
import { lineKey, orderKey, orderRef, type Billed, type Order, type OrderLine } from './purchase-types';
import type { Rng } from './random';
import type { Fault } from './truth';
import type { Facility, Supplier } from './world';
import { addDays, atLocal, DAY, HOUR, localTime } from './zone';

const CREDITED = 0.85;

interface Pending {
  readonly order: Order;
  readonly billed: readonly Billed[];
}

/** What the suppliers invoice, with the mistakes that they make, and what they credit. */
export class Invoices {
  private readonly rng: Rng;
  /** Invoices to come in one for the week, by supplier and facility. */
  private readonly weekly = new Map<string, Pending[]>();
  private readonly byOrderLine = new Map<OrderLine, { invoice: Invoice; line: InvoiceLine }[]>();
  private readonly numbers = new Map<string, number>();

  constructor(
    private readonly net: Network,
    private readonly payables: Payables,
  ) {
    this.rng = net.rng('invoices');
  }

  /** Invoices parts of an order at an instant, or with the supplier's next weekly invoice after it. */
  bill(order: Order, billed: readonly Billed[], when: number): void {
    const { net } = this;
    net.clock.at(when, () => {
      const live = billed.filter(({ line }) => !line.cancelled);
      if (live.length === 0) return;
      if (!order.supplier.consolidates) {
        this.issue([{ order, billed: live }]);
        return;
      }
      const key = `${order.supplier.code}|${order.facility.code}`;
      const list = this.weekly.get(key);
      if (list) {
        list.push({ order, billed: live });
        return;
      }
      this.weekly.set(key, [{ order, billed: live }]);
      const local = localTime(net.now, order.facility.zone);
      const friday = addDays(local.date, (12 - local.weekday) % 7);
      const at = atLocal(friday, 17, 0, order.facility.zone);
      net.clock.at(at > net.now ? at : at + 7 * DAY, () => {
        const all = this.weekly.get(key) ?? [];
        this.weekly.delete(key);
        this.issue(all);
      });
    });
  }

  /** The supplier invoices an order that was cancelled, as if it had delivered. */
  billCancelled(order: Order, billed: readonly Billed[], fault: Fault | undefined): void {
    this.make(order.facility, order.supplier, billed.map((one, i) => printed(one, String(i + 1))), order.correlation, order.trace, { wrong: 'ORDER_CANCELLED', fault: () => fault });
  }

  private issue(pending: readonly Pending[]): void {
    const first = pending[0]?.order;
    if (!first) return;
    const lines = pending.flatMap(({ billed }) => billed).map((one, i) => printed(one, String(i + 1)));
    this.make(first.facility, first.supplier, lines, first.correlation, first.trace, undefined);
    if (this.rng.chance(this.net.rates.invoiceWithoutOrder)) this.stray(first.facility, first.supplier);
  }

  /** Prints an invoice; unless told what is wrong with it, something may go wrong. */
  private make(facility: Facility, supplier: Supplier, lines: InvoiceLine[], correlation: string, trace: string, given: { wrong: string | undefined; fault: (invoice: string) => Fault | undefined } | undefined): void {
    const { net, rng } = this;
    const date = net.today(facility);
    const id = net.nextId('INV', 90_000);
    const number = this.number(supplier, date);
    const correctLines = lines.map((line) => ({ ...line }));
    const total = lines.reduce((sum, line) => sum + amountOf(line), 0);
    const planted = given ? undefined : plantInvoiceFault(net, rng, { id, facility, supplier, lines, total });
    const usualFreight = rng.chance(0.3) ? Math.min(2500, Math.floor(total / 100)) : 0;
    const invoice: Invoice = {
      id, number, facility, supplier, lines, correlation, trace, date,
      supplierCode: planted?.supplierCode ?? supplier.code,
      currency: planted?.currency ?? facility.currency,
      dueDate: addDays(date, supplier.termsDays), discountDate: supplier.discountDays > 0 ? addDays(date, supplier.discountDays) : undefined,
      freight: planted?.freight ?? usualFreight,
      wrong: given ? given.wrong : planted?.wrong, fault: given ? given.fault(id) : planted?.fault,
      revision: 0, cancelled: false, blocked: false, approved: false,
      correct: planted?.wrong === undefined ? undefined : () => this.make(facility, supplier, correctLines, correlation, trace, { wrong: undefined, fault: () => undefined }),
    };
    this.deliver(invoice);
    if (!given && !planted && rng.chance(net.rates.duplicateInvoice)) this.duplicate(invoice);
  }

  private deliver(invoice: Invoice): void {
    const { net } = this;
    for (const line of invoice.lines) {
      if (!line.line) continue;
      line.line.invoiced += baseOf(line);
      const list = this.byOrderLine.get(line.line);
      if (list) list.push({ invoice, line });
      else this.byOrderLine.set(line.line, [{ invoice, line }]);
    }
    net.send(
      {
        type: 'finance.invoice.received.v1', via: 'invoice', facility: invoice.facility, subject: invoice.id, correlation: invoice.correlation, trace: invoice.trace, faults: invoice.fault ? [invoice.fault] : [],
        fact: (truth, at) => {
          truth.invoice(
            {
              document: invoice.id, number: invoice.number, supplier: invoice.supplierCode, currency: invoice.currency, date: invoice.date, facility: invoice.facility.code, excessFreight: invoice.wrong === 'CHARGES',
              lines: invoice.lines.map((line) => ({
                line: line.id, orderLine: line.line && orderKey(line.line), item: line.item, quantity: line.factor === undefined ? undefined : baseOf(line), cents: line.cents, factor: line.factor ?? 1, amount: amountOf(line),
              })),
            },
            at,
          );
          for (const line of invoice.lines) {
            const order = line.line ? orderKey(line.line) : line.strayOrder === undefined ? undefined : `${line.strayOrder}/10`;
            if (order !== undefined) truth.link('order-line', order, 'invoices', 'invoice-line', `${invoice.id}/${line.id}`);
            for (const usage of line.usages) truth.link('usage', lineKey(usage), 'bills', 'invoice-line', `${invoice.id}/${line.id}`);
            truth.link('invoice-line', `${invoice.id}/${line.id}`, 'part of', 'invoice', invoice.id);
          }
        },
        fields: this.fields(invoice),
      },
      () => this.payables.take(invoice),
      totalOf(invoice),
    );
  }

  private fields(invoice: Invoice): Record<string, unknown> {
    const { rng } = this;
    return {
      document: { id: invoice.id, revision: 0, date: invoice.date, currency: invoice.currency }, invoiceNumber: invoice.number, supplier: invoice.supplierCode, supplierName: invoice.supplier.name,
      dueDate: invoice.dueDate, ...(invoice.discountDate === undefined ? {} : { discountDate: invoice.discountDate }), ...(invoice.freight > 0 ? { freight: cents(invoice.freight) } : {}),
      ...(invoice.facility.currency === 'EUR' ? { tax: cents(Math.round(totalOf(invoice) * 0.19)) } : {}),
      edi: { transactionSet: '810', isa13: rng.digits(9), gs06: rng.digits(6), st02: '0001' },
      lines: invoice.lines.map((line) => ({
        id: line.id, ...(line.line ? { order: orderRef(line.line) } : line.strayOrder === undefined ? {} : { order: { document: line.strayOrder, line: '10' } }), item: line.item, description: line.description,
        quantity: String(line.quantity), uom: line.uom, price: cents(line.cents), amount: cents(amountOf(line)), ...(line.usages.length > 0 ? { usages: line.usages } : {}),
      })),
    };
  }

  private duplicate(invoice: Invoice): void {
    const { net, rng } = this;
    const sameNumber = rng.chance(0.5);
    net.clock.after(rng.between(2, 12) * DAY, () => {
      const id = net.nextId('INV', 90_000);
      const date = net.today(invoice.facility);
      const number = sameNumber ? rng.pick([invoice.number, invoice.number.replaceAll('-', ''), invoice.number.replaceAll('-', '/').toLowerCase()]) : this.number(invoice.supplier, date);
      const fault = net.fault({
        kind: 'duplicate-invoice', facility: invoice.facility.code, documents: [{ type: 'invoice', document: id }], touches: [{ type: 'invoice', document: invoice.id }, ...orderLinesOf(invoice)],
        magnitude: { amount: cents(totalOf(invoice)), sameNumber, original: invoice.id }, beyondTolerance: true, expected: 'DUPLICATE',
      });
      this.deliver({
        ...invoice, id, number, date, fault, wrong: sameNumber ? 'DUPLICATE' : 'DUPLICATE_UNSEEN', revision: 0, cancelled: false, blocked: false, approved: false, correct: undefined,
        lines: invoice.lines.map((line) => ({ ...line, erp: sameNumber ? 'DUPLICATE' : line.line ? 'QTY_OVER_RECEIPT' : 'NO_PO', creditedQuantity: 0, creditedCents: 0 })),
      });
    });
  }

  /** An invoice for which nobody here ordered anything, or that names an order of somebody else. */
  private stray(facility: Facility, supplier: Supplier): void {
    const { net, rng } = this;
    net.clock.after(rng.between(1, 40) * HOUR, () => {
      const item = rng.pick(net.world.items.filter((one) => one.supplier === supplier));
      const each = Math.max(item.eachCents, 500);
      const line: InvoiceLine = {
        id: '1', line: undefined, ...(rng.chance(0.5) ? { strayOrder: `PO-${rng.int(700_000, 799_999)}` } : {}), item: item.id, description: item.name, quantity: rng.int(1, 12), uom: item.baseUom, factor: 1, cents: each,
        usages: [], erp: 'NO_PO', creditedQuantity: 0, creditedCents: 0,
      };
      const fault = (invoice: string) =>
        net.fault({
          kind: 'invoice-without-order', facility: facility.code, documents: [{ type: 'invoice', document: invoice }], magnitude: { amount: cents(amountOf(line)), namesAnOrder: line.strayOrder !== undefined },
          beyondTolerance: true, expected: 'NO_PO',
        });
      this.make(facility, supplier, [line], `flow-${rng.hex(12)}`, rng.hex(32), { wrong: 'NO_PO', fault });
    });
  }

  /** The supplier takes back the charge for what it did not deliver, or got back: if it does. */
  creditLater(line: OrderLine, quantity: number, why: string, delay: number, certain = false): void {
    const { net, rng } = this;
    if (!certain && !rng.chance(CREDITED)) return;
    net.clock.after(delay, () => {
      const billed = (this.byOrderLine.get(line) ?? []).find(({ invoice, line: one }) => !invoice.cancelled && one.factor !== undefined && baseOf(one) - one.creditedQuantity >= quantity);
      if (!billed) {
        if (delay < 20 * DAY) this.creditLater(line, quantity, why, 21 * DAY, true);
        return;
      }
      this.credit(billed.invoice, billed.line, quantity, 'quantity', why);
    });
  }

  /** Credits base units at the price that was invoiced. */
  credit(invoice: Invoice, line: InvoiceLine, quantity: number, of: 'quantity' | 'price', why: string, amountCents?: number): void {
    const { net } = this;
    const factor = line.factor ?? 1;
    const amount = amountCents ?? Math.round((quantity * line.cents) / factor);
    const id = net.nextId('CRN', 41_000);
    const date = net.today(invoice.facility);
    const base = line.line?.item.baseUom ?? 'EA';
    if (of === 'quantity') {
      line.creditedQuantity += quantity;
      if (line.line) line.line.invoiced -= quantity;
    }
    line.creditedCents += amount;
    net.send({
      type: 'finance.invoice.credited.v1', via: 'invoice', facility: invoice.facility, subject: id, correlation: invoice.correlation, trace: invoice.trace,
      fact: (truth) => {
        truth.credited(invoice.id, line.id, of === 'quantity' ? quantity : 0, amount);
        truth.link('invoice-line', `${invoice.id}/${line.id}`, 'credited by', 'invoice-line', `${id}/1`);
        truth.link('invoice-line', `${id}/1`, 'part of', 'invoice', id);
        if (line.line) truth.link('order-line', orderKey(line.line), 'invoices', 'invoice-line', `${id}/1`);
      },
      fields: {
        document: { id, revision: 0, date, currency: invoice.currency }, invoiceNumber: `C-${invoice.number}-${line.id}`, supplier: invoice.supplierCode, supplierName: invoice.supplier.name, creditOf: of, reason: why,
        lines: [{
          id: '1', invoice: { document: invoice.id, line: line.id }, ...(line.line ? { order: orderRef(line.line) } : {}), item: line.item,
          ...(of === 'quantity' ? (quantity % factor === 0 ? { quantity: String(quantity / factor), uom: line.uom, price: cents(line.cents) } : { quantity: String(quantity), uom: base, price: cents(line.cents / factor) }) : {}), amount: cents(amount),
        }],
      },
    });
    this.payables.credited(invoice);
  }

  private number(supplier: Supplier, date: string): string {
    const next = (this.numbers.get(supplier.code) ?? 1000) + this.rng.int(1, 9);
    this.numbers.set(supplier.code, next);
    return `${supplier.name.slice(0, 2).toUpperCase()}-${date.slice(0, 4)}-${next}`;
  }
}

function orderLinesOf(invoice: Invoice): { type: string; document: string; line: string }[] {
  return invoice.lines.flatMap(({ line }) => (line ? [{ type: 'order-line', ...orderRef(line) }] : []));
}

function printed({ line, quantity, usages }: Billed, id: string): InvoiceLine {
  const whole = quantity % line.factor === 0;
  return {
    id, line, item: line.item.id, description: line.item.name, quantity: whole ? quantity / line.factor : quantity, uom: whole ? line.uom : line.item.baseUom, factor: whole ? line.factor : 1,
    cents: whole ? line.cents : Math.round(line.cents / line.factor), usages, erp: 'MATCHED', creditedQuantity: 0, creditedCents: 0,
  };
}
