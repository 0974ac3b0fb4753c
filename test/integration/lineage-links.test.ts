import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { EVER } from '../../clickhouse/queries/lineage';
import { lineageFactsAsOf } from '../../clickhouse/queries/lineage-as-of';
import { createSimulation } from '../../ingest/simulator/simulation';
import { ChainEvents, eventsOfDocument } from '../../server/lineage/events';
import { Links, type LinksWanted } from '../../server/lineage/links';
import { factsOfDocument, factsOfLines } from '../../server/lineage/lines';
import { documentObject, documentTypeOf, lineOf, type ObjectRef } from '../../server/lineage/objects';
import { search } from '../../server/lineage/search';
import { chainOf, type WalkLimits } from '../../server/lineage/walk';
import { startEngine, type TestEngine } from '../support/engine';
import { ref, tell } from '../support/lineage';
import { decoded, incoming, insertInBatches } from '../support/record';

/** What a chain is read from in narrow columns is what the tables say that hold everything: links a hop at a time, lines in their columns, events in the log. */

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

it('lines are the same from their heads as from their columns', async () => {
  await tell(store, [{ what: 'invoice.received', document: 'TAXED', at: '2026-03-02T08:00:00Z', data: { tax: '8.25', freight: '12' }, lines: [{ id: '1', quantity: '1', uom: 'EA', price: '100', amount: '100' }] }]);
  const lines = await store.select<{ type: string; document: string; line: string }>("SELECT document_type AS type, document_id AS document, line_id AS line FROM document_lines GROUP BY type, document, line ORDER BY document = 'TAXED' DESC, cityHash64(type, document, line) LIMIT 60 BY type");
  const from = await factsOfLines(store, lines);
  const columns = await lineageFactsAsOf(store, { types: lines.map(({ type }) => type), documents: lines.map(({ document }) => document), lines: lines.map(({ line }) => line), known_at: EVER });
  const sorted = (facts: typeof from) => [...facts].sort((a, b) => (JSON.stringify([a.document_type, a.document_id, a.line_id, a.aspect]) < JSON.stringify([b.document_type, b.document_id, b.line_id, b.aspect]) ? -1 : 1));
  expect(sorted(from)).toEqual(sorted(columns));
  // Every column that may be empty is met both ways, or nothing was compared.
  for (const column of ['due_date', 'header_tax', 'header_freight', 'quantity', 'price', 'amount', 'due_at'] as const) expect([column, new Set(from.map((fact) => fact[column] === null)).size]).toEqual([column, 2]);

  const document = columns.find(({ document_type, line_id }) => document_type === 'invoice' && line_id !== '');
  expect(document).toBeDefined();
  if (!document) return;
  const whole = await factsOfDocument(store, { type: 'invoice', id: document.document_id, most: 1_000 });
  expect(whole.filter(({ line_id }) => line_id === document.line_id)).toContainEqual(document);
  expect(whole.map(({ line_id }) => line_id)).toEqual(whole.map(({ line_id }) => line_id).sort());
}, 60_000);

/** Events that touch a line, or speak of its document as a whole, by the objects that the log says they touch. */
async function eventsInLog(refs: readonly ObjectRef[]) {
  const lines = refs.filter((ref) => lineOf(ref) !== undefined);
  const wholes = refs.map(({ type, id }) => (lineOf({ type, id }) ? { type: documentObject(documentTypeOf(type) ?? ''), id: id.slice(0, id.lastIndexOf('/')) } : { type, id }));
  return store.select<Record<string, unknown>>(
    `SELECT document_type, document_id, time, toString(event_key) AS event_key, recorded_at, \`lines.id\` AS lines, id, type, action, source, facility, interface, pattern, target, outcome, attempt, latency_ms,
       error_class, error_code, error_message, revision, replay_of, stream_seq
     FROM events WHERE (time, event_key) IN (
       SELECT time, event_key FROM object_events WHERE (object_type, object_id) IN arrayZip({types:Array(String)}, {ids:Array(String)})
         OR ((object_type, object_id) IN arrayZip({whole_types:Array(String)}, {whole_ids:Array(String)}) AND whole))
     ORDER BY stream_seq, recorded_at LIMIT 1 BY events.event_key`,
    { types: lines.map(({ type }) => type), ids: lines.map(({ id }) => id), whole_types: wholes.map(({ type }) => type), whole_ids: wholes.map(({ id }) => id) });
}

it('events are the same from their heads as from the log, asked for at once or ahead, and a copy that came later says nothing', async () => {
  const refs = await store.select<{ type: string; id: string }>("SELECT object_type AS type, object_id AS id FROM object_events WHERE object_type NOT IN ('item', 'lot', 'location', 'supplier', 'case', 'contract', 'costcenter', 'uom', 'fxrate', 'schedule') GROUP BY type, id ORDER BY cityHash64(type, id) LIMIT 60 BY type");
  const before = await new ChainEvents(store, 5_000, undefined).of(refs);
  expect(before.length).toBeGreaterThan(200);
  expect(new Set(before.map(({ outcome }) => outcome)).size).toBeGreaterThan(1);
  expect(before.some(({ latency_ms }) => latency_ms === null) && before.some(({ latency_ms }) => latency_ms !== null) && before.some(({ error_message }) => error_message !== '')).toBe(true);
  const sorted = (events: readonly Record<string, unknown>[]) => [...events].sort((a, b) => (String(a.event_key) < String(b.event_key) ? -1 : 1));
  expect(sorted(before)).toEqual(sorted(await eventsInLog(refs)));
  expect(before.map(({ time }) => time)).toEqual(before.map(({ time }) => time).sort());

  // Asked for ahead with others, whose events are not among those of these.
  const ahead = new ChainEvents(store, 5_000, undefined);
  ahead.ask(refs.slice(20));
  ahead.ask(refs);
  expect(await ahead.of(refs)).toEqual(before);
  expect(sorted(await ahead.of(refs.slice(0, 30)))).toEqual(sorted(await eventsInLog(refs.slice(0, 30))));
  const invoice = refs.find(({ type }) => type === 'invoice');
  expect(sorted(await eventsOfDocument(store, { type: 'invoice', id: invoice?.id ?? '', most: 500 }))).toEqual(sorted(await eventsInLog(await store.select<ObjectRef>(
    "SELECT DISTINCT object_type AS type, object_id AS id FROM object_events WHERE object_type IN ('invoice', 'invoice-line') AND (object_id = {id:String} OR startsWith(object_id, concat({id:String}, '/')))", { id: invoice?.id ?? '' }))));

  const half = new Date(before[Math.floor(before.length / 2)]?.recorded_at ?? 0);
  expect(sorted(await new ChainEvents(store, 5_000, half).of(refs))).toEqual(sorted(before.filter(({ recorded_at }) => recorded_at <= half.toISOString())));

  await store.command("INSERT INTO events SELECT * REPLACE (recorded_at + INTERVAL 1 HOUR AS recorded_at, recorded_rank - 15099494400000000 AS recorded_rank, stream_seq + 1000000 AS stream_seq) FROM events WHERE notEmpty(`objects.id`)");
  expect(await new ChainEvents(store, 5_000, undefined).of(refs)).toEqual(before);
  const newest = await new ChainEvents(store, 10, undefined).of(refs);
  expect(newest.map(({ time }) => time)).toEqual(before.slice(-10).map(({ time }) => time));
}, 60_000);

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
