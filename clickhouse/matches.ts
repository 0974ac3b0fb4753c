import { z } from 'zod';
import { defineQuery, type Store } from './client';
import { dropLeftBehind } from './left-behind';
import { matchNews, touchedSince, type Named } from './match-news';
import { Work, type Rewrite } from './match-run';
import type { MatchRuleSet } from './queries/match-rules';
import { DOCUMENTS, EVERYTHING, firsts, LOT, NAMED, NEEDED, ORDERS, TOUCHED } from './queries/match-scope';
import { ARITHMETIC, FACT_STAGES, matchRuleParams, OVER_STAGE, overDelivered, SETTLED, type Stage, VERDICT_COLUMNS, VERSION_NAME, VERSION_NAMES, VERSION_ON, verdictStages, zoneParams } from './queries/match';

/**
 * Keeps `matched_order_lines` and `matched_invoice_lines` up with the log: a run works the match out anew for every order
 * that something has touched since the last one (its lines, its receipts and invoices, invoices of the same number, pack
 * factors of its items), and marks as gone what no longer holds. Where only limits have changed, what is kept of the order
 * lines stands and the verdicts are made anew. Runs may be repeated, break off or overlap: a run says only at its end how
 * far it came, and a later one overwrites what an earlier one wrote.
 */

/** What the match is worked out by. */
export const ruleShape = { ...matchRuleParams, ...zoneParams } as const;
export type MatchRules = z.input<z.ZodObject<typeof ruleShape>>;

/** Names what the statements make of the same facts; another one has everything matched anew. */
const EDITION = 2;
/** Rules that no version of any others is the same as. */
const NO_RULES = JSON.stringify({ names: [], from: [], duplicate_days: [], suspect_percent: [], limits: {} });
/** Orders that are worked out at once, and order lines that are judged at once: bound the memory of a run over everything. */
export const ORDERS_AT_ONCE = 20_000;
const LINES_AT_ONCE = 100_000;

const lastRun = defineQuery({
  name: 'match_last_run',
  sql: 'SELECT run, touched_until, rules, orders, took_ms FROM match_runs ORDER BY run DESC LIMIT 1',
  params: z.object({}),
  row: z.object({ run: z.number(), touched_until: z.string(), rules: z.string(), orders: z.number(), took_ms: z.number() }),
});

const ORDER_LINE = `known, cancelled, ack, ack_item, flow, needs_receipt, same_unit, one_unit, o_facility, o_supplier, o_currency, o_buyer, o_item, o_category, o_contract, o_uom, o_quantity, o_price, o_date, o_measured,
  o_packs, ko, qo, qr, qi, r, r_k, r_net, r_withdrawn, r_unknown, r_standing_count, r_no_quantity, r_no_factor, r_no_unit, i, i_k, i_gross, i_net, i_withdrawn, i_unknown, i_standing_count, i_credit,
  i_twin, i_twin_date, i_category, credit_dates, credit_unclear`;
const OF_LONE = "substring(lone, 1, length(lone) - position(reverse(lone), '/'))";
const RUN = '{run:UInt64}';

const WRITE_TOTALS = `INSERT INTO matched_order_lines (settled, order_id, order_line, lone, run, documents, over_delivered, ${ORDER_LINE})
  SELECT ${SETTLED}, order_id, order_line, lone, ${RUN}, arrayDistinct(arrayConcat(r.document_id, i.document_id)), over, ${ORDER_LINE} FROM match_totals`;
// PREWHERE takes columns of the key, or what follows from it: FINAL then still sees every version of a row.
const totalsGone = (where: string) => `INSERT INTO matched_order_lines (settled, order_id, order_line, lone, run, gone)
  SELECT settled, order_id, order_line, lone, ${RUN}, 1 FROM matched_order_lines FINAL PREWHERE ${where} WHERE NOT gone AND run < ${RUN}`;
const LOT_TOTALS = `(order_id IN (${ORDERS}) OR (order_id = '' AND ${OF_LONE} IN (${DOCUMENTS})))`;

/** Order lines in `match_over` that are over-delivered under these rules and were not, or the other way round. */
const REWRITE_OVER = `INSERT INTO matched_order_lines (settled, order_id, order_line, lone, run, documents, over_delivered, ${ORDER_LINE})
  SELECT ${SETTLED}, order_id, order_line, lone, ${RUN}, documents, over, ${ORDER_LINE}
  FROM (SELECT *, NOT over_delivered AS over FROM matched_order_lines FINAL WHERE NOT gone AND (order_id, order_line, lone) IN (SELECT order_id, order_line, lone FROM match_over))`;

