import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { startEngine, type TestEngine } from '../support/engine';
import { casesThatFail, tellCases } from '../support/match-judge';
import { MUTANTS, type Mutant } from '../support/match-mutants';

/** The match is broken on purpose, in one place at a time, where its statements are made: a case worked by hand must notice. */

let engine: TestEngine;
let store: Store;
beforeAll(async () => {
  engine = await startEngine();
  store = engine.store();
  await migrate(storeConfig({ ...process.env, ...engine.env }));
  await tellCases(store);
  expect([...(await casesThatFail(store))]).toEqual([]);
}, 300_000);
afterAll(() => engine.stop());

/** Their stages work from the totals that are kept. */
const VERDICT_STAGES = ['match_running', 'match_measured', 'match_limits', 'match_judged'];
const ofTotals = ({ stage }: Mutant) => !VERDICT_STAGES.some((each) => stage.startsWith(each));
let totalsBroken = false;

/** The cases that fail once it is broken so. Throws where there is nothing to break. */
async function noticedBy(mutant: Mutant): Promise<string[]> {
  const { stage, from, to } = mutant;
  let broken = 0;
  const rewrite = (name: string, sql: string) => {
    if (!name.startsWith(stage)) return sql;
    const changed = typeof from === 'string' ? sql.replaceAll(from, () => to) : sql.replace(new RegExp(from.source, `${from.flags.replace('g', '')}g`), to);
    if (changed !== sql) broken++;
    return changed;
  };
  // Totals that were broken before are put right by a run over everything.
  const verdicts = !ofTotals(mutant) && !totalsBroken;
  const failing = await casesThatFail(store, verdicts ? { verdicts, rewrite } : { full: true, rewrite });
  totalsBroken = ofTotals(mutant);
  if (broken === 0) throw new Error(`${stage} has no ${String(from)}`);
  return [...failing.keys()];
}

describe('a case fails when', () => {
  // Those of the totals last: each makes the next run one over everything.
  const inOrder = [...MUTANTS].sort((a, b) => Number(ofTotals(a)) - Number(ofTotals(b)));
  it.each(inOrder.map((mutant) => [mutant.breaks, mutant] as const))('%s', async (_breaks, mutant) => {
    expect((await noticedBy(mutant)).length).toBeGreaterThan(0);
  }, 60_000);

  it('nothing is broken: none', async () => {
    expect([...(await casesThatFail(store))]).toEqual([]);
  }, 60_000);
});
