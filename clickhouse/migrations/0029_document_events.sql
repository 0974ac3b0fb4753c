-- The events of a chain are those of its documents, and here those of a document lie side by side: found by the objects that
-- they touch, each was a place of its own in a table of all events, and finding those places took as long as everything else.
CREATE TABLE document_events (
  document_type LowCardinality(String),
  document_id   String,
  time          DateTime64(3, 'UTC'),
  event_key     UUID,
  recorded_rank UInt64 COMMENT 'as in the log: of two copies of one event the first recorded stays',
  recorded_at   DateTime64(3, 'UTC'),
  lines         Array(String) COMMENT 'lines that it speaks of; an empty one: of the document as a whole',
  head          String COMMENT 'JSON array of texts: id, type, action, source, facility, interface, pattern, target, outcome, attempt, latency (empty: none), error class, code and message, revision, replay of, place in the stream' CODEC(ZSTD(1))
) ENGINE = ReplacingMergeTree(recorded_rank)
ORDER BY (document_type, document_id, time, event_key)
SETTINGS fsync_after_insert = 1, min_level_for_wide_part = 1, index_granularity = 256, min_compress_block_size = 8192;

CREATE MATERIALIZED VIEW document_events_fill TO document_events AS
SELECT document_type, document_id, time, event_key, recorded_rank, recorded_at, `lines.id` AS lines,
  toJSONString([id, toString(type), toString(action), toString(source), toString(facility), toString(interface), toString(pattern), toString(target), toString(outcome), toString(attempt),
    ifNull(toString(latency_ms), ''), toString(error_class), toString(error_code), toString(error_message), toString(revision), replay_of, toString(stream_seq)]) AS head
FROM events
WHERE document_id != '' AND notEmpty(`objects.id`);

INSERT INTO document_events (document_type, document_id, time, event_key, recorded_rank, recorded_at, lines, head)
SELECT document_type, document_id, time, event_key, recorded_rank, recorded_at, `lines.id` AS lines,
  toJSONString([id, toString(type), toString(action), toString(source), toString(facility), toString(interface), toString(pattern), toString(target), toString(outcome), toString(attempt),
    ifNull(toString(latency_ms), ''), toString(error_class), toString(error_code), toString(error_message), toString(revision), replay_of, toString(stream_seq)]) AS head
FROM events
WHERE document_id != '' AND notEmpty(`objects.id`);

-- A trace leads to its events by their documents. What has none leads nowhere.
ALTER TABLE trace_events ADD COLUMN IF NOT EXISTS document_type LowCardinality(String), ADD COLUMN IF NOT EXISTS document_id String COMMENT 'empty in rows from before this column, each of which is there once more with it';
ALTER TABLE trace_events_fill MODIFY QUERY
SELECT cityHash64(lower(substring(traceparent, 4, 32))) AS hash, time, event_key, document_type, document_id
FROM events WHERE length(traceparent) >= 35 AND document_id != '' AND notEmpty(`objects.id`);
INSERT INTO trace_events (hash, time, event_key, document_type, document_id)
SELECT cityHash64(lower(substring(traceparent, 4, 32))) AS hash, time, event_key, document_type, document_id
FROM events WHERE length(traceparent) >= 35 AND document_id != '' AND notEmpty(`objects.id`);

-- A posting may settle a case as a whole: which postings speak of a case.
CREATE TABLE case_postings (
  case_token  String,
  document_id String COMMENT 'of the posting',
  recorded_at SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'when the first event of it was recorded that names the case',
  last_time   SimpleAggregateFunction(max, DateTime64(3, 'UTC'))
) ENGINE = AggregatingMergeTree
ORDER BY (case_token, document_id)
SETTINGS fsync_after_insert = 1, min_level_for_wide_part = 1, index_granularity = 1024, min_compress_block_size = 8192;

CREATE MATERIALIZED VIEW case_postings_fill TO case_postings AS
SELECT object_id AS case_token, document_id, recorded_at, time AS last_time
FROM events
ARRAY JOIN `objects.type` AS object_type, `objects.id` AS object_id
WHERE startsWith(type, 'finance.posting.') AND object_type = 'case';

INSERT INTO case_postings (case_token, document_id, recorded_at, last_time)
SELECT object_id AS case_token, document_id, recorded_at, time AS last_time
FROM events
ARRAY JOIN `objects.type` AS object_type, `objects.id` AS object_id
WHERE startsWith(type, 'finance.posting.') AND object_type = 'case';

DROP VIEW IF EXISTS event_heads_fill SYNC;
DROP TABLE IF EXISTS event_heads SYNC;
