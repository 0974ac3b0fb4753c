/** `npm run rebuild -- <view> …`: recomputes views from the log while the product runs, and swaps each in whole. */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { createStore, defineQuery, type Store } from './client';
import { chainsAnew } from './chains';
import { deskAnew } from './desk';
import { identifier } from './engine/statement';
import { inferAnew } from './inference';
import { matchAnew } from './matches';
import { logBeginsAt } from './retention';

/** Queues, whose content has been dealt with, and what is filled by runs of the keeper instead of the log. */
const NO_VIEW = ['match_touched', 'chain_touched', 'chain_days', 'chain_heads', 'move_touched', 'order_desk', 'desk_touched', 'accruals', 'open_touched'];
/** What the three-way match, the chains and inferred relations are computed from: they are then computed anew too. */
const MATCHED_FROM = ['document_lines', 'master_records'];
const CHAINED_FROM = ['document_lines', 'links'];
const INFERRED_FROM = [...CHAINED_FROM, 'item_moves', 'master_records'];
/** And what pages on cases, master data and reconciliation read. */
const DESKED_FROM = [...CHAINED_FROM, 'object_events', 'handovers', 'reconciliation_totals', 'master_records'];
/** Longest that an insert which began before the new table was fed is waited for. */
const INSERTS_MS = 120_000;
const SECONDS = 3_600;

const fills = defineQuery({
  name: 'rebuild_fills',
  sql: `SELECT name, as_select, extract(create_table_query, ' TO ([^ (]+)') AS target FROM system.tables WHERE database = currentDatabase() AND engine = 'MaterializedView' ORDER BY name`,
  params: z.object({}),
  row: z.object({ name: z.string(), as_select: z.string(), target: z.string() }),
});

const months = defineQuery({
  name: 'rebuild_months',
  sql: 'SELECT DISTINCT _partition_id AS month FROM events ORDER BY month',
  params: z.object({}),
  row: z.object({ month: z.string() }),
});

const timeColumns = defineQuery({
  name: 'rebuild_time_columns',
  sql: "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {table:String} AND name IN ('time', 'last_time')",
  params: z.object({ table: z.string() }),
  row: z.object({ name: z.string() }),
});

const runningInserts = defineQuery({
  name: 'rebuild_running_inserts',
  sql: "SELECT count() AS inserts FROM system.processes WHERE query_kind = 'Insert' AND current_database = currentDatabase() AND elapsed * 1000 > {ms:Float64}",
  params: z.object({ ms: z.number() }),
  row: z.object({ inserts: z.number() }),
});

interface Fill {
  name: string;
  select: string;
}

/** The views of the log by name, each with the statements that fill it. */
export async function viewsOfTheLog(store: Store): Promise<Map<string, Fill[]>> {
  const views = new Map<string, Fill[]>();
  for (const { name, as_select, target } of await fills(store, {})) {
    const view = target.split('.').at(-1)?.replaceAll('`', '') ?? '';
    if (!NO_VIEW.includes(view)) views.set(view, [...(views.get(view) ?? []), { name, select: as_select }]);
  }
  return views;
}

export interface Rebuilt {
  rows: number;
  tookMs: number;
}

/**
 * Rebuilds one view beside the old one, which serves pages until the new one takes its place in one step. What arrives in
 * the meantime goes into both. What the view has from before the log begins (older months were dropped) is kept.
 */
