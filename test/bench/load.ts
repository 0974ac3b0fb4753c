import type { SimMessage } from '../../ingest/simulator/outbox';
import { createSimulation } from '../../ingest/simulator/simulation';

/** Where every load ends. */
export const LOAD_UNTIL = Date.parse('2026-03-16T12:00:00Z');

/** The simulator's true mix, exactly `events` messages of it. */
export function* load(events: number, seed: string): Generator<SimMessage> {
  // About 2,700 messages a day: longer histories for more events, so that the mix stays what it is.
  const days = Math.max(7, Math.ceil(events / 2_600) + 2);
  let left = events;
  for (const message of createSimulation({ seed, days, until: LOAD_UNTIL, truth: false }).messages()) {
    if (left-- <= 0) return;
    yield message;
  }
  if (left > 0) throw new Error(`the simulator gave ${events - left} messages over ${days} days; ${events} were asked for`);
}

/** Sorted ascending; the value that `share` of them do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * share) - 1))] ?? NaN;
}

export const round = (value: number, places = 1): number => Math.round(value * 10 ** places) / 10 ** places;
