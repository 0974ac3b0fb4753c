import type { Expectations, Way } from './query-reads';

/** The work list: what the keeper asks of the log, and what pages ask of what it keeps. */

const SIDE: Way = 'key settled';
const ACTIONS: Way = { whole: 'what people did: a row for each action, few beside what the log holds' };
const WHENEVER = 'a clock may run out on a chain of any age';
const ALL_TIME = 'the keeper asks for all time: what stands may be of any age';

export const EXCEPTION_READS: Expectations = {
  // Pages
  'exceptions_work': { reads: { exceptions: SIDE, exception_actions: ACTIONS }, params: { sides: [0] } },
  'exceptions_groups': { reads: { exceptions: SIDE, exception_actions: ACTIONS }, params: { sides: [0] } },
  'exceptions_series_*': { reads: { exceptions: SIDE, exception_actions: ACTIONS }, params: { sides: [0] } },
  'exceptions_targets': { reads: { exceptions: SIDE, exception_actions: ACTIONS }, params: { sides: [0] } },
  'exceptions_one': { reads: { exceptions: 'key settled,key', exception_actions: 'key key' } },
  'exceptions_history': { reads: { exception_actions: 'key key' } },
  'exceptions_last_run': { reads: { exception_runs: { whole: 'one row for each run of the last 30 days' } } },
  'saved_views': { reads: { saved_views: 'key person,page' } },

  // The keeper
  // Two maxima, each of which is a constant by the time it is planned.
  'exceptions_news': {},
  'exceptions_touched': { reads: { desk_touched: 'key touched_at', open_touched: 'key touched_at' }, params: { since: new Date('2096-01-01'), until: new Date('2097-01-01') } },
  'exceptions_chains_written': { reads: { chains: 'skip by_run' }, params: { after: 4_102_444_800_000 } },
  'exceptions_chains_due': { reads: { chains: { whole: `a few narrow columns, now and then: ${WHENEVER}` } } },
  'exceptions_receipts_due': { reads: { matched_order_lines: { whole: 'a narrow column of those that wait, now and then: a receipt may be of any age' } } },
  'exceptions_chain_gaps_touched': { reads: { chains: 'key started_day,anchor,id' } },
  'exceptions_receipts_touched': { reads: { matched_order_lines: 'key settled,order_id' }, params: { orders: ['PO-1'] } },
  'exceptions_invoice_lines_touched': { reads: { matched_invoice_lines: 'skip by_document' }, params: { documents: ['INV-1'] } },
  'exceptions_usages_taken_back': { reads: { document_lines: 'key document_type,document_id,aspect' }, params: { documents: ['US-1'] } },
  'exceptions_unmapped_usages_touched': { reads: { document_lines: 'key document_type,document_id' }, params: { documents: ['US-1'] } },
  'exceptions_refused_lines_touched': { reads: { document_lines: ['key document_type,document_id', 'skip by_order'] }, params: { documents: ['PO-1'] } },
  'exceptions_failed_orders_touched': { reads: { events: 'key toStartOfHour(time)' }, params: { documents: ['PO-1'] } },
  'exceptions_orders_received': { reads: { document_lines: 'key document_type,document_id' }, params: { documents: ['RC-1'] } },
  'exceptions_requisitions_served': { reads: { links: 'key node_type,node_id,direction' }, params: { documents: ['PO-1'] } },
  'exceptions_handovers': { reads: { handovers: { whole: `${ALL_TIME}; once, when the keeper begins` }, document_lines: 'key document_type,document_id,aspect' } },
  'exceptions_handovers_touched': { reads: { handovers: 'key toStartOfHour(time)', document_lines: 'key document_type,document_id,aspect' }, params: { types: ['invoice'], object_types: ['invoice'] } },
  'exceptions_handovers_of_no_document': { reads: { handovers: { whole: `${ALL_TIME}; a narrow column, asked seldom` }, document_lines: 'key document_type,document_id,aspect' } },
  'exceptions_failed_of': { reads: { handovers: 'key toStartOfHour(time)' }, params: { types: ['invoice'], object_types: ['invoice'] } },
  'exceptions_standing_by_key': { reads: { exceptions: 'key settled,key' }, params: { keys: ['a key'] } },
  'exceptions_standing': { reads: { exceptions: SIDE } },
  'exceptions_settled_before': { reads: { exceptions: 'key settled,key' }, params: { keys: ['a key'] } },
  'exceptions_chain_gaps': { reads: { chains: 'time' } },
  'exceptions_dead_letters': { reads: { dead_letters: 'time', events: 'skip by_id' } },
  'exceptions_failed_orders': { reads: { events: 'time' } },
  'exceptions_identity_conflicts': { reads: { events: 'time' } },
  'exceptions_invoice_lines': { reads: { matched_invoice_lines: 'key toDate(time)' } },
  'exceptions_posting_standings': { reads: { document_lines: ['key document_type,document_id', { kind: 'postings of the documents, by their lines' }], links: 'key node_type,node_id,direction' } },
  'exceptions_receipts': { reads: { matched_order_lines: { whole: 'a receipt that waits for its invoice may be of any age' } } },
  'exceptions_refused_lines': { reads: { document_lines: ['key document_type,document_id', 'skip by_order'] } },
  'exceptions_unmapped_usages': { reads: { document_lines: ['skip by_time', { kind: 'usage may be taken back at any time' }] } },
  'ownership_foreign_events': { reads: { events: { whole: `${ALL_TIME}; what a system that owns its type said is left out by two narrow columns, and it is asked seldom` } } },
};
