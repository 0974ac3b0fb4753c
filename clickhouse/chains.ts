import { z } from 'zod';
import { BY_KEY, defineQuery, type Store } from './client';
import { identifier } from './engine/statement';
import { dropLeftBehind, workTable } from './left-behind';
import { chainFacts, FACT_COLUMNS, type Reach } from './queries/lineage-chain-facts';
import { ANCHORS, type Anchor } from './queries/lineage-chains';
import { logSeenUntil } from './queries/seen';

/**
 * Keeps `chains` up with the log: a run works out anew every chain that something has touched since the last one, and
 * marks as gone what is no chain any more. Runs may be repeated, break off or overlap: a run says only at its end how far
 * it came, and a later one overwrites what an earlier one wrote.
 */

const SECONDS = 600;
/** Anchors that are worked out at once: bounds the memory of a run over everything. */
const AT_ONCE = 20_000;
/** Touched things that one run takes, more only where one insert brought more. */
const MOST_TOUCHED = 50_000;
/** What was stamped this long before a run is looked at once more: clocks are not that exact. */
const OVERLAP_MS = 500;
/** After this long with nothing touched, a run says so: what was touched is not remembered for ever, so readers have to know up to when chains are right. */
const QUIET_MS = 600_000;

const lastRun = defineQuery({
  name: 'chains_last_run',
  sql: 'SELECT run, touched_until, chains, took_ms, rules FROM chain_runs ORDER BY run DESC LIMIT 1',
  params: z.object({}),
  row: z.object({ run: z.number(), touched_until: z.string(), chains: z.number(), took_ms: z.number(), rules: z.string() }),
  limits: BY_KEY,
});

/** Until where a run goes that begins at `since`, and whether there is anything. */
const nextSlice = defineQuery({
  name: 'chains_next_slice',
  sql: `
    SELECT count() AS things, max(touched_at) AS last FROM (
      SELECT touched_at FROM chain_touched WHERE touched_at >= {since:DateTime64(3, 'UTC')} AND touched_at < {until:DateTime64(3, 'UTC')} ORDER BY touched_at LIMIT ${MOST_TOUCHED})`,
  params: z.object({ since: z.date(), until: z.date() }),
  row: z.object({ things: z.number(), last: z.string() }),
});

/** The document type of an object's type: a line's, or that of a document as a whole. */
const DOCUMENT_TYPE = "multiIf(endsWith(type, '-line'), replaceOne(type, '-line', ''), endsWith(type, '-document'), replaceOne(type, '-document', ''), type)";
const IS_LINE = "(endsWith(type, '-line') OR type IN ('usage', 'posting'))";
/** The document of a line's key; a key without a slash is a document. */
const DOCUMENT = "if(position(id, '/') = 0, id, substring(id, 1, length(id) - position(reverse(id), '/')))";
/** The line of a line's key. */
const LINE = "if(position(id, '/') = 0, '', replaceAll(replaceAll(substring(id, length(id) - position(reverse(id), '/') + 2), '%2F', '/'), '%25', '%'))";
const LINE_TYPE = "if(document_type IN ('usage', 'posting'), document_type, concat(document_type, '-line'))";
const WALKED = "('usage', 'usage-document', 'requisition', 'requisition-line', 'order', 'order-line', 'shipment', 'shipment-line', 'receipt', 'receipt-line', 'invoice', 'invoice-line', 'posting', 'posting-document')";
const CHAIN_KEY = "concat(order_id, '/', replaceAll(replaceAll(order_line, '%', '%25'), '/', '%2F'))";

/** What lines of work a table of work has: `role` says what a row is for. */
const into = (work: string, role: string, select: string) => `INSERT INTO ${work} (role, type, id) SELECT '${role}', type, id FROM (${select})`;
const of = (work: string, role: string) => `SELECT type, id FROM ${work} WHERE role = '${role}'`;

/** Lines of the whole documents that stand under a role; a line's type with a document's id means the document too. */
const linesOfDocuments = (work: string, role: string) => `
  SELECT DISTINCT ${LINE_TYPE} AS type, object_id AS id FROM document_lines
  WHERE (document_type, document_id) IN (SELECT ${DOCUMENT_TYPE}, id FROM (${of(work, role)})) AND line_id != ''`;

/** What stands beside some nodes, along stated links and those inferred ones that count. */
const peersOf = (nodes: string, inferred: string | undefined): string => {
  const from = (table: string, where: string) => `SELECT peer_type AS type, peer_id AS id FROM ${table} WHERE (node_type, node_id) IN (${nodes}) AND peer_type IN ${WALKED}${where}`;
  return inferred === undefined ? from('links', '') : `${from('links', '')} UNION DISTINCT ${from('inferred_links FINAL', ` AND NOT gone AND ${inferred}`)}`;
};

