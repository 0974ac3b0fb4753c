import { z } from 'zod';
import { defineQuery } from '../client';
import { MATCHED_TOTALS, ZONE_OF } from './match';
import { IN_FACILITIES } from './scope';

/**
 * What was received and not invoiced, month by month: opening, added by receipts, cleared by invoices, closing; beside it
 * what was posted as accrual. Months are those of business dates.
 */

const NONE = 'toDecimal128(0, 8)';
const NO_MONEY = 'toDecimal256(0, 4)';
/** Up to the end of a month: Σ of quantities whose date is before the next one. */
const until = (dates: string, quantities: string) => `arraySum(arrayMap((date, q) -> if(date < addMonths(month, 1), ifNull(q, ${NONE}), ${NONE}), ${dates}, ${quantities}))`;
const within = (dates: string, quantities: string) => `arraySum(arrayMap((date, q) -> if(toStartOfMonth(date) = month, ifNull(q, ${NONE}), ${NONE}), ${dates}, ${quantities}))`;
const worth = (quantity: string) => `assumeNotNull(toDecimal256(round(toDecimal256(${quantity}, 8) * toDecimal256(o_price, 6) / toDecimal256(ko, 8), 4), 4))`;

/**
 * Per order line and month in which something was received or invoiced: what it added, and by how much it changed what is
 * open, which is never below nothing: an invoice that comes first clears when its receipt comes.
 */
const MOVES = `
  SELECT month, currency, ${worth('came')} AS added, ${worth('open_after')} - ${worth('open_before')} AS change
  FROM (
    SELECT month, o_currency AS currency, o_price, ko, ${within('r.date', 'r_net')} AS came,
      greatest(${until('r.date', 'r_net')} - ${until('i.date', 'i_net')}, ${NONE}) AS open_after,
      greatest(${until('r.date', 'r_net')} - came - (${until('i.date', 'i_net')} - ${within('i.date', 'i_net')}), ${NONE}) AS open_before
    FROM (
      SELECT o_currency, o_price, ko, r, r_net, i, i_net, arrayJoin(arrayDistinct(arrayMap(d -> toStartOfMonth(d), arrayConcat(r.date, i.date)))) AS month
      FROM (SELECT *, o_facility AS facility FROM match_totals WHERE known AND needs_receipt AND notEmpty(r_net) AND o_price > 0 AND ko > 0 AND NOT r_unknown AND NOT i_unknown)
      WHERE ${IN_FACILITIES}
    )
  )`;

const POSTED = `
  SELECT toStartOfMonth(coalesce(business_date, toDate32(formatDateTime(time, '%F', ${ZONE_OF('facility')})))) AS month, currency, sum(if(aspect = 'reversed', -1, 1) * assumeNotNull(toDecimal256(amount, 4))) AS posted
  FROM document_lines FINAL
  WHERE document_type = 'posting' AND aspect IN ('completed', 'reversed') AND reason = 'accrual' AND amount IS NOT NULL AND ${IN_FACILITIES}
  GROUP BY month, currency`;

/** One row per month and currency since the first receipt, the last month last. Lines without a price, factor or quantity are left out. */
export const accrualRollForward = defineQuery({
  name: 'accruals_roll_forward',
  sql: `WITH ${MATCHED_TOTALS}
    SELECT toString(of_month) AS month, currency, closing - added + cleared AS opening, added, cleared, closing, posted
    FROM (
      SELECT month AS of_month, currency, sum(came) AS added, added - sum(changed) AS cleared, sum(sum(changed)) OVER (PARTITION BY currency ORDER BY month) AS closing, sum(booked) AS posted
      FROM (SELECT toDate32(month) AS month, currency, added AS came, change AS changed, ${NO_MONEY} AS booked FROM (${MOVES})
        UNION ALL SELECT toDate32(month) AS month, currency, ${NO_MONEY}, ${NO_MONEY}, posted FROM (${POSTED}))
      GROUP BY month, currency
    )
    WHERE of_month >= toStartOfMonth({from:Date}) AND of_month <= {to:Date}
    ORDER BY currency, of_month`,
  params: z.object({ from: z.iso.date(), to: z.iso.date(), facilities: z.array(z.string()), zones: z.record(z.string(), z.string()), zone: z.string() }),
  row: z.object({ month: z.string(), currency: z.string(), opening: z.string(), added: z.string(), cleared: z.string(), closing: z.string(), posted: z.string() }),
  limits: { seconds: 30 },
});
