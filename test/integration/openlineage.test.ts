import { afterAll, beforeAll, expect, it } from 'vitest';
import { storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { openLineageExport } from '../../server/export/ask';
import { runIdOf } from '../../server/export/openlineage';
import type { SignedIn } from '../../server/trpc/init';
import { fillLog } from '../bench/fill';
import { startEngine, type TestEngine } from '../support/engine';
import { readRunEvents } from '../support/openlineage';

let engine: TestEngine;
let store: Store;

beforeAll(async () => {
  process.env.NEXTAUTH_SECRET ??= 'a secret of the tests, long enough';
  engine = await startEngine();
  store = engine.store();
  await migrate(storeConfig({ ...process.env, ...engine.env }));
  await fillLog(store, 6_000, '1', () => undefined, 6_000);
}, 300_000);
afterAll(() => engine.stop());

async function runs(input: Record<string, unknown>, facilities: string[] | null = null) {
  const ctx: SignedIn = { store, viewer: { id: 'p', name: 'P', email: 'p@example.org', role: 'executive', facilities } };
  let text = '';
  for await (const chunk of openLineageExport(ctx, input, new AbortController().signal)) text += chunk;
  return readRunEvents(text);
}

it('tells every hand-over of a range as one run with its outcome', async () => {
  const events = await runs({ filters: { range: 'all' } });
  const kept = await store.select<{ handover: string; source: string; interface: string; attempts: number; succeeded: number; open: number }>(
    `SELECT toString(handover_key) AS handover, any(source) AS source, any(interface) AS interface, uniqExact(event_key) AS attempts, max(outcome = 'succeeded') AS succeeded, argMax(outcome, time) = 'retrying' AS open
     FROM handovers GROUP BY handover_key`);
  expect(kept.length).toBeGreaterThan(1_000);
  const byRun = new Map<string, typeof events>();
  for (const event of events) byRun.set(event.run.runId, [...(byRun.get(event.run.runId) ?? []), event]);
  expect(byRun.size).toBe(kept.length);
  for (const row of kept) {
    const own = byRun.get(runIdOf(row.handover)) ?? [];
    expect(own.filter(({ eventType }) => eventType !== 'START')).toHaveLength(row.attempts);
    const ends = own.filter(({ eventType }) => eventType === 'COMPLETE' || eventType === 'FAIL').map(({ eventType }) => eventType);
    expect(ends).toEqual(row.succeeded ? ['COMPLETE'] : row.open ? [] : ['FAIL']);
    expect(own[0]?.job).toEqual({ namespace: row.source, name: row.interface });
  }
  expect(events.some(({ run }) => run.facets.errorMessage !== undefined)).toBe(true);
});

it('tells a person nothing of other facilities', async () => {
  const [one] = await store.select<{ facility: string; handovers: number }>('SELECT facility, uniqExact(handover_key) AS handovers FROM handovers GROUP BY facility ORDER BY handovers LIMIT 1');
  const events = await runs({ filters: { range: 'all' } }, [one?.facility ?? '']);
  expect(new Set(events.map(({ run }) => run.facets.throughline_handOver?.facility))).toEqual(new Set([one?.facility]));
  expect(new Set(events.map(({ run }) => run.runId)).size).toBe(one?.handovers);
  await expect(runs({ filters: { facility: 'ELSEWHERE' } }, [one?.facility ?? ''])).rejects.toThrow(/not among those assigned/);
});
