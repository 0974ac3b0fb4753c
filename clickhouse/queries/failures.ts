import { z } from 'zod';
import { defineList, defineQuery } from '../client';
import { OPEN_FAILED_ORDERS } from './failed-orders';
import { bucket, byStep, IN_FACILITIES, IN_RANGE, scope, WHOLE_OBJECT } from './scope';

/**
 * Failures by fingerprint, and what each costs. A hand-over is stuck while none of its attempts succeeded; success is
 * looked for after the range too, so that a failure of the range that has been mended since is not shown as open. An
 * order that failed is also mended by another order for what it was to buy.
 */

/** Hand-overs that failed at least once in the range, with where they stand now. */
const FAILED_HANDOVERS = `${handoversOf(`SELECT * FROM handovers WHERE time >= {from:DateTime64(3, 'UTC')} AND ${IN_FACILITIES}
    AND handover_key IN (SELECT handover_key FROM handovers WHERE ${IN_RANGE} AND ${IN_FACILITIES} AND outcome != 'succeeded')`, ` OR (type = 'procurement.order.failed.v1' AND document_id NOT IN (SELECT document FROM (${OPEN_FAILED_ORDERS})))`)}
  HAVING first_failed >= {from:DateTime64(3, 'UTC')} AND first_failed < {to:DateTime64(3, 'UTC')} AND failed_attempts > 0`;

/**
 * Attempts at hand-overs, one row for each hand-over: where it stands, and how it failed.
 *
 * @param attempts all that there are of each hand-over
 * @param mended how else it has come through than by an attempt
 */
export function handoversOf(attempts: string, mended = ''): string {
  return `
  SELECT handover_key, any(interface) AS interface, any(target) AS target, any(facility) AS facility, any(document_type) AS document_type,
    any(document_id) AS document_id, argMinIf(type, (time, attempt, event_key), outcome != 'succeeded') AS type,
    max(outcome = 'succeeded')${mended} AS succeeded,
    argMax(outcome, (time, attempt, event_key)) AS last_outcome,
    argMaxIf(fingerprint, (time, attempt, event_key), outcome != 'succeeded') AS fingerprint,
    argMaxIf(error_class, (time, attempt, event_key), outcome != 'succeeded') AS error_class,
    argMaxIf(error_code, (time, attempt, event_key), outcome != 'succeeded') AS error_code,
    argMaxIf(error_message, (time, attempt, event_key), outcome != 'succeeded') AS error_message,
    argMaxIf(message_pattern, (time, attempt, event_key), outcome != 'succeeded') AS message_pattern,
    argMaxIf(error_retryable, (time, attempt, event_key), outcome != 'succeeded') AS retryable,
    minIf(time, outcome != 'succeeded') AS first_failed, maxIf(time, outcome != 'succeeded') AS last_failed,
    maxIf(time, outcome = 'succeeded') AS succeeded_at,
    uniqExactIf(event_key, outcome != 'succeeded') AS failed_attempts
  FROM (${attempts})
  GROUP BY handover_key`;
}

/** Value of each document among the stuck: amount of its lines, or quantity × price; null where neither is known. */
export const VALUES = `
  SELECT document_type, document_id, any(currency) AS currency,
    sum(coalesce(toDecimal128(amount, 10), toDecimal128(quantity, 4) * toDecimal128(price, 6))) AS value
  FROM (
    SELECT document_type, document_id, currency, amount, quantity, price FROM document_lines
    WHERE (document_type, document_id) IN (SELECT document_type, document_id FROM failed WHERE NOT succeeded AND document_id != '')
      AND aspect IN ('created', 'received', 'completed', 'failed', 'submitted', 'confirmed', 'made')
    ORDER BY rank DESC LIMIT 1 BY document_type, document_id, line_id, aspect
  )
  GROUP BY document_type, document_id`;
// A revised line counts once, at its latest revision: by rank, since FINAL would read whole granules for the few documents.

