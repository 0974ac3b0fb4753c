import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { after, ACTIONS, FROM } from '../../server/exceptions/states';
import { exceptionKey } from '../../server/exceptions/compose';
import { subjectToken } from '../../ingest/contract/stream';
import { ALERT_RULES } from '../../server/rules/alerts';
import { ownership, ownershipParams } from '../../server/rules/ownership';
import { DEFAULT_RACI, EXCEPTION_KINDS, PARTIES, RACI_TYPES, raciOf } from '../../server/rules/raci';
import { raciFor, raciTable } from '../../server/rules/raci-table';

const folder = mkdtempSync(path.join(os.tmpdir(), 'throughline-rules-'));
let files = 0;
function rules(text: string): void {
  const file = path.join(folder, `${++files}.yaml`);
  writeFileSync(file, text);
  process.env.THROUGHLINE_RULES = file;
}
afterEach(() => {
  delete process.env.THROUGHLINE_RULES;
});
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

describe('the RACI table', () => {
  it('names everybody for every kind of exception and every alert by default', () => {
    for (const type of RACI_TYPES) expect(DEFAULT_RACI.filter((line) => line.type === type && line.stage === undefined), type).toHaveLength(1);
    for (const type of [...EXCEPTION_KINDS, ...ALERT_RULES]) expect(PARTIES).toContain(raciFor({ type }).responsible);
    expect(raciFor({ type: 'overdue-stage', stage: 'invoice' }).responsible).toBe('finance');
    expect(raciTable()).toMatchObject({ version: 'raci-1', label: null, changed: false });
  });

  it('lets the line that names more go first, and leaves the letters that it does not state', () => {
    rules(`
raci:
  version: 7
  rules:
    - { type: invoice-mismatch, responsible: supply chain }
    - { type: invoice-mismatch, facility: ST-ANNA, responsible: clinical operations, informed: [] }
    - { type: stuck-handover, interface: edi-to-ap, responsible: finance }
    - { type: stuck-handover, facility: ST-ANNA, consulted: [finance] }
    - { type: stuck-handover, facility: ST-ANNA, interface: edi-to-ap, accountable: finance }
    - { type: overdue-stage, stage: receipt, facility: ST-ANNA, responsible: clinical operations }
`);
    expect(raciFor({ type: 'invoice-mismatch' })).toEqual({ responsible: 'supply chain', accountable: 'finance', consulted: ['supply chain'], informed: [] });
    expect(raciFor({ type: 'invoice-mismatch', facility: 'ST-ANNA' }).responsible).toBe('clinical operations');
    expect(raciFor({ type: 'stuck-handover', facility: 'ST-ANNA', interface: 'edi-to-ap' })).toEqual({ responsible: 'finance', accountable: 'finance', consulted: ['finance'], informed: ['supply chain', 'finance'] });
    expect(raciFor({ type: 'overdue-stage', stage: 'receipt', facility: 'ST-ANNA' }).responsible).toBe('clinical operations');
    expect(raciFor({ type: 'overdue-stage', stage: 'receipt', facility: 'WEST' }).responsible).toBe('supply chain');
    const table = raciTable();
    expect(table).toMatchObject({ label: '7', changed: true });
    expect(table.version).toMatch(/^raci-1\+[0-9a-f]{8}$/);
    expect(table.lines.filter(({ type }) => type === 'stuck-handover').map(({ facility, interface: over, responsible, stated }) => [facility, over, responsible, stated])).toEqual([
      ['', '', 'integration support', []], ['', 'edi-to-ap', 'finance', ['responsible']], ['ST-ANNA', '', 'integration support', ['consulted']], ['ST-ANNA', 'edi-to-ap', 'finance', ['accountable']],
    ]);
  });

  it('refuses a file that makes no sense, saying where and why', () => {
    const refused = (text: string) => {
      rules(text);
      return () => raciFor({ type: 'orphan' });
    };
    expect(refused('raci: { rules: [{ type: orphan, responsible: the boss }] }')).toThrow(/raci\.rules\.0\.responsible: has to be one of: supply chain, finance/);
    expect(refused('raci: { rules: [{ type: invoices, responsible: finance }] }')).toThrow(/raci\.rules\.0\.type: has to be one of: failed-order/);
    expect(refused('raci: { rules: [{ type: orphan }] }')).toThrow(/says nobody/);
    expect(refused('raci: { rules: [{ type: orphan, stage: receipt, responsible: finance }] }')).toThrow(/only an overdue-stage/);
    expect(refused('raci: { rules: [{ type: invoice-mismatch, interface: x, responsible: finance }] }')).toThrow(/is of no interface/);
    expect(refused('raci: { rules: [{ type: orphan, responsible: finance }, { type: orphan, informed: [finance] }] }')).toThrow(/raci\.rules\.1: speaks of the same as line 1/);
    expect(refused('raci: { rule: [] }')).toThrow(/rule/);
  });

  it('says one responsible party whatever the lines', () => {
    const some = fc.record({
      type: fc.constantFrom(...RACI_TYPES), facility: fc.option(fc.constantFrom('A', 'B'), { nil: undefined }), interface: fc.option(fc.constantFrom('i', 'j'), { nil: undefined }),
      responsible: fc.option(fc.constantFrom(...PARTIES), { nil: undefined }),
    });
    fc.assert(fc.property(fc.array(some, { maxLength: 12 }), some, (lines, about) => {
      const { responsible } = raciOf([...DEFAULT_RACI, ...lines], about);
      expect(PARTIES).toContain(responsible);
      const exact = lines.filter((line) => line.type === about.type && line.facility === about.facility && line.interface === about.interface && line.responsible !== undefined && about.facility !== undefined && about.interface !== undefined);
      if (exact.length > 0) expect(responsible).toBe(exact.at(-1)?.responsible);
    }));
  });
});

