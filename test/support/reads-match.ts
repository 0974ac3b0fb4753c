import type { Expectations } from './query-reads';

/** What keeps the three-way match up with the log. */
export const MATCH_READS: Expectations = {
  'match_last_run': { reads: { match_runs: { whole: 'one row for each run of the last 30 days' } } },
  'match_news': {},
  'match_things': { reads: { match_touched: 'key touched_at' }, params: { since: new Date('2096-01-01'), until: new Date('2097-01-01') } },
  'match_peek': { reads: { match_touched: 'key touched_at' }, params: { since: new Date('2096-01-01') } },
  'match_next_slice': { reads: { match_touched: { whole: 'ordered by when, kept for three days: at this size one granule' } } },
  'accruals_roll_forward': { reads: { accruals: { whole: 'narrow columns; each month opens with what all before it left' }, document_lines: 'key document_type' } },
};
