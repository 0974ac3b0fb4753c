import { keptRows } from './desk';
import { IN_FACILITIES } from './scope';

/**
 * What both ends of an interface counted in a window, held against each other and against the hand-overs that the log has.
 * Worked out once, and kept: the windows, the keys that differ and the open gaps are read from the same rows, so that they
 * cannot disagree.
 */

const AT = (name: string) => `{${name}:DateTime64(3, 'UTC')}`;
// The key begins with the day, and is found by the very expression only.
const IN_WINDOWS = `toStartOfDay(window_from) >= toStartOfDay(${AT('from')}) AND toStartOfDay(window_from) <= toStartOfDay(${AT('to')}) AND window_from >= ${AT('from')} AND window_from < ${AT('to')} AND ${IN_FACILITIES} AND ({interface:String} = '' OR interface = {interface:String})`;
/** What a hand-over that began before the range, and is still tried in it, may lie back. */
const BACK = 'INTERVAL 3 DAY';
/** Windows of one interface overlap only where their lengths differ widely, such as days beside hours. */
const LENGTH = "toUInt8(log2(greatest(dateDiff('second', window_from, window_to), 1)))";
/** Creating a document failed: nothing was handed over. */
const HANDED = `document_id != '' AND type NOT IN ('procurement.order.failed.v1', 'finance.posting.failed.v1')`;

/** One row per report, with the end of the interface that it is of. A report that does not say is judged by the interface's name, then by the hand-overs of the range. */
const REPORTS = `
  SELECT *, multiIf(side != '', toString(side), endsWith(interface, concat('-to-', system)), 'target', startsWith(interface, concat(system, '-to-')), 'source',
    (interface, system) IN (SELECT interface, target FROM handovers WHERE time >= ${AT('from')} AND time < ${AT('to')} + ${BACK}), 'target', 'source') AS role
  FROM reconciliation_totals FINAL
  WHERE ${IN_WINDOWS}`;

/** One row per interface, window, source and target. FINAL above: a system's later report stands for its earlier one. */
const PAIRS = `
  SELECT facility, interface, window_from, window_to, source, target,
    countIf(role = 'source') > 0 AS s_told, countIf(role = 'target') > 0 AS t_told,
    argMaxIf((counted, value, currency, by_status, keyed, keys, key_statuses, key_values, time, recorded_at), (counterpart != '', rank), role = 'source') AS s,
    argMaxIf((counted, value, currency, by_status, keyed, keys, key_statuses, key_values, time, recorded_at), (counterpart != '', rank), role = 'target') AS t
  FROM (
    SELECT *, multiIf(role = 'source', system, counterpart != '', counterpart, sources[1]) AS source,
      arrayJoin(multiIf(role = 'target', [toString(system)], counterpart != '', [toString(counterpart)], notEmpty(targets), targets, [''])) AS target
    FROM (
      SELECT *, groupUniqArrayIf(toString(system), role = 'source') OVER (PARTITION BY facility, interface, window_from, window_to) AS sources,
        groupUniqArrayIf(toString(system), role = 'target') OVER (PARTITION BY facility, interface, window_from, window_to) AS targets
      FROM (${REPORTS})
    )
  )
  GROUP BY facility, interface, window_from, window_to, source, target`;

