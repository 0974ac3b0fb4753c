import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { EVER } from '../../clickhouse/queries/lineage';
import { createSimulation } from '../../ingest/simulator/simulation';
import { eventsOf } from '../../server/lineage/events';
import { Links, type LinksWanted } from '../../server/lineage/links';
import type { ObjectRef } from '../../server/lineage/objects';
import { search } from '../../server/lineage/search';
import { chainOf, type WalkLimits } from '../../server/lineage/walk';
import { startEngine, type TestEngine } from '../support/engine';
import { ref, tell } from '../support/lineage';
import { decoded, incoming, insertInBatches } from '../support/record';

/** What a chain is read from in narrow columns is what the tables say that hold everything: links a hop at a time, events in the log. */

class HopByHop extends Links {
  override ahead(): Promise<void> {
    return Promise.resolve();
  }
}

const UNTIL = Date.parse('2026-03-16T12:00:00Z');
let engine: TestEngine;
let store: Store;

beforeAll(async () => {
  engine = await startEngine();
  await migrate({ url: engine.url, user: engine.user, password: engine.password, database: 'test' });
  store = engine.store();
  const simulation = createSimulation({ seed: '5', days: 10, until: UNTIL, facilities: 2, volume: 0.5, truth: false });
  const { events } = await decoded([...simulation.messages()].map((message, index) => incoming(message, index + 1, message.publishAt)));
  await insertInBatches(store, 'events', events, [20_000]);
}, 120_000);
afterAll(() => engine.stop());

async function bothWays(seed: ObjectRef, wanted?: LinksWanted, limits?: WalkLimits) {
  const [ahead, hops] = await Promise.all([chainOf(new Links(store, wanted), seed, limits), chainOf(new HopByHop(store, wanted), seed, limits)]);
  const shape = (chain: typeof ahead) => ({ nodes: [...chain.nodes.keys()].sort(), edges: [...chain.edges].sort(), up: [...chain.up].sort(), down: [...chain.down].sort(), more: chain.more, wholes: chain.wholes });
  expect(shape(ahead), `${seed.type} ${seed.id}`).toEqual(shape(hops));
  return ahead;
}

it('for lines of every kind, whatever was known', async () => {
  const seeds = await store.select<{ type: string; id: string }>("SELECT node_type AS type, node_id AS id FROM links WHERE node_type NOT IN ('item', 'lot', 'location', 'supplier', 'case') GROUP BY type, id ORDER BY cityHash64(type, id) LIMIT 8 BY type");
  expect(new Set(seeds.map(({ type }) => type)).size).toBeGreaterThan(8);
  let nodes = 0;
  for (const seed of seeds) nodes += (await bothWays(seed)).nodes.size;
  expect(nodes).toBeGreaterThan(seeds.length * 2);
  for (const seed of seeds.slice(0, 20)) await bothWays(seed, { knownAt: new Date(UNTIL - 5 * 86_400_000) });
}, 120_000);

it('with a limit, for what goes round in a circle, and for what nobody knows', async () => {
  const parts = Array.from({ length: 40 }, (_, i) => ({ what: 'receipt.confirmed', document: `WIDE-GR-${i}`, at: '2026-03-02T08:00:00Z', lines: [{ id: '1', order: ref('WIDE', '1'), quantity: '1', uom: 'EA' }] }));
  await tell(store, [{ what: 'order.created', document: 'WIDE', at: '2026-03-01T08:00:00Z', lines: [{ id: '1', item: 'I', quantity: '40', uom: 'EA' }] }, ...parts]);
  const cut = await bothWays({ type: 'order-line', id: 'WIDE/1' }, undefined, { hops: 16, nodes: 15 });
  expect(cut.nodes.size).toBe(15);
  expect(cut.more).toBeGreaterThan(0);

  const credit = (document: string, of: string) => ({ what: 'invoice.credited', document, at: '2026-03-03T08:00:00Z', data: { creditOf: 'quantity' }, lines: [{ id: '1', invoice: ref(of, '1'), quantity: '1', uom: 'EA' }] });
  await tell(store, [credit('ROUND-A', 'ROUND-B'), credit('ROUND-B', 'ROUND-A')]);
  expect((await bothWays({ type: 'invoice-line', id: 'ROUND-A/1' })).nodes.size).toBeGreaterThanOrEqual(2);
  expect((await bothWays({ type: 'order-line', id: 'NOBODY/1' })).nodes.size).toBe(1);
}, 60_000);

