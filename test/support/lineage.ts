import { eventRow } from '../../ingest/listener/row';
import type { ContractEvent } from '../../ingest/contract/envelope';
import { insertRows, type Store } from '../../clickhouse/client';

/** Small chains written by hand, straight into the log as the listener would write them. */

export type Line = { id: string; [field: string]: unknown };

export interface Told {
  /** `order.created`, `receipt.confirmed`, …: the family is added. */
  what: string;
  document: string;
  /** RFC 3339. */
  at: string;
  lines?: Line[];
  facility?: string;
  source?: string;
  id?: string;
  revision?: number;
  currency?: string;
  /** Further fields of the data. */
  data?: Record<string, unknown>;
  /** Further attributes of the envelope. */
  envelope?: Record<string, unknown>;
}

const FAMILY: Record<string, string> = {
  case: 'clinical', usage: 'clinical', balance: 'inventory', threshold: 'inventory', replenishment: 'inventory', transfer: 'inventory',
  recall: 'inventory', requisition: 'procurement', order: 'procurement', shipment: 'procurement', receipt: 'procurement',
  invoice: 'finance', match: 'finance', posting: 'finance', payment: 'finance',
};

/** The contract event that `told` stands for; its id follows from what it says, so telling it twice is a duplicate. */
export function eventOf(told: Told): ContractEvent {
  const [document = ''] = told.what.split('.');
  return {
    specversion: '1.0',
    id: told.id ?? `${told.what}:${told.document}:${told.revision ?? 0}:${told.at}`,
    source: told.source ?? 'test/erp',
    type: `${FAMILY[document] ?? 'integration'}.${told.what}.v1`,
    time: told.at,
    ...told.envelope,
    data: {
      facility: told.facility ?? 'NORTH',
      document: { id: told.document, revision: told.revision ?? 0, currency: told.currency ?? 'USD' },
      ...(told.lines ? { lines: told.lines } : {}),
      ...told.data,
    },
  };
}

/** What was told, and when it was recorded in milliseconds since 1970. */
export interface Recorded {
  told: Told;
  recordedAt: number;
}

/** Writes events as one block, recorded a second after they happened. */
export function tell(store: Store, told: readonly Told[]): Promise<void> {
  return tellRecorded(store, told.map((each) => ({ told: each, recordedAt: Date.parse(each.at) + 1000 })));
}

/** Writes events as one block, recorded when it is said. Their place in the stream follows from that time alone. */
export async function tellRecorded(store: Store, recorded: readonly Recorded[]): Promise<void> {
  if (recorded.length === 0) return;
  const rows = recorded.map(({ told, recordedAt }) => {
    const event = eventOf(told);
    return eventRow(event, JSON.stringify(event), { stream: 'EVENTS', seq: recordedAt, subject: 'events.test', recordedAt }, [], '');
  });
  await insertRows(store, 'events', rows);
}

export const ref = (document: string, line?: string) => (line === undefined ? { document } : { document, line });
