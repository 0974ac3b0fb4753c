import { IS_MISMATCH } from './invoices';
import { MATCHED_VERDICTS } from './match';

/** What is kept of each invoice whose payment is blocked (`blocked_invoices`). Nothing here depends on the moment of asking. SQL text, for ../open-work.ts. */

/** Without FINAL: what has the highest rank is in force, whatever has been merged. A block of a line is lifted with that line or with the whole. */
const blocked = (which: string) => `
  SELECT document_id, argMax(blocked_at, blocked) AS since, argMax(why, blocked) AS reason, argMax(whose, blocked) AS by_whom
  FROM (
    SELECT document_id, line_id, maxIf(rank, aspect = 'blocked') AS blocked, maxIf(rank, aspect != 'blocked') AS lifted, argMaxIf(time, rank, aspect = 'blocked') AS blocked_at, argMaxIf(reason, rank, aspect = 'blocked') AS why,
      argMaxIf(actor_kind, rank, aspect = 'blocked') AS whose, max(if(line_id = '', lifted, 0)) OVER (PARTITION BY document_id) AS whole_lifted
    FROM document_lines WHERE document_type = 'invoice' AND aspect IN ('blocked', 'released', 'cancelled') AND ${which} GROUP BY document_id, line_id
  )
  WHERE blocked > greatest(lifted, whole_lifted)
  GROUP BY document_id`;
const paid = (which: string) => `SELECT node_id AS document_id FROM links WHERE node_type = 'invoice' AND node_id IN (SELECT document_id FROM (${blocked(which)})) AND direction = 'down' AND peer_type = 'payment'`;
const theirLines = (which: string) => `SELECT object_id FROM document_lines WHERE document_type = 'invoice' AND document_id IN (SELECT document_id FROM (${blocked(which)})) AND aspect = 'received' AND line_id != ''`;

export const BLOCKED_COLUMNS = 'document_id, number, facility, supplier, currency, date, due_date, discount_date, amount, at_stake, lines, verdicts, since, reason, by_whom';

/** One row per blocked invoice among these (a condition on `document_id`). One that was paid all the same is left out. */
export const blockedNow = (which: string) => `
  WITH ${MATCHED_VERDICTS}
  SELECT ${BLOCKED_COLUMNS.replace('facility', 'of_facility AS facility')}
  FROM (
    SELECT document_id, any(number) AS number, any(facility) AS of_facility, any(supplier) AS supplier, any(currency) AS currency, min(date) AS date, max(due_date) AS due_date, max(discount_date) AS discount_date,
      if(countIf(billed IS NULL) = 0, sum(billed), NULL) AS amount, sumIf(at_stake, ${IS_MISMATCH}) AS at_stake, count() AS lines, arraySort(groupUniqArrayIf(toString(verdict), ${IS_MISMATCH} OR verdict IN ('AWAITING_RECEIPT', 'NOT_EVALUABLE'))) AS verdicts
    FROM match_verdicts WHERE NOT withdrawn AND object_id IN (${theirLines(which)})
    GROUP BY document_id
  ) AS invoice
  INNER JOIN (${blocked(which)}) AS blocked USING (document_id)
  LEFT ANTI JOIN (${paid(which)}) AS paid USING (document_id)`;
