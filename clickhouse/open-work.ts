import { z } from 'zod';
import { defineQuery, type Store } from './client';
import { BLOCKED_COLUMNS, blockedNow } from './queries/invoices-blocked-kept';
import { INVOICES_TOUCHED, MATCHED_TOUCHED, OPEN_ORDER_COLUMNS, openOrders, ORDERS_TOUCHED } from './queries/orders-open';
import { OPEN_RECEIPT_COLUMNS, openReceiptsNow } from './queries/receipts-open';
import { seenUntil } from './queries/seen';

/**
 * Keeps what stands open on the desk up with the log and the match, document by document: a run works out anew the rows of
 * every order, or invoice, that something has touched since the last one, and marks as gone what no longer stands. Runs may
 * be repeated, break off or overlap: a run says only at its end how far it came, and a later one overwrites an earlier one.
 */

interface OpenView {
  readonly table: string;
  /** Names the document; the table's key begins with it. */
  readonly document: string;
  /** The rest of the key. */
  readonly key: string;
  readonly kinds: readonly string[];
  readonly columns: string;
  /** Rows that stand, of documents that satisfy a condition on {@link document}. */
  readonly rows: (where: string) => string;
  /** Documents that something has touched between {since} and {until}. */
  readonly touched: string;
}

const VIEWS = {
  orders: { table: 'open_order_lines', document: 'order_id', key: 'order_id, order_line', kinds: ['order', 'requisition'], columns: OPEN_ORDER_COLUMNS, rows: openOrders, touched: ORDERS_TOUCHED },
  receipts: { table: 'open_receipts', document: 'stands_under', key: 'stands_under, object_id', kinds: ['order', 'receipt'], columns: OPEN_RECEIPT_COLUMNS, rows: openReceiptsNow, touched: MATCHED_TOUCHED },
  blocked: { table: 'blocked_invoices', document: 'document_id', key: 'document_id', kinds: ['invoice'], columns: BLOCKED_COLUMNS, rows: blockedNow, touched: INVOICES_TOUCHED },
} as const satisfies Record<string, OpenView>;
export type OpenViewName = keyof typeof VIEWS;
export const OPEN_VIEWS = Object.keys(VIEWS) as OpenViewName[];
/** Tables that hold what stands open. */
export const OPEN_TABLES: readonly string[] = OPEN_VIEWS.map((name) => VIEWS[name].table);

/** Names what the statements make of the same facts; another one has everything worked out anew. */
const EDITION = '1';
/** What was stamped this long before a run is looked at once more: clocks are not that exact. */
const OVERLAP_MS = 100;
/** More touched things than this (a history that comes in) are not looked up one by one. */
const MOST_TOUCHED = 20_000;
/** What was touched is kept for three days. */
const KEPT_MS = 2 * 86_400_000;
const SLOW = { max_execution_time: 280 } as const;
/** Rows that are gone are swept out when there are more of them than this, and than rows that are not. */
const MOST_GONE = 20_000;
const SWEEP_EVERY_MS = 3_600_000;

const news = defineQuery({
  name: 'open_news',
  sql: `
    WITH (SELECT argMax(touched_until, run) FROM desk_runs WHERE view = {view:String}) - toIntervalMillisecond(${OVERLAP_MS}) AS begins
    SELECT ${seenUntil('events|matched_order_lines|matched_invoice_lines')} AS until, begins AS since,
      (SELECT max(run) FROM desk_runs WHERE view = {view:String}) AS last_run, (SELECT argMax(known_by, run) FROM desk_runs WHERE view = {view:String}) AS known_by,
      (SELECT count() FROM (SELECT 1 FROM open_touched WHERE touched_at >= begins AND touched_at < until AND kind IN {kinds:Array(String)} LIMIT ${MOST_TOUCHED})) AS things`,
  params: z.object({ view: z.string(), kinds: z.array(z.string()) }),
  row: z.object({ until: z.string(), since: z.string(), last_run: z.number(), known_by: z.string(), things: z.number() }),
});