export async function rebuildView(store: Store, view: string, say: (line: string) => void = () => undefined): Promise<Rebuilt> {
  const views = await viewsOfTheLog(store);
  const statements = views.get(view);
  if (!statements) throw new Error(`There is no view ${view}. The views are: ${[...views.keys()].join(', ')}.`);
  const began = Date.now();
  const fresh = identifier(`${view}_rebuilt`);
  const run = (name: string, sql: string, params = {}) => store.command(sql, params, { name, settings: { max_execution_time: SECONDS } });
  const discard = async () => {
    for (const fill of statements) await run('rebuild_unfeed', `DROP VIEW IF EXISTS ${identifier(`${fill.name}_rebuilt`)} SYNC`);
    await run('rebuild_drop', `DROP TABLE IF EXISTS ${fresh} SYNC`);
  };

  await discard();
  try {
    await run('rebuild_create', `CREATE TABLE ${fresh} AS ${identifier(view)}`);
    for (const fill of statements) await run('rebuild_feed', `CREATE MATERIALIZED VIEW ${identifier(`${fill.name}_rebuilt`)} TO ${fresh} AS ${fill.select}`);
    await insertsEnded(store);
    for (const { month } of await months(store, {})) {
      say(`${view}: ${month}`);
      for (const fill of statements) await run('rebuild_fill', await filling(store, fresh, fill.select), { month });
    }
    await keepFrozen(store, view, fresh, run);
    await run('rebuild_exchange', `EXCHANGE TABLES ${identifier(view)} AND ${fresh}`);
    if (MATCHED_FROM.includes(view)) await matchAnew(store);
    if (DESKED_FROM.includes(view)) await deskAnew(store);
    if (CHAINED_FROM.includes(view)) await chainsAnew(store);
    if (INFERRED_FROM.includes(view)) await inferAnew(store);
  } finally {
    await discard();
  }
  const [row] = await store.select<{ rows: number }>(`SELECT count() AS rows FROM ${identifier(view)}`, {}, { name: 'rebuild_count' });
  return { rows: row?.rows ?? 0, tookMs: Date.now() - began };
}

/** An insert takes its views at its beginning: those that began before the new table was fed must have ended before the log is read. */
async function insertsEnded(store: Store): Promise<void> {
  const began = Date.now();
  while (Date.now() - began < INSERTS_MS) {
    const [row] = await runningInserts(store, { ms: Date.now() - began });
    if ((row?.inserts ?? 0) === 0) return;
    await sleep(200);
  }
  throw new Error('An insert has been running for minutes; nothing was changed. Try again once it has ended.');
}

/** The view's own statement over one month of the log. A materialized view inserts by name, an INSERT … SELECT by position. */
async function filling(store: Store, table: string, select: string): Promise<string> {
  const overMonth = select.replace(/\bFROM\s+(?:`?[A-Za-z0-9_]+`?\.)?`?events`?(?=\s|\)|$)/, 'FROM (SELECT * FROM events WHERE _partition_id = {month:String}) AS events');
  if (overMonth === select) throw new Error(`The statement that fills ${table} does not read the log: ${select.slice(0, 200)}`);
  const columns = await store.select<{ name: string }>(`DESCRIBE (${overMonth})`, { month: '' }, { name: 'rebuild_columns' });
  return `INSERT INTO ${table} (${columns.map(({ name }) => identifier(name)).join(', ')}) ${overMonth}`;
}

async function keepFrozen(store: Store, view: string, fresh: string, run: (name: string, sql: string) => Promise<void>): Promise<void> {
  const [time] = await timeColumns(store, { table: view });
  if (!time) return;
  const column = identifier(time.name);
  // What came late for a month that was let go of does not bring that month back.
  const letGo = `toDateTime64('${((await logBeginsAt(store)) ?? new Date(0)).toISOString().slice(0, 10)} 00:00:00', 3, 'UTC')`;
  const begins = `(SELECT toStartOfMonth(min(time)) FROM events WHERE NOT startsWith(type, 'ops.') HAVING count() > 0)`;
  await run('rebuild_frozen', `INSERT INTO ${fresh} SELECT * FROM ${identifier(view)} WHERE ${column} < greatest(ifNull(toDateTime64(${begins}, 3, 'UTC'), ${letGo}), ${letGo})`);
}

async function main(): Promise<void> {
  const store = createStore();
  try {
    const asked = process.argv.slice(2);
    const views = [...(await viewsOfTheLog(store)).keys()];
    if (asked.length === 0) {
      console.log(`Usage: npm run rebuild -- <view> …, or all. The views are: ${views.join(', ')}.`);
      return;
    }
    for (const view of asked.includes('all') ? views : asked) {
      const { rows, tookMs } = await rebuildView(store, view, (line) => console.log(line));
      console.log(`${view}: ${rows.toLocaleString('en')} rows from the log, in place after ${(tookMs / 1000).toFixed(1)} s.`);
    }
  } finally {
    await store.close();
  }
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  });
}
