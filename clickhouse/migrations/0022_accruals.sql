-- What each order line added to what is received and not invoiced, month by month: few narrow columns of the kept match, so
-- that the roll-forward of accruals reads no lists of receipts and invoices. A row is written whenever a run of the match
-- writes the line.
CREATE TABLE accruals (
  order_id    String,
  order_line  String,
  version     UInt64 COMMENT 'of the run; of one run''s two rows the one that is not gone counts: a line that moves within the match is written twice',
  gone        UInt8 COMMENT '1: nothing accrues on it, or its value is not known',
  facility    LowCardinality(String),
  supplier    LowCardinality(String),
  buyer       LowCardinality(String),
  item        String,
  currency    LowCardinality(String),
  months      Array(Date32) COMMENT 'in which something was received or invoiced, by business date',
  added       Array(Decimal(38, 4)) COMMENT 'received in the month, at the order''s price',
  change      Array(Decimal(38, 4)) COMMENT 'by how much what is open at the month''s end is more than at the end of the one before; never below nothing in sum'
) ENGINE = ReplacingMergeTree(version)
ORDER BY (order_id, order_line)
SETTINGS fsync_after_insert = 1, min_level_for_wide_part = 1;

CREATE MATERIALIZED VIEW accruals_fill TO accruals AS
SELECT order_id, order_line, version, gone, facility, supplier, buyer, item, currency, months,
  arrayMap(q -> toDecimal128(round(toDecimal256(q, 8) * price / factor, 4), 4), came) AS added,
  arrayMap((after, before) -> after - before, money, arrayShiftRight(money, 1, toDecimal128(0, 4))) AS change
FROM (
  SELECT *, arrayMap(q -> toDecimal128(round(toDecimal256(q, 8) * price / factor, 4), 4), open) AS money
  FROM (
    SELECT order_id, order_line, version, gone, facility, supplier, buyer, item, currency, price, factor, months,
      arrayMap(m -> arraySum(arrayMap((d, q) -> if(toStartOfMonth(d) = m, ifNull(q, toDecimal128(0, 8)), toDecimal128(0, 8)), received_on, received)), months) AS came,
      arrayMap(m -> greatest(arraySum(arrayMap((d, q) -> if(d < addMonths(m, 1), ifNull(q, toDecimal128(0, 8)), toDecimal128(0, 8)), received_on, received))
        - arraySum(arrayMap((d, q) -> if(d < addMonths(m, 1), ifNull(q, toDecimal128(0, 8)), toDecimal128(0, 8)), invoiced_on, invoiced)), toDecimal128(0, 8)), months) AS open
    FROM (
      SELECT order_id, order_line, run * 2 + NOT was_gone AS version, o_facility AS facility, o_supplier AS supplier, o_buyer AS buyer, o_item AS item, o_currency AS currency,
        known AND NOT was_gone AND needs_receipt AND notEmpty(r_net) AND ifNull(o_price > 0, 0) AND ifNull(ko > 0, 0) AND (i_standing_count = 0 OR (NOT r_unknown AND NOT i_unknown)) AS accrues, NOT accrues AS gone,
        toDecimal256(ifNull(o_price, 0), 6) AS price, toDecimal256(ifNull(nullIf(ko, 0), 1), 8) AS factor, r.date AS received_on, r_net AS received, i.date AS invoiced_on, i_net AS invoiced,
        if(accrues, arraySort(arrayDistinct(arrayMap(d -> toDate32(toStartOfMonth(d)), arrayConcat(r.date, i.date)))), []) AS months
      FROM (SELECT * EXCEPT (gone), gone AS was_gone FROM matched_order_lines WHERE lone = '' AND order_id != '' AND (known OR gone))
    )
  )
);

INSERT INTO accruals (order_id, order_line, version, gone, facility, supplier, buyer, item, currency, months, added, change)
SELECT order_id, order_line, version, gone, facility, supplier, buyer, item, currency, months,
  arrayMap(q -> toDecimal128(round(toDecimal256(q, 8) * price / factor, 4), 4), came) AS added,
  arrayMap((after, before) -> after - before, money, arrayShiftRight(money, 1, toDecimal128(0, 4))) AS change
FROM (
  SELECT *, arrayMap(q -> toDecimal128(round(toDecimal256(q, 8) * price / factor, 4), 4), open) AS money
  FROM (
    SELECT order_id, order_line, version, gone, facility, supplier, buyer, item, currency, price, factor, months,
      arrayMap(m -> arraySum(arrayMap((d, q) -> if(toStartOfMonth(d) = m, ifNull(q, toDecimal128(0, 8)), toDecimal128(0, 8)), received_on, received)), months) AS came,
      arrayMap(m -> greatest(arraySum(arrayMap((d, q) -> if(d < addMonths(m, 1), ifNull(q, toDecimal128(0, 8)), toDecimal128(0, 8)), received_on, received))
        - arraySum(arrayMap((d, q) -> if(d < addMonths(m, 1), ifNull(q, toDecimal128(0, 8)), toDecimal128(0, 8)), invoiced_on, invoiced)), toDecimal128(0, 8)), months) AS open
    FROM (
      SELECT order_id, order_line, run * 2 + NOT was_gone AS version, o_facility AS facility, o_supplier AS supplier, o_buyer AS buyer, o_item AS item, o_currency AS currency,
        known AND NOT was_gone AND needs_receipt AND notEmpty(r_net) AND ifNull(o_price > 0, 0) AND ifNull(ko > 0, 0) AND (i_standing_count = 0 OR (NOT r_unknown AND NOT i_unknown)) AS accrues, NOT accrues AS gone,
        toDecimal256(ifNull(o_price, 0), 6) AS price, toDecimal256(ifNull(nullIf(ko, 0), 1), 8) AS factor, r.date AS received_on, r_net AS received, i.date AS invoiced_on, i_net AS invoiced,
        if(accrues, arraySort(arrayDistinct(arrayMap(d -> toDate32(toStartOfMonth(d)), arrayConcat(r.date, i.date)))), []) AS months
      FROM (SELECT * EXCEPT (gone), gone AS was_gone FROM matched_order_lines WHERE lone = '' AND order_id != '' AND (known OR gone))
    )
  )
);
