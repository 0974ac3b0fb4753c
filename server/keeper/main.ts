import { setTimeout as sleep } from 'node:timers/promises';
import { refreshChains } from '@/clickhouse/chains';
import { createStore, LATER, withSettings, type Store } from '@/clickhouse/client';
import { mend } from '@/clickhouse/damage';
import { refreshInference } from '@/clickhouse/inference';
import { matchTouched } from '@/clickhouse/match-news';
import { matchedAsOf, refreshMatches, sweepMatches } from '@/clickhouse/matches';
import { openKeeper } from '@/clickhouse/open-work';
import { facilitiesSeen } from '@/clickhouse/queries/span';
import { wholeDeskKeeper } from '../desk/keep';
import { exceptionKeeper } from '../exceptions/keep';
import { freezeEndedDays } from '../lineage/freeze';
import { inferredFrom, stageClocks } from '../rules/clocks';
import { matchParams } from '../rules/match';
import { stockoutKeeper } from '../stockout/keep';
import { ownership } from '../rules/ownership';
import { raciTable } from '../rules/raci-table';

/**
 * Keeps what pages read of the three-way match, of the chains, of inferred relations, of cases, master data and reconciliation, of what stands open,
 * and of exceptions up with the log, as a process: each is brought up to it whenever something has touched it. One process is enough; two do no harm.
 */

const log = (message: string) => console.log(`keeper: ${message}`);
/** Looks for news this often, and rests this many times as long as a run took: it shares the machine with the pages. */
const EVERY_MS = 1_000;
const REST_FACTOR = 3;
/** What an event does to a verdict is to be read within a second, and asking whether there may be news costs a few milliseconds. */
const MATCH_REST = { everyMs: 50, factor: 0.2 };
/** What another process has done, and other rules, are looked for this often. */
const MATCH_LOOKED_MS = 1_000;
/** Beside what was touched it asks now and then about the whole, so it rests longer. */
const EXCEPTIONS_REST = { everyMs: 3_000, factor: 5 };
/** A whole day is worked out anew for each thing that has touched it, and the verdicts come first. */
const DESK_REST = { everyMs: 4_000, factor: 5 };
/** Pages on orders and receipts show what a run finds, which costs by what was touched. */
const OPEN_REST = { everyMs: 500, factor: 2 };
/** What is gone is looked for this often. */
const SWEEP_REST = { everyMs: 3_600_000, factor: 0 };
/** A facility's zone changes with its master data: seldom. */
const ZONES_KEPT_MS = 60_000;
/** Damage is rare, and looked for at the start and so often. */
const DAMAGE_REST = { everyMs: 20_000, factor: 3 };
/** How soon after its end a day is frozen. */
const DAYS_LOOKED_MS = 30_000;

/** Longest that the others stand back for the match before they begin: a first run of it takes minutes. */
const STAND_BACK_MS = 3_000;
/** Of a run of the match that others stand back for between their statements: a few events are judged within it. */
const FIRST_OF_RUN_MS = 1_500;

/**
 * The verdicts go first: whoever has an invoice before them waits for those, and what else an event changes would take the
 * cores from them. The others begin a run when the match has looked for news since, and has dealt with what there was; what
 * they ask in a run that goes on waits for it too.
 */
class First {
  private waiting: (() => void)[] = [];
  private run: { readonly began: number; readonly ended: Promise<void> } | undefined;

  /** @param signal ends all waiting */
  constructor(private readonly signal: AbortSignal) {
    signal.addEventListener('abort', () => this.waiting.forEach((go) => go()));
  }

  goes(refresh: Refresh): Refresh {
    return async () => {
      const waited = this.waiting;
      this.waiting = [];
      let end = () => {};
      this.run = { began: performance.now(), ended: new Promise((resolve) => (end = resolve)) };
      try {
        return await refresh();
      } finally {
        this.run = undefined;
        end();
        for (const go of waited) go();
      }
    };
  }

  before(refresh: Refresh): Refresh {
    return async () => {
      if (this.signal.aborted) return null;
      await new Promise<void>((go) => {
        const patience = setTimeout(go, STAND_BACK_MS);
        this.waiting.push(() => {
          clearTimeout(patience);
          go();
        });
      });
      return this.signal.aborted ? null : refresh();
    };
  }

  /** Resolves when no run is in hand, or none that has just begun. */
  readonly between = async (): Promise<void> => {
    const { run } = this;
    if (!run || this.signal.aborted) return;
    const left = FIRST_OF_RUN_MS - (performance.now() - run.began);
    if (left <= 0) return;
    await new Promise<void>((go) => {
      const patience = setTimeout(go, left);
      void run.ended.then(() => {
        clearTimeout(patience);
        go();
      });
    });
  };
}

/** One after the other: what pages show a moment later leaves the other core to those who wait for a verdict or a chain. */
class Turns {
  private last: Promise<unknown> = Promise.resolve();