/**
 * From what was touched to the anchors of the chains that it may change: one step along the links both ways, and from
 * the lines of shipments, receipts and invoices to their order line. Naming a chain too many does no harm.
 */
function touchedAnchors(work: string, inferred: string | undefined): readonly string[] {
  const near = of(work, 'near');
  return [
    into(work, 'touched', `SELECT DISTINCT type, id FROM chain_touched WHERE touched_at >= {since:DateTime64(3, 'UTC')} AND touched_at <= {last:DateTime64(3, 'UTC')} AND type IN ${WALKED}`),
    into(work, 'touched', linesOfDocuments(work, 'touched')),
    into(work, 'near', `${of(work, 'touched')} UNION DISTINCT
      ${peersOf(of(work, 'touched'), inferred)}`),
    into(work, 'near', linesOfDocuments(work, 'near')),
    into(work, 'anchor', `SELECT DISTINCT type, id FROM (${near}) WHERE type IN ('order-line', 'usage', 'requisition-line') AND position(id, '/') > 0`),
    into(work, 'anchor', `
      SELECT DISTINCT 'order-line' AS type, ${CHAIN_KEY} AS id FROM document_lines
      WHERE (document_type, document_id, line_id) IN (SELECT ${DOCUMENT_TYPE}, ${DOCUMENT}, ${LINE} FROM (${near}) WHERE type IN ('shipment-line', 'receipt-line', 'invoice-line'))
        AND order_id != '' AND order_line != ''`),
    // A case as a whole was posted: that settles each of its usages.
    into(work, 'anchor', `
      SELECT DISTINCT 'usage' AS type, object_id AS id FROM document_lines WHERE document_type = 'usage' AND line_id != '' AND case_token IN (
        SELECT ref_id FROM document_lines WHERE document_type = 'posting' AND ref_type = 'case' AND ref_id != '' AND document_id IN (SELECT ${DOCUMENT} FROM (${of(work, 'touched')}) WHERE type IN ('posting', 'posting-document')))`),
  ];
}

/** All anchors that there are. */
function allAnchors(work: string): readonly string[] {
  return [
    into(work, 'anchor', `SELECT DISTINCT ${LINE_TYPE} AS type, object_id AS id FROM document_lines WHERE document_type IN ('order', 'usage', 'requisition') AND line_id != ''`),
    into(work, 'anchor', `SELECT DISTINCT 'order-line' AS type, ${CHAIN_KEY} AS id FROM document_lines WHERE document_type IN ('shipment', 'receipt', 'invoice') AND order_id != '' AND order_line != ''`),
  ];
}

/** The documents of postings that settle some cases as wholes, as `document`, given the statement that gives the cases. */
type Settling = (cases: string) => string;

/** By key: a few cases among many. */
const settlingByKey: Settling = (cases) => `SELECT document_id AS document FROM case_postings WHERE case_token IN (${cases})`;

/** Of what a run over everything has read of all cases at its beginning: each lot would else read all postings. */
const CASE_POSTINGS = "SELECT DISTINCT 'settles', 'case', ref_id, document_id FROM document_lines WHERE document_type = 'posting' AND aspect = 'completed' AND ref_type = 'case' AND ref_id != ''";
const settlingOfAll = (work: string): Settling => (cases) => `SELECT document FROM ${work} WHERE role = 'settles' AND id IN (${cases})`;

/** Everything that belongs to the anchors of one lot of work, by the names under which chainFacts looks for it. */
function belongings(lot: string, anchor: Anchor, inferred: string | undefined, settling: Settling): readonly string[] {
  const documentNode = anchor === 'usage' ? 'usage-document' : anchor.replace('-line', '');
  return [
    into(lot, 'node', `${of(lot, 'lot')} UNION DISTINCT
      ${peersOf(of(lot, 'lot'), inferred)} UNION DISTINCT
      SELECT '${documentNode}' AS type, ${DOCUMENT} AS id FROM (${of(lot, 'lot')})`),
    into(lot, 'node', `
      SELECT DISTINCT 'posting' AS type, peer_id AS id FROM links WHERE direction = 'down' AND peer_type = 'posting' AND (node_type, node_id) IN (
        SELECT type, arrayJoin([id, ${DOCUMENT}]) FROM (${of(lot, 'node')}) WHERE ${IS_LINE})`),
    `INSERT INTO ${lot} (role, type, document, line) SELECT DISTINCT 'line', ${DOCUMENT_TYPE}, if(${IS_LINE}, ${DOCUMENT}, id), if(${IS_LINE}, ${LINE}, '') FROM (${of(lot, 'node')})`,
    // A posting of a case as a whole settles its usages; no link leads from them to it.
    ...(anchor === 'usage'
      ? [`INSERT INTO ${lot} (role, type, document, line) SELECT DISTINCT 'line', 'posting', document, '' FROM (${settling(`
          SELECT case_token FROM document_lines WHERE case_token != '' AND (document_type, document_id, line_id) IN (SELECT 'usage', document, line FROM ${lot} WHERE role = 'line' AND type = 'usage')`)})`]
      : []),
  ];
}

