import { insertRows, type Store } from '../../clickhouse/client';
import { createDecoder, type DeadLetterRow, type Incoming } from '../../ingest/listener/decode';
import type { EventRow } from '../../ingest/listener/row';
import type { SimMessage } from '../../ingest/simulator/outbox';
import { headers } from '@nats-io/transport-node';
import { decoderParts } from './pipeline';

/** A message of the simulator as it would come from the stream: `seq` and the stored time are given, nothing is sent. */
export function incoming(message: SimMessage, seq: number, recordedAt: number): Incoming {
  const hdrs = headers();
  for (const [name, value] of Object.entries(message.headers)) hdrs.set(name, value);
  return {
    stream: 'EVENTS', seq, subject: message.subject, recordedAt, headers: hdrs,
    data: typeof message.body === 'string' ? new TextEncoder().encode(message.body) : message.body,
  };
}

/** Rows of the log for messages, by the listener's own decoder. */
export async function decoded(messages: readonly Incoming[]): Promise<{ events: EventRow[]; dead: DeadLetterRow[] }> {
  const decoder = createDecoder(decoderParts());
  const events: EventRow[] = [];
  const dead: DeadLetterRow[] = [];
  for (const message of messages) {
    const result = await decoder.decode(message);
    events.push(...result.events);
    dead.push(...result.dead);
  }
  return { events, dead };
}

/** Inserts in batches of the given sizes, round and round. */
export async function insertInBatches(store: Store, table: string, rows: readonly object[], sizes: readonly number[]): Promise<void> {
  for (let start = 0, i = 0; start < rows.length; i++) {
    const size = sizes[i % sizes.length] ?? rows.length;
    await insertRows(store, table, rows.slice(start, start + size));
    start += size;
  }
}

/** Tables that hold what is known: the log and each of its views. */
export const KEPT = ['events', 'dead_letters', 'document_lines', 'balances', 'master_records', 'handovers', 'links', 'link_steps', 'object_events', 'document_events', 'trace_events', 'case_postings', 'search_keys', 'event_keys', 'match_keys', 'facilities', 'reconciliation_totals'] as const;

/** Count and fingerprint of every table, whatever order its rows are in. */
export async function fingerprints(store: Store): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const table of KEPT) {
    const [row] = await store.select<{ n: number; hash: string }>(`SELECT count() AS n, toString(sum(toUInt128(sipHash64(tuple(*))))) AS hash FROM ${table} FINAL`);
    found[table] = `${row?.n}:${row?.hash}`;
  }
  return found;
}
