import { z } from 'zod';
import { defineList, defineQuery } from '../client';
import { bucket, byStep, IN_FACILITIES, IN_RANGE, scope } from './scope';

/** Events and failed hand-overs per bucket of the log. */
export const eventsPerStep = byStep((step) =>
  defineQuery({
    name: `overview_events_per_${step}`,
    sql: `SELECT ${bucket(step)} AS at, countIf(outcome IN ('', 'succeeded')) AS arrived, countIf(outcome NOT IN ('', 'succeeded')) AS failed
          FROM events WHERE ${IN_RANGE} AND ${IN_FACILITIES} GROUP BY at ORDER BY at`,
    params: z.object({ ...scope, zone: z.string() }),
    row: z.object({ at: z.string(), arrived: z.number(), failed: z.number() }),
  }),
);

export const latestEvents = defineList({
  name: 'overview_latest_events',
  sql: `SELECT toString(event_key) AS event_key, time, type, document_type, document_id, facility, interface, outcome, latency_ms,
          \`lines.quantity\`[1] AS quantity, \`lines.uom\`[1] AS uom, \`lines.amount\`[1] AS amount, currency
        FROM events
        WHERE ${IN_RANGE} AND ${IN_FACILITIES}`,
  params: z.object(scope),
  row: z.object({
    event_key: z.string(), time: z.string(), type: z.string(), document_type: z.string(), document_id: z.string(), facility: z.string(),
    interface: z.string(), outcome: z.string(), latency_ms: z.number().nullable(), quantity: z.string().nullable(),
    uom: z.string(), amount: z.string().nullable(), currency: z.string(),
  }),
  sortable: { time: 'time', type: 'type', amount: 'amount', latency_ms: 'latency_ms' },
  defaultSort: { sort: 'time', desc: true },
  key: ['event_key'],
});
