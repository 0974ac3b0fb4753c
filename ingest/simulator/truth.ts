import { cents } from './money';
import { Chains, faultRecord, invoiceRecords, iso, orderLineRecord, overlapping } from './truth-records';
import { expectedVerdicts } from './truth-verdicts';

/**
 * What is true in the simulated network, written down as it is published. It learns from what the simulator
 * meant, never from the messages, and shares no code with what reads them.
 *
 * Quantities are whole base units, money whole cents; both leave as decimal strings.
 */

export interface DocumentRef {
  /** Object or document type as the event log names it: usage, order-line, receipt-line, invoice, … */
  readonly type: string;
  readonly document: string;
  readonly line?: string;
}

export interface FaultInit {
  readonly kind: string;
  readonly facility?: string;
  readonly interface?: string;
  readonly documents?: readonly DocumentRef[];
  /** Other documents that the fault has to do with; faults that share one overlap. */
  readonly touches?: readonly DocumentRef[];
  /** How large it is; decimals as strings. */
  readonly magnitude?: Readonly<Record<string, string | number | boolean>>;
  readonly beyondTolerance?: boolean;
  /** First verdict that the match should show for it, where it has one. */
  readonly expected?: string;
  /** The very texts that must be found nowhere (patient identifiers). */
  readonly values?: readonly string[];
  readonly from?: number;
  readonly to?: number;
}

export interface Fault extends FaultInit {
  readonly id: string;
  readonly plantedAt: number;
  /** When the message that shows it was published; undefined while none was. */
  evidenceAt: number | undefined;
  /** Ids of the messages concerned. */
  readonly eventIds: string[];
  outcome?: string;
}

export interface OrderLineFact {
  readonly order: string;
  readonly line: string;
  readonly facility: string;
  readonly supplier: string;
  readonly currency: string;
  readonly item: string;
  readonly flow: string;
  readonly quantity: number;
  /** Price of one purchase unit of `factor` base units. */
  readonly cents: number;
  readonly factor: number;
  readonly contract: string | undefined;
  readonly contractCents: number | undefined;
  readonly packFactors: readonly number[];
  readonly revision: number;
}

export interface OrderLineTruth extends OrderLineFact {
  received: number;
  reversed: number;
  returned: number;
  cancelled: boolean;
  acknowledged: string | undefined;
  readonly receipts: { id: string; quantity: number; at: number }[];
}

export interface InvoiceLineFact {
  readonly line: string;
  /** order/line; undefined where the invoice names none that exists. */
  readonly orderLine: string | undefined;
  readonly item: string | undefined;
  /** Base units; undefined where no pack factor explains the unit of measure. */
  readonly quantity: number | undefined;
  readonly cents: number;
  readonly factor: number;
  readonly amount: number;
}

export interface InvoiceFact {
  readonly document: string;
  readonly number: string;
  readonly supplier: string;
  readonly currency: string;
  readonly date: string;
  readonly facility: string;
  readonly lines: readonly InvoiceLineFact[];
  readonly excessFreight: boolean;
}

export interface InvoiceTruth extends InvoiceFact {
  readonly publishedAt: number;
  cancelled: boolean;
  blocked: boolean;
  approved: boolean;
  /** By line id. */
  readonly creditedQuantity: Map<string, number>;
  readonly creditedAmount: Map<string, number>;
  paid: number;
}

export interface StockoutEpisode {
  readonly facility: string;
  readonly location: string;
  readonly item: string;
  readonly from: number;
  to: number | undefined;
}

/** A day on which the two ends of an interface counted differently. */
export interface Reconciliation {
  readonly interface: string;
  readonly source: string;
  readonly target: string;
  readonly facility: string;
  readonly date: string;
  readonly sent: number;
  /** What the target reported; null where it reported nothing. */
  readonly arrived: number | null;
  readonly missing: readonly string[];
  /** Keys that the target does not report although they arrived; among those missing. */
  readonly lost: readonly string[];
  /** Keys that only the target reports. */
  readonly extra: readonly string[];
  /** Keys that the target reports at another value. */
  readonly otherValue: readonly string[];
  /** Whether the two ends report their keys. */
  readonly keyed: boolean;
}

export type TruthRecord = { readonly record: string } & Record<string, unknown>;

