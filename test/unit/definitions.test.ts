import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keepDefinitions, mendDefinitions } from '../../clickhouse/engine/definitions';

/** A full disk leaves definitions empty or cut off, and the library does not start with one of them. */

let folder: string;
const file = (name: string) => path.join(folder, name);
const SQL = "ATTACH TABLE _ UUID '1'\n(\n    `k` UInt8\n)\nENGINE = Memory\n";

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'throughline-definitions-'));
  mkdirSync(file('store/abc/abc-1'), { recursive: true });
  mkdirSync(file('store/def/def-1'), { recursive: true });
  mkdirSync(file('metadata'));
  symlinkSync(file('store/abc/abc-1'), file('metadata/product'));
  writeFileSync(file('metadata/product.sql'), 'ATTACH DATABASE _\nENGINE = Atomic\n');
  writeFileSync(file('metadata/product/events.sql'), SQL);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** As the library does: beside the old one, and then in its place. */
function change(name: string, sql: string): void {
  writeFileSync(file(`${name}.tmp`), sql);
  renameSync(file(`${name}.tmp`), file(name));
}

it('puts back the one before where a change was cut off, and says so', () => {
  keepDefinitions(folder);
  change('metadata/product/events.sql', '');
  change('metadata/product.sql', 'ATTACH DATA');
  expect(mendDefinitions(folder)).toEqual([expect.stringContaining('product was cut off'), expect.stringContaining('events was cut off')]);
  expect(readFileSync(file('metadata/product/events.sql'), 'utf8')).toBe(SQL);
  expect(mendDefinitions(folder)).toEqual([]);
});

it('keeps the newest one that is whole', () => {
  keepDefinitions(folder);
  change('metadata/product/events.sql', `${SQL}SETTINGS a = 1\n`);
  keepDefinitions(folder);
  change('metadata/product/events.sql', '');
  keepDefinitions(folder);
  mendDefinitions(folder);
  expect(readFileSync(file('metadata/product/events.sql'), 'utf8')).toBe(`${SQL}SETTINGS a = 1\n`);
});

it('puts aside what was never made, and forgets what was dropped', () => {
  keepDefinitions(folder);
  writeFileSync(file('metadata/product/work.sql'), '');
  rmSync(file('metadata/product/events.sql'));
  keepDefinitions(folder);
  expect(mendDefinitions(folder)).toEqual([expect.stringContaining('work was to be made on a full disk')]);
  writeFileSync(file('metadata/product/events.sql'), '');
  expect(mendDefinitions(folder)).toEqual([expect.stringContaining('events was to be made')]);
});

it('writes again what a table needs to be opened, and leaves what is whole', () => {
  writeFileSync(file('store/def/def-1/format_version.txt'), '1');
  writeFileSync(file('store/def/def-1/mutation_4.txt'), 'order');
  expect(mendDefinitions(folder)).toEqual([]);
  truncateSync(file('store/def/def-1/format_version.txt'));
  truncateSync(file('store/def/def-1/mutation_4.txt'));
  expect(mendDefinitions(folder)).toHaveLength(2);
  expect(readFileSync(file('store/def/def-1/format_version.txt'), 'utf8')).toBe('1');
  expect(mendDefinitions(folder)).toEqual([]);
});
