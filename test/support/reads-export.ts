import type { Expectations, Way } from './query-reads';

/** Recalls, which start at items and lots, and exports, which take a range or the documents of some chains. */

const OBJECTS: Way = 'key object_type,object_id';
const INFERRED: Way = 'key node_type,node_id';
const LOG: Way = 'key toStartOfHour(time),facility,interface,type,time,event_key';

export const EXPORT_READS: Expectations = {
  'recall_keys': { reads: { search_keys: 'key key' } },
  'recall_gtins': { reads: { master_records: 'key kind' } },
  'recall_item_names': { reads: { master_records: 'key kind,record_id' } },
  'recall_size': { reads: { object_events: OBJECTS } },
  'recall_lines': { reads: { document_lines: 'key document_type,document_id' } },
  'recall_scanned': { reads: { document_lines: { kind: 'no key leads from a GTIN to its lines: two narrow columns of what moves things' } } },
  'recall_taken_back': { reads: { document_lines: 'key document_type,document_id,line_id' } },
  'recall_balances': { reads: { balances: 'time' } },
  'recall_stocked': { reads: { events: LOG } },
  'recall_notices': { reads: { document_lines: { kind: 'recalls are few' } } },
  'ocel_size': { reads: { events: 'time' } },
  'ocel_hop': { reads: { links: 'key node_type,node_id,direction' } },
  'ocel_events_range': { reads: { events: 'time' } },
  'ocel_objects_range': { reads: { events: 'time' } },
  'ocel_objects_range_inferred': { reads: { events: 'time', inferred_links: INFERRED } },
  'ocel_events_nodes': { reads: { events: LOG } },
  'ocel_objects_nodes': { reads: { events: LOG } },
  'ocel_objects_nodes_inferred': { reads: { events: LOG, inferred_links: INFERRED } },
  'openlineage_runs': { reads: { handovers: 'time' } },
  // Counted from what parts say of their months, where a month is asked for whole.
  'openlineage_size': {},
};
