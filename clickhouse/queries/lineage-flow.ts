import { z } from 'zod';
import { defineQuery } from '../client';
import { clockParams, keptAlike, keptFacts, pathOfSteps, STAGES, stageOfStep, steps, timeOfStep } from './lineage-chains';
import { byStep, bucket, scope } from './scope';

/** The flow of the whole network: stages, how completeness went, and the paths that chains take. */

const params = { ...scope, ...clockParams, /** Prefixed with `=`, so that "no flow type" can be asked for; empty: all. */ flow: z.string(), supplier: z.string(), item: z.string() } as const;
const ASKED = `({flow:String} = '' OR concat('=', flow_type) = {flow:String}) AND ({supplier:String} = '' OR supplier = {supplier:String}) AND ({item:String} = '' OR item = {item:String})`;
const LIMITS = { seconds: 20 } as const;
const ALIKE = `(${keptAlike(ASKED)}) AS chain`;
const VERDICT = "multiIf(NOT closed, 'open', chain.complete = 1, 'complete', chain.complete = 0, 'incomplete', 'unjudged')";

/**
 * Chains per stage and its state with the times (p50, p90) from the chain's start and from the stage that came before,
 * for what is bought and for stock (`flow`); and under stage `chain`, per flow type, how many are complete, incomplete,
 * unjudged (closed, but nothing says what they need) or open.
 */
