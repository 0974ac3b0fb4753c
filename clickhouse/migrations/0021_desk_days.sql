-- What pages on cases, master data and reconciliation show, as it was last worked out, day by day of the events' own time, so
-- that they read rows. Like every view a function of the log: clickhouse/desk.ts works a day out anew when something has
-- touched it. A row is in force when its run is no older than the newest run of its day in desk_days.

-- What these views depend on, as events bring it: documents by name, with the day of the event.
CREATE TABLE desk_touched (
  touched_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'by the store''s clock, when the row was written',
  kind       LowCardinality(String) COMMENT 'type of document; report: totals of an interface, by the day of their window; verdict: an invoice line that was judged, by its day, or by its object when it is gone',
  day        Date,
  id         String
) ENGINE = ReplacingMergeTree
ORDER BY (touched_at, kind, day, id)
TTL toDateTime(touched_at) + INTERVAL 3 DAY
SETTINGS min_level_for_wide_part = 1;

CREATE MATERIALIZED VIEW desk_touched_fill TO desk_touched AS
SELECT DISTINCT now64(3, 'UTC') AS touched_at, document_type AS kind, toDate(time) AS day, document_id AS id
FROM events
WHERE document_id != '' AND NOT startsWith(type, 'ops.');

CREATE MATERIALIZED VIEW desk_touched_report_fill TO desk_touched AS
SELECT DISTINCT now64(3, 'UTC') AS touched_at, 'report' AS kind, toDate(window_from) AS day, '' AS id
FROM reconciliation_totals;

CREATE MATERIALIZED VIEW desk_touched_verdict_fill TO desk_touched AS
SELECT DISTINCT now64(3, 'UTC') AS touched_at, 'verdict' AS kind, if(gone, toDate(0), toDate(time)) AS day, if(gone, object_id, '') AS id
FROM matched_invoice_lines;

-- How far each view is, one row per view.
CREATE TABLE desk_runs (
  view          LowCardinality(String) COMMENT 'cases, quality or reconciliation',
  run           UInt64 COMMENT 'milliseconds since 1970 at its start; also the version of its rows',
  touched_until DateTime64(3, 'UTC'),
  known_by      String COMMENT 'rules and master data that it was worked out by',
  days          UInt32 COMMENT 'that were worked out anew',
  took_ms       UInt32
) ENGINE = ReplacingMergeTree(run)
ORDER BY view
SETTINGS fsync_after_insert = 1;

-- The newest run of each day: rows of an older one no longer hold.
CREATE TABLE desk_days (
  view LowCardinality(String),
  day  Date,
  run  UInt64
) ENGINE = ReplacingMergeTree(run)
ORDER BY (view, day)
SETTINGS fsync_after_insert = 1;

-- Usage on cases with its price and what was posted for it, one row per usage line in force.
CREATE TABLE case_lines (
  day            Date,
  object_id      String,
  run            UInt64,
  document_id    String,
  facility       LowCardinality(String),
  time           DateTime64(3, 'UTC'),
  item           String COMMENT 'a scan''s by the item master',
  item_name      String,
  uom            LowCardinality(String),
  case_token     String,
  procedure_code LowCardinality(String),
  service_line   LowCardinality(String),
  implant        UInt8,
  flow_type      LowCardinality(String),
  lot            String,
  quantity       Nullable(Decimal(38, 4)) COMMENT 'what was taken back is taken off',
  posted         Nullable(Decimal(38, 4)) COMMENT 'NULL where nothing was',
  posted_in      LowCardinality(String) COMMENT 'currency',
  shared         UInt8 COMMENT '1: the posting settles other lines too',
  whole          UInt8 COMMENT '1: the case was posted in one amount',
  rule           LowCardinality(String) COMMENT 'which price it is worth',
  rule_source    String COMMENT 'contract or order',
  unit_price     Nullable(Decimal(38, 12)),
  currency       LowCardinality(String),
  cost           Nullable(Decimal(38, 4))
) ENGINE = ReplacingMergeTree(run)
PARTITION BY toYYYYMM(day)
ORDER BY (day, object_id);

-- Lines on which a problem of the master data is seen, one row per line, aspect and problem.
CREATE TABLE quality_seen (
  day           Date,
  kind          LowCardinality(String),
  record        String,
  object_id     String,
  aspect        LowCardinality(String),
  run           UInt64,
  record_type   LowCardinality(String),
  record_id     String,
  line_type     LowCardinality(String),
  document_type LowCardinality(String),
  document_id   String,
  facility      LowCardinality(String),
  time          DateTime64(3, 'UTC'),
  supplier      LowCardinality(String),
  item          String,
  currency      LowCardinality(String),
  worth         Nullable(Decimal(38, 4)),
  of_order      String COMMENT 'its order line, else itself: money counts once for each',
  brought       Array(String) COMMENT 'findings of the match that the problem brings about',
  failure       String
) ENGINE = ReplacingMergeTree(run)
PARTITION BY toYYYYMM(day)
ORDER BY (day, kind, record, object_id, aspect);

-- Source against target, one row per interface, window, source and target. What depends on the moment of asking is left out.
CREATE TABLE reconciliation_compared (
  day           Date,
  facility      LowCardinality(String),
  interface     LowCardinality(String),
  source        LowCardinality(String),
  target        LowCardinality(String),
  window_from   DateTime64(3, 'UTC'),
  window_to     DateTime64(3, 'UTC'),
  run           UInt64,
  window_key    String,
  s_told        UInt8,
  t_told        UInt8,
  s_count       UInt64,
  t_count       UInt64,
  s_value       Nullable(Decimal(18, 4)),
  t_value       Nullable(Decimal(18, 4)),
  currency      LowCardinality(String),
  keyed         UInt8,
  s_status      Map(String, UInt64),
  t_status      Map(String, UInt64),
  told_at       DateTime64(3, 'UTC') COMMENT 'when both ends had reported',
  what          String,
  differs       UInt8,
  still         UInt32 COMMENT 'differences that stand',
  settled_at    Nullable(DateTime64(3, 'UTC')),
  gap_value     Nullable(Decimal(38, 4)),
  log_sent      UInt64,
  log_arrived   UInt64,
  log_differs   UInt8,
  missing_keys  UInt32,
  extra_keys    UInt32,
  other_keys    UInt32,
  differences   Array(Tuple(kind String, key String, later_at Nullable(DateTime64(3, 'UTC')), s_value Nullable(Decimal(18, 4)), t_value Nullable(Decimal(18, 4)), s_status String, t_status String, document_type String, handed_over UInt8)),
  waiting       Array(String) COMMENT 'documents whose hand-over can still change the row: not arrived by the log, or different'
) ENGINE = ReplacingMergeTree(run)
PARTITION BY toYYYYMM(day)
ORDER BY (day, facility, interface, source, target, window_from, window_to);
