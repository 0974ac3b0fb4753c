import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../clickhouse/client';
import type { ContractEvent } from '../../ingest/contract/envelope';
import { insertInBatches } from '../support/record';
import type { EventRow } from '../../ingest/listener/row';
import { saveUser } from '../../server/auth/users';
import type { Viewer } from '../../server/auth/viewer';
import { refreshExceptions } from '../../server/exceptions/keep';
import { createCaller } from '../../server/routers/root';
import { everything } from '../support/match';
import { keepUp } from '../support/kept';
import { startPipeline, type Pipeline } from '../support/pipeline';

/** What people do about exceptions, through a real nats-server, the listener and the engine. */

let pipeline: Pipeline;
let store: Store;
const NOW = new Date('2026-04-01T12:00:00Z');
const filters = { range: 'all' } as const;
const viewer = (name: string, role: Viewer['role'] = 'supply', facilities: string[] | null = null): Viewer => ({ id: `u-${name}`, name, email: `${name}@example.org`, role, facilities });
const ann = viewer('Ann');
const bob = viewer('Bob');
const as = (who: Viewer) => createCaller({ viewer: who, store }).exceptions;

let ids = 0;
const event = (type: string, data: ContractEvent['data'], time: string): ContractEvent => ({ specversion: '1.0', id: `x-${++ids}`, source: 'test', type: `${type}.v1`, time, data });
const order = (facility: string, id: string, revision = 0, quantity = '10') =>
  event('procurement.order.created', { facility, supplier: 'SUP-1', flowType: 'three-way', document: { id, revision, currency: 'USD' }, lines: [{ id: '10', item: 'ITM-1', quantity, uom: 'EA', price: '2.50' }] }, `2026-03-01T10:00:0${revision}Z`);
const receipt = (facility: string, id: string, of: string) =>
  event('procurement.receipt.confirmed', { facility, document: { id }, lines: [{ id: '1', item: 'ITM-1', quantity: '10', uom: 'EA', order: { document: of, line: '10' } }] }, '2026-03-20T10:00:00Z');
const overdue = (order: string) => `overdue-stage:order-line/${order}/10`;

async function keep(): Promise<void> {
  const fresh = pipeline.engine.store();
  await keepUp(fresh, { rules: everything() });
  await refreshExceptions(fresh, { now: NOW });
  await fresh.close();
}

beforeAll(async () => {
  process.env.NEXTAUTH_SECRET ??= 'a secret of the tests, long enough';
  pipeline = await startPipeline();
  store = pipeline.store;
  Object.assign(process.env, pipeline.nats.env);
  for (const { id, name, email, role, facilities } of [ann, bob, viewer('Cy', 'supply', ['H2']), viewer('Eve', 'executive')]) await saveUser(store, { id, name, email, role, facilities, passwordHash: '', disabled: false });
  await pipeline.send(['H1', 'H1', 'H1', 'H2', 'H2'].map((facility, n) => order(facility, `PO-${n + 1}`)));
  await keep();
});
afterAll(() => pipeline?.stop());

const one = async (key: string, who = ann) => (await as(who).one({ key })).row;

