import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Store } from '../../clickhouse/client';
import { refreshMatches } from '../../clickhouse/matches';
import { migrate } from '../../clickhouse/migrate';
import { startEngine, type TestEngine } from '../support/engine';
import { everything, invoice, keep, order, receipt } from '../support/match';

/** A run of the match whose store is killed and started again at any of its steps says so, and the next one makes up for it. */

let engine: TestEngine;
beforeAll(async () => {
  engine = await startEngine();
}, 60_000);
afterAll(() => engine.stop());

const LINE = { quantity: '10', uom: 'EA', price: '100.00' };
const verdicts = (store: Store) => store.select<{ object_id: string; verdict: string }>('SELECT object_id, verdict FROM matched_invoice_lines FINAL WHERE NOT gone ORDER BY object_id');

it.each(['match_count', 'match_documents', 'match_stated', 'match_write_totals', 'match_judged', 'match_totals_gone', 'match_mark'])('before %s', async (step) => {
  const database = `restart_${step}`;
  await migrate({ url: engine.url, user: engine.user, password: engine.password, database });
  const store = engine.store(database);
  await keep(store, [order('O1', LINE), invoice('I1', 'O1', LINE)]);
  await refreshMatches(store, everything());
  expect(await verdicts(store)).toEqual([{ object_id: 'I1/1', verdict: 'AWAITING_RECEIPT' }]);
  await keep(store, [receipt('R1', 'O1', '10'), invoice('I2', 'O1', { ...LINE, price: '200' }, { on: '2026-03-12' })]);
  let restarted = false;
  let ready = Promise.resolve();
  const shaken = new Proxy(store, {
    get(target, key) {
      if (key !== 'command' && key !== 'select') return Reflect.get(target, key) as unknown;
      return async (...given: Parameters<Store['command']>) => {
        if (!restarted && given[2]?.name === step) {
          restarted = true;
          ready = engine.kill().then(() => engine.restart());
          await ready;
        }
        return target[key](...given);
      };
    },
  });
  await expect(refreshMatches(shaken, everything())).rejects.toThrow();
  expect(restarted).toBe(true);
  await ready;
  await refreshMatches(store, everything());
  expect(await verdicts(store)).toEqual([{ object_id: 'I1/1', verdict: 'MATCHED' }, { object_id: 'I2/1', verdict: 'QTY_OVER_RECEIPT' }]);
  // Tables of work stay for the next run, and are empty; those of the run that broke off are gone.
  const left = await store.select<{ name: string; rows: number }>("SELECT name, total_rows AS rows FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'match_work')");
  expect(left.filter(({ rows }) => rows > 0)).toEqual([]);
  expect(new Set(left.map(({ name }) => name.split('_stays_')[0])).size).toBe(1);
}, 120_000);
