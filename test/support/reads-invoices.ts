import type { Expectations, Way } from './query-reads';

/** What the pages of receipts and invoices read besides their lists of lines. */

const MASTER: Way = 'key kind';
const BEFORE = new Date('2026-03-01T00:00:00Z');

export const INVOICE_READS: Expectations = {
  'accruals_lines': { params: { month: '2026-03-01', currency: 'USD', part: 'closing' }, reads: { accruals: { whole: 'narrow columns; what is open at a month\'s end may be of any age' }, master_records: MASTER } },
  'accruals_postings': { params: { month: '2026-03-01', currency: 'USD' }, reads: { document_lines: 'key document_type', master_records: MASTER } },
  'receipts_under_delivered': { reads: { order_desk: { whole: 'narrow columns; the skip index leaves out granules without an open line, of which this log has none' }, master_records: MASTER } },
  'receipts_supplier_contact': { reads: { master_records: 'key kind,record_id' } },
  'invoices_differences': { reads: { matched_invoice_lines: 'skip by_time', matched_invoice_lines_beside: 'key object_id', document_lines: 'key document_type,document_id,aspect' } },
  'invoices_items': { reads: { matched_invoice_lines: 'skip by_time' } },
  'invoices_line': { params: { object_id: 'INV/1' }, reads: { matched_invoice_lines: 'key object_id', document_lines: 'key document_type,document_id,aspect', master_records: MASTER } },
  'invoices_line_beside': { params: { object_id: 'INV/1' }, reads: { matched_invoice_lines_beside: 'key object_id' } },
  'invoices_blocked*': {
    reads: {
      document_lines: 'key document_type,aspect', links: 'key node_type,node_id,direction', matched_invoice_lines: 'key object_id', master_records: MASTER,
    },
  },
  'invoices_blocked_totals': { reads: { document_lines: 'key document_type,aspect', links: 'key node_type,node_id,direction', matched_invoice_lines: 'key object_id' } },
  'invoices_suppliers': { params: { before: BEFORE, since: BEFORE }, reads: { matched_invoice_lines: 'skip by_time', master_records: MASTER } },
  'invoices_off_contract': { reads: { document_lines: ['skip by_time', 'key document_type,document_id'], master_records: ['key kind', { whole: 'all items: master data are a few granules' }] } },
  'invoices_leakage': { reads: { document_lines: ['skip by_time', 'key document_type,document_id'], master_records: ['key kind', { whole: 'all items: master data are a few granules' }] } },
  'invoices_contract_prices': { params: { contract_tolerance: '2' }, reads: { matched_invoice_lines: 'skip by_time', document_lines: 'key document_type,document_id', master_records: MASTER } },
  'invoices_price_accuracy': { params: { contract_tolerance: '2' }, reads: { matched_invoice_lines: 'skip by_time', document_lines: 'key document_type,document_id', master_records: MASTER } },
};
