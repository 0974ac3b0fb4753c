import type { UsedDocument } from './clinical';
import { amountOf, type Invoice } from './invoice-types';
import { cents } from './money';
import type { Network } from './network';
import { value, type Order, type OrderLine } from './purchase-types';
import type { Rng } from './random';
import { everyDay } from './rhythm';
import type { DocumentRef, Fault, Truth } from './truth';
import type { Facility, Supplier } from './world';
import { addDays, atLocal, DAY, HOUR, inOfficeHours, localDate, MINUTE } from './zone';

type Kind = 'accrual' | 'departmental-spend' | 'case-cost' | 'payable';
const ACCOUNTS: Record<Kind, string> = { accrual: '219500', 'departmental-spend': '641000', 'case-cost': '640100', payable: '210000' };

interface PostingLine {
  readonly cents: number;
  readonly costCentre: string;
  readonly type: 'usage' | 'receipt-line' | 'invoice-line';
  readonly document: string;
  readonly line: string;
}

interface Paying {
  readonly invoice: Invoice;
  readonly cents: number;
}

/** What the ERP posts and pays. */
export class Ledger {
  private readonly rng: Rng;
  private readonly used = new Map<string, UsedDocument[]>();
  private readonly runs = new Map<string, Paying[]>();

  constructor(private readonly net: Network) {
    this.rng = net.rng('ledger');
    for (const facility of net.world.hospitals)
      everyDay(net.clock, facility, (date) => {
        const at = atLocal(date, 2, 30, facility.zone);
        if (at > net.now) net.clock.at(at, () => this.postUsage(facility));
      });
  }

  /** The cost of what was used is posted with the next night's run. */
  recorded(used: UsedDocument): void {
    const list = this.used.get(used.facility.code);
    if (list) list.push(used);
    else this.used.set(used.facility.code, [used]);
  }

  private postUsage(facility: Facility): void {
    const { net } = this;
    const all = this.used.get(facility.code) ?? [];
    // What was used late in the evening may still be taken back.
    const before = net.now - 6.5 * HOUR;
    this.used.set(facility.code, all.filter((used) => used.at > before));
    for (const [i, used] of all.filter((one) => one.at <= before).entries()) {
      const lines: PostingLine[] = used.lines.filter((line) => line.quantity > line.reversed).map((line) => ({
        cents: (line.quantity - line.reversed) * line.cents, costCentre: used.area.costCentre, type: 'usage', document: used.id, line: line.line,
      }));
      if (lines.length === 0) continue;
      net.clock.after(i * 700, () => this.post(facility, used.caseId !== undefined ? 'case-cost' : 'departmental-spend', lines, { ...(used.caseId === undefined ? {} : { case: used.caseId }), correlation: used.correlation, trace: used.trace }));
    }
  }

  /** Goods received and not yet invoiced; what went back is taken out of it. */
  accrue(order: Order, received: readonly { id: string; line: OrderLine; quantity: number }[]): void {
    const { net } = this;
    const night = atLocal(addDays(net.today(order.facility), 0), 23, 15, order.facility.zone);
    const at = (night > net.now ? night : night + DAY) + this.rng.int(0, 40) * MINUTE;
    net.clock.at(at, () => {
      const wait = () =>
        this.post(
          order.facility, 'accrual',
          received.map((one) => {
            const [document = '', line = ''] = one.id.split('/');
            return { cents: value(one.line, one.quantity), costCentre: one.line.needs[0]?.costCentre ?? '', type: 'receipt-line', document, line };
          }),
          { supplier: order.supplier, correlation: order.correlation, trace: order.trace },
        );
      if (order.inErp) wait();
      else order.waiting.push(wait);
    });
  }

  /** An approved invoice is posted with the next two-hourly run, and paid when it is time. */
  payable(invoice: Invoice): void {
    const { net, rng } = this;
    net.clock.after(rng.between(10, 130) * MINUTE, () => {
      const lines: PostingLine[] = invoice.lines.map((line) => ({
        cents: amountOf(line) - line.creditedCents, costCentre: line.line?.needs[0]?.costCentre ?? 'CC-990', type: 'invoice-line', document: invoice.id, line: line.id,
      }));
      const total = lines.reduce((sum, line) => sum + line.cents, 0);
      this.post(invoice.facility, 'payable', lines, { supplier: invoice.supplier, supplierCode: invoice.supplierCode, currency: invoice.currency, correlation: invoice.correlation, trace: invoice.trace }, () => this.planPayment(invoice, total));
    });
  }

