import type { Expectations, Way } from './query-reads';

/** What the pages of receipts and invoices read besides their lists of lines. */

const MASTER: Way = 'key kind';

export const INVOICE_READS: Expectations = {
  'accruals_lines': { params: { month: '2026-03-01', currency: 'USD', part: 'closing' }, reads: { matched_order_lines: { whole: 'what is open at a month\'s end may be of any age' }, master_records: MASTER } },
  'accruals_postings': { params: { month: '2026-03-01', currency: 'USD' }, reads: { document_lines: 'key document_type', master_records: MASTER } },
  'receipts_under_delivered': { reads: { order_desk: { whole: 'narrow columns; the skip index leaves out granules without an open line, of which this log has none' }, master_records: MASTER } },
  'receipts_supplier_contact': { reads: { master_records: 'key kind,record_id' } },
};
