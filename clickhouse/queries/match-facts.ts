/**
 * The facts of a three-way match: per order line what was ordered, and every receipt and invoice line on it in base
 * units. SQL text, composed by match.ts.
 *
 * One row per order line with its lines as arrays: an order line has few, so arrays cost less than joining each kind to
 * the next. Facts are those in force (FINAL): a revised line has to count once, at its latest revision, whatever has been
 * merged so far, and a sum would count both.
 */

/** A statement that reads tables and earlier stages by their names. */
export interface Stage {
  readonly name: string;
  readonly sql: string;
  /** It reads tables that stay, by their keys. */
  readonly kept?: boolean;
}

/** Where the match reads its facts, and which order lines it is asked for. */
export interface MatchSource {
  /** FROM and WHERE: rows of document_lines, each at its latest revision, that satisfy a condition. */
  facts(where: string): string;
  /** A SELECT of one column: orders whose lines are matched. Undefined: all. */
  orders?: string;
  /** Receipts and invoices whose lines without an order are matched. */
  documents?: string;
  /** Condition on `record_id`: items that are spoken of. Undefined: all. */
  items?: string;
}

const OFF = "('reversed', 'returned', 'cancelled', 'credited')";
/** Lines that take something back. */
export const IS_OFF = `document_type IN ('receipt', 'invoice') AND aspect IN ${OFF}`;
const BOOKED = "(document_type = 'receipt' AND aspect = 'confirmed' OR document_type = 'invoice' AND aspect = 'received')";

/** The facility's own zone: from {zones}, else {zone}. */
export const ZONE_OF = (facility: string) => `if(mapContains({zones:Map(String, String)}, ${facility}), {zones:Map(String, String)}[${facility}], {zone:String})`;

/** Calendar day of an instant in the facility's zone. */
export const DAY_OF = (time: string, facility: string) => `toDate32(formatDateTime(${time}, '%F', ${ZONE_OF(facility)}))`;

/** An invoice number as duplicates are compared: letters and digits only, capitals, without leading zeros. */
export const PLAIN_NUMBER = (number: string) => `replaceRegexpOne(replaceRegexpAll(upperUTF8(${number}), '[^\\\\p{L}\\\\p{N}]', ''), '^0+', '')`;

const NAMES_LINE = "ref_type IN ('receipt-line', 'invoice-line')";
const NAMES_DOCUMENT = "ref_type IN ('receipt', 'invoice')";
/** The document that a line takes back from: the one it names, else its own (an invoice is cancelled under its own number). */
export const TARGET_DOCUMENT = `multiIf(${NAMES_LINE}, substring(ref_id, 1, length(ref_id) - position(reverse(ref_id), '/')), ${NAMES_DOCUMENT}, ref_id, document_id)`;
const TARGET_LINE = `multiIf(${NAMES_LINE}, replaceAll(replaceAll(substring(ref_id, length(ref_id) - position(reverse(ref_id), '/') + 2), '%2F', '/'), '%25', '%'), ${NAMES_DOCUMENT}, '', line_id)`;
const MONEY_OFF = 'abs(coalesce(toDecimal256(amount, 10), toDecimal256(quantity, 4) * toDecimal256(price, 6)))';

/**
 * What a stated line is to the match: O, A, C an order line, its acknowledgement, its cancellation; R and I a receipt and
 * an invoice line; r and i what takes quantity off them; p a credit of price; u a credit of which nobody says what it is of.
 */
const KIND = `multiIf(aspect = 'created', 'O', aspect = 'acknowledged', 'A', document_type = 'order', 'C', aspect = 'confirmed', 'R', aspect = 'received', 'I',
  document_type = 'receipt', 'r', aspect = 'cancelled' OR reason = 'quantity', 'i', reason = 'price', 'p', 'u')`;

