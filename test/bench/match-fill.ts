import type { Store } from '../../clickhouse/client';
import { fillLog } from './fill';

/** Events that come from the simulator through the listener's own decoder: places and items, usage and balances too. */
const BASE = 30_000;
/** What is copied of them: only what the match and its pages read. */
const MATCHED = "('order', 'receipt', 'invoice', 'match')";

/** Fills the log to about `orderLines` order lines with their receipts and invoices, the simulator's true mix; no run of the match is made. */
export async function fillOrders(store: Store, orderLines: number, seed: string, say: (line: string) => void): Promise<number> {
  const nothing = () => Promise.resolve();
  await fillLog(store, BASE, seed, say, BASE, nothing);
  await store.command(`ALTER TABLE bench_base DELETE WHERE document_type NOT IN ${MATCHED}`, {}, { settings: { mutations_sync: '2' } });
  const [base] = await store.select<{ events: number; lines: number }>("SELECT count() AS events, (SELECT uniqExact(document_id, line_id) FROM document_lines WHERE document_type = 'order' AND aspect = 'created' AND line_id != '' AND NOT match(document_id, '^c[0-9]+-')) AS lines FROM bench_base");
  if (!base || base.lines === 0) throw new Error('the simulator gave no order lines');
  const copies = Math.ceil(orderLines / base.lines) - 1;
  await fillLog(store, BASE + copies * base.events, seed, say, BASE, nothing);
  const [filled] = await store.select<{ lines: number }>("SELECT uniq(document_id, line_id) AS lines FROM document_lines WHERE document_type = 'order' AND aspect = 'created' AND line_id != ''");
  return filled?.lines ?? 0;
}
