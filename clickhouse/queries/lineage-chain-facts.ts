import { FLOW_TYPES } from '../../ingest/contract/fields';
import type { Anchor } from './lineage-chains';

/** What every chain consists of, worked out from the facts of its documents; lineage-chains.ts says what that comes to. */

const key = (document: string, line: string) => `concat(${document}, '/', replaceAll(replaceAll(${line}, '%', '%25'), '/', '%2F'))`;
const among = (flows: readonly string[]) => `(${flows.map((flow) => `'${flow}'`).join(', ')})`;
/** Begun by a usage, which the order bills. */
export const BILLED_FLOWS: readonly string[] = ['consignment-use', 'bill-only', 'bill-and-replace'];
/** Bought on a requisition: of the others a usage is the beginning, or a par level. */
export const MATCHED_FLOWS: readonly string[] = ['three-way', 'three-way-invoice-first', 'two-way'];
export const [BILLED, MATCHED] = [among(BILLED_FLOWS), among(MATCHED_FLOWS)];
const KNOWN_FLOWS = among(FLOW_TYPES.filter((flow) => flow !== 'stock'));

/** How a question about chains is bound: by keys in parameters, or by keys in a table of work (see clickhouse/chains.ts). */
export interface Reach {
  /** Facts that are given in place of those of document_lines: each line's aspects once, as in force, with FACTS_NEEDED. */
  readonly given?: {
    /** A named expression that the rows are taken from, as it stands in WITH. */
    readonly expression?: string;
    /** The rows of it. */
    readonly rows: string;
  };
  /** Conditions on (document_type, document_id, line_id), and on (document_type, document_id). */
  readonly lines: string;
  readonly wholes: string;
  readonly documents: string;
  anchors(anchor: Anchor, id: string): string;
  /** On `node_type` and `node_id` of links. */
  links(type: LinkNode): string;
  /** A condition on the confidence of inferred links: those that fulfil it count as if they were stated. Left out: none does. */
  readonly inferred?: string | undefined;
}
type LinkNode = 'posting' | 'order-line' | 'order' | 'usage' | 'requisition-line' | 'requisition';

/** Columns of document_lines that a chain is worked out from. */
export const FACTS_NEEDED = ['document_type', 'document_id', 'line_id', 'aspect', 'object_id', 'time', 'facility', 'revision', 'currency', 'supplier', 'case_token', 'reason', 'item', 'quantity', 'uom', 'price', 'flow_type',
  'due_at', 'code', 'order_id', 'order_line', 'ref_type', 'ref_id'] as const;

const factsOf = (reach: Reach): string => reach.given?.rows ?? 'document_lines';

/** Lines in force, by rank: FINAL would read and merge every granule that the keys fall into. */
const inForce = (reach: Reach, where: string, keys: string) =>
  reach.given ? `(SELECT * FROM ${reach.given.rows} WHERE ${where} AND ${keys}) AS lines_in_force` : `(SELECT * FROM document_lines WHERE ${where} AND ${keys} ORDER BY rank DESC LIMIT 1 BY document_type, document_id, line_id, aspect) AS lines_in_force`;
/** Links of the reached nodes of one type, stated ones and those inferred ones that count. */
const linksOf = (reach: Reach, type: LinkNode, where: string): string =>
  reach.inferred === undefined
    ? `links WHERE ${reach.links(type)} AND ${where}`
    : `(SELECT node_id, peer_type, peer_id FROM links WHERE ${reach.links(type)} AND ${where}
        UNION ALL SELECT node_id, peer_type, peer_id FROM inferred_links FINAL WHERE ${reach.links(type)} AND ${where} AND NOT gone AND ${reach.inferred})`;
/** Lines with an id of their own: not what an event says of a document as a whole. */
const linesOf = (reach: Reach, where: string) => inForce(reach, `${where} AND line_id != ''`, reach.lines);
/** Statements of a document as a whole: cancelled, sent, approved, reversed. */
const wholesOf = (reach: Reach, where: string) => inForce(reach, `${where} AND line_id = ''`, reach.wholes);

/**
 * What was cancelled or taken back and later stated anew at a higher revision is in force again.
 */
const ended = (what: string, main: string) =>
  `max(${what}) AND NOT (maxIf(revision, ${main}) > maxIf(revision, ${what}) AND maxIf(time, ${main}) > maxIf(time, ${what}))`;

