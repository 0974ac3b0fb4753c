-- What stands open on the supply and finance desk, one narrow row each with all that its page shows: order lines on which
-- something has not come, receipt lines that no invoice has consumed, and invoices whose payment is blocked. What pages ask then costs by what is open, not by all that
-- was ever ordered or invoiced. clickhouse/open-work.ts works a row out anew when something has touched its document.

-- What these rows depend on, as events and runs of the match bring it.
CREATE TABLE open_touched (
  touched_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'by the store''s clock, when the row was written',
  kind       LowCardinality(String) COMMENT 'order, requisition or invoice; receipt: a line of it has no order',
  id         String
) ENGINE = ReplacingMergeTree
ORDER BY (touched_at, kind, id)
TTL toDateTime(touched_at) + INTERVAL 3 DAY
SETTINGS min_level_for_wide_part = 1;

CREATE MATERIALIZED VIEW open_touched_fill TO open_touched AS
SELECT DISTINCT now64(3, 'UTC') AS touched_at, tupleElement(thing, 1) AS kind, tupleElement(thing, 2) AS id
FROM (
  SELECT arrayJoin(arrayConcat(
    if(document_type IN ('order', 'requisition', 'invoice'), [(toString(document_type), document_id)], []),
    arrayMap(i -> ('invoice', i), arrayFilter((i, f, t) -> f = 'invoice' AND t = 'payment', `links.from_id`, `links.from_type`, `links.to_type`)))) AS thing
  FROM events
  WHERE document_type IN ('order', 'requisition', 'invoice') OR has(`links.to_type`, 'payment')
)
WHERE id != '';

CREATE MATERIALIZED VIEW open_touched_order_fill TO open_touched AS
SELECT DISTINCT now64(3, 'UTC') AS touched_at, if(order_id = '', 'receipt', 'order') AS kind, if(order_id = '', substring(lone, 1, length(lone) - position(reverse(lone), '/')), order_id) AS id
FROM matched_order_lines;

CREATE MATERIALIZED VIEW open_touched_invoice_fill TO open_touched AS
SELECT DISTINCT now64(3, 'UTC') AS touched_at, 'invoice' AS kind, substring(object_id, 1, length(object_id) - position(reverse(object_id), '/')) AS id
FROM matched_invoice_lines;

