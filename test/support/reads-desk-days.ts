import type { Expectations, Way } from './query-reads';

/** The supply and finance desk: what pages read of the days that were worked out, and what a run of them asks. */

const RUNS = { desk_runs: 'key view' } as const;
const TOUCHED: Way = { whole: 'ordered by the moment of writing: these were all written in the minutes before' };
const ALL = (why: string) => ({ whole: `every day that there may be anything of, when rules or master data have changed: ${why}` });

export const DESK_DAY_READS: Expectations = {
  'reconciliation_*': { reads: { reconciliation_compared: ['key day', 'time'], desk_days: 'key view,day' } },
  'quality_problems': { reads: { quality_seen: 'key day', desk_days: 'key view,day' } },
  'quality_lines': { reads: { quality_seen: 'key day', desk_days: 'key view,day' } },
  'cases_*': { params: { tolerance: '0.01', by: 'case' }, reads: { case_lines: 'key day', desk_days: 'key view,day' } },
  'desk_as_of': { params: { view: 'cases' }, reads: RUNS },
  'desk_news': { params: { view: 'cases' }, reads: RUNS },
  'desk_things': { reads: { desk_touched: TOUCHED } },
  // What tells the engine which keys to look up is run while it plans, and is not in the plan: lines and links of what was touched, by their keys.
  'desk_touched_cases': { reads: { desk_touched: TOUCHED, document_lines: 'key document_type,document_id', object_events: 'key object_type,object_id', case_lines: { whole: 'two narrow columns of what is kept' } } },
  'desk_touched_quality': { reads: { desk_touched: TOUCHED, object_events: 'key object_type,object_id', quality_seen: { whole: 'narrow columns of the few lines that have a problem' } } },
  'desk_touched_reconciliation': { reads: { desk_touched: TOUCHED, reconciliation_totals: { whole: 'the days of its windows' }, reconciliation_compared: { whole: 'what each window waits for: a few names' } } },
  'desk_touched_contracts': { reads: { document_lines: 'key document_type,document_id', contract_lines: { whole: 'two narrow columns of what is kept' } } },
  'desk_all_contracts': { reads: { document_lines: 'key document_type', desk_days: 'key view' } },
  'desk_all_cases': { reads: { document_lines: 'key document_type', desk_days: 'key view' } },
  'desk_all_quality': { reads: { document_lines: ALL('one column'), desk_days: 'key view' } },
  'desk_all_reconciliation': { reads: { reconciliation_totals: ALL('one column'), desk_days: 'key view' } },
  'desk_master_cases': { reads: { master_records: 'key kind' } },
  'desk_master_contracts': { reads: { master_records: 'key kind' } },
  'desk_master_quality': { reads: { master_records: { whole: 'all but rates and units: master data are a few granules' } } },
};
