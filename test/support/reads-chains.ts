import type { Expectations, Way } from './query-reads';

/** Chains, one or all of a range. */

const LINKS: Way = 'key node_type,node_id,direction';
const LINES: Way = 'key document_type,document_id';
const EVENTS: Way = 'key toStartOfHour(time),facility,interface,type,time,event_key';

export const CHAIN_READS: Expectations = {
  'lineage_chains*': { reads: { chains: 'time' } },
  'lineage_flow': { reads: { chains: 'time' } },
  'lineage_totals': { reads: { chains: 'time' } },
  'lineage_stages_sent': { reads: { chains: 'time' } },
  'lineage_chains_by_key_*': { reads: { document_lines: LINES, links: LINKS } },
  'lineage_facts': { reads: { document_lines: 'key document_type,document_id,line_id' } },
  'lineage_facts_as_of': { reads: { document_lines: 'key document_type,document_id,line_id', events: EVENTS } },
  'lineage_kept_by_key': { reads: { chain_heads: 'key anchor,id' } },
  'lineage_touched_since': { reads: { chain_touched: 'key touched_at' }, params: { since: new Date(Date.now() + 60_000) } },
  'lineage_chains_as_of_*': { reads: { links: LINKS } },
  'lineage_document_facts': { reads: { document_lines: LINES } },
  'lineage_event_heads*': { reads: { document_events: 'key document_type,document_id' } },
  'lineage_document_event_heads': { reads: { document_events: 'key document_type,document_id' } },
  'lineage_event_payload': { reads: { events: 'key toStartOfHour(time),time,event_key' } },
  'lineage_settling_postings': { reads: { case_postings: 'key case_token', chain_touched: 'key touched_at' }, params: { since: new Date(Date.now() + 60_000) } },
  'lineage_master_names': { reads: { master_records: 'key kind,record_id' } },
  'chains_last_run': { reads: { chain_runs: { whole: 'one row for each run of the last 30 days' } } },
  'chains_next_slice': { reads: { chain_touched: { whole: 'ordered by when, kept for three days: in this log everything was touched lately' } } },
  'work_*': {},
  'lineage_stage_times': { reads: { chains: 'time' } },
  'lineage_over_time_*': { reads: { chains: 'time' } },
  'lineage_variants': { reads: { chains: 'time' } },
  'lineage_usual_times': { reads: { chains: 'time' } },
  'completeness_frozen*': { reads: { completeness_days: 'time' } },
  'lineage_inferred_links': { reads: { inferred_links: 'key node_type,node_id' } },
  'inference_last_run': {},
  'log_seen_until': {},
  'inference_touched_items': {
    reads: { move_touched: { whole: 'ordered by when: in this log everything was touched lately' }, item_moves: 'key thing', master_records: 'key kind' },
  },
  'inference_all_items': { reads: { item_moves: { whole: 'to work everything out anew: one column' }, master_records: 'key kind' } },
};
