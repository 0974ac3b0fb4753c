import { insertRows, type Store } from './client';
import { settledBefore } from './queries/exceptions-kept';

/** Writes the work list: what a run of server/exceptions/keep.ts found, where it differs from what stands. */

/** One exception as it is written, without what a run adds. */
export interface ExceptionContent {
  key: string;
  kind: string;
  severity: string;
  owner: string;
  facility: string;
  interface: string;
  stage: string;
  what: string;
  object_type: string;
  object_id: string;
  reason: string;
  supplier: string;
  item: string;
  since: string;
  value: string | null;
  currency: string;
  facts: string;
  content: string;
}

export interface KnownException {
  occurrence: number;
  found_at: string;
  changed_at: string;
}

/** Rows of one insert, keys of one statement. */
const AT_ONCE = 5_000;
/** Rows that are gone are swept out when there are more of them than this, and than rows that are not. */
const MOST_GONE = 20_000;
const SETTLED_COLUMNS = `kind, severity, owner, facility, interface, stage, what, object_type, object_id, reason, supplier, item, since, value, currency, facts, content, occurrence, found_at, changed_at`;

function* lots<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < list.length; at += AT_ONCE) yield list.slice(at, at + AT_ONCE);
}

/** Exceptions that are new: found now, or come up again after the facts had settled them. Returns how many came up again. */
export async function writeNew(store: Store, run: number, at: string, rows: readonly ExceptionContent[]): Promise<number> {
  let again = 0;
  for (const lot of lots(rows)) {
    const before = new Map((await settledBefore(store, { keys: lot.map(({ key }) => key) })).map(({ key, occurrence }) => [key, occurrence]));
    again += before.size;
    const standing = lot.map((row) => ({ settled: 0, run, gone: 0, ...row, occurrence: (before.get(row.key) ?? 0) + 1, found_at: at, changed_at: at }));
    const left = [...before.keys()].map((key) => ({ settled: 1, run, gone: 1, key }));
    // In one insert, which the store takes whole or not at all.
    await insertRows(store, 'exceptions', [...standing, ...left]);
  }
  return again;
}

/** Exceptions that stand and of which something else is said than before. */
export async function writeChanged(store: Store, run: number, rows: readonly (ExceptionContent & KnownException)[]): Promise<void> {
  for (const lot of lots(rows)) await insertRows(store, 'exceptions', lot.map((row) => ({ settled: 0, run, gone: 0, ...row })));
}

/** Exceptions that the facts say nothing of any more. Both sides in one insert. */
export async function writeSettled(store: Store, run: number, at: string, keys: readonly string[]): Promise<void> {
  for (const lot of lots(keys)) {
    await store.command(
      `INSERT INTO exceptions (settled, key, run, gone, ${SETTLED_COLUMNS}, settled_at)
       SELECT side, key, {run:UInt64}, side = 0, ${SETTLED_COLUMNS}, parseDateTime64BestEffort({at:String}, 3, 'UTC')
       FROM (SELECT * FROM exceptions FINAL WHERE settled = 0 AND NOT gone AND key IN {keys:Array(String)}) ARRAY JOIN [0, 1] AS side`,
      { run, at, keys: lot }, { name: 'exceptions_settle' },
    );
  }
}

export async function endExceptionRun(store: Store, row: { run: number; at: string; found: number; changed: number; cut: readonly string[]; took_ms: number }): Promise<void> {
  await insertRows(store, 'exception_runs', [row]);
}

/** Sweeps out rows that are gone, once they are the greater part: merged first, so that none of an older run comes back. */
export async function sweepExceptions(store: Store): Promise<boolean> {
  const [count] = await store.select<{ gone: number; rows: number }>('SELECT countIf(gone) AS gone, count() AS rows FROM exceptions', {}, { name: 'exceptions_gone' });
  if (!count || count.gone < MOST_GONE || count.gone * 2 < count.rows) return false;
  const patient = { settings: { max_execution_time: 280 } } as const;
  await store.command('OPTIMIZE TABLE exceptions FINAL', {}, { name: 'exceptions_merge', ...patient });
  await store.command('ALTER TABLE exceptions DELETE WHERE gone', {}, { name: 'exceptions_sweep', ...patient });
  return true;
}
