import { z } from 'zod';
import { defineQuery } from '../client';
import { factsSql, PLAIN_NUMBER, type MatchScope } from './match-facts';
import { totalsSql } from './match-totals';
import { breach, verdictSql } from './match-verdict';
import { IN_FACILITIES, type scope } from './scope';

export { FINDINGS, FINE, MISMATCHES, UNDECIDED, VERDICTS, type Verdict } from './match-verdict';
export { DAY_OF, ZONE_OF, type MatchScope } from './match-facts';

/** What an invoice repeats where it is equal: its supplier and its number, as duplicates are compared. */
export const SAME_NUMBER = `(supplier, ${PLAIN_NUMBER('invoice_number')})`;

/**
 * The three-way match, in one place. Every verdict, variance and open quantity of the product comes from these CTEs;
 * they are a function of the facts in force, so arrival order, duplicates and replays cannot change them. The engine
 * takes seconds to plan them, whatever the data, so ../matches.ts keeps what they give for pages to read.
 */

const limit = z.string().nullable();
const both = z.union([z.literal(0), z.literal(1)]);

/** Parameters of every match query; server/rules/match.ts makes them from the rules in force. */
export const matchRuleParams = {
  m_price_upper_percent: limit, m_price_upper_absolute: limit, m_price_upper_both: both,
  m_price_lower_percent: limit, m_price_lower_absolute: limit, m_price_lower_both: both,
  m_quantity_percent: limit, m_quantity_absolute: limit, m_quantity_both: both,
  m_over_delivery_percent: limit, m_over_delivery_absolute: limit, m_over_delivery_both: both,
  m_freight_percent: limit, m_freight_absolute: limit, m_freight_both: both,
  m_duplicate_days: z.number().int(),
  m_suspect_percent: z.string(),
  m_flow_when_unknown: z.string(),
  /** Shown beside each verdict. */
  m_version: z.string(),
} as const;
export type MatchRuleParams = z.input<z.ZodObject<typeof matchRuleParams>>;

/** Zones by facility, for business days; `zone` where a facility has none. */
export const zoneParams = { zones: z.record(z.string(), z.string()), zone: z.string() } as const;

/** What a match query takes that works it out: span and facilities, rules, zones. */
export type MatchParams = z.input<z.ZodObject<typeof scope & typeof matchRuleParams & typeof zoneParams>>;

/** CTEs `match_lines`, `match_totals`: one row per order line with Qo, Qr, Qi, and its lines. Begin a query with `WITH ${matchTotals(…)}`. */
export function matchTotals(over: MatchScope): string {
  return `${factsSql(over)},\n  ${totalsSql()}`;
}

/** CTE `match_verdicts`, one row per invoice line, from the order lines that a run has just written; see ../matches.ts. */
export function verdictsOfRun(run: string): string {
  return `match_totals AS (SELECT * FROM matched_order_lines WHERE run = ${run} AND NOT gone),\n  ${verdictSql()}`;
}

/** The same CTEs as of the last run, read and not worked out: what pages stand on. */
export const MATCHED_TOTALS = 'match_totals AS (SELECT * FROM matched_order_lines FINAL WHERE NOT gone)';
/** The same, only of order lines on which a receipt waits for an invoice, is without its order line, or brought too much: by the key. */
export const OPEN_TOTALS = 'match_totals AS (SELECT * FROM matched_order_lines FINAL WHERE NOT gone AND NOT settled)';
export const MATCHED_VERDICTS = 'match_verdicts AS (SELECT * FROM matched_invoice_lines FINAL WHERE NOT gone)';
// FINAL: of two runs' rows for one line the later holds, whatever has been merged.

const RANGE = "time >= {from:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')}";

/** Invoice lines of the range and the facilities, without those that nothing is left of. */
export const INVOICE_LINES_IN_RANGE = `SELECT * FROM match_verdicts WHERE NOT withdrawn AND ${RANGE} AND ${IN_FACILITIES}`;

/** Names of suppliers as the master data has them today. */
export const SUPPLIER_NAMES = `SELECT record_id AS supplier, argMax(JSONExtractString(attributes, 'name'), (valid_from, version, rank)) AS supplier_name
  FROM master_records WHERE kind = 'supplier' AND valid_from <= toDate32(now()) GROUP BY record_id`;

/** What was received past what was ordered: a finding on the order line itself. */
export const OVER_DELIVERED = `known AND NOT (flow = 'stock') AND ${breach('qr - qo', 'qo', 'over_delivery')}`;

/**
 * What is open of each receipt line (`r`) of an order line, base units: its quantity less what was invoiced, first in first
 * out; NULL where nobody can tell.
 */
export const RECEIPTS_OPEN = `arrayMap((n, through) -> multiIf(i_standing_count = 0 OR NOT known, n, r_unknown OR i_unknown, NULL, n - least(n, greatest(qi - (through - n), toDecimal128(0, 8)))),
    r_net, arrayCumSum(arrayMap(n -> ifNull(n, toDecimal128(0, 8)), r_net)))`;
/** Nothing on the order line waits for anything any more: see OPEN_TOTALS. */
export const SETTLED = `NOT (ifNull(${OVER_DELIVERED}, 0)
    OR ((NOT known OR needs_receipt) AND arrayExists((open, withdrawn) -> NOT withdrawn AND (NOT known OR ifNull(open > 0, 1)), ${RECEIPTS_OPEN}, r_withdrawn)))`;

/** One order line with its totals, by its keys: for chains and tests. Quantities in base units, or in the lines' one unit where no factor is known. */
export const matchOrderLine = defineQuery({
  name: 'match_order_line',
  sql: `WITH ${matchTotals({ orders: 'SELECT {order:String}' })}
    SELECT order_id, order_line, flow, cancelled, ack, o_supplier AS supplier, o_currency AS currency, o_item AS item, o_uom AS uom, same_unit,
      toString(ko) AS factor, toString(qo) AS ordered, toString(qr) AS received, toString(qi) AS invoiced, toString(o_price) AS price, ${OVER_DELIVERED} AS over_delivered
    FROM match_totals WHERE known AND ({line:String} = '' OR order_line = {line:String}) ORDER BY order_line`,
  params: z.object({ ...matchRuleParams, ...zoneParams, order: z.string(), line: z.string() }),
  row: z.object({
    order_id: z.string(), order_line: z.string(), flow: z.string(), cancelled: z.number(), ack: z.string(), supplier: z.string(), currency: z.string(), item: z.string(), uom: z.string(),
    same_unit: z.number(), factor: z.string().nullable(), ordered: z.string().nullable(), received: z.string().nullable(), invoiced: z.string().nullable(), price: z.string().nullable(), over_delivered: z.number(),
  }),
});