const COLUMNS = `document_id, line_id, object_id, time, coalesce(business_date, ${DAY_OF('time', 'facility')}) AS date, facility, supplier, currency, item, upper(trim(uom)) AS uom,
  quantity, price, amount, freight, buyer, contract, location, flow_type, code, rank, due_date, discount_date, invoice_number AS number, ${KIND} AS kind,
  quantity IS NOT NULL OR price IS NOT NULL AS measured`;

/** What the match reads of a fact. */
export const FACT_COLUMNS = `document_type, document_id, line_id, aspect, object_id, time, rank, facility, business_date, supplier, currency, item, uom, quantity, price, amount, freight, header_freight,
  buyer, contract, location, flow_type, code, reason, due_date, discount_date, invoice_number, order_id, order_line, ref_type, ref_id`;

/** Order lines, receipt lines and invoice lines in force. */
function stated({ facts, orders, documents }: MatchSource): string {
  const beside = documents === undefined ? '' : ` OR (order_id = '' AND document_type IN ('receipt', 'invoice') AND document_id IN (${documents}))`;
  const scoped = orders === undefined ? '' : ` AND ((order_id != '' AND order_id IN (${orders}))${beside})`;
  return `SELECT ${COLUMNS}, order_id, order_line, '' AS target, toUInt8(0) AS ambiguous, toUInt8(0) AS whole, toNullable(toDecimal256(0, 10)) AS money
    ${facts(`line_id != '' AND (${BOOKED} OR document_type = 'order' AND aspect IN ('created', 'acknowledged', 'cancelled'))${scoped}`)}`;
}

/**
 * What is taken back, once per line it is taken back from (`target`; empty where it names none that is known). Those that
 * name no order are few, and all looked at: their order is that of the line they name.
 */
function offs({ facts, orders }: MatchSource): string {
  return `SELECT * EXCEPT (hits, own_order, own_line), if(hit.3 != '', hit.3, own_order) AS order_id, if(hit.3 != '', hit.4, own_line) AS order_line, hit.1 AS target, length(hits) > 1 AS ambiguous,
      kind IN ('r', 'i') AND NOT returned AND quantity IS NULL AS whole, money_off AS money
    FROM (
      SELECT * EXCEPT (lines, target_document, target_line, names_target, document_type),
        arrayFilter(t -> (target_line = '' OR t.2 = target_line) AND (own_order = '' OR t.3 = '' OR (t.3 = own_order AND (own_line = '' OR t.4 = own_line)))
          AND (item = '' OR t.6 = '' OR t.6 = item) AND (names_target OR rank > t.5), lines) AS hits
      FROM (
        SELECT document_type, ${COLUMNS}, order_id AS own_order, order_line AS own_line, ${TARGET_DOCUMENT} AS target_document, ${TARGET_LINE} AS target_line, ref_type != '' AS names_target,
          aspect = 'returned' AS returned, ${MONEY_OFF} AS money_off
        ${facts(`${IS_OFF}${orders === undefined ? '' : ` AND (order_id = '' OR order_id IN (${orders}))`}`)}
      ) AS off
      LEFT JOIN (
        SELECT document_type, document_id AS target_document, groupArray((object_id, line_id, order_id, order_line, rank, item)) AS lines
        ${facts(`line_id != '' AND (${BOOKED}) AND (document_type, document_id) IN (SELECT document_type, ${TARGET_DOCUMENT} ${facts(IS_OFF)})`)}
        GROUP BY document_type, document_id
      ) AS booked USING (document_type, target_document)
    )
    ARRAY JOIN if(empty(hits), [('', '', '', '', toUInt256(0), '')], hits) AS hit`;
}

/**
 * Lines of orders that some receipt or invoice names without a line. Such a line belongs to the order's one line, or to
 * its one line of that item; otherwise it stays without an order line.
 */
const sole = ({ facts }: MatchSource) => `SELECT document_id AS order_id, groupArray((line_id, item)) AS candidates
  ${facts(`document_type = 'order' AND aspect = 'created' AND line_id != ''
    AND document_id IN (SELECT order_id ${facts("document_type IN ('receipt', 'invoice') AND order_line = '' AND order_id != ''")})`)}
  GROUP BY document_id`;
