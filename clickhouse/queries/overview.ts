import { z } from 'zod';
import { defineList, defineQuery } from '../client';
import { bucket, byStep, HANDED_OVER, IN_FACILITIES, IN_RANGE, scope, WHOLE_OBJECT } from './scope';

/** Distinct events per bucket, and those of them that are hand-overs which did not succeed. */
export const eventsPerStep = byStep((step) =>
  defineQuery({
    name: `overview_events_per_${step}`,
    sql: `SELECT ${bucket(step)} AS at, uniqExactIf(event_key, outcome IN ('', 'succeeded')) AS arrived, uniqExactIf(event_key, outcome NOT IN ('', 'succeeded')) AS failed
          FROM events WHERE ${IN_RANGE} AND ${IN_FACILITIES} AND ${HANDED_OVER} GROUP BY at ORDER BY at`,
    params: z.object({ ...scope, zone: z.string() }),
    row: z.object({ at: z.string(), arrived: z.number(), failed: z.number() }),
  }),
);

/** Events of a range, newest first. */
export const latestEvents = defineList({
  name: 'overview_latest_events',
  // FINAL: a redelivered event shows once; the range is the key's first column.
  sql: `SELECT toString(event_key) AS event_key, time, type, ${WHOLE_OBJECT} AS object_type, document_id, facility, interface, outcome, latency_ms,
          \`lines.quantity\`[1] AS quantity, \`lines.uom\`[1] AS uom, \`lines.amount\`[1] AS amount, currency
        FROM events FINAL
        WHERE ${IN_RANGE} AND ${IN_FACILITIES} AND ${HANDED_OVER}`,
  params: z.object(scope),
  row: z.object({
    event_key: z.string(), time: z.string(), type: z.string(), object_type: z.string(), document_id: z.string(), facility: z.string(),
    interface: z.string(), outcome: z.string(), latency_ms: z.number().nullable(), quantity: z.string().nullable(),
    uom: z.string(), amount: z.string().nullable(), currency: z.string(),
  }),
  sortable: { time: 'time', type: 'type', amount: 'amount', latency_ms: 'latency_ms' },
  defaultSort: { sort: 'time', desc: true },
  key: ['event_key'],
});

/** Distinct events of a span. */
export const eventCount = defineQuery({
  name: 'overview_event_count',
  sql: `SELECT uniqExact(event_key) AS events FROM events WHERE ${IN_RANGE} AND ${IN_FACILITIES} AND ${HANDED_OVER}`,
  params: z.object(scope),
  row: z.object({ events: z.number() }),
});

/**
 * What was recorded in a span, by the stream's clock: readable events and messages that could not be read. The share of
 * the latter has both as its denominator.
 */
export const recordedCounts = defineQuery({
  name: 'overview_recorded',
  // By recorded time on both sides: a dead letter has no other. The skip index on recorded_at leaves what was written then.
  sql: `
    SELECT events, letters FROM
      (SELECT uniqExact(event_key) AS events FROM events WHERE recorded_at >= {from:DateTime64(3, 'UTC')} AND recorded_at < {to:DateTime64(3, 'UTC')} AND ${IN_FACILITIES} AND ${HANDED_OVER}) AS readable
      CROSS JOIN (SELECT uniqExact(recorded_at, stream, stream_seq, part, consumer) AS letters FROM dead_letters WHERE recorded_at >= {from:DateTime64(3, 'UTC')} AND recorded_at < {to:DateTime64(3, 'UTC')} AND (facility = '' OR ${IN_FACILITIES})) AS unreadable`,
  params: z.object(scope),
  row: z.object({ events: z.number(), letters: z.number() }),
});
