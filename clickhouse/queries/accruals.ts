import { z } from 'zod';
import { defineList, defineQuery } from '../client';
import { SUPPLIER_NAMES, ZONE_OF } from './match';
import { IN_FACILITIES } from './scope';

/**
 * What was received and not invoiced, month by month: opening, added by receipts, cleared by invoices, closing; beside it
 * what was posted as accrual; and the order lines and postings behind each figure. Months are those of business dates.
 * What a line added and changed is kept beside the match (migration 0022): an invoice that comes first clears when its
 * receipt comes, and whatever is received waits while nothing is invoiced, even where another receipt does not say how much.
 */

const NO_MONEY = 'toDecimal256(0, 4)';
/** Order lines of which something accrues. FINAL: a run writes a line anew. */
const ACCRUING = `SELECT * FROM accruals FINAL WHERE NOT gone AND ${IN_FACILITIES}`;

const MONTH_OF = (date: string) => `toStartOfMonth(${date})`;
const DATE = `coalesce(business_date, toDate32(formatDateTime(time, '%F', ${ZONE_OF('facility')})))`;

/**
 * Accrual postings, each line once and each reversal of it once, below zero. A reversal of a whole document takes back
 * its lines that still stood.
 */
const POSTINGS = `
  SELECT object_id, document_id, aspect, time, ${DATE} AS date, facility, supplier, currency, code, cost_centre, ref_type, ref_id, if(aspect = 'reversed', -1, 1) * assumeNotNull(toDecimal256(amount, 4)) AS booked
  FROM document_lines FINAL
  WHERE document_type = 'posting' AND aspect IN ('completed', 'reversed') AND reason = 'accrual' AND line_id != '' AND amount IS NOT NULL AND ${IN_FACILITIES}
  UNION ALL
  SELECT object_id, document_id, 'reversed', whole.reversed_at, whole.reversed_on, facility, supplier, currency, code, cost_centre, ref_type, ref_id, -assumeNotNull(toDecimal256(amount, 4))
  FROM (
    SELECT * FROM document_lines FINAL
    WHERE document_type = 'posting' AND aspect = 'completed' AND reason = 'accrual' AND line_id != '' AND amount IS NOT NULL AND ${IN_FACILITIES}
      AND object_id NOT IN (SELECT object_id FROM document_lines WHERE document_type = 'posting' AND aspect = 'reversed' AND line_id != '')
  ) AS line
  INNER JOIN (
    SELECT document_id, rank AS whole_rank, time AS reversed_at, ${DATE} AS reversed_on FROM document_lines FINAL WHERE document_type = 'posting' AND aspect = 'reversed' AND line_id = ''
  ) AS whole USING (document_id)
  WHERE whole_rank > rank`;

const POSTED = `SELECT ${MONTH_OF('date')} AS month, currency, sum(booked) AS posted FROM (${POSTINGS}) GROUP BY month, currency`;

const places = { facilities: z.array(z.string()), zones: z.record(z.string(), z.string()), zone: z.string() } as const;

/** One row per month in which something moved and currency, since the first receipt, the last month last. Lines without a price, factor or quantity are left out. */
export const accrualRollForward = defineQuery({
  name: 'accruals_roll_forward',
  sql: `
    SELECT toString(of_month) AS month, currency, closing - added + cleared AS opening, added, cleared, closing, posted
    FROM (
      SELECT month AS of_month, currency, sum(came) AS added, added - sum(changed) AS cleared, sum(sum(changed)) OVER (PARTITION BY currency ORDER BY month) AS closing, sum(booked) AS posted
      FROM (SELECT month, currency, toDecimal256(one, 4) AS came, toDecimal256(by, 4) AS changed, ${NO_MONEY} AS booked FROM (${ACCRUING}) ARRAY JOIN months AS month, added AS one, change AS by
        UNION ALL SELECT toDate32(month) AS month, currency, ${NO_MONEY}, ${NO_MONEY}, posted FROM (${POSTED}))
      GROUP BY month, currency
    )
    WHERE of_month >= toStartOfMonth({from:Date}) AND of_month <= {to:Date}
    ORDER BY currency, of_month`,
  params: z.object({ from: z.iso.date(), to: z.iso.date(), ...places }),
  row: z.object({ month: z.string(), currency: z.string(), opening: z.string(), added: z.string(), cleared: z.string(), closing: z.string(), posted: z.string() }),
  limits: { seconds: 30 },
});
export type AccrualMonth = z.output<typeof accrualRollForward.definition.row>;

