import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileMapping } from '../../ingest/mapping/compile';
import { createMapper, loadConfiguredMappings, loadMappings, MappingFileError } from '../../ingest/mapping';
import { fileMatches, subjectMatches } from '../../ingest/mapping/subject';

const GOOD = `mapping: small
version: 3
match: { subject: events.legacy.> }
common:
  source: '"wms"'
  id: no
  time: at
  data: { document: { id: no } }
rules:
  - events:
      - type: procurement.receipt.confirmed.v1
        data:
          lines: [{ id: '"1"', quantity: qty }]
`;

/** Where and why a changed file is refused. */
async function refusal(from: string, to: string): Promise<string> {
  const text = GOOD.replace(from, to);
  expect(text).not.toBe(GOOD);
  const problem = await compileMapping('small.yaml', text).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(problem).toBeInstanceOf(MappingFileError);
  return (problem as Error).message;
}

describe('a mapping file', () => {
  it('is read', async () => {
    const mapping = await compileMapping('small.yaml', GOOD);
    expect(mapping.label).toBe('small@3');
    expect(mapping.matchesSubject('events.legacy.x.y')).toBe(true);
    expect(mapping.matchesSubject('events.procurement.order')).toBe(false);
  });

  it.each([
    ['broken YAML', 'version: 3', 'version: [3', /^small\.yaml:3:1: YAML: /],
    ['a key that does not exist', 'version: 3', 'versoin: 3\nversion: 3', /^small\.yaml:2:1: versoin: is not known here; did you mean version\?/],
    ['no version', 'version: 3\n', '', /^small\.yaml:1:1: version: .*missing/],
    ['a version that is text', 'version: 3', 'version: three', /^small\.yaml:2:1: version: must be number/],
    ['an event type that does not exist', 'receipt.confirmed.v1', 'receipt.confirmd.v1', /^small\.yaml:11:15: .*procurement\.receipt\.confirmd\.v1 is no event type.*did you mean procurement\.receipt\.confirmed\.v1\?/],
    ['an event of the product\'s own', 'procurement.receipt.confirmed.v1', 'ops.user.changed.v1', /^small\.yaml:11:15: .*ops\.user\.changed\.v1 is no event type that a mapping may make/],
    ['a contract field that does not exist', 'quantity: qty', 'quantitty: qty', /^small\.yaml:13:32: procurement\.receipt\.confirmed\.v1 has no field data\.lines\[0\]\.quantitty; did you mean quantity\?/],
    ['a field of the head that does not exist', 'data: { document', 'data: { facilty: site, document', /^small\.yaml:8:11: .*has no field data\.facilty; did you mean facility\?/],
    ['fields below a plain field', 'quantity: qty', 'quantity: { value: qty }', /^small\.yaml:13:44: data\.lines\[0\]\.quantity takes no fields/],
    ['a JSONata error', 'quantity: qty', 'quantity: "$decimal(qty"', /^small\.yaml:13:5\d: data\.lines\[0\]\.quantity: the expression is no JSONata: /],
    ['a function that does not exist', 'quantity: qty', 'quantity: $decimla(qty)', /^small\.yaml:13:42: data\.lines\[0\]\.quantity: \$decimla is neither a name of this mapping nor a function/],
    ['a name that does not exist', 'id: no\n  time', 'id: $nummber\n  time', /^small\.yaml:6:7: id: \$nummber is neither/],
    ['no time', '  time: at\n', '', /^small\.yaml:10:9: rules\.0\.events\.0: states no time/],
    ['a rule of nothing', '  - events:', '  - when: a = 1\n  - events:', /^small\.yaml:10:5: rules\.0: a rule has either `events` or `ignore`/],
    ['an empty match', '{ subject: events.legacy.> }', '{}', /^small\.yaml:3:1: match: must name a subject/],
    ['a broken subject', 'events.legacy.>', 'events..legacy', /^small\.yaml:3:\d+: match\.subject/],
    ['an anchor that does not exist', 'quantity: qty', '<<: *nothing', /^small\.yaml:13:\d+: /],
  ])('with %s is refused with its place', async (_, from, to, expected) => {
    expect(await refusal(from, to)).toMatch(expected);
  });

  it('names the line of an error inside a block', async () => {
    const message = await refusal('quantity: qty }]', 'quantity: qty }]\n          supplier: >-\n            vendor ? vendor\n            : $uppercase((name');
    expect(message).toMatch(/^small\.yaml:16:\d+: data\.supplier: the expression is no JSONata/);
  });

  it('with names that depend on themselves is refused', async () => {
    expect(await refusal('common:', 'let:\n  a: $b\n  b: $a\ncommon:')).toMatch(/^small\.yaml:6:6: let a depends on itself: a → b → a/);
  });
});

