import type { Expectations, Way } from './query-reads';

/** The supply and finance desk: reconciliation, order lines, master data, cases. */

const WINDOWS: Way = { whole: 'ordered by the day of the window; the copies that make up the older months of this log report the windows of its last days' };

export const DESK_READS: Expectations = {
  'reconciliation_windows': { reads: { reconciliation_totals: WINDOWS, handovers: 'time' } },
  'reconciliation_gaps': { reads: { reconciliation_totals: WINDOWS, handovers: 'time' } },
  'reconciliation_keys': { reads: { reconciliation_totals: WINDOWS, handovers: 'time' } },
  'reconciliation_closings': { params: { first: '2026-03-10', last: '2026-03-12' }, reads: { reconciliation_closings: 'key day', users: { whole: 'one row for each person' } } },
  'quality_things': { reads: { document_lines: 'skip by_time', master_records: ['key kind', { whole: 'all items: master data are a few granules' }] } },
  'quality_duplicate_suppliers': { reads: { master_records: 'key kind' } },
  'quality_problems': { reads: { document_lines: ['skip by_time', 'key document_type,document_id', 'key document_type'], matched_invoice_lines: 'skip by_time', handovers: 'time' } },
  'quality_lines': { reads: { document_lines: ['skip by_time', 'key document_type,document_id', 'key document_type'], matched_invoice_lines: 'skip by_time', handovers: 'time' } },
  'quality_items': { params: { on: '2026-03-12' }, reads: { master_records: 'key kind' } },
  'quality_foreign': { reads: { exceptions: 'key settled' } },
  'cases_*': { params: { tolerance: '0.01', by: 'case' }, reads: { document_lines: ['skip by_time', 'key document_type,document_id', 'key document_type', 'key document_type,aspect'], links: 'key node_type,node_id,direction', master_records: 'key kind' } },
  'orders_acknowledging': { reads: { chains: 'time' } },
  'orders_*': { reads: { order_desk: { whole: 'narrow columns; the skip index leaves out granules without an open line, of which this log has none' }, document_lines: 'key document_type,document_id', links: 'key node_type,node_id,direction', master_records: 'key kind' } },
};
