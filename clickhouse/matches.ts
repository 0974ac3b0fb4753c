import { z } from 'zod';
import { defineQuery, type Store } from './client';
import { matchRuleParams, matchTotals, OVER_DELIVERED, SAME_NUMBER, SETTLED, verdictsOfRun, zoneParams } from './queries/match';

/**
 * Keeps `matched_order_lines` and `matched_invoice_lines` up with the log: a run works the match out anew for every order
 * that something has touched since the last one (its lines, its receipts and invoices, invoices of the same number, pack
 * factors of its items), and marks as gone what no longer holds. Runs may be repeated, break off or overlap: a run says
 * only at its end how far it came, and a later one overwrites what an earlier one wrote.
 */

const ruleShape = { ...matchRuleParams, ...zoneParams } as const;
export type MatchRules = z.input<z.ZodObject<typeof ruleShape>>;

/** More than this, and all orders are matched instead: naming each of them would cost more. */
const MOST_NAMED = 10_000;
/** Looked at again: a row gets its time when its insert begins, and is seen when that ends. */
const OVERLAP_MS = 60_000;
const SECONDS = 300;

const names = z.array(z.string());

const lastRun = defineQuery({
  name: 'match_last_run',
  sql: 'SELECT run, touched_until, rules, orders, took_ms FROM match_runs ORDER BY run DESC LIMIT 1',
  params: z.object({}),
  row: z.object({ run: z.number(), touched_until: z.string(), rules: z.string(), orders: z.number(), took_ms: z.number() }),
});

const newestTouch = defineQuery({
  name: 'match_newest_touch',
  sql: 'SELECT max(touched_at) AS newest, now64(3) AS at FROM match_touched',
  params: z.object({}),
  row: z.object({ newest: z.string(), at: z.string() }),
});

const touchedSince = defineQuery({
  name: 'match_touched_since',
  sql: `SELECT kind, id FROM match_touched WHERE touched_at >= {since:DateTime64(3, 'UTC')} GROUP BY kind, id LIMIT ${MOST_NAMED + 1}`,
  params: z.object({ since: z.date() }),
  row: z.object({ kind: z.string(), id: z.string() }),
  limits: { rows: MOST_NAMED + 1 },
});

/** Receipts and invoices that have to be looked at as a whole because of the touched ones and of items. */
const touchedDocuments = defineQuery({
  name: 'match_touched_documents',
  sql: `
    SELECT DISTINCT document FROM (
      SELECT arrayJoin({documents:Array(String)}) AS document
      UNION ALL SELECT document_id FROM document_lines WHERE document_type = 'invoice' AND aspect = 'received' AND invoice_number != ''
        AND ${SAME_NUMBER} IN (SELECT ${SAME_NUMBER} FROM document_lines WHERE document_type = 'invoice' AND document_id IN {documents:Array(String)} AND invoice_number != '')
      UNION ALL SELECT document_id FROM document_lines WHERE document_type IN ('receipt', 'invoice') AND order_id = '' AND item != '' AND item IN {items:Array(String)}
    ) LIMIT ${MOST_NAMED + 1}`,
  params: z.object({ documents: names, items: names }),
  row: z.object({ document: z.string() }),
  limits: { rows: MOST_NAMED + 1, seconds: SECONDS },
});

/** Orders that these documents name, or named when they were matched last. */
const touchedOrders = defineQuery({
  name: 'match_touched_orders',
  sql: `
    SELECT DISTINCT order_id AS order FROM (
      SELECT arrayJoin({orders:Array(String)}) AS order_id
      UNION ALL SELECT order_id FROM document_lines WHERE document_type IN ('receipt', 'invoice') AND document_id IN {documents:Array(String)}
      UNION ALL SELECT order_id FROM matched_order_lines WHERE hasAny(documents, {documents:Array(String)})
      UNION ALL SELECT if(document_type = 'order', document_id, order_id) FROM document_lines WHERE document_type IN ('order', 'receipt', 'invoice') AND item != '' AND item IN {items:Array(String)}
    ) WHERE order != '' LIMIT ${MOST_NAMED + 1}`,
  params: z.object({ orders: names, documents: names, items: names }),
  row: z.object({ order: z.string() }),
  limits: { rows: MOST_NAMED + 1, seconds: SECONDS },
});

interface Touched {
  orders: string[];
  /** Receipts and invoices. */
  documents: string[];
}

/** What has to be matched anew since a moment; null: everything. */
async function touchedBy(store: Store, since: Date): Promise<Touched | null> {
  const things = await touchedSince(store, { since });
  if (things.length > MOST_NAMED) return null;
  const of = (...kinds: string[]) => things.filter(({ kind }) => kinds.includes(kind)).map(({ id }) => id);
  const items = of('item');
  const documents = (await touchedDocuments(store, { documents: of('receipt', 'invoice'), items })).map(({ document }) => document);
  if (documents.length > MOST_NAMED) return null;
  const orders = (await touchedOrders(store, { orders: of('order'), documents, items })).map(({ order }) => order);
  return orders.length > MOST_NAMED ? null : { orders, documents };
}

const ORDER_LINE = `known, cancelled, ack, ack_item, flow, needs_receipt, same_unit, one_unit, o_facility, o_supplier, o_currency, o_buyer, o_item, o_contract, o_uom, o_quantity, o_price, o_measured,
  o_packs, ko, qo, qr, qi, r, r_k, r_net, r_withdrawn, r_unknown, r_standing_count, i, i_k, i_gross, i_net, i_withdrawn, i_unknown, i_standing_count, i_credit, i_same_line, i_twin, i_twin_date,
  i_running, credit_unclear`;