const ORDER_LINE = `multiIf(stated_line != '' OR order_id = '', stated_line, length(candidates) = 1, candidates[1].1,
  item != '' AND arrayCount(c -> c.2 = item, candidates) = 1, arrayFirst(c -> c.2 = item, candidates).1, '')`;

/**
 * Per item its pack factors: versions in the order of their validity, each a map from unit to how many base units it
 * holds. Read as text, so that no factor passes through a float. And its categories, likewise.
 */
export const packs = (items?: string) => `SELECT record_id AS item, arraySort(groupArray((valid_from, factors))) AS packs, arraySort(groupArray((valid_from, category))) AS categories
  FROM (
    SELECT record_id, valid_from, mapFromArrays(arrayMap(p -> p.1, pairs), arrayMap(p -> p.2, pairs)) AS factors, JSONExtractString(attributes, 'category') AS category,
      arrayFilter(p -> p.1 != '' AND p.2 > 0, arrayConcat(
        [(upper(trim(JSONExtractString(attributes, 'baseUom'))), toDecimal64(1, 4))],
        arrayMap(p -> (upper(trim(JSONExtractString(p, 'uom'))),
          ifNull(toDecimal64OrNull(replaceAll(JSONExtractRaw(p, 'factor'), '"', ''), 4), toDecimal64(0, 4))), JSONExtractArrayRaw(attributes, 'packFactors')))) AS pairs
    FROM (SELECT record_id, valid_from, argMax(attributes, (version, rank)) AS attributes FROM master_records WHERE kind = 'item'${items === undefined ? '' : ` AND ${items}`} GROUP BY record_id, valid_from)
  ) GROUP BY record_id`;
// argMax and not FINAL: of several versions with one valid-from the highest is meant, which the table's key keeps apart.
export const PACKS = packs();

/** The factor of a unit on a day; NULL where none is known, never 1. */
export const FACTOR = (packs: string, uom: string, date: string) => `nullIf(arrayLast(v -> v.1 <= ${date}, ${packs}).2[${uom}], 0)`;

const CATEGORY = (categories: string, date: string) => `arrayLast(v -> v.1 <= ${date}, ${categories}).2`;

/**
 * Invoices as documents: freight and goods of the whole, the line that carries most of the freight (so that it is found
 * once), and the first document of the same supplier and number. A document that was cancelled or credited is not
 * what a later one repeats. Of each invoice all others of its number have to be among the facts.
 */
const heads = ({ facts }: MatchSource) => `SELECT document_id, document_freight, document_value, freight_line, first_document, number_plain != '' AND head_supplier != '' AND standing AND first_document != '' AND first_document != document_id AS same_number
  FROM (
    SELECT *, ${PLAIN_NUMBER('head_number')} AS number_plain, document_id NOT IN (
        SELECT ${TARGET_DOCUMENT} ${facts("document_type = 'invoice' AND aspect IN ('cancelled', 'credited')")}) AS standing,
      argMinIf(document_id, (head_date, head_number, document_id), standing) OVER (PARTITION BY head_supplier, number_plain) AS first_document
    FROM (
      SELECT document_id, max(supplier) AS head_supplier, max(invoice_number) AS head_number, min(coalesce(business_date, toDate32(time))) AS head_date,
        coalesce(max(header_freight), sum(freight)) AS document_freight, sum(coalesce(toDecimal256(quantity, 4) * toDecimal256(price, 6), toDecimal256(amount, 10))) AS document_value,
        argMin(line_id, (-ifNull(freight, 0), line_id)) AS freight_line
      ${facts("document_type = 'invoice' AND aspect = 'received' AND line_id != ''")} GROUP BY document_id
    )
  )`;

