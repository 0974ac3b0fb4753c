import { createStore, storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { createCaller } from '../../server/routers/root';
import { LISTS } from '../../server/lists';
import { startEngine } from '../support/engine';
import { fillLog } from './fill';
import { percentile, round } from './load';

const RUNS = 7;
const TO = '2026-03-16T12:00:00Z';
/** Answers are kept this long for everyone who asks; a run that met them would time the memory. */
const KEPT_MS = 21_000;
const KEPT = new Set(['exceptions.summary', 'list exceptions.all', 'stockout.summary', 'list stockout.lines', 'sla.report plain', 'sla.report match']);

interface Timing {
  /** The first asking, with nothing remembered. */
  firstMs: number;
  p50Ms: number;
  p95Ms: number;
}

/** Every question of a page, asked as an administrator asks it, over the last 30 days of the log. */
function questions(store: Store, order: string): Record<string, () => Promise<unknown>> {
  const caller = createCaller({ store, viewer: { id: 'bench', name: 'bench', email: 'bench', role: 'administrator', facilities: null } });
  const filters = { from: new Date(Date.parse(TO) - 30 * 86_400_000).toISOString(), to: new Date(TO).toISOString() };
  const asked: Record<string, () => Promise<unknown>> = {
    'overview.perStep': () => caller.overview.perStep({ filters }),
    'overview.invoices': () => caller.overview.invoices({ filters }),
    'overview.completeness': () => caller.overview.completeness({ filters }),
    'throughput.activity': () => caller.throughput.activity({ filters }),
    'failures.board': () => caller.failures.board({ filters }),
    'lineage.flow': () => caller.lineage.flow({ filters }),
    'lineage.object (a chain)': () => caller.lineage.object({ type: 'order-line', id: order }),
    'lineage.search': () => caller.lineage.search({ q: order.slice(0, 8) }),
    'receipts.unmatched': () => caller.receipts.unmatched({ filters: { ...filters, range: 'all' } }),
    'invoices.mismatches': () => caller.invoices.mismatches({ filters }),
    'exceptions.summary': () => caller.exceptions.summary({ filters }),
    'stockout.summary': () => caller.stockout.summary({ filters }),
    'sla.report plain': () => caller.sla.report({ filters, part: 'plain' }),
    'sla.report match': () => caller.sla.report({ filters, part: 'match' }),
    'alerts.summary': () => caller.alerts.summary({ filters }),
  };
  const own: Record<string, object> = { 'lineage.objectEvents': { type: 'order-line', id: order } };
  for (const name of LISTS.keys()) asked[`list ${name}`] = () => caller.list.page({ list: name, input: { filters, ...own[name] }, page: 1, pageSize: 25, desc: false });
  return asked;
}

/**
 * Fills the log to `events` through the same tables and states as the listener's, and times each page's questions: the
 * first asking, and then warm. With `compare`, does the same at that size and gives the ratio of the medians.
 */
export async function benchViews(events: number, seed: string, compare?: number): Promise<Record<string, unknown>> {
  process.env.NEXTAUTH_SECRET ??= 'only-for-a-bench-that-signs-nobody-in';
  const first = await timesAt(events, seed);
  if (compare === undefined) return { bench: 'views', ...first };
  const second = await timesAt(compare, seed);
  const growth = Object.fromEntries(Object.entries(first.queries).map(([name, { p50Ms }]) => [name, round((second.queries[name]?.p50Ms ?? NaN) / p50Ms, 2)]));
  return { bench: 'views', ...first, compared: second, growth };
}

async function timesAt(wanted: number, seed: string) {
  const engine = await startEngine();
  const config = storeConfig({ ...process.env, ...engine.env });
  await migrate(config);
  const store = createStore(config);
  const { events, seconds, matchSeconds } = await fillLog(store, wanted, seed, (line) => console.error(line));
  const [size] = await store.select<{ bytes: number }>('SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = currentDatabase()');
  const [chain] = await store.select<{ id: string }>("SELECT object_id AS id FROM document_lines WHERE document_type = 'invoice' AND aspect = 'received' AND order_id != '' ORDER BY object_id LIMIT 1");
  const [line] = await store.select<{ id: string }>("SELECT concat(order_id, '/', order_line) AS id FROM document_lines WHERE object_id = {id:String} AND document_type = 'invoice' LIMIT 1", { id: chain?.id ?? '' });
  const queries: Record<string, Timing> = {};
  const failed: string[] = [];
  for (const [name, ask] of Object.entries(questions(store, line?.id ?? 'none'))) {
    try {
      const timed = async () => {
        const began = performance.now();
        await ask();
        return performance.now() - began;
      };
      const firstMs = Math.round(await timed());
      const times: number[] = [];
      for (let run = 0; run < (KEPT.has(name) ? 2 : RUNS); run++) {
        if (KEPT.has(name)) await new Promise((resolve) => setTimeout(resolve, KEPT_MS));
        times.push(await timed());
      }
      queries[name] = { firstMs, p50Ms: Math.round(percentile(times, 0.5)), p95Ms: Math.round(percentile(times, 0.95)) };
    } catch (error) {
      failed.push(`${name}: ${error instanceof Error ? error.message.slice(0, 120) : String(error)}`);
    }
    console.error(`${name} ${JSON.stringify(queries[name] ?? 'failed')}`);
  }
  await store.close();
  await engine.stop();
  const slow = Object.entries(queries).filter(([, { p95Ms }]) => p95Ms > 300).map(([name]) => name);
  return { events, fillSeconds: round(seconds), matchSeconds: round(matchSeconds), bytesPerEvent: Math.round(Number(size?.bytes ?? 0) / events), over300Ms: slow, queries, failed };
}
