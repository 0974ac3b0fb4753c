/** `npm run retention -- [--dry-run]`: lets go of months that are past what the configuration keeps. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { createStore, defineQuery, ndjson, type Store } from './client';
import { chainsAnew } from './chains';
import { deskAnew } from './desk';
import { identifier } from './engine/statement';
import { inferAnew } from './inference';
import { matchAnew } from './matches';

/**
 * Months that are kept beside the current one; undefined keeps for ever. Months are those of an event's own time (a
 * dead letter's: of its recording), in UTC. What people did here (`ops` events) stays whatever these say, and so does
 * master data, which is in force until it is replaced.
 */
export interface RetentionSettings {
  /** Raw payloads: of events, and of dead letters with their headers. */
  readonly payload: number | undefined;
  /** Events and dead letters. A view that holds such a month longer holds it frozen: nothing can compute it again. */
  readonly log: number | undefined;
  /** What pages read: facts, hand-overs, balances, links, keys. */
  readonly views: number | undefined;
}

const VARIABLES = { payload: 'THROUGHLINE_RETENTION_PAYLOAD_MONTHS', log: 'THROUGHLINE_RETENTION_LOG_MONTHS', views: 'THROUGHLINE_RETENTION_VIEW_MONTHS' } as const;

/** @throws Error that names the variable and what to do */
export function retentionSettings(env: Record<string, string | undefined> = process.env): RetentionSettings {
  const months = (name: string): number | undefined => {
    const text = env[name];
    if (!text) return undefined;
    if (!/^[1-9]\d{0,3}$/.test(text)) throw new Error(`${name} is "${text}": set it to a number of months from 1 on, or unset it to keep for ever`);
    return Number(text);
  };
  const settings = { payload: months(VARIABLES.payload), log: months(VARIABLES.log), views: months(VARIABLES.views) };
  if (settings.views !== undefined && (settings.log === undefined || settings.log > settings.views)) {
    throw new Error(`${VARIABLES.views} is ${settings.views}, less than the log is kept: set ${VARIABLES.log} to at most that, or keep the views longer`);
  }
  return settings;
}

/** What was let go of, or would be. */
export interface Expiry {
  what: 'payload' | 'log' | 'view';
  table: string;
  /** YYYYMM; of a table without months of its own the last month that went, with all before it. */
  month: number;
  rows: number;
}

type Way = { readonly table: string; readonly by: 'month' } | { readonly table: string; readonly by: 'row'; readonly time: string };

/** Views by month drop the month whole; of the others, whose rows are kept by their key, the rows of that time go. */
const VIEWS: readonly Way[] = [
  { table: 'handovers', by: 'month' },
  { table: 'balances', by: 'month' },
  { table: 'document_lines', by: 'row', time: 'time' },
  { table: 'object_events', by: 'row', time: 'time' },
  { table: 'document_events', by: 'row', time: 'time' },
  { table: 'case_postings', by: 'row', time: 'last_time' },
  { table: 'trace_events', by: 'row', time: 'time' },
  { table: 'item_moves', by: 'row', time: 'time' },
  { table: 'links', by: 'row', time: 'time' },
  { table: 'link_steps', by: 'row', time: 'time' },
  { table: 'search_keys', by: 'row', time: 'last_time' },
  { table: 'event_keys', by: 'row', time: 'hour' },
  { table: 'exceptions', by: 'row', time: 'since' },
  { table: 'match_keys', by: 'row', time: 'last_time' },
  { table: 'reconciliation_totals', by: 'row', time: 'time' },
  { table: 'case_lines', by: 'month' },
  { table: 'quality_seen', by: 'month' },
  { table: 'reconciliation_compared', by: 'month' },
  { table: 'contract_lines', by: 'month' },
];

/** The first month that is kept, as YYYYMM. */
export function firstKept(months: number, now: Date): number {
  const first = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1));
  return first.getUTCFullYear() * 100 + first.getUTCMonth() + 1;
}

/**
 * Lets go of what is past its months. To be run again does nothing; what broke off is taken up. A month that something
 * came for late is let go of again.
 */
