import type { Store } from '@/clickhouse/client';
import { endExceptionRun, sweepExceptions, writeChanged, writeNew, writeSettled, type ExceptionContent, type KnownException } from '@/clickhouse/exceptions';
import { lastExceptionRun, standingExceptions } from '@/clickhouse/queries/exceptions-kept';
import { exceptionNews, standingByKey } from '@/clickhouse/queries/exceptions-touched';
import type { ExceptionRow } from './compose';
import { findExceptions, Resting } from './find';
import type { Found } from './found';
import { inTurns } from '../in-turns';
import { findTouched, knownBy, marksOf, type News, type Seen } from './touched';

/**
 * Keeps the work list up with the log and the clock. A first run works out every exception that stands (./find.ts, the one
 * definition), later ones what has been touched since (./touched.ts); each writes what differs from what is kept: what is
 * new, what says something else, and what the facts have settled. Runs may be repeated, break off or overlap: the next one
 * compares again.
 */

export interface ExceptionRun {
  /** How many stand. */
  found: number;
  /** New ones, among them those that came up again. */
  added: number;
  changed: number;
  settled: number;
  /** Whether everything was worked out. */
  all: boolean;
  tookMs: number;
}

type Standing = KnownException & { key: string; content: string; facts: string };
/** Keys of one statement. */
const AT_ONCE = 5_000;

/** Begins a run, and writes what differs from what stands. */
class Writing {
  private readonly began = Date.now();
  private constructor(private readonly store: Store, private readonly run: number) {}

  static async begin(store: Store): Promise<Writing> {
    const [last] = await lastExceptionRun(store, {});
    return new Writing(store, Math.max(Date.now(), (last?.run ?? 0) + 1));
  }

  async write(rows: readonly ExceptionRow[], known: ReadonlyMap<string, Standing>, gone: readonly string[], of: { at: Date; found: number; cut: readonly string[]; all: boolean }): Promise<ExceptionRun & { run: number }> {
    const { store, run } = this;
    const seen = new Date().toISOString();
    const fresh: ExceptionContent[] = [];
    const changed: (ExceptionContent & KnownException)[] = [];
    await inTurns(store, rows, (row) => {
      const before = known.get(row.key);
      if (!before) fresh.push(row);
      else if (before.content !== row.content) changed.push({ ...row, occurrence: before.occurrence, found_at: before.found_at, changed_at: before.facts === row.facts ? before.changed_at : seen });
    });
    await writeNew(store, run, seen, fresh);
    await writeChanged(store, run, changed);
    await writeSettled(store, run, seen, gone);
    const tookMs = Date.now() - this.began;
    await endExceptionRun(store, { run, at: of.at.toISOString(), found: of.found, changed: fresh.length + changed.length + gone.length, cut: of.cut, took_ms: tookMs });
    return { found: of.found, added: fresh.length, changed: changed.length, settled: gone.length, all: of.all, tookMs, run };
  }
}

interface Whole {
  now?: Date;
  resting?: Resting;
  /** What was known of the log before; without it no later run can begin with this one. */
  news?: News;
}

/** One run over everything, whatever the news. */
export async function refreshExceptions(store: Store, options: Whole = {}): Promise<ExceptionRun> {
  return (await findAll(store, options)).run;
}

async function findAll(store: Store, { now, resting, news }: Whole): Promise<{ run: ExceptionRun & { run: number }; found: Found; seen: Seen | undefined }> {
  const writing = await Writing.begin(store);
  const known = new Map<string, Standing>();
  for await (const row of standingExceptions.stream(store, {})) known.set(row.key, row);
  const { at, rows, cut, found, clocks } = await findExceptions(store, { now, resting, marks: news && marksOf(news, now ?? new Date()) });
  const kept = new Set<string>();
  await inTurns(store, rows, ({ key }) => kept.add(key));
  const gone: string[] = [];
  await inTurns(store, known.keys(), (key) => {
    // Of a kind that was cut nobody knows what else stands.
    if (!kept.has(key) && !cut.some((kind) => key.startsWith(`${kind}:`))) gone.push(key);
  });
  const run = await writing.write(rows, known, gone, { at, found: kept.size, cut, all: true });
  return { run, found, seen: news && cut.length === 0 ? { until: news.until, wholeRun: news.whole_run, chainRun: news.chain_run, clocksAt: at, knownBy: knownBy(clocks) } : undefined };
}

