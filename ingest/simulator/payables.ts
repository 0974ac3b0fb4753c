import { amountOf, totalOf, type Invoice } from './invoice-types';
import type { Invoices } from './invoices';
import type { Ledger } from './ledger';
import type { Network } from './network';
import { orderRef } from './purchase-types';
import type { Rng } from './random';
import { DAY, HOUR, inOfficeHours, MINUTE } from './zone';

const RECHECK = 8 * HOUR;
const RECHECKS = 120;
const LEFT_OPEN = 0.2;
const NEEDS_RECEIPT = new Set(['three-way', 'three-way-invoice-first']);

/** Accounts payable: matches by the ERP's own rules, blocks, releases, approves. */
export class Payables {
  private readonly rng: Rng;
  private invoices: Invoices | undefined;
  /** Invoices that wait for a credit, and what goes on when it comes. */
  private readonly awaitCredit = new Map<Invoice, () => void>();

  constructor(
    private readonly net: Network,
    private readonly ledger: Ledger,
  ) {
    this.rng = net.rng('payables');
  }

  /** Invoices and payables know each other: a credit and a corrected invoice come from the supplier. */
  connect(invoices: Invoices): void {
    this.invoices = invoices;
  }

  take(invoice: Invoice): void {
    const { net, rng } = this;
    net.clock.after(rng.between(4, 110) * MINUTE, () => this.match(invoice, 0));
  }

  credited(invoice: Invoice): void {
    const go = this.awaitCredit.get(invoice);
    this.awaitCredit.delete(invoice);
    if (go) this.net.clock.at(inOfficeHours(this.net.now + 3 * HOUR, invoice.facility.zone, 8, 18), go);
  }

  private match(invoice: Invoice, checked: number): void {
    const { net, rng } = this;
    if (invoice.cancelled) return;
    const missing = invoice.wrong === undefined && invoice.lines.some((line) => line.line !== undefined && NEEDS_RECEIPT.has(line.line.order.flow) && line.line.inErp < line.line.invoiced);
    if (missing) {
      if (checked === 0) {
        this.verdict(invoice, (line) => (line.line && line.line.inErp < line.line.invoiced ? 'AWAITING_RECEIPT' : 'MATCHED'));
        this.state(invoice, 'blocked', { blockReason: 'receipt missing' });
      }
      if (checked < RECHECKS) net.clock.after(RECHECK, () => this.match(invoice, checked + 1));
      return;
    }
    this.verdict(invoice, (line) => line.erp);
    if (invoice.wrong !== undefined) {
      const clerk = this.clerk();
      net.clock.after(rng.between(1, 20) * MINUTE, () => {
        this.state(invoice, 'blocked', { blockReason: BLOCK_REASONS[invoice.wrong ?? ''] ?? 'under review' }, rng.chance(0.5) ? clerk : undefined);
        this.resolve(invoice, clerk);
      });
      return;
    }
    if (invoice.blocked) this.state(invoice, 'released', {});
    const byHand = rng.chance(0.27);
    const when = byHand ? inOfficeHours(net.now + rng.logNormal(14 * HOUR, 0.8), invoice.facility.zone, 8, 18) : net.now + rng.between(3, 50) * MINUTE;
    net.clock.at(when, () => this.approve(invoice, byHand ? this.clerk() : undefined));
  }

  private resolve(invoice: Invoice, clerk: string): void {
    const { net, rng } = this;
    if (rng.chance(LEFT_OPEN)) return;
    const release = () => {
      if (invoice.cancelled || !invoice.blocked) return;
      this.state(invoice, 'released', {}, clerk);
      net.clock.after(rng.between(2, 90) * MINUTE, () => this.approve(invoice, clerk));
    };
    const later = (low: number, high: number, action: () => void) => net.clock.at(inOfficeHours(net.now + rng.between(low, high) * DAY, invoice.facility.zone, 8, 18), action);
    const replace = () => {
      this.cancel(invoice, clerk);
      if (invoice.correct) later(0.5, 3, invoice.correct);
    };
    switch (invoice.wrong) {
      case 'PRICE': {
        const line = invoice.lines.find((one) => one.erp === 'PRICE');
        const ordered = line?.line;
        const over = line && ordered ? amountOf(line) - Math.round((line.quantity * (line.factor ?? 1) * ordered.cents) / ordered.factor) : 0;
        if (line && over > 0 && rng.chance(0.45)) {
          this.awaitCredit.set(invoice, release);
          later(4, 12, () => this.invoices?.credit(invoice, line, 0, 'price', 'price difference', over));
        } else later(1, 8, release);
        return;
      }
      case 'QTY_OVER_RECEIPT':
      case 'QTY_OVER_ORDER':
      case 'AWAITING_RECEIPT': {
        const line = invoice.lines.find((one) => one.over !== undefined);
        const over = line?.over;
        if (!line || over === undefined) return;
        this.awaitCredit.set(invoice, release);
        later(4, 12, () => this.invoices?.credit(invoice, line, over, 'quantity', 'invoiced too much'));
        return;
      }
      case 'DUPLICATE':
      case 'DUPLICATE_UNSEEN':
      case 'ORDER_CANCELLED':
        later(1, 7, () => this.cancel(invoice, clerk));
        return;
      case 'NO_PO':
        if (rng.chance(0.55)) later(2, 9, release);
        else later(2, 9, () => this.cancel(invoice, clerk));
        return;
      case 'UOM_UNRESOLVED':
      case 'CHARGES':
        later(1, 7, release);
        return;
      default:
        later(2, 6, replace);
    }
  }

