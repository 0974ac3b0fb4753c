import { setTimeout as sleep } from 'node:timers/promises';
import { refreshChains } from '@/clickhouse/chains';
import { createStore, type Store } from '@/clickhouse/client';
import { refreshInference } from '@/clickhouse/inference';
import { refreshMatches } from '@/clickhouse/matches';
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
/** What an event does to a verdict is to be read within a second, and asking whether there is news costs a few milliseconds. */
const MATCH_REST = { everyMs: 200, factor: 0.5 };
/** All exceptions are worked out each time, so it rests longer. */
const EXCEPTIONS_REST = { everyMs: 3_000, factor: 5 };
/** A whole day is worked out anew for each thing that has touched it, and the verdicts come first. */
const DESK_REST = { everyMs: 4_000, factor: 5 };
/** Pages on orders and receipts show what a run finds, which costs by what was touched. */
const OPEN_REST = { everyMs: 500, factor: 2 };
/** A facility's zone changes with its master data: seldom. */
const ZONES_KEPT_MS = 60_000;
/** How soon after its end a day is frozen. */
const DAYS_LOOKED_MS = 30_000;

/** Longest that the others stand back for the match: a first run of it takes minutes. */
const STAND_BACK_MS = 3_000;

/**
 * The verdicts go first: whoever has an invoice before them waits for those, and what else an event changes would take the
 * cores from them. The others begin a run when the match has looked for news since, and has dealt with what there was.
 */
class First {
  private waiting: (() => void)[] = [];

  /** @param signal ends all waiting */
  constructor(private readonly signal: AbortSignal) {}

  goes(refresh: Refresh): Refresh {
    return async () => {
      const waited = this.waiting;
      this.waiting = [];
      try {
        return await refresh();
      } finally {
        for (const go of waited) go();
      }
    };
  }

  before(refresh: Refresh): Refresh {
    return async () => {
      await Promise.race([new Promise<void>((go) => this.waiting.push(go)), sleep(STAND_BACK_MS, undefined, { signal: this.signal }).catch(() => undefined)]);
      return this.signal.aborted ? null : refresh();
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
  return async () => {
    if (Date.now() - zonesAt > ZONES_KEPT_MS) {
      zones = Object.fromEntries((await facilitiesSeen(store)).map((facility) => [facility.id, facility.zone || zone]));
      zonesAt = Date.now();
    }
    const run = await refreshMatches(store, { ...matchParams(), zones, zone });
    if (run?.orders === null) log(`all orders matched in ${run.tookMs} ms`);
    if (run?.judged) log(`all verdicts made anew by other rules in ${run.tookMs} ms`);
    return run;
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
  await Promise.all([
    keep('match', match.goes(matches(store)), stop.signal, MATCH_REST),
    keep('chains', match.before(chains(store)), stop.signal),
    keep('inferred relations', match.before(() => refreshInference(store, { counted: inferredFrom() !== null })), stop.signal),
    keep('desk', match.before(wholeDeskKeeper(store, zone)), stop.signal, DESK_REST),
    keep('open work', match.before(openKeeper(store)), stop.signal, OPEN_REST),
    keep('exceptions', match.before(exceptionKeeper(store)), stop.signal, EXCEPTIONS_REST),
    keep('stockout', match.before(stockoutKeeper(store, zone)), stop.signal),
  ]);
  await store.close();
  log('stopped');
  process.exit(0);
}

main().catch((error: unknown) => {
  console.error(`keeper: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
