import { afterAll, beforeAll, expect, it } from 'vitest';
import { createStore, storeConfig, type Store } from '../../clickhouse/client';
import { refreshChains } from '../../clickhouse/chains';
import { refreshInference } from '../../clickhouse/inference';
import { migrate } from '../../clickhouse/migrate';
import { createSimulation } from '../../ingest/simulator/simulation';
import { startEngine, type TestEngine } from '../support/engine';
import { decoded, incoming, insertInBatches } from '../support/record';
import { readChain } from '../../server/lineage/chain';
import { objectView } from '../../server/lineage/object';
import { ref, tell } from '../support/lineage';

/** Inferred relations against what the simulator knows and no message states; and brought up in parts as well as at once. */

const UNTIL = Date.parse('2026-03-16T12:00:00Z');
let engine: TestEngine;
let databases = 0;
async function fresh(): Promise<Store> {
  const config = { ...storeConfig({ ...process.env, ...engine.env }), database: `inferred_${++databases}` };
  await migrate(config);
  return createStore(config);
}

interface Edge {
  edge: string;
  confidence: number;
  why: string;
}
const edges = (store: Store) => store.select<Edge>("SELECT concat(node_id, ' ', qualifier, ' ', peer_id) AS edge, confidence, why FROM inferred_links FINAL WHERE direction = 'down' AND NOT gone ORDER BY edge");
const twoSided = (store: Store) => store.select<{ n: number }>(`
  SELECT count() AS n FROM (SELECT upper, lower, sum(side) AS sides FROM (
    SELECT if(direction = 'down', node_id, peer_id) AS upper, if(direction = 'down', peer_id, node_id) AS lower, if(direction = 'down', 1, -1) AS side FROM inferred_links FINAL WHERE NOT gone)
  GROUP BY upper, lower HAVING sides != 0)`);
const catchUp = async (store: Store) => {
  for (let run = await refreshInference(store); run?.more; run = await refreshInference(store));
};

beforeAll(async () => {
  engine = await startEngine();
}, 60_000);
afterAll(() => engine.stop());

it('finds what the simulator knows and nobody says: at least 0.9 of what it infers is true, and it finds at least 0.8', async () => {
  const simulation = createSimulation({ seed: '31', days: 25, until: UNTIL, facilities: 2, volume: 0.5, truth: true });
  const rows = await decoded([...simulation.messages()].map((message, index) => incoming(message, index + 1, message.publishAt)));
  const [parts, whole] = [await fresh(), await fresh()];
  await insertInBatches(whole, 'events', rows.events, [20_000]);
  await refreshInference(whole);

  // In parts, late ones among them, with a run after each.
  const shuffled = rows.events.map((row, n) => ({ row, at: (n * 7919) % rows.events.length })).sort((a, b) => a.at - b.at).map(({ row }) => row);
  const third = Math.ceil(shuffled.length / 3);
  for (let i = 0; i < shuffled.length; i += third) {
    await insertInBatches(parts, 'events', shuffled.slice(i, i + third), [10_000]);
    await catchUp(parts);
  }
  const found = await edges(whole);
  expect(await edges(parts)).toEqual(found);
  expect(await twoSided(parts)).toEqual([{ n: 0 }]);

  const records = [...(simulation.truth?.records(UNTIL) ?? [])];
  const line = (record: (typeof records)[number]) => `${String(record.from)} ${String(record.qualifier)} ${String(record.to)}`;
  const known = new Set(records.filter(({ record }) => record === 'unstated-link').map(line));
  const stated = new Set(records.filter(({ record }) => record === 'link').map(line));
  const right = found.filter(({ edge }) => known.has(edge)).length;
  console.log(`inferred ${found.length}, of them true ${right}; true and not stated ${known.size}`);
  expect(known.size).toBeGreaterThan(100);
  expect(found.filter(({ edge }) => stated.has(edge))).toEqual([]);
  expect(right / found.length).toBeGreaterThanOrEqual(0.9);
  expect(right / known.size).toBeGreaterThanOrEqual(0.8);
  await Promise.all([parts.close(), whole.close()]);
}, 300_000);

it('a late usage changes the edges of one request, and a document that states them takes them away', async () => {
  const store = await fresh();
  const usage = (document: string, at: string) => ({ what: 'usage.recorded', document, at, lines: [{ id: '1', item: 'I1', quantity: '1', uom: 'EA', location: 'OR', flowType: 'stock' }] });
  const request = (document: string, at: string, more: Record<string, unknown> = {}) => ({ what: 'replenishment.requested', document, at, lines: [{ id: '1', item: 'I1', quantity: '2', uom: 'EA', location: 'OR', ...more }] });
  const list = async () => (await edges(store)).map(({ edge }) => edge);
  await tell(store, [usage('U1', '2026-03-01T08:00:00Z'), request('R1', '2026-03-02T08:00:00Z'), request('R2', '2026-03-04T08:00:00Z')]);
  await catchUp(store);
  expect(await list()).toEqual(['U1/1 triggers R1/1']);
  await tell(store, [usage('U2', '2026-03-03T08:00:00Z'), usage('U3', '2026-03-01T09:00:00Z')]);
  await catchUp(store);
  expect(await list()).toEqual(['U1/1 triggers R1/1', 'U2/1 triggers R2/1', 'U3/1 triggers R1/1']);
  // A request that was late stands between: what was R2's is its own now.
  await tell(store, [request('R15', '2026-03-03T12:00:00Z')]);
  await catchUp(store);
  expect(await list()).toEqual(['U1/1 triggers R1/1', 'U2/1 triggers R15/1', 'U3/1 triggers R1/1']);
  // A later request states what set it off.
  await tell(store, [request('R3', '2026-03-10T08:00:00Z', { triggeredBy: [ref('U3', '1')] })]);
  await catchUp(store);
  expect(await list()).toEqual(['U1/1 triggers R1/1', 'U2/1 triggers R15/1']);
  // Corrected to another item, it triggered nothing of this one.
  await tell(store, [{ ...usage('U2', '2026-03-03T08:00:00Z'), revision: 1, lines: [{ id: '1', item: 'I2', quantity: '1', uom: 'EA', location: 'OR', flowType: 'stock' }] }]);
  await catchUp(store);
  expect(await list()).toEqual(['U1/1 triggers R1/1']);
  expect(await twoSided(store)).toEqual([{ n: 0 }]);
  await store.close();
}, 120_000);

