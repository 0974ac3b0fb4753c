import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeConfig } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { VERDICTS } from '../../clickhouse/queries/match';
import { startEngine, type TestEngine } from '../support/engine';
import { ALL_CASES, casesThatFail, tellCases, unseenVerdicts } from '../support/match-judge';

let engine: TestEngine;
let failures: Map<string, string[]>;
beforeAll(async () => {
  engine = await startEngine();
  const store = engine.store();
  await migrate(storeConfig({ ...process.env, ...engine.env }));
  await tellCases(store);
  failures = await casesThatFail(store);
}, 300_000);
afterAll(() => engine.stop());

describe('verdicts worked by hand', () => {
  it.each(ALL_CASES.map(({ name }) => name))('%s', (name) => {
    expect(failures.get(name) ?? []).toEqual([]);
  });

  it('have names of their own', () => {
    expect(new Set(ALL_CASES.map(({ name }) => name)).size).toBe(ALL_CASES.length);
  });

  it('are there for every verdict', () => {
    expect(unseenVerdicts(VERDICTS)).toEqual([]);
  });
});
