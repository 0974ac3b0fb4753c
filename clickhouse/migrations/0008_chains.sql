-- Chains as they were last worked out, so that pages read rows instead of walking. Like every view a function of the log:
-- clickhouse/chains.ts computes them from document_lines and links for what events have touched since the last run. They
-- hold what is there and since when each clock runs, and no verdict: that depends on the moment of asking.

-- What chains depend on, as events bring it: lines and documents by the names that links have for them.
CREATE TABLE chain_touched (
  touched_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'by the store''s clock, when the row was written',
  type       LowCardinality(String),
  id         String
) ENGINE = ReplacingMergeTree
ORDER BY (touched_at, type, id)
TTL toDateTime(touched_at) + INTERVAL 3 DAY;

CREATE MATERIALIZED VIEW chain_touched_fill TO chain_touched AS
SELECT DISTINCT now64(3, 'UTC') AS touched_at, tupleElement(thing, 1) AS type, tupleElement(thing, 2) AS id
FROM (
  SELECT arrayJoin(arrayConcat(
    arrayMap((t, i) -> (toString(t), i), `objects.type`, `objects.id`),
    arrayMap((t, i) -> (toString(t), i), `links.from_type`, `links.from_id`),
    arrayMap((t, i) -> (toString(t), i), `links.to_type`, `links.to_id`))) AS thing
  FROM events
  WHERE document_type IN ('usage', 'requisition', 'order', 'shipment', 'receipt', 'invoice', 'posting')
)
WHERE type NOT IN ('item', 'lot', 'location', 'supplier', 'case') AND id != '';

-- Runs; the newest says up to when touched things are in the chains.
CREATE TABLE chain_runs (
  run           UInt64 COMMENT 'milliseconds since 1970 at its start; also the version of its rows',
  touched_until DateTime64(3, 'UTC'),
  full          UInt8,
  chains        UInt64 COMMENT 'anchors that were looked at',
  took_ms       UInt32
) ENGINE = MergeTree ORDER BY run
TTL toDateTime(intDiv(run, 1000)) + INTERVAL 30 DAY
SETTINGS fsync_after_insert = 1;

-- One row per chain, by the day that it began.
CREATE TABLE chains (
  started_day          Date DEFAULT toDate(started_at),
  anchor               LowCardinality(String) COMMENT 'order-line, usage or requisition-line',
  id                   String COMMENT 'key of the anchor as an object',
  run                  UInt64,
  gone                 UInt8 COMMENT '1: there is no such chain any more, or it began on another day',
  facility             LowCardinality(String),
  supplier             LowCardinality(String),
  item                 String,
  flow_type            LowCardinality(String),
  started_at           DateTime64(3, 'UTC'),
  flow_known           UInt8,
  cancelled            UInt8,
  usage                LowCardinality(String) COMMENT 'present, awaited, orphan, unknown or none; whatever the time is',
  requisition          LowCardinality(String),
  order                LowCardinality(String),
  acknowledgement      LowCardinality(String),
  shipment             LowCardinality(String),
  receipt              LowCardinality(String),
  invoice              LowCardinality(String),
  posting              LowCardinality(String),
  usage_at             Nullable(DateTime64(3, 'UTC')),
  order_at             Nullable(DateTime64(3, 'UTC')),
  acknowledgement_at   Nullable(DateTime64(3, 'UTC')),
  shipment_at          Nullable(DateTime64(3, 'UTC')),
  receipt_at           Nullable(DateTime64(3, 'UTC')),
  invoice_at           Nullable(DateTime64(3, 'UTC')),
  posting_at           Nullable(DateTime64(3, 'UTC')),
  order_from           Nullable(DateTime64(3, 'UTC')) COMMENT 'since when the clock of the stage runs',
  acknowledgement_from Nullable(DateTime64(3, 'UTC')),
  receipt_from         Nullable(DateTime64(3, 'UTC')),
  is_promised          UInt8 COMMENT 'receipt_from is a promised date',
  invoice_from         Nullable(DateTime64(3, 'UTC')),
  posting_from         Nullable(DateTime64(3, 'UTC')),
  acknowledgement_code LowCardinality(String),
  posting_failed       UInt8,
  order_failed         UInt8,
  quantity             Nullable(Decimal(18, 4)),
  uom                  LowCardinality(String),
  currency             LowCardinality(String),
  value                Nullable(Decimal(38, 4)),
  INDEX by_run run TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree(run)
PARTITION BY toYYYYMM(started_day)
ORDER BY (started_day, anchor, id);

-- Under which days a chain stands or stood: an earlier event that comes late moves its beginning.
CREATE TABLE chain_days (
  anchor      LowCardinality(String),
  id          String,
  started_day Date
) ENGINE = ReplacingMergeTree
ORDER BY (anchor, id, started_day);

CREATE MATERIALIZED VIEW chain_days_fill TO chain_days AS
SELECT anchor, id, started_day FROM chains WHERE NOT gone;