/** Lines of postings: which things they settle, whether the money stands. Accruals do not end a chain. */
const settled = (reach: Reach) => `
  SELECT peer_type, peer_id, max(stands) AS posted, minIf(at, stands) AS posted_at, max(fails) AS posting_failed
  FROM (
    SELECT node_id, peer_type, peer_id FROM links
    WHERE ${reach.links('posting')} AND direction = 'up' GROUP BY node_id, peer_type, peer_id
  ) AS said
  INNER JOIN (
    SELECT lines.object_id AS object_id, at, completed AND NOT reversed AND NOT whole_reversed AS stands, failed AND NOT completed AS fails
    FROM (
      SELECT document_id, object_id, anyIf(reason, reason != '') AS kind, min(time) AS at,
        max(aspect = 'completed') AS completed, max(aspect = 'failed') AS failed, ${ended("aspect = 'reversed'", "aspect = 'completed'")} AS reversed
      FROM ${linesOf(reach, "document_type = 'posting'")} GROUP BY document_id, line_id, object_id
    ) AS lines
    LEFT JOIN (
      SELECT document_id, 1 AS whole_reversed FROM ${wholesOf(reach, "document_type = 'posting' AND aspect = 'reversed'")} GROUP BY document_id
    ) AS wholes ON wholes.document_id = lines.document_id
    WHERE kind != 'accrual'
  ) AS money ON money.object_id = said.node_id
  GROUP BY peer_type, peer_id`;

/** One row per line of an order, shipment, receipt or invoice, with what each of its aspects says. */
const documentNodes = (reach: Reach) => `
  SELECT document_type, document_id, object_id,
    max(if(document_type = 'order', object_id, if(order_id = '' OR order_line = '', '', ${key('order_id', 'order_line')}))) AS chain,
    max(facility) AS its_facility, anyIf(supplier, supplier != '') AS its_supplier, anyIf(item, item != '') AS its_item,
    anyIf(flow_type, flow_type != '') AS its_flow, anyIf(uom, uom != '') AS its_uom, anyIf(currency, currency != '') AS its_currency,
    min(time) AS began, max(aspect IN ('created', 'sent', 'notified', 'confirmed', 'received')) AS stated,
    min(aspect = 'failed') AS only_failed,
    minOrNullIf(time, aspect = 'sent') AS sent_at, minOrNullIf(time, aspect = 'acknowledged') AS acknowledged_at,
    anyIf(code, aspect = 'acknowledged') AS acknowledged_code, anyIf(due_at, aspect = 'acknowledged') AS confirmed_for,
    anyIf(due_at, aspect = 'created') AS promised_for, anyIf(quantity, aspect = 'created') AS ordered, anyIf(price, aspect = 'created') AS agreed_price,
    anyIf(quantity, aspect IN ('confirmed', 'received')) AS came, max(aspect IN ('confirmed', 'received') AND quantity IS NULL) AS came_uncounted,
    sumIf(quantity, aspect IN ('reversed', 'returned') OR (aspect = 'credited' AND reason = 'quantity')) AS went,
    max((aspect IN ('reversed', 'returned') OR (aspect = 'credited' AND reason = 'quantity')) AND quantity IS NULL) AS went_uncounted,
    ${ended("aspect = 'cancelled'", "aspect IN ('created', 'received')")} AS line_cancelled
  FROM ${linesOf(reach, "document_type IN ('order', 'shipment', 'receipt', 'invoice')")}
  GROUP BY document_type, document_id, line_id, object_id`;

/** A thing is still there when, in some unit of measure, more came than went, or more uncounted lines came than went. */
const remains = (type: string, live: string) => `(
      arrayExists(left -> left > 0, sumMapIf([its_uom], [ifNull(toDecimal128(came, 4), toDecimal128(0, 4)) - ifNull(toDecimal128(went, 4), toDecimal128(0, 4))], document_type = '${type}' AND ${live}).2)
      OR sumIf(came_uncounted, document_type = '${type}' AND ${live}) > sumIf(went_uncounted, document_type = '${type}'))`;

