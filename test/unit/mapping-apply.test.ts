import fc from 'fast-check';
import jsonata from 'jsonata';
import { describe, expect, it } from 'vitest';
import type { Mapping, MappingResult } from '../../ingest/mapping';
import { compileMapping } from '../../ingest/mapping/compile';
import { HELPERS, registerHelpers } from '../../ingest/mapping/helpers';
import { compileNative, NOT_PLAIN, type Node } from '../../ingest/mapping/native';
import { createMapper, loadConfiguredMappings } from '../../ingest/mapping';

const HEAD = `mapping: m
version: 1
match: { subject: events.x.> }
common:
  source: '"wms"'
  id: no
  time: at
  data: { facility: site, document: { id: no } }
`;
const mapping = (rules: string, more = ''): Promise<Mapping> => compileMapping('m.yaml', `${HEAD}${more}${rules}`);
const RECEIPT = `rules:
  - events:
      - type: procurement.receipt.confirmed.v1
        data:
          lines:
            - { each: items, id: $string(pos), order: { when: po, document: po, line: poLine }, quantity: $decimal(qty), lot: lot, attributes: { colour: colour } }
`;
const AT = '2026-03-06T14:05:00Z';

function only(results: MappingResult[]): MappingResult {
  expect(results).toHaveLength(1);
  return results[0] as MappingResult;
}