/** The clock alone makes exceptions too. */
const AT_LEAST_EVERY_MS = 30_000;
/** Match and chains this far behind what was recorded (a history that comes in) would find what the next moment settles. */
const MOST_BEHIND_MS = 6_000;
/** All the same the list is brought up after this long. */
const LONGEST_WAIT_MS = 120_000;

/** The work list as one process keeps it. */
export class ExceptionKeeper {
  private kept: { found: Found; seen: Seen; run: number } | undefined;

  constructor(private readonly store: Store, private readonly resting = new Resting()) {}

  /**
   * One run, whatever the news: over everything the first time, and where so much has changed; else over what was touched.
   *
   * @param now the moment that clocks are read at; default as in findExceptions
   */
  async refresh(news: News, now?: Date): Promise<ExceptionRun> {
    // Somebody has let go of the list since, or of what it stands on.
    if (this.kept && (news.last_run < this.kept.run || news.whole_run !== this.kept.seen.wholeRun)) this.kept = undefined;
    if (this.kept) {
      const run = await this.touched(this.kept, news, now).catch((error: unknown) => {
        // What was found may lack what this run was to put into it.
        this.kept = undefined;
        if (error instanceof Error && error.name === 'Unclear') return null;
        throw error;
      });
      if (run) return run;
    }
    this.kept = undefined;
    const { run, found, seen } = await findAll(this.store, { now, resting: this.resting, news });
    if (seen) this.kept = { found, seen, run: run.run };
    return run;
  }

  private async touched(kept: NonNullable<typeof this.kept>, news: News, now?: Date): Promise<ExceptionRun | null> {
    const { store } = this;
    const writing = await Writing.begin(store);
    const done = await findTouched(store, kept.found, kept.seen, news, { now, resting: this.resting });
    if (!done) return null;
    const { at, rows, gone, cut, seen } = done;
    const known = new Map<string, Standing>();
    const keys = [...rows.map(({ key }) => key), ...gone];
    for (let start = 0; start < keys.length; start += AT_ONCE) for (const row of await standingByKey(store, { keys: keys.slice(start, start + AT_ONCE) })) known.set(row.key, row);
    const run = await writing.write(rows, known, gone.filter((key) => known.has(key)), { at, found: kept.found.size, cut, all: false });
    this.kept = { found: kept.found, seen, run: run.run };
    return run;
  }
}

/** For the keeper: a run whenever something was recorded or worked out since the last one, and now and then for the clock. */
export function exceptionKeeper(store: Store): () => Promise<ExceptionRun | null> {
  const keeper = new ExceptionKeeper(store);
  let seen = '';
  let ranAt = 0;
  const began = Date.now();
  return async () => {
    const [news] = await exceptionNews(store, {});
    // Before match and chains are there, half of everything would look orphaned; before the desk is, nothing would be wrong with it.
    if (!news || news.match_run === 0 || news.chain_run === 0 || news.desks < 2) return null;
    if (news.behind_ms > MOST_BEHIND_MS && Date.now() - Math.max(ranAt, began) < LONGEST_WAIT_MS) return null;
    const now = JSON.stringify([news.match_run, news.chain_run, news.quality_run, news.reconciliation_run, news.events, news.letters, news.master]);
    if (now === seen && Date.now() - ranAt < AT_LEAST_EVERY_MS) return null;
    const run = await keeper.refresh(news);
    seen = now;
    ranAt = Date.now();
    if (run.settled > 0) await sweepExceptions(store);
    return run;
  };
}
