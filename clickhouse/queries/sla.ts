import { z } from 'zod';
import { defineList, defineQuery } from '../client';
import { clockParams } from './lineage-chains';
import { zoneParams } from './match';
import { bucket, byStep, scope } from './scope';
import { MATCH_KEYS, MATCH_UNITS, type MatchKey } from './sla-match';
import { PLAIN_UNITS } from './sla-units';

/** SLA figures: totals, course over time, parts by facility, and the lines behind them, all over the same units. */

export type PlainKey = keyof typeof PLAIN_UNITS;
export type SlaKey = PlainKey | MatchKey;
export const PLAIN_KEYS = Object.keys(PLAIN_UNITS) as PlainKey[];
/** In the order of the report. */
export const SLA_KEYS = [
  'stock-availability', 'stockout-rate', 'point-of-use-fill', 'replenishment-cycle', 'requisition-to-sent', 'approved-to-receipt', 'first-response-fill', 'perfect-order', 'price-accuracy', 'on-contract-spend',
  'perfect-invoice', 'invoice-exceptions', 'touchless', 'invoice-cycle', 'spend-accuracy', 'case-cost-accuracy', 'interface-availability', 'lineage-completeness',
] as const satisfies readonly SlaKey[];
export { MATCH_KEYS, type MatchKey } from './sla-match';

const params = z.object({
  ...scope, ...zoneParams, ...clockParams,
  /** Percent that an invoiced price may be off the contract price, either way; decimal text. */
  contract_tolerance: z.string(),
  /** How long filling a replenishment may take before it is due, days. */
  fill_due_days: z.number(),
  /** Target of a duration, ms; what took no longer is the numerator. */
  target_ms: z.number(),
});
export type SlaParams = z.input<typeof params>;

const isMatchKey = (key: SlaKey): key is MatchKey => MATCH_KEYS.some((name) => name === key);
const unitsOf = (key: SlaKey) => (isMatchKey(key) ? `SELECT * FROM (${MATCH_UNITS}) WHERE figure = '${key}'` : PLAIN_UNITS[key]);
const queryName = (key: SlaKey) => `sla_${key.replaceAll('-', '_')}`;
function byKey<K extends SlaKey, T>(keys: readonly K[], make: (key: K) => T): Readonly<Record<K, T>> {
  return Object.fromEntries(keys.map((key) => [key, make(key)])) as Record<K, T>;
}

/** Many joins over a long range: longer than a page's own figures may take. */
const LIMITS = { seconds: 60 } as const;
const SUMS = `count() AS n, toString(sum(numerator)) AS numerator_sum, toString(sum(denominator)) AS denominator_sum,
  quantilesExactInclusiveOrNullIf(0.5, 0.9, 0.95, 0.99)(ifNull(measure, 0), measure IS NOT NULL) AS quantiles`;
const sums = { n: z.number(), numerator_sum: z.string(), denominator_sum: z.string(), quantiles: z.array(z.number().nullable()).nullable() } as const;

/** Σ numerator and Σ denominator per currency ('' where no money is in it); quantiles p50, p90, p95, p99 of the measure in ms. */
export const slaTotals = byKey(PLAIN_KEYS, (key) =>
  defineQuery({
    name: queryName(key),
    sql: `SELECT currency, ${SUMS} FROM (${PLAIN_UNITS[key]}) GROUP BY currency ORDER BY currency`,
    params,
    row: z.object({ currency: z.string(), ...sums }),
    limits: LIMITS,
  }),
);

/** The same for all figures that stand on the match, in one statement. */
export const slaMatchTotals = defineQuery({
  name: 'sla_match',
  sql: `SELECT figure, currency, ${SUMS} FROM (${MATCH_UNITS}) GROUP BY figure, currency ORDER BY figure, currency`,
  params,
  row: z.object({ figure: z.enum(MATCH_KEYS), currency: z.string(), ...sums }),
  limits: LIMITS,
});

/** One figure in all its parts, one statement: `part` says of what a row speaks. */
export const slaFigure = byKey(SLA_KEYS, (key) =>
  byStep((step) =>
    defineQuery({
      name: `${queryName(key)}_${step}`,
      sql: `SELECT multiIf(grouping(place) = 0, 'facility', grouping(bucket_at) = 0, 'time', 'total') AS part, place, bucket_at, currency, ${SUMS}
        FROM (SELECT *, facility AS place, ${bucket(step, 'at')} AS bucket_at FROM (${unitsOf(key)}))
        GROUP BY GROUPING SETS ((currency), (place, currency), (bucket_at, currency)) ORDER BY part, bucket_at, place, currency`,
      params,
      row: z.object({ part: z.enum(['total', 'facility', 'time']), place: z.string(), bucket_at: z.string(), currency: z.string(), ...sums }),
      limits: LIMITS,
    }),
  ),
);

/** Figures whose numerator counts what went wrong: a line is fine when it adds nothing. */
const COUNTS_WRONG: readonly SlaKey[] = ['stockout-rate', 'invoice-exceptions', 'spend-accuracy', 'case-cost-accuracy'];

/** The lines behind a figure, those that miss it first. */
export const slaLines = byKey(SLA_KEYS, (key) =>
  defineList({
    name: `${queryName(key)}_lines`,
    sql: `SELECT if(${COUNTS_WRONG.includes(key) ? 'numerator = 0' : 'numerator >= denominator'}, 'met', 'missed') AS result, object_type, object_id, facility, at, currency, numerator AS counted, denominator AS due, measure, note
      FROM (${unitsOf(key)})`,
    params,
    row: z.object({
      result: z.string(), object_type: z.string(), object_id: z.string(), facility: z.string(), at: z.string(), currency: z.string(), counted: z.string(), due: z.string(), measure: z.number().nullable(), note: z.string(),
    }),
    sortable: { result: 'result', at: 'at', facility: 'facility', measure: 'measure', counted: 'counted', due: 'due', note: 'note', object_id: 'object_id' },
    defaultSort: { sort: 'result', desc: true },
    key: ['at', 'object_type', 'object_id', 'note'],
    limits: LIMITS,
  }),
);