/** One row per issue. Money per currency, as parallel arrays: it is never added across currencies. */
export const failureIssues = defineList({
  name: 'failures_issues',
  sql: `
    WITH failed AS (${FAILED_HANDOVERS}), valued AS (${VALUES})
    SELECT toString(fingerprint) AS issue, any(interface) AS on_interface, any(target) AS to_target, any(document_type) AS of_document,
      any(error_class) AS class, any(error_code) AS code, any(message_pattern) AS pattern, any(error_message) AS example,
      max(retryable) AS may_retry, arraySort(groupUniqArray(20)(facility)) AS facilities,
      sum(failed_attempts) AS attempts, count() AS handovers, countIf(NOT succeeded) AS stuck,
      uniqExactIf(document, NOT succeeded AND document_id != '') AS documents_blocked,
      sumMapIf([money], [toDecimal128(assumeNotNull(worth), 4)], NOT succeeded AND money != '' AND worth IS NOT NULL) AS held,
      arrayMap((c, v) -> concat(toString(v), ' ', c), held.1, held.2) AS money_held,
      arraySum(held.2) AS held_rank,
      countIf(NOT succeeded AND document_id != '' AND (money = '' OR worth IS NULL)) AS value_unknown,
      min(first_failed) AS first_failed_at, max(last_failed) AS last_failed_at,
      if(stuck = 0, NULL, minIf(first_failed, NOT succeeded)) AS stuck_since,
      if(stuck = 0, 'resolved', 'open') AS state
    FROM (
      SELECT failed.*, (document_type, document_id) AS document, currency AS money, value AS worth
      FROM failed LEFT JOIN valued USING (document_type, document_id)
      WHERE ({interface:String} = '' OR interface = {interface:String})
    )
    GROUP BY fingerprint`,
  params: z.object({ ...scope, interface: z.string() }),
  row: z.object({
    issue: z.string(), on_interface: z.string(), to_target: z.string(), of_document: z.string(), class: z.string(), code: z.string(),
    pattern: z.string(), example: z.string(), may_retry: z.number(), facilities: z.array(z.string()), attempts: z.number(), handovers: z.number(), stuck: z.number(),
    documents_blocked: z.number(), money_held: z.array(z.string()), value_unknown: z.number(),
    first_failed_at: z.string(), last_failed_at: z.string(), stuck_since: z.string().nullable(), state: z.string(),
  }),
  sortable: {
    stuck: 'stuck', documents_blocked: 'documents_blocked', attempts: 'attempts', handovers: 'handovers', on_interface: 'on_interface', code: 'code',
    first_failed_at: 'first_failed_at', last_failed_at: 'last_failed_at', stuck_since: 'stuck_since', money_held: 'held_rank', state: 'state',
  },
  defaultSort: { sort: 'stuck', desc: true },
  key: ['issue'],
  limits: { seconds: 20 },
});

/** The hand-overs behind an issue, or all failed ones where no fingerprint is given; `unmended` is every state but resolved. */
export const failedHandovers = defineList({
  name: 'failures_handovers',
  sql: `
    WITH failed AS (${FAILED_HANDOVERS}), valued AS (${VALUES})
    SELECT toString(handover_key) AS handover_key, interface, target, facility, ${WHOLE_OBJECT} AS object_type, document_id, type, error_class, error_code, error_message,
      failed_attempts, first_failed, last_failed, if(succeeded, 'resolved', if(last_outcome = 'retrying', 'retrying', 'stuck')) AS state,
      if(succeeded, succeeded_at, NULL) AS mended_at, currency, if(currency = '', NULL, toString(value)) AS value
    FROM failed LEFT JOIN valued USING (document_type, document_id)
    WHERE ({fingerprint:String} = '' OR toString(fingerprint) = {fingerprint:String})
      AND ({state:String} = '' OR state = {state:String} OR ({state:String} = 'unmended' AND state != 'resolved'))
      AND ({interface:String} = '' OR interface = {interface:String})`,
  params: z.object({ ...scope, fingerprint: z.string(), state: z.string(), interface: z.string() }),
  row: z.object({
    handover_key: z.string(), interface: z.string(), target: z.string(), facility: z.string(), object_type: z.string(), document_id: z.string(),
    type: z.string(), error_class: z.string(), error_code: z.string(), error_message: z.string(), failed_attempts: z.number(), first_failed: z.string(),
    last_failed: z.string(), state: z.string(), mended_at: z.string().nullable(), currency: z.string(), value: z.string().nullable(),
  }),
  sortable: { first_failed: 'first_failed', last_failed: 'last_failed', interface: 'interface', failed_attempts: 'failed_attempts', state: 'state', document_id: 'document_id', error_code: 'error_code' },
  defaultSort: { sort: 'last_failed', desc: true },
  key: ['handover_key'],
  limits: { seconds: 20 },
});

/** Failed attempts per bucket and interface. */
export const failureSeries = byStep((step) =>
  defineQuery({
    name: `failures_series_${step}`,
    sql: `
      SELECT ${bucket(step)} AS at, interface, uniqExact(event_key) AS failures
      FROM handovers
      WHERE ${IN_RANGE} AND ${IN_FACILITIES} AND outcome IN ('failed', 'rejected', 'dead_lettered', 'retrying')
      GROUP BY at, interface ORDER BY at, interface`,
    params: z.object({ ...scope, zone: z.string() }),
    row: z.object({ at: z.string(), interface: z.string(), failures: z.number() }),
  }),
);

/** Totals of the range: distinct documents, each counted once however many failures it met. */
export const failureSummary = defineQuery({
  name: 'failures_summary',
  sql: `
    WITH failed AS (${FAILED_HANDOVERS}), valued AS (${VALUES})
    SELECT count() AS handovers, countIf(NOT succeeded) AS stuck, uniqExact(fingerprint) AS issues,
      uniqExactIf(fingerprint, NOT succeeded) AS open_issues,
      uniqExactIf((document_type, document_id), NOT succeeded AND document_id != '') AS documents_blocked,
      minIf(first_failed, NOT succeeded) AS stuck_since
    FROM failed`,
  params: z.object(scope),
  row: z.object({ handovers: z.number(), stuck: z.number(), issues: z.number(), open_issues: z.number(), documents_blocked: z.number(), stuck_since: z.string() }),
});