  private verdict(invoice: Invoice, of: (line: Invoice['lines'][number]) => string): void {
    const { net } = this;
    const revision = invoice.revision++;
    net.send({
      type: 'finance.match.completed.v1', via: 'payable', facility: invoice.facility, subject: invoice.id, correlation: invoice.correlation, trace: invoice.trace,
      fields: {
        document: { id: invoice.id, revision, date: net.today(invoice.facility), currency: invoice.currency }, supplier: invoice.supplierCode, invoiceNumber: invoice.number, rule: 'ERP-3WM',
        lines: invoice.lines.map((line) => ({ id: line.id, verdict: of(line), ...(line.line ? { order: orderRef(line.line) } : {}) })),
      },
    });
  }

  private state(invoice: Invoice, what: 'blocked' | 'released' | 'approved', more: Record<string, unknown>, human?: string, delivered?: () => void): void {
    const { net } = this;
    if (what === 'blocked') invoice.blocked = true;
    if (what === 'released') invoice.blocked = false;
    if (what === 'approved') invoice.approved = true;
    const revision = invoice.revision++;
    net.send(
      {
        type: `finance.invoice.${what}.v1`, via: 'payable', facility: invoice.facility, subject: invoice.id, correlation: invoice.correlation, trace: invoice.trace, ...(human === undefined ? {} : { human }),
        fact: (truth) => truth.invoiceState(invoice.id, what),
        fields: { document: { id: invoice.id, revision, date: net.today(invoice.facility), currency: invoice.currency }, invoiceNumber: invoice.number, supplier: invoice.supplierCode, ...more },
      },
      delivered && (() => delivered()),
    );
  }

  private approve(invoice: Invoice, human: string | undefined): void {
    if (invoice.cancelled || invoice.approved) return;
    this.state(invoice, 'approved', {}, human, () => {
      // The ledger can post only against orders that it has.
      const lacking = invoice.lines.map((line) => line.line?.order).find((order) => order !== undefined && !order.inErp);
      if (lacking) lacking.waiting.push(() => this.ledger.payable(invoice));
      else this.ledger.payable(invoice);
    });
  }

  private cancel(invoice: Invoice, clerk: string): void {
    const { net } = this;
    if (invoice.cancelled || invoice.approved) return;
    invoice.cancelled = true;
    for (const line of invoice.lines) if (line.line) line.line.invoiced -= line.quantity * (line.factor ?? 0) - line.creditedQuantity;
    const revision = invoice.revision++;
    net.send(
      {
        type: 'finance.invoice.cancelled.v1', via: 'payable', facility: invoice.facility, subject: invoice.id, human: clerk, correlation: invoice.correlation, trace: invoice.trace,
        fact: (truth) => truth.invoiceState(invoice.id, 'cancelled'),
        fields: { document: { id: invoice.id, revision, date: net.today(invoice.facility), currency: invoice.currency }, invoiceNumber: invoice.number, supplier: invoice.supplierCode, reason: BLOCK_REASONS[invoice.wrong ?? ''] ?? 'wrong invoice' },
      },
      undefined,
      totalOf(invoice),
    );
  }

  private clerk(): string {
    return `u-${this.rng.int(600, 630)}`;
  }
}

const BLOCK_REASONS: Readonly<Record<string, string>> = {
  PRICE: 'price', UOM_SUSPECT: 'unit of measure', UOM_UNRESOLVED: 'unit of measure', QTY_OVER_RECEIPT: 'quantity', QTY_OVER_ORDER: 'quantity', AWAITING_RECEIPT: 'quantity', DUPLICATE: 'duplicate', DUPLICATE_UNSEEN: 'quantity',
  NO_PO: 'no order', ORDER_CANCELLED: 'order cancelled', ITEM: 'item', SUPPLIER: 'supplier', CURRENCY: 'currency', CHARGES: 'freight',
};
