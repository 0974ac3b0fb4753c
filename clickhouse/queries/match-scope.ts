import { FACT_COLUMNS, IS_OFF, TARGET_DOCUMENT } from './match-facts';

/** Which orders and documents a run of the match looks at, and what these need. SQL text over tables of work, see ../matches.ts. */

const ALL = (kind: string) => `SELECT id FROM match_all WHERE kind = '${kind}'`;
export const ORDERS = "SELECT id FROM match_scope WHERE kind = 'order'";
export const DOCUMENTS = "SELECT id FROM match_scope WHERE kind = 'document'";

/** From what was touched in a span to the orders and documents that it may change, into `match_all` (kind, id), a step on the one before. */
export const TOUCHED = {
  things: "SELECT DISTINCT concat('touched ', kind), id FROM match_touched WHERE touched_at >= {since:DateTime64(3, 'UTC')} AND touched_at < {until:DateTime64(3, 'UTC')}",
  /** Invoices of the same number too, whether it has it now or had it once. */
  documents: `SELECT DISTINCT 'document', id FROM match_all WHERE kind IN ('touched receipt', 'touched invoice')
    UNION DISTINCT SELECT 'document', document_id FROM match_keys WHERE kind = 'number' AND key IN (
      SELECT document_id FROM match_keys WHERE kind = 'numbered' AND key IN (${ALL('touched invoice')}))`,
  /** Pack factors and categories: items change seldom, so that all lines are looked through. */
  items: `SELECT DISTINCT if(of_order = '', 'document', 'order'), if(of_order = '', document_id, of_order) FROM (
      SELECT document_id, if(document_type = 'order', document_id, order_id) AS of_order FROM document_lines
      WHERE document_type IN ('order', 'receipt', 'invoice') AND item != '' AND item IN (${ALL('touched item')}))`,
  /** Orders that these documents name, or belonged to when they were matched last. */
  orders: `SELECT DISTINCT 'order', order_id FROM (
      SELECT id AS order_id FROM match_all WHERE kind = 'touched order'
      UNION ALL SELECT order_id FROM document_lines WHERE document_type IN ('receipt', 'invoice') AND document_id IN (${ALL('document')})
      UNION ALL SELECT order_id FROM matched_order_lines WHERE hasAny(documents, (SELECT groupArray(id) FROM match_all WHERE kind = 'document'))
    ) WHERE order_id != ''`,
} as const;

/** The same, from things that are named, into `match_scope` with a mark: a step on the one before. */
export const NAMED = {
  documents: `SELECT 'begun', '' UNION DISTINCT SELECT 'document', arrayJoin(arrayConcat({receipts:Array(String)}, {invoices:Array(String)}))
    UNION DISTINCT SELECT 'document', document_id FROM match_keys WHERE kind = 'number' AND key IN (
      SELECT document_id FROM match_keys WHERE kind = 'numbered' AND key IN {invoices:Array(String)})`,
  orders: `SELECT DISTINCT 'order', order_id FROM (
      SELECT arrayJoin({orders:Array(String)}) AS order_id
      UNION ALL SELECT order_id FROM document_lines WHERE document_type IN ('receipt', 'invoice') AND document_id IN (${DOCUMENTS})
      UNION ALL SELECT order_id FROM matched_order_lines WHERE hasAny(documents, (SELECT groupArray(id) FROM match_scope WHERE kind = 'document'))
    ) WHERE order_id != ''`,
} as const;

/** Everything there is. */
export const EVERYTHING = [
  `SELECT DISTINCT 'order', of_order FROM (
    SELECT if(document_type = 'order', document_id, order_id) AS of_order FROM document_lines WHERE document_type IN ('order', 'receipt', 'invoice')) WHERE of_order != ''`,
  "SELECT DISTINCT 'document', document_id FROM document_lines WHERE document_type IN ('receipt', 'invoice') AND order_id = '' AND line_id != ''",
] as const;

/** Orders of a lot and, with the first, the documents: into `match_scope` (kind, id). */
export const LOT = `SELECT DISTINCT kind, id FROM match_all WHERE (kind = 'order' AND id >= {from:String} AND ({to:String} = '' OR id < {to:String})) OR (kind = 'document' AND {documents:UInt8})`;

/** The first of each `size` of sorted ids. */
export const firsts = (ids: string, size: number) => `SELECT id FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM (${ids})) WHERE n % ${size} = 0 ORDER BY id`;

const KEYS = 'SELECT document_type, document_id FROM match_documents';

/**
 * The documents that `match_scope` needs, into `match_documents` (document_type, document_id), a step on the one before:
 * its own; the invoices of the same numbers; what takes back from any of them and what is taken back.
 */
export const NEEDED: readonly string[] = [
  `SELECT 'order' AS document_type, id AS document_id FROM match_scope WHERE kind = 'order'
    UNION DISTINCT SELECT arrayJoin(['receipt', 'invoice']), id FROM match_scope WHERE kind = 'document'
    UNION DISTINCT SELECT toString(document_type), document_id FROM match_keys WHERE kind = 'order' AND key IN (${ORDERS})`,
  `SELECT DISTINCT 'invoice', document_id FROM match_keys WHERE kind = 'number' AND key IN (
      SELECT document_id FROM match_keys WHERE kind = 'numbered' AND key IN (SELECT document_id FROM match_documents WHERE document_type = 'invoice'))`,
  `SELECT DISTINCT toString(document_type), document_id FROM match_keys WHERE kind = 'taken back' AND key IN (SELECT document_id FROM match_documents WHERE document_type != 'order')
    UNION DISTINCT SELECT toString(document_type), ${TARGET_DOCUMENT} FROM document_lines WHERE (document_type, document_id) IN (${KEYS}) AND ${IS_OFF}`,
];

/** What these documents say. PREWHERE: by columns of the key, so that FINAL sees every version of a line, and the others are read of these lines only. */
export const FACTS = `SELECT ${FACT_COLUMNS} FROM document_lines FINAL PREWHERE (document_type, document_id) IN (${KEYS})`;