const orderFacts = (reach: Reach) => `
  SELECT chain, anyIf(document_id, document_type = 'order') AS order_document,
    if(maxIf(its_facility, document_type = 'order') != '', maxIf(its_facility, document_type = 'order'), max(its_facility)) AS facility,
    if(maxIf(its_supplier, document_type = 'order') != '', maxIf(its_supplier, document_type = 'order'), max(its_supplier)) AS supplier,
    if(maxIf(its_item, document_type = 'order') != '', maxIf(its_item, document_type = 'order'), max(its_item)) AS item,
    maxIf(its_flow, document_type = 'order') AS flow_type, maxIf(its_currency, document_type = 'order') AS currency,
    min(began) AS started_at, maxIf(stated, document_type = 'order') AS has_order, minOrNullIf(began, document_type = 'order' AND stated) AS order_at,
    any(ordered) AS quantity, anyIf(its_uom, document_type = 'order') AS uom, any(agreed_price) AS price,
    coalesce(minOrNull(sent_at), if(max(whole_sent_at) > 0, fromUnixTimestamp64Milli(max(whole_sent_at), 'UTC'), NULL)) AS ordered_sent_at,
    minOrNull(acknowledged_at) AS acknowledgement_at, max(acknowledged_code) AS acknowledgement_code, coalesce(max(confirmed_for), max(promised_for)) AS promised,
    maxIf(line_cancelled OR whole_cancelled, document_type = 'order') AS was_cancelled,
    minOrNullIf(began, document_type = 'shipment' AND stated) AS shipment_at,
    minOrNullIf(began, document_type = 'receipt' AND stated) AS receipt_first_at, ${remains('receipt', '1')} AS has_receipt,
    countIf(document_type = 'receipt') > 0 AS receipt_named, countIf(document_type = 'receipt' AND stated) > 0 AS receipt_came,
    minOrNullIf(began, document_type = 'invoice' AND stated AND NOT line_cancelled AND NOT whole_cancelled) AS invoice_first_at,
    ${remains('invoice', 'NOT line_cancelled AND NOT whole_cancelled')} AS has_invoice,
    countIf(document_type = 'invoice') > 0 AS invoice_named, countIf(document_type = 'invoice' AND stated) > 0 AS invoice_came,
    max(line_settled.posted OR whole_settled.posted) AS has_posting,
    minOrNullIf(if(line_settled.posted, line_settled.posted_at, whole_settled.posted_at), line_settled.posted OR whole_settled.posted) AS posting_at,
    max(line_settled.posting_failed OR whole_settled.posting_failed) AS posting_failed
  FROM (${documentNodes(reach)}) AS nodes
  LEFT JOIN (
    SELECT document_type AS whole_type, document_id AS whole_id, ${ended("aspect = 'cancelled'", "aspect IN ('created', 'received')")} AS whole_cancelled,
      toUnixTimestamp64Milli(minIf(time, aspect = 'sent')) AS whole_sent_at
    FROM ${wholesOf(reach, "document_type IN ('order', 'invoice')")} GROUP BY document_type, document_id
  ) AS wholes ON whole_type = nodes.document_type AND whole_id = nodes.document_id
  LEFT JOIN settled AS line_settled ON line_settled.peer_type = concat(nodes.document_type, '-line') AND line_settled.peer_id = nodes.object_id
  LEFT JOIN settled AS whole_settled ON whole_settled.peer_type = concat(nodes.document_type, '-line') AND whole_settled.peer_id = nodes.document_id
  WHERE chain != ''
  GROUP BY chain
  HAVING NOT min(only_failed) AND ${reach.anchors('order-line', 'chain')}`;

/** Which usages and requisitions the order lines name, and whether those have come. */
const upstream = (reach: Reach) => `
  SELECT node_id, max(usage_like) AS usage_named, max(usage_like AND found) AS usage_found,
    max(requisition_like) AS requisition_named, max(requisition_like AND found) AS requisition_found
  FROM (
    SELECT node_id, startsWith(peer_type, 'usage') AS usage_like, startsWith(peer_type, 'requisition') AS requisition_like,
      (if(usage_like, 'usage', 'requisition'), peer_id) IN (
        SELECT toString(document_type), arrayJoin([object_id, document_id]) FROM ${factsOf(reach)} WHERE document_type IN ('usage', 'requisition') AND aspect NOT IN ('reversed')
        AND ${reach.documents}
      ) AS found
    FROM ${linksOf(reach, 'order-line', "direction = 'up' AND peer_type IN ('usage', 'usage-document', 'requisition', 'requisition-line')")}
  )
  GROUP BY node_id`;