function reachOf(work: string, inferred: string | undefined): Reach {
  return {
    inferred,
    lines: `(document_type, document_id, line_id) IN (SELECT type, document, line FROM ${work} WHERE role = 'line')`,
    wholes: `(document_type, document_id) IN (SELECT type, document FROM ${work} WHERE role = 'line')`,
    documents: `(document_type, document_id) IN (SELECT type, document FROM ${work} WHERE role = 'line')`,
    anchors: (_anchor, id) => `${id} IN (SELECT id FROM ${work} WHERE role = 'lot')`,
    links: (type) => `node_type = '${type}' AND node_id IN (SELECT id FROM ${work} WHERE role = 'node' AND type = '${type}')`,
  };
}

export interface ChainRun {
  /** Anchors that were looked at. */
  chains: number;
  full: boolean;
  tookMs: number;
  /** Whether something that was touched meanwhile waits for the next run. */
  more: boolean;
}

/**
 * One run. Without `full` it does nothing (and answers null) while nothing has been touched and the rules are the same.
 * @param inferredFrom from which confidence on an inferred relation counts as if it were stated; null: none does
 */
export async function refreshChains(store: Store, { full = false, inferredFrom = null }: { full?: boolean; inferredFrom?: number | null } = {}): Promise<ChainRun | null> {
  const [[last], until] = await Promise.all([lastRun(store, {}), logSeenUntil(store)]);
  const began = Date.now();
  const rules = inferredFrom === null ? '' : String(inferredFrom);
  const all = full || !last || last.rules !== rules;
  const inferred = inferredFrom === null ? undefined : `confidence >= ${inferredFrom}`;
  const since = new Date(last ? Date.parse(last.touched_until) - OVERLAP_MS : 0);
  const slice = all ? undefined : (await nextSlice(store, { since, until }))[0];
  const run = Math.max(began, (last?.run ?? 0) + 1);
  const ended = (of: { until: Date; chains: number; tookMs: number }) =>
    store.command("INSERT INTO chain_runs (run, touched_until, full, chains, took_ms, rules) SELECT {run:UInt64}, {until:DateTime64(3, 'UTC')}, {full:UInt8}, {chains:UInt64}, {took:UInt32}, {rules:String}",
      { run, until: of.until, full: all ? 1 : 0, chains: of.chains, took: of.tookMs, rules }, { name: 'chains_run_end' });
  // What lies in the overlap was taken by the last run, unless it was not to be seen then.
  if (!all && (slice === undefined || slice.things === 0)) {
    if (until.getTime() - Date.parse(last.touched_until) > QUIET_MS) await ended({ until, chains: 0, tookMs: Date.now() - began });
    return null;
  }
  const whole = slice === undefined || slice.things < MOST_TOUCHED;
  const upTo = whole ? until : new Date(slice.last);

  const work = identifier(workTable('chain', run));
  const command = (name: string, sql: string, params: Record<string, unknown> = {}) => store.command(sql, params, { name: `chains_${name}`, settings: { max_execution_time: SECONDS } });
  await dropLeftBehind(store);
  await command('create', `CREATE TABLE ${work} ${all ? SORTED_WORK : WORK}`);
  await command('mark', `INSERT INTO ${work} (role) VALUES ('begun')`);
  let chains = 0;
  try {
    for (const sql of all ? allAnchors(work) : touchedAnchors(work, inferred)) await command('anchors', sql, all ? {} : { since, last: upTo });
    if (all) await command('settling', `INSERT INTO ${work} (role, type, id, document) ${CASE_POSTINGS}`);
    for (const anchor of ANCHORS) chains += await workOut({ store, command, work, run, all, inferred }, anchor);
    await stillThere(store, work);
    // A run over everything has seen all that there is: what an earlier one wrote last is no chain any more, or began on another day.
    // The index on run would hide a newer row from FINAL.
    if (all) await command('gone', 'INSERT INTO chains (started_day, anchor, id, run, gone) SELECT started_day, anchor, id, {run:UInt64}, 1 FROM chains FINAL WHERE run < {run:UInt64} AND NOT gone SETTINGS use_skip_indexes_if_final = 0', { run });
  } finally {
    await command('drop', `DROP TABLE IF EXISTS ${work} SYNC`);
  }
  const tookMs = Date.now() - began;
  await ended({ until: upTo, chains, tookMs });
  return { chains, full: all, tookMs, more: !whole };
}

