-- What lets a key be looked up, and the few be found among the many, without reading the log.

-- In which hour of the log an event is, by each key that a person may hold of it: its id, its key as exports show it,
-- its trace. The log's own key begins with the hour. A bloom filter on the log would be read whole for each lookup,
-- and grow with it.
CREATE TABLE event_keys (
  hash UInt64 COMMENT 'cityHash64 of the key in lower case' CODEC(Delta, ZSTD(1)),
  hour DateTime('UTC') COMMENT 'toStartOfHour of the event''s time' CODEC(ZSTD(1))
) ENGINE = ReplacingMergeTree
ORDER BY (hash, hour)
SETTINGS fsync_after_insert = 1;

CREATE MATERIALIZED VIEW event_keys_fill TO event_keys AS
SELECT cityHash64(lower(key)) AS hash, toStartOfHour(time) AS hour
FROM events
ARRAY JOIN arrayFilter(k -> k != '', [id, toString(event_key), substring(traceparent, 4, 32)]) AS key;

INSERT INTO event_keys
SELECT cityHash64(lower(key)) AS hash, toStartOfHour(time) AS hour
FROM events
ARRAY JOIN arrayFilter(k -> k != '', [id, toString(event_key), substring(traceparent, 4, 32)]) AS key;

ALTER TABLE events DROP INDEX IF EXISTS by_trace;

-- Facilities that events name.
CREATE TABLE facilities (
  id LowCardinality(String)
) ENGINE = ReplacingMergeTree
ORDER BY id
SETTINGS fsync_after_insert = 1;

CREATE MATERIALIZED VIEW facilities_fill TO facilities AS
SELECT DISTINCT facility AS id FROM events WHERE facility != '';

INSERT INTO facilities SELECT DISTINCT facility AS id FROM events WHERE facility != '';

-- What was said of incidents: a few rows that stand far apart in the log, of any age.
CREATE TABLE incident_events (
  document_id   String COMMENT 'key of the incident',
  revision      UInt32 COMMENT 'its opening',
  event_key     UUID,
  action        LowCardinality(String),
  time          DateTime64(3, 'UTC'),
  stream_seq    UInt64,
  facility      LowCardinality(String),
  actor_id      String,
  attributes    String,
  recorded_rank UInt64 COMMENT 'falls as recorded_at rises: of two copies the first recorded stays'
) ENGINE = ReplacingMergeTree(recorded_rank)
ORDER BY (document_id, revision, event_key)
SETTINGS fsync_after_insert = 1;

CREATE MATERIALIZED VIEW incident_events_fill TO incident_events AS
SELECT document_id, revision, event_key, action, time, stream_seq, facility, actor_id, attributes, recorded_rank
FROM events
WHERE document_type = 'alert' AND startsWith(type, 'ops.');

INSERT INTO incident_events
SELECT document_id, revision, event_key, action, time, stream_seq, facility, actor_id, attributes, recorded_rank
FROM events
WHERE document_type = 'alert' AND startsWith(type, 'ops.');

-- Serial tokens stand on few lines.
ALTER TABLE document_lines ADD INDEX IF NOT EXISTS by_serial serial TYPE bloom_filter(0.01) GRANULARITY 4;
ALTER TABLE document_lines MATERIALIZE INDEX by_serial;

-- Order lines on which something may still be open stand together at the front: what waits may be of any age, and the
-- many that are settled need not be read to find it. The match is worked out anew at its next run.
ALTER TABLE matched_order_lines ADD COLUMN IF NOT EXISTS settled UInt8 COMMENT '1: no receipt on it waits for an invoice, none is without its order line, and not too much came' FIRST;

CREATE TABLE matched_order_lines_by_state AS matched_order_lines
ENGINE = ReplacingMergeTree(run)
ORDER BY (settled, order_id, order_line, lone);

EXCHANGE TABLES matched_order_lines AND matched_order_lines_by_state;

DROP TABLE matched_order_lines_by_state SYNC;

TRUNCATE TABLE match_runs;
