import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { MatchRuleSet } from '../../clickhouse/queries/match-rules';
import { currentMatchRules, MATCH_DEFAULTS, matchParams, matchRules, matchVersionOn } from '../../server/rules/match';

const folder = mkdtempSync(path.join(os.tmpdir(), 'throughline-rules-'));
let files = 0;
const before = process.env.THROUGHLINE_RULES;

function rulesFile(text: string): void {
  const file = path.join(folder, `rules-${++files}.yaml`);
  writeFileSync(file, text);
  process.env.THROUGHLINE_RULES = file;
}

afterEach(() => {
  if (before === undefined) delete process.env.THROUGHLINE_RULES;
  else process.env.THROUGHLINE_RULES = before;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const set = () => JSON.parse(matchParams().m_rules) as MatchRuleSet;

describe('rules of the match', () => {
  it('are the labelled defaults where no file is named', () => {
    delete process.env.THROUGHLINE_RULES;
    expect(currentMatchRules()).toEqual(MATCH_DEFAULTS);
    expect(matchParams()).toMatchObject({ m_flow_when_unknown: 'three-way', m_version: 'match-1' });
    expect(set()).toEqual({
      names: ['match-1'], from: ['1900-01-01'], duplicate_days: [90], suspect_percent: ['2'],
      limits: {
        price_upper: [[1, '', '', '', '2', '5.00', 0]], price_lower: [[1, '', '', '', '10', null, 0]], quantity: [[1, '', '', '', '0', null, 0]], over_delivery: [[1, '', '', '', '0', null, 0]],
        freight: [[1, '', '', '', '5', '50.00', 1]],
      },
    });
  });

  it('are what the file states over the defaults, under a version of their own', () => {
    rulesFile('match:\n  price_upper: { percent: "1", absolute: null }\n  duplicate_days: 30\n');
    expect(currentMatchRules()).toEqual({ ...MATCH_DEFAULTS, price_upper: { percent: '1', absolute: null, breach: 'either' }, duplicate_days: 30 });
    expect(set()).toMatchObject({ duplicate_days: [30], limits: { price_upper: [[1, '', '', '', '1', null, 0]] } });
    expect(matchParams().m_version).toMatch(/^match-1\+[0-9a-f]{8}$/);
  });

  it('hold for some facilities, suppliers and categories: who names more comes first, then supplier before facility before category', () => {
    rulesFile(`match:
  limits:
    - { category: implants, price_upper: { absolute: "50" } }
    - { facility: NORTH, price_upper: { percent: "3" } }
    - { supplier: SUP-1, price_upper: { percent: "1" }, quantity: { absolute: "2", breach: both } }
    - { facility: NORTH, category: implants, price_upper: { percent: null } }
    - { supplier: SUP-1, facility: NORTH, category: implants, price_upper: { percent: "9" } }
    - { supplier: SUP-1, facility: NORTH, price_upper: { percent: "8" } }
    - { supplier: SUP-1, category: implants, price_upper: { percent: "7" } }
`);
    // What a limit leaves out is as it is for all: 2 percent, 5.00, either.
    expect(set().limits.price_upper).toEqual([
      [1, 'NORTH', 'SUP-1', 'implants', '9', '5.00', 0],
      [1, 'NORTH', 'SUP-1', '', '8', '5.00', 0],
      [1, '', 'SUP-1', 'implants', '7', '5.00', 0],
      [1, 'NORTH', '', 'implants', null, '5.00', 0],
      [1, '', 'SUP-1', '', '1', '5.00', 0],
      [1, 'NORTH', '', '', '3', '5.00', 0],
      [1, '', '', 'implants', '2', '50', 0],
      [1, '', '', '', '2', '5.00', 0],
    ]);
    expect(set().limits.quantity).toEqual([[1, '', 'SUP-1', '', '0', '2', 1], [1, '', '', '', '0', null, 0]]);
  });

  it('have later versions, each whole: what one leaves out is as in the one before', () => {
    rulesFile(`match:
  price_upper: { percent: "1" }
  versions:
    - { from: "2026-04-01", quantity: { percent: "5" }, limits: [{ supplier: SUP-1, freight: { percent: "9" } }] }
    - { from: "2026-07-01", name: "summer", duplicate_days: 10 }
`);
    expect(set()).toMatchObject({ from: ['1900-01-01', '2026-04-01', '2026-07-01'], duplicate_days: [90, 90, 10], names: [expect.stringMatching(/^match-1\+/), expect.stringMatching(/^match-2026-04-01\+/), expect.stringMatching(/^summer\+/)] });
    expect(set().limits.price_upper).toEqual([[1, '', '', '', '1', '5.00', 0], [2, '', '', '', '1', '5.00', 0], [3, '', '', '', '1', '5.00', 0]]);
    expect(set().limits.quantity.map(([version, , , , percent]) => [version, percent])).toEqual([[1, '0'], [2, '5'], [3, '5']]);
    expect(set().limits.freight).toEqual([[2, '', 'SUP-1', '', '9', '50.00', 1], [3, '', 'SUP-1', '', '9', '50.00', 1], [1, '', '', '', '5', '50.00', 1], [2, '', '', '', '5', '50.00', 1], [3, '', '', '', '5', '50.00', 1]]);
    expect(['2026-03-31', '2026-04-01', '2026-12-24'].map((day) => matchVersionOn(day).version.split('+')[0])).toEqual(['match-1', 'match-2026-04-01', 'summer']);
  });

  it('keep the version of the defaults where the file only repeats them', () => {
    rulesFile('match:\n  duplicate_days: 90\n');
    expect(matchParams().m_version).toBe('match-1');
  });

  it.each([
    ['match:\n  price_uper: { percent: "1" }\n', /match.*price_uper/],
    ['match:\n  quantity: { percent: "-1" }\n', /match\.quantity\.percent: has to be a number/],
    ['match:\n  quantity: { breach: sometimes }\n', /match\.quantity\.breach/],
    ['match:\n  versions: [{ from: 2026-13-01 }]\n', /match\.versions\.0\.from: has to be a day/],
    ['match:\n  versions: [{ from: "2026-05-01" }, { from: "2026-04-01" }]\n', /match\.versions\.1\.from: has to be later than 2026-05-01/],
    ['match:\n  versions: [{ from: "2026-04-01", flow_when_unknown: two-way }]\n', /match\.versions\.0: .*flow_when_unknown/],
    ['match:\n  limits: [{ price_upper: { percent: "1" } }]\n', /match\.limits\.0: has to say for which facility/],
    ['match:\n  limits: [{ supplier: S }]\n', /match\.limits\.0: has to state at least one of price_upper/],
    ['match:\n  limits: [{ supplier: S, quantity: {} }, { supplier: S, freight: {} }]\n', /match\.limits\.1: is for the same facility, supplier and category as number 0/],
    ['mach: {}\n', /section "mach"; the sections are match, clocks/],
    ['- 1\n', /map of sections/],
    ['match: [\n', /cannot be read/],
  ])('are refused in one line that names what is wrong: %j', (text, reason) => {
    rulesFile(text);
    expect(() => currentMatchRules()).toThrow(reason);
    try {
      currentMatchRules();
    } catch (error) {
      expect((error as Error).message).not.toContain('\n');
    }
  });

  it('take limits as text or number, to four places', () => {
    expect(matchRules.parse({ quantity: { percent: 0.5 } }).quantity.percent).toBe('0.5');
    expect(matchRules.safeParse({ quantity: { percent: '0.12345' } }).success).toBe(false);
  });
});