/** Chains of order lines, with every stage's state. A promise of a day is kept until that day's end. */
const orderChains = (reach: Reach): string => `
  SELECT 'order-line' AS anchor, chain AS id, facility, supplier, item, flow_type, started_at, flow_known, cancelled,
    multiIf(usage_found, 'present', usage_named, 'orphan', cancelled, 'none', flow_type IN ${BILLED}, 'unknown', 'none') AS usage,
    multiIf(requisition_found, 'present', requisition_named, 'orphan', cancelled, 'none', flow_type IN ${MATCHED}, 'unknown', 'none') AS requisition,
    if(has_order, 'present', 'orphan') AS \`order\`,
    multiIf(acknowledgement_at IS NOT NULL, 'present', cancelled, 'none', 'awaited') AS acknowledgement,
    if(shipment_at IS NULL, 'none', 'present') AS shipment,
    multiIf(has_receipt, 'present', cancelled, 'none', receipt_named AND NOT receipt_came, 'orphan', NOT needs_receipt, if(flow_known, 'none', 'unknown'),
      whole_receipt, 'unknown', 'awaited') AS receipt,
    multiIf(has_invoice, 'present', cancelled, 'none', invoice_named AND NOT invoice_came, 'orphan', NOT needs_invoice, if(flow_known, 'none', 'unknown'),
      whole_invoice, 'unknown', 'awaited') AS invoice,
    multiIf(has_posting, 'present', cancelled, 'none', NOT needs_invoice, if(flow_known, 'none', 'unknown'), 'awaited') AS posting,
    CAST(NULL AS Nullable(DateTime64(3, 'UTC'))) AS usage_at, order_at, acknowledgement_at, shipment_at, receipt_first_at AS receipt_at, invoice_first_at AS invoice_at, posting_at,
    ${NO_TIME} AS order_from, acknowledgement_from, receipt_from, promised IS NOT NULL AS is_promised, invoice_from, posting_from,
    acknowledgement_code, posting_failed, toUInt8(0) AS order_failed, quantity, uom, currency,
    CAST(round(toDecimal128(quantity, 4) * price, 4) AS Nullable(Decimal(38, 4))) AS value
  FROM (
    SELECT facts.*, usage_named, usage_found, requisition_named, requisition_found, whole_receipt, whole_invoice,
      flow_type IN ${KNOWN_FLOWS} AS flow_known,
      flow_type IN ('three-way', 'three-way-invoice-first', 'consignment-fill') AS needs_receipt,
      flow_type IN ('three-way', 'three-way-invoice-first', 'two-way', 'consignment-use', 'bill-only', 'bill-and-replace') AS needs_invoice,
      was_cancelled AND NOT has_receipt AND NOT has_invoice OR (receipt_came AND NOT has_receipt AND invoice_came AND NOT has_invoice) AS cancelled,
      toNullable(coalesce(ordered_sent_at, order_at, started_at)) AS acknowledgement_from,
      toNullable(if(promised IS NULL, coalesce(order_at, started_at), addDays(assumeNotNull(promised), promised = toStartOfDay(promised)))) AS receipt_from,
      if(flow_type IN ('three-way', 'consignment-fill'), if(has_receipt, receipt_first_at, NULL), toNullable(coalesce(receipt_first_at, order_at, started_at))) AS invoice_from,
      if(has_invoice AND (has_receipt OR flow_type NOT IN ('three-way', 'three-way-invoice-first')), greatest(invoice_first_at, ifNull(receipt_first_at, invoice_first_at)), NULL) AS posting_from
    FROM (${orderFacts(reach)}) AS facts
    LEFT JOIN (${upstream(reach)}) AS above ON above.node_id = facts.chain
    LEFT JOIN (
      SELECT node_id, max(peer_type = 'receipt-line') AS whole_receipt, max(peer_type = 'invoice-line') AS whole_invoice
      FROM links WHERE ${reach.links('order')} AND direction = 'down' GROUP BY node_id
    ) AS wholly ON wholly.node_id = facts.order_document
  )`;

const NO_TIME = "CAST(NULL AS Nullable(DateTime64(3, 'UTC')))";