/** Hand-overs of the range that began in a window, as its log: a message belongs to the window in which its first attempt began. */
const LOGGED = `
  SELECT moves.facility AS facility, moves.interface AS interface, moves.source AS source, moves.target AS target, window_from, window_to,
    groupArray((document_id, document_type, done)) AS log
  FROM (
    SELECT handover_key, any(of_facility) AS facility, any(over) AS interface, any(of_source) AS source, any(of_target) AS target, any(document) AS document_id, any(kind) AS document_type,
      min(began) AS started, minOrNullIf(ended, succeeded) AS done, arrayJoin((SELECT groupUniqArray(${LENGTH}) FROM reconciliation_totals WHERE ${IN_WINDOWS})) AS length
    FROM (
      SELECT handover_key, facility AS of_facility, interface AS over, source AS of_source, target AS of_target, document_id AS document, document_type AS kind,
        time - toIntervalMillisecond(ifNull(latency_ms, 0)) AS began, time AS ended, outcome = 'succeeded' AS succeeded
      FROM handovers WHERE time >= ${AT('from')} - ${BACK} AND ${HANDED} AND ${IN_FACILITIES} AND ({interface:String} = '' OR interface = {interface:String})
        AND interface IN (SELECT interface FROM reconciliation_totals WHERE ${IN_WINDOWS})
    )
    GROUP BY handover_key
  ) AS moves
  ASOF INNER JOIN (SELECT DISTINCT facility, interface, window_from, window_to, ${LENGTH} AS length FROM reconciliation_totals WHERE ${IN_WINDOWS}) AS windows
    ON windows.facility = moves.facility AND windows.interface = moves.interface AND windows.length = moves.length AND moves.started >= windows.window_from
  WHERE started < window_to
  GROUP BY facility, interface, source, target, window_from, window_to`;

const CLASS = (status: string) => `if(mapContains({status_classes:Map(String, String)}, lower(${status})), {status_classes:Map(String, String)}[lower(${status})], lower(${status}))`;
/** Counts by what a status means, zeros left out. */
const CLASSED = (of: string) => `arraySort(arrayFilter(c -> c.2 > 0, arrayMap(name -> (name, arraySum((class, n) -> if(class = name, n, 0), arrayMap(status -> ${CLASS('status')}, mapKeys(${of})), mapValues(${of}))),
      arrayDistinct(arrayMap(status -> ${CLASS('status')}, mapKeys(${of}))))))`;

/** Keys of which both sides say something (`known`), and not the same. */
function other(s: string, t: string, known: (value: string) => string): string {
  const said = (keys: string, values: string) => `arrayFilter((k, v) -> ${known('v')}, ${keys}, ${values})`;
  const pairs = (keys: string, values: string) => `arrayMap((k, v) -> concat(k, char(31), ifNull(toString(v), '')), ${keys}, ${values})`;
  return `arrayFilter(k -> has(${said('t_keys', t)}, k) AND has(${said('s_keys', s)}, k), arrayMap(p -> substring(p, 1, position(p, char(31)) - 1), arrayExcept(${pairs('s_keys', s)}, ${pairs('t_keys', t)})))`;
}
const KEY_CLASSES = (side: string) => `arrayMap(status -> ${CLASS('toString(status)')}, ${side}.7)`;

/**
 * One row per interface, window, source and target, with the keys that differ. Of a key that is missing in the target the log
 * says whether it has been handed over since (`later`): then nothing is open about it any more.
 */
