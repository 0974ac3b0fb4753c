import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Store } from '../../clickhouse/client';
import { refreshMatches } from '../../clickhouse/matches';
import { migrate } from '../../clickhouse/migrate';
import { logSeenUntil } from '../../clickhouse/queries/seen';
import { startEngine, type TestEngine } from '../support/engine';
import { everything, invoice, keep, order, receipt } from '../support/match';
import { through } from '../support/through';

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
  const shaken = through(store, async (name, run) => {
    if (!restarted && name === step) {
      restarted = true;
      ready = engine.kill().then(() => engine.restart());
      await ready;
    }
    return run();
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

it.each(['match_any', 'match_count', 'match_limits', 'match_totals', 'match_verdicts_gone'])('where %s fails the run ends when all it has begun has ended', async (step) => {
  const database = `ends_${step}`;
  await migrate({ url: engine.url, user: engine.user, password: engine.password, database });
  const store = engine.store(database);
  await keep(store, [order('O1', LINE), invoice('I1', 'O1', LINE)]);
  await refreshMatches(store, everything());
  await keep(store, [receipt('R1', 'O1', '10')]);
  let going = 0;
  const failing = through(store, async (name, run) => {
    if (name === step) throw new Error(`${step} is not to be had`);
    going++;
    return run().finally(() => going--);
  });
  await expect(refreshMatches(failing, everything())).rejects.toThrow(`${step} is not to be had`);
  expect(going).toBe(0);
  await refreshMatches(store, everything());
  expect(await verdicts(store)).toEqual([{ object_id: 'I1/1', verdict: 'MATCHED' }]);
}, 60_000);

it('what a run has dealt with is not worked out again by the next, and what comes after is', async () => {
  const database = 'dealt_with';
  await migrate({ url: engine.url, user: engine.user, password: engine.password, database });
  const store = engine.store(database);
  await keep(store, [order('O1', LINE)]);
  await refreshMatches(store, everything());
  const verdictOf = () => store.select<{ verdict: string; run: number }>("SELECT verdict, run FROM matched_invoice_lines FINAL WHERE NOT gone AND object_id = 'I1/1'");
  await keep(store, [invoice('I1', 'O1', LINE)]);
  await refreshMatches(store, everything());
  const [first] = await verdictOf();
  expect(first?.verdict).toBe('AWAITING_RECEIPT');
  // At once: what was touched is still within what is looked at once more.
  expect((await refreshMatches(store, everything()))?.orders ?? 0).toBe(0);
  expect(await verdictOf()).toEqual([first]);
  await keep(store, [receipt('R1', 'O1', '10')]);
  expect((await refreshMatches(store, everything()))?.orders).toBe(1);
  expect((await verdictOf())[0]?.verdict).toBe('MATCHED');
  // Another process knows nothing of what this one has dealt with.
  const another = engine.store(database);
  await keep(store, [receipt('R2', 'O1', '5')]);
  await refreshMatches(store, everything());
  const [over] = await verdictOf();
  await refreshMatches(another, everything());
  expect((await verdictOf())[0]?.verdict).toBe(over?.verdict);
}, 60_000);

it('what came while an insert was under way is worked out once more: not all that was said of it may have been seen', async () => {
  const database = 'under_way';
  await migrate({ url: engine.url, user: engine.user, password: engine.password, database });
  const store = engine.store(database);
  await keep(store, [order('O1', LINE), invoice('I1', 'O1', LINE)]);
  await refreshMatches(store, everything());
  const slow = store.command("INSERT INTO events SELECT * FROM events WHERE id = '' AND NOT ignore((SELECT sleep(3)), (SELECT sleep(2.9)))");
  let until = new Date();
  for (let now = until; now >= until; ) {
    await sleep(20);
    [now, until] = [(await store.select<{ now: number }>('SELECT toUnixTimestamp64Milli(now64(3)) - 200 AS now')).map((row) => new Date(row.now))[0] ?? now, await logSeenUntil(store)];
  }
  await store.command("INSERT INTO match_touched (touched_at, kind, id) SELECT {at:DateTime64(3, 'UTC')}, 'order', 'O1'", { at: new Date(until.getTime() - 20) });
  expect((await refreshMatches(store, everything()))?.orders).toBe(1);
  expect((await refreshMatches(store, everything()))?.orders).toBe(1);
  await slow;
  // The first that begins with none under way has seen all of it.
  await store.command("INSERT INTO match_touched (kind, id) VALUES ('order', 'O1')");
  expect((await refreshMatches(store, everything()))?.orders).toBe(1);
  expect((await refreshMatches(store, everything()))?.orders ?? 0).toBe(0);
}, 60_000);
