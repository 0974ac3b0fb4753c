-- A chain reads some ten document lines and a kept chain or two by key, and of each it shows some thirty columns: thirty files
-- to open and a block of 64 KiB to unpack in each, for one value. Here what is shown of a row is one text, as events have
-- been since 0025, and blocks are small where rows are read one at a time. Whoever reads columns reads them as before.
ALTER TABLE document_lines
  ADD COLUMN IF NOT EXISTS head String MATERIALIZED toJSONString([
    toString(action), object_id, toString(event_key), toString(toUnixTimestamp64Milli(time)), toString(toUnixTimestamp64Milli(recorded_at)), toString(facility), toString(revision),
    toString(currency), toString(supplier), case_token, invoice_number, toString(reason), ifNull(toString(due_date), ''), ifNull(toString(header_tax), ''),
    ifNull(toString(header_freight), ''), item, lot, ifNull(toString(quantity), ''), toString(uom), ifNull(toString(price), ''), ifNull(toString(amount), ''), toString(location),
    toString(flow_type), ifNull(toString(toUnixTimestamp64Milli(due_at)), ''), toString(code), order_id, order_line])
  COMMENT 'JSON array of texts, what a chain shows of the line: action, object_id, event_key, time, recorded_at, facility, revision, currency, supplier, case_token, invoice_number, reason, due_date, header_tax, header_freight, item, lot, quantity, uom, price, amount, location, flow_type, due_at, code, order_id, order_line; moments in milliseconds since 1970, empty where there is none' CODEC(ZSTD(1));
-- In the background: until a part has it, its text is made when it is read.
ALTER TABLE document_lines MATERIALIZE COLUMN head SETTINGS mutations_sync = 0;

ALTER TABLE document_lines MODIFY SETTING min_compress_block_size = 8192;
ALTER TABLE object_events MODIFY SETTING min_compress_block_size = 8192;
ALTER TABLE event_heads MODIFY SETTING min_compress_block_size = 8192;
ALTER TABLE trace_events MODIFY SETTING min_compress_block_size = 8192;
ALTER TABLE link_steps MODIFY SETTING min_compress_block_size = 8192;

-- Kept chains by what they are asked for.
CREATE TABLE chain_heads (
  anchor  LowCardinality(String) COMMENT 'order-line, usage or requisition-line',
  id      String COMMENT 'key of the anchor as an object',
  version UInt64 COMMENT 'of the run; of one run''s two rows the one that is not gone counts: a chain that begins on another day than before is written twice',
  gone    UInt8 COMMENT '1: there is no such chain any more',
  head    String COMMENT 'JSON array of texts: facility, supplier, item, flow_type, started_at, flow_known, cancelled, usage, requisition, order, acknowledgement, shipment, receipt, invoice, posting, usage_at, order_at, acknowledgement_at, shipment_at, receipt_at, invoice_at, posting_at, order_from, acknowledgement_from, receipt_from, is_promised, invoice_from, posting_from, acknowledgement_code, posting_failed, order_failed, quantity, uom, currency, value; moments in milliseconds since 1970, empty where there is none' CODEC(ZSTD(1))
) ENGINE = ReplacingMergeTree(version)
ORDER BY (anchor, id)
SETTINGS min_level_for_wide_part = 1, index_granularity = 256, min_compress_block_size = 8192;

CREATE MATERIALIZED VIEW chain_heads_fill TO chain_heads AS
SELECT anchor, id, run * 2 + NOT gone AS version, gone,
  toJSONString([
    toString(facility), toString(supplier), item, toString(flow_type), toString(toUnixTimestamp64Milli(started_at)), toString(flow_known), toString(cancelled), toString(usage),
    toString(requisition), toString(`order`), toString(acknowledgement), toString(shipment), toString(receipt), toString(invoice), toString(posting),
    ifNull(toString(toUnixTimestamp64Milli(usage_at)), ''), ifNull(toString(toUnixTimestamp64Milli(order_at)), ''), ifNull(toString(toUnixTimestamp64Milli(acknowledgement_at)), ''),
    ifNull(toString(toUnixTimestamp64Milli(shipment_at)), ''), ifNull(toString(toUnixTimestamp64Milli(receipt_at)), ''), ifNull(toString(toUnixTimestamp64Milli(invoice_at)), ''),
    ifNull(toString(toUnixTimestamp64Milli(posting_at)), ''), ifNull(toString(toUnixTimestamp64Milli(order_from)), ''), ifNull(toString(toUnixTimestamp64Milli(acknowledgement_from)), ''),
    ifNull(toString(toUnixTimestamp64Milli(receipt_from)), ''), toString(is_promised), ifNull(toString(toUnixTimestamp64Milli(invoice_from)), ''),
    ifNull(toString(toUnixTimestamp64Milli(posting_from)), ''), toString(acknowledgement_code), toString(posting_failed), toString(order_failed), ifNull(toString(quantity), ''),
    toString(uom), toString(currency), ifNull(toString(value), '')]) AS head
FROM chains;

INSERT INTO chain_heads (anchor, id, version, gone, head)
SELECT anchor, id, run * 2 + NOT gone AS version, gone,
  toJSONString([
    toString(facility), toString(supplier), item, toString(flow_type), toString(toUnixTimestamp64Milli(started_at)), toString(flow_known), toString(cancelled), toString(usage),
    toString(requisition), toString(`order`), toString(acknowledgement), toString(shipment), toString(receipt), toString(invoice), toString(posting),
    ifNull(toString(toUnixTimestamp64Milli(usage_at)), ''), ifNull(toString(toUnixTimestamp64Milli(order_at)), ''), ifNull(toString(toUnixTimestamp64Milli(acknowledgement_at)), ''),
    ifNull(toString(toUnixTimestamp64Milli(shipment_at)), ''), ifNull(toString(toUnixTimestamp64Milli(receipt_at)), ''), ifNull(toString(toUnixTimestamp64Milli(invoice_at)), ''),
    ifNull(toString(toUnixTimestamp64Milli(posting_at)), ''), ifNull(toString(toUnixTimestamp64Milli(order_from)), ''), ifNull(toString(toUnixTimestamp64Milli(acknowledgement_from)), ''),
    ifNull(toString(toUnixTimestamp64Milli(receipt_from)), ''), toString(is_promised), ifNull(toString(toUnixTimestamp64Milli(invoice_from)), ''),
    ifNull(toString(toUnixTimestamp64Milli(posting_from)), ''), toString(acknowledgement_code), toString(posting_failed), toString(order_failed), ifNull(toString(quantity), ''),
    toString(uom), toString(currency), ifNull(toString(value), '')]) AS head
FROM chains FINAL WHERE NOT gone;
