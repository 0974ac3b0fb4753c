import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '@/clickhouse/client';
import { applyRetention, retentionSettings, sentence } from '@/clickhouse/retention';

const DAY_MS = 24 * 3_600_000;
/** The start of the product has other things to do. */
const FIRST_MS = 60_000;
const AGAIN_MS = 3_600_000;

/** Lets go once a day of the months that the configuration does not keep, until the signal comes. */
export async function keepRetention(store: Store, signal: AbortSignal, log: (message: string) => void): Promise<void> {
  let settings;
  try {
    settings = retentionSettings();
  } catch (error) {
    return log(`nothing is let go of: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (Object.values(settings).every((months) => months === undefined)) return;
  for (let wait = FIRST_MS; await passes(wait, signal); ) {
    try {
      for (const expiry of await applyRetention(store, settings)) log(`let go of ${sentence(expiry)}`);
      wait = DAY_MS;
    } catch (error) {
      log(`retention: ${error instanceof Error ? error.message : String(error)}; trying again in an hour`);
      wait = AGAIN_MS;
    }
  }
}

/** False when the signal came first. */
async function passes(ms: number, signal: AbortSignal): Promise<boolean> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
  return !signal.aborted;
}
