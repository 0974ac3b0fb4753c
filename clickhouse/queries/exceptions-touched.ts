import { z } from 'zod';
import { defineList, defineQuery } from '../client';
import { chainGaps, chainGapsOf, failedOrderDocuments, LATE, mismatchedLines, mismatchedLinesOf, receiptFindings, receiptFindingsOf, refusedLines, refusedLinesOf, STANDS_UNDER, unmappedUsages, unmappedUsagesOf } from './exceptions';
import { openFailedOrders } from './failed-orders';
import { handoversOf, VALUES } from './failures';
import { FACT_COLUMNS } from './lineage-chain-facts';
import { clockParams, DUE, judged } from './lineage-chains';
import { IN_FACILITIES, scope, WHOLE_OBJECT } from './scope';
import { seenUntil } from './seen';

/**
 * What the work list is put together from, of what has been touched since a run alone: the statements of ./exceptions.ts over
 * the documents named, each found by its key. What is not about a document is asked as a whole, when it may have changed.
 */

const AT = (name: string) => `{${name}:DateTime64(3, 'UTC')}`;
const LIST = (name: string) => `{${name}:Array(String)}`;
const text = z.string();
const names = z.array(text);
const count = z.number();

/**
 * Changes where something may have changed since, but not what. `behind_ms`: how far match and chains are behind what was
 * touched; `until`: until when all that was written can be seen.
 */
export const exceptionNews = defineQuery({
  name: 'exceptions_news',
  sql: `
    SELECT ${seenUntil('events|matched_order_lines|matched_invoice_lines')} AS until, (SELECT max(run) FROM exception_runs) AS last_run,
      (SELECT max(run) FROM match_runs) AS match_run, (SELECT max(run) FROM match_runs WHERE full) AS whole_run, (SELECT max(run) FROM chain_runs) AS chain_run, (SELECT uniqExact(view) FROM desk_runs WHERE view IN ('quality', 'reconciliation')) AS desks,
      (SELECT max(run) FROM desk_days WHERE view = 'quality') AS quality_run, (SELECT max(run) FROM desk_days WHERE view = 'reconciliation') AS reconciliation_run,
      (SELECT (sumIf(total_rows, name = 'events'), sumIf(total_rows, name IN ('dead_letters', 'retakes')), sumIf(total_rows, name = 'master_records')) FROM system.tables
        WHERE database = currentDatabase() AND name IN ('events', 'dead_letters', 'retakes', 'master_records')) AS rows, rows.1 AS events, rows.2 AS letters, rows.3 AS master,
      greatest(0, dateDiff('millisecond', (SELECT max(touched_until) FROM match_runs), (SELECT max(touched_at) FROM match_touched)),
        dateDiff('millisecond', (SELECT max(touched_until) FROM chain_runs), (SELECT max(touched_at) FROM chain_touched))) AS behind_ms`,
  params: z.object({}),
  row: z.object({
    until: text, last_run: count, match_run: count, whole_run: count, chain_run: count, desks: count, quality_run: count, reconciliation_run: count, events: count, letters: count, master: count, behind_ms: count,
  }),
});

/** Most documents, or chains, that are looked up by name. */
export const MOST_TOUCHED = 10_000;
const SPAN = `touched_at >= ${AT('since')} AND touched_at < ${AT('until')}`;

/** Documents that events have named, and those whose match was worked out anew (`matched`). `day`: of the event. */
export const touchedDocuments = defineQuery({
  name: 'exceptions_touched',
  sql: `
    SELECT kind, id, day, matched FROM (
      SELECT DISTINCT toString(kind) AS kind, id, toString(day) AS day, 0 AS matched FROM desk_touched WHERE ${SPAN} AND kind NOT IN ('report', 'verdict')
      UNION ALL SELECT DISTINCT toString(kind) AS kind, id, '' AS day, 1 AS matched FROM open_touched WHERE ${SPAN}
    ) LIMIT ${MOST_TOUCHED + 1}`,
  params: z.object({ since: z.date(), until: z.date() }),
  row: z.object({ kind: text, id: text, day: text, matched: count }),
  limits: { rows: MOST_TOUCHED + 1 },
});

/** Chains that a run after {after} has written, or taken away. */
export const chainsWritten = defineQuery({
  name: 'exceptions_chains_written',
  sql: `SELECT DISTINCT toString(started_day) AS day, toString(anchor) AS anchor, id FROM chains WHERE run > {after:UInt64} LIMIT ${MOST_TOUCHED + 1}`,
  params: z.object({ after: count }),
  row: z.object({ day: text, anchor: text, id: text }),
  limits: { rows: MOST_TOUCHED + 1 },
});

