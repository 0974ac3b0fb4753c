import type { Store } from '@/clickhouse/client';
import { endExceptionRun, sweepExceptions, writeChanged, writeNew, writeSettled, type ExceptionContent, type KnownException } from '@/clickhouse/exceptions';
import { exceptionNews, lastExceptionRun, standingExceptions } from '@/clickhouse/queries/exceptions-kept';
import { findExceptions, Resting } from './find';

/**
 * Keeps the work list up with the log and the clock. A run works out every exception that stands (./find.ts, the one
 * definition) and writes what differs from what is kept: what is new, what says something else, and what the facts have
 * settled. Runs may be repeated, break off or overlap: the next one compares again.
 */

export interface ExceptionRun {
  found: number;
  /** New ones, among them those that came up again. */
  added: number;
  changed: number;
  settled: number;
  tookMs: number;
}

/** One run, whatever the news. */
export async function refreshExceptions(store: Store, options: { now?: Date; resting?: Resting } = {}): Promise<ExceptionRun> {
  const began = Date.now();
  const [last] = await lastExceptionRun(store, {});
  const run = Math.max(began, (last?.run ?? 0) + 1);
  const known = new Map<string, KnownException & { content: string; facts: string }>();
  for await (const row of standingExceptions.stream(store, {})) known.set(row.key, row);
  const { at, rows, cut } = await findExceptions(store, options);
  const seen = new Date().toISOString();

  const fresh: ExceptionContent[] = [];
  const changed: (ExceptionContent & KnownException)[] = [];
  const kept = new Set<string>();
  for (const row of rows) {
    // Of two of one name the first stands.
    if (kept.has(row.key)) continue;
    kept.add(row.key);
    const before = known.get(row.key);
    if (!before) fresh.push(row);
    else if (before.content !== row.content) changed.push({ ...row, occurrence: before.occurrence, found_at: before.found_at, changed_at: before.facts === row.facts ? before.changed_at : seen });
  }
  // Of a kind that was cut nobody knows what else stands.
  const gone = [...known.keys()].filter((key) => !kept.has(key) && !cut.some((kind) => key.startsWith(`${kind}:`)));
  await writeNew(store, run, seen, fresh);
  await writeChanged(store, run, changed);
  await writeSettled(store, run, seen, gone);
  const tookMs = Date.now() - began;
  await endExceptionRun(store, { run, at: at.toISOString(), found: kept.size, changed: fresh.length + changed.length + gone.length, cut, took_ms: tookMs });
  return { found: kept.size, added: fresh.length, changed: changed.length, settled: gone.length, tookMs };
}

/** The clock alone makes exceptions too. */
const AT_LEAST_EVERY_MS = 30_000;
/** Match and chains this far behind what was recorded (a history that comes in) would find what the next moment settles. */
const MOST_BEHIND_MS = 6_000;
/** All the same the list is brought up after this long. */
const LONGEST_WAIT_MS = 120_000;

/** For the keeper: a run whenever something was recorded or worked out since the last one, and now and then for the clock. */
export function exceptionKeeper(store: Store): () => Promise<ExceptionRun | null> {
  const resting = new Resting();
  let seen = '';
  let ranAt = 0;
  const began = Date.now();
  return async () => {
    const [news] = await exceptionNews(store, {});
    // Before match and chains are there, half of everything would look orphaned; before the desk is, nothing would be wrong with it.
    if (!news || news.match_run === 0 || news.chain_run === 0 || news.desks < 2) return null;
    if (news.behind_ms > MOST_BEHIND_MS && Date.now() - Math.max(ranAt, began) < LONGEST_WAIT_MS) return null;
    const now = JSON.stringify([news.match_run, news.chain_run, news.desk_run, news.recorded]);
    if (now === seen && Date.now() - ranAt < AT_LEAST_EVERY_MS) return null;
    const run = await refreshExceptions(store, { resting });
    seen = now;
    ranAt = Date.now();
    if (run.settled > 0) await sweepExceptions(store);
    return run;
  };
}
