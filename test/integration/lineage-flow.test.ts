import { afterAll, beforeAll, expect, it } from 'vitest';
import { refreshChains } from '../../clickhouse/chains';
import type { Store } from '../../clickhouse/client';
import { completenessKnown } from '../../clickhouse/completeness-known';
import { migrate } from '../../clickhouse/migrate';
import { keptChains, STAGES } from '../../clickhouse/queries/lineage-chains';
import { lineageTotals } from '../../clickhouse/queries/lineage-completeness';
import { lineageFlow } from '../../clickhouse/queries/lineage-flow';
import { createSimulation } from '../../ingest/simulator/simulation';
import { clocksAt } from '../../server/lineage/completeness';
import { flowOf, frozenDay, frozenOf, overTimeOf, variantsOf } from '../../server/lineage/flow';
import { endedDay, freezeEndedDays } from '../../server/lineage/freeze';
import { usualOf } from '../../server/lineage/usual';
import type { SignedIn } from '../../server/trpc/init';
import { startEngine, type TestEngine } from '../support/engine';
import { ref, tell, tellRecorded, type Told } from '../support/lineage';
import { decoded, incoming, insertInBatches } from '../support/record';

/** The network's flow, worked by hand: four orders that went different ways. */

let engine: TestEngine;
let store: Store;
const RANGE = { from: new Date('2026-03-01T00:00:00Z'), to: new Date('2026-03-08T00:00:00Z'), facilityList: [], zone: 'Europe/Berlin', step: 'day' as const };
const HOUR = 3_600_000;
// Clocks are read when they are asked: a context of its own each time, since what facilities send is remembered with it.
const ctx = (): SignedIn => ({ store: engine.store(), viewer: { id: 'u1', name: 'Una', email: 'una@hospital.example', role: 'supply', facilities: null } });

const order = (id: string, at: string, more: Record<string, unknown> = {}): Told => ({
  what: 'order.created', document: id, at, data: { supplier: 'S1', ...more }, lines: [{ id: '1', item: 'I1', quantity: '2', uom: 'EA', price: '10', flowType: 'three-way' }],
});
const on = (what: string, id: string, of: string, at: string): Told => ({ what, document: id, at, lines: [{ id: '1', order: ref(of, '1'), quantity: '2', uom: 'EA', price: '10', amount: '20' }] });
const posted = (id: string, invoice: string, at: string): Told => ({
  what: 'posting.completed', document: id, at, data: { kind: 'payable' }, lines: [{ id: '1', amount: '20', account: '2100', settles: [{ type: 'invoice-line', document: invoice, line: '1' }] }],
});

const STORY: Told[] = [
  // Complete, receipt before invoice: 24 h to the receipt, 24 h more to the invoice, 2 h more to the posting.
  order('A', '2026-03-01T10:00:00Z'), on('receipt.confirmed', 'AR', 'A', '2026-03-02T10:00:00Z'), on('invoice.received', 'AI', 'A', '2026-03-03T10:00:00Z'), posted('AP', 'AI', '2026-03-03T12:00:00Z'),
  // The same way, slower at the receipt: 48 h.
  order('B', '2026-03-01T10:00:00Z'), on('receipt.confirmed', 'BR', 'B', '2026-03-03T10:00:00Z'), on('invoice.received', 'BI', 'B', '2026-03-04T10:00:00Z'), posted('BP', 'BI', '2026-03-04T12:00:00Z'),
  // The invoice came first; not posted.
  order('C', '2026-03-02T10:00:00Z', { supplier: 'S2' }), on('invoice.received', 'CI', 'C', '2026-03-02T11:00:00Z'), on('receipt.confirmed', 'CR', 'C', '2026-03-02T12:00:00Z'),
  // Nothing came of it. Begun late in the evening of UTC, it is the next day in Berlin.
  order('D', '2026-03-02T23:30:00Z'),
];

