import { availableParallelism, loadavg, totalmem } from 'node:os';
import { createStore, storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { refreshMatches, type MatchRules } from '../../clickhouse/matches';
import { refreshWholeDesk } from '../../server/desk/keep';
import { refreshExceptions } from '../../server/exceptions/keep';
import { refreshAllOpen } from '../../clickhouse/open-work';
import { facilitiesSeen } from '../../clickhouse/queries/span';
import { matchParams, matchRules } from '../../server/rules/match';
import { startEngine, type TestEngine } from '../support/engine';
import type { BenchOptions } from './args';
import { ask, merged, timings } from './asking';
import type { DeskSample } from './desk-questions';
import { LOAD_UNTIL, percentile, round } from './load';
import { timeEffects } from './match-effect';
import { fillOrders } from './match-fill';
import { MemoryWatch } from './processes';

/** What a change of rules, an event's effect and a page are held to. */
const RULES_SECONDS = 10;
const EFFECT_MS = 1_000;
const PAGE_MS = 300;
const RUNS = 20;
const EFFECTS = 40;
const PAGES = '^(list )?(receipts|invoices|orders|exceptions|reconciliation|quality|cases)\\.';

/**
 * Fills the log to about `--events` order lines with their receipts and invoices, has all of them matched, then times what
 * a change of rules costs, how long after its publishing an invoice's verdict can be read, and the desk's pages.
 */
export async function benchMatch(options: BenchOptions): Promise<Record<string, unknown>> {
  const [loadBefore = 0] = loadavg();
  const say = (line: string) => console.error(line);
  const engine = await startEngine(options.data ? { folder: options.data } : {});
  const config = storeConfig({ ...process.env, ...engine.env });
  await migrate(config);
  const store = createStore(config);
  const began = performance.now();
  await fillOrders(store, options.events, options.seed, say);
  const fillSeconds = (performance.now() - began) / 1000;
  await merged(store);

  const memory = new MemoryWatch({ engine: engine.pid });
  // As the keeper has them: with others it would match everything anew.
  const zones = Object.fromEntries((await facilitiesSeen(store)).map(({ id, zone }) => [id, zone || 'UTC']));
  const rules = (stated: Record<string, unknown> = {}): MatchRules => ({ ...matchParams(matchRules.parse(stated)), zones, zone: 'UTC' });
  const run = async (what: string, stated: Record<string, unknown>, full = false): Promise<number> => {
    const done = await refreshMatches(store, rules(stated), { full });
    if (!done) throw new Error(`${what}: there was nothing to do`);
    say(`${what}: ${done.tookMs} ms`);
    return done.tookMs / 1000;
  };
  const fullSeconds = await run('all matched', {}, true);
  const counts = await countsOf(store);
  await merged(store);
  const rulesChangeSeconds = await run('other limits', { price_upper: { percent: '1', absolute: '2.50' } });
  // Half a year before the end: every line gets a second verdict, and of the later ones the new one is in force.
  const secondVerdictSeconds = await run('a second version', { price_upper: { percent: '1', absolute: '2.50' }, versions: [{ from: '2025-10-01', quantity: { percent: '1' } }] });
  await run('the first rules again', {});
  const memoryPeaks = memory.stop();
  const deskSeconds = await took(() => refreshWholeDesk(store, 'UTC', { full: true }));
  const openSeconds = await took(() => refreshAllOpen(store, { full: true }));
  const exceptionsSeconds = await took(() => refreshExceptions(store));
  say(`what the desk shows: ${deskSeconds} s; what stands open: ${openSeconds} s; exceptions: ${exceptionsSeconds} s`);
  await merged(store);

  const effects = await timeEffects(engine, store, EFFECTS, say);
  const failed: string[] = [];
  const desk = await sampleOf(store);
  await store.close();
  const queries = timings(await ask(engine.env, { of: 'views', to: new Date(LOAD_UNTIL).toISOString(), line: counts.line, desk }, { way: 'warm', when: 'warm', runs: RUNS, only: options.only || PAGES, failed, say }));
  await end(engine, options);
  const { line: _line, ...lines } = counts;
  const effectP95Ms = Math.round(percentile(effects, 0.95));
  return {
    bench: 'match', ...lines, fillSeconds: round(fillSeconds), fullSeconds: round(fullSeconds), rulesChangeSeconds: round(rulesChangeSeconds), secondVerdictSeconds: round(secondVerdictSeconds), deskSeconds, openSeconds, exceptionsSeconds,
    effectP50Ms: Math.round(percentile(effects, 0.5)), effectP95Ms, effects: effects.length, queries, failed, engineRssMiB: Math.round(memoryPeaks.engine ?? 0),
    cores: availableParallelism(), memoryMiB: Math.round(totalmem() / 2 ** 20), loadAverageBefore: round(loadBefore),
    bars: { rules: rulesChangeSeconds <= RULES_SECONDS, effect: effectP95Ms <= EFFECT_MS, pages: failed.length === 0 && Object.values(queries).every(({ p95Ms }) => p95Ms <= PAGE_MS) },
  };
}

async function countsOf(store: Store) {
  const [row] = await store.select<{ orderLines: number; receiptLines: number; invoiceLines: number; line: string }>(
    `SELECT countIf(known) AS orderLines, sum(length(r)) AS receiptLines, sum(length(i)) AS invoiceLines,
      anyIf(concat(order_id, '/', order_line), known AND notEmpty(i) AND notEmpty(r)) AS line FROM matched_order_lines FINAL WHERE NOT gone`);
  if (!row || row.line === '') throw new Error('the log holds no order line with receipt and invoice');
  return row;
}

/** Seconds that it took. */
async function took(what: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await what();
  return round((performance.now() - began) / 1000);
}

async function sampleOf(store: Store): Promise<DeskSample> {
  const [row] = await store.select<{ supplier: string; item: string; facility: string; invoiceLine: string }>(
    'SELECT supplier, item, facility, object_id AS invoiceLine FROM matched_invoice_lines FINAL WHERE NOT gone AND time < {until:DateTime64(3, \'UTC\')} ORDER BY time DESC LIMIT 1', { until: new Date(LOAD_UNTIL) });
  // Of somebody who is owed a message: that a receipt waits.
  const [waiting] = await store.select<{ supplier: string }>('SELECT supplier FROM open_receipts FINAL WHERE NOT gone AND state = \'open\' GROUP BY supplier ORDER BY count() DESC LIMIT 1');
  if (!row || !waiting) throw new Error('the log holds no invoice line, or no receipt that waits for one');
  return { ...row, messageTo: waiting.supplier };
}

async function end(engine: TestEngine, { data }: BenchOptions): Promise<void> {
  if (data) console.error(`the data stays in ${data}`);
  await engine.stop();
}
