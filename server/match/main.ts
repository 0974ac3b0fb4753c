import { setTimeout as sleep } from 'node:timers/promises';
import { createStore } from '@/clickhouse/client';
import { refreshMatches } from '@/clickhouse/matches';
import { facilitiesSeen } from '@/clickhouse/queries/span';
import { matchParams } from '../rules/match';

/** The three-way match as a process: brings it up to the log whenever something has touched it. One is enough; two do no harm. */

const log = (message: string) => console.log(`match: ${message}`);
/** Looks for news this often, and rests this many times as long as a run took: it shares the machine with the pages. */
const EVERY_MS = 1_000;
const REST_FACTOR = 3;
/** A facility's zone changes with its master data: seldom. */
const ZONES_KEPT_MS = 60_000;

async function main(): Promise<void> {
  const store = createStore();
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
  const zone = process.env.THROUGHLINE_ZONE || 'UTC';
  let zones: Record<string, string> = {};
  let zonesAt = 0;
  let failing = false;
  log('matching orders, receipts and invoices');
  while (!stop.signal.aborted) {
    let rest = EVERY_MS;
    try {
      if (Date.now() - zonesAt > ZONES_KEPT_MS) {
        zones = Object.fromEntries((await facilitiesSeen(store)).map((facility) => [facility.id, facility.zone || zone]));
        zonesAt = Date.now();
      }
      const run = await refreshMatches(store, { ...matchParams(), zones, zone });
      if (run) {
        rest = Math.max(EVERY_MS, run.tookMs * REST_FACTOR);
        if (run.orders === null) log(`all orders matched in ${run.tookMs} ms`);
      }
      if (failing) log('going on');
      failing = false;
    } catch (error) {
      if (!failing) log(`${error instanceof Error ? error.message : String(error)}; trying again`);
      failing = true;
    }
    await sleep(rest, undefined, { signal: stop.signal }).catch(() => undefined);
  }
  await store.close();
  log('stopped');
  process.exit(0);
}

main().catch((error: unknown) => {
  console.error(`match: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
