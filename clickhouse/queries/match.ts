import { z } from 'zod';
import { defineQuery } from '../client';
import { factsSql, type MatchScope } from './match-facts';
import { totalsSql } from './match-totals';
import { breach, verdictSql } from './match-verdict';
import { IN_FACILITIES, scope } from './scope';

export { FINDINGS, FINE, MISMATCHES, UNDECIDED, VERDICTS, type Verdict } from './match-verdict';
export { DAY_OF, ZONE_OF, type MatchScope } from './match-facts';

/**
 * The three-way match, in one place. Every verdict, variance and open quantity of the product comes from these CTEs;
 * they are a function of the facts in force, so arrival order, duplicates and replays cannot change them.
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

/** What every match query takes: span and facilities, rules, zones. */
export const matchParamsShape = { ...scope, ...matchRuleParams, ...zoneParams } as const;
export type MatchParams = z.input<z.ZodObject<typeof matchParamsShape>>;

/** CTEs `match_lines`, `match_totals`: one row per order line with Qo, Qr, Qi, and its lines. Begin a query with `WITH ${matchTotals(…)}`. */
export function matchTotals(over: MatchScope): string {
  return `${factsSql(over)},\n  ${totalsSql()}`;
}

/** The same, and `match_verdicts`: one row per invoice line. */
export function matchVerdicts(over: MatchScope): string {
  return `${matchTotals(over)},\n  ${verdictSql()}`;
}

const RECEIVED = "document_type = 'invoice' AND aspect = 'received' AND line_id != ''";
const RANGE = "time >= {from:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')}";

/** The scope of a page about invoices: the order lines of the range's invoices, whole, whenever their receipts and other invoices came. */
export const INVOICE_SCOPE: MatchScope = {
  orders: `SELECT order_id FROM document_lines WHERE ${RECEIVED} AND order_id != '' AND ${RANGE}`,
  invoices: `SELECT document_id FROM document_lines WHERE ${RECEIVED} AND order_id = '' AND ${RANGE}`,
};

/** Invoice lines of the range and the facilities, without those that nothing is left of. */
export const INVOICE_LINES_IN_RANGE = `SELECT * FROM match_verdicts WHERE NOT withdrawn AND ${RANGE} AND ${IN_FACILITIES}`;

/** Names of suppliers as the master data has them today. */
export const SUPPLIER_NAMES = `SELECT record_id AS supplier, argMax(JSONExtractString(attributes, 'name'), (valid_from, version, rank)) AS supplier_name
  FROM master_records WHERE kind = 'supplier' AND valid_from <= toDate32(now()) GROUP BY record_id`;

/** What was received past what was ordered: a finding on the order line itself. */
export const OVER_DELIVERED = `known AND NOT (flow = 'stock') AND ${breach('qr - qo', 'qo', 'over_delivery')}`;

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