/** Money held by stuck documents, per currency; documents whose value nobody knows are counted beside it. */
export const failureMoneyHeld = defineQuery({
  name: 'failures_money_held',
  sql: `
    WITH failed AS (${FAILED_HANDOVERS}), valued AS (${VALUES})
    SELECT currency, toString(sum(value)) AS held, count() AS documents
    FROM valued WHERE currency != '' AND value IS NOT NULL GROUP BY currency ORDER BY currency`,
  params: z.object(scope),
  row: z.object({ currency: z.string(), held: z.string(), documents: z.number() }),
});

const RECORDED_IN_RANGE = "recorded_at >= {from:DateTime64(3, 'UTC')} AND recorded_at < {to:DateTime64(3, 'UTC')}";

/** Messages that could not be read, or that a consumer gave up on, newest first. The raw text is read one by one, elsewhere. */
export const deadLetters = defineList({
  name: 'failures_dead_letters',
  // FINAL: a redelivered letter must show once; the range is the key's first column.
  sql: `
    SELECT stream, stream_seq, part, consumer, subject, recorded_at, reason_code, reason, mapping, expression, source, event_id, type, facility, raw_bytes,
      multiIf(
        (recorded_at, stream, stream_seq, part, consumer) IN (SELECT letter_recorded_at, stream, stream_seq, part, consumer FROM retakes WHERE letter_recorded_at >= {from:DateTime64(3, 'UTC')} AND letter_recorded_at < {to:DateTime64(3, 'UTC')}), 'taken in',
        event_id != '' AND (source, event_id) IN (SELECT toString(source), id FROM events
          WHERE toStartOfHour(time) IN (SELECT hour FROM event_keys WHERE hash IN (SELECT cityHash64(lower(event_id)) FROM dead_letters WHERE ${RECORDED_IN_RANGE} AND event_id != ''))
            AND id IN (SELECT event_id FROM dead_letters WHERE ${RECORDED_IN_RANGE} AND event_id != '')), 'recorded',
        'open') AS state
    FROM dead_letters FINAL
    WHERE ${RECORDED_IN_RANGE}
      AND (facility = '' OR ${IN_FACILITIES})
      AND ({reason:String} = '' OR reason_code = {reason:String})`,
  params: z.object({ ...scope, reason: z.string() }),
  row: z.object({
    stream: z.string(), stream_seq: z.number(), part: z.number(), consumer: z.string(), subject: z.string(), recorded_at: z.string(), reason_code: z.string(), reason: z.string(),
    mapping: z.string(), expression: z.string(), source: z.string(), event_id: z.string(), type: z.string(), facility: z.string(), raw_bytes: z.number(), state: z.string(),
  }),
  sortable: { state: 'state', recorded_at: 'recorded_at', reason_code: 'reason_code', subject: 'subject', source: 'source', raw_bytes: 'raw_bytes' },
  defaultSort: { sort: 'recorded_at', desc: true },
  key: ['recorded_at', 'stream', 'stream_seq', 'part', 'consumer'],
});

/** Dead letters by reason. */
export const deadLetterReasons = defineQuery({
  name: 'failures_dead_letter_reasons',
  sql: `
    SELECT reason_code, count() AS letters FROM (
      SELECT reason_code FROM dead_letters FINAL
      WHERE recorded_at >= {from:DateTime64(3, 'UTC')} AND recorded_at < {to:DateTime64(3, 'UTC')} AND (facility = '' OR ${IN_FACILITIES}))
    GROUP BY reason_code ORDER BY letters DESC, reason_code`,
  params: z.object(scope),
  row: z.object({ reason_code: z.string(), letters: z.number() }),
});

/** One dead letter with what is left of its bytes. */
export const deadLetter = defineQuery({
  name: 'failures_dead_letter',
  sql: `
    SELECT stream, stream_seq, part, consumer, subject, recorded_at, reason_code, reason, mapping, expression, headers, raw, raw_encoding, raw_bytes, redacted, facility,
      (SELECT toNullable(max(time)) FROM retakes WHERE letter_recorded_at = {recordedAt:DateTime64(3, 'UTC')} AND stream = {stream:String} AND stream_seq = {seq:UInt64} AND part = {part:UInt16} AND consumer = {consumer:String} HAVING count() > 0) AS taken_in_at
    FROM dead_letters FINAL
    WHERE recorded_at = {recordedAt:DateTime64(3, 'UTC')} AND stream = {stream:String} AND stream_seq = {seq:UInt64} AND part = {part:UInt16} AND consumer = {consumer:String}`,
  params: z.object({ recordedAt: z.date(), stream: z.string(), seq: z.number(), part: z.number(), consumer: z.string() }),
  row: z.object({
    stream: z.string(), stream_seq: z.number(), part: z.number(), subject: z.string(), recorded_at: z.string(), reason_code: z.string(), reason: z.string(), mapping: z.string(),
    expression: z.string(), headers: z.string(), raw: z.string(), raw_encoding: z.string(), raw_bytes: z.number(), redacted: z.array(z.string()), facility: z.string(), consumer: z.string(), taken_in_at: z.string().nullable(),
  }),
});
