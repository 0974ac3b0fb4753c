import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createStore, storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import type { Incoming } from '../../ingest/listener/decode';
import type { EventRow } from '../../ingest/listener/row';
import { message, type SimEvent, type SimMessage } from '../../ingest/simulator/outbox';
import { createSimulation } from '../../ingest/simulator/simulation';
import { differences, tablesOf } from '../chaos/compare';
import { startEngine, type TestEngine } from '../support/engine';
import { BROUGHT_UP, keepExceptions, keepUp } from '../support/kept';
import { decoded, incoming, insertInBatches, KEPT } from '../support/record';

/** Every view is a function of the distinct events: not of their order, of duplicates, of batches, nor of when views were brought up to the log between them. */

let engine: TestEngine;
/** Clocks of exceptions are read at this moment. */
const NOW = new Date('2026-03-25T12:00:00Z');
let clean: { events: EventRow[]; dead: object[] };
/** Without the further attempts and targets. */
let facts: { events: EventRow[] };
let reference: Store;

let databases = 0;
async function freshDatabase(): Promise<Store> {
  const config = { ...storeConfig({ ...process.env, ...engine.env }), database: `run_${++databases}` };
  await migrate(config);
  return createStore(config);
}

/** A piece of the network, and its messages brought to further targets, in more attempts. */
function messages(): { plain: Incoming[]; all: Incoming[] } {
  const simulation = createSimulation({ seed: '7', days: 6, until: Date.parse('2026-03-16T12:00:00Z'), facilities: 1, volume: 0.4, truth: false });
  const plain: SimMessage[] = [...simulation.messages()];
  const more = plain.flatMap(({ event, publishAt }, n) => (event && n % 3 === 0 ? attempts(event, n).map((each, i) => message(each, publishAt + i)) : []));
  const numbered = (list: readonly SimMessage[]) => list.map((each, index) => incoming(each, index + 1, each.publishAt));
  return { plain: numbered(plain), all: numbered([...plain, ...more]) };
}

function attempts(event: SimEvent, n: number): SimEvent[] {
  const { error: _, ...data } = event.data;
  const another = { ...event, id: `${event.id}-t2`, data: { ...data, target: 'warehouse', attempt: 1, outcome: 'succeeded' } };
  const failed = { ...event, id: `${event.id}-a8`, data: { ...data, attempt: 8, outcome: 'failed', latencyMs: 30_000, error: { class: 'timeout', message: `no answer from host ${n} after 30 s`, retryable: true } } };
  // A later attempt speaks of the same fact, at a later time.
  const later = { ...event, id: `${event.id}-a9`, time: new Date(Date.parse(event.time) + 60_000).toISOString(), data: { ...data, attempt: 9, outcome: 'succeeded' } };
  return n % 2 === 0 ? [another, failed, later] : [failed];
}

beforeAll(async () => {
  engine = await startEngine();
  const { plain, all } = messages();
  [clean, facts] = await Promise.all([decoded(all), decoded(plain)]);
  reference = await freshDatabase();
  await insertInBatches(reference, 'events', clean.events, [5000]);
  await insertInBatches(reference, 'dead_letters', clean.dead, [5000]);
  await keepUp(reference, { full: true });
  await keepExceptions(reference, NOW);
});
afterAll(async () => {
  await reference?.close();
  await engine?.stop();
});

