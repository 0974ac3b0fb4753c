import type { Expectations, Way } from './query-reads';

/** The SLA figures: each as a total, in its parts (by step) and as the lines behind it. */

const MASTER: Way = 'key kind';
const kind = (why: string): Way => ({ kind: why });
const OTHER_STEP = kind('the other step of a line may be of any age');

const MATCH: Expectations[string] = {
  reads: {
    matched_invoice_lines: 'key toDate(time)', document_lines: 'key document_type,document_id', links: 'key node_type,node_id,direction,peer_type', master_records: MASTER,
  },
};
const REPLENISHED: Expectations[string] = { reads: { document_lines: 'skip by_time' } };
const REQUISITIONED: Expectations[string] = { reads: { document_lines: OTHER_STEP, links: kind('requisition lines of any age') } };
const INVOICED: Expectations[string] = { reads: { document_lines: ['skip by_time', OTHER_STEP], links: kind('postings of invoice lines') } };

export const SLA_READS: Expectations = {
  'sla_match': MATCH,
  'sla_perfect_*': MATCH,
  'sla_invoice_exceptions_*': MATCH,
  'sla_price_accuracy_*': MATCH,
  'sla_spend_accuracy_*': MATCH,
  'sla_stock_availability*': { reads: { balances: 'time' } },
  'sla_stockout_rate*': { reads: { document_lines: 'skip by_time', balances: { whole: 'the newest report before a request may be of any age' } } },
  'sla_point_of_use_fill*': REPLENISHED,
  'sla_replenishment_cycle*': REPLENISHED,
  'sla_requisition_to_sent*': REQUISITIONED,
  'sla_approved_to_receipt*': REQUISITIONED,
  'sla_first_response_fill*': { reads: { events: 'time' } },
  'sla_touchless*': INVOICED,
  'sla_invoice_cycle*': INVOICED,
  'sla_on_contract_spend*': { reads: { document_lines: ['skip by_time', OTHER_STEP], master_records: MASTER } },
  'sla_case_cost_accuracy*': { reads: { case_lines: 'key day', desk_days: 'key view,day' } },
  'sla_interface_availability*': { reads: { handovers: 'time' } },
  'sla_lineage_completeness*': { reads: { chains: 'time' } },
};
