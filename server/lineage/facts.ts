import type { LineFact } from '@/clickhouse/queries/lineage';
import Decimal from 'decimal.js';

/** What the facts of one document line come to: its state in a word, its figures, and what is worth telling of it. */

export type Meaning = 'ok' | 'watch' | 'breach' | 'unknown' | 'info';

export interface NodeSummary {
  /** A word for where the line stands: `sent`, `acknowledged`, `cancelled`, … */
  state: string;
  meaning: Meaning;
  facility: string;
  /** When the document itself happened (its first fact); ISO 8601. */
  at: string | null;
  /** The last thing that happened to it. */
  lastAt: string | null;
  quantity: string | null;
  uom: string;
  price: string | null;
  /** Stated, or quantity × price; null where neither is known. */
  amount: string | null;
  currency: string;
  item: string;
  supplier: string;
  flowType: string;
  dueAt: string | null;
  invoiceNumber: string;
  /** Short remarks for the card: acknowledgement code, block reason, kind of posting, the ERP's verdict. */
  notes: string[];
}

const ACKNOWLEDGED: Readonly<Record<string, { word: string; meaning: Meaning }>> = {
  IA: { word: 'accepted', meaning: 'ok' },
  IB: { word: 'backordered', meaning: 'watch' },
  BP: { word: 'partial', meaning: 'watch' },
  IP: { word: 'price changed', meaning: 'watch' },
  IQ: { word: 'quantity changed', meaning: 'watch' },
  IR: { word: 'rejected by the supplier', meaning: 'breach' },
  IS: { word: 'substituted', meaning: 'watch' },
  DR: { word: 'rescheduled', meaning: 'watch' },
  ID: { word: 'deleted by the supplier', meaning: 'breach' },
  IH: { word: 'on hold', meaning: 'watch' },
};

export const acknowledgementWord = (code: string): string => (ACKNOWLEDGED[code] ? `${ACKNOWLEDGED[code].word} (${code})` : code);

/** The aspect that a document type's line is itself, before anything happened to it. */
const MAIN: Readonly<Record<string, readonly string[]>> = {
  usage: ['recorded', 'reversed'],
  replenishment: ['requested', 'filled'],
  transfer: ['shipped', 'received'],
  requisition: ['submitted', 'approved'],
  order: ['created', 'sent', 'failed'],
  shipment: ['notified'],
  receipt: ['confirmed', 'reversed', 'returned'],
  invoice: ['received', 'credited'],
  posting: ['completed', 'failed'],
  payment: ['made'],
};

interface Aspects {
  get(aspect: string): LineFact | undefined;
  has(aspect: string): boolean;
}

/** Facts of the line itself and of its whole document; the later revision of the same aspect goes first. */
function aspectsOf(own: readonly LineFact[], whole: readonly LineFact[]): Aspects {
  const byAspect = new Map<string, LineFact>();
  for (const fact of [...whole, ...own]) byAspect.set(fact.aspect, fact);
  return { get: (aspect) => byAspect.get(aspect), has: (aspect) => byAspect.has(aspect) };
}

/** Whether `what` ended the line and it was not stated anew at a higher revision since. */
export function isInForce(what: LineFact | undefined, main: LineFact | undefined): boolean {
  return what !== undefined && !(main !== undefined && main.revision > what.revision && main.time > what.time);
}

export function amountOf(fact: LineFact): string | null {
  if (fact.amount !== null) return fact.amount;
  if (fact.quantity === null || fact.price === null) return null;
  return new Decimal(fact.quantity).times(fact.price).toDecimalPlaces(4).toString();
}

/**
 * @param own facts of the line, one per aspect
 * @param whole facts of its document as a whole
 */
export function summarise(documentType: string, own: readonly LineFact[], whole: readonly LineFact[]): NodeSummary {
  const aspects = aspectsOf(own, whole);
  const main = (MAIN[documentType] ?? []).map((aspect) => own.find((fact) => fact.aspect === aspect)).find((fact) => fact !== undefined);
  const base = main ?? own[0] ?? whole[0];
  const all = [...own, ...whole];
  const { state, meaning, notes } = stateOf(documentType, aspects, main, all);
  const times = all.map((fact) => fact.time).sort();
  const text = (of: (fact: LineFact) => string): string => (main ? of(main) : '') || (own.map(of).find((value) => value !== '') ?? whole.map(of).find((value) => value !== '') ?? '');
  return {
    state, meaning, notes,
    facility: text((fact) => fact.facility),
    at: main?.time ?? times[0] ?? null,
    lastAt: times[times.length - 1] ?? null,
    quantity: base?.quantity ?? null,
    uom: text((fact) => fact.uom),
    price: base?.price ?? null,
    amount: base ? amountOf(base) : null,
    currency: text((fact) => fact.currency),
    item: text((fact) => fact.item),
    supplier: text((fact) => fact.supplier),
    flowType: text((fact) => fact.flow_type),
    dueAt: aspects.get('acknowledged')?.due_at ?? base?.due_at ?? null,
    invoiceNumber: text((fact) => fact.invoice_number),
  };
}