const INVOICE_LINE = `object_id, document_id, line_id, number, time, date, due_date, discount_date, facility, supplier, item, currency, uom, quantity, stated_price, order_id, order_line, known, flow,
  o_buyer, o_uom, o_price, qo, qr, qi, withdrawn, verdict, findings, arithmetic, missing, value, billed, at_stake, price_variance, quantity_variance`;

const RUN = '{run:UInt64}';
const NAMED = (names: string) => `SELECT arrayJoin({${names}:Array(String)})`;

function statements(full: boolean): readonly string[] {
  const scope = full ? {} : { orders: NAMED('orders'), invoices: NAMED('documents'), receipts: NAMED('documents') };
  const orderLines = full ? '1' : `(order_id IN {orders:Array(String)} OR (order_id = '' AND substring(lone, 1, length(lone) - position(reverse(lone), '/')) IN {documents:Array(String)}))`;
  const invoiceLines = full ? '1' : '(order_id IN {orders:Array(String)} OR document_id IN {documents:Array(String)})';
  return [
    `INSERT INTO matched_order_lines (settled, order_id, order_line, lone, run, documents, over_delivered, ${ORDER_LINE})
      WITH ${matchTotals(scope)}
      SELECT ${SETTLED}, order_id, order_line, lone, ${RUN}, arrayDistinct(arrayConcat(r.document_id, i.document_id)), ifNull(${OVER_DELIVERED}, 0), ${ORDER_LINE} FROM match_totals`,
    `INSERT INTO matched_order_lines (settled, order_id, order_line, lone, run, gone)
      SELECT settled, order_id, order_line, lone, ${RUN}, 1 FROM matched_order_lines FINAL WHERE NOT gone AND run < ${RUN} AND ${orderLines}`,
    `INSERT INTO matched_invoice_lines (run, rule_version, ${INVOICE_LINE})
      WITH ${verdictsOfRun(RUN)}
      SELECT ${RUN}, {m_version:String}, ${INVOICE_LINE} FROM match_verdicts`,
    `INSERT INTO matched_invoice_lines (object_id, run, gone)
      SELECT object_id, ${RUN}, 1 FROM matched_invoice_lines FINAL WHERE NOT gone AND run < ${RUN} AND ${invoiceLines}`,
  ];
}

const SOME = statements(false);
const ALL = statements(true);

export interface MatchRun {
  /** Orders that were matched anew; null: all. */
  orders: number | null;
  tookMs: number;
}

/**
 * One run. Without `full` it does nothing (and answers null) while nothing has been touched and the rules are the same.
 * @param rules the rules in force and the facilities' zones; other ones than those of the last run match everything anew
 */
export async function refreshMatches(store: Store, rules: MatchRules, { full = false } = {}): Promise<MatchRun | null> {
  const [[last], [touch]] = await Promise.all([lastRun(store, {}), newestTouch(store, {})]);
  const at = Date.parse(touch?.at ?? '');
  const until = last ? Date.parse(last.touched_until) : 0;
  const version = JSON.stringify([rules.m_version, Object.entries(rules.zones).sort(), rules.zone]);
  const anew = full || !last || last.rules !== version;
  // News, or what was being written while the last run looked.
  const due = Date.parse(touch?.newest ?? '') >= until - OVERLAP_MS && (Date.parse(touch?.newest ?? '') > until || at > until + OVERLAP_MS);
  if (!anew && !due) return null;

  const began = Date.now();
  const run = Math.max(began, (last?.run ?? 0) + 1);
  const touched = anew ? null : await touchedBy(store, new Date(until - OVERLAP_MS));
  const params = { ...z.object(ruleShape).parse(rules), run, orders: touched?.orders ?? [], documents: touched?.documents ?? [] };
  if (touched === null || touched.orders.length + touched.documents.length > 0) {
    for (const [n, sql] of (touched ? SOME : ALL).entries()) await store.command(sql, params, { name: `match_run_${n + 1}`, settings: { max_execution_time: SECONDS } });
  }
  const tookMs = Date.now() - began;
  await store.command(
    "INSERT INTO match_runs (run, touched_until, rules, full, orders, took_ms) SELECT {run:UInt64}, {until:DateTime64(3, 'UTC')}, {rules:String}, {full:UInt8}, {orders:UInt64}, {took:UInt32}",
    { run, until: new Date(at), rules: version, full: touched ? 0 : 1, orders: touched?.orders.length ?? 0, took: tookMs },
    { name: 'match_run_end' },
  );
  return { orders: touched ? touched.orders.length : null, tookMs };
}

/** Has the next run match everything anew: after facts were changed in another way than by events. */
export async function matchAnew(store: Store): Promise<void> {
  await store.command('TRUNCATE TABLE IF EXISTS match_runs', {}, { name: 'match_anew' });
}

/** When the match was last brought up to the log, and how long that took; null before the first run. */
export async function matchedAsOf(store: Store): Promise<{ at: Date; tookMs: number } | null> {
  const [last] = await lastRun(store, {});
  return last ? { at: new Date(last.touched_until), tookMs: last.took_ms } : null;
}
