import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatOf, openSource } from '../../ingest/import/source';
import type { Unit } from '../../ingest/import/unit';
import type { CsvOptions, ImportFormat } from '../../ingest/mapping/schema';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'throughline-import-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function units(format: ImportFormat, bytes: string | Buffer, csv: CsvOptions = {}): Promise<Unit[]> {
  const file = path.join(folder, `file-${Math.random()}`);
  await writeFile(file, bytes);
  const source = await openSource(file, format, csv);
  const all: Unit[] = [];
  for await (const unit of source.units()) all.push(unit);
  expect(source.bytesRead()).toBe(source.size);
  return all;
}
const records = (all: Unit[]) => all.map((unit) => (unit.kind === 'record' ? unit.record : unit.code));

describe('CSV', () => {
  it.each([['lone CR', '\r'], ['LF', '\n'], ['CR LF', '\r\n']])('with %s, a byte-order mark and quotes', async (_, end) => {
    const text = `\uFEFFID,Name,"Note, long"${end}1,"A ""b"", c",x${end}2,"two${end}lines",${end}`;
    expect(records(await units('csv', text))).toEqual([{ ID: '1', Name: 'A "b", c', 'Note, long': 'x' }, { ID: '2', Name: `two${end}lines`, 'Note, long': '' }]);
  });

  it('goes on after a row that is too short or too long, and says what a quote swallowed', async () => {
    const all = await units('csv', 'a,b\n1,2\n3\n4,5,6\n7,"x"y\n8,9\n10,"11\n12,13\n');
    expect(records(all)).toEqual([{ a: '1', b: '2' }, 'CSV_COLUMNS', 'CSV_COLUMNS', { a: '7', b: expect.stringContaining('x') as string }, { a: '8', b: '9' }, 'CSV_BROKEN']);
    expect(all.map(({ where }) => where)).toEqual(['row 1', 'row 2', 'row 3', 'row 4', 'row 5', 'row 6']);
    expect(all[1]).toMatchObject({ raw: '3', reason: 'row 2 has 1 fields, the header 2' });
  });

  it('with a delimiter, an encoding and columns of one\'s own', async () => {
    expect(records(await units('csv', Buffer.from('Köln; 1\nBern;2\n', 'latin1'), { delimiter: ';', encoding: 'latin1', columns: ['city', 'n'], trim: true }))).toEqual([{ city: 'Köln', n: '1' }, { city: 'Bern', n: '2' }]);
    expect(records(await units('csv', Buffer.from('\uFEFFa\r\nä\r\n', 'utf16le'), { encoding: 'utf-16le' }))).toEqual([{ a: 'ä' }]);
  });

  it('with one column name twice is refused', () => expect(units('csv', 'a,a\n1,2\n')).rejects.toThrow(/column "a" twice/));
});

describe('NDJSON', () => {
  it('keeps going after a broken line', async () => {
    expect(records(await units('ndjson', '{"a":1}\r\n\n{"a":\n[2]'))).toEqual([{ a: 1 }, 'NOT_JSON', [2]]);
  });
});

describe('XES', () => {
  const log = (inside: string) => `<?xml version="1.0"?><log xes.version="1.0"><global scope="event"><string key="concept:name" value="?"/></global><string key="concept:name" value="The log"/>${inside}</log>`;
  const event = (name: string) => `<event><string key="concept:name" value="${name}"/><date key="time:timestamp" value="2018-01-02T10:00:00Z"/></event>`;

  it('gives each event with its trace and position, equal ones too', async () => {
    const all = await units('xes', gzipSync(log(`<trace>${event('A')}${event('A')}<string key="concept:name" value="1_2"/><boolean key="flag" value="true"/><int key="n" value="7"/><float key="f" value="0.0"/><int key="long" value="12345678901234567890"/></trace>`)));
    expect(records(all)).toMatchObject([{ position: 0, activity: 'A', trace: { id: '1_2', activities: ['A', 'A'], attributes: { flag: true, n: 7, f: 0, long: '12345678901234567890' } } }, { position: 1, activity: 'A' }]);
    expect(all.map(({ where, group }) => [where, group])).toEqual([['trace 1_2, event 1', 1], ['trace 1_2, event 2', 1]]);
  });

  it('leaves attributes of attributes off the event, and reads entities and lists', async () => {
    const [only] = records(await units('xes', log('<trace><string key="concept:name" value="t"/><event><string key="concept:name" value="A &amp; &#66;"><string key="concept:name" value="inner"/></string><list key="items"><values><string key="x" value="1"/></values></list></event></trace>')));
    expect(only).toMatchObject({ activity: 'A & B', event: { 'concept:name': 'A & B' } });
  });

  it('accounts for a trace without events', async () => {
    expect(records(await units('xes', log('<trace><string key="concept:name" value="t"/></trace>')))).toEqual(['EMPTY_TRACE']);
  });

  it.each([['cut short', log(`<trace>${event('A')}</trace>`).slice(0, -20)], ['no XES', '<html></html>'], ['no XML', 'hello']])('that is %s is refused', (_, text) => expect(units('xes', text)).rejects.toThrow());
  it('that is a broken gzip is refused', () => expect(units('xes', gzipSync(log(event('A'))).subarray(0, 60))).rejects.toThrow());
});

describe('OCEL 2.0', () => {
  it('resolves objects as they were at the time', async () => {
    const log = {
      eventTypes: [], objectTypes: [],
      objects: [
        { id: 'o', type: 'item', attributes: [{ name: 'price', time: '2026-01-01T00:00:00Z', value: 1 }, { name: 'price', time: '2026-03-01T00:00:00Z', value: 2 }, { name: 'unit', value: 'EA' }], relationships: [{ objectId: 's', qualifier: 'from' }] },
        { id: 's', type: 'supplier' },
      ],
      events: [{ id: 'e', type: 'ordered', time: '2026-02-01T00:00:00Z', relationships: [{ objectId: 'o', qualifier: 'of' }, { objectId: 'gone', qualifier: 'of' }] }, { id: 'broken' }],
    };
    const all = records(await units('ocel', JSON.stringify(log)));
    expect(all[0]).toMatchObject({ event: { id: 'e', attributes: {} }, objects: [{ id: 'o', type: 'item', qualifier: 'of', attributes: { price: 1, unit: 'EA' }, related: [{ id: 's', type: 'supplier', qualifier: 'from' }] }, { id: 'gone', attributes: {} }] });
    expect(all[1]).toBe('OCEL_EVENT');
  });
  it.each([['no JSON', '{'], ['another JSON', '{"a":1}']])('that is %s is refused', (_, text) => expect(units('ocel', text)).rejects.toThrow());
});

describe('a file', () => {
  it('tells its format by its name', () => {
    expect(['a.csv', 'a.CSV.gz', 'b.ndjson', 'c.jsonl.gz', 'd.xes', 'd.xes.gz', 'e.json', 'f.ocel', 'g.bin'].map(formatOf)).toEqual(['csv', 'csv', 'ndjson', 'ndjson', 'xes', 'xes', 'ocel', 'ocel', undefined]);
  });
  it('that is missing or empty is refused', async () => {
    await expect(openSource(path.join(folder, 'nowhere.csv'), 'csv', {})).rejects.toThrow(/there is no file/);
    await writeFile(path.join(folder, 'empty.csv'), '');
    await expect(openSource(path.join(folder, 'empty.csv'), 'csv', {})).rejects.toThrow(/is empty/);
  });
});