it('every view is the same for any order, any duplicates and any batches', async () => {
  expect(facts.events.length).toBeGreaterThan(1_000);
  expect(clean.events.length).toBeGreaterThan(facts.events.length * 1.3);
  const tables = await tablesOf(reference);
  expect(tables).toEqual(expect.arrayContaining([...KEPT, ...BROUGHT_UP]));
  for (const table of [...KEPT, ...BROUGHT_UP, 'exceptions']) expect((await reference.select<{ n: number }>(`SELECT count() AS n FROM ${table}`))[0]?.n, table).toBeGreaterThan(0);

  const arrival = fc.record({
    randoms: fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
    sizes: fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 6 }),
    share: fc.double({ min: 0, max: 0.5, noNaN: true }),
    keptAt: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  await fc.assert(
    fc.asyncProperty(arrival, async ({ randoms, sizes, share, keptAt }) => {
      const random = () => randoms.next().value ?? 0;
      // A redelivery is the same row again; a resend is the same event, stored later (or within the same millisecond) at another sequence.
      const again = (row: EventRow): EventRow => {
        const chance = random();
        if (chance < 0.4) return row;
        return { ...row, stream_seq: Number(row.stream_seq) + 1_000_000, subject: 'events.resent', ...(chance < 0.6 ? {} : { recorded_at: '2026-04-01 00:00:00.000' }) };
      };
      const resent = clean.events.filter(() => random() < share).map(again);
      const shuffled = [...clean.events, ...resent].map((row) => ({ row, at: random() })).sort((a, b) => a.at - b.at).map(({ row }) => row);
      const batches = sizes.map((size) => size + 200);
      const half = Math.floor(shuffled.length * keptAt);
      const store = await freshDatabase();
      await insertInBatches(store, 'events', shuffled.slice(0, half), batches);
      // What was made of half of the story must not be left behind.
      await keepUp(store);
      await keepExceptions(store, NOW);
      await insertInBatches(store, 'events', shuffled.slice(half), batches);
      await insertInBatches(store, 'dead_letters', [...clean.dead, ...clean.dead].reverse(), [7]);
      await keepUp(store);
      // Which stages a facility sends is remembered per store.
      const fresh = createStore({ ...storeConfig({ ...process.env, ...engine.env }), database: store.database });
      await keepExceptions(fresh, NOW);
      await fresh.close();
      expect(await differences(reference, store.database, reference.database, tables)).toEqual([]);
      await reference.command(`DROP DATABASE ${store.database}`);
      await store.close();
    }),
    { numRuns: 3, endOnFailure: true },
  );
}, 300_000);

it('attempts and targets add nothing to quantities, money and verdicts', async () => {
  const store = await freshDatabase();
  await insertInBatches(store, 'events', facts.events, [5000]);
  await keepUp(store, { full: true });
  for (const [table, columns] of [
    ['document_lines', 'document_type, document_id, line_id, aspect, action, revision, quantity, uom, price, amount, tax, freight, item, lot, order_id, order_line, code, due_at, header_tax, header_freight'],
    ['matched_order_lines', 'order_id, order_line, lone, known, qo, qr, qi, r_net, i_net, over_delivered, credit_unclear'],
    ['matched_invoice_lines', 'object_id, verdict, findings, value, billed, at_stake, price_variance, quantity_variance, qo, qr, qi'],
    ['chains', 'anchor, id, facility, supplier, item, flow_type, flow_known, cancelled, usage, requisition, order, acknowledgement, shipment, receipt, invoice, posting, is_promised, quantity, uom, currency, value'],
    ['inferred_links', 'node_type, node_id, direction, peer_type, peer_id, rule, confidence, why'],
    ['links', 'node_type, node_id, direction, peer_type, peer_id, qualifier'],
  ] as const) {
    const where = table.startsWith('matched_') || table === 'chains' || table === 'inferred_links' ? 'WHERE NOT gone' : '';
    const side = (database: string) => `SELECT toString(tuple(${columns})) FROM ${database}.${table} FINAL ${where}`;
    for (const [a, b] of [[store.database, reference.database], [reference.database, store.database]] as const)
      expect(await reference.select(`SELECT * FROM (${side(a)} EXCEPT ${side(b)}) LIMIT 3`), `${table} of ${a}`).toEqual([]);
  }
  const targets = await reference.select<{ n: number; attempts: number }>('SELECT uniqExact(handover_key) AS n, count() AS attempts FROM handovers FINAL');
  const before = await store.select<{ n: number; attempts: number }>('SELECT uniqExact(handover_key) AS n, count() AS attempts FROM handovers FINAL');
  expect(targets[0]?.attempts).toBeGreaterThan(before[0]?.attempts ?? Infinity);
  await store.close();
});
