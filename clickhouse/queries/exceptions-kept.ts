import { z } from 'zod';
import { defineList, defineQuery } from '../client';
import { bucket, byStep } from './scope';

/** The work list as the keeper has last written it, with what people did about each line. */

const AT = (name: string) => `{${name}:DateTime64(3, 'UTC')}`;
const text = z.string();
const maybe = z.string().nullable();

/** A message that could not be read names no facility: whoever may see exceptions sees it. */
const IN_FACILITIES = "(empty({facilities:Array(String)}) OR facility IN {facilities:Array(String)} OR (facility = '' AND kind = 'dead-letter'))";

/** What was done last about each exception; the revision decides, so neither order nor duplicates matter. The key begins with both. */
const LAST = (where = '1') => `
  SELECT key, state AS acted_state, assignee, facts AS acted_facts, occurrence AS acted_occurrence, time AS acted_at, revision, stream_seq AS sequence
  FROM exception_actions WHERE ${where} ORDER BY key, revision DESC, event_key DESC, stream_seq DESC LIMIT 1 BY key`;

/**
 * - `settled`: the facts say no more that something is wrong
 * - `reopened`: somebody had dealt with it, and the facts have changed since, or it came up anew; or somebody took that back
 * - else what was done last, `open` where nothing was
 */
const STATE = `multiIf(settled, 'settled', acted_state IN ('', 'open'), 'open', acted_occurrence < occurrence OR (acted_state = 'resolved' AND acted_facts != facts), 'reopened', toString(acted_state))`;
/** Why it is open again, where the facts did that. */
const REOPENED_BY = `multiIf(state != 'reopened', '', acted_state = 'reopened' AND acted_occurrence = occurrence, 'somebody', acted_occurrence < occurrence, 'it came up again', 'new facts')`;

const SIDES = "settled IN {sides:Array(UInt8)} AND NOT gone";
// FINAL: of two runs' rows for one exception the later holds, whatever has been merged; the key begins with the side.
const ROWS = (where: string, acted = '1') => `
  SELECT e.*, a.* EXCEPT (key), ${STATE} AS state, ${REOPENED_BY} AS reopened_by, if({people:Map(String, String)}[assignee] = '', assignee, {people:Map(String, String)}[assignee]) AS assignee_name
  FROM (SELECT * FROM exceptions FINAL WHERE ${where}) AS e LEFT JOIN (${LAST(acted)}) AS a ON a.key = e.key`;

/** States of exceptions that wait for somebody. */
export const WORK_STATES = ['open', 'reopened', 'acknowledged', 'assigned'] as const;
export const EXCEPTION_STATES = [...WORK_STATES, 'resolved', 'settled'] as const;
export type ExceptionState = (typeof EXCEPTION_STATES)[number];

/** Filters of the work list. What stands is in it whenever it arose; what is resolved or settled, where that was in the range. */
export const workParams = {
  from: z.date(), to: z.date(), facilities: z.array(text),
  /** 0: what stands; 1: what the facts have settled. */
  sides: z.array(z.union([z.literal(0), z.literal(1)])),
  /** Empty: every one of WORK_STATES; `all`. */
  state: text,
  kind: text, owner: text, severity: text, object: text,
  /** Empty: anybody; `-`: nobody. */
  assignee: text,
  /** Is looked for in what it says, its document, item and supplier. */
  text,
  /** 1: only what arose in the range. */
  arose: z.union([z.literal(0), z.literal(1)]),
  people: z.record(text, text),
} as const;
export type WorkParams = z.input<z.ZodObject<typeof workParams>>;

const BASE = `${SIDES} AND ${IN_FACILITIES} AND ({severity:String} = '' OR severity = {severity:String}) AND ({object:String} = '' OR object_id = {object:String})
  AND (NOT {arose:UInt8} OR (since >= ${AT('from')} AND since < ${AT('to')})) AND (NOT settled OR (settled_at >= ${AT('from')} AND settled_at < ${AT('to')}))
  AND ({text:String} = '' OR positionCaseInsensitiveUTF8(concat(what, ' ', object_id, ' ', item, ' ', toString(supplier), ' ', key), {text:String}) > 0)`;
