import { setTimeout as sleep } from 'node:timers/promises';
import { refreshChains } from '../../clickhouse/chains';
import { StoreUnavailable, type Store } from '../../clickhouse/client';
import { refreshInference } from '../../clickhouse/inference';
import { refreshMatches, type MatchRules } from '../../clickhouse/matches';
import { OPEN_TABLES, refreshAllOpen } from '../../clickhouse/open-work';
import { refreshWholeDesk } from '../../server/desk/keep';
import { refreshExceptions } from '../../server/exceptions/keep';
import { everything } from './match';

/** Tables that are brought up to the log by runs, and not by views. */
export const BROUGHT_UP = ['matched_order_lines', 'matched_invoice_lines', 'chains', 'inferred_links', 'case_lines', 'quality_seen', 'reconciliation_compared', 'contract_lines', ...OPEN_TABLES] as const;

/** Tables that say by the clock what waits and how far runs came: no views of the log. */
export const BY_THE_CLOCK = ['match_touched', 'match_runs', 'chain_touched', 'chain_runs', 'move_touched', 'inference_runs', 'exception_runs', 'stockout_runs', 'stockout_lines', 'desk_touched', 'desk_runs', 'desk_days', 'open_touched', 'receipts_as_of'] as const;

const ENDED_WITHIN_MS = 180_000;

/** Brings the three-way match, the chains, inferred relations, the desk's days and what stands open on it up to the log, as the product's own process does. */
export async function keepUp(store: Store, { full = false, rules = everything() }: { full?: boolean; rules?: MatchRules } = {}): Promise<void> {
  await refreshMatches(store, rules, { full });
  for (let run = await refreshChains(store, { full }); run?.more; run = await refreshChains(store));
  for (let run = await refreshInference(store, { full }); run?.more; run = await refreshInference(store));
  await refreshWholeDesk(store, 'UTC', { full });
  await refreshAllOpen(store, { full });
}

/** Brings the list of exceptions up to the log as of a moment. Which stages a facility sends is remembered per store for a minute. */
export async function keepExceptions(store: Store, now: Date): Promise<void> {
  await refreshExceptions(store, { now });
}

/**
 * What an insert brings that still runs, because its client has given it up, is taken by a later run and not by this one.
 * One that never ends is the engine's own matter, which ends it or is started again without it. Rejects when that takes minutes.
 */
export async function insertsEnded(store: Store): Promise<void> {
  const where = "FROM system.processes WHERE query_kind = 'Insert' AND current_database = currentDatabase()";
  let running: object[] | undefined;
  for (const end = Date.now() + ENDED_WITHIN_MS; Date.now() < end; await sleep(100)) {
    running = await store.select<{ query: string; elapsed: number }>(`SELECT substring(query, 1, 200) AS query, elapsed ${where}`).catch((error: unknown) => {
      if (error instanceof StoreUnavailable) return undefined;
      throw error;
    });
    if (running?.length === 0) return;
  }
  throw new Error(`inserts have not ended within ${ENDED_WITHIN_MS / 1_000} s: ${JSON.stringify(running)}`);
}
