import { z } from 'zod';
import { defineQuery } from '../client';
import { IN_FACILITIES, IN_RANGE } from './scope';

/** What pages on cases, master data, reconciliation and contracts read: rows that clickhouse/desk.ts has worked out day by day. */

export const DESK_TABLES = { cases: 'case_lines', quality: 'quality_seen', reconciliation: 'reconciliation_compared', contracts: 'contract_lines' } as const;
export type DeskViewName = keyof typeof DESK_TABLES;

/** Rows in force of these days, of any facility. FINAL: of two runs' rows for one thing the later holds; the key begins with the day. */
export const inForce = (view: DeskViewName, days: string) => `
  SELECT kept.* EXCEPT (run) FROM (SELECT * FROM ${DESK_TABLES[view]} FINAL WHERE ${days}) AS kept
  INNER JOIN (SELECT day, max(run) AS newest FROM desk_days WHERE view = '${view}' AND ${days} GROUP BY day) AS ran ON ran.day = kept.day
  WHERE kept.run >= ran.newest`;

const DAYS = "day >= toDate({from:DateTime64(3, 'UTC')}) AND day <= toDate({to:DateTime64(3, 'UTC')})";

/** Rows of the range and of facilities that the asker may see; `column` is the time that counts. */
export const keptRows = (view: DeskViewName, column = 'time') => `SELECT * FROM (${inForce(view, DAYS)}) WHERE ${IN_RANGE.replaceAll('time >=', `${column} >=`).replaceAll('time <', `${column} <`)} AND ${IN_FACILITIES}`;

/** Up to when a view is worked out; no row before the first time. */
export const deskAsOf = defineQuery({
  name: 'desk_as_of',
  sql: 'SELECT max(touched_until) AS at, count() AS runs FROM desk_runs WHERE view = {view:String}',
  params: z.object({ view: z.enum(['cases', 'quality', 'reconciliation', 'contracts']) }),
  row: z.object({ at: z.string(), runs: z.number() }),
});
