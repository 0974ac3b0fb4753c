/**
 * What is kept of each open order line (`open_order_lines`): order lines on which goods (or, on flows without a receipt, the
 * invoice) have not come in full. What is open and how much comes from the kept match; dates and answers from the orders' own
 * lines and the requisitions behind them. Nothing here depends on the moment of asking. SQL text, for ../open-work.ts.
 */

/** Facts in force of these orders' lines. FINAL: a run writes a line anew. */
const openLines = (orders: string) => `
  SELECT order_id, order_line, concat(order_id, '/', replaceAll(replaceAll(order_line, '%', '%25'), '/', '%2F')) AS order_key, facility, supplier, buyer, item, flow, currency, same_unit, one_unit, price, ko, qo, qr, qi
  FROM order_desk FINAL WHERE open AND NOT gone AND ${orders}
  SETTINGS use_skip_indexes_if_final = 1, use_skip_indexes_if_final_exact_mode = 1`;

/** What the order's own lines say of when it was sent, answered and promised. */
const said = (orders: string) => `
  SELECT document_id, line_id, minIf(time, aspect = 'created') AS first_stated, maxIf(time, aspect = 'created') AS stated, maxIf(time, aspect = 'acknowledged') AS answered, anyIf(code, aspect = 'acknowledged') AS said_code,
    anyIf(due_at, aspect = 'created') AS agreed, anyIf(due_at, aspect = 'acknowledged') AS confirmed, maxIf(time, aspect = 'sent') AS line_sent
  FROM document_lines FINAL
  WHERE document_type = 'order' AND line_id != '' AND aspect IN ('created', 'acknowledged', 'sent') AND document_id IN (SELECT order_id FROM (${openLines(orders)}))
  GROUP BY document_id, line_id`;
const sent = (orders: string) => `
  SELECT document_id, max(time) AS sent_at FROM document_lines FINAL
  WHERE document_type = 'order' AND line_id = '' AND aspect = 'sent' AND document_id IN (SELECT order_id FROM (${openLines(orders)})) GROUP BY document_id`;
/** The earliest day by which a requisition needs the goods. */
const askedBy = (orders: string) => `SELECT node_id, peer_id FROM links WHERE node_type = 'order-line' AND node_id IN (SELECT order_key FROM (${openLines(orders)})) AND direction = 'up' AND peer_type = 'requisition-line' GROUP BY node_id, peer_id`;
const needed = (orders: string) => `
  SELECT asked.node_id AS needed_key, min(needs.due_at) AS need_by
  FROM (${askedBy(orders)}) AS asked
  INNER JOIN (SELECT object_id, due_at FROM document_lines FINAL WHERE document_type = 'requisition' AND aspect = 'submitted' AND due_at IS NOT NULL
    AND document_id IN (SELECT substring(peer_id, 1, length(peer_id) - position(reverse(peer_id), '/')) FROM (${askedBy(orders)}))) AS needs ON needs.object_id = asked.peer_id
  GROUP BY needed_key`;

export const OPEN_ORDER_COLUMNS = 'order_id, order_line, order_key, facility, supplier, buyer, item, flow, currency, unit, goods, ordered, came, value, invoiced, ahead_value, code, ordered_at, answered_at, clock_from, promised, agreed_for, need_by';
/** Money of a quantity at the order's price; NULL where quantity, price or pack factor is not known. */
const AT_PRICE = (quantity: string) => `toDecimal128(round(toDecimal256(${quantity}, 8) * toDecimal256(price, 6) / toDecimal256(nullIf(ko, 0), 8), 4), 4)`;
const AT = (moment: string) => `if(${moment} > toDateTime64(0, 3, 'UTC'), toNullable(${moment}), NULL)`;

/** One row per open line of these orders (a condition on `order_id`). Quantities in base units, or in the one unit that the lines speak of. */
export const openOrders = (orders: string) => `
  SELECT ${OPEN_ORDER_COLUMNS}
  FROM (
    SELECT open.order_id AS order_id, open.order_line AS order_line, open.order_key AS order_key, facility, supplier, buyer, item, flow, currency, if(same_unit, one_unit, '') AS unit,
      flow IN ('three-way', 'three-way-invoice-first', 'consignment-fill') AS goods, qo AS ordered, if(goods, qr, qi) AS came,
      ${AT_PRICE('ordered - came')} AS value, qi AS invoiced, ${AT_PRICE('greatest(qi - qr, toDecimal128(0, 8))')} AS ahead_value,
      if(said.stated > said.answered, '', said.said_code) AS code, ${AT('said.first_stated')} AS ordered_at, ${AT('said.answered')} AS answered_at,
      greatest(said.line_sent, sent.sent_at) AS whole_sent, if(whole_sent > toDateTime64(0, 3, 'UTC'), whole_sent, said.first_stated) AS clock_from,
      coalesce(said.confirmed, said.agreed) AS promised, said.agreed AS agreed_for, needed.need_by AS need_by
    FROM (${openLines(orders)}) AS open
    LEFT JOIN (${said(orders)}) AS said ON said.document_id = open.order_id AND said.line_id = open.order_line
    LEFT JOIN (${sent(orders)}) AS sent ON sent.document_id = open.order_id
    LEFT JOIN (${needed(orders)}) AS needed ON needed.needed_key = open.order_key
  )`;

const TOUCHED = (kind: string) => `SELECT id FROM open_touched WHERE touched_at >= {since:DateTime64(3, 'UTC')} AND touched_at < {until:DateTime64(3, 'UTC')} AND kind = '${kind}'`;

/** Orders that something has touched in a span: themselves, and those that come of a requisition's lines. */
export const ORDERS_TOUCHED = `${TOUCHED('order')} UNION DISTINCT
  SELECT substring(peer_id, 1, length(peer_id) - position(reverse(peer_id), '/')) FROM links
  WHERE node_type = 'requisition-line' AND node_id IN (SELECT object_id FROM document_lines WHERE document_type = 'requisition' AND document_id IN (${TOUCHED('requisition')})) AND direction = 'down' AND peer_type = 'order-line'`;

export const INVOICES_TOUCHED = TOUCHED('invoice');
/** Orders that the match has worked out anew, and receipts with lines that have none. */
export const MATCHED_TOUCHED = `${TOUCHED('order')} UNION DISTINCT ${TOUCHED('receipt')}`;