const CHOSEN_KIND = "({kind:String} = '' OR kind = {kind:String}) AND ({owner:String} = '' OR owner = {owner:String})";
const CHOSEN_STATE = "({state:String} = 'all' OR state = {state:String} OR ({state:String} = '' AND state NOT IN ('resolved', 'settled')))";
const OVER_IN_RANGE = `(state != 'resolved' OR (acted_at >= ${AT('from')} AND acted_at < ${AT('to')}))`;
const CHOSEN_PERSON = "({assignee:String} = '' OR assignee = if({assignee:String} = '-', '', {assignee:String}))";
const WORK = `SELECT * FROM (${ROWS(`${BASE} AND ${CHOSEN_KIND}`)}) WHERE ${CHOSEN_STATE} AND ${OVER_IN_RANGE} AND ${CHOSEN_PERSON}`;

const row = z.object({
  key: text, kind: text, severity: text, owner: text, facility: text, interface: text, stage: text, what: text, object_type: text, object_id: text, reason: text, supplier: text, item: text,
  since: text, age_ms: z.number(), value: maybe, currency: text, state: text, assignee: text, assignee_name: text, reopened_by: text, revision: z.number(), sequence: z.number(),
  acted_state: text, acted_facts: text, acted_occurrence: z.number(), found_at: text, changed_at: text, settled_at: maybe, facts: text, occurrence: z.number(),
});
const COLUMNS = `key, kind, severity, owner, facility, interface, stage, what, object_type, object_id, reason, supplier, item, since, greatest(0, dateDiff('millisecond', since, if(settled, settled_at, ${AT('now')}))) AS age_ms,
  toString(value) AS worth, currency, state, assignee, assignee_name, reopened_by, revision, sequence, acted_state, acted_facts, acted_occurrence, found_at, changed_at, if(settled, settled_at, NULL) AS settled_on, facts, occurrence`;
const AS_ROW = (from: string) => `SELECT * EXCEPT (worth, settled_on), worth AS value, settled_on AS settled_at FROM (SELECT ${COLUMNS} FROM (${from}))`;

const RANKED = (column: string, names: readonly string[]) => `indexOf([${names.map((name) => `'${name}'`).join(', ')}], ${column})`;

export const workList = defineList({
  name: 'exceptions_work',
  sql: `SELECT *, {labels:Map(String, String)}[kind] AS exception FROM (${AS_ROW(WORK)})`,
  params: z.object({ ...workParams, now: z.date(), labels: z.record(text, text) }),
  row: row.extend({ exception: text }),
  sortable: {
    severity: RANKED('severity', ['high', 'medium', 'low']), exception: 'exception', what: 'what', object_id: 'object_id', value: 'toDecimal128OrNull(value, 10)', age_ms: 'age_ms', owner: 'owner',
    state: RANKED('state', EXCEPTION_STATES), assignee_name: 'assignee_name', facility: 'facility', supplier: 'supplier', item: 'item', since: 'since', currency: 'currency',
  },
  defaultSort: { sort: 'severity', desc: false },
  key: ['since DESC', 'key'],
  limits: { seconds: 20 },
});

/** One exception by its key, with the same columns; two rows never, since it stands on one side. */
export const workItem = defineQuery({
  name: 'exceptions_one',
  sql: AS_ROW(ROWS('settled IN (0, 1) AND NOT gone AND key = {key:String}', 'key = {key:String}')),
  params: z.object({ key: text, now: z.date(), people: z.record(text, text) }),
  row,
});

/** What was done about one exception, first to last. */
export const workHistory = defineQuery({
  name: 'exceptions_history',
  // FINAL: a redelivered action counts once; one key is read.
  sql: `
    SELECT revision, toString(event_key) AS event, action, state, assignee, comment, actor_id, time, occurrence, batch,
      if({people:Map(String, String)}[actor_id] = '', actor_id, {people:Map(String, String)}[actor_id]) AS actor_name, if({people:Map(String, String)}[assignee] = '', assignee, {people:Map(String, String)}[assignee]) AS assignee_name
    FROM exception_actions FINAL WHERE key = {key:String} ORDER BY revision, event_key`,
  params: z.object({ key: text, people: z.record(text, text) }),
  row: z.object({
    revision: z.number(), event: text, action: text, state: text, assignee: text, comment: text, actor_id: text, time: text, occurrence: z.number(), batch: text, actor_name: text, assignee_name: text,
  }),
  limits: { rows: 5_000 },
});