async function database(name: string): Promise<Store> {
  await migrate({ url: engine.url, user: engine.user, password: engine.password, database: name });
  return engine.store(name);
}

beforeAll(async () => {
  engine = await startEngine();
  await migrate({ url: engine.url, user: engine.user, password: engine.password, database: 'test' });
  store = engine.store();
  await tell(store, STORY);
  await refreshChains(store);
}, 60_000);
afterAll(() => engine.stop());

it('says per stage how long it takes from the start and from the stage before', async () => {
  const { bought, completeness } = await flowOf(ctx(), RANGE, {});
  const receipt = bought.find(({ stage }) => stage === 'receipt');
  expect(receipt).toMatchObject({ present: 3, fromStart: { p50: 24 * HOUR } });
  expect(receipt?.fromStart?.p90).toBeGreaterThan(24 * HOUR);
  expect(bought.find(({ stage }) => stage === 'posting')).toMatchObject({ present: 2, fromLast: { p50: 2 * HOUR, p90: 2 * HOUR } });
  expect(completeness.chains).toBe(4);
});

it('narrows to a supplier, a flow type and an item', async () => {
  expect((await flowOf(ctx(), RANGE, { supplier: 'S2' })).completeness.chains).toBe(1);
  expect((await flowOf(ctx(), RANGE, { flow: 'two-way' })).completeness.chains).toBe(0);
  expect((await flowOf(ctx(), RANGE, { item: 'I1', flow: 'three-way' })).completeness.chains).toBe(4);
});

it('tells the paths apart by the order in which the stages came', async () => {
  const { paths, chains, more } = await variantsOf(ctx(), RANGE, {});
  expect({ chains, more }).toEqual({ chains: 4, more: 0 });
  expect(paths.map(({ path, chains: n }) => [path, n])).toEqual([['order>receipt>invoice>posting', 2], ['order', 1], ['order>invoice>receipt', 1]]);
  expect(paths[0]).toMatchObject({ share: '0.5', complete: 2, closed: 2, took: { p90: expect.any(Number) as number } });
  expect(paths[2]?.took?.p50).toBe(2 * HOUR);
});

it('counts by the day of the zone in which chains began, by count and by value', async () => {
  const { points, currency } = await overTimeOf(ctx(), RANGE, {});
  expect(currency).toBe('USD');
  // Begun on 1, 2 and (in Berlin) 3 March. Clocks of a history are read at its last event: C and D are not closed yet, and say nothing.
  expect(points.map(({ at, chains, closed, complete, byCount, byValue }) => [at, chains, closed, complete, byCount, byValue])).toEqual([
    ['2026-02-28T23:00:00Z', 2, 2, 2, '1', '1'], ['2026-03-01T23:00:00Z', 1, 0, 0, null, null], ['2026-03-02T23:00:00Z', 1, 0, 0, null, null],
  ]);
});

it('a day ends at midnight of its zone, on days with a clock change too', () => {
  const ended = (now: string, zone: string) => {
    const { day, end } = endedDay(new Date(now), zone);
    return [day, end.toISOString()];
  };
  expect(ended('2026-03-31T22:30:00Z', 'Europe/Berlin')).toEqual(['2026-03-31', '2026-03-31T22:00:00.000Z']);
  expect(ended('2026-03-29T12:00:00Z', 'Europe/Berlin')).toEqual(['2026-03-28', '2026-03-28T23:00:00.000Z']);
  expect(ended('2026-03-30T12:00:00Z', 'Europe/Berlin')).toEqual(['2026-03-29', '2026-03-29T22:00:00.000Z']);
  expect(ended('2026-03-30T12:00:00Z', 'Asia/Kolkata')).toEqual(['2026-03-29', '2026-03-29T18:30:00.000Z']);
});

