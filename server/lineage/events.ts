import type { Store } from '@/clickhouse/client';
import { eventHeads, lineageEvents, type EventFact, type EventHead } from '@/clickhouse/queries/lineage';

export interface EventsAsked {
  /** Lines, and documents of which only those events count that speak of them as wholes. */
  types: string[];
  ids: string[];
  document_types: string[];
  document_ids: string[];
  most: number;
  /** Only what had been recorded by then; default: all. */
  knownAt?: Date | undefined;
}

/** Events as a list shows them, in the order in which they happened; the newest `most` where there are more. */
export async function eventsOf(store: Store, { knownAt, ...asked }: EventsAsked): Promise<EventFact[]> {
  if (knownAt !== undefined) return lineageEvents(store, { ...asked, known_at: knownAt });
  return eventsOfHeads(await eventHeads(store, asked));
}

/** Events in the order in which they happened, and were recorded. */
export const eventsOfHeads = (heads: readonly EventHead[]): EventFact[] =>
  heads.map(eventOfHead).sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : a.stream_seq - b.stream_seq || (a.recorded_at < b.recorded_at ? -1 : 1)));

/** The texts stand in the order in which migration 0025 puts them. */
function eventOfHead({ time, key, head }: EventHead): EventFact {
  const texts = JSON.parse(head) as string[];
  const [id = '', type = '', document_type = '', action = '', recorded = '', source = '', facility = '', to = '', pattern = '', target = '', outcome = '', attempt = '', latency = '',
    error_class = '', error_code = '', error_message = '', document_id = '', revision = '', replay_of = '', lines = '[]', place = ''] = texts;
  return {
    event_key: key, id, type, document_type, action, time, recorded_at: new Date(Number(recorded)).toISOString(), source, facility, interface: to, pattern, target, outcome,
    attempt: Number(attempt), latency_ms: latency === '' ? null : Number(latency), error_class, error_code, error_message, document_id, revision: Number(revision), replay_of,
    lines: JSON.parse(lines) as string[], stream_seq: Number(place),
  };
}
