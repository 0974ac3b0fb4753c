import { z } from 'zod';
import { defineList, defineQuery } from '../client';
import { clockParams } from './lineage-chains';
import { matchParamsShape } from './match';
import { bucket, byStep } from './scope';
import { SLA_KEYS, SLA_UNITS, type SlaKey } from './sla-units';

export { SLA_KEYS, type SlaKey } from './sla-units';

/** SLA figures: totals, their course, their parts by facility, and the lines behind them, all over the same units. */

export const slaParams = { ...matchParamsShape, ...clockParams, contract_tolerance: z.number() } as const;
const LIMITS = { seconds: 20 } as const;

function byKey<T>(make: (key: SlaKey) => T): Readonly<Record<SlaKey, T>> {
  return Object.fromEntries(SLA_KEYS.map((key) => [key, make(key)])) as Record<SlaKey, T>;
}

const name = (key: SlaKey) => `sla_${key.replaceAll('-', '_')}`;
const SUMS = `count() AS n, toString(sum(numerator)) AS numerator_sum, toString(sum(denominator)) AS denominator_sum,
  quantilesExactOrNullIf(0.5, 0.9, 0.95, 0.99)(ifNull(measure, 0), measure IS NOT NULL) AS quantiles`;
const sums = { n: z.number(), numerator_sum: z.string(), denominator_sum: z.string(), quantiles: z.array(z.number()).nullable() } as const;

/** Σ numerator and Σ denominator per currency ('' where no money is in it); quantiles p50, p90, p95, p99 of the measure in ms. */
export const slaTotals = byKey((key) =>
  defineQuery({
    name: name(key),
    sql: `SELECT currency, ${SUMS} FROM (${SLA_UNITS[key]}) GROUP BY currency ORDER BY currency`,
    params: z.object(slaParams),
    row: z.object({ currency: z.string(), ...sums }),
    limits: LIMITS,
  }),
);

export const slaByFacility = byKey((key) =>
  defineQuery({
    name: `${name(key)}_facilities`,
    sql: `SELECT facility, currency, ${SUMS} FROM (${SLA_UNITS[key]}) GROUP BY facility, currency ORDER BY facility, currency`,
    params: z.object(slaParams),
    row: z.object({ facility: z.string(), currency: z.string(), ...sums }),
    limits: LIMITS,
  }),
);

export const slaSeries = byKey((key) =>
  byStep((step) =>
    defineQuery({
      name: `${name(key)}_${step}`,
      sql: `SELECT ${bucket(step, 'at')} AS bucket_at, currency, ${SUMS} FROM (${SLA_UNITS[key]}) GROUP BY bucket_at, currency ORDER BY bucket_at, currency`,
      params: z.object(slaParams),
      row: z.object({ bucket_at: z.string(), currency: z.string(), ...sums }),
      limits: LIMITS,
    }),
  ),
);

/** The lines behind a figure, those that miss it first where the figure is better when high. */
export const slaLines = byKey((key) =>
  defineList({
    name: `${name(key)}_lines`,
    sql: `SELECT object_type, object_id, facility, at, currency, toString(numerator) AS counted, toString(denominator) AS due, numerator / denominator AS ratio, measure, note
      FROM (${SLA_UNITS[key]})`,
    params: z.object(slaParams),
    row: z.object({
      object_type: z.string(), object_id: z.string(), facility: z.string(), at: z.string(), currency: z.string(), counted: z.string(), due: z.string(),
      ratio: z.union([z.string(), z.number()]).nullable(), measure: z.number().nullable(), note: z.string(),
    }),
    sortable: { at: 'at', facility: 'facility', measure: 'measure', counted: 'toDecimal128(counted, 6)', due: 'toDecimal128(due, 6)', note: 'note', object_id: 'object_id' },
    defaultSort: { sort: 'at', desc: true },
    key: ['object_type', 'object_id', 'at', 'note'],
    limits: LIMITS,
  }),
);