  takes(refresh: Refresh): Refresh {
    return () => {
      const run = this.last.then(refresh);
      this.last = run.catch(() => undefined);
      return run;
    };
  }
}

/** A run that did something says how long it took; `more`: the next should follow at once. */
type Refresh = () => Promise<{ tookMs: number; more?: boolean } | null>;

async function keep(what: string, refresh: Refresh, signal: AbortSignal, { everyMs, factor } = { everyMs: EVERY_MS, factor: REST_FACTOR }): Promise<void> {
  let failing = false;
  while (!signal.aborted) {
    let rest = everyMs;
    try {
      const run = await refresh();
      if (run) rest = run.more ? 0 : Math.max(everyMs, run.tookMs * factor);
      if (failing) log(`${what}: going on`);
      failing = false;
    } catch (error) {
      if (!failing) log(`${what}: ${error instanceof Error ? error.message : String(error)}; trying again`);
      failing = true;
    }
    await sleep(rest, undefined, { signal }).catch(() => undefined);
  }
}

const zone = process.env.THROUGHLINE_ZONE || 'UTC';

function matches(store: Store): Refresh {
  let zones: Record<string, string> = {};
  let zonesAt = 0;
  let lookedAt = 0;
  let until: Date | undefined;
  return async () => {
    if (until && Date.now() - lookedAt < MATCH_LOOKED_MS && !(await matchTouched(store, until))) return null;
    lookedAt = Date.now();
    if (Date.now() - zonesAt > ZONES_KEPT_MS) {
      zones = Object.fromEntries((await facilitiesSeen(store)).map((facility) => [facility.id, facility.zone || zone]));
      zonesAt = Date.now();
    }
    const run = await refreshMatches(store, { ...matchParams(), zones, zone });
    until = run?.until ?? until ?? (await matchedAsOf(store))?.at;
    if (run?.orders === null) log(`all orders matched in ${run.tookMs} ms`);
    if (run?.judged) log(`all verdicts made anew by other rules in ${run.tookMs} ms`);
    return run;
  };
}

/** Not at once: whoever starts the product waits for other things. */
function sweeper(store: Store): Refresh {
  let began = false;
  return async () => {
    if (began && (await sweepMatches(store))) log('swept out order lines on which nothing waits any more');
    began = true;
    return null;
  };
}

function chains(store: Store): Refresh {
  let lookedAt = 0;
  return async () => {
    const run = await refreshChains(store, { inferredFrom: inferredFrom() });
    if (run?.full) log(`all ${run.chains} chains worked out in ${run.tookMs} ms`);
    if (!run?.more && Date.now() - lookedAt > DAYS_LOOKED_MS) {
      const frozen = await freezeEndedDays(store, { zone });
      if (frozen.length > 0) log(`completeness of yesterday frozen for ${frozen.join(', ')}`);
      lookedAt = Date.now();
    }
    return run;
  };
}

/** Sees to parts that a full disk, say, has damaged: what can be worked out from the log is worked out anew. */
function damage(store: Store): Refresh {
  const said = new Set<string>();
  return async () => {
    const began = Date.now();
    return (await mend(store, log, said)) > 0 ? { tookMs: Date.now() - began } : null;
  };
}

async function main(): Promise<void> {
  // A rules file that makes no sense is said at the start, not when something is first judged by it.
  raciTable();
  ownership();
  stageClocks();
  const store = createStore();
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
  log('matching orders, receipts and invoices, following chains, pricing cases, comparing interfaces, listing what stands open, keeping the list of exceptions and drawing the stockout forecast');
  const match = new First(stop.signal);
  const turns = new Turns();
  const later = withSettings(store, LATER, match.between);
  const modest = withSettings(later, { max_threads: 1 });
  await Promise.all([
    keep('match', match.goes(matches(store)), stop.signal, MATCH_REST),
    keep('sweeping', sweeper(later), stop.signal, SWEEP_REST),
    keep('chains', match.before(chains(later)), stop.signal),
    keep('inferred relations', match.before(() => refreshInference(later, { counted: inferredFrom() !== null })), stop.signal),
    keep('desk', match.before(turns.takes(wholeDeskKeeper(modest, zone))), stop.signal, DESK_REST),
    keep('open work', match.before(turns.takes(openKeeper(modest))), stop.signal, OPEN_REST),
    keep('exceptions', match.before(turns.takes(exceptionKeeper(modest))), stop.signal, EXCEPTIONS_REST),
    keep('damage', damage(later), stop.signal, DAMAGE_REST),
    keep('stockout', match.before(turns.takes(stockoutKeeper(modest, zone))), stop.signal),
  ]);
  await store.close();
  log('stopped');
  process.exit(0);
}

main().catch((error: unknown) => {
  console.error(`keeper: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