interface State {
  state: string;
  meaning: Meaning;
  notes: string[];
}

function stateOf(documentType: string, aspects: Aspects, main: LineFact | undefined, all: readonly LineFact[]): State {
  const notes: string[] = [];
  const says = (state: string, meaning: Meaning): State => ({ state, meaning, notes });
  if (all.length === 0) return says('never came', 'watch');
  switch (documentType) {
    case 'order':
      return orderState(aspects, main, says, notes);
    case 'invoice':
      return invoiceState(aspects, main, says, notes);
    case 'posting': {
      const kind = all.map((fact) => fact.reason).find((reason) => reason !== '');
      if (kind) notes.push(kind.replaceAll('-', ' '));
      if (isInForce(aspects.get('reversed'), aspects.get('completed'))) return says('reversed', 'watch');
      if (aspects.has('completed')) return says('posted', 'ok');
      return says('failed', 'breach');
    }
    case 'payment':
      return isInForce(aspects.get('reversed'), aspects.get('made')) ? says('taken back', 'watch') : says('paid', 'ok');
    case 'requisition': {
      const rejected = aspects.get('rejected');
      if (isInForce(rejected, aspects.get('approved'))) {
        if (rejected?.reason) notes.push(rejected.reason);
        return says('rejected', 'info');
      }
      return aspects.has('approved') ? says('approved', 'ok') : says('submitted', 'info');
    }
    case 'replenishment':
      return aspects.has('filled') ? says('filled', 'ok') : says('requested', 'info');
    case 'transfer':
      return aspects.has('received') ? says('received', 'ok') : says('shipped', 'info');
    case 'receipt':
      if (!aspects.has('confirmed')) return aspects.has('returned') ? says('returned', 'watch') : says('reversed', 'watch');
      return aspects.has('reversed') || aspects.has('returned') ? says('taken back', 'watch') : says('received', 'ok');
    case 'shipment':
      return says('announced', 'ok');
    case 'usage':
      return aspects.has('recorded') ? says('used', 'ok') : says('taken back', 'watch');
    default:
      return says(main?.action ?? all[all.length - 1]?.action ?? 'recorded', 'info');
  }
}

function orderState(aspects: Aspects, main: LineFact | undefined, says: (state: string, meaning: Meaning) => State, notes: string[]): State {
  const acknowledged = aspects.get('acknowledged');
  if (acknowledged?.code) notes.push(acknowledgementWord(acknowledged.code));
  if (isInForce(aspects.get('cancelled'), aspects.get('created'))) return says('cancelled', 'info');
  if (!aspects.has('created') && !aspects.has('sent')) {
    const failed = aspects.get('failed');
    if (failed) return says('creation failed', 'breach');
    return says('never came', 'watch');
  }
  if (acknowledged) return says('acknowledged', ACKNOWLEDGED[acknowledged.code]?.meaning ?? 'ok');
  return aspects.has('sent') ? says('sent', 'ok') : says(main?.action === 'changed' ? 'changed' : 'created', 'info');
}

function invoiceState(aspects: Aspects, main: LineFact | undefined, says: (state: string, meaning: Meaning) => State, notes: string[]): State {
  const verdict = aspects.get('completed');
  if (verdict?.code) notes.push(`ERP: ${verdict.code.toLowerCase().replaceAll('_', ' ')}`);
  if (main?.aspect === 'credited') {
    if (main.reason) notes.push(`of ${main.reason}`);
    return says('credit', 'watch');
  }
  if (isInForce(aspects.get('cancelled'), aspects.get('received'))) return says('cancelled', 'info');
  const blocked = aspects.get('blocked');
  const released = aspects.get('released');
  if (blocked && !(released && released.time >= blocked.time)) {
    if (blocked.reason) notes.push(blocked.reason);
    return says('blocked', 'watch');
  }
  if (aspects.has('approved')) return says('approved', 'ok');
  if (!aspects.has('received')) return says('never came', 'watch');
  return says(released ? 'released' : 'received', 'ok');
}