describe('applying a mapping', () => {
  it('leaves out what is not known, whatever way it is not known', async () => {
    const made = only(await (await mapping(RECEIPT)).apply({ no: 'R1', at: AT, site: null, items: [{ pos: 1, po: 'P', poLine: '', qty: '', colour: 'red' }, { pos: 2, qty: 0, lot: '   x' }] }));
    expect(made).toEqual({
      ok: true,
      event: {
        specversion: '1.0', type: 'procurement.receipt.confirmed.v1', source: 'wms', id: 'R1', time: AT,
        data: {
          document: { id: 'R1' }, mappingVersion: 'm@1',
          lines: [{ id: '1', order: { document: 'P' }, attributes: { colour: 'red' } }, { id: '2', quantity: '0', lot: '   x' }],
        },
      },
    });
  });

  it('takes one element where a list was expected', async () => {
    const made = only(await (await mapping(RECEIPT)).apply({ no: 'R1', at: AT, items: { pos: 7 } }));
    expect(made.ok && made.event.data.lines).toEqual([{ id: '7' }]);
  });

  it('names the expression that failed, and none of the values', async () => {
    const failed = only(await (await mapping(RECEIPT)).apply({ no: 'R1', at: AT, items: [{ pos: 1, qty: '12 Jane Doe' }] }));
    expect(failed).toMatchObject({ ok: false, code: 'MAPPING_FAILED', mapping: 'm@1', field: 'data.lines[0].quantity', expression: '$decimal(qty)' });
    expect(failed.ok === false && failed.message).not.toContain('Jane');
  });

  it('names the expression whose result the contract refuses', async () => {
    const rules = RECEIPT.replace('$decimal(qty)', 'qty');
    expect(only(await (await mapping(rules)).apply({ no: 'R1', at: AT, items: [{ pos: 1, qty: '1.23456' }] }))).toMatchObject({ ok: false, field: 'data.lines[0].quantity', expression: 'qty' });
    expect(only(await (await mapping(rules)).apply({ no: 'R1', at: 'yesterday', items: [{ pos: 1 }] }))).toMatchObject({ ok: false, field: 'time', expression: 'at' });
    expect(only(await (await mapping(rules)).apply({ no: 'R1', at: AT }))).toMatchObject({ ok: false, field: 'data.lines' });
  });

  it('hides the value in JSONata\'s own messages', async () => {
    const failed = only(await (await mapping(RECEIPT.replace('$decimal(qty)', '$number(qty)'))).apply({ no: 'R1', at: AT, items: [{ pos: 1, qty: 'Jane Doe' }] }));
    expect(failed).toMatchObject({ ok: false, expression: '$number(qty)' });
    expect(failed.ok === false && failed.message).not.toContain('Jane');
  });

  it('takes the first rule that fits, and says why a record is none', async () => {
    const rules = `rules:
  - { when: kind = "note", ignore: notes are no bookings }
  - when: kind = "receipt"
    events: [{ type: procurement.receipt.confirmed.v1, data: { lines: [{ id: '"1"' }] } }]
  - when: kind = "nothing"
    events: [{ when: false, type: procurement.receipt.confirmed.v1, data: { lines: [{ id: '"1"' }] } }]
`;
    const m = await mapping(rules);
    expect(only(await m.apply({ kind: 'note' }))).toMatchObject({ ok: false, code: 'IGNORED', message: expect.stringContaining('notes are no bookings') as string });
    expect(only(await m.apply({ kind: 'receipt', no: 'R1', at: AT })).ok).toBe(true);
    expect(only(await m.apply({ kind: 'nothing', no: 'R1', at: AT }))).toMatchObject({ ok: false, code: 'UNMAPPED' });
    expect(only(await m.apply({ kind: 'other' }))).toMatchObject({ ok: false, code: 'UNMAPPED', mapping: 'm@1' });
    expect(only(await m.apply('no object at all'))).toMatchObject({ ok: false, code: 'UNMAPPED' });
  });

  it('gives all events of a record or none', async () => {
    const rules = `rules:
  - events:
      - { type: procurement.order.created.v1, id: no & "-o", data: { lines: [{ id: '"1"' }] } }
      - { type: procurement.receipt.confirmed.v1, id: no & "-r", data: { lines: [{ id: '"1"', quantity: $decimal(qty) }] } }
`;
    const m = await mapping(rules);
    expect((await m.apply({ no: 'A', at: AT, qty: '1' })).map(({ ok }) => ok)).toEqual([true, true]);
    expect((await m.apply({ no: 'A', at: AT, qty: '1x' })).map(({ ok }) => ok)).toEqual([false]);
    const same = await mapping(rules.replaceAll(/id: no & "-[or]", /g, ''));
    expect(only(await same.apply({ no: 'A', at: AT }))).toMatchObject({ ok: false, field: 'id', message: expect.stringContaining('two events of one record') as string });
  });

  it('takes the records out of a message, each on its own', async () => {
    const m = await mapping(RECEIPT.replace('each: items, ', ''), 'each: parcels\n');
    const parcel = (no: string, qty: string) => ({ no, at: AT, pos: 1, qty });
    expect((await m.applyMessage({ parcels: [parcel('A', '1'), parcel('B', '1,2'), parcel('C', '3')] })).map((result) => (result.ok ? result.event.id : result.field))).toEqual(['A', 'data.lines[0].quantity', 'C']);
    expect(only(await m.applyMessage({ parcels: [] }))).toMatchObject({ code: 'UNMAPPED', field: 'each' });
    expect(only(await m.applyMessage(null))).toMatchObject({ code: 'UNMAPPED' });
  });

  it('reads parameters, subject and file', async () => {
    const m = await mapping(RECEIPT.replace('lot: lot', 'lot: $params.zone & "/" & $subject & "/" & $file'), 'params: { zone: UTC, other: null }\n');
    const lot = async (context: object) => {
      const made = only(await m.apply({ no: 'R', at: AT, items: [{ pos: 1 }] }, context));
      return made.ok ? (made.event.data.lines as { lot: string }[])[0]?.lot : made;
    };
    expect(await lot({ subject: 's', file: 'f' })).toBe('UTC/s/f');
    expect(await lot({ params: { zone: 'CET' } })).toBe('CET//');
  });

  it('of the shipped live example books parcels', async () => {
    const m = createMapper(await loadConfiguredMappings({})).forSubject('events.legacy.receipts.NORTH');
    const results = await m?.applyMessage({
      messageNo: 'M-1', site: 'NORTH', bookedAt: '2026-03-08 03:30',
      parcels: [{ grn: '77', pos: 1, po: '450', poPos: '10', material: '1', qty: '1,200.5', unit: 'EA' }, { grn: '78', pos: 1, reversal: true }, { pos: 2 }],
    });
    expect(results?.map((result) => (result.ok ? result.event.type : result.code))).toEqual(['procurement.receipt.confirmed.v1', 'procurement.receipt.reversed.v1', 'IGNORED']);
    expect(results?.[0]).toMatchObject({ event: { time: '2026-03-08T03:30:00-05:00', data: { lines: [{ quantity: '1200.5', item: 'ITM-1' }] } } });
    expect(JSON.stringify(results?.[1])).not.toContain('ITM-');
  });
});

