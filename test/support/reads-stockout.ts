import type { Expectations } from './query-reads';

/** The kept forecast: one row for each item at a location, some ten thousand of them. */

const LINES = { whole: 'one row for each item at a location of the network' } as const;

export const STOCKOUT_READS: Expectations = {
  'stockout_last_run': { reads: { stockout_runs: { whole: 'one row for each run of the last 30 days' } } },
  'stockout_lines': { reads: { stockout_lines: LINES } },
  'stockout_states': { reads: { stockout_lines: LINES } },
  'stockout_doubts': { reads: { stockout_lines: LINES } },
};