CREATE TABLE open_order_lines (
  order_id     String,
  order_line   String,
  run          UInt64,
  gone         UInt8,
  order_key    String,
  facility     LowCardinality(String),
  supplier     LowCardinality(String),
  buyer        LowCardinality(String),
  item         String,
  flow         LowCardinality(String),
  currency     LowCardinality(String),
  unit         LowCardinality(String) COMMENT 'that all lines speak of; empty: quantities stand in base units',
  goods        UInt8 COMMENT '1: waits for goods; 0: for the invoice',
  ordered      Nullable(Decimal(38, 8)),
  came         Nullable(Decimal(38, 8)),
  value        Nullable(Decimal(38, 4)) COMMENT 'what has not come, at the order''s price',
  invoiced     Nullable(Decimal(38, 8)),
  ahead_value  Nullable(Decimal(38, 4)) COMMENT 'what was invoiced past what was received, at the order''s price',
  code         LowCardinality(String) COMMENT '855 code in force',
  ordered_at   Nullable(DateTime64(3, 'UTC')),
  answered_at  Nullable(DateTime64(3, 'UTC')),
  clock_from   DateTime64(3, 'UTC') COMMENT 'since when an answer is waited for',
  promised     Nullable(DateTime64(3, 'UTC')),
  agreed_for   Nullable(DateTime64(3, 'UTC')) COMMENT 'as promised when ordered',
  need_by      Nullable(DateTime64(3, 'UTC')),
  INDEX by_gone gone TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree(run)
ORDER BY (order_id, order_line)
SETTINGS fsync_after_insert = 1, min_level_for_wide_part = 1, index_granularity = 1024;

CREATE TABLE open_receipts (
  stands_under String COMMENT 'its order; a receipt line without one: its receipt',
  object_id    String,
  run          UInt64,
  gone         UInt8,
  document_id  String,
  order_id     String,
  order_line   String,
  order_key    String,
  time         DateTime64(3, 'UTC'),
  date         Date32,
  facility     LowCardinality(String),
  supplier     LowCardinality(String),
  currency     LowCardinality(String),
  buyer        LowCardinality(String),
  item         String,
  flow         LowCardinality(String),
  unit         LowCardinality(String),
  received     Nullable(Decimal(38, 8)),
  open         Nullable(Decimal(38, 8)) COMMENT 'NULL where nobody can tell',
  order_price  Nullable(Decimal(18, 6)),
  value        Nullable(Decimal(76, 4)) COMMENT 'of what is open, at the order''s price',
  state        LowCardinality(String) COMMENT 'open, untold or no_order',
  INDEX by_gone gone TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree(run)
ORDER BY (stands_under, object_id)
SETTINGS fsync_after_insert = 1, min_level_for_wide_part = 1, index_granularity = 1024;

-- The same as of a past instant that somebody asked for, worked out once and then read page by page: clickhouse/receipts-as-of.ts.
CREATE TABLE receipts_as_of (
  moment       String COMMENT 'name of the instant, and of what it was worked out by',
  made_at      DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
  over         UInt8 COMMENT '1: an order line of which too much came, with how much in open; 0: a receipt line',
  stands_under String,
  object_id    String,
  document_id  String,
  order_id     String,
  order_line   String,
  order_key    String,
  time         DateTime64(3, 'UTC'),
  date         Date32,
  facility     LowCardinality(String),
  supplier     LowCardinality(String),
  currency     LowCardinality(String),
  buyer        LowCardinality(String),
  item         String,
  flow         LowCardinality(String),
  unit         LowCardinality(String),
  ordered      Nullable(Decimal(38, 8)),
  received     Nullable(Decimal(38, 8)),
  open         Nullable(Decimal(38, 8)),
  order_price  Nullable(Decimal(18, 6)),
  value        Nullable(Decimal(76, 4)),
  state        LowCardinality(String)
) ENGINE = MergeTree
ORDER BY (moment, over, object_id)
TTL toDateTime(made_at) + INTERVAL 1 HOUR
SETTINGS min_level_for_wide_part = 1, index_granularity = 1024;

CREATE TABLE blocked_invoices (
  document_id   String,
  run           UInt64,
  gone          UInt8,
  number        String,
  facility      LowCardinality(String),
  supplier      LowCardinality(String),
  currency      LowCardinality(String),
  date          Date32,
  due_date      Nullable(Date32),
  discount_date Nullable(Date32),
  amount        Nullable(Decimal(76, 4)) COMMENT 'NULL where one of its lines bills nobody knows what',
  at_stake      Nullable(Decimal(76, 4)),
  lines         UInt64,
  verdicts      Array(LowCardinality(String)),
  since         DateTime64(3, 'UTC'),
  reason        LowCardinality(String),
  by_whom       LowCardinality(String),
  INDEX by_gone gone TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree(run)
ORDER BY document_id
SETTINGS fsync_after_insert = 1, min_level_for_wide_part = 1, index_granularity = 1024;

-- What was bought where a contract for the item was in force, day by day: see clickhouse/desk.ts.
CREATE TABLE contract_lines (
  day            Date,
  object_id      String,
  run            UInt64,
  document_id    String,
  facility       LowCardinality(String),
  time           DateTime64(3, 'UTC'),
  supplier       LowCardinality(String),
  buyer          LowCardinality(String),
  item           String,
  date           Date32,
  uom            LowCardinality(String),
  quantity       Nullable(Decimal(18, 4)),
  price          Nullable(Decimal(18, 6)),
  spend          Decimal(38, 6),
  currency       LowCardinality(String),
  off            UInt8 COMMENT '1: on no contract',
  best_contract  String,
  holder         LowCardinality(String),
  contract_price Nullable(Decimal(76, 14)) COMMENT 'the lowest of the contracts, per uom; NULL where none is known',
  over           Nullable(Decimal(76, 4)) COMMENT 'spend past what the contract''s price would have come to',
  untold         String COMMENT 'why that is not known'
) ENGINE = ReplacingMergeTree(run)
PARTITION BY toYYYYMM(day)
ORDER BY (day, object_id);

-- Pages read invoice lines of a range of days: the key begins with the day. A skip index on the time would not do: with FINAL
-- whatever may hold another version of a row has to be read too, and one small part of lines from here and there is next to
-- everything. A line that moves to another day leaves a row that is gone under the day that it left.
CREATE TABLE matched_invoice_lines_by_day (
  object_id      String,
  run            UInt64,
  gone           UInt8,
  rule_version   LowCardinality(String),
  document_id    String,
  line_id        String,
  number         String,
  time           DateTime64(3, 'UTC'),
  date           Date32,
  due_date       Nullable(Date32),
  discount_date  Nullable(Date32),
  facility       LowCardinality(String),
  supplier       LowCardinality(String),
  item           String,
  currency       LowCardinality(String),
  uom            LowCardinality(String),
  quantity       Nullable(Decimal(18, 4)),
  stated_price   Nullable(Decimal(18, 6)),
  order_id       String,
  order_line     String,
  known          UInt8,
  flow           LowCardinality(String),
  o_buyer        LowCardinality(String),
  o_uom          LowCardinality(String),
  o_price        Nullable(Decimal(18, 6)),
  qo             Nullable(Decimal(38, 8)),
  qr             Nullable(Decimal(38, 8)),
  qi             Nullable(Decimal(38, 8)),
  withdrawn      UInt8,
  verdict        LowCardinality(String),
  findings       Array(String),
  arithmetic     Array(String),
  missing        Array(String),
  value          Nullable(Decimal(76, 4)),
  billed         Nullable(Decimal(76, 4)),
  at_stake       Nullable(Decimal(76, 4)),
  price_variance Nullable(Decimal(76, 4)),
  quantity_variance Nullable(Decimal(76, 4)),
  INDEX by_object object_id TYPE bloom_filter(0.01) GRANULARITY 16,
  INDEX by_order order_id TYPE bloom_filter(0.01) GRANULARITY 16,
  INDEX by_document document_id TYPE bloom_filter(0.01) GRANULARITY 16
) ENGINE = ReplacingMergeTree(run)
ORDER BY (toDate(time), object_id)
SETTINGS min_level_for_wide_part = 1, index_granularity = 512;
INSERT INTO matched_invoice_lines_by_day SELECT * FROM matched_invoice_lines FINAL WHERE NOT gone;
EXCHANGE TABLES matched_invoice_lines AND matched_invoice_lines_by_day;
DROP TABLE IF EXISTS matched_invoice_lines_by_day SYNC;

-- What other versions of the rules say is read by the same lines' names.
CREATE TABLE matched_invoice_lines_beside_fine (
  object_id      String,
  rule_version   String,
  run            UInt64,
  gone           UInt8,
  date           Date32,
  verdict        LowCardinality(String),
  findings       Array(String),
  arithmetic     Array(String),
  currency       LowCardinality(String),
  at_stake       Nullable(Decimal(76, 4))
) ENGINE = ReplacingMergeTree(run)
ORDER BY (object_id, rule_version)
SETTINGS min_level_for_wide_part = 1, index_granularity = 512;
INSERT INTO matched_invoice_lines_beside_fine SELECT * FROM matched_invoice_lines_beside FINAL WHERE NOT gone;
EXCHANGE TABLES matched_invoice_lines_beside AND matched_invoice_lines_beside_fine;
DROP TABLE IF EXISTS matched_invoice_lines_beside_fine SYNC;
