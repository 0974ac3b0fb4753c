-- What running the product needs to remember: which dead letters were taken in again, what was backed up and
-- restored, and which months were let go.

-- A letter that a consumer's advisory is about names the consumer: two consumers may give up on one message at once.
ALTER TABLE dead_letters
  ADD COLUMN IF NOT EXISTS consumer LowCardinality(String) COMMENT 'the consumer that gave up on the message; empty where the listener could not read it',
  MODIFY ORDER BY (recorded_at, stream, stream_seq, part, consumer);

-- Dead letters that were taken in again, by whom, and what came of it: a view of the log.
CREATE TABLE retakes (
  letter_recorded_at DateTime64(3, 'UTC') COMMENT 'with stream, stream_seq, part and consumer: the key of the letter',
  stream      LowCardinality(String),
  stream_seq  UInt64,
  part        UInt16,
  consumer    LowCardinality(String),
  event_key   UUID COMMENT 'of the event that says so',
  time        DateTime64(3, 'UTC'),
  actor_id    String,
  events      UInt32 COMMENT 'events that the letter gave',
  recorded_rank UInt64
) ENGINE = ReplacingMergeTree(recorded_rank)
ORDER BY (letter_recorded_at, stream, stream_seq, part, consumer, event_key)
SETTINGS fsync_after_insert = 1;

CREATE MATERIALIZED VIEW retakes_fill TO retakes AS
SELECT parseDateTime64BestEffort(JSONExtractString(attributes, 'letter', 'recordedAt'), 3, 'UTC') AS letter_recorded_at,
  JSONExtractString(attributes, 'letter', 'stream') AS stream, JSONExtractUInt(attributes, 'letter', 'sequence') AS stream_seq,
  JSONExtractUInt(attributes, 'letter', 'part') AS part, JSONExtractString(attributes, 'letter', 'consumer') AS consumer,
  event_key, time, actor_id, JSONExtractUInt(attributes, 'events') AS events, recorded_rank
FROM events
WHERE type = 'ops.deadletter.retaken.v1';

-- Backups that were made and restored. A listener that finds the store restored reads its stream again from
-- `resume_from`, so that what came after the backup is in it too.
CREATE TABLE backups (
  at          DateTime64(3, 'UTC'),
  action      Enum8('made' = 1, 'restored' = 2),
  stream      LowCardinality(String) COMMENT 'one row for each stream that the log had read',
  resume_from DateTime64(3, 'UTC') COMMENT 'everything that the stream stored before this is in the backup'
) ENGINE = ReplacingMergeTree
ORDER BY (action, at, stream)
SETTINGS fsync_after_insert = 1;

-- Months that retention has let go of. What a view still holds of a month that the log has not is frozen.
CREATE TABLE expired (
  what       LowCardinality(String) COMMENT 'payload, log, or the table of a view',
  month      UInt32 COMMENT 'YYYYMM of the event''s own time, in UTC',
  expired_at DateTime64(3, 'UTC')
) ENGINE = ReplacingMergeTree(expired_at)
ORDER BY (what, month)
SETTINGS fsync_after_insert = 1;
