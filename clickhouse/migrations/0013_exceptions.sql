-- The work list: every exception that stands, and those that the facts have settled. Like the match and the chains it is
-- worked out by the keeper (server/exceptions/keep.ts) from the log and the clock, and written where something changed; a
-- row that no longer holds on its side is overwritten by one with `gone` set.
CREATE TABLE exceptions (
  settled     UInt8 COMMENT '0: it stands; 1: the facts have settled it',
  key         String COMMENT 'kind and object: the same for as long as it is the same exception',
  run         UInt64 COMMENT 'milliseconds since 1970 at the start of the run that wrote it; also its version',
  gone        UInt8,
  kind        LowCardinality(String),
  severity    LowCardinality(String),
  owner       LowCardinality(String) COMMENT 'the responsible party by the RACI table in force',
  facility    LowCardinality(String),
  interface   LowCardinality(String) COMMENT 'empty where it is of no interface',
  stage       LowCardinality(String) COMMENT 'of an overdue stage',
  what        String COMMENT 'what is wrong, in words',
  object_type LowCardinality(String),
  object_id   String,
  reason      LowCardinality(String),
  supplier    LowCardinality(String),
  item        String,
  since       DateTime64(3, 'UTC') COMMENT 'when it became an exception: the moment of its fact, or of its clock running out',
  value       Nullable(Decimal(38, 10)) COMMENT 'money that it concerns, in currency; NULL where nothing says a price',
  currency    LowCardinality(String),
  facts       String COMMENT 'hash of what the facts say: another one means new facts',
  content     String COMMENT 'hash of the whole row but for its times',
  occurrence     UInt32 COMMENT 'how often it has come up, settled in between',
  found_at    DateTime64(3, 'UTC') COMMENT 'when a run first found it, in this occurrence',
  changed_at  DateTime64(3, 'UTC') COMMENT 'when a run first found these facts',
  settled_at  DateTime64(3, 'UTC') COMMENT 'when a run first did not find it any more; 1970 while it stands'
) ENGINE = ReplacingMergeTree(run)
ORDER BY (settled, key)
SETTINGS fsync_after_insert = 1;

CREATE TABLE exception_runs (
  run     UInt64 COMMENT 'milliseconds since 1970 at its start',
  at      DateTime64(3, 'UTC') COMMENT 'the moment that clocks were read at',
  found   UInt64 COMMENT 'exceptions that stood',
  changed UInt64 COMMENT 'rows that it wrote',
  cut     Array(String) COMMENT 'kinds of which there are more than are kept',
  took_ms UInt32
) ENGINE = MergeTree ORDER BY run
TTL toDateTime(intDiv(run, 1000)) + INTERVAL 30 DAY
SETTINGS fsync_after_insert = 1;

-- What people did about exceptions: one row for each action, as the log tells it. Each says the state that it led to; the
-- one with the highest revision is in force, so neither order nor duplicates matter.
CREATE TABLE exception_actions (
  key           String,
  revision      UInt32 COMMENT 'counts the actions on this exception',
  event_key     UUID,
  action        LowCardinality(String),
  time          DateTime64(3, 'UTC'),
  stream_seq    UInt64 COMMENT 'the guard of the next action',
  facility      LowCardinality(String),
  actor_id      String,
  state         LowCardinality(String),
  assignee      String,
  comment       String,
  facts         String COMMENT 'the facts that it was done about',
  occurrence       UInt32,
  batch         String COMMENT 'the same for everything that was done at once',
  recorded_rank UInt64 COMMENT 'falls as recorded_at rises: of two copies the first recorded stays'
) ENGINE = ReplacingMergeTree(recorded_rank)
ORDER BY (key, revision, event_key)
SETTINGS fsync_after_insert = 1;

CREATE MATERIALIZED VIEW exception_actions_fill TO exception_actions AS
SELECT document_id AS key, revision, event_key, action, time, stream_seq, facility, actor_id,
  JSONExtractString(attributes, 'state') AS state, JSONExtractString(attributes, 'assignee') AS assignee, JSONExtractString(attributes, 'comment') AS comment,
  JSONExtractString(attributes, 'facts') AS facts, JSONExtractUInt(attributes, 'occurrence') AS occurrence, JSONExtractString(attributes, 'batch') AS batch, recorded_rank
FROM events
WHERE document_type = 'exception' AND startsWith(type, 'ops.');

INSERT INTO exception_actions (key, revision, event_key, action, time, stream_seq, facility, actor_id, state, assignee, comment, facts, occurrence, batch, recorded_rank)
SELECT document_id AS key, revision, event_key, action, time, stream_seq, facility, actor_id,
  JSONExtractString(attributes, 'state') AS state, JSONExtractString(attributes, 'assignee') AS assignee, JSONExtractString(attributes, 'comment') AS comment,
  JSONExtractString(attributes, 'facts') AS facts, JSONExtractUInt(attributes, 'occurrence') AS occurrence, JSONExtractString(attributes, 'batch') AS batch, recorded_rank
FROM events
WHERE document_type = 'exception' AND startsWith(type, 'ops.');

-- Filters of a page that a person has given a name. The last row per name is in force.
CREATE TABLE saved_views (
  person     String COMMENT 'id of whose it is',
  page       LowCardinality(String),
  name       String,
  query      String COMMENT 'the filters as they stand in the address',
  removed    UInt8,
  updated_at DateTime64(3, 'UTC')
) ENGINE = ReplacingMergeTree(updated_at)
ORDER BY (person, page, name)
SETTINGS fsync_after_insert = 1;