export class Truth {
  readonly faults: Fault[] = [];
  readonly orderLines = new Map<string, OrderLineTruth>();
  readonly invoices = new Map<string, InvoiceTruth>();
  readonly stockouts: StockoutEpisode[] = [];
  readonly identifiers = new Map<string, string>();
  readonly counts = new Map<string, { events: number; messages: number }>();
  readonly dead = new Map<string, number>();
  readonly handOvers = new Map<string, { due: Set<string>; succeeded: Set<string>; attempts: number }>();
  private readonly postings: { id: string; kind: string; cents: number; settles: string; at: number; facility: string }[] = [];
  private readonly usages = new Map<string, { item: string; quantity: number; reversed: number; location: string; facility: string; flow: string; mapped: boolean }>();
  private readonly links = new Set<string>();
  /** True relations that no message states. */
  private readonly unstated = new Set<string>();
  private readonly gaps: Reconciliation[] = [];
  private messages = 0;
  private distinct = 0;

  constructor(private readonly about: Readonly<Record<string, unknown>>) {}

  fault(init: FaultInit, at: number): Fault {
    const fault: Fault = { ...init, id: `F-${String(this.faults.length + 1).padStart(6, '0')}`, plantedAt: at, evidenceAt: undefined, eventIds: [] };
    this.faults.push(fault);
    return fault;
  }

  message(): void {
    this.messages++;
  }

  /** A readable message with an id and bytes not seen before. */
  event(type: string): void {
    this.distinct++;
    const count = this.counts.get(type) ?? { events: 0, messages: 0 };
    count.events++;
    this.counts.set(type, count);
  }

  unreadable(reason: string): void {
    this.dead.set(reason, (this.dead.get(reason) ?? 0) + 1);
  }

  link(fromType: string, from: string, qualifier: string, toType: string, to: string): void {
    this.links.add(`${fromType}|${from}|${qualifier}|${toType}|${to}`);
  }

  unstatedLink(fromType: string, from: string, qualifier: string, toType: string, to: string): void {
    this.unstated.add(`${fromType}|${from}|${qualifier}|${toType}|${to}`);
  }

  usage(id: string, fact: { item: string; quantity: number; location: string; facility: string; flow: string; mapped: boolean }): void {
    this.usages.set(id, { ...fact, reversed: 0 });
  }

  usageReversed(id: string, quantity: number): void {
    const usage = this.usages.get(id);
    if (usage) usage.reversed += quantity;
  }

  orderLine(fact: OrderLineFact): void {
    const id = `${fact.order}/${fact.line}`;
    const known = this.orderLines.get(id);
    // The message of an older revision may come late.
    if (known && known.flow !== '' && known.revision > fact.revision) return;
    this.orderLines.set(id, { received: 0, reversed: 0, returned: 0, cancelled: false, acknowledged: undefined, receipts: [], ...known, ...fact });
  }

  acknowledged(orderLine: string, code: string): void {
    this.line(orderLine).acknowledged = code;
  }

  orderLineCancelled(orderLine: string): void {
    this.line(orderLine).cancelled = true;
  }

  received(orderLine: string, id: string, quantity: number, at: number): void {
    const line = this.line(orderLine);
    line.received += quantity;
    line.receipts.push({ id, quantity, at });
  }

  takenBack(orderLine: string, what: 'reversed' | 'returned', receipt: string, quantity: number): void {
    const line = this.line(orderLine);
    line[what] += quantity;
    const taken = line.receipts.find((one) => one.id === receipt);
    if (taken) taken.quantity -= quantity;
  }

  invoice(fact: InvoiceFact, at: number): void {
    this.invoices.set(fact.document, { ...fact, publishedAt: at, cancelled: false, blocked: false, approved: false, creditedQuantity: new Map(), creditedAmount: new Map(), paid: 0 });
  }

  invoiceState(document: string, state: 'cancelled' | 'blocked' | 'approved' | 'released'): void {
    const invoice = this.invoices.get(document);
    if (!invoice) return;
    if (state === 'released') invoice.blocked = false;
    else invoice[state] = true;
  }

