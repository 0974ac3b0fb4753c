-- Relations that nobody stated and that the facts suggest, each with its rule and how sure it is. They stay out of
-- completeness, money and verdicts. clickhouse/inference.ts works them out anew for what events have touched: all edges
-- into one request or order line at a time.

-- What moves an item at a location, in the order of its time: what was used, and what was asked for or ordered. A requisition
-- that only bills what was used brings nothing to the location.
CREATE TABLE item_moves (
  thing     String COMMENT 'the item, or the GTIN where no item is stated',
  location  LowCardinality(String),
  time      DateTime64(3, 'UTC'),
  kind      LowCardinality(String) COMMENT 'usage, replenishment-line, requisition-line or order-line',
  object_id String,
  event_key UUID,
  rank      UInt256,
  facility  LowCardinality(String),
  quantity  Nullable(Decimal(18, 4)),
  uom       LowCardinality(String)
) ENGINE = ReplacingMergeTree(rank)
ORDER BY (thing, location, time, kind, object_id, event_key)
SETTINGS fsync_after_insert = 1;

CREATE MATERIALIZED VIEW item_moves_fill TO item_moves AS
SELECT if(item = '', gtin, item) AS thing, location, time, if(document_type = 'usage', 'usage', concat(document_type, '-line')) AS kind,
  concat(document_id, '/', replaceAll(replaceAll(line_id, '%', '%25'), '/', '%2F')) AS object_id, event_key, rank, facility, quantity, uom
FROM events
ARRAY JOIN `lines.id` AS line_id, `lines.item` AS item, `lines.gtin` AS gtin, `lines.location` AS location, `lines.quantity` AS quantity, `lines.uom` AS uom, `lines.flow_type` AS flow_type
WHERE (document_type, action) IN (('usage', 'recorded'), ('replenishment', 'requested'), ('requisition', 'submitted'), ('order', 'created'), ('order', 'changed')) AND line_id != '' AND thing != ''
  AND NOT (document_type = 'requisition' AND flow_type IN ('consignment-use', 'bill-only', 'bill-and-replace'));

INSERT INTO item_moves (thing, location, time, kind, object_id, event_key, rank, facility, quantity, uom)
SELECT if(item = '', gtin, item) AS thing, location, time, if(document_type = 'usage', 'usage', concat(document_type, '-line')) AS kind,
  concat(document_id, '/', replaceAll(replaceAll(line_id, '%', '%25'), '/', '%2F')) AS object_id, event_key, rank, facility, quantity, uom
FROM events
ARRAY JOIN `lines.id` AS line_id, `lines.item` AS item, `lines.gtin` AS gtin, `lines.location` AS location, `lines.quantity` AS quantity, `lines.uom` AS uom, `lines.flow_type` AS flow_type
WHERE (document_type, action) IN (('usage', 'recorded'), ('replenishment', 'requested'), ('requisition', 'submitted'), ('order', 'created'), ('order', 'changed')) AND line_id != '' AND thing != ''
  AND NOT (document_type = 'requisition' AND flow_type IN ('consignment-use', 'bill-only', 'bill-and-replace'));

CREATE TABLE move_touched (
  touched_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'by the store''s clock, when the row was written',
  thing      String,
  time       DateTime64(3, 'UTC'),
  kind       LowCardinality(String),
  object_id  String
) ENGINE = ReplacingMergeTree
ORDER BY (touched_at, thing, kind, object_id, time)
TTL toDateTime(touched_at) + INTERVAL 3 DAY;

CREATE MATERIALIZED VIEW move_touched_fill TO move_touched AS
SELECT now64(3, 'UTC') AS touched_at, if(item = '', gtin, item) AS thing, time, if(document_type = 'usage', 'usage', concat(document_type, '-line')) AS kind,
  concat(document_id, '/', replaceAll(replaceAll(line_id, '%', '%25'), '/', '%2F')) AS object_id
FROM events
ARRAY JOIN `lines.id` AS line_id, `lines.item` AS item, `lines.gtin` AS gtin, `lines.flow_type` AS flow_type
WHERE (document_type, action) IN (('usage', 'recorded'), ('replenishment', 'requested'), ('requisition', 'submitted'), ('order', 'created'), ('order', 'changed')) AND line_id != '' AND thing != ''
  AND NOT (document_type = 'requisition' AND flow_type IN ('consignment-use', 'bill-only', 'bill-and-replace'));

-- What the item master says of GTINs decides which item a scan was of, at any time.
CREATE MATERIALIZED VIEW move_touched_item_fill TO move_touched AS
SELECT now64(3, 'UTC') AS touched_at, document_id AS thing, arrayJoin([toDateTime64('1900-01-02 00:00:00', 3, 'UTC'), toDateTime64('2299-12-30 00:00:00', 3, 'UTC')]) AS time, 'item' AS kind, document_id AS object_id
FROM events
WHERE document_type = 'item' AND startsWith(type, 'master.');

CREATE TABLE inference_runs (
  run           UInt64 COMMENT 'milliseconds since 1970 at its start; also the version of its rows',
  touched_until DateTime64(3, 'UTC'),
  full          UInt8,
  edges         UInt64 COMMENT 'edges that it wrote',
  took_ms       UInt32
) ENGINE = MergeTree ORDER BY run
TTL toDateTime(intDiv(run, 1000)) + INTERVAL 30 DAY
SETTINGS fsync_after_insert = 1;

-- Both directions stored, as in links, so that each hop of a walk reads one key range.
CREATE TABLE inferred_links (
  node_type  LowCardinality(String),
  node_id    String,
  direction  Enum8('down' = 1, 'up' = -1) COMMENT 'down: peer comes later in the chain',
  peer_type  LowCardinality(String),
  peer_id    String,
  run        UInt64,
  gone       UInt8,
  qualifier  LowCardinality(String),
  rule       LowCardinality(String),
  confidence Float32 COMMENT '0 to 1',
  why        String COMMENT 'the facts that the rule went by, in words',
  time       DateTime64(3, 'UTC') COMMENT 'of the later of the two'
) ENGINE = ReplacingMergeTree(run)
ORDER BY (node_type, node_id, direction, peer_type, peer_id);
