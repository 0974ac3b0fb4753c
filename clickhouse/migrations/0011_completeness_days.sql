-- Completeness as it was known at the end of each day, by facility. A row is written once, when its day has ended, and never
-- changed: an audit reads what was known then. No rebuild touches it; later events change the chains, and not these days.
CREATE TABLE completeness_days (
  day              Date COMMENT 'in the facility''s own zone',
  facility         LowCardinality(String),
  flow_type        LowCardinality(String),
  currency         LowCardinality(String),
  began_month      Date COMMENT 'first day of the month in which the chains began, UTC',
  chains           UInt64,
  closed           UInt64,
  complete         UInt64,
  incomplete       UInt64,
  unjudged         UInt64 COMMENT 'closed, but nothing says what they require',
  unpriced         UInt64,
  value            Nullable(Decimal(38, 4)),
  complete_value   Nullable(Decimal(38, 4)),
  incomplete_value Nullable(Decimal(38, 4)),
  as_of            DateTime64(3, 'UTC') COMMENT 'the end of the day: the moment that clocks were read at',
  frozen_at        DateTime64(3, 'UTC') COMMENT 'when it was written; what was recorded until then is in it',
  earliest         UInt64 DEFAULT 18446744073709551615 - toUInt64(toUnixTimestamp64Milli(frozen_at)) COMMENT 'of two the one that was written first stays'
) ENGINE = ReplacingMergeTree(earliest)
PARTITION BY toYYYYMM(day)
ORDER BY (day, facility, flow_type, currency, began_month)
SETTINGS fsync_after_insert = 1;