it('freezes a day once: what comes later changes the chains, and not what was known', async () => {
  const now = new Date('2026-03-04T02:00:00Z');
  expect(await freezeEndedDays(engine.store(), { zone: 'Europe/Berlin', now })).toEqual(['NORTH']);
  const [first] = await frozenOf(ctx(), RANGE);
  // Written long after that day's end, and said so: what had been recorded by then is in it, B's posting too.
  expect(first).toMatchObject({ day: '2026-03-03', late: true });
  const known = await frozenDay(ctx(), [], '2026-03-03');
  expect(known?.completeness).toMatchObject({ chains: 4, complete: 2 });

  await tell(store, [posted('CP', 'CI', '2026-03-05T10:00:00Z')]);
  await refreshChains(store);
  expect((await flowOf(ctx(), RANGE, {})).completeness.complete).toBe(3);
  expect(await freezeEndedDays(engine.store(), { zone: 'Europe/Berlin', now })).toEqual([]);
  expect(await frozenDay(ctx(), [], '2026-03-03')).toEqual(known);
  // Another day knows more.
  expect(await freezeEndedDays(engine.store(), { zone: 'Europe/Berlin', now: new Date('2026-03-06T02:00:00Z') })).toEqual(['NORTH']);
  expect((await frozenDay(ctx(), [], '2026-03-05'))?.completeness.complete).toBe(3);
  expect(await frozenDay(ctx(), ['SOUTH'], '2026-03-05')).toBeNull();
});

it('knows how long stages usually take: of the same facility and supplier, where enough chains say so', async () => {
  const at = (hour: number) => new Date(Date.parse('2026-03-05T00:00:00Z') + hour * HOUR).toISOString();
  // 19 of supplier S3 with receipts after 1 to 19 hours: too few of S3 alone, enough of the facility.
  await tell(store, Array.from({ length: 19 }, (_, n) => [order(`E${n}`, at(0), { supplier: 'S3' }), on('receipt.confirmed', `ER${n}`, `E${n}`, at(n + 1))]).flat());
  await refreshChains(store);
  const now = new Date('2026-03-08T00:00:00Z');
  const receipt = async (supplier: string) => (await usualOf(engine.store(), { facility: 'NORTH', supplier, flow: 'three-way' }, now)).find(({ stage }) => stage === 'receipt');
  expect(await receipt('S3')).toMatchObject({ of: 'place', chains: 22 });
  await tell(store, [order('E19', at(0), { supplier: 'S3' }), on('receipt.confirmed', 'ER19', 'E19', at(20))]);
  await refreshChains(store);
  const known = await receipt('S3');
  expect(known).toMatchObject({ of: 'own', chains: 20 });
  expect([known?.p50, known?.p90].map((ms) => Math.round((ms ?? 0) / HOUR))).toEqual([10, 18]);
  expect(await usualOf(engine.store(), { facility: 'NORTH', supplier: 'S3', flow: 'two-way' }, now)).toEqual([]);
});

it('says what was known at a moment as a store would that had only that: what was recorded later, in a past that it changes, is not known', async () => {
  const span = { from: new Date('2026-03-01T00:00:00Z'), to: new Date('2026-03-06T00:00:00Z') };
  // Recorded by the hour, in another order than it happened: invoices before orders, a reversal of what is known only later.
  const story = [...STORY, posted('CP', 'CI', '2026-03-05T10:00:00Z'), { ...order('A', '2026-03-02T09:00:00Z'), what: 'order.cancelled', revision: 2, lines: [{ id: '1' }] }, on('receipt.reversed', 'BX', 'B', '2026-03-03T12:00:00Z')];
  const recorded = story.map((told, n) => ({ told, recordedAt: Date.parse('2026-03-06T00:00:00Z') + ((n * 7) % story.length) * HOUR }));
  const all = await database('known_all');
  await tellRecorded(all, recorded);
  await refreshChains(all);
  let different = 0;
  for (let hour = 0; hour <= story.length; hour += 2) {
    const at = new Date(Date.parse('2026-03-06T00:30:00Z') + (hour - 1) * HOUR);
    const then = await database(`known_${hour}`);
    const known = recorded.filter(({ recordedAt }) => recordedAt <= at.getTime());
    await tellRecorded(then, known);
    await refreshChains(then);
    // Which stages facilities send is judged by what is known now.
    const clocks = await clocksAt(all, at);
    const expected = await lineageTotals(then, { ...span, facilities: [], ...clocks });
    expect(await completenessKnown(all, { ...span, facilities: [], ...clocks }), at.toISOString()).toEqual(expected);
    if (JSON.stringify(expected) !== JSON.stringify(await lineageTotals(all, { ...span, facilities: [], ...clocks }))) different++;
  }
  expect(different).toBeGreaterThan(3);
  expect(await all.select("SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'chain_work')")).toEqual([]);
}, 120_000);