const COMPARED = `
  SELECT *, s.1 AS s_count, t.1 AS t_count, s.2 AS s_value, t.2 AS t_value, if(s.3 = '', t.3, s.3) AS currency, s.4 AS s_status, t.4 AS t_status,
    s_told AND t_told AND s.5 AND t.5 AS keyed, s.6 AS s_keys, t.6 AS t_keys,
    s_told AND t_told AS both, both AND s.3 != '' AND t.3 != '' AND s.3 != t.3 AS other_currency,
    if(keyed, arrayExcept(s_keys, t_keys), []) AS missing, if(keyed, arrayExcept(t_keys, s_keys), []) AS extra,
    if(keyed AND NOT other_currency, ${other('s.8', 't.8', (v) => `${v} IS NOT NULL`)}, []) AS other_value,
    if(keyed, ${other(KEY_CLASSES('s'), KEY_CLASSES('t'), (v) => `${v} != ''`)}, []) AS other_status,
    both AND s_count != t_count AS other_count,
    ifNull(both AND NOT other_currency AND s_value != t_value, 0) AS value_differs,
    both AND notEmpty(s_status) AND notEmpty(t_status) AND NOT other_count AND ${CLASSED('s_status')} != ${CLASSED('t_status')} AS status_differs,
    arrayMap(k -> arrayFilter(m -> m.1 = k, log), missing) AS moves,
    arrayMap(found -> if(notEmpty(found) AND arrayAll(m -> m.3 IS NOT NULL, found) AND arrayExists(m -> ifNull(m.3 > t.9, 0), found), arrayMax(m -> m.3, found), NULL), moves) AS later,
    arrayDistinct(arrayMap(m -> m.1, log)) AS log_keys, length(log_keys) AS log_sent,
    log_sent - length(arrayDistinct(arrayMap(m -> m.1, arrayFilter(m -> m.3 IS NULL, log)))) AS log_arrived,
    if(notEmpty(log) AND s_told AND s.5, arrayExcept(s_keys, log_keys), []) AS unseen, if(s_told AND s.5, arrayExcept(log_keys, s_keys), []) AS unreported,
    notEmpty(log) AND s_told AND if(s.5, notEmpty(unseen) OR notEmpty(unreported), s_count != log_sent) AS log_differs
  FROM (SELECT pairs.*, logged.log AS log FROM (${PAIRS}) AS pairs LEFT JOIN (${LOGGED}) AS logged
    ON logged.facility = pairs.facility AND logged.interface = pairs.interface AND logged.window_from = pairs.window_from AND logged.window_to = pairs.window_to AND logged.source = pairs.source AND logged.target = pairs.target)`;

/** The value of a key as its source has it, else as its target has it. */
const VALUE_OF = (key: string) => `if(has(s_keys, ${key}), s.8[indexOf(s_keys, ${key})], t.8[indexOf(t_keys, ${key})])`;

/** What each window comes to, but for what depends on the moment of asking. */
const WINDOWS = `
  SELECT *,
    if(NOT both, if(s_told, s_value, t_value), multiIf(other_currency, NULL, arrayExists(v -> v IS NULL, worths), if(s_value IS NULL OR t_value IS NULL, NULL, abs(s_value - t_value)), notEmpty(worths), arraySum(v -> ifNull(v, 0), worths), s_value IS NULL OR t_value IS NULL, NULL, abs(s_value - t_value))) AS gap_value,
    concat(facility, ' ', interface, ' ', source, ' ', target, ' ', toString(window_from), ' ', toString(window_to)) AS window_key,
    arrayStringConcat(arrayFilter(w -> w != '', [
      if(NOT both, if(t_told, 'source is silent', 'target is silent'), ''),
      if(notEmpty(missing), concat(toString(length(missing)), ' missing in target'), ''), if(notEmpty(extra), concat(toString(length(extra)), ' extra in target'), ''),
      if(notEmpty(other_value), concat(toString(length(other_value)), ' at another value'), ''), if(notEmpty(other_status), concat(toString(length(other_status)), ' in another status'), ''),
      if(other_currency, 'currencies differ', ''), if(other_count AND NOT keyed, 'counts differ', ''), if(value_differs AND empty(missing) AND empty(extra) AND empty(other_value), 'values differ', ''),
      if(status_differs AND empty(other_status), 'counts by status differ', '')]), ', ') AS what
  FROM (
    SELECT *, other_count OR value_differs OR status_differs OR other_currency OR notEmpty(missing) OR notEmpty(extra) OR notEmpty(other_value) OR notEmpty(other_status) AS differs,
      arrayCount(at -> at IS NULL, later) + length(extra) + length(other_value) + length(other_status) + other_currency + (other_count AND NOT keyed)
        + (value_differs AND empty(missing) AND empty(extra) AND empty(other_value)) + (status_differs AND empty(other_status)) AS still,
      arrayMap(k -> ${VALUE_OF('k')}, arrayConcat(missing, extra)) AS key_worths,
      arrayConcat(key_worths, arrayMap(k -> abs(s.8[indexOf(s_keys, k)] - t.8[indexOf(t_keys, k)]), other_value)) AS worths
    FROM (${COMPARED})
  )`;

