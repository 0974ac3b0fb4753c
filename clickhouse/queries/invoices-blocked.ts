import { z } from 'zod';
import { defineList, defineQuery } from '../client';
import { IS_MISMATCH } from './invoices';
import { DAY_OF, MATCHED_VERDICTS, SUPPLIER_NAMES } from './match';

/** Invoices whose payment is blocked now, of whatever age: why, since when, and which discount and due dates run meanwhile. */

const NOW = "{now:DateTime64(3, 'UTC')}";
/** A discount that ends within so many days is about to be lost. */
export const DISCOUNT_SOON_DAYS = 7;

/** Without FINAL: what has the highest rank is in force, whatever has been merged. A block of a line is lifted with that line or with the whole. */
const BLOCKED = `
  SELECT document_id, argMax(blocked_at, blocked) AS since, argMax(why, blocked) AS reason, argMax(whose, blocked) AS by_whom
  FROM (
    SELECT document_id, line_id, maxIf(rank, aspect = 'blocked') AS blocked, maxIf(rank, aspect != 'blocked') AS lifted, argMaxIf(time, rank, aspect = 'blocked') AS blocked_at, argMaxIf(reason, rank, aspect = 'blocked') AS why,
      argMaxIf(actor_kind, rank, aspect = 'blocked') AS whose, max(if(line_id = '', lifted, 0)) OVER (PARTITION BY document_id) AS whole_lifted
    FROM document_lines WHERE document_type = 'invoice' AND aspect IN ('blocked', 'released', 'cancelled') GROUP BY document_id, line_id
  )
  WHERE blocked > greatest(lifted, whole_lifted)
  GROUP BY document_id`;
const BLOCKED_IDS = `SELECT document_id FROM (${BLOCKED})`;
const PAID = `SELECT node_id AS document_id FROM links WHERE node_type = 'invoice' AND node_id IN (${BLOCKED_IDS}) AND direction = 'down' AND peer_type = 'payment'`;
const THEIR_LINES = `SELECT object_id FROM document_lines WHERE document_type = 'invoice' AND document_id IN (${BLOCKED_IDS}) AND aspect = 'received' AND line_id != ''`;

/** Days are counted from today in the facility's zone; under 0: past. An invoice that was paid all the same is left out. */
const INVOICES = `
  SELECT *, dateDiff('day', today, discount_date) AS discount_days, dateDiff('day', today, due_date) AS due_days,
    multiIf(discount_date IS NULL, 'none', discount_days < 0, 'lost', discount_days <= ${DISCOUNT_SOON_DAYS}, 'ending', 'running') AS discount, multiIf(due_date IS NULL, 'unknown', due_days < 0, 'overdue', due_days <= ${DISCOUNT_SOON_DAYS}, 'due soon', 'later') AS due
  FROM (
    SELECT document_id, any(number) AS number, any(facility) AS of_facility, any(supplier) AS supplier, any(currency) AS currency, min(date) AS date, max(due_date) AS due_date, max(discount_date) AS discount_date,
      if(countIf(billed IS NULL) = 0, sum(billed), NULL) AS amount, sumIf(at_stake, ${IS_MISMATCH}) AS at_stake, count() AS lines, arraySort(groupUniqArrayIf(toString(verdict), ${IS_MISMATCH} OR verdict IN ('AWAITING_RECEIPT', 'NOT_EVALUABLE'))) AS verdicts, ${DAY_OF(NOW, 'of_facility')} AS today
    FROM match_verdicts WHERE NOT withdrawn AND object_id IN (${THEIR_LINES})
    GROUP BY document_id
  ) AS invoice
  INNER JOIN (${BLOCKED}) AS blocked USING (document_id)
  LEFT ANTI JOIN (${PAID}) AS paid USING (document_id)
  WHERE (empty({facilities:Array(String)}) OR of_facility IN {facilities:Array(String)})`;

export const blockedParams = { facilities: z.array(z.string()), now: z.date(), zones: z.record(z.string(), z.string()), zone: z.string() } as const;
/** `discount`: those whose discount can still be had; `overdue`: those past their due date. */
export const BLOCKED_VIEWS = ['all', 'discount', 'overdue'] as const;

const text = z.string();
const maybe = z.string().nullable();
const days = z.number().nullable();

/** One row per invoice, that whose discount ends first on top; a discount that is lost comes with those that have none. */
export const blockedInvoices = defineList({
  name: 'invoices_blocked',
  sql: `WITH ${MATCHED_VERDICTS}
    SELECT document_id, number, of_facility AS facility, supplier, supplier_name, currency, toString(date) AS date, toString(due_date) AS due_date, toString(discount_date) AS discount_date, discount_days, due_days, discount, due,
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
  sql: `WITH ${MATCHED_VERDICTS}
    SELECT discount, due, currency, count() AS invoices, sum(amount) AS value, countIf(amount IS NULL) AS value_unknown FROM (${INVOICES}) GROUP BY discount, due, currency ORDER BY currency, discount, due`,
  params: z.object(blockedParams),
  row: z.object({ discount: text, due: text, currency: text, invoices: z.number(), value: maybe, value_unknown: z.number() }),
  limits: { seconds: 20 },
});