/** Chains of usages that no order line bills: their own cost of stock, or a bill that nobody ordered. */
const usageChains = (reach: Reach): string => `
  SELECT 'usage' AS anchor, object_id AS id, facility, supplier, item, flow_type, started_at,
    needs_invoice OR flow_type = 'stock' AS flow_known, cancelled,
    if(stated, 'present', 'orphan') AS usage, 'none' AS requisition,
    order_from, multiIf(cancelled OR NOT needs_invoice, 'none', 'awaited') AS \`order\`,
    ${NO_TIME} AS acknowledgement_from, 'none' AS acknowledgement, 'none' AS shipment, ${NO_TIME} AS receipt_from, toUInt8(0) AS is_promised, 'none' AS receipt,
    ${NO_TIME} AS invoice_from,
    multiIf(has_invoice, 'present', cancelled OR NOT needs_invoice, 'none', 'awaited') AS invoice,
    posting_from, multiIf(has_posting, 'present', cancelled, 'none', NOT needs_invoice AND flow_type != 'stock', 'unknown', 'awaited') AS posting,
    toNullable(started_at) AS usage_at, ${NO_TIME} AS order_at, ${NO_TIME} AS acknowledgement_at, ${NO_TIME} AS shipment_at, ${NO_TIME} AS receipt_at,
    ${NO_TIME} AS invoice_at, if(has_posting, toNullable(used_posted_at), NULL) AS posting_at,
    '' AS acknowledgement_code, posting_failed, toUInt8(0) AS order_failed, quantity, uom, currency, CAST(NULL AS Nullable(Decimal(38, 4))) AS value
  FROM (
    SELECT *, flow_type IN ${BILLED} AS needs_invoice, cancelled_usage AND NOT has_posting AND NOT has_invoice AS cancelled,
      toNullable(started_at) AS order_from, if(flow_type = 'stock', toNullable(started_at), NULL) AS posting_from
    FROM (
    SELECT object_id, facility, supplier, item, flow_type, started_at, stated, quantity, uom, currency, posting_failed,
      ifNull(taken_back.went >= quantity, 0) OR taken_back.went_uncounted AS cancelled_usage,
      settled.posted OR whole_settled.posted OR by_case.posted AS has_posting, billing.invoiced AS has_invoice,
      multiIf(settled.posted, settled.posted_at, whole_settled.posted, whole_settled.posted_at, by_case.posted_at) AS used_posted_at
    FROM (
      SELECT object_id, document_id, max(facility) AS facility, max(supplier) AS supplier, max(item) AS item, max(flow_type) AS flow_type,
        min(time) AS started_at, max(aspect = 'recorded') AS stated, anyIf(quantity, aspect = 'recorded') AS quantity, max(uom) AS uom, max(currency) AS currency, max(case_token) AS case_token
      FROM ${linesOf(reach, "document_type = 'usage' AND aspect = 'recorded'")}
      GROUP BY document_id, line_id, object_id
    ) AS used
    LEFT JOIN (
      SELECT ref_id, sum(quantity) AS went, max(quantity IS NULL) AS went_uncounted FROM ${linesOf(reach, "document_type = 'usage' AND aspect = 'reversed' AND ref_type = 'usage'")} GROUP BY ref_id
    ) AS taken_back ON taken_back.ref_id = used.object_id
    LEFT JOIN settled ON settled.peer_type = 'usage' AND settled.peer_id = used.object_id
    LEFT JOIN settled AS whole_settled ON whole_settled.peer_type = 'usage' AND whole_settled.peer_id = used.document_id
    LEFT JOIN (
      SELECT ref_id AS case_token, 1 AS posted, min(time) AS posted_at FROM ${inForce(reach, "document_type = 'posting' AND aspect = 'completed' AND ref_type = 'case' AND ref_id != ''", reach.documents)} GROUP BY ref_id
    ) AS by_case ON by_case.case_token = used.case_token
    LEFT JOIN (
      SELECT node_id, max(peer_type = 'order-line') AS ordered, max(peer_type = 'invoice-line') AS invoiced FROM links
      WHERE ${reach.links('usage')} AND direction = 'down' AND qualifier = 'bills' GROUP BY node_id
    ) AS billing ON billing.node_id = used.object_id
    WHERE NOT billing.ordered AND ${reach.anchors('usage', 'object_id')}
    )
  )`;