describe('loading', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'throughline-mappings-'));
    await writeFile(path.join(folder, 'small.yaml'), GOOD);
    await writeFile(path.join(folder, 'notes.txt'), 'not a mapping');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('reads a folder and the shipped examples', async () => {
    expect((await loadMappings(folder)).map(({ label }) => label)).toEqual(['small@3']);
    const shipped = await loadConfiguredMappings({});
    expect(shipped.map(({ name }) => name).sort()).toEqual(['bpic2019', 'legacy-receipts', 'scms']);
    expect((await loadConfiguredMappings({ THROUGHLINE_MAPPINGS: folder })).map(({ name }) => name)).toContain('small');
  });

  it('lets a mapping of one\'s own go before the shipped one of its name', async () => {
    await writeFile(path.join(folder, 'scms.yml'), GOOD.replace('mapping: small', 'mapping: scms'));
    const found = (await loadConfiguredMappings({ THROUGHLINE_MAPPINGS: folder })).filter(({ name }) => name === 'scms');
    expect(found.map(({ version }) => version)).toEqual([3]);
  });

  it('says which folder is not there', async () => {
    await expect(loadMappings(path.join(folder, 'nowhere'))).rejects.toThrow(/there is no mapping file or folder/);
  });

  it('takes a subject to its mapping and refuses two of one name', async () => {
    const [small] = await loadMappings(path.join(folder, 'small.yaml'));
    if (!small) throw new Error('not loaded');
    const mapper = createMapper([small]);
    expect(mapper.forSubject('events.legacy.a')).toBe(small);
    expect(mapper.forSubject('events.legacy.a')).toBe(small);
    expect(mapper.forSubject('events.procurement.order.created.X')).toBeUndefined();
    expect(mapper.forName('small')).toBe(small);
    expect(() => createMapper([small, small])).toThrow(/two mapping files are named small/);
  });
});

describe('patterns', () => {
  it.each([
    ['events.a.b', 'events.a.b', true], ['events.*.b', 'events.a.b', true], ['events.*', 'events.a.b', false], ['events.>', 'events.a.b', true],
    ['events.>', 'events', false], ['events.a.>', 'events.a', false], ['events.a.b.c', 'events.a.b', false], ['>', 'x', true],
  ])('%s and %s: %s', (pattern, subject, fits) => expect(subjectMatches(pattern, subject)).toBe(fits));

  it('of files know * and ?', () => {
    expect(fileMatches('*scms*.csv', 'My_SCMS_2.CSV')).toBe(true);
    expect(fileMatches('0?_*', '01_02.xes')).toBe(true);
    expect(fileMatches('a.csv', 'aXcsv')).toBe(false);
  });
});

describe('docs/mappings.md', () => {
  it('shows a mapping that works', async () => {
    const page = await readFile(path.resolve(import.meta.dirname, '../../docs/mappings.md'), 'utf8');
    const mapping = await compileMapping('docs/mappings.md', page.split('```yaml\n')[1]?.split('```')[0] ?? '');
    const parcels = [{ kind: 'preview' }, { pos: 1, grn: '7', qty: '3', po: '45', poLine: '1', colour: 'red' }];
    const results = await mapping.applyMessage({ no: 'M1', bookedAt: '2026-03-06 14:05', parcels });
    expect(results.map((result) => (result.ok ? result.event.id : result.code))).toEqual(['IGNORED', 'M1-1']);
  });
});