/** Tables of work stand in memory: a store that was restarted meanwhile has forgotten them, and the run has seen too little. */
async function stillThere(store: Store, work: string): Promise<void> {
  const [mark] = await store.select<{ n: number }>(`SELECT count() AS n FROM ${work} WHERE role = 'begun'`, {}, { name: 'chains_mark' });
  if (mark?.n !== 1) throw new Error('the store was restarted during a run of the chains; it is done again');
}

const WORK_COLUMNS = '(role String, type String, id String, document String, line String)';
const WORK = `${WORK_COLUMNS} ENGINE = Memory`;
/** Of a run over everything: of all its anchors each lot takes a range, and they need not fit into memory. */
const SORTED_WORK = `${WORK_COLUMNS} ENGINE = MergeTree ORDER BY (role, type, id)`;
const IN_LOT = "id >= {from:String} AND ({to:String} = '' OR id < {to:String})";

interface Working {
  readonly store: Store;
  readonly command: (name: string, sql: string, params?: Record<string, unknown>) => Promise<void>;
  readonly work: string;
  readonly run: number;
  readonly all: boolean;
  readonly inferred: string | undefined;
}

/** The chains of one kind of anchor, in lots. Lots follow the keys, so that what lies side by side is read once. */
async function workOut({ store, command, work, run, all, inferred }: Working, anchor: Anchor): Promise<number> {
  const bounds = await store.select<{ id: string; total: number }>(
    `SELECT id, total FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n, count() OVER () AS total FROM (SELECT DISTINCT id FROM ${work} WHERE role = 'anchor' AND type = '${anchor}')) WHERE n % ${AT_ONCE} = 0 ORDER BY id`,
    {}, { name: 'chains_lots' },
  );
  for (const [n, { id }] of bounds.entries()) {
    const range = { from: id, to: bounds[n + 1]?.id ?? '' };
    const lot = identifier(workTable('chain', run, '_lot'));
    await command('create', `CREATE TABLE ${lot} ${WORK}`);
    try {
      await command('lot', `INSERT INTO ${lot} (role, type, id) SELECT DISTINCT 'lot', type, id FROM ${work} WHERE role = 'anchor' AND type = '${anchor}' AND ${IN_LOT}`, range);
      for (const sql of belongings(lot, anchor, inferred, all ? settlingOfAll(work) : settlingByKey)) await command('belongings', sql);
      await command('facts', `INSERT INTO chains (run, ${FACT_COLUMNS}) SELECT {run:UInt64}, ${FACT_COLUMNS} FROM (${chainFacts(reachOf(lot, inferred), [anchor])})`, { run });
      // What is no chain any more, or began on another day.
      if (!all) await command('gone', `
        INSERT INTO chains (started_day, anchor, id, run, gone) SELECT started_day, anchor, id, {run:UInt64}, 1 FROM chain_days
        WHERE anchor = '${anchor}' AND id IN (SELECT id FROM ${lot} WHERE role = 'lot') AND (started_day, id) NOT IN (SELECT started_day, id FROM chains WHERE run = {run:UInt64} AND anchor = '${anchor}')`, { run });
    } finally {
      await command('drop', `DROP TABLE IF EXISTS ${lot} SYNC`);
    }
  }
  return bounds[0]?.total ?? 0;
}

/** Has the next run work out everything anew: after facts were changed in another way than by events. */
export async function chainsAnew(store: Store): Promise<void> {
  await store.command('TRUNCATE TABLE IF EXISTS chain_runs', {}, { name: 'chains_anew' });
}

/** When the chains were last brought up to the log, and how long that took; null before the first run. */
export async function chainsAsOf(store: Store): Promise<{ at: Date; tookMs: number } | null> {
  const [last] = await lastRun(store, {});
  return last ? { at: new Date(last.touched_until), tookMs: last.took_ms } : null;
}
