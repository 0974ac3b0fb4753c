import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../../clickhouse/client';
import { viewsSeen } from '../../clickhouse/queries/seen';
import type { ImportSummary, Portion } from './run';

/** What the store has of an import. */
export interface Confirmation {
  /** Distinct events of the file that can be read. */
  readonly events: number;
  /** Dead letters of the file: records that the mapping refused, and events that the listener refused. */
  readonly deadLetters: number;
  readonly refusedByListener: number;
  /** Neither one nor the other when the wait ended. */
  readonly missing: number;
  readonly reasons: ReadonlyMap<string, number>;
}

const SUBJECTS = 2_000;

/** Dead letters of this mapping that the store has already, by subject. */
export async function knownDeadLetters(store: Store, mapping: string): Promise<Set<string>> {
  const rows = await store.select<{ subject: string }>("SELECT DISTINCT subject FROM dead_letters WHERE mapping = {mapping:String} AND startsWith(subject, 'events.import.')", { mapping }, { name: 'import-known-dead' });
  return new Set(rows.map(({ subject }) => subject));
}

/**
 * Waits until every event and dead letter of the import can be read, asking by identity and not by count of rows, so
 * that what was there before is told apart from what is missing.
 * @param waitMs how long to wait without any progress
 * @param waiting called with how many are still to come
 */
export async function confirm(store: Store, summary: ImportSummary, stream: string, waitMs: number, waiting: (left: number) => void): Promise<Confirmation> {
  const confirmation = await eventsSeen(store, summary, stream, waitMs, waiting);
  // Pages read views.
  await viewsSeen(store, waitMs);
  return confirmation;
}

async function eventsSeen(store: Store, summary: ImportSummary, stream: string, waitMs: number, waiting: (left: number) => void): Promise<Confirmation> {
  let open: { portion: Portion; found: number }[] = summary.portions.map((portion) => ({ portion, found: 0 }));
  let events = 0;
  let deadFound = 0;
  let last = Date.now();
  const expected = summary.events + summary.deadSubjects.length;
  for (;;) {
    const before = events + deadFound + open.reduce((sum, { found }) => sum + found, 0);
    const still: typeof open = [];
    for (const item of open) {
      item.found = await eventsFound(store, item.portion);
      if (item.found >= item.portion.ids.length) events += item.found;
      else still.push(item);
    }
    open = still;
    deadFound = await deadFoundBySubject(store, summary.deadSubjects);
    const now = events + deadFound + open.reduce((sum, { found }) => sum + found, 0);
    if (now >= expected) break;
    if (now > before) last = Date.now();
    // What the listener refused never becomes readable as an event; it is looked for once nothing moves any more.
    const stillFor = Date.now() - last;
    if (stillFor > Math.min(waitMs, 3_000) && open.length > 0) {
      const refused = await Promise.all(open.map(({ portion }) => refusedEvents(store, portion, stream)));
      const settled = refused.reduce((sum, { total, renamed }) => sum + total + renamed, 0);
      if (now + settled >= expected || stillFor > waitMs) return settle(summary, events, deadFound, open, refused);
    } else if (stillFor > waitMs) break;
    waiting(expected - now);
    await sleep(400);
  }
  return settle(summary, events, deadFound, open, []);
}

type Refused = Awaited<ReturnType<typeof refusedEvents>>;

function settle(summary: ImportSummary, events: number, deadFound: number, open: readonly { found: number }[], refused: readonly Refused[]): Confirmation {
  const reasons = new Map<string, number>();
  let refusedByListener = 0;
  let readable = events + open.reduce((sum, { found }) => sum + found, 0);
  for (const { total, renamed, byReason } of refused) {
    refusedByListener += total;
    readable += renamed;
    for (const [reason, count] of byReason) reasons.set(reason, (reasons.get(reason) ?? 0) + count);
  }
  const deadLetters = deadFound + refusedByListener;
  return { events: readable, deadLetters, refusedByListener, missing: Math.max(summary.events + summary.deadSubjects.length - readable - deadLetters, 0), reasons };
}

async function eventsFound(store: Store, portion: Portion): Promise<number> {
  const [row] = await store.select<{ found: number }>(
    `SELECT uniqExact(id) AS found FROM events WHERE source = {source:String} AND time >= {from:DateTime64(3, 'UTC')} AND time <= {to:DateTime64(3, 'UTC')} AND id IN {ids:Array(String)}`,
    { source: portion.source, from: new Date(portion.from), to: new Date(portion.to), ids: portion.ids },
    { name: 'import-confirm' },
  );
  return Number(row?.found ?? 0);
}

async function deadFoundBySubject(store: Store, subjects: readonly string[]): Promise<number> {
  let found = 0;
  for (let at = 0; at < subjects.length; at += SUBJECTS) {
    const [row] = await store.select<{ found: number }>('SELECT uniqExact(subject) AS found FROM dead_letters WHERE subject IN {subjects:Array(String)}', { subjects: subjects.slice(at, at + SUBJECTS) }, { name: 'import-confirm-dead' });
    found += Number(row?.found ?? 0);
  }
  return found;
}

/** Events that the listener kept as dead letters, and those whose id it replaced because it held patient data. */
async function refusedEvents(store: Store, portion: Portion, stream: string): Promise<{ total: number; renamed: number; byReason: Map<string, number> }> {
  const params = { source: portion.source, ids: portion.ids, stream, sequences: portion.sequences };
  const rows = await store.select<{ reason: string; total: number }>(
    `SELECT concat(reason_code, ': ', any(reason)) AS reason, uniqExact(if(event_id != '', event_id, toString(stream_seq))) AS total FROM dead_letters
     WHERE (source = {source:String} AND event_id IN {ids:Array(String)}) OR (stream = {stream:String} AND stream_seq IN {sequences:Array(UInt64)}) GROUP BY reason_code`,
    params,
    { name: 'import-refused' },
  );
  const [other] = await store.select<{ renamed: number }>(
    `SELECT uniqExact(identity) AS renamed FROM events WHERE stream = {stream:String} AND stream_seq IN {sequences:Array(UInt64)} AND id NOT IN {ids:Array(String)}`,
    params,
    { name: 'import-renamed' },
  );
  return { total: rows.reduce((sum, { total }) => sum + Number(total), 0), renamed: Number(other?.renamed ?? 0), byReason: new Map(rows.map(({ reason, total }) => [reason, Number(total)])) };
}
