import { z } from 'zod';
import { defineList, defineQuery } from '../client';

const STEPS = `multiIf(
  {step:String} = 'minute', toStartOfMinute(time, {zone:String}),
  {step:String} = 'five_minutes', toStartOfFiveMinutes(time, {zone:String}),
  {step:String} = 'fifteen_minutes', toStartOfFifteenMinutes(time, {zone:String}),
  {step:String} = 'hour', toStartOfHour(time, {zone:String}),
  {step:String} = 'day', toStartOfDay(time, {zone:String}),
  toStartOfDay(time, {zone:String}))`;

export const eventsPerStep = defineQuery({
  name: 'overview_events_per_step',
  sql: `SELECT ${STEPS} AS at, count() AS events, countIf(outcome NOT IN ('', 'succeeded')) AS failed
        FROM events
        WHERE time >= {from:DateTime64(3)} AND time < {to:DateTime64(3)}
          AND (empty({facilities:Array(String)}) OR facility IN {facilities:Array(String)})
        GROUP BY at ORDER BY at`,
  params: z.object({ from: z.date(), to: z.date(), facilities: z.array(z.string()), zone: z.string(), step: z.string() }),
  row: z.object({ at: z.string(), events: z.number(), failed: z.number() }),
});

export const latestEvents = defineList({
  name: 'overview_latest_events',
  sql: `SELECT toString(event_key) AS event_key, time, type, document_type, document_id, facility, interface, outcome, latency_ms,
          \`lines.quantity\`[1] AS quantity, \`lines.uom\`[1] AS uom, \`lines.amount\`[1] AS amount, currency
        FROM events
        WHERE time >= {from:DateTime64(3)} AND time < {to:DateTime64(3)}
          AND (empty({facilities:Array(String)}) OR facility IN {facilities:Array(String)})`,
  params: z.object({ from: z.date(), to: z.date(), facilities: z.array(z.string()) }),
  row: z.object({
    event_key: z.string(), time: z.string(), type: z.string(), document_type: z.string(), document_id: z.string(), facility: z.string(),
    interface: z.string(), outcome: z.string(), latency_ms: z.number().nullable(), quantity: z.string().nullable(),
    uom: z.string(), amount: z.string().nullable(), currency: z.string(),
  }),
  sortable: { time: 'time', type: 'type', amount: 'amount', latency_ms: 'latency_ms' },
  defaultSort: { sort: 'time', desc: true },
  key: ['event_key'],
});
