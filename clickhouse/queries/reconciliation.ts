import { z } from 'zod';
import { defineList, defineQuery } from '../client';
import { DIFFERENCES, KEPT_WINDOWS } from './reconciliation-sql';
import { scope } from './scope';

/** Source against target per interface and window, the keys that differ, and the days that somebody signed. */

const text = z.string();
const maybe = z.string().nullable();
const count = z.number();

export const reconciliationParams = {
  ...scope,
  now: z.date(),
  /** Empty: every interface. */
  interface: text,
  /** Hours after a window within which both ends are to report. */
  due_hours: z.number().int().min(0),
} as const;

export const fillReconciliationParams = {
  ...scope, run: z.number(), interface: text,
  /** What a status of theirs means; a status that it does not name means itself. */
  status_classes: z.record(text, text),
} as const;

const windowRow = {
  window_key: text, facility: text, interface: text, source: text, target: text, window_from: text, window_to: text, state: text, what: text, since: text, settled_at: maybe,
  s_count: count.nullable(), t_count: count.nullable(), s_value: maybe, t_value: maybe, currency: text, log_sent: count, log_arrived: count, log_differs: count, gap_value: maybe,
  missing_keys: count, extra_keys: count, other_keys: count, keyed: count, s_statuses: text, t_statuses: text,
} as const;
const STATUSES = (of: string) => `arrayStringConcat(arrayMap((status, n) -> concat(status, ' ', toString(n)), mapKeys(${of}), mapValues(${of})), ', ')`;
const WINDOW_COLUMNS = `window_key, facility, interface, source, target, window_from, window_to, state, what, since, settled_at, if(s_told, s_count, NULL) AS s_count, if(t_told, t_count, NULL) AS t_count,
  if(s_told, s_value, NULL) AS s_value, if(t_told, t_value, NULL) AS t_value, currency, log_sent, log_arrived, log_differs, if(state IN ('agrees', 'awaited'), NULL, gap_value) AS gap_value,
  missing_keys, extra_keys, other_keys, keyed, ${STATUSES('s_status')} AS s_statuses, ${STATUSES('t_status')} AS t_statuses`;

/** Windows that began in the range, one row per interface, source and target. Counts of a side that did not report are null. */
export const reconciliationWindows = defineList({
  name: 'reconciliation_windows',
  sql: `SELECT * FROM (SELECT ${WINDOW_COLUMNS} FROM (${KEPT_WINDOWS}))
    WHERE ({view:String} = '' OR ({view:String} = 'gaps' AND state IN ('open', 'silent')) OR ({view:String} = 'log' AND log_differs) OR state = {view:String})`,
  params: z.object({ ...reconciliationParams, view: text }),
  row: z.object(windowRow),
  sortable: { window_from: 'window_from', facility: 'facility', interface: 'interface', state: 'state', since: 'since', gap_value: 'gap_value', s_count: 's_count', t_count: 't_count', missing_keys: 'missing_keys', log_sent: 'log_sent' },
  defaultSort: { sort: 'window_from', desc: true },
  key: ['interface', 'facility', 'source', 'target', 'window_to'],
  limits: { seconds: 20 },
});

/**
 * Gaps that stand open: windows on which the ends do not agree and nothing has settled it since, and windows of which one end
 * has said nothing in time. `window_key` stays the same as long as the gap stands; money in `currency`, null where nobody says it.
 */
export const reconciliationGaps = defineList({
  name: 'reconciliation_gaps',
  sql: `SELECT window_key, facility, interface, source, target, window_from, window_to, state, what, since, currency, toString(gap_value) AS value, missing_keys + extra_keys + other_keys AS keys
    FROM (${KEPT_WINDOWS}) WHERE is_gap`,
  params: z.object(reconciliationParams),
  row: z.object({
    window_key: text, facility: text, interface: text, source: text, target: text, window_from: text, window_to: text, state: text, what: text, since: text, currency: text, value: maybe, keys: count,
  }),
  sortable: { since: 'since' },
  defaultSort: { sort: 'since', desc: true },
  key: ['window_key'],
  limits: { seconds: 20 },
});

/** The very keys that differ: `missing` in the target, `extra` there, at another `value` or in another `status`; `unseen` and `unreported` against the log. */
export const reconciliationKeys = defineList({
  name: 'reconciliation_keys',
  sql: `SELECT facility, interface, source, target, window_from, window_to, window_key, kind, key, state, since, later_at, s_value, t_value, s_status, t_status, currency, handed_over,
      multiIf(document_type = '', '', transform(toString(document_type), ['match', 'usage', 'posting', 'payment', 'case', 'balance'], ['invoice', 'usage-document', 'posting-document', 'payment-document', 'schedule', ''], toString(document_type))) AS object_type
    FROM (${DIFFERENCES})
    WHERE ({window:String} = '' OR window_key = {window:String}) AND ({kind:String} = '' OR kind = {kind:String}) AND ({view:String} = '' OR state = {view:String})`,
  params: z.object({ ...reconciliationParams, window: text, kind: text, view: text }),
  row: z.object({
    facility: text, interface: text, source: text, target: text, window_from: text, window_to: text, window_key: text, kind: text, key: text, state: text, since: text, later_at: maybe,
    s_value: maybe, t_value: maybe, s_status: text, t_status: text, currency: text, handed_over: count, object_type: text,
  }),
  sortable: { since: 'since', key: 'key', kind: 'kind', interface: 'interface', facility: 'facility', window_from: 'window_from', state: 'state', s_value: 's_value', t_value: 't_value' },
  defaultSort: { sort: 'since', desc: true },
  key: ['window_key', 'kind', 'key'],
  limits: { seconds: 20 },
});

/** Signatures of days, newest first; `sequence` is the guard of the next one. */
export const reconciliationClosings = defineQuery({
  name: 'reconciliation_closings',
  sql: `
    SELECT toString(c.day) AS day, c.facility AS facility, c.revision AS revision, c.time AS signed_at, c.stream_seq AS sequence, c.actor_id AS actor, people.name AS name, c.attributes AS attributes
    FROM (SELECT * FROM reconciliation_closings FINAL WHERE day >= toDate32({first:String}) AND day <= toDate32({last:String}) AND (empty({facilities:Array(String)}) OR facility IN {facilities:Array(String)})) AS c
    LEFT JOIN (SELECT id, argMax(name, updated_at) AS name FROM users GROUP BY id) AS people ON people.id = c.actor_id
    ORDER BY day DESC, facility, sequence DESC`,
  params: z.object({ first: text, last: text, facilities: z.array(text) }),
  row: z.object({ day: text, facility: text, revision: count, signed_at: text, sequence: count, actor: text, name: text, attributes: text }),
});
