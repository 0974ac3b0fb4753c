import { z } from 'zod';
import { defineList, defineQuery } from '../client';
import { DAY_OF, SUPPLIER_NAMES } from './match';
import { IN_FACILITIES } from './scope';

/** Invoices whose payment is blocked now, of whatever age: why, since when, and which discount and due dates run meanwhile. */

const NOW = "{now:DateTime64(3, 'UTC')}";
/** A discount that ends within so many days is about to be lost. */
export const DISCOUNT_SOON_DAYS = 7;

/** Blocked invoices as they are kept, see ./invoices-blocked-kept.ts. Days are counted from today in the facility's zone; under 0: past. FINAL: a run writes a row anew. */
const INVOICES = `
  SELECT *, ${DAY_OF(NOW, 'facility')} AS today, dateDiff('day', today, discount_date) AS discount_days, dateDiff('day', today, due_date) AS due_days,
    multiIf(discount_date IS NULL, 'none', discount_days < 0, 'lost', discount_days <= ${DISCOUNT_SOON_DAYS}, 'ending', 'running') AS discount, multiIf(due_date IS NULL, 'unknown', due_days < 0, 'overdue', due_days <= ${DISCOUNT_SOON_DAYS}, 'due soon', 'later') AS due
  FROM blocked_invoices FINAL
  WHERE NOT gone AND ${IN_FACILITIES}
  SETTINGS use_skip_indexes_if_final = 1, use_skip_indexes_if_final_exact_mode = 1`;

export const blockedParams = { facilities: z.array(z.string()), now: z.date(), zones: z.record(z.string(), z.string()), zone: z.string() } as const;
/** `discount`: those whose discount can still be had; `overdue`: those past their due date. */
export const BLOCKED_VIEWS = ['all', 'discount', 'overdue'] as const;

const text = z.string();
const maybe = z.string().nullable();
const days = z.number().nullable();

/** One row per invoice, that whose discount ends first on top; a discount that is lost comes with those that have none. */
export const blockedInvoices = defineList({
  name: 'invoices_blocked',
  sql: `
    SELECT document_id, number, facility, supplier, supplier_name, currency, toString(date) AS date, toString(due_date) AS due_date, toString(discount_date) AS discount_date, discount_days, due_days, discount, due,
      amount, at_stake, lines, verdicts, since, reason, by_whom
    FROM (${INVOICES}) AS line LEFT JOIN (${SUPPLIER_NAMES}) AS names USING (supplier)
    WHERE multiIf({view:String} = 'discount', discount IN ('ending', 'running'), {view:String} = 'overdue', due = 'overdue', 1)`,
  params: z.object({ ...blockedParams, view: text }),
  row: z.object({
    document_id: text, number: text, facility: text, supplier: text, supplier_name: text, currency: text, date: text, due_date: maybe, discount_date: maybe, discount_days: days, due_days: days, discount: text, due: text,
    amount: maybe, at_stake: maybe, lines: z.number(), verdicts: z.array(text), since: text, reason: text, by_whom: text,
  }),
  sortable: {
    discount_days: 'if(discount_days < 0, NULL, discount_days)', due_days: 'due_days', amount: 'amount', at_stake: 'at_stake', since: 'since', supplier_name: 'supplier_name', number: 'number', reason: 'reason', facility: 'facility', date: 'date', discount_date: 'discount_date',
    due_date: 'due_date', discount: 'discount',
  },
  defaultSort: { sort: 'discount_days', desc: false },
  key: ['ifNull(due_days, 99999)', 'document_id'],
  limits: { seconds: 20 },
});

/** How many, and what money, by the state of the discount and of the due date; per currency. */
export const blockedTotals = defineQuery({
  name: 'invoices_blocked_totals',
  sql: `
    SELECT discount, due, currency, count() AS invoices, sum(amount) AS value, countIf(amount IS NULL) AS value_unknown FROM (${INVOICES}) GROUP BY discount, due, currency ORDER BY currency, discount, due`,
  params: z.object(blockedParams),
  row: z.object({ discount: text, due: text, currency: text, invoices: z.number(), value: maybe, value_unknown: z.number() }),
  limits: { seconds: 20 },
});