export const lineageFlow = defineQuery({
  name: 'lineage_flow',
  sql: `
    SELECT multiIf(stage = 'chain', flow_type, flow_type = 'stock', 'stock', 'bought') AS flow, stage, state, currency, sum(staged.chains) AS chains, sum(staged.value) AS value, sum(staged.unpriced) AS unpriced
    FROM (
      SELECT flow_type, currency, value, chains, unpriced, stage, state FROM ${ALIKE}
      ARRAY JOIN [${STAGES.map((stage) => `'${stage}'`).join(', ')}, 'chain'] AS stage, [${STAGES.map((stage) => `\`${stage}\``).join(', ')}, ${VERDICT}] AS state
    ) AS staged
    WHERE state != 'none'
    GROUP BY flow, stage, state, currency`,
  params: z.object(params),
  row: z.object({ flow: z.string(), stage: z.string(), state: z.string(), currency: z.string(), chains: z.number(), value: z.string().nullable(), unpriced: z.number() }),
  limits: LIMITS,
});

/** Milliseconds from a chain's start to each stage that is there, and from the stage before it, over the chains of a range. */
export const lineageStageTimes = defineQuery({
  name: 'lineage_stage_times',
  sql: `
    SELECT if(flow_type = 'stock', 'stock', 'bought') AS flow, stage, count() AS chains,
      quantilesTDigest(0.5, 0.9)(after_start) AS from_start, quantilesTDigestIf(0.5, 0.9)(after_last, after_last IS NOT NULL) AS from_last
    FROM (
      SELECT flow_type, ${stageOfStep('step')} AS stage, ${timeOfStep('step')} - toUnixTimestamp64Milli(started_at) AS after_start,
        if(n > 1, ${timeOfStep('step')} - ${timeOfStep('steps[n - 1]')}, NULL) AS after_last
      FROM (SELECT flow_type, started_at, ${steps(false)} AS steps FROM (${keptFacts()}) WHERE ${ASKED})
      ARRAY JOIN steps AS step, arrayEnumerate(steps) AS n
    )
    GROUP BY flow, stage`,
  params: z.object(params),
  row: z.object({ flow: z.string(), stage: z.string(), chains: z.number(), from_start: z.array(z.number()), from_last: z.array(z.number().nullable()) }),
  limits: LIMITS,
});

/** By when chains began: how many, how many are closed and complete, and what those are worth per currency. Times in {zone}. */
export const lineageOverTime = byStep((step) =>
  defineQuery({
    name: `lineage_over_time_${step}`,
    sql: `
      SELECT toTimeZone(bucket, 'UTC') AS at, currency, sum(chain.chains) AS chains, sumIf(chain.chains, chain.complete IS NOT NULL) AS closed, sumIf(chain.chains, chain.complete = 1) AS complete,
        sumIf(chain.value, chain.complete IS NOT NULL) AS closed_value, sumIf(chain.value, chain.complete = 1) AS complete_value
      FROM (${keptAlike(ASKED, { bucket: bucket(step, 'started_at') })}) AS chain GROUP BY at, currency ORDER BY at, currency`,
    params: z.object({ ...params, zone: z.string() }),
    row: z.object({ at: z.string(), currency: z.string(), chains: z.number(), closed: z.number(), complete: z.number(), closed_value: z.string().nullable(), complete_value: z.string().nullable() }),
    limits: LIMITS,
  }),
);

/** Milliseconds from the start of a chain to the last that is known of it. */
const TOOK = `greatest(${STAGES.filter((stage) => stage !== 'requisition').map((stage) => `ifNull(toUnixTimestamp64Milli(${stage}_at), 0)`).join(', ')}, toUnixTimestamp64Milli(started_at)) - toUnixTimestamp64Milli(started_at)`;

/** The most common paths: how often, how long from the first to the last stage (milliseconds), how complete. */
export const lineageVariants = defineQuery({
  name: 'lineage_variants',
  sql: `
    SELECT ${pathOfSteps('places')} AS path, sum(chain.chains) AS chains, sumIf(chain.chains, closed) AS closed, sumIf(chain.chains, chain.complete = 1) AS complete, sum(sum(chain.chains)) OVER () AS all_chains, count() OVER () AS paths,
      quantilesTDigestMerge(0.5, 0.9)(chain.took) AS took
    FROM (${keptAlike(ASKED, { places: `arrayMap(step -> toUInt8(bitAnd(step, 15)), ${steps(true)})` }, { took: { each: TOOK, sum: (took) => `quantilesTDigestState(0.5, 0.9)(${took})` } })}) AS chain
    GROUP BY path ORDER BY chains DESC, path LIMIT {most:UInt16}`,
  params: z.object({ ...params, most: z.number().int() }),
  row: z.object({ path: z.string(), chains: z.number(), closed: z.number(), complete: z.number(), all_chains: z.number(), paths: z.number(), took: z.array(z.number()) }),
  limits: LIMITS,
});

const SPANS = { acknowledgement: ['acknowledgement_from', 'acknowledgement_at'], receipt: ['order_at', 'receipt_at'], invoice: ['coalesce(receipt_at, order_at)', 'invoice_at'], posting: ['invoice_at', 'posting_at'] } as const;
export type TimedStage = keyof typeof SPANS;
const timed = (name: string, where: string) => `countIf(${where}) AS ${name}, quantilesTDigestIf(0.5, 0.9)(ms, ${where}) AS ${name}_times`;

/**
 * How long stages took for the chains of a flow type that began in a range: milliseconds (p50, p90) from the stage that
 * they wait for, at this facility with this supplier (`own`), at this facility with any (`place`), anywhere (`flow`).
 */
export const usualTimes = defineQuery({
  name: 'lineage_usual_times',
  // FINAL: a chain counts once, as it was kept last; the key begins with the day, so no more than the range is merged.
  sql: `
    SELECT stage, ${timed('own', 'facility = {facility:String} AND supplier = {supplier:String}')}, ${timed('place', 'facility = {facility:String}')}, ${timed('flow', '1')}
    FROM (
      SELECT facility, supplier, tupleElement(span, 1) AS stage, tupleElement(span, 2) AS ms FROM (SELECT facility, supplier, arrayJoin([${Object.entries(SPANS).map(([stage, [from, at]]) => `('${stage}', if(\`${stage}\` = 'present', dateDiff('millisecond', ${from}, ${at}), NULL))`).join(', ')}]) AS span
      FROM chains FINAL WHERE started_day >= toDate({from:DateTime64(3, 'UTC')}) AND started_day <= toDate({to:DateTime64(3, 'UTC')}) AND flow_type = {flow:String} AND anchor = 'order-line' AND NOT gone)
    ) WHERE ms >= 0 GROUP BY stage`,
  params: z.object({ facility: z.string(), supplier: z.string(), flow: z.string(), from: z.date(), to: z.date() }),
  row: z.object({ stage: z.string(), own: z.number(), own_times: z.array(z.number().nullable()), place: z.number(), place_times: z.array(z.number().nullable()), flow: z.number(), flow_times: z.array(z.number().nullable()) }),
});