/** The figure of a month whose lines are asked for; `posted`'s are postings. */
export const ACCRUAL_PARTS = ['opening', 'added', 'cleared', 'closing'] as const;

const MONTH = 'toDate32(toStartOfMonth({month:Date32}))';
const PART = "multiIf({part:String} = 'opening', opening, {part:String} = 'added', added, {part:String} = 'cleared', cleared, closing)";

const text = z.string();
/** One row per order line of which {part} is not nothing in the month (something is added or cleared only in one of its months); the sum of a column is the month's figure. */
export const accrualLines = defineList({
  name: 'accruals_lines',
  sql: `
    SELECT order_key, order_id, facility, supplier, supplier_name, buyer, item, currency, opening, added, opening + added - closing AS cleared, closing
    FROM (
      SELECT concat(order_id, '/', replaceAll(replaceAll(order_line, '%', '%25'), '/', '%2F')) AS order_key, order_id, facility, supplier, buyer, item, currency,
        arraySum(arrayMap((m, by) -> if(m < ${MONTH}, by, toDecimal128(0, 4)), months, change)) AS opening, arraySum(arrayMap((m, one) -> if(m = ${MONTH}, one, toDecimal128(0, 4)), months, all_added)) AS added,
        arraySum(arrayMap((m, by) -> if(m <= ${MONTH}, by, toDecimal128(0, 4)), months, change)) AS closing
      FROM (SELECT * EXCEPT (added), added AS all_added FROM (${ACCRUING}) WHERE currency = {currency:String} AND if({part:String} IN ('added', 'cleared'), has(months, ${MONTH}), months[1] <= ${MONTH}))
    ) AS line LEFT JOIN (${SUPPLIER_NAMES}) AS names USING (supplier)
    WHERE ${PART} != 0`,
  params: z.object({ month: z.iso.date(), currency: text, part: text, ...places }),
  row: z.object({ order_key: text, order_id: text, facility: text, supplier: text, supplier_name: text, buyer: text, item: text, currency: text, opening: text, added: text, cleared: text, closing: text }),
  sortable: { order_key: 'order_key', supplier_name: 'supplier_name', item: 'item', facility: 'facility', buyer: 'buyer', opening: 'opening', added: 'added', cleared: 'cleared', closing: 'closing', part: PART },
  defaultSort: { sort: 'part', desc: true },
  key: ['order_key'],
  limits: { seconds: 30 },
});

/** Accrual postings of a month and what they settle; `booked` below zero where one takes back. */
export const accrualPostings = defineList({
  name: 'accruals_postings',
  sql: `
    SELECT object_id, document_id, aspect, time, toString(date) AS date, facility, supplier, supplier_name, currency, code AS account, cost_centre, ref_type, ref_id, booked
    FROM (SELECT * FROM (${POSTINGS}) WHERE ${MONTH_OF('date')} = toStartOfMonth({month:Date32}) AND currency = {currency:String}) AS posting LEFT JOIN (${SUPPLIER_NAMES}) AS names USING (supplier)`,
  params: z.object({ month: z.iso.date(), currency: text, ...places }),
  row: z.object({
    object_id: text, document_id: text, aspect: text, time: text, date: text, facility: text, supplier: text, supplier_name: text, currency: text, account: text, cost_centre: text, ref_type: text, ref_id: text, booked: text,
  }),
  sortable: { object_id: 'object_id', time: 'time', date: 'date', facility: 'facility', supplier_name: 'supplier_name', account: 'account', booked: 'booked' },
  defaultSort: { sort: 'booked', desc: true },
  key: ['object_id', 'aspect'],
  limits: { seconds: 30 },
});
