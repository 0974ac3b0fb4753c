-- The three-way match as it was last computed, so that pages read rows instead of working it out again. Like every view a
-- function of the log: `clickhouse/matches.ts` computes it from document_lines for the orders that events have touched
-- since the last run, and by `full` for all of them. A row that no longer holds is overwritten by one with `gone` set.

-- What the match depends on, as events bring it: orders, receipts, invoices and items by name.
CREATE TABLE match_touched (
  touched_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'by the store''s clock, when the row was written',
  kind       LowCardinality(String) COMMENT 'order, receipt, invoice or item',
  id         String
) ENGINE = ReplacingMergeTree
ORDER BY (touched_at, kind, id)
TTL toDateTime(touched_at) + INTERVAL 3 DAY;

CREATE MATERIALIZED VIEW match_touched_fill TO match_touched AS
SELECT DISTINCT now64(3, 'UTC') AS touched_at, tupleElement(thing, 1) AS kind, tupleElement(thing, 2) AS id
FROM (
  SELECT arrayJoin(arrayConcat(
    [(toString(document_type), document_id)],
    arrayMap(o -> ('order', o), `lines.order_id`),
    arrayMap((t, r) -> (replaceOne(toString(t), '-line', ''), if(endsWith(t, '-line'), substring(r, 1, length(r) - position(reverse(r), '/')), r)), `lines.ref_type`, `lines.ref_id`))) AS thing
  FROM events
  WHERE document_type IN ('order', 'receipt', 'invoice', 'item')
)
WHERE id != '' AND kind IN ('order', 'receipt', 'invoice', 'item');

-- Runs of the match; the newest says up to when touched things are in it, and by which rules.
CREATE TABLE match_runs (
  run           UInt64 COMMENT 'milliseconds since 1970 at its start; also the version of its rows',
  touched_until DateTime64(3, 'UTC'),
  rules         String COMMENT 'version of rules and zones',
  full          UInt8,
  orders        UInt64,
  took_ms       UInt32
) ENGINE = MergeTree ORDER BY run
TTL toDateTime(intDiv(run, 1000)) + INTERVAL 30 DAY
SETTINGS fsync_after_insert = 1;

-- One row per order line, and per receipt or invoice line (`lone`) without an order line that is known.
CREATE TABLE matched_order_lines (
  order_id      String,
  order_line    String,
  lone          String,
  run           UInt64,
  gone          UInt8,
  documents     Array(String) COMMENT 'receipts and invoices on it',
  known         UInt8,
  cancelled     UInt8,
  ack           LowCardinality(String),
  ack_item      String,
  flow          LowCardinality(String),
  needs_receipt UInt8,
  same_unit     UInt8,
  one_unit      LowCardinality(String),
  o_facility    LowCardinality(String),
  o_supplier    LowCardinality(String),
  o_currency    LowCardinality(String),
  o_buyer       LowCardinality(String),
  o_item        String,
  o_contract    String,
  o_uom         LowCardinality(String),
  o_quantity    Nullable(Decimal(18, 4)),
  o_price       Nullable(Decimal(18, 6)),
  o_measured    UInt8,
  o_packs       Array(Tuple(Date32, Map(String, Decimal(18, 4)))),
  ko            Nullable(Decimal(18, 4)),
  qo            Nullable(Decimal(38, 8)),
  qr            Nullable(Decimal(38, 8)),
  qi            Nullable(Decimal(38, 8)),
  over_delivered UInt8,
  r             Array(Tuple(item String, uom String, date Date32, measured UInt8, quantity Nullable(Decimal(18, 4)), k Nullable(Decimal(18, 4)),
    object_id String, document_id String, time DateTime64(3, 'UTC'), facility String, supplier String)),
  r_k           Array(Nullable(Decimal(18, 4))),
  r_net         Array(Nullable(Decimal(38, 8))),
  r_withdrawn   Array(UInt8),
  r_unknown     UInt8,
  r_standing_count UInt32,
  i             Array(Tuple(item String, uom String, date Date32, measured UInt8, quantity Nullable(Decimal(18, 4)), k Nullable(Decimal(18, 4)),
    object_id String, document_id String, time DateTime64(3, 'UTC'), facility String, supplier String, number String, line_id String, currency String,
    price Nullable(Decimal(18, 6)), amount Nullable(Decimal(18, 4)), due_date Nullable(Date32), discount_date Nullable(Date32),
    document_freight Nullable(Decimal(18, 4)), document_value Nullable(Decimal(76, 10)), freight_line String, same_number UInt8, first_document String)),
  i_k           Array(Nullable(Decimal(18, 4))),
  i_gross       Array(Nullable(Decimal(38, 8))),
  i_net         Array(Nullable(Decimal(38, 8))),
  i_withdrawn   Array(UInt8),
  i_unknown     UInt8,
  i_standing_count UInt32,
  i_credit      Array(Decimal(76, 10)),
  i_same_line   Array(UInt8),
  i_twin        Array(UInt32),
  i_twin_date   Array(Date32),
  i_running     Array(Nullable(Decimal(38, 8))),
  credit_unclear UInt8,
  INDEX by_documents documents TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX by_run run TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree(run)
ORDER BY (order_id, order_line, lone);

-- One row per invoice line, with its verdict.
CREATE TABLE matched_invoice_lines (
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
  INDEX by_time time TYPE minmax GRANULARITY 1,
  INDEX by_order order_id TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = ReplacingMergeTree(run)
ORDER BY object_id;
