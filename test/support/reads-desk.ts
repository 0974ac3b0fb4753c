import type { Expectations } from './query-reads';

/** The supply and finance desk: reconciliation, order lines, master data, cases. */

export const DESK_READS: Expectations = {
  'reconciliation_closings': { params: { first: '2026-03-10', last: '2026-03-12' }, reads: { reconciliation_closings: 'key day', users: { whole: 'one row for each person' } } },
  'quality_things': { reads: { document_lines: 'skip by_time', master_records: ['key kind', { whole: 'all items: master data are a few granules' }] } },
  'quality_duplicate_suppliers': { reads: { master_records: 'key kind' } },
  'quality_items': { params: { on: '2026-03-12' }, reads: { master_records: 'key kind' } },
  'quality_foreign': { reads: { exceptions: 'key settled' } },
  'orders_acknowledging': { reads: { chains: 'time' } },
  'orders_*': { reads: { open_order_lines: { whole: 'holds what stands open; the skip index leaves out what is gone' }, master_records: 'key kind' } },
  'open_news': {},
};