/** Chains of which a clock has run out between two moments. */
export const chainsDue = defineQuery({
  name: 'exceptions_chains_due',
  sql: `SELECT DISTINCT toString(started_day) AS day, toString(anchor) AS anchor, id FROM chains
    WHERE NOT gone AND (${Object.entries(DUE).map(([stage, due]) => `(\`${stage}\` = 'awaited' AND ifNull(${due} >= ${AT('before')} AND ${due} < ${AT('now')}, 0))`).join(' OR ')}) LIMIT ${MOST_TOUCHED + 1}`,
  params: z.object({ ...clockParams, before: z.date() }).omit({ sent: true }),
  row: z.object({ day: text, anchor: text, id: text }),
  limits: { rows: MOST_TOUCHED + 1, seconds: 30 },
});

/** Orders, and receipts without one, with a receipt that has waited for its invoice for {open_days} between two moments. */
export const receiptsDue = defineQuery({
  name: 'exceptions_receipts_due',
  // All versions of a row: of what no longer holds nothing is found.
  sql: `SELECT DISTINCT ${STANDS_UNDER} AS under FROM matched_order_lines
    WHERE NOT settled AND arrayExists(at -> ${LATE('at')} >= ${AT('before')} AND ${LATE('at')} < ${AT('now')}, r.time) LIMIT ${MOST_TOUCHED + 1}`,
  params: z.object({ before: z.date(), now: z.date(), open_days: count }),
  row: z.object({ under: text }),
  limits: { rows: MOST_TOUCHED + 1, seconds: 30 },
});

const SOME = { seconds: 60 } as const;

export const chainGapsTouched = defineList({
  ...chainGaps.definition, name: 'exceptions_chain_gaps_touched', limits: SOME,
  // FINAL: of several runs the newest row holds; the key is named whole.
  sql: chainGapsOf(judged(`SELECT ${FACT_COLUMNS} FROM chains FINAL WHERE NOT gone AND (started_day, anchor, id) IN arrayZip({days:Array(Date)}, ${LIST('anchors')}, ${LIST('ids')})`)),
  params: z.object({ from: z.date(), to: z.date(), ...clockParams, days: names, anchors: names, ids: names }),
});

export const receiptFindingsTouched = defineList({
  ...receiptFindings.definition, name: 'exceptions_receipts_touched', limits: SOME,
  sql: receiptFindingsOf(`order_id IN arrayConcat(${LIST('orders')}, if(empty(${LIST('receipts')}), [], [''])) AND ${STANDS_UNDER} IN arrayConcat(${LIST('orders')}, ${LIST('receipts')})`),
  params: receiptFindings.definition.params.extend({ orders: names, receipts: names }),
});

export const mismatchedLinesTouched = defineList({
  ...mismatchedLines.definition, name: 'exceptions_invoice_lines_touched', limits: SOME,
  sql: mismatchedLinesOf(`document_id IN ${LIST('documents')}`),
  params: mismatchedLines.definition.params.extend({ documents: names }),
});

/** Usage documents, and those whose lines they take back. */
export const usagesTakenBack = defineQuery({
  name: 'exceptions_usages_taken_back',
  sql: `SELECT DISTINCT substring(ref_id, 1, length(ref_id) - position(reverse(ref_id), '/')) AS document FROM document_lines
    WHERE document_type = 'usage' AND document_id IN ${LIST('documents')} AND aspect = 'reversed' AND ref_type = 'usage' AND ref_id != ''`,
  params: z.object({ documents: names }),
  row: z.object({ document: text }),
  limits: { rows: MOST_TOUCHED * 10 },
});

const USAGE_LINES = `SELECT object_id FROM document_lines WHERE document_type = 'usage' AND document_id IN ${LIST('documents')}`;
export const unmappedUsagesTouched = defineList({
  ...unmappedUsages.definition, name: 'exceptions_unmapped_usages_touched', limits: SOME,
  sql: unmappedUsagesOf(`document_id IN ${LIST('documents')}`, `document_id IN (SELECT substring(peer_id, 1, length(peer_id) - position(reverse(peer_id), '/')) FROM links
    WHERE node_type = 'usage' AND node_id IN (${USAGE_LINES}) AND direction = 'down' AND peer_type = 'usage')`),
  params: unmappedUsages.definition.params.extend({ documents: names }),
});

export const refusedLinesTouched = defineList({
  ...refusedLines.definition, name: 'exceptions_refused_lines_touched', limits: SOME,
  sql: refusedLinesOf(`document_id IN ${LIST('documents')}`),
  params: refusedLines.definition.params.extend({ documents: names }),
});

const HOURS = (type: string, ids: string) => `toStartOfHour(time) IN (SELECT toStartOfHour(time) FROM object_events WHERE object_type = ${type} AND object_id IN ${ids})`;

export const failedOrdersTouched = defineList({
  ...failedOrderDocuments.definition, name: 'exceptions_failed_orders_touched', limits: SOME,
  sql: openFailedOrders(`document_id IN ${LIST('documents')} AND ${HOURS("'order'", LIST('documents'))}`),
  params: failedOrderDocuments.definition.params.extend({ documents: names }),
});

/** Orders that these receipts name. */
export const ordersReceived = defineQuery({
  name: 'exceptions_orders_received',
  sql: `SELECT DISTINCT order_id AS document FROM document_lines WHERE document_type = 'receipt' AND document_id IN ${LIST('documents')} AND order_id != ''`,
  params: z.object({ documents: names }),
  row: z.object({ document: text }),
  limits: { rows: MOST_TOUCHED * 20 },
});

/** What these orders were to serve. */
export const requisitionsServed = defineQuery({
  name: 'exceptions_requisitions_served',
  sql: `SELECT DISTINCT peer_id AS requisition FROM links
    WHERE node_type = 'order-line' AND node_id IN (SELECT object_id FROM document_lines WHERE document_type = 'order' AND document_id IN ${LIST('documents')}) AND direction = 'up' AND peer_type IN ('requisition-line', 'requisition')`,
  params: z.object({ documents: names }),
  row: z.object({ requisition: text }),
  limits: { rows: MOST_TOUCHED * 20 },
});

const failedRow = z.object({
  handover_key: text, interface: text, target: text, facility: text, object_type: text, document_type: text, document_id: text, type: text, error_code: text, error_message: text,
  failed_attempts: count, first_failed: text, currency: text, value: text.nullable(),
});

/**
 * Hand-overs that have failed and not come through since. A call holds up no document, and an order that could not be created
 * stands by itself: both are left out.
 */
const stuckOf = (attempts: string) => `
    WITH failed AS (
      SELECT * FROM (${handoversOf(attempts)} HAVING failed_attempts > 0)
      WHERE NOT succeeded AND type != 'procurement.order.failed.v1' AND NOT startsWith(type, 'integration.call.')
    ), valued AS (${VALUES})
    SELECT toString(handover_key) AS handover_key, interface, target, facility, ${WHOLE_OBJECT} AS object_type, document_type, document_id, type, error_code, error_message,
      failed_attempts, first_failed, currency, if(currency = '', NULL, toString(value)) AS value
    FROM failed LEFT JOIN valued USING (document_type, document_id)`;
const stuck = { row: failedRow, sortable: { first_failed: 'first_failed' }, defaultSort: { sort: 'first_failed', desc: true }, key: ['handover_key'] } as const;

export const stuckHandovers = defineList({
  ...stuck, name: 'exceptions_handovers', limits: SOME,
  sql: stuckOf(`SELECT * FROM handovers WHERE ${IN_FACILITIES} AND handover_key IN (SELECT handover_key FROM handovers WHERE outcome != 'succeeded')`),
  params: z.object({ facilities: scope.facilities }),
});

/** Of documents, by their types and ids. */
const OF_DOCUMENTS = `(document_type, document_id) IN arrayZip(${LIST('types')}, ${LIST('documents')})`;
/** Hours in which these documents' events were. A balance is no object of the lineage: of one any hour of these days may be. */
const EVENT_HOURS = `toStartOfHour(time) IN (SELECT toStartOfHour(time) FROM object_events WHERE (object_type, object_id) IN arrayZip(${LIST('object_types')}, ${LIST('documents')}))`;
const SOME_HOURS = `(${EVENT_HOURS} OR (has(${LIST('types')}, 'balance') AND has(${LIST('days')}, toString(toDate(time)))))`;
export const stuckHandoversTouched = defineList({
  ...stuck, name: 'exceptions_handovers_touched', limits: SOME,
  sql: stuckOf(`SELECT * FROM handovers WHERE (${EVENT_HOURS} OR has(${LIST('types')}, 'balance')) AND ${OF_DOCUMENTS}`),
  params: z.object({ types: names, object_types: names, documents: names }),
});

/** Those of no document. */
export const stuckMessages = defineList({
  ...stuck, name: 'exceptions_handovers_of_no_document', limits: SOME,
  sql: stuckOf("SELECT * FROM handovers WHERE document_id = '' AND handover_key IN (SELECT handover_key FROM handovers WHERE document_id = '' AND outcome != 'succeeded' AND NOT startsWith(type, 'integration.call.'))"),
  params: z.object({}),
});

/** Documents of which a hand-over has failed. `days`: of the balances among them. */
export const failedOf = defineQuery({
  name: 'exceptions_failed_of',
  sql: `SELECT DISTINCT toString(document_type) AS type, document_id AS document FROM handovers WHERE ${SOME_HOURS} AND outcome != 'succeeded' AND ${OF_DOCUMENTS}`,
  params: z.object({ days: names, types: names, object_types: names, documents: names }),
  row: z.object({ type: text, document: text }),
  limits: { rows: MOST_TOUCHED },
});

/** What stands of these exceptions. */
export const standingByKey = defineQuery({
  name: 'exceptions_standing_by_key',
  sql: `SELECT key, content, facts, occurrence, found_at, changed_at FROM exceptions FINAL WHERE settled = 0 AND NOT gone AND key IN ${LIST('keys')}`,
  params: z.object({ keys: names }),
  row: z.object({ key: text, content: text, facts: text, occurrence: count, found_at: text, changed_at: text }),
  limits: { rows: 1_000_000 },
});