export async function applyRetention(store: Store, settings: RetentionSettings, { now = new Date(), dryRun = false } = {}): Promise<Expiry[]> {
  const done: Expiry[] = [];
  const each = async (found: Expiry[], act: (expiry: Expiry) => Promise<void>) => {
    for (const expiry of found) {
      if (!dryRun) {
        await act(expiry);
        await store.insert('expired', ndjson([{ what: expiry.what === 'view' ? expiry.table : expiry.what, month: expiry.month, expired_at: now.toISOString() }]));
      }
      done.push(expiry);
    }
  };
  // The log first: payloads of a month that goes whole need not be rewritten.
  if (settings.log !== undefined) {
    const before = firstKept(settings.log, now);
    if (!dryRun) await dropLeftovers(store);
    await each(await expiredEvents(store, before), ({ month }) => letGoOfEvents(store, month));
    await each(await months(store, 'log', 'dead_letters', before), (expiry) => dropMonth(store, expiry));
  }
  if (settings.payload !== undefined) {
    const before = firstKept(settings.payload, now);
    const gone = new Set(done.map(({ table, month }) => `${table} ${month}`));
    for (const { table, condition, clear } of PAYLOADS) {
      const found = (await payloads(store, table, condition, before)).filter(({ month }) => !gone.has(`${table} ${month}`));
      await each(found, ({ month }) => mutate(store, table, `UPDATE ${clear} IN PARTITION ID '${month}' WHERE ${condition}`));
    }
  }
  if (settings.views !== undefined) {
    const before = firstKept(settings.views, now);
    for (const view of VIEWS) {
      if (view.by === 'month') await each(await months(store, 'view', view.table, before), (expiry) => dropMonth(store, expiry));
      else await each(await oldRows(store, view, before), () => mutate(store, view.table, `DELETE WHERE ${older(view.time, before)}`));
    }
    // The match and the chains stand on facts that are gone now: they are computed anew from those that are left.
    if (!dryRun && done.some(({ table }) => table === 'document_lines')) {
      await matchAnew(store);
      await chainsAnew(store);
      await inferAnew(store);
      await deskAnew(store);
    }
  }
  return done;
}

/** Since when the log is whole: what views hold from before is frozen. Null where no month was let go of. */
export async function logBeginsAt(store: Store): Promise<Date | null> {
  const [row] = await store.select<{ month: number }>("SELECT max(month) AS month FROM expired WHERE what = 'log'");
  if (!row || row.month === 0) return null;
  return new Date(Date.UTC(Math.floor(row.month / 100), row.month % 100, 1));
}

const OPS = "startsWith(type, 'ops.')";

const PAYLOADS = [
  { table: 'events', condition: `payload != '' AND NOT ${OPS}`, clear: "payload = ''" },
  { table: 'dead_letters', condition: "raw != '' OR headers NOT IN ('', '{}')", clear: "raw = '', headers = ''" },
] as const;

const older = (time: string, before: number) => `${time} < toDateTime64('${String(before).slice(0, 4)}-${String(before).slice(4)}-01 00:00:00', 3, 'UTC')`;

const monthRow = z.object({ month: z.number(), rows: z.number() });

const monthsOf = defineQuery({
  name: 'retention_months',
  sql: `SELECT toUInt32(partition_id) AS month, sum(rows) AS rows FROM system.parts
    WHERE database = currentDatabase() AND table = {table:String} AND active AND toUInt32OrZero(partition_id) BETWEEN 190001 AND {before:UInt32} - 1 GROUP BY month ORDER BY month`,
  params: z.object({ table: z.string(), before: z.number() }),
  row: monthRow,
});

async function months(store: Store, what: Expiry['what'], table: string, before: number): Promise<Expiry[]> {
  return (await monthsOf(store, { table, before })).map((row) => ({ what, table, ...row }));
}

const SLOW = { settings: { max_execution_time: 280 } } as const;

/** Months of the log that hold more than what people did here. */
async function expiredEvents(store: Store, before: number): Promise<Expiry[]> {
  const found: Expiry[] = [];
  for (const { month } of await monthsOf(store, { table: 'events', before })) {
    const [row] = await store.select<{ rows: number }>(`SELECT countIf(NOT ${OPS}) AS rows FROM events WHERE toYYYYMM(time) = {month:UInt32}`, { month }, SLOW);
    if (row && row.rows > 0) found.push({ what: 'log', table: 'events', month, rows: row.rows });
  }
  return found;
}

async function payloads(store: Store, table: string, condition: string, before: number): Promise<Expiry[]> {
  const time = table === 'events' ? 'time' : 'recorded_at';
  const found: Expiry[] = [];
  for (const { month } of await monthsOf(store, { table, before })) {
    const [row] = await store.select<{ rows: number }>(`SELECT count() AS rows FROM ${identifier(table)} WHERE toYYYYMM(${time}) = {month:UInt32} AND (${condition})`, { month }, SLOW);
    if (row && row.rows > 0) found.push({ what: 'payload', table, month, rows: row.rows });
  }
  return found;
}