const judged = (columns: string) => `SELECT ${RUN}, ${VERSION_NAME('version')}, ${columns}, [] FROM match_judged WHERE empty(findings)
  UNION ALL SELECT ${RUN}, ${VERSION_NAME('version')}, ${columns}, ${ARITHMETIC} FROM match_judged WHERE notEmpty(findings)`;
const WRITE_VERDICTS = `INSERT INTO matched_invoice_lines (run, rule_version, ${VERDICT_COLUMNS}, arithmetic) ${judged(VERDICT_COLUMNS)}`;
const VERDICTS_GONE = `INSERT INTO matched_invoice_lines (object_id, time, run, gone) SELECT object_id, time, ${RUN}, 1 FROM matched_invoice_lines FINAL`;
/** By the key, and the key by an index that is asked apart: with FINAL, one small part of lines from many days would have it read all lines between them. */
const verdictsGone = (where: string) => `${VERDICTS_GONE} PREWHERE (toDate(time), object_id) IN (SELECT toDate(time), object_id FROM matched_invoice_lines WHERE run < ${RUN} AND ${where})
  WHERE NOT gone AND run < ${RUN} AND ${where}`;
const LOT_VERDICTS = [`order_id IN (${ORDERS})`, `document_id IN (${DOCUMENTS})`];

const BESIDE = 'object_id, date, verdict, findings, currency, at_stake';
const WRITE_BESIDE = `INSERT INTO matched_invoice_lines_beside (run, rule_version, ${BESIDE}, arithmetic) ${judged(BESIDE)}`;
/** Of a version that is still among the rules and no longer in force on the date of the line. */
const OUT_OF_FORCE = `INSERT INTO matched_invoice_lines_beside (run, rule_version, ${BESIDE}, arithmetic)
  SELECT ${RUN}, rule_version, ${BESIDE}, arithmetic FROM matched_invoice_lines FINAL
  WHERE NOT gone AND has(${VERSION_NAMES()}, rule_version) AND has(${VERSION_NAMES('old_rules')}, rule_version) AND rule_version != ${VERSION_NAME(VERSION_ON('date'))}`;
const besideGone = (where: string) => `INSERT INTO matched_invoice_lines_beside (object_id, rule_version, run, gone)
  SELECT object_id, rule_version, ${RUN}, 1 FROM matched_invoice_lines_beside FINAL WHERE NOT gone AND run < ${RUN} AND ${where}`;

export interface MatchRun {
  /** Orders that were matched anew; null: all. */
  orders: number | null;
  /** Whether only the verdicts were made anew, by changed rules. */
  judged: boolean;
  tookMs: number;
  /** Whether something that was touched meanwhile waits for the next run. */
  more: boolean;
  /** Until when what was touched is in it. */
  until: Date;
}

export interface Anew {
  /** Everything, whatever was touched. */
  full?: boolean;
  /** All verdicts, from the totals that are kept. */
  verdicts?: boolean;
  rewrite?: Rewrite;
}

/**
 * One run. Without `full` and `verdicts` it does nothing (and answers null) while nothing has been touched and the rules are the same.
 *
 * @param rules the rules in force and the facilities' zones
 */
