import { z } from 'zod';
import { FLOW_TYPES } from '@/ingest/contract/fields';
import type { MatchRuleParams } from '@/clickhouse/queries/match';
import { loadRules, rulesVersion } from './load';

/** Rules of the three-way match: section `match` of the rules file. Every default is ours, to be replaced by the house's own. */

const decimal = z
  .union([z.string(), z.number()])
  .transform(String)
  .refine((text) => /^\d{1,10}(\.\d{1,4})?$/.test(text), { error: 'has to be a number of at most four decimal places, best in quotes' });

function limit(percent: string | null, absolute: string | null, breach: 'either' | 'both') {
  return z
    .strictObject({
      percent: decimal.nullable().default(percent),
      absolute: decimal.nullable().default(absolute),
      breach: z.enum(['either', 'both']).default(breach),
    })
    .prefault({});
}

export const matchRules = z.strictObject({
  price_upper: limit('2', '5.00', 'either').meta({ title: 'Price above the order', description: 'Per invoice line: percent of the value at order price, or money in the line\'s currency' }),
  price_lower: limit('10', null, 'either').meta({ title: 'Price below the order', description: 'In the buyer\'s favour, but a large difference is often another item or unit' }),
  quantity: limit('0', null, 'either').meta({ title: 'Quantity invoiced above what was received or ordered', description: 'Percent of the quantity received or ordered; absolute in base units' }),
  over_delivery: limit('0', null, 'either').meta({ title: 'Quantity received above what was ordered', description: 'Percent of the quantity ordered; absolute in base units' }),
  freight: limit('5', '50.00', 'both').meta({ title: 'Freight and fees of an invoice', description: 'Percent of the goods, and money; by default both have to be passed, since flat fees weigh on small orders' }),
  duplicate_days: z.number().int().min(0).max(3650).default(90).meta({ title: 'Days within which the same line, quantity and amount is a duplicate' }),
  suspect_percent: decimal.default('2').meta({ title: 'How near to a pack factor a price ratio is taken for a pack error', description: 'Percent of the factor' }),
  flow_when_unknown: z.enum(FLOW_TYPES).default('three-way').meta({ title: 'Flow type of an order that states none' }),
});
export type MatchRules = z.output<typeof matchRules>;

export const MATCH_DEFAULTS: MatchRules = matchRules.parse({});

/** The rules in force. */
export function currentMatchRules(): MatchRules {
  return loadRules('match', matchRules);
}

/** Rules as the parameters of a match query, with their version. */
export function matchParams(rules: MatchRules = currentMatchRules()): MatchRuleParams {
  const limits = (['price_upper', 'price_lower', 'quantity', 'over_delivery', 'freight'] as const).map((name) => [name, rules[name]] as const);
  return {
    m_price_upper_percent: null, m_price_upper_absolute: null, m_price_upper_both: 0,
    m_price_lower_percent: null, m_price_lower_absolute: null, m_price_lower_both: 0,
    m_quantity_percent: null, m_quantity_absolute: null, m_quantity_both: 0,
    m_over_delivery_percent: null, m_over_delivery_absolute: null, m_over_delivery_both: 0,
    m_freight_percent: null, m_freight_absolute: null, m_freight_both: 0,
    ...Object.fromEntries(limits.flatMap(([name, { percent, absolute, breach }]) =>
      [[`m_${name}_percent`, percent], [`m_${name}_absolute`, absolute], [`m_${name}_both`, breach === 'both' ? 1 : 0]])),
    m_duplicate_days: rules.duplicate_days,
    m_suspect_percent: rules.suspect_percent,
    m_flow_when_unknown: rules.flow_when_unknown,
    m_version: rulesVersion('match-1', rules, MATCH_DEFAULTS),
  };
}