/** Tuples are grouped by kind, each with the fields that its kind needs: the engine plans wide tuples slowly. */
const MEASURES = { item: 'String', uom: 'String', date: 'Date32', measured: 'UInt8', quantity: 'Nullable(Decimal(18, 4))', k: 'Nullable(Decimal(18, 4))' } as const;
const RECEIPT = { ...MEASURES, object_id: 'String', document_id: 'String', time: "DateTime64(3, 'UTC')", facility: 'String', supplier: 'String' } as const;
const INVOICE = {
  ...RECEIPT, number: 'String', line_id: 'String', currency: 'String', price: 'Nullable(Decimal(18, 6))', amount: 'Nullable(Decimal(18, 4))', due_date: 'Nullable(Date32)',
  discount_date: 'Nullable(Date32)', document_freight: 'Nullable(Decimal(18, 4))', document_value: 'Nullable(Decimal(76, 10))', freight_line: 'String', same_number: 'UInt8', first_document: 'String', category: 'String',
} as const;
const TAKEN_OFF = { ...MEASURES, kind: 'String', target: 'String', whole: 'UInt8', ambiguous: 'UInt8', money: 'Nullable(Decimal(76, 10))' } as const;
const ORDER = ['facility', 'supplier', 'currency', 'buyer', 'item', 'contract', 'location', 'uom', 'quantity', 'price', 'time', 'date', 'packs', 'categories'];

function tuples(fields: Readonly<Record<string, string>>, where: string): string {
  const type = Object.entries(fields).map(([name, of]) => `${name} ${of}`).join(', ');
  return `groupArrayIf(CAST((${Object.keys(fields).join(', ')}), '${`Tuple(${type})`.replaceAll("'", "\\'")}'), ${where})`;
}

/**
 * Stages up to `match_grouped`, and the steps from there to `match_lines`: one row per order line (and one per receipt or
 * invoice line without a known order line), with
 *
 * - `known` 1 where the order line was stated; its fields as `o_…`, `cancelled` (holds unless the line was stated again
 *   after it), `ack`, `flow`, `needs_receipt`
 * - `same_unit` 1 where a factor is missing but all lines speak in one unit: then k cancels out and quantities are in
 *   that unit; this is no k = 1, since nothing is converted
 * - `ko`, `qo` (base units); `r` receipt lines and `i` invoice lines in the order of their dates, `f` what takes
 *   off them, as tuples; `r_k`, `i_k` their factors and `r_gross`, `i_gross`, `f_quantity` their quantities in base units
 */
export function factStages(source: MatchSource): [packs: Stage, heads: Stage, stated: Stage, grouped: Stage] {
  const { facts } = source;
  return [
    { name: 'match_packs', sql: packs(source.items), kept: true },
    { name: 'match_heads', sql: heads(source) },
    { name: 'match_stated', sql: `
      SELECT *, ${ORDER_LINE} AS order_line, if(order_id = '' OR order_line = '', if(target = '', object_id, target), '') AS lone, if(item = '', NULL, ${FACTOR('packs', 'uom', 'date')}) AS k,
        ${CATEGORY('categories', 'date')} AS category
      FROM (
        SELECT * EXCEPT (order_line), order_line AS stated_line FROM (${stated(source)})
        UNION ALL SELECT * EXCEPT (order_line, own_order, own_line, returned, money_off, hit), order_line AS stated_line FROM (${offs(source)})
      ) AS line
      LEFT JOIN (${sole(source)}) AS sole USING (order_id)
      LEFT JOIN match_packs AS pack USING (item)
      LEFT JOIN match_heads AS head USING (document_id)` },
    { name: 'match_grouped', sql: `
      SELECT * FROM (
        SELECT order_id, order_line, lone, maxIf(rank, kind = 'O') AS created_rank, maxIf(rank, kind = 'C') AS line_cancelled,
          anyIf(code, kind = 'A') AS ack, anyIf(item, kind = 'A') AS ack_item, anyIf(flow_type, kind = 'O') AS flow_stated, ${ORDER.map((c) => `anyIf(${c}, kind = 'O') AS o_${c}`).join(', ')},
          arraySort(x -> (x.date, x.time, x.object_id), ${tuples(RECEIPT, "kind = 'R'")}) AS r,
          arraySort(x -> (x.date, x.number, length(x.object_id), x.object_id), ${tuples(INVOICE, "kind = 'I'")}) AS i, arraySort(x -> (x.date, x.target), ${tuples(TAKEN_OFF, "kind IN ('r', 'i', 'p', 'u')")}) AS f
        FROM match_stated
        GROUP BY order_id, order_line, lone
        HAVING countIf(kind IN ('O', 'R', 'I')) > 0
      ) AS line LEFT JOIN (
        SELECT document_id AS order_id, max(rank) AS document_cancelled ${facts("document_type = 'order' AND aspect = 'cancelled' AND line_id = ''")} GROUP BY document_id) AS ended USING (order_id)` },
  ];
}

