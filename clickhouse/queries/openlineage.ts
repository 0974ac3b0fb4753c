import { z } from 'zod';
import { defineList, defineQuery } from '../client';
import { IN_FACILITIES, IN_RANGE, scope } from './scope';

/** Hand-overs of a range, each with its attempts: the runs of the interfaces. */

const params = z.object(scope);

/** Attempts of a range before duplicates are taken out: whether an export may begin. */
export const openLineageSize = defineQuery({
  name: 'openlineage_size',
  sql: `SELECT count() AS attempts FROM handovers WHERE ${IN_RANGE} AND ${IN_FACILITIES}`,
  params,
  row: z.object({ attempts: z.number() }),
});

const attempt = z.tuple([z.string(), z.string(), z.number(), z.string(), z.number().nullable(), z.string(), z.string(), z.string()]);
const runRow = z.object({
  handover: z.string(), source: z.string(), interface: z.string(), pattern: z.string(), target: z.string(), facility: z.string(), document_type: z.string(), document_id: z.string(), revision: z.number(), started: z.string(),
  /** time, event key, number of the attempt (0: not stated), outcome, milliseconds, class, code and message of the error; in the order of time. */
  attempts: z.array(attempt),
});
export type RunRow = z.infer<typeof runRow>;

// FINAL: a redelivered attempt is one; the range is the key's first column.
export const openLineageRuns = defineList({
  name: 'openlineage_runs',
  sql: `
    SELECT toString(handover_key) AS handover, any(one.source) AS source, any(one.interface) AS interface, any(one.pattern) AS pattern, any(one.target) AS target, any(one.facility) AS facility, any(one.document_type) AS document_type,
      any(one.document_id) AS document_id, max(one.revision) AS revision, min(time) AS started,
      arraySort(a -> (a.1, a.3, a.2), groupArray((time, toString(event_key), attempt, toString(outcome), latency_ms, toString(error_class), toString(error_code), error_message))) AS attempts
    FROM (SELECT * FROM handovers FINAL WHERE ${IN_RANGE} AND ${IN_FACILITIES}) AS one
    GROUP BY handover_key`,
  params,
  row: runRow,
  sortable: { started: 'started' },
  defaultSort: { sort: 'started', desc: false },
  key: ['handover'],
});