/** Most exceptions that one batch acts on. */
export const MOST_AT_ONCE = 20_000;

/** The exceptions of a filter, as a batch acts on them: what is needed for one action each. */
export const workTargets = defineQuery({
  name: 'exceptions_targets',
  sql: `SELECT key, kind, facility, state, assignee, facts, occurrence, revision, sequence, acted_state, acted_facts, acted_occurrence, run, what FROM (${WORK}) ORDER BY since DESC, key LIMIT ${MOST_AT_ONCE + 1}`,
  params: z.object(workParams),
  row: z.object({ key: text, kind: text, facility: text, state: text, assignee: text, facts: text, occurrence: z.number(), revision: z.number(), sequence: z.number(), acted_state: text, acted_facts: text, acted_occurrence: z.number(), run: z.number(), what: text }),
  limits: { rows: MOST_AT_ONCE + 1, seconds: 20 },
});

/** Counts and money of the filter but for its kind, owner and state, so that each can be changed; the figures are added up from these few rows. */
export const workGroups = defineQuery({
  name: 'exceptions_groups',
  sql: `
    SELECT kind, owner, state, severity, currency, count() AS exceptions, toString(sum(worth)) AS money, countIf(worth IS NULL OR currency = '') AS unpriced, min(since) AS oldest, countIf(assignee = {me:String}) AS mine
    FROM (SELECT kind, owner, state, severity, currency, value AS worth, since, assignee FROM (${ROWS(BASE)}) WHERE ${OVER_IN_RANGE} AND ${CHOSEN_PERSON})
    GROUP BY kind, owner, state, severity, currency`,
  params: z.object({ ...workParams, me: text }),
  row: z.object({
    kind: text, owner: text, state: text, severity: text, currency: text, exceptions: z.number(), money: maybe, unpriced: z.number(), oldest: text, mine: z.number(),
  }),
  limits: { seconds: 20 },
});

/** Exceptions of the filter that arose in the range, per bucket and kind. */
export const workSeries = byStep((step) =>
  defineQuery({
    name: `exceptions_series_${step}`,
    sql: `SELECT ${bucket(step, 'since')} AS at, kind, count() AS exceptions FROM (${WORK}) WHERE since >= ${AT('from')} AND since < ${AT('to')} GROUP BY at, kind ORDER BY at, kind`,
    params: z.object({ ...workParams, zone: text }),
    row: z.object({ at: text, kind: text, exceptions: z.number() }),
    limits: { seconds: 20 },
  }),
);

/** The newest run: how far the list is. */
export const lastExceptionRun = defineQuery({
  name: 'exceptions_last_run',
  sql: 'SELECT run, at, found, cut, took_ms FROM exception_runs ORDER BY run DESC LIMIT 1',
  params: z.object({}),
  row: z.object({ run: z.number(), at: text, found: z.number(), cut: z.array(text), took_ms: z.number() }),
});

/** What stands, as a run compares it with what it has found. */
export const standingExceptions = defineList({
  name: 'exceptions_standing',
  sql: 'SELECT key, content, facts, occurrence, found_at, changed_at FROM exceptions FINAL WHERE settled = 0 AND NOT gone',
  params: z.object({}),
  row: z.object({ key: text, content: text, facts: text, occurrence: z.number(), found_at: text, changed_at: text }),
  sortable: { key: 'key' },
  defaultSort: { sort: 'key', desc: false },
  key: ['key'],
});

/** Of these, the ones that were settled before, with how often they had come up. */
export const settledBefore = defineQuery({
  name: 'exceptions_settled_before',
  sql: 'SELECT key, occurrence FROM exceptions FINAL WHERE settled = 1 AND NOT gone AND key IN {keys:Array(String)}',
  params: z.object({ keys: z.array(text) }),
  row: z.object({ key: text, occurrence: z.number() }),
});

/** Filters that a person has given a name, by name. */
export const savedViews = defineQuery({
  name: 'saved_views',
  // FINAL: the last word on each name; one person's are read.
  sql: 'SELECT name, query, updated_at FROM saved_views FINAL WHERE person = {person:String} AND page = {page:String} AND NOT removed ORDER BY name',
  params: z.object({ person: text, page: text }),
  row: z.object({ name: text, query: text, updated_at: text }),
});