  credited(document: string, line: string, quantity: number, amount: number): void {
    const invoice = this.invoices.get(document);
    if (!invoice) return;
    invoice.creditedQuantity.set(line, (invoice.creditedQuantity.get(line) ?? 0) + quantity);
    invoice.creditedAmount.set(line, (invoice.creditedAmount.get(line) ?? 0) + amount);
  }

  posted(id: string, kind: string, amount: number, settlesType: string, settles: string, facility: string, at: number): void {
    this.postings.push({ id, kind, cents: amount, settles: `${settlesType}|${settles}`, at, facility });
    this.link(settlesType, settles, 'posts', 'posting', id);
  }

  paid(document: string, amount: number): void {
    const invoice = this.invoices.get(document);
    if (invoice) invoice.paid += amount;
  }

  reconciliation(gap: Reconciliation): void {
    this.gaps.push(gap);
  }

  identifier(kind: string, value: string): void {
    this.identifiers.set(value, kind);
  }

  /** One published attempt to bring a document (or a message without one) over an interface to a target. */
  attempted(name: string, meant: string, succeeded: boolean): void {
    const tally = this.handOvers.get(name) ?? { due: new Set(), succeeded: new Set(), attempts: 0 };
    tally.due.add(meant);
    if (succeeded) tally.succeeded.add(meant);
    tally.attempts++;
    this.handOvers.set(name, tally);
  }

  /** Everything as of an instant, as records for a file of JSON lines. */
  *records(at: number): Generator<TruthRecord> {
    yield { record: 'simulation', ...this.about, asOf: iso(at), messages: this.messages, distinctEvents: this.distinct };
    for (const [type, count] of [...this.counts].sort()) yield { record: 'count', type, distinctEvents: count.events };
    for (const [reason, count] of [...this.dead].sort()) yield { record: 'dead-letters', reason, count };
    for (const [key, tally] of [...this.handOvers].sort()) {
      const [name, target] = key.split('|');
      yield { record: 'hand-overs', interface: name, target, due: tally.due.size, succeeded: tally.succeeded.size, attempts: tally.attempts };
    }
    const overlaps = overlapping(this.faults);
    for (const fault of this.faults) yield faultRecord(fault, overlaps.get(fault.id) ?? [], at);

    const verdicts = expectedVerdicts(this.orderLines, this.invoices);
    const chains = new Chains(this.links);
    for (const [id, line] of this.orderLines) yield orderLineRecord(id, line, verdicts, chains);
    for (const invoice of this.invoices.values()) yield* invoiceRecords(invoice, verdicts);
    for (const [id, usage] of this.usages)
      yield { record: 'usage-line', id, ...usage, quantity: String(usage.quantity), reversed: String(usage.reversed), ...chains.of('usage', id) };
    for (const posting of this.postings) {
      const [settlesType, settles] = posting.settles.split('|');
      yield { record: 'posting', id: posting.id, kind: posting.kind, amount: cents(posting.cents), settlesType, settles, facility: posting.facility, publishedAt: iso(posting.at) };
    }
    for (const episode of this.stockouts) yield { record: 'stockout', ...episode, from: iso(episode.from), to: episode.to === undefined ? null : iso(episode.to) };
    for (const gap of this.gaps) yield { record: 'reconciliation', ...gap };
    for (const text of this.links) {
      const [fromType, from, qualifier, toType, to] = text.split('|');
      yield { record: 'link', fromType, from, qualifier, toType, to };
    }
    for (const text of this.unstated) {
      const [fromType, from, qualifier, toType, to] = text.split('|');
      yield { record: 'unstated-link', fromType, from, qualifier, toType, to };
    }
    for (const [value, kind] of this.identifiers) yield { record: 'identifier', kind, value };
  }

  private line(id: string): OrderLineTruth {
    const line = this.orderLines.get(id);
    if (line) return line;
    // What comes of an order may be published before it, whose message is late.
    const [order = id, name = ''] = id.split('/');
    const early: OrderLineTruth = {
      order, line: name, facility: '', supplier: '', currency: '', item: '', flow: '', quantity: 0, cents: 0, factor: 1, contract: undefined, contractCents: undefined, packFactors: [], revision: 0,
      received: 0, reversed: 0, returned: 0, cancelled: false, acknowledged: undefined, receipts: [],
    };
    this.orderLines.set(id, early);
    return early;
  }
}