describe('one exception', () => {
  const key = overdue('PO-1');

  it('is acknowledged, assigned, commented, resolved and reopened, with its history', async () => {
    expect(await one(key)).toMatchObject({ state: 'open', revision: 0, owner: 'supply chain', what: 'Receipt overdue; got as far as order' });
    expect(await as(ann).act({ key, revision: 0, act: { action: 'acknowledge' } })).toEqual({ pending: false });
    expect(await one(key)).toMatchObject({ state: 'acknowledged', revision: 1 });
    await as(ann).act({ key, revision: 1, act: { action: 'assign', assignee: bob.id, comment: 'yours, I think' } });
    expect(await one(key)).toMatchObject({ state: 'assigned', assignee: bob.id, assignee_name: 'Bob' });
    await as(bob).act({ key, revision: 2, act: { action: 'comment', comment: 'called the supplier' } });
    expect(await one(key)).toMatchObject({ state: 'assigned', assignee: bob.id, revision: 3 });
    await as(bob).act({ key, revision: 3, act: { action: 'resolve' } });
    expect(await one(key)).toMatchObject({ state: 'resolved', assignee: bob.id });
    await expect(as(bob).act({ key, revision: 4, act: { action: 'acknowledge' } })).rejects.toThrow(/resolved already/);
    await as(ann).act({ key, revision: 4, act: { action: 'reopen', comment: 'not yet' } });
    expect(await one(key)).toMatchObject({ state: 'reopened', reopened_by: 'somebody' });
    const { history, raci } = await as(ann).one({ key });
    expect(history.map(({ revision, action, state, actor_name, comment }) => [revision, action, state, actor_name, comment])).toEqual([
      [1, 'acknowledged', 'acknowledged', 'Ann', ''], [2, 'assigned', 'assigned', 'Ann', 'yours, I think'], [3, 'commented', 'assigned', 'Bob', 'called the supplier'],
      [4, 'resolved', 'resolved', 'Bob', ''], [5, 'reopened', 'reopened', 'Ann', 'not yet'],
    ]);
    expect(raci).toEqual({ responsible: 'supply chain', accountable: 'supply chain', consulted: [], informed: ['clinical operations', 'finance'] });
    const lists = await as(bob).summary({ filters, assignee: 'me' });
    expect(lists).toMatchObject({ total: 1, mine: 1 });
  });

  it('tells the second of two people what the first did', async () => {
    const other = overdue('PO-2');
    const both = await Promise.allSettled([as(ann).act({ key: other, revision: 0, act: { action: 'acknowledge' } }), as(bob).act({ key: other, revision: 0, act: { action: 'resolve' } })]);
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const [refused] = both.filter((result) => result.status === 'rejected');
    expect(refused?.reason).toMatchObject({ code: 'CONFLICT' });
    expect(String(refused?.reason)).toMatch(/(Ann acknowledged it|Bob resolved it) first, at \d\d:\d\d:\d\d UTC/);
    expect((await as(ann).one({ key: other })).history).toHaveLength(1);
    // One who looks at an old page is told too, without any race.
    await expect(as(ann).act({ key: other, revision: 0, act: { action: 'comment', comment: 'x' } })).rejects.toThrow(/first/);
  });

  it('refuses what cannot be', async () => {
    const act = (who: Viewer, given: object, of = overdue('PO-3')) => as(who).act({ key: of, revision: 0, act: given as { action: 'acknowledge' } });
    await expect(act(ann, { action: 'shout' })).rejects.toThrow();
    await expect(act(ann, { action: 'assign' })).rejects.toThrow(/to whom/i);
    await expect(act(ann, { action: 'comment', comment: '  ' })).rejects.toThrow(/says something/);
    await expect(act(ann, { action: 'comment', comment: 'x'.repeat(501) })).rejects.toThrow();
    await expect(act(ann, { action: 'assign', assignee: 'nobody-here' })).rejects.toThrow(/nobody like that/);
    await expect(act(ann, { action: 'assign', assignee: 'u-Eve' })).rejects.toThrow(/Eve cannot act/);
    await expect(act(ann, { action: 'assign', assignee: 'u-Cy' })).rejects.toThrow(/Cy cannot act on exceptions of H1/);
    await expect(act(ann, { action: 'acknowledge' }, 'no-such:thing')).rejects.toThrow(/no such exception/);
    await expect(act(ann, { action: 'reopen' })).rejects.toThrow(/open already/);
    await expect(act(viewer('Eve', 'executive'), { action: 'acknowledge' })).rejects.toThrow(/role/);
    expect(await one(overdue('PO-3'))).toMatchObject({ state: 'open', revision: 0 });
  });

  it('is not to be seen or moved from another facility', async () => {
    const cy = viewer('Cy', 'supply', ['H2']);
    await expect(as(cy).one({ key: overdue('PO-3') })).rejects.toThrow(/not assigned to you/);
    await expect(as(cy).act({ key: overdue('PO-3'), revision: 0, act: { action: 'acknowledge' } })).rejects.toThrow(/not assigned to you/);
    expect((await as(cy).people({ facility: 'H1' })).map(({ name }) => name)).toEqual(['Cy (me)', 'Ann', 'Bob']);
    expect((await as(ann).people({ facility: 'H1' })).map(({ name }) => name)).toEqual(['Ann (me)', 'Bob']);
  });

  it('that was dealt with is reopened by new facts, and closed by the facts where they settle it', async () => {
    const of = overdue('PO-3');
    await as(ann).act({ key: of, revision: 0, act: { action: 'resolve', comment: 'comes tomorrow' } });
    await keep();
    expect(await one(of)).toMatchObject({ state: 'resolved' });
    // The order is changed: another amount of money is overdue.
    await pipeline.send([order('H1', 'PO-3', 1, '20')]);
    await keep();
    expect(await one(of)).toMatchObject({ state: 'reopened', reopened_by: 'new facts', value: '50' });
    await as(ann).act({ key: of, revision: 1, act: { action: 'comment', comment: 'still the same truck' } });
    expect(await one(of)).toMatchObject({ state: 'reopened', reopened_by: 'new facts' });
    await as(ann).act({ key: of, revision: 2, act: { action: 'resolve' } });
    await keep();
    expect(await one(of)).toMatchObject({ state: 'resolved' });
    await pipeline.send([receipt('H1', 'RC-3', 'PO-3')]);
    await keep();
    const settled = await one(of);
    expect(settled).toMatchObject({ state: 'settled' });
    expect(settled.settled_at).not.toBeNull();
    await expect(as(ann).act({ key: of, revision: 3, act: { action: 'reopen' } })).rejects.toThrow(/facts have settled it/);
    expect(await as(ann).act({ key: of, revision: 3, act: { action: 'comment', comment: 'the truck came' } })).toEqual({ pending: false });
  });
});

