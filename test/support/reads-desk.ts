import type { Expectations, Way } from './query-reads';

/** The supply and finance desk: reconciliation, order lines, master data, cases. */

const WINDOWS: Way = 'key toStartOfDay(window_from)';

export const DESK_READS: Expectations = {
  'reconciliation_windows': { reads: { reconciliation_totals: WINDOWS, handovers: 'time' } },
  'reconciliation_gaps': { reads: { reconciliation_totals: WINDOWS, handovers: 'time' } },
  'reconciliation_keys': { reads: { reconciliation_totals: WINDOWS, handovers: 'time' } },
  'reconciliation_closings': { reads: { reconciliation_closings: 'key day', users: { whole: 'one row for each person' } } },
  'quality_things': { reads: { document_lines: 'skip by_time', master_records: 'key kind' } },
  'quality_duplicate_suppliers': { reads: { master_records: 'key kind' } },
  'quality_problems': { reads: { document_lines: ['skip by_time', 'key document_type,document_id', 'key document_type'], matched_invoice_lines: 'skip by_time', handovers: 'time' } },
  'quality_lines': { reads: { document_lines: ['skip by_time', 'key document_type,document_id', 'key document_type'], matched_invoice_lines: 'skip by_time', handovers: 'time' } },
  'quality_items': { reads: { master_records: 'key kind' } },
  'quality_foreign': { reads: { exceptions: 'key settled' } },
  'cases_*': { reads: { document_lines: ['skip by_time', 'key document_type,document_id', 'key document_type', 'key document_type,aspect'], links: 'key node_type,node_id,direction', master_records: 'key kind' } },
  'orders_acknowledging': { reads: { chains: 'time' } },
  'orders_*': { reads: { order_desk: 'skip by_open', document_lines: 'key document_type,document_id', links: 'key node_type,node_id,direction', master_records: 'key kind' } },
};
