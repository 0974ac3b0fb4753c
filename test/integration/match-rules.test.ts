import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { refreshMatches } from '../../clickhouse/matches';
import { startEngine, type TestEngine } from '../support/engine';
import { everything } from '../support/match';
import { CASE_RULES } from '../support/match-cases-more';
import { tellCases } from '../support/match-judge';

/** Whatever rules were in force before: what is kept is what these rules make of the facts, in force and beside. */

const AUTUMN = { from: '2026-09-01', name: 'autumn', price_upper: { percent: '10', absolute: null } };
const RULES = {
  'the first': {},
  'other limits': { price_upper: { percent: '1', absolute: '2.50' } },
  'a version from autumn on': { versions: [AUTUMN] },
  'that version sooner': { versions: [{ ...AUTUMN, from: '2026-02-15' }] },
  'another before it': { versions: [{ from: '2026-02-15', name: 'spring', quantity: { percent: '5' }, over_delivery: { percent: '10' } }, AUTUMN] },
  'that one alone': { versions: [{ from: '2026-02-15', name: 'spring', quantity: { percent: '5' }, over_delivery: { percent: '10' } }] },
  'other days for duplicates in autumn': { versions: [{ ...AUTUMN, duplicate_days: 5 }] },
  'many limits': CASE_RULES,
} as const;
type Name = keyof typeof RULES;

let engine: TestEngine;
beforeAll(async () => {
  engine = await startEngine();
}, 60_000);
afterAll(() => engine.stop());

async function told(database: string): Promise<Store> {
  await migrate({ ...storeConfig({ ...process.env, ...engine.env }), database });
  const store = engine.store(database);
  await tellCases(store);
  return store;
}

async function kept(store: Store) {
  const lines = await store.select('SELECT * EXCEPT (run, gone) FROM matched_invoice_lines FINAL WHERE NOT gone ORDER BY object_id');
  const beside = await store.select('SELECT * EXCEPT (run, gone) FROM matched_invoice_lines_beside FINAL WHERE NOT gone ORDER BY object_id, rule_version');
  const over = await store.select('SELECT order_id, order_line, lone, settled, over_delivered FROM matched_order_lines FINAL WHERE NOT gone ORDER BY order_id, order_line, lone');
  return { lines, beside, over };
}

it('holds after any rules, one after the other', async () => {
  const [store, anew] = [await told('changing'), await told('anew')];
  await refreshMatches(store, everything());
  const expected = new Map<Name, Awaited<ReturnType<typeof kept>>>();
  for (const name of Object.keys(RULES) as Name[]) {
    await refreshMatches(anew, everything(RULES[name]), { full: true });
    expected.set(name, await kept(anew));
  }
  // The rules differ in what they find.
  expect(new Set([...expected.values()].map((each) => JSON.stringify(each))).size).toBe(expected.size);
  await fc.assert(fc.asyncProperty(fc.array(fc.constantFrom(...(Object.keys(RULES) as Name[])), { minLength: 4, maxLength: 8 }), async (names) => {
    for (const name of names) {
      await refreshMatches(store, everything(RULES[name]));
      expect(await kept(store)).toEqual(expected.get(name));
    }
  }), { numRuns: 2, endOnFailure: true });
}, 600_000);

it('holds where a change of rules broke off and was taken back, or was followed by another', async () => {
  const store = await told('broken_off');
  for (const [before, broken, after] of [['the first', 'a version from autumn on', 'the first'], ['a version from autumn on', 'that version sooner', 'another before it']] as const) {
    await refreshMatches(store, everything(RULES[after]), { full: true });
    const expected = await kept(store);
    await refreshMatches(store, everything(RULES[before]), { full: true });
    // The new verdicts in force are written, and those beside them are not.
    await expect(refreshMatches(store, everything(RULES[broken]), { rewrite: (stage, sql) => (stage === 'match_beside_gone' || stage === 'beside_gone' ? 'SELECT throwIf(1)' : sql) })).rejects.toThrow();
    await refreshMatches(store, everything(RULES[after]));
    expect(await kept(store)).toEqual(expected);
  }
}, 300_000);