describe('a batch over the whole filter', () => {
  const filter = { filters, kind: 'overdue-stage' as const, text: 'BATCH' };
  beforeAll(async () => {
    await pipeline.send(Array.from({ length: 40 }, (_, n) => order(n % 2 ? 'H1' : 'H2', `BATCH-${n}`)));
    await keep();
  });

  it('says how many before, and skips and tells what somebody moved meanwhile', async () => {
    const act = { action: 'assign' as const, assignee: bob.id, comment: 'please look at these' };
    const before = await as(ann).preview({ ...filter, act });
    expect(before).toMatchObject({ inFilter: 40, count: 40, already: 0, notThere: 0, kinds: [{ kind: 'overdue-stage', count: 40 }] });
    // Meanwhile Bob comments on one (it stays in the filter), resolves another (it leaves it), and a new one comes up.
    await as(bob).act({ key: overdue('BATCH-1'), revision: 0, act: { action: 'comment', comment: 'mine' } });
    await as(bob).act({ key: overdue('BATCH-2'), revision: 0, act: { action: 'resolve' } });
    await pipeline.send([order('H1', 'BATCH-NEW')]);
    await keep();
    const { count, sequence, run } = before;
    const done = await as(ann).actOnAll({ ...filter, act, previewed: { count, sequence, run } });
    expect(done).toMatchObject({ done: 38, moved: 1, movedNames: [{ key: overdue('BATCH-1') }], left: 1, fresh: 1, pending: false });
    await pipeline.settle();
    expect(await as(ann).summary({ ...filter, assignee: bob.id })).toMatchObject({ total: 38 });
    expect(await one(overdue('BATCH-1'))).toMatchObject({ state: 'open' });
    expect((await as(ann).one({ key: overdue('BATCH-5') })).history).toMatchObject([{ action: 'assigned', actor_name: 'Ann', comment: 'please look at these' }]);
    // To be asked again moves nothing twice.
    expect(await as(ann).actOnAll({ ...filter, act, previewed: { count, sequence, run } })).toMatchObject({ done: 0 });
  });

  it('stays within the facilities of the person, and of the one whom it is assigned to', async () => {
    const cy = viewer('Cy', 'supply', ['H2']);
    expect(await as(cy).preview({ ...filter, state: 'all', act: { action: 'resolve' } })).toMatchObject({ inFilter: 20 });
    expect(await as(ann).preview({ ...filter, act: { action: 'assign', assignee: 'u-Cy' } })).toMatchObject({ inFilter: 40, count: 19, notThere: 21 });
    await expect(as(viewer('Eve', 'executive')).preview({ ...filter, act: { action: 'resolve' } })).rejects.toThrow(/role/);
  });
});