/** Chains of requisition lines that no order serves yet. */
const requisitionChains = (reach: Reach): string => `
  SELECT 'requisition-line' AS anchor, object_id AS id, facility, '' AS supplier, item, '' AS flow_type, started_at,
    toUInt8(1) AS flow_known, rejected AS cancelled,
    'none' AS usage, 'present' AS requisition,
    toNullable(asked_at) AS order_from, multiIf(cancelled, 'none', 'awaited') AS \`order\`,
    ${NO_TIME} AS acknowledgement_from, 'none' AS acknowledgement, 'none' AS shipment, ${NO_TIME} AS receipt_from, toUInt8(0) AS is_promised, 'none' AS receipt,
    ${NO_TIME} AS invoice_from, 'none' AS invoice, ${NO_TIME} AS posting_from, 'none' AS posting,
    ${NO_TIME} AS usage_at, ${NO_TIME} AS order_at, ${NO_TIME} AS acknowledgement_at, ${NO_TIME} AS shipment_at, ${NO_TIME} AS receipt_at, ${NO_TIME} AS invoice_at, ${NO_TIME} AS posting_at,
    '' AS acknowledgement_code, toUInt8(0) AS posting_failed, creation_failed AS order_failed, quantity, uom, currency, CAST(NULL AS Nullable(Decimal(38, 4))) AS value
  FROM (
    SELECT object_id, facility, item, started_at, quantity, uom, currency,
      greatest(started_at, lines.approved_at, fromUnixTimestamp64Milli(wholes.approved_at, 'UTC')) AS asked_at,
      lines.rejected OR wholes.rejected AS rejected, serving.failed OR whole_serving.failed AS creation_failed
    FROM (
      SELECT object_id, document_id, max(facility) AS facility, max(item) AS item, min(time) AS started_at, maxIf(time, aspect = 'approved') AS approved_at,
        ${ended("aspect = 'rejected'", "aspect = 'approved'")} AS rejected, any(quantity) AS quantity, max(uom) AS uom, max(currency) AS currency
      FROM ${linesOf(reach, "document_type = 'requisition'")} GROUP BY document_id, line_id, object_id
    ) AS lines
    LEFT JOIN (
      SELECT document_id, toUnixTimestamp64Milli(maxIf(time, aspect = 'approved')) AS approved_at, ${ended("aspect = 'rejected'", "aspect = 'approved'")} AS rejected
      FROM ${wholesOf(reach, "document_type = 'requisition'")} GROUP BY document_id
    ) AS wholes ON wholes.document_id = lines.document_id
    LEFT JOIN (${serving(reach, 'requisition-line')}) AS serving ON serving.node_id = lines.object_id
    LEFT JOIN (${serving(reach, 'requisition')}) AS whole_serving ON whole_serving.node_id = lines.document_id
    WHERE NOT serving.created AND NOT whole_serving.created AND ${reach.anchors('requisition-line', 'object_id')}
  )`;

/** Whether an order line that serves the requisition exists, or its creation failed. */
function serving(reach: Reach, type: 'requisition-line' | 'requisition'): string {
  return `
      SELECT node_id, max(peer_id IN (SELECT object_id FROM ${factsOf(reach)} WHERE document_type = 'order' AND aspect IN ('created', 'sent', 'acknowledged')
          AND ${reach.documents})) AS created,
        NOT created AS failed
      FROM ${linksOf(reach, type, "direction = 'down' AND peer_type = 'order-line'")} GROUP BY node_id`;
}

/** What chainFacts gives, in this order: UNION ALL goes by position. */
export const FACT_COLUMNS = `anchor, id, facility, supplier, item, flow_type, started_at, flow_known, cancelled,
  usage, requisition, \`order\`, acknowledgement, shipment, receipt, invoice, posting,
  usage_at, order_at, acknowledgement_at, shipment_at, receipt_at, invoice_at, posting_at,
  order_from, acknowledgement_from, receipt_from, is_promised, invoice_from, posting_from, acknowledgement_code, posting_failed, order_failed, quantity, uom, currency, value`;

/**
 * One row per chain: what is there and what is not, whatever the time is and whichever stages the facilities send. A
 * required stage that is not there is `awaited`, and `<stage>_from` says since when its clock runs (NULL: it does not
 * run yet); `is_promised`: receipt_from is a promised date. `usage` and `requisition` are `unknown` where nobody named one.
 */
export function chainFacts(reach: Reach, anchors: readonly Anchor[]): string {
  const parts = { 'order-line': orderChains, usage: usageChains, 'requisition-line': requisitionChains };
  return `WITH ${reach.given?.expression ? `${reach.given.expression}, ` : ''}settled AS (${settled(reach)}) SELECT ${FACT_COLUMNS} FROM (${anchors.map((anchor) => `SELECT ${FACT_COLUMNS} FROM (${parts[anchor](reach)})`).join('\nUNION ALL\n')})`;
}
