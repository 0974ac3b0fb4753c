import type { Expectations, Way } from './query-reads';

/** Queries of the pages, the alerts, the commands and the keeping of views. */

const MASTER: Way = 'key kind';
const LETTERS_ARE_FEW: Way = { whole: 'messages that could not be read are few beside the log' };
const ORDER_LINES: Way = 'key settled';
const BY_HOUR: readonly Way[] = ['key toStartOfHour(time)'];
const METADATA = {};

export const PAGE_READS: Expectations = {
  // Overview, throughput, live
  'overview_events_per_*': { reads: { events: 'time' } },
  'overview_event_count': { reads: { events: 'time' } },
  'overview_latest_events': { reads: { events: 'time' } },
  'overview_recorded': { reads: { events: 'skip by_recorded', dead_letters: 'time' } },
  'throughput_*': { reads: { events: 'time' } },
  'throughput_latency_*': { reads: { handovers: 'time' } },
  'throughput_interfaces': { reads: { handovers: 'time' } },
  'live_newest': { reads: { events: 'skip by_recorded' } },
  'live_newest_ever': { reads: { events: { whole: 'one narrow column, once in the life of a process: later only what is newer than the last answer' } } },
  'span_bounds': { reads: { events: 'time' } },
  'span_whole_bounds': { reads: { events: { whole: 'only of a log that heard of nothing but people for a week' } } },
  'span_facilities': { reads: { facilities: { whole: 'one row for each facility' }, master_records: { whole: 'all locations: master data are a few granules' } } },
  'health_dead_letters': { reads: { dead_letters: LETTERS_ARE_FEW } },

  // Failures
  'failures_series_*': { reads: { handovers: 'time' } },
  'failures_issues': { reads: { handovers: 'time', events: 'time', document_lines: 'key document_type,document_id,aspect' } },
  'failures_handovers': { reads: { handovers: 'time', events: 'time', document_lines: 'key document_type,document_id,aspect' } },
  'failures_money_held': { reads: { document_lines: 'key document_type,document_id,aspect' } },
  'failures_summary': { reads: { handovers: 'time', events: 'time' } },
  'failures_dead_letters': { reads: { dead_letters: 'time', events: BY_HOUR, retakes: 'key letter_recorded_at' } },
  'failures_dead_letter_reasons': { reads: { dead_letters: 'time' } },
  'failures_dead_letter': { reads: { dead_letters: 'key recorded_at,stream,stream_seq,part' } },

  // Invoices, receipts, the match
  'invoices_lines': { reads: { matched_invoice_lines: 'key toDate(time)', matched_invoice_lines_beside: 'key object_id', document_lines: 'key document_type,document_id,aspect', master_records: MASTER } },
  'invoices_figures': { reads: { matched_invoice_lines: 'key toDate(time)' } },
  'invoices_breakdown_*': { reads: { matched_invoice_lines: 'key toDate(time)', master_records: MASTER } },
  'receipts_*': { reads: { open_receipts: { whole: 'holds what stands open, of whatever age; the skip index leaves out what is gone' }, master_records: MASTER } },
  'receipts_over_delivered': { reads: { matched_order_lines: ORDER_LINES, master_records: MASTER } },
  'receipts_*_as_of': { params: { moment: 'moment' }, reads: { receipts_as_of: 'key moment,over', master_records: MASTER } },

  // Stock
  'stockout_balances': { reads: { balances: 'time', document_lines: { kind: 'recalls are few' }, master_records: MASTER } },
  'stockout_empty_days': { reads: { balances: 'time' } },
  'stockout_usage': { reads: { document_lines: 'skip by_time', master_records: MASTER } },
  'stockout_report_days': { reads: { document_lines: 'skip by_time' } },
  'stockout_open_supply': { reads: { document_lines: 'skip by_time' } },
  'stockout_lead_times': { reads: { document_lines: ['skip by_time', 'key document_type,aspect'] } },
  'stockout_stuck_receipts': { reads: { handovers: 'time' } },

  // Alerts
  'alerts_interface_*': { reads: { events: 'time' } },
  'alerts_maintenance': { reads: { events: 'time' } },
  'alerts_failed_orders': { reads: { events: 'time' } },
  'alerts_invoice_exceptions': { reads: { matched_invoice_lines: 'key toDate(time)' } },
  'alerts_counts': { reads: { incident_events: { whole: 'incidents are few, and an open one may be of any age' } } },
  'alerts_incidents': { reads: { incident_events: { whole: 'incidents are few, and an open one may be of any age' }, users: { whole: 'one row for each person' } } },

  // Search and one chain: by keys
  'lineage_keys_found': { reads: { search_keys: 'key key' }, params: { prefix: 'zz' } },
  'lineage_objects_latest': { reads: { search_keys: 'key key,object_type,object_id,kind' } },
  'lineage_object_seen': { reads: { object_events: 'key object_type,object_id' } },
  'lineage_object_events': { reads: { object_events: 'key object_type,object_id,time', events: 'key toStartOfHour(time),facility,interface,type,time,event_key' } },
  'lineage_events_of_trace': { reads: { document_events: 'key document_type,document_id,time,event_key' } },
  'lineage_events_by_key': { reads: { events: BY_HOUR } },
  'lineage_dead_letters_by_id': { reads: { dead_letters: LETTERS_ARE_FEW } },

  // Dead letters that are taken in again, people's actions, sign-in
  'retake_letters': { reads: { dead_letters: 'time' } },
  'retake_letter': { reads: { dead_letters: 'key recorded_at,stream,stream_seq,part' } },
  'retake_identities': { reads: { events: BY_HOUR } },
  'retake_shown': { reads: { retakes: 'key letter_recorded_at,stream,stream_seq,part' } },
  'ops_recorded': { reads: { events: 'skip by_recorded', dead_letters: 'time' } },
  'users_by_email': { reads: { users: 'key email' } },
  'users_*': { reads: { users: { whole: 'one row for each person' } } },

  // Commands, which may take minutes
  'backup_read_up_to': { reads: { events: { whole: 'once for a backup: two narrow columns' }, dead_letters: LETTERS_ARE_FEW } },
  'backup_notes': { reads: { backups: 'key action' } },
  'backup_*': METADATA,
  'rebuild_months': { reads: { events: { whole: 'names of partitions, once for a rebuild: no column is read' } } },
  'rebuild_*': METADATA,
  'damage_set_aside': METADATA,
  'retention_months': METADATA,
};