describe('the projection', () => {
  it('is the same for any order and any duplicates of what was done', async () => {
    const rows = await store.select<EventRow & Record<string, unknown>>("SELECT * EXCEPT (rank, recorded_rank) FROM events FINAL WHERE startsWith(type, 'ops.exception.')");
    expect(rows.length).toBeGreaterThan(40);
    const state = () => store.select('SELECT key, argMax((state, assignee, facts, occurrence), (revision, event_key)) AS last, uniqExact(event_key) AS n FROM exception_actions GROUP BY key ORDER BY key');
    const expected = await state();
    await fc.assert(fc.asyncProperty(fc.shuffledSubarray(rows, { minLength: rows.length }), fc.array(fc.nat(rows.length - 1), { maxLength: 30 }), async (shuffled, again) => {
      await store.command('TRUNCATE TABLE exception_actions');
      const resent = again.flatMap((at) => rows.slice(at, at + 1)).map((row) => ({ ...row, stream_seq: Number(row.stream_seq) + 1_000_000, recorded_at: '2030-01-01 00:00:00.000' }));
      await insertInBatches(store, 'events', [...shuffled, ...resent], [7, 31, 3]);
      expect(await state()).toEqual(expected);
    }), { numRuns: 4 });
  });
});

describe('saved views', () => {
  it('belong to a person, are replaced by name, and refuse what is no address', async () => {
    const view = { page: 'exceptions' as const, name: 'Mine, severe' };
    await as(ann).saveView({ ...view, query: 'assignee=me&severity=high' });
    await as(ann).saveView({ ...view, query: 'assignee=me&severity=high&kind=invoice-mismatch' });
    expect(await as(ann).views()).toMatchObject([{ name: 'Mine, severe', query: 'assignee=me&severity=high&kind=invoice-mismatch' }]);
    expect(await as(bob).views()).toEqual([]);
    await as(bob).removeView(view);
    expect(await as(ann).views()).toHaveLength(1);
    await as(ann).removeView(view);
    expect(await as(ann).views()).toEqual([]);
    await expect(as(ann).saveView({ ...view, name: ' ', query: '' })).rejects.toThrow(/needs a name/);
    await expect(as(ann).saveView({ ...view, query: 'javascript: alert(1)' })).rejects.toThrow(/no query/);
  });
});

describe('while NATS is away', () => {
  it('says so, and does nothing', async () => {
    const key = overdue('PO-4');
    await pipeline.nats.kill();
    await expect(as(ann).act({ key, revision: 0, act: { action: 'acknowledge' } })).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    const filter = { filters, text: 'PO-4' };
    const act = { action: 'acknowledge' as const };
    const { count, sequence, run } = await as(ann).preview({ ...filter, act });
    expect(await as(ann).actOnAll({ ...filter, act, previewed: { count, sequence, run } })).toMatchObject({ done: 0, unfinished: 1 });
    await pipeline.nats.restart();
    expect(await one(key)).toMatchObject({ state: 'open', revision: 0 });
  }, 60_000);
});