async function oldRows(store: Store, view: Way & { by: 'row' }, before: number): Promise<Expiry[]> {
  const [row] = await store.select<{ rows: number }>(`SELECT count() AS rows FROM ${identifier(view.table)} WHERE ${older(view.time, before)}`, {}, SLOW);
  const last = before % 100 === 1 ? before - 89 : before - 1;
  return row && row.rows > 0 ? [{ what: 'view', table: view.table, month: last, rows: row.rows }] : [];
}

async function dropMonth(store: Store, { table, month }: Expiry): Promise<void> {
  await store.command(`ALTER TABLE ${identifier(table)} DROP PARTITION ID '${month}'`);
}

/**
 * Lets go of a month of the log, at once and whole: a copy of what people did here in it takes its place. Such events
 * carry the present time, so none can come into an old month meanwhile.
 */
async function letGoOfEvents(store: Store, month: number): Promise<void> {
  const kept = identifier(`${LEFTOVER}${randomBytes(6).toString('hex')}`);
  const ofMonth = `toYYYYMM(time) = ${month} AND ${OPS}`;
  await store.command(`CREATE TABLE ${kept} AS events`);
  try {
    await store.command(`INSERT INTO ${kept} SELECT * FROM events WHERE ${ofMonth}`, {}, SLOW);
    const [same] = await store.select<{ same: number }>(`SELECT (SELECT groupBitXor(cityHash64(event_key)) FROM (SELECT DISTINCT event_key FROM events WHERE ${ofMonth})) = (SELECT groupBitXor(cityHash64(event_key)) FROM (SELECT DISTINCT event_key FROM ${kept})) AS same`);
    if (same?.same !== 1) throw new Error(`the copy of what people did in ${month} is not whole: nothing was let go of`);
    const [any] = await store.select<{ rows: number }>(`SELECT count() AS rows FROM ${kept}`);
    await store.command(any && any.rows > 0 ? `ALTER TABLE events REPLACE PARTITION ID '${month}' FROM ${kept}` : `ALTER TABLE events DROP PARTITION ID '${month}'`);
  } finally {
    await store.command(`DROP TABLE ${kept} SYNC`);
  }
}

const LEFTOVER = 'events_kept_';

/** Copies of a run that was killed. */
async function dropLeftovers(store: Store): Promise<void> {
  const tables = await store.select<{ name: string }>(`SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, '${LEFTOVER}') AND metadata_modification_time < now() - INTERVAL 1 DAY`);
  for (const { name } of tables) await store.command(`DROP TABLE IF EXISTS ${identifier(name)} SYNC`);
}

const POLL_MS = 500;

/** Runs a mutation to its end, however long it rewrites. */
async function mutate(store: Store, table: string, change: string): Promise<void> {
  await store.command(`ALTER TABLE ${identifier(table)} ${change} SETTINGS mutations_sync = 0`);
  for (;;) {
    const rows = await store.select<{ reason: string }>('SELECT latest_fail_reason AS reason FROM system.mutations WHERE database = currentDatabase() AND table = {table:String} AND NOT is_done', { table });
    const failed = rows.find(({ reason }) => reason !== '');
    if (failed) throw new Error(`${table}: ${failed.reason.split('\n')[0] ?? ''}`);
    if (rows.length === 0) return;
    await sleep(POLL_MS);
  }
}

/** `log 202501: 12345 rows of events` */
export function sentence({ what, table, month, rows }: Expiry): string {
  const which = what === 'view' && VIEWS.some((view) => view.table === table && view.by === 'row') ? `up to ${month}` : String(month);
  return `${what} ${which}: ${rows} rows of ${table}`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ args: process.argv.slice(2), options: { 'dry-run': { type: 'boolean' } } });
  const dryRun = values['dry-run'] ?? false;
  const settings = retentionSettings();
  if (Object.values(settings).every((months) => months === undefined)) {
    process.stdout.write(`Everything is kept for ever: set ${Object.values(VARIABLES).join(', ')} to let months go.\n`);
    return;
  }
  const store = createStore();
  try {
    const done = await applyRetention(store, settings, { dryRun });
    for (const expiry of done) process.stdout.write(`${sentence(expiry)}${dryRun ? ' would go' : ''}\n`);
    if (done.length === 0) process.stdout.write('Nothing is past its months.\n');
  } finally {
    await store.close();
  }
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main().catch((error: unknown) => {
    process.stderr.write(`retention: ${(error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, ' ')}\n`);
    process.exitCode = 1;
  });
}
