import type { DeskViewName } from './desk';

/**
 * Which days of a view something has touched since a run: those of the events themselves, and those of what they change
 * elsewhere. A day too many costs a little; a day too few would be wrong.
 */

const AT = (name: string) => `{${name}:DateTime64(3, 'UTC')}`;
const TOUCHED = (what: string, where = '1') => `SELECT ${what} FROM desk_touched WHERE touched_at >= ${AT('since')} AND touched_at < ${AT('until')} AND ${where}`;
const LINES_OF = (type: string, column: string, where = '1') => `SELECT ${column} FROM document_lines WHERE document_type = '${type}' AND document_id IN (${TOUCHED('id', `kind = '${type}'`)}) AND ${where}`;
/** Days on which anything happened to these objects: a later revision of a line stands on another day, and leaves the earlier one. */
const DAYS_OF = (type: string, ids: string) => `SELECT toDate(time) AS day FROM object_events WHERE object_type = '${type}' AND object_id IN (${ids})`;
const USAGE_TOUCHED = DAYS_OF('usage', `${LINES_OF('usage', 'object_id')} UNION DISTINCT ${LINES_OF('usage', 'ref_id', "ref_type = 'usage'")}`);

const days = (...found: readonly string[]) => `SELECT DISTINCT toString(day) AS day FROM (\n  ${found.join('\n  UNION ALL ')}\n)`;
const kept = (view: DeskViewName) => `SELECT day FROM desk_days WHERE view = '${view}'`;

export const DAYS_TOUCHED: Readonly<Record<DeskViewName, string>> = {
  cases: days(
    TOUCHED('day', "kind = 'usage'"),
    USAGE_TOUCHED,
    DAYS_OF('usage', `SELECT peer_id FROM links WHERE node_type = 'posting' AND node_id IN (${LINES_OF('posting', 'object_id')}) AND direction = 'up' AND peer_type = 'usage'`),
    DAYS_OF('case', LINES_OF('posting', 'ref_id', "ref_type = 'case'")),
    // A price that was paid holds for what is used after it, until the next order.
    `SELECT day FROM case_lines WHERE (item IN (${LINES_OF('order', 'item', "item != ''")}) AND day >= (SELECT min(toDate(time)) FROM object_events WHERE object_type = 'order' AND object_id IN (${TOUCHED('id', "kind = 'order'")})))
      OR rule_source IN (${TOUCHED('id', "kind = 'order'")})`,
  ),
  quality: days(
    TOUCHED('day', "kind != 'report' AND day > toDate(0)"),
    USAGE_TOUCHED,
    `SELECT day FROM quality_seen WHERE (document_type, document_id) IN (${TOUCHED('kind, id', "id != ''")}) OR object_id IN (${TOUCHED('id', "kind = 'verdict'")})`,
  ),
  reconciliation: days(
    TOUCHED('day', "kind = 'report'"),
    // A hand-over belongs to the window in which it began: before its event by what it took, and at most as long after an earlier attempt as the windows look back.
    `SELECT toDate(day) AS day FROM (${TOUCHED('arrayJoin(arrayMap(n -> day + n, range(-1, 4))) AS day', "kind NOT IN ('report', 'verdict')")}) WHERE day IN (SELECT toDate(window_from) FROM reconciliation_totals)`,
    `SELECT day FROM reconciliation_compared WHERE hasAny(waiting, (SELECT groupUniqArray(id) FROM (${TOUCHED('id', "kind NOT IN ('report', 'verdict')")})))`,
  ),
  // A later revision of a line stands on another day, and leaves the earlier one.
  contracts: days(LINES_OF('order', 'toDate(time) AS day'), `SELECT day FROM contract_lines WHERE document_id IN (${TOUCHED('id', "kind = 'order'")})`),
};

/** Days of which there may be anything, those among them of which there no longer is. */
export const ALL_DAYS: Readonly<Record<DeskViewName, string>> = {
  cases: days("SELECT toDate(time) AS day FROM document_lines WHERE document_type = 'usage'", kept('cases')),
  quality: days('SELECT toDate(time) AS day FROM document_lines', kept('quality')),
  reconciliation: days('SELECT toDate(window_from) AS day FROM reconciliation_totals', kept('reconciliation')),
  contracts: days("SELECT toDate(time) AS day FROM document_lines WHERE document_type = 'order'", kept('contracts')),
};

const MASTER = { cases: "'item', 'contract'", quality: "'item', 'supplier', 'location', 'costcenter', 'contract'", contracts: "'item', 'contract'" } as const;
/** Changes when master data that a view looks at do. FINAL: a redelivery changes nothing. */
export const knownBy = (view: keyof typeof MASTER) => `SELECT toString(sum(cityHash64(kind, record_id, valid_from, version, attributes))) AS said FROM master_records FINAL WHERE kind IN (${MASTER[view]})`;