  private post(
    facility: Facility,
    kind: Kind,
    lines: PostingLine[],
    about: { case?: string; supplier?: Supplier; supplierCode?: string; currency?: string; correlation: string; trace: string },
    posted?: () => void,
  ): void {
    const { net, rng } = this;
    const settled: DocumentRef[] = lines.map(({ type, document, line }) => ({ type, document, line }));
    if (rng.chance(net.rates.missingPosting)) {
      net.fault({ kind: 'missing-posting', facility: facility.code, documents: settled, magnitude: { posting: kind, amount: cents(lines.reduce((sum, line) => sum + line.cents, 0)) } });
      return;
    }
    const id = net.nextId('GL', 7_700_000);
    const faults: Fault[] = [];
    let booked = lines;
    if (rng.chance(net.rates.wrongPosting)) {
      const at = rng.int(0, lines.length - 1);
      booked = lines.map((line, i) => (i === at ? { ...line, cents: Math.round(line.cents * rng.pick([10, 0.1, 1.5, 0.5])) } : line));
      const before = lines[at];
      const after = booked[at];
      const fault = before && after && after.cents !== before.cents ? net.fault({ kind: 'wrong-posting', facility: facility.code, documents: [{ type: 'posting', document: id, line: String(at + 1) }], touches: settled, magnitude: { posting: kind, should: cents(before.cents), posted: cents(after.cents) } }) : undefined;
      if (fault) faults.push(fault);
    }
    const fields = (date: string) => ({
      document: { id, revision: 0, date, currency: about.currency ?? facility.currency }, kind, ...(about.case === undefined ? {} : { case: about.case }),
      ...(about.supplier ? { supplier: about.supplierCode ?? about.supplier.code } : {}), companyCode: `${facility.currency === 'EUR' ? '20' : '10'}0${facility.index}`, period: date.slice(0, 7),
      lines: booked.map((line, i) => ({
        id: String(i + 1), amount: cents(line.cents), account: ACCOUNTS[kind], costCentre: line.costCentre, settles: [{ type: line.type, document: line.document, line: line.line }],
      })),
    });
    const shared = { facility, subject: id, correlation: about.correlation, trace: about.trace };
    const states = (truth: Truth) => booked.forEach((line, i) => truth.link(line.type, `${line.document}/${line.line}`, 'posts', 'posting', `${id}/${i + 1}`));
    const complete = () => {
      net.send(
        {
          ...shared, type: 'finance.posting.completed.v1', via: 'ledger', faults, fields: fields(net.today(facility)),
          fact: (truth, at) => booked.forEach((line, i) => truth.posted(`${id}/${i + 1}`, kind, line.cents, line.type, `${line.document}/${line.line}`, facility.code, at)),
        },
        undefined,
        booked.reduce((sum, line) => sum + line.cents, 0),
      );
      posted?.();
    };
    if (!rng.chance(net.rates.failedPosting)) {
      complete();
      return;
    }
    const error = rng.pick([
      { class: 'business', code: 'PERIOD_CLOSED', message: `Period ${localDate(net.now, facility.zone).slice(0, 7)} is closed for document ${id}`, retryable: false },
      { class: 'validation', code: 'COST_CENTRE', message: `Cost centre ${lines[0]?.costCentre ?? ''} is blocked for posting, document ${id} item ${rng.int(1, 9)}`, retryable: false },
      { class: 'lock', code: 'ACCOUNT_LOCKED', message: `Account ${ACCOUNTS[kind]} is locked by job ${rng.int(10_000, 99_999)}`, retryable: true },
    ]);
    const fault = net.fault({ kind: 'failed-posting', facility: facility.code, interface: 'erp-to-analytics', documents: [{ type: 'posting', document: id }], touches: settled, magnitude: { posting: kind, code: error.code } });
    net.outbox.emit({ ...shared, type: 'finance.posting.failed.v1', via: 'ledger', faults: fault ? [fault] : [], fields: fields(net.today(facility)), fact: states }, net.now, { target: 'analytics', outcome: 'failed', attempt: 1, latencyMs: rng.int(200, 1500), error });
    if (rng.chance(0.75)) net.clock.at(inOfficeHours(net.now + rng.logNormal(16 * HOUR, 0.7), facility.zone, 8, 18), complete);
    else if (fault) fault.outcome = 'open';
  }

  private planPayment(invoice: Invoice, total: number): void {
    const { net, rng } = this;
    if (total <= 0) return;
    const early = invoice.discountDate !== undefined && rng.chance(0.7);
    const due = early ? addDays(invoice.discountDate ?? invoice.dueDate, -1) : invoice.dueDate;
    const day = due > net.today(invoice.facility) ? due : addDays(net.today(invoice.facility), 1);
    const when = inOfficeHours(atLocal(day, 11, 0, invoice.facility.zone), invoice.facility.zone, 11, 12);
    const key = `${invoice.supplierCode}|${invoice.facility.code}|${invoice.currency}|${localDate(when, invoice.facility.zone)}`;
    const list = this.runs.get(key);
    if (list) {
      list.push({ invoice, cents: total });
      return;
    }
    this.runs.set(key, [{ invoice, cents: total }]);
    net.clock.at(when, () => {
      const all = this.runs.get(key) ?? [];
      this.runs.delete(key);
      const id = net.nextId('PAY', 31_000);
      net.send(
        {
          type: 'finance.payment.made.v1', via: 'ledger', facility: invoice.facility, subject: id,
          fact: (truth) => all.forEach((one, i) => {
            truth.paid(one.invoice.id, one.cents);
            truth.link('invoice', one.invoice.id, 'pays', 'payment', `${id}/${i + 1}`);
          }),
          fields: {
            document: { id, revision: 0, date: net.today(invoice.facility), currency: invoice.currency }, supplier: invoice.supplierCode, supplierName: invoice.supplier.name, method: 'ACH', run: `PR${rng.digits(6)}`,
            lines: all.map((one, i) => ({ id: String(i + 1), amount: cents(one.cents), invoice: { document: one.invoice.id } })),
          },
        },
        undefined,
        all.reduce((sum, one) => sum + one.cents, 0),
      );
    });
  }
}