export interface OpenRun {
  /** Whether everything was worked out anew. */
  all: boolean;
  tookMs: number;
}

/**
 * One run of a view. Answers null where nothing had been touched.
 *
 * @param full everything, whatever was touched
 */
export async function refreshOpen(store: Store, name: OpenViewName, { full = false }: { full?: boolean } = {}): Promise<OpenRun | null> {
  const began = Date.now();
  const view: OpenView = VIEWS[name];
  const [now] = await news(store, { view: name, kinds: [...view.kinds] });
  if (!now) throw new Error('the store says nothing of what stands open');
  const all = full || now.last_run === 0 || now.known_by !== EDITION || now.things >= MOST_TOUCHED || began - Date.parse(now.since) > KEPT_MS;
  if (!all && now.things === 0) return null;

  const run = Math.max(began, now.last_run + 1);
  const params = { run, since: new Date(now.since), until: new Date(now.until) };
  const which = all ? '1' : `${view.document} IN (${view.touched})`;
  await store.command(`INSERT INTO ${view.table} (run, ${view.columns}) SELECT {run:UInt64}, ${view.columns} FROM (${view.rows(which)})`, params, { name: `open_${name}_fill`, settings: SLOW });
  // FINAL: what this run has written stands; all else of these documents does not.
  await store.command(`INSERT INTO ${view.table} (${view.key}, run, gone) SELECT ${view.key}, {run:UInt64}, 1 FROM ${view.table} FINAL WHERE NOT gone AND run < {run:UInt64} AND ${which}`, params, { name: `open_${name}_gone`, settings: SLOW });
  const tookMs = Date.now() - began;
  await store.command(
    "INSERT INTO desk_runs (view, run, touched_until, known_by, took_ms) SELECT {view:String}, {run:UInt64}, {until:DateTime64(3, 'UTC')}, {known:String}, {took:UInt32}",
    { view: name, run, until: params.until, known: EDITION, took: tookMs }, { name: 'open_run_end' });
  return { all, tookMs };
}

/** Brings everything that stands open up to the log and the match. */
export async function refreshAllOpen(store: Store, { full = false }: { full?: boolean } = {}): Promise<void> {
  for (const name of OPEN_VIEWS) await refreshOpen(store, name, { full });
}

/** For the keeper: a run of all views, one after the other; what fails holds up none of the others. */
export function openKeeper(store: Store): () => Promise<{ tookMs: number } | null> {
  let sweptAt = Date.now();
  return async () => {
    let tookMs = 0;
    const failed: unknown[] = [];
    for (const name of OPEN_VIEWS) {
      try {
        tookMs += (await refreshOpen(store, name))?.tookMs ?? 0;
      } catch (error) {
        failed.push(error);
      }
    }
    if (failed.length > 0) throw failed[0];
    if (Date.now() - sweptAt > SWEEP_EVERY_MS) {
      for (const name of OPEN_VIEWS) await sweepOpen(store, name);
      sweptAt = Date.now();
    }
    return tookMs > 0 ? { tookMs } : null;
  };
}

/** Sweeps out rows that are gone, once they are the greater part: merged first, so that none of an older run comes back. */
export async function sweepOpen(store: Store, name: OpenViewName, most = MOST_GONE): Promise<boolean> {
  const { table } = VIEWS[name];
  const [count] = await store.select<{ gone: number; rows: number }>(`SELECT countIf(gone) AS gone, count() AS rows FROM ${table}`, {}, { name: 'open_count_gone' });
  if (!count || count.gone < most || count.gone * 2 < count.rows) return false;
  await store.command(`OPTIMIZE TABLE ${table} FINAL`, {}, { name: 'open_merge', settings: SLOW });
  await store.command(`ALTER TABLE ${table} DELETE WHERE gone`, {}, { name: 'open_sweep', settings: SLOW });
  return true;
}
