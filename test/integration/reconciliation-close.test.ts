import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Viewer } from '../../server/auth/viewer';
import { refreshWholeDesk } from '../../server/desk/keep';
import { natsConnection } from '../../server/ops/publish';
import { createCaller } from '../../server/routers/root';
import { event } from '../support/desk';
import { startPipeline, type Pipeline } from '../support/pipeline';

/** People sign a facility's day: one after the other, both at once, and facts that come later. */

let pipeline: Pipeline;
const WINDOW = { from: '2026-03-08T00:00:00-06:00', to: '2026-03-09T00:00:00-05:00' };
const person = (id: string, more: Partial<Viewer> = {}): Viewer => ({ id, name: id, email: `${id}@example.org`, role: 'supply', facilities: null, ...more });
const as = (viewer: Viewer) => createCaller({ viewer, store: pipeline.store }).reconciliation;
const totals = (system: string, side: string, keys: string[], at: string) =>
  event('reconciliation.totals.reported', at, { interface: 'procurement-to-erp', facility: 'ANNA', system, side, counterpart: system === 'erp' ? 'procurement' : 'erp', window: WINDOW, count: keys.length, keys }, { source: system });
const DAY = { facility: 'ANNA', day: '2026-03-08' };

beforeAll(async () => {
  pipeline = await startPipeline();
  Object.assign(process.env, pipeline.nats.env, { NEXTAUTH_SECRET: 'x'.repeat(32), NEXTAUTH_URL: 'http://127.0.0.1:3000' });
  await pipeline.send([
    event('master.location.changed', '2026-03-01T00:00:00Z', { facility: 'ANNA', document: { id: 'ANNA', revision: 1, date: '2026-01-01' }, attributes: { name: 'St. Anna', kind: 'facility', timeZone: 'America/Chicago' } }),
    totals('procurement', 'source', ['PO-1', 'PO-2'], '2026-03-09T09:00:00Z'), totals('erp', 'target', ['PO-1'], '2026-03-09T09:00:00Z'),
  ]);
  await refreshWholeDesk(pipeline.store, 'UTC');
});
afterAll(async () => {
  await (await natsConnection()).close();
  await pipeline.stop();
});

describe('the daily close', () => {
  it('shows the day in the facility\'s zone, 23 hours where clocks change', async () => {
    expect(await as(person('u-1')).day(DAY)).toMatchObject({ hours: 23, zone: 'America/Chicago', gaps: 1, sequence: 0, signatures: [], changes: [], maySign: true, ended: true });
  });

  it('needs a word where gaps stand open, and a day that has ended', async () => {
    await expect(as(person('u-1')).sign({ ...DAY, sequence: 0, gaps: 1 })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(as(person('u-1')).sign({ ...DAY, day: '2030-01-01', sequence: 0, gaps: 0 })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(as(person('u-1')).sign({ ...DAY, day: '2026-03-07', sequence: 0, gaps: 0 })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('is nobody\'s who may not, nor at another facility', async () => {
    const asked = { ...DAY, sequence: 0, gaps: 1, comment: 'x' };
    for (const role of ['executive', 'engineer'] as const) await expect(as(person('u-3', { role })).sign(asked)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(as(person('u-3', { facilities: ['OTHER'] })).sign(asked)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(as(person('u-3', { facilities: ['OTHER'] })).day(DAY)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('tells who looked at another state than the one to be signed', async () => {
    await expect(as(person('u-1')).sign({ ...DAY, sequence: 0, gaps: 0 })).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('takes one of two signatures at once, and tells the second', async () => {
    const both = await Promise.allSettled(['u-1', 'u-2'].map((id) => as(person(id)).sign({ ...DAY, sequence: 0, gaps: 1, comment: `says ${id}` })));
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'CONFLICT', message: 'Somebody else has signed this day in the meantime.' } });
    const found = await as(person('u-9')).day(DAY);
    expect(found.signatures).toHaveLength(1);
    expect(found.signatures[0]).toMatchObject({ openGaps: 1, standings: [{ state: 'open', figures: 'source 2; target 1; 1 missing in target' }] });
    expect(found.signatures[0]?.comment).toBe(`says ${found.signatures[0]?.by}`);
    expect(found.changes).toEqual([]);
  });

  it('shows what has come since it was signed, and may be signed again', async () => {
    await pipeline.send([totals('erp', 'target', ['PO-1', 'PO-2'], '2026-03-09T15:00:00Z')]);
    await refreshWholeDesk(pipeline.store, 'UTC');
    const found = await as(person('u-9')).day(DAY);
    expect(found.changes).toMatchObject([{ interface: 'procurement-to-erp', then: 'open: source 2; target 1; 1 missing in target', now: 'agrees: source 2; target 2' }]);
    expect(found.gaps).toBe(0);
    await as(person('u-4')).sign({ ...DAY, sequence: found.sequence, gaps: 0 });
    const again = await as(person('u-9')).day(DAY);
    expect(again.signatures.map(({ by }) => by)[0]).toBe('u-4');
    expect(again.signatures).toHaveLength(2);
    expect(again.changes).toEqual([]);
    const summary = await as(person('u-9')).summary({ filters: { from: '2026-03-01T00:00:00Z', to: '2026-03-20T00:00:00Z' } });
    expect(summary).toMatchObject({ windows: 1, agree: 1, gaps: 0, toSign: 0, changed: 0, oldest: null, money: { values: [], unknown: 0 } });
  });
});
