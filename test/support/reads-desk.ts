import type { Expectations, Way } from './query-reads';

/** The supply and finance desk: reconciliation, order lines, master data, cases. */

const WINDOWS: Way = 'key toStartOfDay(window_from)';

export const DESK_READS: Expectations = {
  'reconciliation_windows': { reads: { reconciliation_totals: WINDOWS, handovers: 'time' } },
  'reconciliation_gaps': { reads: { reconciliation_totals: WINDOWS, handovers: 'time' } },
  'reconciliation_keys': { reads: { reconciliation_totals: WINDOWS, handovers: 'time' } },
  'reconciliation_closings': { reads: { reconciliation_closings: 'key day', users: { whole: 'one row for each person' } } },
  'orders_acknowledging': { reads: { chains: 'time' } },
  'orders_*': { reads: { order_desk: 'skip by_open', document_lines: 'key document_type,document_id', links: 'key node_type,node_id,direction', master_records: 'key kind' } },
};
