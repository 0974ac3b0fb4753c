import type { LineFact } from '@/clickhouse/queries/lineage';
import Decimal from 'decimal.js';
import { lineKey } from '../../ingest/contract/objects';
import { amountOf, isInForce } from './facts';

/** The money of a chain at each of its stages. Decimals as strings; what lacks a price is unknown, never zero. */

export const MONEY_STAGES = ['ordered', 'received', 'invoiced', 'posted', 'paid'] as const;
export type MoneyStage = (typeof MONEY_STAGES)[number];

export interface StageMoney {
  stage: MoneyStage;
  currency: string;
  /** Null when no line of it has a known amount. */
  amount: string | null;
  /** Lines that it counts, and those of them whose amount is unknown. */
  lines: number;
  unknown: number;
}

/** Facts of one line under all its aspects, with those of its whole document. */
export interface LineFacts {
  documentType: string;
  objectId: string;
  own: readonly LineFact[];
  whole: readonly LineFact[];
}

class Sum {
  private total = new Decimal(0);
  private known = 0;
  private lines = 0;
  private unknown = 0;

  add(amount: Decimal | null, sign: 1 | -1): void {
    this.lines += 1;
    if (amount === null) this.unknown += 1;
    else {
      this.known += 1;
      this.total = this.total.plus(amount.times(sign));
    }
  }

  read(stage: MoneyStage, currency: string): StageMoney {
    return { stage, currency, amount: this.known > 0 ? this.total.toDecimalPlaces(4).toString() : null, lines: this.lines, unknown: this.unknown };
  }
}

const find = (facts: readonly LineFact[], aspect: string): LineFact | undefined => facts.find((fact) => fact.aspect === aspect);
const decimal = (text: string | null | undefined): Decimal | null => (text === null || text === undefined ? null : new Decimal(text));

/**
 * Ordered: quantity × price of orders in force. Received: quantity kept × the order's price, unknown where the unit
 * differs from the order's. Invoiced: amounts of invoices in force less credits. Posted: postings in force other
 * than accruals. Paid: payments in force.
 */
export function moneyOf(lines: readonly LineFacts[]): StageMoney[] {
  const sums = new Map<string, { stage: MoneyStage; currency: string; sum: Sum }>();
  const orders = new Map<string, LineFact>();
  for (const line of lines) {
    const created = line.documentType === 'order' ? find(line.own, 'created') : undefined;
    if (created) orders.set(line.objectId, created);
  }
  const add = (stage: MoneyStage, currency: string, amount: Decimal | null, sign: 1 | -1 = 1) => {
    const key = `${stage}|${currency}`;
    const entry = sums.get(key) ?? { stage, currency, sum: new Sum() };
    entry.sum.add(amount, sign);
    sums.set(key, entry);
  };
  const orderOf = (fact: LineFact) => orders.get(orderKey(fact));
  const ended = (line: LineFacts, what: string, main: LineFact | undefined) => isInForce(find(line.own, what) ?? find(line.whole, what), main);

  for (const line of lines) {
    if (line.documentType === 'order') {
      const created = find(line.own, 'created');
      if (created && !ended(line, 'cancelled', created)) add('ordered', created.currency, decimal(amountOf(created)));
    } else if (line.documentType === 'receipt') {
      for (const fact of line.own) {
        const order = orderOf(fact);
        const sameUnit = order !== undefined && (fact.uom === '' || order.uom === '' || fact.uom === order.uom);
        const price = sameUnit ? decimal(order.price) : null;
        const quantity = decimal(fact.quantity);
        add('received', order?.currency ?? fact.currency, price && quantity ? price.times(quantity) : null, fact.aspect === 'confirmed' ? 1 : -1);
      }
    } else if (line.documentType === 'invoice') {
      const received = find(line.own, 'received');
      const credited = find(line.own, 'credited');
      if (received && !ended(line, 'cancelled', received)) add('invoiced', received.currency, decimal(amountOf(received)));
      if (credited) add('invoiced', credited.currency, decimal(amountOf(credited)), -1);
    } else if (line.documentType === 'posting') {
      const completed = find(line.own, 'completed');
      if (completed && completed.reason !== 'accrual' && !ended(line, 'reversed', completed)) add('posted', completed.currency, decimal(completed.amount));
    } else if (line.documentType === 'payment') {
      const made = find(line.own, 'made');
      if (made && !ended(line, 'reversed', made)) add('paid', made.currency, decimal(made.amount));
    }
  }
  const place = (stage: MoneyStage) => MONEY_STAGES.indexOf(stage);
  return [...sums.values()]
    .sort((a, b) => a.currency.localeCompare(b.currency) || place(a.stage) - place(b.stage))
    .map(({ stage, currency, sum }) => sum.read(stage, currency));
}

function orderKey(fact: LineFact): string {
  if (fact.order_id === '' || fact.order_line === '') return '';
  return lineKey(fact.order_id, fact.order_line);
}
