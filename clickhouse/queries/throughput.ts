import { z } from 'zod';
import { defineList, defineQuery } from '../client';
import { bucket, byStep, HANDED_OVER, IN_FACILITIES, IN_RANGE, scope, WHOLE_OBJECT } from './scope';

/** Events and hand-overs over time, by interface. */

/**
 * Distinct events per bucket. FINAL would merge on every read; counting distinct keys of the narrow columns is the
 * same number and reads three columns.
 */
export const throughputSeries = byStep((step) =>
  defineQuery({
    name: `throughput_series_${step}`,
    sql: `
      SELECT ${bucket(step)} AS at,
        uniqExact(event_key) AS events,
        uniqExactIf(event_key, outcome = 'succeeded') AS succeeded,
        uniqExactIf(event_key, outcome = 'retrying') AS retrying,
        uniqExactIf(event_key, outcome IN ('failed', 'rejected', 'dead_lettered')) AS failed
      FROM events
      WHERE ${IN_RANGE} AND ${IN_FACILITIES} AND ${HANDED_OVER}
      GROUP BY at ORDER BY at`,
    params: z.object({ ...scope, zone: z.string() }),
    row: z.object({ at: z.string(), events: z.number(), succeeded: z.number(), retrying: z.number(), failed: z.number() }),
  }),
);

// FINAL: a redelivered attempt must not weigh twice; the range is the key's first column.
/** Latency of hand-overs per bucket, milliseconds; a bucket without a measured one has no row. */
export const throughputLatency = byStep((step) =>
  defineQuery({
    name: `throughput_latency_${step}`,
    sql: `
      SELECT ${bucket(step)} AS at, count() AS n,
        quantilesExact(0.5, 0.95, 0.99)(latency_ms) AS q
      FROM handovers FINAL
      WHERE ${IN_RANGE} AND ${IN_FACILITIES} AND latency_ms IS NOT NULL
      GROUP BY at ORDER BY at`,
    params: z.object({ ...scope, zone: z.string() }),
    row: z.object({ at: z.string(), n: z.number(), q: z.array(z.number()) }),
  }),
);

/** Events by family and document. */
export const throughputByType = defineQuery({
  name: 'throughput_by_type',
  sql: `
    SELECT type, uniqExact(event_key) AS events FROM events
    WHERE ${IN_RANGE} AND ${IN_FACILITIES} AND ${HANDED_OVER}
    GROUP BY type ORDER BY events DESC, type LIMIT 100`,
  params: z.object(scope),
  row: z.object({ type: z.string(), events: z.number() }),
});

/**
 * One row per interface and target. A hand-over is a message with all its attempts: it succeeded when one of them
 * did; availability = succeeded ÷ hand-overs, without those still being tried.
 */
export const throughputInterfaces = defineList({
  name: 'throughput_interfaces',
  sql: `
    SELECT interface, target, any(form) AS pattern, count() AS handovers,
      countIf(done) AS succeeded, countIf(NOT done AND last_outcome = 'retrying') AS in_progress,
      countIf(NOT done AND last_outcome != 'retrying') AS failed,
      sum(tries) AS attempts,
      if(succeeded + failed = 0, NULL, succeeded / (succeeded + failed)) AS availability,
      quantileExactIf(0.5)(latency, latency IS NOT NULL) AS p50, quantileExactIf(0.95)(latency, latency IS NOT NULL) AS p95, quantileExactIf(0.99)(latency, latency IS NOT NULL) AS p99,
      max(last_time) AS last_event
    FROM (
      SELECT interface, target, handover_key, any(pattern) AS form, max(outcome = 'succeeded') AS done,
        argMax(outcome, (time, attempt, event_key)) AS last_outcome, uniqExact(event_key) AS tries,
        argMax(latency_ms, (time, attempt, event_key)) AS latency, max(time) AS last_time
      FROM (SELECT * FROM handovers WHERE ${IN_RANGE} AND ${IN_FACILITIES})
      GROUP BY interface, target, handover_key
    )
    GROUP BY interface, target`,
  params: z.object(scope),
  row: z.object({
    interface: z.string(), target: z.string(), pattern: z.string(), handovers: z.number(), succeeded: z.number(),
    in_progress: z.number(), failed: z.number(), attempts: z.number(), availability: z.number().nullable(),
    p50: z.number().nullable(), p95: z.number().nullable(), p99: z.number().nullable(), last_event: z.string(),
  }),
  sortable: {
    interface: 'interface', target: 'target', pattern: 'pattern', handovers: 'handovers', succeeded: 'succeeded', in_progress: 'in_progress',
    failed: 'failed', attempts: 'attempts', availability: 'availability', p50: 'p50', p95: 'p95', p99: 'p99', last_event: 'last_event',
  },
  defaultSort: { sort: 'handovers', desc: true },
  key: ['interface', 'target'],
});

/** The events of a range, newest first: what an interface's row opens to. Payloads are read one by one, elsewhere. */
export const throughputEvents = defineList({
  name: 'throughput_events',
  // FINAL: a redelivered event must show once; the range is the key's first column.
  sql: `
    SELECT toString(event_key) AS event_key, time, recorded_at, type, source, id, facility, interface, target, outcome, attempt,
      latency_ms, document_id, error_code, ${WHOLE_OBJECT} AS object_type,
      if(identity IN (SELECT identity FROM events WHERE ${IN_RANGE} AND ${IN_FACILITIES} AND ${HANDED_OVER} GROUP BY identity HAVING min(event_key) != max(event_key)), 'IDENTITY_CONFLICT', '') AS flag
    FROM events FINAL
    WHERE ${IN_RANGE} AND ${IN_FACILITIES} AND ${HANDED_OVER}
      AND ({interface:String} = '' OR interface = {interface:String})
      AND ({target:String} = '' OR target = {target:String})
      AND ({type:String} = '' OR type = {type:String})
      AND ({outcome:String} = '' OR outcome = {outcome:String})`,
  params: z.object({ ...scope, interface: z.string(), target: z.string(), type: z.string(), outcome: z.string() }),
  row: z.object({
    event_key: z.string(), time: z.string(), recorded_at: z.string(), type: z.string(), source: z.string(), id: z.string(), facility: z.string(),
    interface: z.string(), target: z.string(), outcome: z.string(), attempt: z.number(), latency_ms: z.number().nullable(),
    object_type: z.string(), document_id: z.string(), error_code: z.string(), flag: z.string(),
  }),
  sortable: { time: 'time', recorded_at: 'recorded_at', type: 'type', interface: 'interface', target: 'target', outcome: 'outcome', latency_ms: 'latency_ms', facility: 'facility', source: 'source' },
  defaultSort: { sort: 'time', desc: true },
  key: ['event_key'],
  limits: { seconds: 20 },
});
