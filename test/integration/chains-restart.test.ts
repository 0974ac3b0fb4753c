import { afterAll, beforeAll, expect, it } from 'vitest';
import { refreshChains } from '../../clickhouse/chains';
import type { Store } from '../../clickhouse/client';
import { dropLeftBehind, workTable } from '../../clickhouse/left-behind';
import { migrate } from '../../clickhouse/migrate';
import { startEngine, type TestEngine } from '../support/engine';
import { ref, tell, type Told } from '../support/lineage';
import { through } from '../support/through';

/** A run of the chains whose store is killed and started again at any of its steps says so, and the next one makes up for it. */

let engine: TestEngine;
beforeAll(async () => {
  engine = await startEngine();
}, 60_000);
afterAll(() => engine.stop());

const STORY: Told[] = [
  { what: 'order.created', document: 'O1', at: '2026-03-01T10:00:00Z', lines: [{ id: '1', item: 'I1', quantity: '1', uom: 'EA', price: '10', flowType: 'three-way' }] },
  { what: 'usage.recorded', document: 'U1', at: '2026-03-01T08:00:00Z', lines: [{ id: '1', item: 'I1', quantity: '1', uom: 'EA', flowType: 'stock', location: 'OR' }] },
  { what: 'receipt.confirmed', document: 'R1', at: '2026-03-02T10:00:00Z', lines: [{ id: '1', order: ref('O1', '1'), quantity: '1', uom: 'EA' }] },
];
const kept = (store: Store) => store.select<{ id: string; receipt: string }>('SELECT id, receipt FROM chains FINAL WHERE NOT gone ORDER BY id');

it.each(['chains_anchors', 'chains_lot', 'chains_belongings', 'chains_facts', 'chains_gone'])('before %s', async (step) => {
  const database = `restart_${step}`;
  await migrate({ url: engine.url, user: engine.user, password: engine.password, database });
  const store = engine.store(database);
  await tell(store, STORY.slice(0, 1));
  await refreshChains(store);
  await tell(store, STORY.slice(1));
  let restarted = false;
  const shaken = through(store, async (name, run) => {
    if (!restarted && name === step) {
      restarted = true;
      await engine.kill();
      await engine.restart();
    }
    return run();
  });
  await expect(refreshChains(shaken)).rejects.toThrow(/restarted|unavailable|answer/i);
  expect(restarted).toBe(true);
  await refreshChains(store);
  expect(await kept(store)).toEqual([{ id: 'O1/1', receipt: 'present' }, { id: 'U1/1', receipt: 'none' }]);
  expect(await store.select("SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'chain_work')")).toEqual([]);
}, 120_000);

it('tables of work of runs that died hours ago are taken away, and no others', async () => {
  const store = engine.store();
  const hour = 3_600_000;
  const died = [workTable('chain', Date.now() - 2 * hour), workTable('chain', Date.now() - 2 * hour, '_lot'), workTable('match', Date.now() - 3 * hour, '_stays_scope')];
  const others = [workTable('chain', Date.now()), workTable('match', Date.now() - hour / 2, '_stays_scope'), 'network_1', 'chain_works_1'];
  for (const name of [...died, ...others]) await store.command(`CREATE TABLE ${name} (id String) ENGINE = Memory`);
  await dropLeftBehind(store);
  const left = await store.select<{ name: string }>("SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'Memory'");
  expect(left.map(({ name }) => name).sort()).toEqual(others.sort());
});