export async function refreshMatches(store: Store, rules: MatchRules, { full = false, verdicts = false, rewrite }: Anew = {}): Promise<MatchRun | null> {
  const now = await matchNews(store);
  const params = z.object(ruleShape).parse(rules);
  const facts = JSON.stringify([EDITION, params.m_flow_when_unknown, Object.entries(params.zones).filter(([, zone]) => zone !== params.zone).sort(), params.zone]);
  const version = JSON.stringify([facts, params.m_rules]);
  const last = readLast(now.last_rules);
  const all = full || now.last_run === 0 || last.facts !== facts;
  const judge = !all && (verdicts || now.last_rules !== version);
  if (!all && !judge && now.things === 0) return null;

  const began = Date.now();
  // Room for the mark of a run that changes verdicts in place.
  const run = Math.max(began, now.last_run + 2);
  const touched = all || judge ? undefined : await touchedSince(store, now);
  // What has been touched waits while the verdicts are made anew.
  const until = touched?.until ?? new Date(judge ? now.touched_until : now.until);
  const more = touched?.more ?? false;

  const ended = (what: { run: number; rules: string; orders: number; tookMs: number }) => store.command(
    "INSERT INTO match_runs (run, touched_until, rules, full, orders, took_ms) SELECT {run:UInt64}, {until:DateTime64(3, 'UTC')}, {rules:String}, {full:UInt8}, {orders:UInt64}, {tookMs:UInt32}",
    { ...what, until, full: all ? 1 : 0 }, { name: 'match_run_end' });
  // All of it is dealt with: the next looks from here on, and not every moment at the same.
  if (touched?.nothing) {
    await ended({ run, rules: version, orders: 0, tookMs: 0 });
    touched.dealtWith(run);
    return { orders: 0, judged: false, tookMs: 0, more, until };
  }
  // Where it breaks off, some lines have the new verdict and others the old one, whatever rules come next.
  if (judge) await ended({ run: run - 1, rules: JSON.stringify([facts, NO_RULES]), orders: 0, tookMs: 0 });
  await dropLeftBehind(store);
  const named = touched?.named;
  const work = named ? await Work.small(store, run, { ...params, run }, rewrite) : new Work(store, run, { ...params, run }, rewrite);
  const versions = (JSON.parse(params.m_rules) as MatchRuleSet).names.length;
  let orders = 0;
  try {
    if (judge) await judgeAnew(work, params.m_rules, verdicts ? NO_RULES : last.rules);
    else orders = named ? await matchNamed(work, versions, named) : await matchAll(work, versions, touched ? { since: touched.since, until: touched.until } : null);
    await work.done();
  } catch (error) {
    await work.drop();
    throw error;
  }
  const tookMs = Date.now() - began;
  await ended({ run, rules: version, orders, tookMs });
  touched?.dealtWith(run);
  return { orders: all ? null : orders, judged: judge, tookMs, more, until };
}

function readLast(text: string): { facts: string; rules: string } {
  try {
    const [facts, rules] = JSON.parse(text) as unknown[];
    return { facts: String(facts), rules: String(rules) };
  } catch {
    return { facts: '', rules: '' };
  }
}

/** Works the totals and the verdicts out, in lots of orders; for everything, or what was touched in a span. Returns how many orders. */
async function matchAll(work: Work, versions: number, touched: { since: Date; until: Date } | null): Promise<number> {
  await work.table('match_all', 'kind String, id String');
  await work.begun('match_all');
  const scope = (sql: string) => work.command('scope', `INSERT INTO match_all (kind, id) ${sql}`, touched ?? {});
  if (touched) {
    await scope(TOUCHED.things);
    await scope(TOUCHED.documents);
    if ((await work.count('match_all', "kind = 'touched item'")) > 0) await scope(TOUCHED.items);
    await scope(TOUCHED.orders);
  } else for (const sql of EVERYTHING) await scope(sql);
  const orders = await work.count('match_all', "kind = 'order'");
  const beside = versions > 1 || (await work.any('matched_invoice_lines_beside'));
  const lots = orders <= ORDERS_AT_ONCE ? [''] : (await work.select<{ id: string }>('lots', firsts("SELECT DISTINCT id FROM match_all WHERE kind = 'order'", ORDERS_AT_ONCE))).map(({ id }) => id);
  for (const [n, from] of lots.entries()) {
    await work.stage({ name: 'match_scope', sql: LOT }, { from: n === 0 ? '' : from, to: lots[n + 1] ?? '', documents: n === 0 ? 1 : 0 });
    await matchLot(work, versions, beside, touched !== null);
    await work.stillThere('match_all');
  }
  if (!touched) for (const sql of [totalsGone('1'), `${VERDICTS_GONE} WHERE NOT gone AND run < ${RUN}`, besideGone('1')]) await work.command('gone', sql);
  return orders;
}

/** The same for a few things: whoever waits for the verdict of an invoice waits for each statement. */
async function matchNamed(work: Work, versions: number, named: Named): Promise<number> {
  await work.table('match_scope', 'kind String, id String');
  await work.command('scope', `INSERT INTO match_scope (kind, id) ${NAMED.documents}`, named);
  await work.command('scope', `INSERT INTO match_scope (kind, id) ${NAMED.orders}`, named);
  // Nobody waits for these.
  const [orders, beside] = [work.count('match_scope', "kind = 'order'"), versions > 1 ? Promise.resolve(true) : work.any('matched_invoice_lines_beside')];
  await sideBySide([orders, beside, matchLot(work, versions, beside, true)]);
  return orders;
}

