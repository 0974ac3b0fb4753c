import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refreshChains } from '../../clickhouse/chains';
import type { Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { factsOfEvents } from '../../clickhouse/queries/lineage-as-of';
import { readChain } from '../../server/lineage/chain';
import { objectView } from '../../server/lineage/object';
import type { ObjectRef } from '../../server/lineage/objects';
import { viewOf } from '../../server/lineage/view';
import { startEngine, type TestEngine } from '../support/engine';
import { ref, tellRecorded, type Recorded, type Told } from '../support/lineage';

let engine: TestEngine;
const SEED = 20_261_122;

beforeAll(async () => {
  engine = await startEngine();
});
afterAll(() => engine.stop());

let databases = 0;
async function database(): Promise<Store> {
  const name = `asof${++databases}`;
  await migrate({ url: engine.url, user: engine.user, password: engine.password, database: name });
  return engine.store(name);
}

/** Numbers from 0 to 1, the same ones in every run. */
function draws(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

const USUAL = { facility: 'AF', data: {} };
/**
 * A purchase with whatever may change what is known of it: revisions, attempts, a cancellation that is taken back,
 * receipts taken back, a credit, postings that fail, a case settled as a whole, documents named before they come.
 */
const STORY: readonly Told[] = [
  { ...USUAL, what: 'usage.recorded', document: 'U1', at: '2026-03-01T08:00:00Z', data: { case: 'tk1-casethreeaaaaaaaaaaaaa' }, lines: [{ id: '1', item: 'ITM-1', quantity: '2', uom: 'EA', flowType: 'stock', location: 'OR-1' }] },
  { ...USUAL, what: 'requisition.submitted', document: 'Q1', at: '2026-03-01T09:00:00Z', lines: [{ id: '1', item: 'ITM-1', quantity: '10', uom: 'EA', triggeredBy: [ref('U1', '1')] }, { id: '2', item: 'ITM-1', quantity: '4', uom: 'EA', triggeredBy: [ref('U9', '1')] }] },
  { ...USUAL, what: 'requisition.approved', document: 'Q1', at: '2026-03-01T10:00:00Z' },
  { ...USUAL, what: 'order.failed', document: 'O1', at: '2026-03-01T11:00:00Z', lines: [{ id: '10', item: 'ITM-1', quantity: '10', uom: 'EA', requisitions: [ref('Q1', '1')] }], data: { target: 'erp', outcome: 'failed', attempt: 1, interface: 'po', error: { class: 'http', code: '503', message: 'no answer', retryable: true } } },
  { ...USUAL, what: 'order.created', document: 'O1', at: '2026-03-01T12:00:00Z', data: { supplier: 'SUP-1' }, lines: [{ id: '10', item: 'ITM-1', quantity: '10', uom: 'EA', price: '2.5', flowType: 'three-way', requisitions: [ref('Q1', '1')] }, { id: '20', item: 'ITM-2', quantity: '4', uom: 'EA', price: '3', flowType: 'three-way', requisitions: [ref('Q1', '2')] }] },
  { ...USUAL, what: 'order.sent', document: 'O1', at: '2026-03-01T13:00:00Z' },
  { ...USUAL, what: 'order.acknowledged', document: 'O1', at: '2026-03-02T10:00:00Z', lines: [{ id: '10', code: 'IB', promisedDate: '2026-03-08' }] },
  { ...USUAL, what: 'order.acknowledged', document: 'O1', at: '2026-03-03T10:00:00Z', revision: 1, lines: [{ id: '10', code: 'IA', promisedDate: '2026-03-06' }] },
  { ...USUAL, what: 'order.changed', document: 'O1', at: '2026-03-03T12:00:00Z', revision: 2, lines: [{ id: '10', item: 'ITM-1', quantity: '8', uom: 'EA', price: '2.75', flowType: 'three-way', requisitions: [ref('Q1', '1'), ref('Q1', '2')] }] },
  { ...USUAL, what: 'order.cancelled', document: 'O1', at: '2026-03-04T10:00:00Z', revision: 3, lines: [{ id: '10' }] },
  { ...USUAL, what: 'order.changed', document: 'O1', at: '2026-03-04T12:00:00Z', revision: 4, lines: [{ id: '10', item: 'ITM-1', quantity: '9', uom: 'EA', price: '2.75', flowType: 'three-way', requisitions: [ref('Q1', '1')] }] },
  { ...USUAL, what: 'shipment.notified', document: 'S1', at: '2026-03-04T15:00:00Z', lines: [{ id: '1', order: ref('O1', '10'), quantity: '9', uom: 'EA' }] },
  { ...USUAL, what: 'receipt.confirmed', document: 'R1', at: '2026-03-05T10:00:00Z', lines: [{ id: '1', order: ref('O1', '10'), shipment: ref('S1', '1'), quantity: '6', uom: 'EA' }], data: { target: 'erp', outcome: 'failed', attempt: 1, interface: 'gr', error: { class: 'http', code: '500', message: 'down', retryable: true } } },
  { ...USUAL, what: 'receipt.confirmed', document: 'R1', id: 'R1-again', at: '2026-03-05T10:05:00Z', lines: [{ id: '1', order: ref('O1', '10'), shipment: ref('S1', '1'), quantity: '6', uom: 'EA' }], data: { target: 'erp', outcome: 'succeeded', attempt: 2, interface: 'gr' } },
  { ...USUAL, what: 'receipt.confirmed', document: 'R2', at: '2026-03-06T10:00:00Z', lines: [{ id: '1', order: ref('O1', '10'), quantity: '3', uom: 'EA' }, { id: '2', order: ref('O1', '20'), quantity: '4', uom: 'EA' }] },
  { ...USUAL, what: 'receipt.returned', document: 'RX', at: '2026-03-07T10:00:00Z', lines: [{ id: '1', order: ref('O1', '10'), receipt: ref('R2', '1'), quantity: '3', uom: 'EA' }] },
  { ...USUAL, what: 'invoice.received', document: 'I1', at: '2026-03-08T10:00:00Z', data: { invoiceNumber: 'F-1' }, lines: [{ id: '1', order: ref('O1', '10'), quantity: '9', uom: 'EA', price: '2.75', amount: '24.75' }, { id: '2', order: ref('O1', '20'), quantity: '4', uom: 'EA', price: '3', amount: '12' }] },
  { ...USUAL, what: 'invoice.blocked', document: 'I1', at: '2026-03-08T12:00:00Z', data: { blockReason: 'quantity' } },
  { ...USUAL, what: 'match.completed', document: 'I1', at: '2026-03-08T13:00:00Z', lines: [{ id: '1', verdict: 'QTY_OVER_RECEIPT', order: ref('O1', '10') }] },
  { ...USUAL, what: 'invoice.released', document: 'I1', at: '2026-03-09T12:00:00Z' },
  { ...USUAL, what: 'invoice.credited', document: 'C1', at: '2026-03-10T12:00:00Z', data: { creditOf: 'quantity' }, lines: [{ id: '1', order: ref('O1', '10'), invoice: ref('I1', '1'), quantity: '3', uom: 'EA', price: '2.75', amount: '8.25' }] },
  { ...USUAL, what: 'posting.failed', document: 'P1', at: '2026-03-11T10:00:00Z', data: { kind: 'payable' }, lines: [{ id: '1', amount: '24.75', settles: [{ type: 'invoice-line', document: 'I1', line: '1' }] }] },
  { ...USUAL, what: 'posting.completed', document: 'P1', at: '2026-03-11T12:00:00Z', data: { kind: 'payable' }, lines: [{ id: '1', amount: '24.75', settles: [{ type: 'invoice-line', document: 'I1', line: '1' }] }] },
  { ...USUAL, what: 'posting.completed', document: 'P2', at: '2026-03-02T12:00:00Z', data: { kind: 'case-cost', case: 'tk1-casethreeaaaaaaaaaaaaa' }, lines: [{ id: '1', amount: '5', settles: [{ type: 'case', document: 'tk1-casethreeaaaaaaaaaaaaa' }] }] },
  { ...USUAL, what: 'posting.reversed', document: 'P1', at: '2026-03-12T12:00:00Z', revision: 1, data: { kind: 'payable' } },
  { ...USUAL, what: 'payment.made', document: 'PAY', at: '2026-03-20T10:00:00Z', lines: [{ id: '1', amount: '36.75', invoice: ref('I1') }] },
];

const HOUR = 3_600_000;
const ORDER: ObjectRef = { type: 'order-line', id: 'O1/10' };
const SEEDS: readonly ObjectRef[] = [ORDER, { type: 'usage', id: 'U1/1' }, { type: 'requisition-line', id: 'Q1/2' }, { type: 'invoice-line', id: 'I1/1' }, { type: 'receipt-line', id: 'R1/1' }];

/** Every event at some time after it happened, soon or days later, some in a second copy still later. */
function recordings(random: () => number): Recorded[] {
  return STORY.flatMap((told) => {
    const soon = random() < 0.6;
    const first = Date.parse(told.at) + Math.round((soon ? random() * 2 : 24 + random() * 240) * HOUR);
    const copy = random() < 0.25 ? [{ told, recordedAt: first + Math.round(random() * 100 * HOUR) }] : [];
    return [{ told, recordedAt: first }, ...copy];
  });
}

const viewAt = async (store: Store, seed: ObjectRef, options: { knownAt?: Date; now?: Date }) => {
  const facts = await readChain(store, seed, options);
  return [viewOf(facts, [], false), viewOf(facts, [], true)];
};

describe('as of', () => {
  it('reads facts from the log exactly as they are kept', async () => {
    const store = await database();
    await tellRecorded(store, recordings(draws(SEED)));
    const columns = await store.select<{ name: string }>("SELECT name FROM system.columns WHERE database = currentDatabase() AND table = 'document_lines' AND default_kind != 'MATERIALIZED' ORDER BY position");
    const text = columns.map(({ name }) => name).join(', ');
    const order = 'ORDER BY rank DESC LIMIT 1 BY document_type, document_id, line_id, aspect';
    const said = (from: string) => store.select(`SELECT * FROM (SELECT ${text} FROM ${from} ${order}) ORDER BY document_type, document_id, line_id, aspect`);
    const kept = await said('document_lines');
    expect(kept.length).toBeGreaterThan(25);
    expect(await said(`(${factsOfEvents('1')})`)).toEqual(kept);
  });

  it.each([1, 2])('at each moment the view is the one of a store that has only what was recorded by then (%i)', async (run) => {
    const random = draws(SEED + run);
    const recorded = recordings(random).sort((a, b) => a.recordedAt - b.recordedAt);
    const whole = await database();
    // Blocks in any order: when it was written says nothing, only when it was recorded.
    const shuffled = [...recorded].sort(() => random() - 0.5);
    for (let i = 0; i < shuffled.length; i += 5) await tellRecorded(whole, shuffled.slice(i, i + 5));
    if (run === 2) for (const table of ['events', 'document_lines', 'links', 'object_events']) await whole.command(`OPTIMIZE TABLE ${table} FINAL`);
    const growing = await database();
    let told = 0;
    const states = new Set<string>();
    for (let i = 1; i < recorded.length; i += 5) {
      const at = recorded[i]?.recordedAt ?? 0;
      const news = recorded.slice(told).filter((each) => each.recordedAt <= at);
      await tellRecorded(growing, news);
      told += news.length;
      const knownAt = new Date(at);
      for (const seed of SEEDS) {
        const [then, open] = await viewAt(whole, seed, { knownAt });
        const [fresh, freshOpen] = await viewAt(growing, seed, { now: knownAt });
        expect(then, `${seed.id} at ${knownAt.toISOString()}`).toEqual(fresh);
        expect(open?.nodes, `${seed.id} at ${knownAt.toISOString()}, unfolded`).toEqual(freshOpen?.nodes);
        for (const verdict of then?.verdicts ?? []) states.add(`${verdict.anchor} ${verdict.chain_state} ${verdict.gap_stage} ${verdict.gap}`);
      }
    }
    expect(states.size).toBeGreaterThan(5);
  }, 600_000);

  it('says what was not known yet, and what had not happened', async () => {
    const store = await database();
    const late: Recorded[] = STORY.map((told) => ({ told, recordedAt: Date.parse(told.at) + (told.what.startsWith('receipt') ? 100 * HOUR : 1000) }));
    await tellRecorded(store, late);
    const view = await objectView(store, ORDER, [], { siblings: false, knownAt: new Date('2026-03-08T11:00:00Z') });
    if (view.kind !== 'chain') throw new Error('the chain was not found');
    expect(view.chain.verdicts.find((verdict) => verdict.id === 'O1/10')).toMatchObject({ receipt: 'awaited', invoice: 'present' });
    expect(view.chain.nodes.some((node) => node.type === 'receipt-line')).toBe(false);
    const notYet = Object.fromEntries((view.then?.notYet ?? []).map((node) => [node.id, node.happened]));
    expect(notYet).toMatchObject({ 'R1/1': true, 'R2/1': true, 'RX/1': true, 'C1/1': false, 'P1/1': false });
    expect(view.then?.notYet.find((node) => node.id === 'R1/1')).toMatchObject({ recordedAt: '2026-03-09T14:00:00.000Z' });
    expect(view.then?.now.find((verdict) => verdict.id === 'O1/10')).toMatchObject({ receipt: 'present' });
    const before = await objectView(store, ORDER, [], { siblings: false, knownAt: new Date('2026-02-01T00:00:00Z') });
    expect(before).toMatchObject({ kind: 'chain', chain: { nodes: [], verdicts: [], events: [] } });
    expect(await objectView(store, { type: 'order-line', id: 'NONE/1' }, [], { siblings: false, knownAt: new Date('2026-03-08T11:00:00Z') })).toMatchObject({ kind: 'unknown' });
  }, 120_000);
});

describe('as it is now', () => {
  it('is read from what is kept, unless something has touched the chain since', async () => {
    const store = await database();
    const now = new Date('2026-04-01T00:00:00Z');
    const told = (events: readonly Told[]) => tellRecorded(store, events.map((each) => ({ told: each, recordedAt: Date.parse(each.at) + 1000 })));
    const [early, late] = [STORY.slice(0, 16), STORY.slice(16)];
    await told(early);
    await told([{ ...USUAL, what: 'order.created', document: 'ELSE', at: '2026-03-01T12:00:00Z', lines: [{ id: '10', item: 'ITM-1', quantity: '1', uom: 'EA', price: '1', flowType: 'two-way' }] }]);
    await setTimeout(2_500);
    await refreshChains(store);
    const both = async (seed: ObjectRef) => {
      const asked: string[] = [];
      const listening: Store = Object.create(store, { select: { value: (sql: string, params: object, options: { name?: string }) => (asked.push(options?.name ?? ''), store.select(sql, { ...params }, options)) } });
      const kept = await readChain(listening, seed, { now });
      const anew = await readChain(store, seed, { now, anew: true });
      expect(viewOf(kept, [], false), seed.id).toEqual(viewOf(anew, [], false));
      return asked.some((name) => name.startsWith('lineage_chains_by_key'));
    };
    const settled: boolean[] = [];
    for (const seed of SEEDS) settled.push(await both(seed));
    expect(settled).toEqual(SEEDS.map(() => false));
    await told(late);
    const touched: boolean[] = [];
    for (const seed of SEEDS) touched.push(await both(seed));
    expect(touched).toEqual(SEEDS.map(() => true));
    expect(await both({ type: 'order-line', id: 'ELSE/10' })).toBe(false);

    // Nothing is touched for three days: a run says that it has looked, and what is kept goes on being read.
    await refreshChains(store);
    await store.command('TRUNCATE TABLE chain_touched');
    await store.command('ALTER TABLE chain_runs UPDATE touched_until = touched_until - INTERVAL 3 DAY WHERE 1 SETTINGS mutations_sync = 2');
    expect(await both({ type: 'order-line', id: 'ELSE/10' })).toBe(true);
    expect(await refreshChains(store)).toBeNull();
    expect(await both({ type: 'order-line', id: 'ELSE/10' })).toBe(false);
  }, 240_000);
});
