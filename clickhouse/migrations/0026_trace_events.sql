-- Events by their trace. A trace runs through the days of a chain, and reading every hour that it touches grew with the log;
-- here each of its events is found by itself.
CREATE TABLE trace_events (
  hash      UInt64 COMMENT 'cityHash64 of the W3C trace id, 32 hexadecimal digits in lower case' CODEC(Delta, ZSTD(1)),
  time      DateTime64(3, 'UTC'),
  event_key UUID
) ENGINE = ReplacingMergeTree
ORDER BY (hash, time, event_key)
SETTINGS fsync_after_insert = 1, min_level_for_wide_part = 1, index_granularity = 1024;

CREATE MATERIALIZED VIEW trace_events_fill TO trace_events AS
SELECT cityHash64(lower(substring(traceparent, 4, 32))) AS hash, time, event_key FROM events WHERE length(traceparent) >= 35 AND notEmpty(`objects.id`);

INSERT INTO trace_events (hash, time, event_key)
SELECT cityHash64(lower(substring(traceparent, 4, 32))) AS hash, time, event_key FROM events WHERE length(traceparent) >= 35 AND notEmpty(`objects.id`);