/** Works out what `match_scope` holds. */
async function matchLot(work: Work, versions: number, beside: boolean | Promise<boolean>, touched: boolean): Promise<void> {
  await work.table('match_documents', 'document_type String, document_id String');
  for (const sql of NEEDED) await work.command('documents', `INSERT INTO match_documents ${sql}`);
  for (const at of FACT_STAGES) await sideBySide(at.map((stage) => work.stage(stage)));
  const totals = async () => {
    await work.stage(OVER_STAGE);
    await work.written('write_totals', WRITE_TOTALS);
  };
  if (touched) {
    // The verdicts first: they are what is waited for.
    await judgeLot(work, versions);
    // Not among those side by side: where it fails, nobody would wait for those begun before it.
    const anyBeside = await beside;
    await sideBySide([
      totals().then(() => work.command('totals_gone', totalsGone(LOT_TOTALS))),
      ...LOT_VERDICTS.map((where) => work.command('verdicts_gone', verdictsGone(where))),
      ...(anyBeside ? [work.command('beside_gone', besideGone(`object_id IN (${LOT_VERDICTS.map((where) => `SELECT object_id FROM matched_invoice_lines WHERE ${where}`).join(' UNION ALL ')})`))] : []),
    ]);
  } else await sideBySide([totals(), judgeLot(work, versions)]);
  if (work.small) await work.stillThere('match_scope');
  await work.drop(['match_scope', 'match_documents', ...[...FACT_STAGES.flat(), OVER_STAGE].map(({ name }) => name)]);
}

/** Waits until all have ended: a statement that goes on behind a failed run would meddle with the next. Throws what failed first. */
async function sideBySide(work: readonly Promise<unknown>[]): Promise<void> {
  for (const ended of await Promise.allSettled(work)) if (ended.status === 'rejected') throw ended.reason;
}

async function judgeLot(work: Work, versions: number): Promise<void> {
  for (let version = 0; version <= (versions > 1 ? versions : 0); version++) {
    const among = version === 0 ? {} : { version: () => `toUInt8(${version})`, lines: (date: string) => `${VERSION_ON(date)} != ${version}` };
    const stages = verdictStages({ totals: 'match_counted', ...among });
    await judge(work, stages, version);
  }
}

/** The stages of the verdicts, and what they come to written: by the version in force, or (from 1) by a further one. */
async function judge(work: Work, stages: readonly Stage[], version: number, params: Record<string, unknown> = {}): Promise<void> {
  const [running, measured, limits, judged] = stages;
  if (!running || !measured || !limits || !judged) throw new Error('the verdicts have four stages');
  await work.stage(running, params);
  await sideBySide([work.stage(measured, params), work.stage(limits, params)]);
  await work.stage(judged, params);
  await work.written('write_verdicts', version === 0 ? WRITE_VERDICTS : WRITE_BESIDE);
  await work.drop(stages.map(({ name }) => name));
}

/**
 * Makes the verdicts anew from the totals that are kept: of the lines that another version is in force for, and under each
 * version that is new. A verdict whose version has gone out of force is kept beside the new one as it is, since it was made from
 * the same line; where versions differ in what counts as a duplicate it may stand on what others said of the lines before it, and all are made.
 */
