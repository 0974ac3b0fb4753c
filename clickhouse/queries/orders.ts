import { z } from 'zod';
import { defineList, defineQuery } from '../client';
import { SUPPLIER_NAMES } from './match';

/**
 * Order lines on which goods (or, on flows without a receipt, the invoice) have not come in full, of whatever age: what is
 * open, promised, answered and late. A row of each is kept (./orders-open.ts); what depends on the moment is said here.
 */

const AT_NOW = "{now:DateTime64(3, 'UTC')}";
const DAYS = (limit: string) => `toInt64({${limit}:Float64} * 86400)`;
/** A promise of a day is kept until that day's end. */
const END_OF = (promised: string) => `addDays(${promised}, ${promised} = toStartOfDay(${promised}))`;

/** What may be said of an open line; it may be several. */
export const ORDER_FLAGS = ['unacknowledged', 'backordered', 'rejected', 're-dated', 'price changed', 'quantity changed', 'substituted', 'on hold', 'partly received', 'late', 'after need-by'] as const;
export type OrderFlag = (typeof ORDER_FLAGS)[number];

const text = z.string();
const maybe = z.string().nullable();

export const orderParams = {
  facilities: z.array(text),
  now: z.date(),
  acknowledgement_days: z.number(), promise_slack_days: z.number(),
  /** Suppliers that acknowledge what is ordered; see acknowledgingSuppliers. */
  answering: z.array(text),
  /** Each empty: every one. */
  supplier: text, buyer: text, item: text, flow: text,
} as const;

/** Open lines as they are kept, see ./orders-open.ts. FINAL: a run writes a line anew. The skip index leaves out granules of lines that have come. */
const OPEN_LINES = `
  SELECT * FROM open_order_lines FINAL
  WHERE NOT gone AND (empty({facilities:Array(String)}) OR facility IN {facilities:Array(String)})
    AND ({supplier:String} = '' OR supplier = {supplier:String}) AND ({buyer:String} = '' OR buyer = {buyer:String}) AND ({item:String} = '' OR item = {item:String}) AND ({flow:String} = '' OR flow = {flow:String})
  SETTINGS use_skip_indexes_if_final = 1, use_skip_indexes_if_final_exact_mode = 1`;

/** When each flag is true of a line, in the order of ORDER_FLAGS. */
const FLAGGED: Readonly<Record<OrderFlag, string>> = {
  'unacknowledged': "acknowledgement = 'overdue'", 'backordered': "code IN ('IB', 'BP')", 'rejected': "code IN ('IR', 'ID')", 're-dated': "code = 'DR' OR ifNull(promised > agreed_for, 0)", 'price changed': "code = 'IP'", 'quantity changed': "code = 'IQ'",
  'substituted': "code = 'IS'", 'on hold': "code = 'IH'", 'partly received': 'goods AND ifNull(came > 0, 0)',
  'late': `goods AND ifNull(addSeconds(${END_OF('promised')}, ${DAYS('promise_slack_days')}) < ${AT_NOW}, 0)`, 'after need-by': 'ifNull(need_by < promised, 0)',
};
const NAMES = `[${ORDER_FLAGS.map((flag) => `'${flag}'`).join(', ')}]`;
/** The flags that are true of a line, by their bits: lines are counted by a number, and only what is shown has the words. */
const FLAGS = `arrayFilter((flag, n) -> bitTest(flag_bits, n), ${NAMES}, range(${ORDER_FLAGS.length}))`;

/** One row per open line, with what may be said of it now. */
const LINES = `
  SELECT *, addSeconds(clock_from, ${DAYS('acknowledgement_days')}) AS answer_due,
    multiIf(answered_at IS NOT NULL, 'present', NOT has({answering:Array(String)}, supplier), 'none', answer_due < ${AT_NOW}, 'overdue', 'awaited') AS acknowledgement,
    if(ordered_at IS NULL, NULL, greatest(dateDiff('day', assumeNotNull(ordered_at), ${AT_NOW}), 0)) AS age,
    toUInt16(${ORDER_FLAGS.map((flag, n) => `(${FLAGGED[flag]}) * ${2 ** n}`).join(' + ')}) AS flag_bits
  FROM (${OPEN_LINES})`;

