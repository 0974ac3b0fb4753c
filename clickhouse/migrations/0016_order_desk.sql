-- Order lines as the desk reads them: few narrow columns of the kept match, in the order of their keys, so that what is open
-- is found without the lists of receipts and invoices. A row is written whenever a run of the match writes the line.
CREATE TABLE order_desk (
  order_id    String,
  order_line  String,
  version     UInt64 COMMENT 'of the run; of one run\'s two rows the one that is not gone counts: a line that moves within the match is written twice',
  gone        UInt8,
  open        UInt8 COMMENT '1: goods, or on flows without a receipt the invoice, have not come in full, or nobody can tell',
  facility    LowCardinality(String),
  supplier    LowCardinality(String),
  buyer       LowCardinality(String),
  item        String,
  flow        LowCardinality(String),
  currency    LowCardinality(String),
  uom         LowCardinality(String) COMMENT 'as ordered',
  same_unit   UInt8 COMMENT '1: quantities stand in the one unit that all lines speak of; else in base units',
  one_unit    LowCardinality(String),
  price       Nullable(Decimal(18, 6)) COMMENT 'per uom',
  ko          Nullable(Decimal(18, 4)) COMMENT 'pack factor of uom',
  qo          Nullable(Decimal(38, 8)),
  qr          Nullable(Decimal(38, 8)),
  qi          Nullable(Decimal(38, 8)),
  INDEX by_open open TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree(version)
ORDER BY (order_id, order_line)
SETTINGS fsync_after_insert = 1, min_level_for_wide_part = 1, index_granularity = 1024;

CREATE MATERIALIZED VIEW order_desk_fill TO order_desk AS
SELECT order_id, order_line, run * 2 + NOT gone AS version, gone,
  NOT gone AND NOT cancelled AND if(flow IN ('three-way', 'three-way-invoice-first', 'consignment-fill'), ifNull(qr < qo, 1), ifNull(qi < qo, 1)) AS open,
  o_facility AS facility, o_supplier AS supplier, o_buyer AS buyer, o_item AS item, flow, o_currency AS currency, o_uom AS uom, same_unit, one_unit, o_price AS price, ko, qo, qr, qi
FROM matched_order_lines
WHERE lone = '' AND order_id != '' AND (known OR gone);

INSERT INTO order_desk (order_id, order_line, version, gone, open, facility, supplier, buyer, item, flow, currency, uom, same_unit, one_unit, price, ko, qo, qr, qi)
SELECT order_id, order_line, run * 2 + NOT gone AS version, gone,
  NOT gone AND NOT cancelled AND if(flow IN ('three-way', 'three-way-invoice-first', 'consignment-fill'), ifNull(qr < qo, 1), ifNull(qi < qo, 1)) AS open,
  o_facility AS facility, o_supplier AS supplier, o_buyer AS buyer, o_item AS item, flow, o_currency AS currency, o_uom AS uom, same_unit, one_unit, o_price AS price, ko, qo, qr, qi
FROM matched_order_lines
WHERE lone = '' AND order_id != '' AND (known OR gone);
