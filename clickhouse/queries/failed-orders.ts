/**
 * Orders of a range whose creation failed and was not mended: neither was the same document created later, nor do other
 * orders serve every requisition line that it was to serve (a proposal that is tried again becomes an order under a
 * number of its own). One statement for the work list, the alert and the stuck hand-overs, so that they agree.
 * Parameters: `from`, `to`, `facilities`.
 */
export const OPEN_FAILED_ORDERS = openFailedOrders('1');

/** @param which a condition on `document_id` (and `time`) that leaves out others */
export function openFailedOrders(which: string): string {
  return `
  WITH wanting AS (
    SELECT document_id, \`links.from_id\` AS ids, \`links.from_type\` AS types FROM events
    WHERE type = 'procurement.order.failed.v1' AND time >= {from:DateTime64(3, 'UTC')} AND (empty({facilities:Array(String)}) OR facility IN {facilities:Array(String)}) AND ${which}
  ),
  tried AS (
    SELECT document_id AS document, any(of_facility) AS facility, max(of_supplier) AS supplier, max(of_currency) AS currency,
      argMaxIf(error_class, (time, event_key), action = 'failed') AS class, argMaxIf(error_code, (time, event_key), action = 'failed') AS code,
      argMaxIf(error_message, (time, event_key), action = 'failed') AS message,
      minIf(time, action = 'failed') AS since, uniqExactIf(event_key, action = 'failed') AS attempts,
      arraySort(groupUniqArrayArray(arrayFilter((id, type) -> startsWith(type, 'requisition'), \`links.from_id\`, \`links.from_type\`))) AS requisitions,
      argMaxIf(arrayMap((a, q, p) -> coalesce(toDecimal128(a, 10), toDecimal128(q, 4) * toDecimal128(p, 6)), \`lines.amount\`, \`lines.quantity\`, \`lines.price\`), (time, event_key), action = 'failed') AS amounts,
      argMaxIf(\`lines.item\`, (time, event_key), action = 'failed') AS items
    FROM (
      SELECT document_id, facility AS of_facility, supplier AS of_supplier, currency AS of_currency, error_class, error_code, error_message, time, event_key, action,
        \`links.from_id\`, \`links.from_type\`, \`lines.amount\`, \`lines.quantity\`, \`lines.price\`, \`lines.item\`
      FROM events WHERE document_type = 'order' AND action IN ('failed', 'created', 'cancelled') AND document_id IN (SELECT document_id FROM wanting) AND time >= {from:DateTime64(3, 'UTC')}
        AND (empty({facilities:Array(String)}) OR facility IN {facilities:Array(String)}) AND ${which}
    )
    GROUP BY document HAVING countIf(action = 'failed') > 0 AND countIf(action != 'failed') = 0 AND since < {to:DateTime64(3, 'UTC')}
  ),
  served AS (
    SELECT node_id, peer_id FROM links
    WHERE node_type IN ('requisition-line', 'requisition') AND direction = 'down' AND peer_type = 'order-line' AND node_id IN (SELECT arrayJoin(arrayFilter((id, type) -> startsWith(type, 'requisition'), ids, types)) FROM wanting)
  )
  SELECT document, facility, supplier, currency, class, code, message, since, attempts, requisitions, if(length(arrayDistinct(items)) = 1, items[1], '') AS item,
    if(empty(amounts) OR arrayExists(a -> a IS NULL, amounts), NULL, toString(arraySum(arrayMap(a -> ifNull(a, 0), amounts)))) AS value
  FROM tried
  WHERE empty(requisitions) OR NOT hasAll((
    SELECT groupUniqArray(node_id) FROM served
    WHERE peer_id IN (SELECT object_id FROM document_lines WHERE document_type = 'order' AND aspect IN ('created', 'sent', 'acknowledged')
      AND document_id IN (SELECT substring(peer_id, 1, length(peer_id) - position(reverse(peer_id), '/')) FROM served))), requisitions)`;
}