/** Suppliers that have acknowledged at least a {share} of the order lines that were to be acknowledged: the others send no 855. */
export const acknowledgingSuppliers = defineQuery({
  name: 'orders_acknowledging',
  // FINAL: of several runs the newest row of a chain holds; the key begins with the day.
  sql: `
    SELECT supplier FROM chains FINAL
    WHERE started_day >= toDate({from:DateTime64(3, 'UTC')}) AND started_day <= toDate({to:DateTime64(3, 'UTC')}) AND anchor = 'order-line' AND NOT gone AND supplier != '' AND acknowledgement IN ('present', 'awaited')
    GROUP BY supplier HAVING countIf(acknowledgement = 'present') >= count() * {share:Float64} ORDER BY supplier`,
  params: z.object({ from: z.date(), to: z.date(), share: z.number() }),
  row: z.object({ supplier: text }),
});

/** Open order lines. `value` is what has not come at the order's price; null where quantity, price or pack factor is not known. */
export const openOrderLines = defineList({
  name: 'orders_lines',
  sql: `
    SELECT order_key, order_id, facility, supplier, supplier_name, buyer, item, flow, currency, unit, ordered, came, ordered - came AS missing, value, code, ordered_at, answered_at, answer_due, acknowledgement, promised, agreed_for, need_by, age,
      if(promised IS NULL OR need_by IS NULL, NULL, dateDiff('day', assumeNotNull(need_by), assumeNotNull(promised))) AS slip, arrayStringConcat(${FLAGS}, ', ') AS what
    FROM (${LINES}) AS lines LEFT JOIN (${SUPPLIER_NAMES}) AS names ON names.supplier = lines.supplier
    WHERE {view:String} = '' OR bitTest(flag_bits, indexOf(${NAMES}, {view:String}) - 1)`,
  params: z.object({ ...orderParams, view: text }),
  row: z.object({
    order_key: text, order_id: text, facility: text, supplier: text, supplier_name: text, buyer: text, item: text, flow: text, currency: text, unit: text, ordered: maybe, came: maybe, missing: maybe, value: maybe,
    code: text, ordered_at: maybe, answered_at: maybe, answer_due: text, acknowledgement: text, promised: maybe, agreed_for: maybe, need_by: maybe, age: z.number().nullable(), slip: z.number().nullable(), what: text,
  }),
  sortable: {
    age: 'age', value: 'value', promised: 'promised', need_by: 'need_by', slip: 'slip', ordered_at: 'ordered_at', supplier_name: 'supplier_name', facility: 'facility', item: 'item', buyer: 'buyer', flow: 'flow', code: 'code',
    missing: 'missing', order_key: 'order_key', what: 'what', acknowledgement: 'acknowledgement',
  },
  defaultSort: { sort: 'age', desc: true },
  key: ['order_key'],
  limits: { seconds: 20 },
});

/** Open lines by what is said of them, by supplier and by age, in one pass: `grouping` says which. Money per currency. */
export const openOrderTotals = defineQuery({
  name: 'orders_totals',
  sql: `
    SELECT multiIf(grouping(of_supplier) = 0, 'supplier', grouping(band) = 0, 'band', 'flag') AS grouping, flag, of_supplier AS supplier, any(supplier_name) AS name, band, currency, sum(n) AS lines, sum(amount) AS value, sum(without) AS unpriced,
      max(most) AS oldest
    FROM (
      SELECT counted.supplier AS of_supplier, supplier_name, band, currency, n, amount, without, most, arrayJoin(arrayConcat([''], ${FLAGS})) AS flag
      FROM (
        SELECT flag_bits, supplier, currency, multiIf(age IS NULL, 'unknown', age <= 7, '0-7', age <= 30, '8-30', age <= 60, '31-60', age <= 90, '61-90', '91+') AS band, count() AS n, sum(value) AS amount, countIf(value IS NULL) AS without, max(age) AS most
        FROM (${LINES}) GROUP BY flag_bits, supplier, currency, band
      ) AS counted LEFT JOIN (${SUPPLIER_NAMES}) AS names ON names.supplier = counted.supplier
    )
    GROUP BY GROUPING SETS ((flag, currency), (flag, of_supplier, currency), (flag, band, currency))
    HAVING flag = '' OR grouping = 'flag'
    ORDER BY grouping, flag, lines DESC, supplier, band, currency`,
  params: z.object(orderParams),
  row: z.object({ grouping: text, flag: text, supplier: text, name: text, band: text, currency: text, lines: z.number(), value: maybe, unpriced: z.number(), oldest: z.number().nullable() }),
  limits: { seconds: 20 },
});
