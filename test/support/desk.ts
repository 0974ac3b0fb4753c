import { insertRows, type Store } from '../../clickhouse/client';
import type { ContractEvent } from '../../ingest/contract/envelope';
import { structured } from '../../ingest/contract/stream';
import { decoded } from './record';

/** Events by hand, through the listener's own decoder into the log. */

let sequence = 0;

/** An event of the contract; `at` is when it happened, and when it was recorded where nothing else is said. */
export function event(type: string, at: string, data: Record<string, unknown>, { source = 'erp', id }: { source?: string; id?: string } = {}): ContractEvent {
  return { specversion: '1.0', id: id ?? `e-${++sequence}`, source, type: `${type}.v1`, time: new Date(at).toISOString(), data };
}

/** Records events in one batch; throws where one is refused. Ops events are taken as they are. */
export async function record(store: Store, events: readonly ContractEvent[], recordedAt?: string): Promise<void> {
  const messages = events.map((one) => {
    const made = structured(one);
    return { stream: one.type.startsWith('ops.') ? 'OPS' : 'EVENTS', seq: ++sequence, subject: made.subject, recordedAt: Date.parse(recordedAt ?? one.time), headers: made.headers, data: new TextEncoder().encode(String(made.body)) };
  });
  const { events: rows, dead } = await decoded(messages);
  if (dead.length > 0) throw new Error(`refused: ${JSON.stringify(dead[0])}`);
  await insertRows(store, 'events', rows);
}

/** One attempt to hand a document over. */
export function handOver(type: string, at: string, document: string, over: { interface: string; source: string; target: string; facility: string; outcome?: string; lines?: Record<string, unknown>[]; attempt?: number; latencyMs?: number }): ContractEvent {
  const { source, outcome = 'succeeded', lines = [{ id: '1', item: 'ITEM', quantity: '1', uom: 'EA' }], ...head } = over;
  return event(type, at, {
    ...head, outcome, document: { id: document }, lines,
    ...(outcome === 'succeeded' ? {} : { error: { class: 'timeout', code: 'HTTP_504', message: 'no answer', retryable: true } }),
  }, { source });
}