const ALL_DIFFERENCES = `arrayConcat(
      arrayMap((k, at) -> ('missing', k, at), missing, later), arrayMap(k -> ('extra', k, NULL), extra), arrayMap(k -> ('value', k, NULL), other_value), arrayMap(k -> ('status', k, NULL), other_status),
      arrayMap(k -> ('unseen', k, NULL), unseen), arrayMap(k -> ('unreported', k, NULL), unreported))`;

/** Windows of a span of days as clickhouse/desk.ts keeps them: what holds whatever the moment of asking is. */
export const FILL_RECONCILIATION = `INSERT INTO reconciliation_compared (day, facility, interface, source, target, window_from, window_to, run, window_key, s_told, t_told, s_count, t_count, s_value, t_value, currency, keyed, s_status, t_status,
    told_at, what, differs, still, settled_at, gap_value, log_sent, log_arrived, log_differs, missing_keys, extra_keys, other_keys, differences, waiting)
  SELECT toDate(window_from) AS day, facility, interface, source, target, window_from, window_to, {run:UInt64} AS run, window_key, s_told, t_told, s_count, t_count, s_value, t_value, currency, keyed, s_status, t_status,
    greatest(s.9, t.9) AS told_at, what, differs, still, if(differs AND still = 0, arrayMax(later), NULL) AS settled_at, gap_value, log_sent, log_arrived, log_differs,
    length(missing) AS missing_keys, length(extra) AS extra_keys, length(other_value) + length(other_status) AS other_keys,
    arrayMap(d -> (d.1, d.2, d.3, if(has(s_keys, d.2), s.8[indexOf(s_keys, d.2)], NULL), if(has(t_keys, d.2), t.8[indexOf(t_keys, d.2)], NULL),
      if(has(s_keys, d.2), toString(s.7[indexOf(s_keys, d.2)]), ''), if(has(t_keys, d.2), toString(t.7[indexOf(t_keys, d.2)]), ''),
      toString(arrayFirst(m -> m.1 = d.2, log).2), notEmpty(arrayFilter(m -> m.1 = d.2 AND ifNull(m.3 <= t.9, 0), log))), all_differences) AS differences,
    arrayDistinct(arrayConcat(arrayMap(m -> m.1, arrayFilter(m -> m.3 IS NULL, log)), arrayMap(d -> d.2, all_differences))) AS waiting
  FROM (SELECT *, ${ALL_DIFFERENCES} AS all_differences FROM (${WINDOWS}))`;

const DUE = "window_to + toIntervalHour({due_hours:UInt32})";
/**
 * Kept windows, with what they come to at a moment. `agrees`; `open` (a gap stands); `settled` (all that was missing has been
 * handed over since); `silent` (one end has not reported though it should have); `awaited` (one end may still report).
 */
export const KEPT_WINDOWS = `
  SELECT *, s_told AND t_told AS both, ${DUE} AS due, multiIf(NOT both, if(${AT('now')} < due, 'awaited', 'silent'), NOT differs, 'agrees', still = 0, 'settled', 'open') AS state,
    state IN ('open', 'silent') AS is_gap, if(both, told_at, due) AS since
  FROM (${keptRows('reconciliation', 'window_from')}) WHERE ({interface:String} = '' OR interface = {interface:String})`;

/** One row per key that differs. */
export const DIFFERENCES = `
  SELECT facility, interface, source, target, window_from, window_to, window_key, d.1 AS kind, d.2 AS key, d.3 AS later_at,
    if(d.1 IN ('unseen', 'unreported'), 'noted', if(later_at IS NULL, 'open', 'settled')) AS state, since, d.4 AS s_value, d.5 AS t_value, d.6 AS s_status, d.7 AS t_status, currency, d.8 AS document_type, d.9 AS handed_over
  FROM (${KEPT_WINDOWS})
  ARRAY JOIN differences AS d`;
