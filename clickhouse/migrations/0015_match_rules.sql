-- The match is worked out in steps, and judged by rules that are in force from a day on.

-- By what the match finds documents: under an order the receipts and invoices that name it, under a number ("supplier",
-- a line break, the number as duplicates are compared) the invoices that bear it, under an invoice the numbers that it
-- bore, under a document those that take something back from it. As any revision said it: what a document named once has to
-- be looked at again when it names something else.
CREATE TABLE match_keys (
  kind          LowCardinality(String) COMMENT 'order, number, numbered or taken back',
  key           String,
  document_type LowCardinality(String),
  document_id   String,
  last_time     SimpleAggregateFunction(max, DateTime64(3, 'UTC'))
) ENGINE = AggregatingMergeTree
ORDER BY (kind, key, document_type, document_id)
SETTINGS fsync_after_insert = 1, min_level_for_wide_part = 1;

CREATE MATERIALIZED VIEW match_keys_fill TO match_keys AS
SELECT tupleElement(found, 1) AS kind, tupleElement(found, 2) AS key, document_type, tupleElement(found, 3) AS document_id, max(time) AS last_time
FROM (
  SELECT document_type, time, arrayJoin(arrayConcat(
    arrayMap(o -> ('order', o, document_id), arrayDistinct(arrayFilter(o -> o != '', `lines.order_id`))),
    if(document_type = 'invoice' AND action = 'received' AND invoice_number != '',
      [('number', concat(supplier, '\n', replaceRegexpOne(replaceRegexpAll(upperUTF8(invoice_number), '[^\\p{L}\\p{N}]', ''), '^0+', '')), document_id),
       ('numbered', document_id, concat(supplier, '\n', replaceRegexpOne(replaceRegexpAll(upperUTF8(invoice_number), '[^\\p{L}\\p{N}]', ''), '^0+', '')))], []),
    if(action IN ('reversed', 'returned', 'cancelled', 'credited'),
      arrayMap((t, r) -> ('taken back', if(endsWith(t, '-line'), substring(r, 1, length(r) - position(reverse(r), '/')), r), document_id),
        arrayFilter(t -> t IN ('receipt', 'receipt-line', 'invoice', 'invoice-line'), `lines.ref_type`), arrayFilter((r, t) -> t IN ('receipt', 'receipt-line', 'invoice', 'invoice-line'), `lines.ref_id`, `lines.ref_type`)), []))) AS found
  FROM events
  WHERE document_type IN ('receipt', 'invoice')
)
GROUP BY kind, key, document_type, document_id;

INSERT INTO match_keys (kind, key, document_type, document_id, last_time)
SELECT tupleElement(found, 1) AS kind, tupleElement(found, 2) AS key, document_type, tupleElement(found, 3) AS document_id, max(time) AS last_time
FROM (
  SELECT document_type, time, arrayJoin(arrayConcat(
    arrayMap(o -> ('order', o, document_id), arrayDistinct(arrayFilter(o -> o != '', `lines.order_id`))),
    if(document_type = 'invoice' AND action = 'received' AND invoice_number != '',
      [('number', concat(supplier, '\n', replaceRegexpOne(replaceRegexpAll(upperUTF8(invoice_number), '[^\\p{L}\\p{N}]', ''), '^0+', '')), document_id),
       ('numbered', document_id, concat(supplier, '\n', replaceRegexpOne(replaceRegexpAll(upperUTF8(invoice_number), '[^\\p{L}\\p{N}]', ''), '^0+', '')))], []),
    if(action IN ('reversed', 'returned', 'cancelled', 'credited'),
      arrayMap((t, r) -> ('taken back', if(endsWith(t, '-line'), substring(r, 1, length(r) - position(reverse(r), '/')), r), document_id),
        arrayFilter(t -> t IN ('receipt', 'receipt-line', 'invoice', 'invoice-line'), `lines.ref_type`), arrayFilter((r, t) -> t IN ('receipt', 'receipt-line', 'invoice', 'invoice-line'), `lines.ref_id`, `lines.ref_type`)), []))) AS found
  FROM events
  WHERE document_type IN ('receipt', 'invoice')
)
GROUP BY kind, key, document_type, document_id;

-- What is kept of the match holds whatever the limits are, but for over-delivery; the verdicts are made from it, and made
-- anew when rules change.
DROP TABLE IF EXISTS matched_order_lines SYNC;

CREATE TABLE matched_order_lines (
  settled       UInt8 COMMENT '1: no receipt on it waits for an invoice, none is without its order line, and not too much came',
  order_id      String,
  order_line    String,
  lone          String COMMENT 'the receipt or invoice line, where no order line is known',
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
  o_category    LowCardinality(String),
  o_contract    String,
  o_uom         LowCardinality(String),
  o_quantity    Nullable(Decimal(18, 4)),
  o_price       Nullable(Decimal(18, 6)),
  o_date        Date32,
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
  r_no_quantity UInt8 COMMENT 'a receipt line does not say how many',
  r_no_factor   UInt8 COMMENT 'a receipt line is in a unit that no pack factor is known for',
  r_no_unit     UInt8 COMMENT 'a receipt line names no unit',
  i             Array(Tuple(item String, uom String, date Date32, measured UInt8, quantity Nullable(Decimal(18, 4)), k Nullable(Decimal(18, 4)),
    object_id String, document_id String, time DateTime64(3, 'UTC'), facility String, supplier String, number String, line_id String, currency String,
    price Nullable(Decimal(18, 6)), amount Nullable(Decimal(18, 4)), due_date Nullable(Date32), discount_date Nullable(Date32),
    document_freight Nullable(Decimal(18, 4)), document_value Nullable(Decimal(76, 10)), freight_line String, same_number UInt8, first_document String, category String)),
  i_k           Array(Nullable(Decimal(18, 4))),
  i_gross       Array(Nullable(Decimal(38, 8))),
  i_net         Array(Nullable(Decimal(38, 8))),
  i_withdrawn   Array(UInt8),
  i_unknown     UInt8,
  i_standing_count UInt32,
  i_credit      Array(Decimal(76, 10)),
  i_twin        Array(UInt32) COMMENT 'place in i of the earlier line with the same quantity and amount; 0: none',
  i_twin_date   Array(Date32),
  i_category    Array(String),
  credit_dates  Array(Date32),
  credit_unclear UInt8,
  INDEX by_documents documents TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX by_run run TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree(run)
ORDER BY (settled, order_id, order_line, lone);

-- Documents are found by the range that they span: the lines of one stand together.
ALTER TABLE matched_invoice_lines ADD INDEX IF NOT EXISTS by_document document_id TYPE minmax GRANULARITY 1;
TRUNCATE TABLE matched_invoice_lines;

-- What an invoice line comes to under the other versions of the rules than the one in force on its date.
CREATE TABLE matched_invoice_lines_beside (
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
ORDER BY (object_id, rule_version);

TRUNCATE TABLE match_runs;