async function judgeAnew(work: Work, rules: string, last: string): Promise<void> {
  await work.table('match_all', 'kind String, id String');
  await work.begun('match_all');
  const ruleSet = (text: string) => JSON.parse(text) as MatchRuleSet;
  const ruled = ruleSet(rules);
  const before = new Set([...ruled.duplicate_days, ...ruleSet(last).duplicate_days]).size > 1 ? NO_RULES : last;
  const old = { old_rules: before };
  const over = ({ from, limits }: MatchRuleSet) => JSON.stringify([from, limits.over_delivery]);
  const sameOver = over(ruled) === over(ruleSet(before));
  const versions = ruled.names.length;
  // The first: whichever is in force.
  const judges = [0, ...(versions > 1 ? ruled.names.flatMap((name, n) => (ruleSet(before).names.includes(name) ? [] : [n + 1])) : [])];
  if (versions > 1) await work.command('out_of_force', OUT_OF_FORCE, old);
  const now = (date: string) => VERSION_NAME(VERSION_ON(date));
  const then = (date: string) => VERSION_NAME(VERSION_ON(date, 'old_rules'), 'old_rules');
  const lots = (await work.select<{ id: string }>('lots', firsts('SELECT order_id AS id FROM matched_order_lines FINAL WHERE NOT gone', LINES_AT_ONCE))).map(({ id }) => id);
  const lot = async (own: Work, from: string, n: number): Promise<void> => {
    const to = lots[n + 1] ?? '';
    if (n > 0 && from === to) return;
    const range = { ...old, from: n === 0 ? '' : from, to };
    const inLot = "order_id >= {from:String} AND ({to:String} = '' OR order_id < {to:String})";
    for (const version of judges) {
      const lines = (date: string) => (version === 0 ? `${now(date)} != ${then(date)}` : `${VERSION_ON(date)} != ${version}`);
      const stages = verdictStages({
        totals: `(SELECT * FROM matched_order_lines FINAL WHERE NOT gone AND ${inLot} AND arrayExists(d -> ${lines('d')}, i.date))`, kept: true, lines, ...(version === 0 ? {} : { version: () => `toUInt8(${version})` }),
      });
      await judge(own, stages, version, range);
    }
    if (sameOver) return;
    await own.stage({ name: 'match_over', kept: true, sql: `SELECT order_id, order_line, lone FROM (${overDelivered(`(SELECT * FROM matched_order_lines FINAL WHERE NOT gone AND ${inLot} AND notEmpty(r))`)}) WHERE over != over_delivered` }, range);
    await own.command('write_over', REWRITE_OVER, range);
    await own.command('over_gone', totalsGone('(order_id, order_line, lone) IN (SELECT order_id, order_line, lone FROM match_over)'));
    await own.drop(['match_over']);
  };
  // The engine works on each statement of a lot with one core for the most part.
  const waiting = [...lots.entries()];
  await sideBySide(['a', 'b'].map(async (name) => {
    const own = work.beside(name);
    try {
      for (let next = waiting.shift(); next; next = waiting.shift()) await lot(own, next[1], next[0]);
    } finally {
      await own.drop();
    }
  }));
  await work.stillThere('match_all');
  // Under one version alone nothing stands beside it: what once did need not be read past by every page.
  if (versions === 1) await work.command('beside_empty', 'TRUNCATE TABLE matched_invoice_lines_beside');
  else await work.command('beside_gone', besideGone(`(NOT has(${VERSION_NAMES()}, rule_version) OR rule_version = ${now('date')})`));
}

/** Has the next run match everything anew: after facts were changed in another way than by events. */
export async function matchAnew(store: Store): Promise<void> {
  await store.command('TRUNCATE TABLE IF EXISTS match_runs', {}, { name: 'match_anew' });
}

/** Rows under which something waited and no longer does are swept out when there are more of them than this, and than of others. */
const MOST_GONE = 20_000;
const SWEEPING = { settings: { max_execution_time: 600, mutations_sync: '1' } } as const;

/**
 * Sweeps out what is gone of the order lines on which something waits: pages read these, and each line passes through them.
 * May go on beside a run. Merged first (where that cannot be done nothing is swept), so that none of an older run comes back;
 * what is written meanwhile stays.
 */
export async function sweepMatches(store: Store, most = MOST_GONE): Promise<boolean> {
  const [count] = await store.select<{ gone: number; rows: number }>(
    'SELECT countIf(gone) AS gone, count() AS rows FROM matched_order_lines WHERE settled = 0', {}, { name: 'match_count_gone' });
  if (!count || count.gone < most || count.gone * 2 < count.rows) return false;
  const [last] = await lastRun(store, {});
  await store.command('OPTIMIZE TABLE matched_order_lines FINAL', {}, { name: 'match_merge', settings: { ...SWEEPING.settings, optimize_throw_if_noop: 1 } });
  // Of the run that goes on, and of later ones, some rows may not have been merged.
  await store.command('ALTER TABLE matched_order_lines DELETE WHERE settled = 0 AND gone AND run <= {last:UInt64}', { last: last?.run ?? 0 }, { name: 'match_sweep', ...SWEEPING });
  return true;
}

/** When the match was last brought up to the log, and how long that took; null before the first run. */
export async function matchedAsOf(store: Store): Promise<{ at: Date; tookMs: number } | null> {
  const [last] = await lastRun(store, {});
  return last ? { at: new Date(last.touched_until), tookMs: last.took_ms } : null;
}
