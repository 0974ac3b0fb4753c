import { z } from 'zod';
import { defineQuery, type Store } from './client';
import { ALL_DAYS, DAYS_TOUCHED, knownBy } from './queries/desk-days';
import type { DeskViewName } from './queries/desk';
import { SEEN_UNTIL } from './queries/seen';

/**
 * Keeps the views of the supply and finance desk up with the log, each day by day: a run works anew every day that something
 * has touched since the last one, and every day where rules or master data have changed. Runs may be repeated, break off or
 * overlap: a run says only at its end how far it came, and rows of an older run than their day's newest do not count.
 */

export interface DeskView {
  readonly name: DeskViewName;
  /** Rules that its rows depend on; others have everything worked out anew. */
  readonly rules: string;
  /** Writes the rows of the days from `from` until before `to` as of this run. */
  fill(span: { readonly run: number; readonly from: Date; readonly to: Date }): Promise<void>;
}

export interface DeskRun {
  /** Days that were worked out anew. */
  days: number;
  /** Whether all were. */
  all: boolean;
  tookMs: number;
}

const DAY_MS = 86_400_000;
/** What was stamped this long before a run is looked at once more: clocks are not that exact. */
const OVERLAP_MS = 100;
/** More touched things than this (a history that comes in) are not looked up one by one. */
const MOST_TOUCHED = 50_000;
/** Days that one statement works out. */
const DAYS_AT_ONCE = 31;
/** A run that finds nothing to do says so this often, so that pages can tell up to when they are right. */
const SAID_EVERY_MS = 5_000;
const SLOW = { settings: { max_execution_time: 280 } } as const;

const news = defineQuery({
  name: 'desk_news',
  sql: `
    SELECT ${SEEN_UNTIL} AS until, runs, last_run, touched_until, known_by FROM (
      SELECT count() AS runs, max(run) AS last_run, argMax(desk_runs.touched_until, run) AS touched_until, argMax(desk_runs.known_by, run) AS known_by FROM desk_runs WHERE view = {view:String})`,
  params: z.object({ view: z.string() }),
  row: z.object({ until: z.string(), runs: z.number(), last_run: z.number(), touched_until: z.string(), known_by: z.string() }),
});

const things = defineQuery({
  name: 'desk_things',
  sql: `SELECT count() AS n FROM (SELECT 1 FROM desk_touched WHERE touched_at >= {since:DateTime64(3, 'UTC')} AND touched_at < {until:DateTime64(3, 'UTC')} LIMIT ${MOST_TOUCHED})`,
  params: z.object({ since: z.date(), until: z.date() }),
  row: z.object({ n: z.number() }),
});

const dayRow = z.object({ day: z.string() });
const span = z.object({ since: z.date(), until: z.date() });
const touchedDays = {
  cases: defineQuery({ name: 'desk_touched_cases', sql: DAYS_TOUCHED.cases, params: span, row: dayRow, limits: { seconds: 60, rows: 100_000 } }),
  quality: defineQuery({ name: 'desk_touched_quality', sql: DAYS_TOUCHED.quality, params: span, row: dayRow, limits: { seconds: 60, rows: 100_000 } }),
  reconciliation: defineQuery({ name: 'desk_touched_reconciliation', sql: DAYS_TOUCHED.reconciliation, params: span, row: dayRow, limits: { seconds: 60, rows: 100_000 } }),
  contracts: defineQuery({ name: 'desk_touched_contracts', sql: DAYS_TOUCHED.contracts, params: span, row: dayRow, limits: { seconds: 60, rows: 100_000 } }),
};
const allDays = {
  cases: defineQuery({ name: 'desk_all_cases', sql: ALL_DAYS.cases, params: z.object({}), row: dayRow, limits: { seconds: 60, rows: 100_000 } }),
  quality: defineQuery({ name: 'desk_all_quality', sql: ALL_DAYS.quality, params: z.object({}), row: dayRow, limits: { seconds: 60, rows: 100_000 } }),
  reconciliation: defineQuery({ name: 'desk_all_reconciliation', sql: ALL_DAYS.reconciliation, params: z.object({}), row: dayRow, limits: { seconds: 60, rows: 100_000 } }),
  contracts: defineQuery({ name: 'desk_all_contracts', sql: ALL_DAYS.contracts, params: z.object({}), row: dayRow, limits: { seconds: 60, rows: 100_000 } }),
};
const master = {
  cases: defineQuery({ name: 'desk_master_cases', sql: knownBy('cases'), params: z.object({}), row: z.object({ said: z.string() }) }),
  quality: defineQuery({ name: 'desk_master_quality', sql: knownBy('quality'), params: z.object({}), row: z.object({ said: z.string() }) }),
  contracts: defineQuery({ name: 'desk_master_contracts', sql: knownBy('contracts'), params: z.object({}), row: z.object({ said: z.string() }) }),
};