it('judges chains that are alike together, and comes to what each by itself comes to', async () => {
  const simulated = await database('alike');
  const simulation = createSimulation({ seed: '11', days: 12, until: Date.parse('2026-03-16T12:00:00Z'), facilities: 3, volume: 0.5, truth: false });
  const { events } = await decoded([...simulation.messages()].map((message, index) => incoming(message, index + 1, message.publishAt)));
  await insertInBatches(simulated, 'events', events, [20_000]);
  await refreshChains(simulated);
  const range = { from: new Date('2026-03-01T00:00:00Z'), to: new Date('2026-03-20T00:00:00Z'), facilities: [] as string[] };
  let compared = 0;
  for (const now of ['2026-03-08T00:00:00Z', '2026-03-16T12:00:00Z', '2026-05-01T00:00:00Z']) {
    for (const [narrow, where] of [[{ flow: '', supplier: '', item: '' }, '1'], [{ flow: '=three-way', supplier: '', item: '' }, "flow_type = 'three-way'"]] as const) {
      const clocks = { ...(await clocksAt(simulated)), now: new Date(now) };
      const alike = await lineageFlow(simulated, { ...range, ...clocks, ...narrow });
      const each = await simulated.select<(typeof alike)[number]>(`
        SELECT multiIf(flow_type = 'stock', 'stock', 'bought') AS flow, stage, state, currency, count() AS chains, sum(staged.value) AS value, countIf(staged.value IS NULL) AS unpriced
        FROM (SELECT flow_type, currency, value, stage, state FROM (${keptChains()}) AS chain ARRAY JOIN [${STAGES.map((stage) => `'${stage}'`).join(', ')}] AS stage, [${STAGES.map((stage) => `\`${stage}\``).join(', ')}] AS state WHERE ${where}) AS staged
        WHERE state != 'none' GROUP BY flow, stage, state, currency`, { ...range, ...clocks });
      const sorted = (rows: typeof alike) => rows.map((row) => JSON.stringify(Object.entries(row).sort())).sort();
      expect(sorted(alike.filter(({ stage }) => stage !== 'chain'))).toEqual(sorted(each));
      const whole = await simulated.select<{ flow: string; complete: number; closed: number; chains: number }>(
        `SELECT flow_type AS flow, countIf(complete = 1) AS complete, countIf(closed) AS closed, count() AS chains FROM (${keptChains()}) WHERE ${where} GROUP BY flow ORDER BY flow`, { ...range, ...clocks });
      const said = (flow: string, ...states: string[]) => alike.filter((row) => row.stage === 'chain' && row.flow === flow && (states.length === 0 || states.includes(row.state))).reduce((sum, { chains }) => sum + chains, 0);
      for (const row of whole) expect({ ...row, complete: said(row.flow, 'complete'), closed: said(row.flow, 'complete', 'incomplete', 'unjudged'), chains: said(row.flow) }).toEqual(row);
      compared += each.length + whole.length;
    }
  }
  expect(compared).toBeGreaterThan(60);
}, 120_000);
