-- The stockout forecast as it was last drawn, so that pages read rows: a function of the log, the rules and the moment of
-- its run. server/stockout/keep.ts writes what has changed; a row that no longer holds is overwritten by one with `gone` set.
CREATE TABLE stockout_lines (
  facility         LowCardinality(String),
  location         LowCardinality(String),
  item             String,
  run              UInt64,
  gone             UInt8,
  name             String,
  category         LowCardinality(String),
  uom              LowCardinality(String),
  on_hand          Nullable(Float64) COMMENT 'units; NULL where unknown',
  usable           Nullable(Float64) COMMENT 'on hand, without what is reserved, expired or recalled',
  reorder_point    Nullable(Float64),
  known_at         DateTime64(3, 'UTC') COMMENT 'of the newest report',
  daily_demand     Nullable(Float64),
  pattern          LowCardinality(String),
  days_of_supply   Nullable(Float64),
  position         Nullable(Float64),
  open             Float64 COMMENT 'units on their way',
  horizon_days     Float64,
  risk             Nullable(Float64) COMMENT 'probability, 0 to 1, within the horizon',
  risk_low         Nullable(Float64),
  risk_high        Nullable(Float64),
  risk_7           Nullable(Float64),
  risk_14          Nullable(Float64),
  risk_30          Nullable(Float64),
  runs_out_on      Nullable(Date32),
  to_order         Nullable(Float64),
  clinical_weight  Float64,
  substitute_cover Float64,
  rank             Nullable(Float64),
  state            LowCardinality(String),
  doubts           Array(String),
  confidence       LowCardinality(String)
) ENGINE = ReplacingMergeTree(run)
ORDER BY (facility, location, item);

CREATE TABLE stockout_runs (
  run     UInt64 COMMENT 'milliseconds since 1970 at its start; also the version of its rows',
  at      DateTime64(3, 'UTC') COMMENT 'the moment that stock was judged at',
  lines   UInt32,
  changed UInt32,
  took_ms UInt32
) ENGINE = MergeTree ORDER BY run
TTL toDateTime(intDiv(run, 1000)) + INTERVAL 30 DAY
SETTINGS fsync_after_insert = 1;