/**
 * One run. Answers null where nothing had to be worked out.
 *
 * @param full every day, whatever was touched
 */
export async function refreshDesk(store: Store, view: DeskView, { full = false }: { full?: boolean } = {}): Promise<DeskRun | null> {
  const began = Date.now();
  const [now] = await news(store, { view: view.name });
  if (!now) throw new Error('the store says nothing of the desk');
  const until = new Date(now.until);
  const since = new Date(Date.parse(now.touched_until) - OVERLAP_MS);
  // Asked before anything is read: what changes meanwhile is found by the next run.
  const [said] = view.name === 'reconciliation' ? [] : await master[view.name](store, {});
  const known = JSON.stringify([view.rules, said?.said ?? '']);
  const touched = now.runs === 0 ? 0 : ((await things(store, { since, until }))[0]?.n ?? 0);
  const all = full || now.runs === 0 || now.known_by !== known || touched >= MOST_TOUCHED;
  const run = Math.max(began, now.last_run + 1);
  if (!all && touched === 0) {
    if (Date.now() - Date.parse(now.touched_until) > SAID_EVERY_MS) await end(store, { view: view.name, run, until, known, days: 0, took: 0 });
    return null;
  }
  const days = (all ? await allDays[view.name](store, {}) : await touchedDays[view.name](store, { since, until })).map(({ day }) => Date.parse(day)).sort((a, b) => b - a);
  for (const { from, to } of blocks(days)) {
    await view.fill({ run, from, to });
    await store.command('INSERT INTO desk_days (view, day, run) SELECT {view:String}, toDate({from:DateTime64(3, \'UTC\')}) + number, {run:UInt64} FROM numbers({days:UInt32})', { view: view.name, from, run, days: (to.getTime() - from.getTime()) / DAY_MS }, { name: 'desk_days_end' });
  }
  const took = Date.now() - began;
  await end(store, { view: view.name, run, until, known, days: days.length, took });
  return { days: days.length, all, tookMs: took };
}

async function end(store: Store, row: { view: string; run: number; until: Date; known: string; days: number; took: number }): Promise<void> {
  await store.command(
    "INSERT INTO desk_runs (view, run, touched_until, known_by, days, took_ms) SELECT {view:String}, {run:UInt64}, {until:DateTime64(3, 'UTC')}, {known:String}, {days:UInt32}, {took:UInt32}", row, { name: 'desk_run_end' });
}

/** Runs of days that follow each other, the newest first: what people look at is right soonest. */
function blocks(days: readonly number[]): { from: Date; to: Date }[] {
  const found: { from: number; to: number }[] = [];
  for (const day of days) {
    const last = found.at(-1);
    if (last && last.from - day === DAY_MS && last.to - day <= DAYS_AT_ONCE * DAY_MS) last.from = day;
    else if (!last || last.from !== day) found.push({ from: day, to: day + DAY_MS });
  }
  return found.map(({ from, to }) => ({ from: new Date(from), to: new Date(to) }));
}

/** Writes rows of some days, as a statement over other views makes them. */
export async function fillDays(store: Store, name: string, sql: string, params: Record<string, unknown>): Promise<void> {
  await store.command(sql, params, { name, ...SLOW });
}

/** After views were let go of, rebuilt or restored: the next run works everything out. */
export async function deskAnew(store: Store): Promise<void> {
  await store.command('TRUNCATE TABLE IF EXISTS desk_runs', {}, { name: 'desk_anew' });
}