/** Steps from `match_grouped` to `match_lines`: columns, each step on the one before. */
export function lineSteps(): string[] {
  const each = (of: (p: 'r' | 'i' | 'f') => string) => [of('r'), of('i'), of('f')];
  return [
    `created_rank > 0 AS known, greatest(line_cancelled, document_cancelled) > created_rank AS cancelled, if(flow_stated = '', {m_flow_when_unknown:String}, flow_stated) AS flow,
      o_quantity IS NOT NULL OR o_price IS NOT NULL AS o_measured, ${FACTOR('o_packs', 'o_uom', 'o_date')} AS ko_known, ${CATEGORY('o_categories', 'o_date')} AS o_category,
      arrayMap((item, date, category) -> if(item = '', ${CATEGORY('o_categories', 'date')}, category), i.item, i.date, i.category) AS i_category,
      ${each((p) => `arrayMap((k, item, uom, date) -> if(item = '', ${FACTOR('o_packs', 'uom', 'date')}, k), ${p}.k, ${p}.item, ${p}.uom, ${p}.date) AS ${p}_known`).join(', ')}`,
    `flow NOT IN ('two-way', 'consignment-use', 'bill-only', 'bill-and-replace', 'consignment-fill') AS needs_receipt,
      arrayDistinct(arrayConcat(if(o_measured, [o_uom], []), ${each((p) => `arrayFilter((uom, measured) -> measured, ${p}.uom, ${p}.measured)`).join(', ')})) AS units,
      (o_measured AND ko_known IS NULL) OR ${each((p) => `arrayExists((k, measured) -> measured AND k IS NULL, ${p}_known, ${p}.measured)`).join(' OR ')} AS factor_missing`,
    // Of lines that name no unit beside lines that do, nobody knows the unit: they get no factor.
    "factor_missing AND arrayCount(u -> u != '', units) < 2 AS same_unit, arrayFirst(u -> u != '', units) AS one_unit",
    `if(same_unit AND o_uom = one_unit, toNullable(toDecimal64(1, 4)), ko_known) AS ko,
      ${each((p) => `arrayMap((k, uom) -> if(same_unit AND uom = one_unit, toNullable(toDecimal64(1, 4)), k), ${p}_known, ${p}.uom) AS ${p}_k`).join(', ')}`,
    `toDecimal128(o_quantity, 4) * ko AS qo, arrayMap((q, k) -> toDecimal128(q, 4) * k, r.quantity, r_k) AS r_gross, arrayMap((q, k) -> toDecimal128(q, 4) * k, i.quantity, i_k) AS i_gross,
      arrayMap((q, k, ambiguous) -> if(ambiguous, NULL, abs(toDecimal128(q, 4) * k)), f.quantity, f_k, f.ambiguous) AS f_quantity,
      arrayExists(q -> q IS NULL, r.quantity) AS r_no_quantity, arrayExists((q, uom, k) -> q IS NOT NULL AND k IS NULL AND uom != '', r.quantity, r.uom, r_k) AS r_no_factor,
      arrayExists((q, uom, k) -> q IS NOT NULL AND k IS NULL AND uom = '', r.quantity, r.uom, r_k) AS r_no_unit`,
  ];
}
