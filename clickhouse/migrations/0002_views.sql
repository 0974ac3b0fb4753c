-- Views of the log. Each is filled by one statement over events and can be rebuilt by running that statement
-- again; each row is keyed by what it says, never by arrival, so duplicates and order cannot change it.

-- Facts: a document line as its latest revision states it, per aspect (what was ordered, what was
-- acknowledged, what was cancelled stand side by side). Attempts and several targets of one fact fall together.
CREATE TABLE document_lines (
  document_type  LowCardinality(String),
  document_id    String,
  line_id        String COMMENT 'empty where the event speaks of the document as a whole',
  aspect         LowCardinality(String) COMMENT 'the action; created and changed are one aspect, created',
  action         LowCardinality(String),
  object_id      String COMMENT 'key of the line as an object: document/line',
  event_key      UUID,
  rank           UInt256,
  time           DateTime64(3, 'UTC'),
  recorded_at    DateTime64(3, 'UTC'),
  source         LowCardinality(String),
  facility       LowCardinality(String),
  actor_kind     LowCardinality(String),
  revision       UInt32,
  business_date  Nullable(Date32),
  currency       LowCardinality(String),
  supplier       LowCardinality(String),
  buyer          LowCardinality(String),
  case_token     String,
  procedure_code LowCardinality(String),
  service_line   LowCardinality(String),
  invoice_number String,
  reason         LowCardinality(String),
  due_date       Nullable(Date32),
  discount_date  Nullable(Date32),
  header_tax     Nullable(Decimal(18, 4)),
  header_freight Nullable(Decimal(18, 4)),
  item           String,
  gtin           String,
  lot            String,
  serial         String,
  expiry         Nullable(Date32),
  quantity       Nullable(Decimal(18, 4)),
  uom            LowCardinality(String),
  price          Nullable(Decimal(18, 6)),
  amount         Nullable(Decimal(18, 4)),
  tax            Nullable(Decimal(18, 4)),
  freight        Nullable(Decimal(18, 4)),
  location       LowCardinality(String),
  from_location  LowCardinality(String),
  cost_centre    LowCardinality(String),
  flow_type      LowCardinality(String),
  due_at         Nullable(DateTime64(3, 'UTC')),
  code           LowCardinality(String),
  contract       String,
  order_id       String,
  order_line     String,
  ref_type       LowCardinality(String),
  ref_id         String,
  implant        UInt8,
  INDEX by_order order_id TYPE bloom_filter(0.01) GRANULARITY 4,
  INDEX by_time time TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree(rank)
ORDER BY (document_type, document_id, line_id, aspect)
SETTINGS fsync_after_insert = 1;

CREATE MATERIALIZED VIEW document_lines_fill TO document_lines AS
SELECT
  document_type, document_id, line_id, if(action = 'changed', 'created', action) AS aspect, action,
  if(line_id = '', document_id, concat(document_id, '/', replaceAll(replaceAll(line_id, '%', '%25'), '/', '%2F'))) AS object_id,
  event_key, rank, time, recorded_at, source, facility, actor_kind, revision, business_date, currency, supplier, buyer,
  case_token, procedure_code, service_line, invoice_number, reason, due_date, discount_date, header_tax, header_freight,
  item, gtin, lot, serial, expiry, quantity, uom, price, amount, tax, freight, location, from_location, cost_centre,
  flow_type, due_at, code, contract, order_id, order_line, ref_type, ref_id, implant
FROM events
ARRAY JOIN
  `lines.id` AS line_id, `lines.item` AS item, `lines.gtin` AS gtin, `lines.lot` AS lot, `lines.serial` AS serial,
  `lines.expiry` AS expiry, `lines.quantity` AS quantity, `lines.uom` AS uom, `lines.price` AS price,
  `lines.amount` AS amount, `lines.tax` AS tax, `lines.freight` AS freight, `lines.location` AS location,
  `lines.from_location` AS from_location, `lines.cost_centre` AS cost_centre, `lines.flow_type` AS flow_type,
  `lines.due_at` AS due_at, `lines.code` AS code, `lines.contract` AS contract, `lines.order_id` AS order_id,
  `lines.order_line` AS order_line, `lines.ref_type` AS ref_type, `lines.ref_id` AS ref_id, `lines.implant` AS implant
WHERE document_type IN ('case', 'usage', 'replenishment', 'threshold', 'transfer', 'recall', 'requisition', 'order',
  'shipment', 'receipt', 'invoice', 'match', 'posting', 'payment');

-- Inventory balances as reported, every report kept: the last one per item, location and lot is what is on hand.
CREATE TABLE balances (
  facility      LowCardinality(String),
  location      LowCardinality(String),
  item          String,
  lot           String,
  time          DateTime64(3, 'UTC'),
  action        LowCardinality(String) COMMENT 'reported: the whole of the item at the location; adjusted: this lot',
  status        LowCardinality(String),
  expiry        Nullable(Date32),
  on_hand       Nullable(Decimal(18, 4)),
  reserved      Nullable(Decimal(18, 4)),
  par           Nullable(Decimal(18, 4)),
  reorder_point Nullable(Decimal(18, 4)),
  uom           LowCardinality(String),
  recorded_at   DateTime64(3, 'UTC'),
  event_key     UUID,
  rank          UInt256
) ENGINE = ReplacingMergeTree(rank)
PARTITION BY toYYYYMM(time)
ORDER BY (facility, location, item, lot, status, time)
SETTINGS fsync_after_insert = 1;

CREATE MATERIALIZED VIEW balances_fill TO balances AS
SELECT facility, location, item, lot, time, action, status, expiry, on_hand, reserved, par, reorder_point, uom,
  recorded_at, event_key, rank
FROM events
ARRAY JOIN
  `lines.location` AS location, `lines.item` AS item, `lines.lot` AS lot, `lines.code` AS status,
  `lines.expiry` AS expiry, `lines.on_hand` AS on_hand, `lines.reserved` AS reserved, `lines.par` AS par,
  `lines.reorder_point` AS reorder_point, `lines.uom` AS uom
WHERE document_type = 'balance';

-- Master data by version and valid-from.
CREATE TABLE master_records (
  kind        LowCardinality(String) COMMENT 'item, supplier, location, costcenter, uom, contract, fxrate',
  record_id   String,
  valid_from  Date32,
  version     UInt32 COMMENT 'the document''s revision',
  facility    LowCardinality(String),
  attributes  String COMMENT 'JSON',
  time        DateTime64(3, 'UTC'),
  recorded_at DateTime64(3, 'UTC'),
  event_key   UUID,
  rank        UInt256
) ENGINE = ReplacingMergeTree(rank)
ORDER BY (kind, record_id, valid_from, version)
SETTINGS fsync_after_insert = 1;

CREATE MATERIALIZED VIEW master_records_fill TO master_records AS
SELECT document_type AS kind, document_id AS record_id, coalesce(business_date, toDate32(time)) AS valid_from,
  revision AS version, facility, attributes, time, recorded_at, event_key, rank
FROM events
WHERE startsWith(type, 'master.');

-- Hand-overs: each attempt to bring a message over an interface to a target, with its outcome.
-- fingerprint, version 1: interface, target and document (the stage), error class, code, and the message with
-- ids, numbers and dates taken out.
CREATE TABLE handovers (
  handover_key UUID COMMENT 'the message meant (source, type, document, revision and target): its attempts share it, failed creation too',
  event_key    UUID,
  time         DateTime64(3, 'UTC'),
  recorded_at  DateTime64(3, 'UTC'),
  recorded_rank UInt64 COMMENT 'falls as recorded_at rises: of two copies the first recorded stays',
  interface    LowCardinality(String),
  pattern      LowCardinality(String),
  source       LowCardinality(String),
  target       LowCardinality(String),
  facility     LowCardinality(String),
  type         LowCardinality(String),
  document_type LowCardinality(String),
  document_id  String,
  revision     UInt32,
  outcome      LowCardinality(String),
  attempt      UInt16,
  latency_ms   Nullable(UInt32),
  error_class  LowCardinality(String),
  error_code   LowCardinality(String),
  error_message String,
  error_retryable UInt8,
  replay_of    String,
  message_pattern String COMMENT 'error_message with ids, numbers and dates taken out',
  fingerprint  UInt64,
  INDEX by_recorded recorded_at TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree(recorded_rank)
PARTITION BY toYYYYMM(time)
ORDER BY (toStartOfHour(time), interface, target, time, event_key)
SETTINGS fsync_after_insert = 1;

CREATE MATERIALIZED VIEW handovers_fill TO handovers AS
SELECT
  multiIf(
    startsWith(type, 'integration.message.'),
      reinterpretAsUUID(sipHash128('message', JSONExtractString(attributes, 'message', 'source'), JSONExtractString(attributes, 'message', 'id'), target)),
    document_id = '', reinterpretAsUUID(sipHash128('event', source, id, target)),
    -- What failed and what then succeeds are attempts at one thing.
    reinterpretAsUUID(sipHash128('document', source, transform(type, ['procurement.order.failed.v1', 'finance.posting.failed.v1'],
      ['procurement.order.created.v1', 'finance.posting.completed.v1'], type), document_id, revision, interface, target))
  ) AS handover_key,
  event_key, time, recorded_at, recorded_rank, interface, pattern, source, target, facility, type, document_type, document_id, revision,
  outcome, attempt, latency_ms, error_class, error_code, error_message, error_retryable, replay_of,
  if(error_message = '', '', replaceRegexpAll(replaceRegexpAll(lower(error_message),
    '[0-9a-z]*[0-9][0-9a-z]*([-_:./][0-9a-z]*[0-9][0-9a-z]*)*', '#'), '\\s+', ' ')) AS message_pattern,
  if(outcome = 'succeeded', 0, sipHash64(1, interface, target, document_type, error_class, error_code, message_pattern)) AS fingerprint
FROM events
WHERE outcome != '';

-- The links between objects, both directions stored so that each hop of a walk reads one key range.
CREATE TABLE links (
  node_type  LowCardinality(String),
  node_id    String,
  direction  Enum8('down' = 1, 'up' = -1) COMMENT 'down: peer comes later in the chain',
  peer_type  LowCardinality(String),
  peer_id    String,
  qualifier  LowCardinality(String),
  stated     UInt8 COMMENT '1: a document named the other; 0: inferred by rule',
  rule       LowCardinality(String),
  confidence Float32 COMMENT '1 for stated relations',
  time       SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
  recorded_at SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'since when it is known'
) ENGINE = AggregatingMergeTree
ORDER BY (node_type, node_id, direction, peer_type, peer_id, qualifier, stated, rule, confidence)
SETTINGS fsync_after_insert = 1;

CREATE MATERIALIZED VIEW links_fill TO links AS
SELECT
  tupleElement(side, 1) AS node_type, tupleElement(side, 2) AS node_id, tupleElement(side, 3) AS direction,
  tupleElement(side, 4) AS peer_type, tupleElement(side, 5) AS peer_id, tupleElement(side, 6) AS qualifier,
  1 AS stated, '' AS rule, 1 AS confidence, time, recorded_at
FROM (
  SELECT time, recorded_at, arrayJoin(arrayConcat(
    arrayMap((ft, f, tt, t, q) -> (toString(ft), f, 'down', toString(tt), t, toString(q)),
      `links.from_type`, `links.from_id`, `links.to_type`, `links.to_id`, `links.qualifier`),
    arrayMap((ft, f, tt, t, q) -> (toString(tt), t, 'up', toString(ft), f, toString(q)),
      `links.from_type`, `links.from_id`, `links.to_type`, `links.to_id`, `links.qualifier`))) AS side
  FROM events
);

-- Which events touch an object, and which objects there are.
CREATE TABLE object_events (
  object_type LowCardinality(String),
  object_id   String,
  time        DateTime64(3, 'UTC'),
  event_key   UUID,
  type        LowCardinality(String),
  facility    LowCardinality(String),
  interface   LowCardinality(String),
  recorded_at DateTime64(3, 'UTC'),
  recorded_rank UInt64 COMMENT 'falls as recorded_at rises: of two copies the first recorded stays',
  whole       UInt8 COMMENT '1: the event speaks of the whole document and names no line'
) ENGINE = ReplacingMergeTree(recorded_rank)
ORDER BY (object_type, object_id, time, event_key)
SETTINGS fsync_after_insert = 1;

CREATE MATERIALIZED VIEW object_events_fill TO object_events AS
SELECT object_type, object_id, time, event_key, type, facility, interface, recorded_at, recorded_rank,
  has(`lines.id`, '') AS whole
FROM events
ARRAY JOIN `objects.type` AS object_type, `objects.id` AS object_id;

-- Every key that a person may type, lower case, and the object it leads to.
CREATE TABLE object_keys (
  key         String,
  object_type LowCardinality(String),
  object_id   String,
  kind        LowCardinality(String) COMMENT 'id, invoice number, gtin',
  first_time  SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
  last_time   SimpleAggregateFunction(max, DateTime64(3, 'UTC'))
) ENGINE = AggregatingMergeTree
ORDER BY (key, object_type, object_id, kind)
SETTINGS fsync_after_insert = 1;

CREATE MATERIALIZED VIEW object_keys_fill TO object_keys AS
SELECT lowerUTF8(object_id) AS key, object_type, object_id, 'id' AS kind, time AS first_time, time AS last_time
FROM events
ARRAY JOIN `objects.type` AS object_type, `objects.id` AS object_id;

CREATE MATERIALIZED VIEW object_keys_invoice_fill TO object_keys AS
SELECT lowerUTF8(invoice_number) AS key, 'invoice' AS object_type, document_id AS object_id, 'invoice number' AS kind,
  time AS first_time, time AS last_time
FROM events
WHERE document_type = 'invoice' AND invoice_number != '';

CREATE MATERIALIZED VIEW object_keys_gtin_fill TO object_keys AS
SELECT gtin AS key, 'item' AS object_type, item AS object_id, 'gtin' AS kind, time AS first_time, time AS last_time
FROM events
ARRAY JOIN `lines.item` AS item, `lines.gtin` AS gtin
WHERE gtin != '' AND item != '';
