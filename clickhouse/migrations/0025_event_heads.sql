-- What a list shows of an event, as one text: read from the log itself, each event is a granule of twenty columns in a part of
-- its month, and the list of a chain took longer than everything else of it. Not by month: a chain's events are found by
-- their keys, in one place instead of one for each month that there is.
CREATE TABLE event_heads (
  time          DateTime64(3, 'UTC'),
  event_key     UUID,
  recorded_rank UInt64 COMMENT 'as in the log: of two copies of one event the first recorded stays',
  head          String COMMENT 'JSON array of texts: id, type, document type, action, recorded at (milliseconds since 1970), source, facility, interface, pattern, target, outcome, attempt, latency (empty: none), error class, code and message, document, revision, replay of, lines (JSON array), place in the stream' CODEC(ZSTD(1))
) ENGINE = ReplacingMergeTree(recorded_rank)
ORDER BY (time, event_key)
SETTINGS fsync_after_insert = 1, min_level_for_wide_part = 1, index_granularity = 256;

CREATE MATERIALIZED VIEW event_heads_fill TO event_heads AS
SELECT time, event_key, recorded_rank,
  toJSONString([id, toString(type), toString(document_type), toString(action), toString(toUnixTimestamp64Milli(recorded_at)), toString(source), toString(facility), toString(interface), toString(pattern), toString(target),
    toString(outcome), toString(attempt), ifNull(toString(latency_ms), ''), toString(error_class), toString(error_code), toString(error_message), document_id, toString(revision), replay_of, toJSONString(`lines.id`), toString(stream_seq)]) AS head
FROM events
WHERE notEmpty(`objects.id`);

INSERT INTO event_heads (time, event_key, recorded_rank, head)
SELECT time, event_key, recorded_rank,
  toJSONString([id, toString(type), toString(document_type), toString(action), toString(toUnixTimestamp64Milli(recorded_at)), toString(source), toString(facility), toString(interface), toString(pattern), toString(target),
    toString(outcome), toString(attempt), ifNull(toString(latency_ms), ''), toString(error_class), toString(error_code), toString(error_message), document_id, toString(revision), replay_of, toJSONString(`lines.id`), toString(stream_seq)]) AS head
FROM events
WHERE notEmpty(`objects.id`);