it('events are the same from their heads as from the log, and a copy that came later says nothing', async () => {
  const keys = await store.select<{ type: string; id: string }>("SELECT object_type AS type, object_id AS id FROM object_events WHERE object_type NOT IN ('item', 'lot', 'location', 'supplier', 'case') GROUP BY type, id ORDER BY cityHash64(type, id) LIMIT 12 BY type");
  const asked = { types: keys.map(({ type }) => type), ids: keys.map(({ id }) => id), document_types: keys.map(({ type }) => type.replace('-line', '')), document_ids: keys.map(({ id }) => id.slice(0, id.lastIndexOf('/'))), most: 5_000 };
  const before = await eventsOf(store, asked);
  expect(before.length).toBeGreaterThan(keys.length);
  expect(new Set(before.map(({ outcome }) => outcome)).size).toBeGreaterThan(1);
  expect(before.some(({ latency_ms }) => latency_ms === null) && before.some(({ latency_ms }) => latency_ms !== null) && before.some(({ error_message }) => error_message !== '')).toBe(true);
  const sorted = (events: typeof before) => [...events].sort((a, b) => (a.event_key < b.event_key ? -1 : 1));
  expect(sorted(before)).toEqual(sorted(await eventsOf(store, { ...asked, knownAt: EVER })));
  expect(before.map(({ time }) => time)).toEqual(before.map(({ time }) => time).sort());

  await store.command("INSERT INTO events SELECT * REPLACE (recorded_at + INTERVAL 1 HOUR AS recorded_at, recorded_rank - 15099494400000000 AS recorded_rank, stream_seq + 1000000 AS stream_seq) FROM events WHERE notEmpty(`objects.id`)");
  expect(await eventsOf(store, asked)).toEqual(before);
  const newest = await eventsOf(store, { ...asked, most: 10 });
  expect(newest.map(({ time }) => time)).toEqual(before.slice(-10).map(({ time }) => time));
}, 120_000);

it('a trace leads to every line that its events speak of, where the asker may look', async () => {
  const [trace] = await store.select<{ id: string; facilities: string[]; lines: string[] }>(`
    SELECT substring(traceparent, 4, 32) AS id, groupUniqArray(toString(facility)) AS facilities, groupUniqArrayArray(arrayMap(line -> concat(document_id, '/', line), arrayFilter(line -> line != '', \`lines.id\`))) AS lines
    FROM (SELECT * FROM events FINAL) WHERE traceparent != '' AND document_type IN ('usage', 'requisition', 'order', 'receipt', 'invoice', 'shipment', 'posting') GROUP BY id HAVING length(lines) BETWEEN 3 AND 8 AND length(facilities) = 1 ORDER BY id LIMIT 1`);
  if (!trace) throw new Error('the simulation has no such trace');
  const { hits } = await search(store, trace.id.toUpperCase(), []);
  const traced = hits.filter(({ by }) => by === 'trace id').map(({ id }) => id);
  for (const line of trace.lines) expect(traced).toContain(line);
  expect((await search(store, `00-${trace.id}-0000000000000001-01`, trace.facilities)).hits.length).toBeGreaterThan(0);
  expect((await search(store, trace.id, ['ELSEWHERE'])).hits).toEqual([]);
  expect((await search(store, trace.id.split('').reverse().join(''), [])).hits).toEqual([]);
}, 60_000);
