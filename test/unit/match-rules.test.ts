import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { currentMatchRules, MATCH_DEFAULTS, matchParams, matchRules } from '../../server/rules/match';

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

describe('rules of the match', () => {
  it('are the labelled defaults where no file is named', () => {
    delete process.env.THROUGHLINE_RULES;
    expect(currentMatchRules()).toEqual(MATCH_DEFAULTS);
    expect(matchParams()).toMatchObject({
      m_price_upper_percent: '2', m_price_upper_absolute: '5.00', m_price_upper_both: 0, m_quantity_percent: '0', m_quantity_absolute: null,
      m_freight_both: 1, m_duplicate_days: 90, m_flow_when_unknown: 'three-way', m_version: 'match-1',
    });
  });

  it('are what the file states over the defaults, under a version of their own', () => {
    rulesFile('match:\n  price_upper: { percent: "1", absolute: null }\n  duplicate_days: 30\n');
    expect(currentMatchRules()).toEqual({ ...MATCH_DEFAULTS, price_upper: { percent: '1', absolute: null, breach: 'either' }, duplicate_days: 30 });
    expect(matchParams()).toMatchObject({ m_price_upper_percent: '1', m_price_upper_absolute: null, m_version: expect.stringMatching(/^match-1\+[0-9a-f]{8}$/) });
  });

  it('keep the version of the defaults where the file only repeats them', () => {
    rulesFile('match:\n  duplicate_days: 90\n');
    expect(matchParams().m_version).toBe('match-1');
  });

  it.each([
    ['match:\n  price_uper: { percent: "1" }\n', /match.*price_uper/],
    ['match:\n  quantity: { percent: "-1" }\n', /match\.quantity\.percent: has to be a number/],
    ['match:\n  quantity: { breach: sometimes }\n', /match\.quantity\.breach/],
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
