import type { Store } from '@/clickhouse/client';
import { NarrowTheRange } from '@/clickhouse/errors';
import { openLineageRuns, openLineageSize, type RunRow } from '@/clickhouse/queries/openlineage';

/**
 * The interfaces as OpenLineage run events (openlineage.io, specification 2-0-2), one JSON object a line. An interface is a
 * job in the namespace of the system that it starts from; a hand-over with its attempts is a run, which reads the
 * documents of its type at the source and writes them at the target.
 */

/** Attempts of one export. */
export const MOST_ATTEMPTS = 500_000;

const PRODUCER = 'urn:throughline';
const EVENT_SCHEMA = 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent';
const ERROR_SCHEMA = 'https://openlineage.io/spec/facets/1-0-1/ErrorMessageRunFacet.json#/$defs/ErrorMessageRunFacet';
const HANDOVER_SCHEMA = 'urn:throughline:facet:hand-over:1';

type EventType = 'START' | 'RUNNING' | 'COMPLETE' | 'FAIL' | 'OTHER';

export interface RunEvent {
  eventType: EventType;
  eventTime: string;
  run: { runId: string; facets: Record<string, { _producer: string; _schemaURL: string; [field: string]: unknown }> };
  job: { namespace: string; name: string };
  inputs: { namespace: string; name: string }[];
  outputs: { namespace: string; name: string }[];
  producer: string;
  schemaURL: string;
}

/** The key of a hand-over as a UUID of version 8 (RFC 9562): a hash has no bits that say which kind it is. */
export function runIdOf(handover: string): string {
  const variant = ((Number.parseInt(handover[19] ?? '0', 16) & 3) | 8).toString(16);
  return `${handover.slice(0, 14)}8${handover.slice(15, 19)}${variant}${handover.slice(20)}`;
}

interface Attempt {
  time: string;
  eventKey: string;
  /** 0: not stated. */
  number: number;
  outcome: string;
  latencyMs: number | null;
  error: { class: string; code: string; message: string };
}

const attemptOf = ([time, eventKey, number, outcome, latencyMs, errorClass, code, message]: RunRow['attempts'][number]): Attempt => ({
  time, eventKey, number, outcome, latencyMs, error: { class: errorClass, code, message },
});

/** When the attempt ended: its time, and how long it took where that is known. */
const endOf = ({ time, latencyMs }: Attempt): string => new Date(Date.parse(time) + (latencyMs ?? 0)).toISOString();

/**
 * START with the first attempt, one event for each attempt's end: COMPLETE for the first that succeeded, FAIL for a last
 * one that failed for good, RUNNING for one after which it was or will be tried again, OTHER for what came after success.
 * A run whose first attempt lies before the range has no START here: it is in the export of the range before.
 */
export function runEvents(row: RunRow): RunEvent[] {
  const attempts = row.attempts.map(attemptOf);
  const [first] = attempts;
  if (!first) return [];
  const succeeded = attempts.findIndex(({ outcome }) => outcome === 'succeeded');
  const typeAt = (attempt: Attempt, i: number): EventType => {
    if (succeeded >= 0) return i < succeeded ? 'RUNNING' : i === succeeded ? 'COMPLETE' : 'OTHER';
    return i === attempts.length - 1 && attempt.outcome !== 'retrying' ? 'FAIL' : 'RUNNING';
  };
  const event = (eventType: EventType, eventTime: string, attempt: Attempt): RunEvent => ({
    eventType, eventTime,
    run: { runId: runIdOf(row.handover), facets: facetsOf(row, attempt, eventType !== 'START') },
    job: { namespace: row.source || 'unknown', name: row.interface || `${row.document_type || 'messages'} to ${row.target || 'unknown'}` },
    inputs: [{ namespace: row.source || 'unknown', name: row.document_type || 'message' }],
    outputs: row.target ? [{ namespace: row.target, name: row.document_type || 'message' }] : [],
    producer: PRODUCER, schemaURL: EVENT_SCHEMA,
  });
  return [...(first.number <= 1 ? [event('START', first.time, first)] : []), ...attempts.map((attempt, i) => event(typeAt(attempt, i), endOf(attempt), attempt))];
}

function facetsOf(row: RunRow, attempt: Attempt, ended: boolean): RunEvent['run']['facets'] {
  const said = (fields: Record<string, string | number | null>) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== '' && value !== null && value !== 0));
  const failed = ended && attempt.outcome !== 'succeeded';
  const { error } = attempt;
  return {
    throughline_handOver: {
      _producer: PRODUCER, _schemaURL: HANDOVER_SCHEMA,
      ...said({ facility: row.facility, pattern: row.pattern, target: row.target, documentType: row.document_type, document: row.document_id, revision: row.revision, attempt: attempt.number, event: attempt.eventKey }),
      ...(ended ? said({ outcome: attempt.outcome, latencyMs: attempt.latencyMs, errorClass: error.class, errorCode: error.code }) : {}),
    },
    ...(failed ? {
      // The facet wants a language too; what is between systems has none.
      errorMessage: { _producer: PRODUCER, _schemaURL: ERROR_SCHEMA, message: error.message || [error.class, error.code].filter(Boolean).join(' ') || attempt.outcome, programmingLanguage: 'none' },
    } : {}),
  };
}

/**
 * The run events of the hand-overs that were attempted in a range, as NDJSON, run by run in the order of their beginning.
 * @throws NarrowTheRange before the first line where the range holds too much
 */
export async function* openLineageNdjson(store: Store, range: { from: Date; to: Date; facilities: string[] }, signal?: AbortSignal): AsyncGenerator<string> {
  const [size] = await openLineageSize(store, range);
  if ((size?.attempts ?? 0) > MOST_ATTEMPTS) {
    throw new NarrowTheRange('openlineage_runs', `This range holds ${(size?.attempts ?? 0).toLocaleString('en-US')} hand-overs, and an export takes ${MOST_ATTEMPTS.toLocaleString('en-US')}: narrow the range, or choose one facility.`);
  }
  for await (const row of openLineageRuns.stream(store, range, {}, signal)) {
    for (const event of runEvents(row)) yield `${JSON.stringify(event)}\n`;
  }
}
