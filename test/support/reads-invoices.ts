import type { Expectations, Way } from './query-reads';

/** What the pages of receipts and invoices read besides their lists of lines. */

const MASTER: Way = 'key kind';
const OPEN: Way = { whole: 'holds what stands open, of whatever age; the skip index leaves out what is gone' };
const BEFORE = new Date('2026-03-01T00:00:00Z');

export const INVOICE_READS: Expectations = {
  'accruals_lines': { params: { month: '2026-03-01', currency: 'USD', part: 'closing' }, reads: { accruals: { whole: 'narrow columns; what is open at a month\'s end may be of any age' }, master_records: MASTER } },
  'accruals_postings': { params: { month: '2026-03-01', currency: 'USD' }, reads: { document_lines: 'key document_type', master_records: MASTER } },
  'receipts_under_delivered': { reads: { open_order_lines: OPEN, master_records: MASTER } },
  'receipts_supplier_contact': { reads: { master_records: 'key kind,record_id' } },
  'invoices_differences': { reads: { matched_invoice_lines: 'key toDate(time)', matched_invoice_lines_beside: 'key object_id', document_lines: 'key document_type,document_id,aspect' } },
  'invoices_items': { reads: { matched_invoice_lines: 'key toDate(time)' } },
  'invoices_line': { params: { object_id: 'INV/1' }, reads: { matched_invoice_lines: 'skip by_object', document_lines: 'key document_type,document_id,aspect', master_records: MASTER } },
  'invoices_line_beside': { params: { object_id: 'INV/1' }, reads: { matched_invoice_lines_beside: 'key object_id' } },
  'invoices_blocked': { reads: { blocked_invoices: OPEN, master_records: MASTER } },
  'invoices_blocked_totals': { reads: { blocked_invoices: OPEN } },
  'invoices_suppliers': { params: { before: BEFORE, since: BEFORE }, reads: { matched_invoice_lines: 'key toDate(time)', master_records: MASTER } },
  'invoices_off_contract': { reads: { contract_lines: ['key day', 'time'], desk_days: 'key view,day', master_records: MASTER } },
  'invoices_leakage': { reads: { contract_lines: ['key day', 'time'], desk_days: 'key view,day', master_records: MASTER } },
  'invoices_contract_prices': { params: { contract_tolerance: '2' }, reads: { matched_invoice_lines: 'key toDate(time)', document_lines: 'key document_type,document_id', master_records: MASTER } },
  'invoices_price_accuracy': { params: { contract_tolerance: '2' }, reads: { matched_invoice_lines: 'key toDate(time)', document_lines: 'key document_type,document_id', master_records: MASTER } },
};
