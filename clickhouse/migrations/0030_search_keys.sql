-- A search ends at what its key leads to: beside it stands what touched that last, and at which facility, so that no second
-- table is asked about what the first has found. A key is a few rows, and each part of the table costs a granule: of 512 rows
-- instead of 8,192. Four views wrote a part each at every insert; one does.
CREATE TABLE search_keys (
  key         String COMMENT 'as a person may type it, in lower case',
  object_type LowCardinality(String),
  object_id   String,
  kind        LowCardinality(String) COMMENT 'id, invoice number, gtin, serial',
  facility    LowCardinality(String) COMMENT 'of the events: who may see one facility finds what was there',
  last        SimpleAggregateFunction(max, Tuple(time DateTime64(3, 'UTC'), type String)) COMMENT 'the latest event there that has the key',
  last_time   DateTime64(3, 'UTC') ALIAS last.time
) ENGINE = AggregatingMergeTree
ORDER BY (key, object_type, object_id, kind, facility)
SETTINGS fsync_after_insert = 1, min_level_for_wide_part = 1, index_granularity = 512, min_compress_block_size = 8192;

CREATE MATERIALIZED VIEW search_keys_fill TO search_keys AS
SELECT found.1 AS key, found.2 AS object_type, found.3 AS object_id, found.4 AS kind, facility, (time, toString(type)) AS last
FROM events
ARRAY JOIN arrayFilter(one -> one.1 != '' AND one.2 != '' AND one.3 != '', arrayConcat(
  arrayMap((of_type, id) -> (lowerUTF8(id), toString(of_type), id, 'id'), `objects.type`, `objects.id`),
  [(if(document_type = 'invoice', lowerUTF8(invoice_number), ''), 'invoice', document_id, 'invoice number')],
  arrayMap((gtin, item) -> (gtin, 'item', item, 'gtin'), `lines.gtin`, `lines.item`),
  arrayMap((serial, line) -> (lowerUTF8(serial),
      multiIf(document_type IN ('usage', 'posting', 'payment'), toString(document_type), document_type = 'match', 'invoice-line',
        document_type IN ('replenishment', 'transfer', 'requisition', 'order', 'shipment', 'receipt', 'invoice'), concat(document_type, '-line'), ''),
      if(line = '', '', concat(document_id, '/', replaceAll(replaceAll(line, '%', '%25'), '/', '%2F'))), 'serial'), `lines.serial`, `lines.id`))) AS found;

-- What is there already. Ids in the order in which objects lie, so that one at a time is in memory; the few others as events have them.
INSERT INTO search_keys (key, object_type, object_id, kind, facility, last)
SELECT lowerUTF8(object_id), object_type, object_id, 'id', facility, max((time, toString(type)))
FROM object_events WHERE object_id != '' GROUP BY object_type, object_id, facility
SETTINGS optimize_aggregation_in_order = 1;

INSERT INTO search_keys (key, object_type, object_id, kind, facility, last)
SELECT found.1, found.2, found.3, found.4, facility, (time, toString(type))
FROM events
ARRAY JOIN arrayFilter(one -> one.1 != '' AND one.2 != '' AND one.3 != '', arrayConcat(
  [(if(document_type = 'invoice', lowerUTF8(invoice_number), ''), 'invoice', document_id, 'invoice number')],
  arrayMap((gtin, item) -> (gtin, 'item', item, 'gtin'), `lines.gtin`, `lines.item`),
  arrayMap((serial, line) -> (lowerUTF8(serial),
      multiIf(document_type IN ('usage', 'posting', 'payment'), toString(document_type), document_type = 'match', 'invoice-line',
        document_type IN ('replenishment', 'transfer', 'requisition', 'order', 'shipment', 'receipt', 'invoice'), concat(document_type, '-line'), ''),
      if(line = '', '', concat(document_id, '/', replaceAll(replaceAll(line, '%', '%25'), '/', '%2F'))), 'serial'), `lines.serial`, `lines.id`))) AS found;

DROP VIEW IF EXISTS object_keys_fill SYNC;
DROP VIEW IF EXISTS object_keys_invoice_fill SYNC;
DROP VIEW IF EXISTS object_keys_gtin_fill SYNC;
DROP VIEW IF EXISTS object_keys_serial_fill SYNC;
DROP TABLE IF EXISTS object_keys SYNC;