describe('helpers', () => {
  const call = (name: string, ...given: unknown[]) => HELPERS.get(name)?.(...given);
  it.each([
    ['2-Jun-06', ['D-MMM-YY', 'M/D/YY'], '2006-06-02'], ['8/12/14', ['D-MMM-YY', 'M/D/YY'], '2014-08-12'], ['Date Not Captured', ['M/D/YY'], undefined], ['', ['M/D/YY'], undefined],
    [undefined, [], undefined], ['2018-01-02T23:59:00.000+01:00', [], '2018-01-02'], ['2024-02-29', [], '2024-02-29'],
  ])('$date(%s, %j) is %s', (text, formats, day) => expect(call('date', text, ...formats)).toBe(day));
  it.each([['31-Feb-10', ['D-MMM-YY']], ['2023-02-29', []], ['12/31/14', ['D/M/YY']]])('$date(%s) is an error', (text, formats) => expect(() => call('date', text, ...formats)).toThrow(/is no date/));

  it.each([
    ['1,234.50', '1234.5'], ['-7', '-7'], ['.5', '0.5'], ['007', '7'], ['0.0', '0'], [12.5, '12.5'], ['See ASN-93 (ID#:1281)', undefined], ['', undefined], ['N/A', undefined], [null, undefined], ['+3.', '3'],
  ])('$decimal(%j) is %s', (value, digits) => expect(call('decimal', value)).toBe(digits));
  it.each(['12x', '1,2,3', '1.2.3', '1e5', '12 000'])('$decimal(%s) is an error', (value) => expect(() => call('decimal', value)).toThrow(/decimal/));

  it.each([
    ['2018-03-25T02:30:00.000+01:00', undefined, '2018-03-25T02:30:00.000+01:00'], ['2026-03-06 14:05', 'America/Chicago', '2026-03-06T14:05:00-06:00'], ['2026-07-06', 'Europe/Berlin', '2026-07-06T00:00:00+02:00'],
    ['2006-06-02', undefined, '2006-06-02T00:00:00Z'], ['2018-01-02T10:00:00+0530', undefined, '2018-01-02T10:00:00+05:30'], ['unknown', undefined, undefined],
  ])('$instant(%s, %s) is %s', (text, zone, instant) => expect(call('instant', text, zone)).toBe(instant));
  it('$instant refuses what it cannot read', () => expect(() => call('instant', '3 March 26')).toThrow());

  it('$slug makes keys, $key keeps no stumps', () => {
    expect(call('slug', "Côte d'Ivoire")).toBe('cote-d-ivoire');
    expect(call('slug', '!!!')).toBeUndefined();
    expect(call('key', 'PO-', 12)).toBe('PO-12');
    expect(call('key', 'PO-', undefined)).toBeUndefined();
  });

  it('$opener reads a list as brackets', () => {
    const list = ['R', 'R', 'C', 'R', 'C', 'C', 'C'];
    expect([2, 4, 5, 6].map((at) => call('opener', list, at, 'R', 'C'))).toEqual([1, 3, 0, undefined]);
    expect(call('previous', list, 3, 'R')).toBe(1);
    expect(call('next', list, -1, 'C')).toBe(2);
    expect(call('countBefore', list, 4, 'R')).toBe(3);
    expect(call('at', ['a'], 0)).toBe('a');
  });
});

describe('what is run without the evaluator', () => {
  const EXPRESSIONS = [
    'a', 'a.b', '`x y`.b', '$n', '$n.b', 'a = "t"', 'a != b', 'a = 1 and b = "t"', 'a or b', 'a in ["t", "u"]', 'a & "-" & b', 'a + 1', 'a - b', 'a < b', 'a >= "2000"', 'a ? b : "no"', 'a ? b',
    '$exists(a)', '$not($exists(a))', '$count(a)', '$contains(a, "t")', '$lowercase(a)', '$substringBefore(a, "_")', '$substringAfter(a, "_")', '$contains(a, "_") ? $substringAfter(a, "_")',
    '$key("x", a, b)', '$decimal(a)', '(a ? b : 1)', 'a = true', 'a.b = $n.b', '$slug(a)', '$countBefore($n, 2, a)', '$at($n, 0)', 'b in $n',
  ];
  const value = fc.oneof(
    { arbitrary: fc.constantFrom('t', 'u', '', 'T_x_y', '2001', 'See 1'), weight: 3 }, fc.constantFrom(0, 1, 2.5, -3), fc.boolean(), fc.constant(null), fc.constant(undefined),
    fc.array(fc.constantFrom('t', 'u', 1), { maxLength: 3 }), fc.record({ b: fc.constantFrom('t', 1, undefined) }),
  );

  it('gives what JSONata gives, or leaves it to JSONata', async () => {
    const compiled = EXPRESSIONS.map((text) => {
      const expression = jsonata(text);
      registerHelpers(expression);
      const tree: object = expression.ast();
      return { text, expression, native: compileNative(tree as Node) };
    });
    expect(compiled.filter(({ native }) => native === undefined).map(({ text }) => text)).toEqual([]);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...compiled), value, value, value, async ({ text, expression, native }, a, b, n) => {
        const record = { a, b, 'x y': { b } };
        let mine: unknown;
        try {
          mine = { value: native?.({ record, names: { n } }) };
        } catch (problem) {
          if (problem === NOT_PLAIN) return;
          mine = { error: (problem as Error).message };
        }
        const theirs: unknown = await expression.evaluate(record, { n }).then(
          (result: unknown) => ({ value: result }),
          (problem: unknown) => ({ error: (problem as Error).message }),
        );
        expect({ text, ...(JSON.parse(JSON.stringify(mine)) as object) }).toEqual({ text, ...(JSON.parse(JSON.stringify(theirs)) as object) });
      }),
      { numRuns: 4000 },
    );
  });
});