it('is walked and drawn only where somebody switched it on, and says by which rule and how sure', async () => {
  const store = await fresh();
  await tell(store, [
    { what: 'usage.recorded', document: 'U1', at: '2026-03-01T08:00:00Z', lines: [{ id: '1', item: 'I1', quantity: '1', uom: 'EA', location: 'OR', flowType: 'stock' }] },
    { what: 'replenishment.requested', document: 'R1', at: '2026-03-02T08:00:00Z', lines: [{ id: '1', item: 'I1', quantity: '1', uom: 'EA', location: 'OR' }] },
    { what: 'requisition.submitted', document: 'Q1', at: '2026-03-02T09:00:00Z', lines: [{ id: '1', item: 'I1', quantity: '1', uom: 'EA', location: 'OR', replenishment: ref('R1', '1') }] },
  ]);
  await catchUp(store);
  const shown = async (inferred: boolean) => {
    const view = await objectView(store, { type: 'usage', id: 'U1/1' }, [], { siblings: false, inferred });
    if (view.kind !== 'chain') throw new Error('the usage was not found');
    return { nodes: view.chain.nodes.map(({ key }) => key).sort(), edges: view.chain.edges.map(({ qualifier, inferred: by }) => ({ qualifier, rule: by?.rule ?? null, sure: by ? by.confidence > 0 && by.confidence < 1 : null })) };
  };
  expect(await shown(false)).toEqual({ nodes: ['usage U1/1'], edges: [] });
  const on = await shown(true);
  expect(on.nodes).toContain('replenishment-line R1/1');
  expect(on.edges).toContainEqual({ qualifier: 'triggers', rule: 'used since the last request', sure: true });
  await store.close();
}, 60_000);

it('counts in completeness where the rules say so: the kept chain and the one worked out anew agree, and it is taken back when it goes', async () => {
  const store = await fresh();
  const item = { item: 'I1', quantity: '2', uom: 'EA', location: 'OR' };
  const order = (document: string, more: Record<string, unknown> = {}) => ({ what: 'order.created', document, at: '2026-03-03T08:00:00Z', lines: [{ id: '1', ...item, price: '1', flowType: 'three-way', ...more }] });
  await tell(store, [{ what: 'requisition.submitted', document: 'Q1', at: '2026-03-02T08:00:00Z', lines: [{ id: '1', ...item }] }, order('O1')]);
  const states = async (inferredFrom: number | null, counted = inferredFrom !== null) => {
    for (let run = await refreshInference(store, { counted }); run?.more; run = await refreshInference(store, { counted }));
    for (let run = await refreshChains(store, { inferredFrom }); run?.more; run = await refreshChains(store, { inferredFrom }));
    const kept = await store.select<{ chain: string }>("SELECT concat(id, ' ', anchor, ' requisition ', requisition, ' order ', `order`) AS chain FROM chains FINAL WHERE NOT gone ORDER BY chain");
    const anew = new Set<string>();
    for (const seed of [{ type: 'order-line', id: 'O1/1' }, { type: 'requisition-line', id: 'Q1/1' }]) {
      const { verdicts } = await readChain(store, seed, { inferredFrom, anew: true, now: new Date('2026-03-03T09:00:00Z') });
      for (const { id, anchor, requisition, order: ordered } of verdicts) anew.add(`${id} ${anchor} requisition ${requisition} order ${ordered}`);
    }
    const chains = kept.map(({ chain }) => chain);
    // Whether a facility sends requisitions is judged when it is asked; what is kept says unknown.
    expect([...anew].map((chain) => chain.replace('requisition none order', 'requisition unknown order')).sort()).toEqual(chains);
    return chains;
  };
  const apart = ['O1/1 order-line requisition unknown order present', 'Q1/1 requisition-line requisition present order awaited'];
  expect(await states(null)).toEqual(apart);
  expect(await states(0.5)).toEqual(['O1/1 order-line requisition present order present']);
  expect(await states(1)).toEqual(apart);
  expect(await states(0.5)).toEqual(['O1/1 order-line requisition present order present']);
  // The order is changed to another item: nothing ties the two any more, and what is kept follows.
  await tell(store, [{ ...order('O1', { item: 'I2' }), what: 'order.changed', revision: 1, at: '2026-03-03T08:30:00Z' }]);
  expect(await states(0.5)).toEqual(apart);
  await store.close();
}, 120_000);
