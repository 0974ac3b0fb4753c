-- What both ends of an interface counted, and which days somebody has signed.

-- Totals as a system reported them last, per interface, window and system at the other end. A window is closed at its
-- beginning and open at its end.
CREATE TABLE reconciliation_totals (
  window_from  DateTime64(3, 'UTC'),
  window_to    DateTime64(3, 'UTC'),
  facility     LowCardinality(String),
  interface    LowCardinality(String),
  system       LowCardinality(String),
  counterpart  LowCardinality(String) COMMENT 'the system at the other end; empty where the report does not say',
  side         LowCardinality(String) COMMENT 'source or target; empty where the report does not say',
  time         DateTime64(3, 'UTC'),
  recorded_at  DateTime64(3, 'UTC'),
  event_key    UUID,
  rank         UInt256,
  counted      UInt64 COMMENT 'documents',
  value        Nullable(Decimal(18, 4)),
  currency     LowCardinality(String),
  by_status    Map(String, UInt64),
  keyed        UInt8 COMMENT '1: the documents are named',
  keys         Array(String),
  key_statuses Array(LowCardinality(String)) COMMENT 'beside keys; empty where the report does not say',
  key_values   Array(Nullable(Decimal(18, 4))) COMMENT 'beside keys'
) ENGINE = ReplacingMergeTree(rank)
ORDER BY (toStartOfDay(window_from), facility, interface, system, counterpart, window_from, window_to)
SETTINGS fsync_after_insert = 1, min_level_for_wide_part = 1;

CREATE MATERIALIZED VIEW reconciliation_totals_fill TO reconciliation_totals AS
SELECT
  parseDateTime64BestEffortOrZero(JSONExtractString(attributes, 'window', 'from'), 3, 'UTC') AS window_from,
  parseDateTime64BestEffortOrZero(JSONExtractString(attributes, 'window', 'to'), 3, 'UTC') AS window_to,
  facility, interface, JSONExtractString(attributes, 'system') AS system, JSONExtractString(attributes, 'counterpart') AS counterpart, JSONExtractString(attributes, 'side') AS side,
  time, recorded_at, event_key, rank, JSONExtractUInt(attributes, 'count') AS counted, toDecimal64OrNull(replaceAll(JSONExtractRaw(attributes, 'value'), '"', ''), 4) AS value,
  JSONExtractString(attributes, 'currency') AS currency, JSONExtract(attributes, 'byStatus', 'Map(String, UInt64)') AS by_status,
  JSONHas(attributes, 'keys') OR JSONHas(attributes, 'records') AS keyed,
  if(JSONHas(attributes, 'records'), arrayMap(r -> JSONExtractString(r, 'key'), JSONExtractArrayRaw(attributes, 'records')), JSONExtract(attributes, 'keys', 'Array(String)')) AS keys,
  if(JSONHas(attributes, 'records'), arrayMap(r -> JSONExtractString(r, 'status'), JSONExtractArrayRaw(attributes, 'records')), arrayMap(k -> '', keys)) AS key_statuses,
  if(JSONHas(attributes, 'records'), arrayMap(r -> toDecimal64OrNull(replaceAll(JSONExtractRaw(r, 'value'), '"', ''), 4), JSONExtractArrayRaw(attributes, 'records')), arrayMap(k -> NULL, keys)) AS key_values
FROM events
WHERE type = 'reconciliation.totals.reported.v1';

INSERT INTO reconciliation_totals
SELECT
  parseDateTime64BestEffortOrZero(JSONExtractString(attributes, 'window', 'from'), 3, 'UTC') AS window_from,
  parseDateTime64BestEffortOrZero(JSONExtractString(attributes, 'window', 'to'), 3, 'UTC') AS window_to,
  facility, interface, JSONExtractString(attributes, 'system') AS system, JSONExtractString(attributes, 'counterpart') AS counterpart, JSONExtractString(attributes, 'side') AS side,
  time, recorded_at, event_key, rank, JSONExtractUInt(attributes, 'count') AS counted, toDecimal64OrNull(replaceAll(JSONExtractRaw(attributes, 'value'), '"', ''), 4) AS value,
  JSONExtractString(attributes, 'currency') AS currency, JSONExtract(attributes, 'byStatus', 'Map(String, UInt64)') AS by_status,
  JSONHas(attributes, 'keys') OR JSONHas(attributes, 'records') AS keyed,
  if(JSONHas(attributes, 'records'), arrayMap(r -> JSONExtractString(r, 'key'), JSONExtractArrayRaw(attributes, 'records')), JSONExtract(attributes, 'keys', 'Array(String)')) AS keys,
  if(JSONHas(attributes, 'records'), arrayMap(r -> JSONExtractString(r, 'status'), JSONExtractArrayRaw(attributes, 'records')), arrayMap(k -> '', keys)) AS key_statuses,
  if(JSONHas(attributes, 'records'), arrayMap(r -> toDecimal64OrNull(replaceAll(JSONExtractRaw(r, 'value'), '"', ''), 4), JSONExtractArrayRaw(attributes, 'records')), arrayMap(k -> NULL, keys)) AS key_values
FROM events
WHERE type = 'reconciliation.totals.reported.v1';

-- Days that somebody signed: a few rows, of any age.
CREATE TABLE reconciliation_closings (
  day           Date32 COMMENT 'in the zone of the facility',
  facility      LowCardinality(String),
  revision      UInt32 COMMENT 'counts signatures of the day',
  event_key     UUID,
  time          DateTime64(3, 'UTC') COMMENT 'when it was signed',
  stream_seq    UInt64 COMMENT 'of the ops stream: the guard of the next signature',
  actor_id      String,
  attributes    String COMMENT 'JSON: what stood how at signing',
  recorded_rank UInt64 COMMENT 'falls as recorded_at rises: of two copies the first recorded stays'
) ENGINE = ReplacingMergeTree(recorded_rank)
ORDER BY (day, facility, revision, event_key)
SETTINGS fsync_after_insert = 1, min_level_for_wide_part = 1;

CREATE MATERIALIZED VIEW reconciliation_closings_fill TO reconciliation_closings AS
SELECT ifNull(toDate32OrNull(JSONExtractString(attributes, 'day')), toDate32(time)) AS day, facility, revision, event_key, time, stream_seq, actor_id, attributes, recorded_rank
FROM events
WHERE type = 'ops.reconciliation.closed.v1';

INSERT INTO reconciliation_closings
SELECT ifNull(toDate32OrNull(JSONExtractString(attributes, 'day')), toDate32(time)) AS day, facility, revision, event_key, time, stream_seq, actor_id, attributes, recorded_rank
FROM events
WHERE type = 'ops.reconciliation.closed.v1';