describe('systems of record', () => {
  it('are nobody’s where nothing is stated', () => expect(ownership()).toEqual({ version: 'ownership-1', label: null, rules: [] }));

  it('go before each other by facility, then by their beginning', () => {
    rules(`
ownership:
  rules:
    - { object: receipt, system: old }
    - { object: receipt, system: new, from: 2026-03-01 }
    - { object: receipt, system: other, facility: ST-ANNA }
    - { object: item, field: gtin, system: item-master }
`);
    expect(ownershipParams(ownership().rules)).toEqual({
      objects: ['receipt', 'receipt', 'item', 'receipt'], fields: ['', '', 'gtin', ''], systems: ['other', 'new', 'item-master', 'old'], places: ['ST-ANNA', '', '', ''],
      begins: ['1900-01-01', '2026-03-01', '1900-01-01', '1900-01-01'], ends: Array(4).fill('2299-12-31'), sole_objects: ['item'], sole_systems: ['item-master'],
    });
  });

  it('refuses what makes no sense', () => {
    const refused = (text: string) => {
      rules(text);
      return () => ownership();
    };
    expect(refused('ownership: { rules: [{ object: receipts, system: a }] }')).toThrow(/ownership\.rules\.0\.object: has to be one of: case, usage/);
    expect(refused('ownership: { rules: [{ object: receipt, system: a, field: colour }] }')).toThrow(/receipt has no field colour/);
    expect(refused('ownership: { rules: [{ object: receipt, system: a, from: "2026-03-01", until: "2026-03-01" }] }')).toThrow(/after `from`/);
    expect(refused('ownership: { rules: [{ object: receipt }] }')).toThrow(/ownership\.rules\.0\.system/);
  });
});

describe('what can be done about an exception', () => {
  it('leads from each state where it says, and nowhere from others', () => {
    const states = ['open', 'reopened', 'acknowledged', 'assigned', 'resolved', 'settled'] as const;
    for (const action of ACTIONS)
      for (const state of states) {
        if (action === 'comment') continue;
        const next = after({ state, assignee: 'u-1' }, action, 'u-2');
        expect(next !== null, `${action} from ${state}`).toBe(FROM[action].includes(state));
      }
    expect(after({ state: 'open', assignee: '' }, 'assign', 'u-2')).toEqual({ state: 'assigned', assignee: 'u-2' });
    expect(after({ state: 'assigned', assignee: 'u-2' }, 'assign', '')).toEqual({ state: 'acknowledged', assignee: '' });
    expect(after({ state: 'settled', assignee: '' }, 'resolve')).toBeNull();
  });

  it('is said on a subject of its own for each exception, whatever its document is called', () => {
    const id = fc.oneof(fc.string({ maxLength: 260, unit: 'grapheme' }), fc.stringMatching(/^[ .*>%_a]{1,12}$/));
    fc.assert(fc.property(id, id, (one, other) => {
      const [a, b] = [exceptionKey('orphan', one), exceptionKey('orphan', other)];
      expect(a.length).toBeLessThanOrEqual(200);
      expect(subjectToken(a)).toBe(a);
      expect(a === b).toBe(one === other);
    }));
  });
});
