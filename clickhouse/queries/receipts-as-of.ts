import { TARGET_DOCUMENT } from './match-facts';
import { ORDER_LINE_KEY, OPEN_RECEIPT_COLUMNS, openReceipts, worth } from './receipts-open';

/** Which orders a past instant's receipts have to be worked out for, and what is written of them. SQL text, for ../receipts-as-of.ts. */

const AS_OF = "{as_of:DateTime64(3, 'UTC')}";
const OF_LONE = "substring(lone, 1, length(lone) - position(reverse(lone), '/'))";
/** What the last run of the match has not seen yet. */
const NEWS = (kinds: string) => `SELECT id FROM match_touched WHERE touched_at >= {matched:DateTime64(3, 'UTC')} AND kind IN (${kinds})`;
/** Documents on which something happened since the instant, or came since the last run of the match. */
const SINCE = `SELECT document_type, document_id, ${TARGET_DOCUMENT} AS target FROM document_lines WHERE document_type IN ('order', 'receipt', 'invoice') AND (time >= ${AS_OF} OR document_id IN (${NEWS("'order', 'receipt', 'invoice'")}))`;
const DOCUMENTS_SINCE = `SELECT arrayJoin([document_id, target]) AS id FROM (${SINCE}) WHERE document_type != 'order'`;

/**
 * Orders and documents without one of which something may have been open, into `match_all` (kind, id): those of which
 * something is open now, and those on which anything happened since. Of the others nothing is open, and nothing was.
 * {matched}: until when the match has seen what came.
 */
export const AS_OF_SCOPE: readonly string[] = [
  `SELECT DISTINCT if(order_id = '', 'document', 'order') AS kind, if(order_id = '', ${OF_LONE}, order_id) AS id FROM matched_order_lines FINAL WHERE NOT gone AND NOT settled`,
  `SELECT DISTINCT 'document', id FROM (${DOCUMENTS_SINCE})`,
  `SELECT DISTINCT 'order', id FROM (
    SELECT document_id AS id FROM (${SINCE}) WHERE document_type = 'order'
    UNION ALL SELECT order_id FROM document_lines WHERE document_type IN ('receipt', 'invoice') AND document_id IN (${DOCUMENTS_SINCE})
  ) WHERE id != ''`,
];

export const WRITE_OPEN_AS_OF = `INSERT INTO receipts_as_of (moment, over, ${OPEN_RECEIPT_COLUMNS})
  SELECT {moment:String}, 0, ${OPEN_RECEIPT_COLUMNS} FROM (${openReceipts('match_totals')})`;

/** Order lines of which too much came: `received` and `ordered` of the line, `open` what is too much and `value` its worth. */
export const WRITE_OVER_AS_OF = `INSERT INTO receipts_as_of (moment, over, order_id, order_line, order_key, date, facility, supplier, currency, item, unit, ordered, received, open, value)
  SELECT {moment:String}, 1, order_id, order_line, ${ORDER_LINE_KEY}, arrayMax(r.date), o_facility, o_supplier, o_currency, o_item, if(same_unit, one_unit, ''), qo, qr, qr - qo, ${worth('qr - qo')}
  FROM match_totals WHERE over`;
