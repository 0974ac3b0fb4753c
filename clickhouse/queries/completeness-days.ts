import { z } from 'zod';
import { defineQuery, type Store } from '../client';
import { clockParams, keptChains } from './lineage-chains';
import { IN_FACILITIES } from './scope';

/** Completeness as it was known at the end of past days: written once a day, read for audits. */

/** Which days of these facilities are frozen since `from`. */
export const frozenSince = defineQuery({
  name: 'completeness_frozen_since',
  sql: 'SELECT DISTINCT day, facility FROM completeness_days WHERE day >= {from:Date}',
  params: z.object({ from: z.string() }),
  row: z.object({ day: z.string(), facility: z.string() }),
});

const freezing = z.object({ ...clockParams, from: z.date(), to: z.date(), facilities: z.array(z.string()), day: z.string() });

/** Writes the end of a day of one facility: the chains that began in [from, to), judged at `now`, the end of that day. */
export async function freezeCompleteness(store: Store, params: z.input<typeof freezing>): Promise<void> {
  await store.command(
    `INSERT INTO completeness_days (day, facility, flow_type, currency, began_month, chains, closed, complete, incomplete, unjudged, unpriced, value, complete_value, incomplete_value, as_of, frozen_at)
     SELECT {day:Date}, chain.facility, flow_type, currency, toStartOfMonth(toDate(started_at)) AS began_month, count(), countIf(closed), countIf(chain.complete = 1), countIf(chain.complete = 0),
       countIf(closed AND chain.complete IS NULL), countIf(chain.value IS NULL), sum(chain.value), sumIf(chain.value, chain.complete = 1), sumIf(chain.value, chain.complete = 0), {now:DateTime64(3, 'UTC')}, now64(3)
     FROM (${keptChains()}) AS chain GROUP BY chain.facility, flow_type, currency, began_month`,
    freezing.parse(params), { name: 'completeness_freeze', settings: { max_execution_time: 120 } },
  );
}

const LATE_HOURS = 6;

/** The frozen days of a range: closed and complete chains of all flow types and currencies; `late` > 0: written long after the day's end. */
export const frozenDays = defineQuery({
  name: 'completeness_frozen_days',
  sql: `
    SELECT day, sum(frozen.complete) AS complete, sum(frozen.complete) + sum(frozen.incomplete) AS closed, countIf(frozen_at > as_of + INTERVAL ${LATE_HOURS} HOUR) AS late
    FROM completeness_days AS frozen FINAL
    WHERE day >= toDate({from:DateTime64(3, 'UTC')}) AND day <= toDate({to:DateTime64(3, 'UTC')}) AND ${IN_FACILITIES} GROUP BY day ORDER BY day`,
  params: z.object({ from: z.date(), to: z.date(), facilities: z.array(z.string()) }),
  row: z.object({ day: z.string(), complete: z.number(), closed: z.number(), late: z.number() }),
});

/** One frozen day per flow type and currency. */
export const completenessFrozen = defineQuery({
  name: 'completeness_frozen',
  sql: `
    SELECT flow_type, currency, sum(frozen.chains) AS chains, sum(frozen.closed) AS closed, sum(frozen.complete) AS complete, sum(frozen.incomplete) AS incomplete, sum(frozen.unjudged) AS unjudged,
      sum(frozen.unpriced) AS unpriced, sum(frozen.value) AS value, sum(frozen.complete_value) AS complete_value, sum(frozen.incomplete_value) AS incomplete_value, max(frozen.frozen_at) AS frozen_at
    FROM completeness_days AS frozen FINAL WHERE day = {day:Date} AND ${IN_FACILITIES} GROUP BY flow_type, currency ORDER BY chains DESC, flow_type, currency`,
  params: z.object({ day: z.string(), facilities: z.array(z.string()) }),
  row: z.object({
    flow_type: z.string(), currency: z.string(), chains: z.number(), closed: z.number(), complete: z.number(), incomplete: z.number(), unjudged: z.number(), unpriced: z.number(),
    value: z.string().nullable(), complete_value: z.string().nullable(), incomplete_value: z.string().nullable(), frozen_at: z.string(),
  }),
});
