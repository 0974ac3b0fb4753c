// The library takes no notice when a write fails: what it says is written while the disk is full may be empty files. So
// the engine takes nothing of that for written, and what is damaged all the same is noticed, said and mended.
import { readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classifyInsertError, createStore, storeConfig, type Store } from '../../clickhouse/client';
import { mend, missingRows } from '../../clickhouse/damage';
import { freeOn } from '../../clickhouse/engine/room';
import { migrate } from '../../clickhouse/migrate';
import { createSimulation } from '../../ingest/simulator/simulation';
import { createDisk, type SmallDisk } from '../chaos/disk';
import { startEngine, type TestEngine } from '../support/engine';
import { decoded, fingerprints, incoming, insertInBatches } from '../support/record';

async function broken(store: Store, table: string): Promise<unknown[]> {
  const parts = await store.select<{ part_path: string; is_passed: number }>(`CHECK TABLE ${table} SETTINGS check_query_single_value_result = 0`);
  return parts.filter((part) => part.is_passed !== 1);
}

describe('a disk that something else fills to the last byte', () => {
  let disk: SmallDisk;
  let engine: TestEngine;
  let store: Store;
  beforeAll(async () => {
    disk = createDisk();
    if (!disk.mounted) return;
    engine = await startEngine({ folder: path.join(disk.folder, 'engine'), supervised: true });
    store = engine.store();
  });
  afterAll(async () => {
    await engine?.stop();
    disk.remove();
  });

  it('costs no acknowledged row and leaves no damaged part, whatever is inserted and merged meanwhile', async ({ skip }) => {
    if (!disk.mounted) return skip('no mount is permitted here');
    const tables = ['one', 'two', 'three'];
    for (const table of tables) await store.command(`CREATE TABLE ${table} (id UInt64, by UInt8, version UInt64, text String) ENGINE = ReplacingMergeTree(version) ORDER BY id PARTITION BY by SETTINGS min_level_for_wide_part = 1`);
    const acknowledged = new Map(tables.map((table) => [table, new Map<number, number>()]));
    let version = 0;
    let done = false;
    let refused = 0;
    const write = async (table: string) => {
      while (!done) {
        const [v, from, rows] = [++version, (version * 7_919) % 90_000, 9_000];
        try {
          await store.command(`INSERT INTO ${table} SELECT number + ${from}, number % 3, ${v}, repeat(toString(cityHash64(number, ${v})), 1 + number % 5) FROM numbers(${rows})`);
          for (let id = from; id < from + rows; id++) acknowledged.get(table)?.set(id, v);
        } catch (error) {
          expect(classifyInsertError(error)).toBe('retryable');
          refused++;
          await delay(20);
        }
      }
    };
    const writing = Promise.all(tables.map(write));
    for (let round = 0; round < 4; round++) {
      await delay(700);
      await disk.fillUp(900);
      await disk.clear();
    }
    done = true;
    await writing;
    expect(refused).toBeGreaterThan(0);
    const look = async () => {
      for (const [table, rows] of acknowledged) {
        expect(await broken(store, table)).toEqual([]);
        const kept = new Map((await store.select<{ id: number; version: number }>(`SELECT id, version FROM ${table} FINAL`)).map((row) => [row.id, row.version]));
        expect([...rows].filter(([id, v]) => (kept.get(id) ?? 0) < v)).toEqual([]);
        expect(rows.size).toBeGreaterThan(9_000);
      }
    };
    await look();
    await engine.restart();
    await look();
  }, 120_000);

  it('leaves no definition behind that the engine cannot be started with', async ({ skip }) => {
    if (!disk.mounted) return skip('no mount is permitted here');
    await store.command('CREATE TABLE lasting (id UInt64) ENGINE = MergeTree ORDER BY id');
    await store.command('INSERT INTO lasting VALUES (7)');
    const filling = disk.fillUp(4_000);
    await expect.poll(() => freeOn(disk.folder), { interval: 20, timeout: 3_000 }).toBeLessThan(2 ** 20);
    for (const statement of ['CREATE TABLE never (id UInt64) ENGINE = Memory', 'ALTER TABLE lasting ADD COLUMN more String'])
      await expect(store.command(statement)).rejects.toMatchObject({ code: 243 });
    await engine.kill();
    await engine.restart();
    expect(await store.select('SELECT * FROM lasting')).toEqual([{ id: 7 }]);
    await filling;
    await disk.clear();
    await delay(100);
    await store.command('CREATE TABLE never (id UInt64) ENGINE = Memory');
  }, 60_000);
});

describe('a damaged part', () => {
  let engine: TestEngine;
  let store: Store;
  let whole: Record<string, string>;
  beforeAll(async () => {
    engine = await startEngine({ supervised: true });
    const config = { ...storeConfig({ ...process.env, ...engine.env }), database: 'damaged' };
    await migrate(config);
    store = createStore(config);
    const simulation = createSimulation({ seed: '7', days: 3, until: Date.parse('2026-03-20T12:00:00Z'), facilities: 1, volume: 0.4, truth: false });
    const { events } = await decoded([...simulation.messages()].map((message, index) => incoming(message, index + 1, message.publishAt)));
    await insertInBatches(store, 'events', events, [700]);
    whole = await fingerprints(store);
  });
  afterAll(async () => {
    await store?.close();
    await engine?.stop();
  });

  /** Cuts off the files of the part that most rows of a table are in, as a full disk does; with its sources gone, or still there. */
  async function damage(table: string, sources: 'gone' | 'there'): Promise<string> {
    await store.command(`OPTIMIZE TABLE ${table} FINAL`);
    const old = await store.select<{ path: string }>(`SELECT path FROM system.parts WHERE NOT active AND database = currentDatabase() AND table = {table:String}`, { table });
    expect(old.length).toBeGreaterThan(0);
    if (sources === 'gone') {
      // As the library itself does, some time after a merge.
      await engine.kill();
      for (const each of old) rmSync(each.path, { recursive: true });
      await engine.restart();
    }
    const [part] = await store.select<{ name: string; path: string }>(`SELECT name, path FROM system.parts WHERE active AND database = currentDatabase() AND table = {table:String} ORDER BY rows DESC LIMIT 1`, { table });
    if (!part) throw new Error(`${table} has no part`);
    for (const name of readdirSync(part.path)) if (/\.(bin|c?mrk\d)$/.test(name) && statSync(path.join(part.path, name)).size > 0) truncateSync(path.join(part.path, name), 0);
    return part.name;
  }

  it('whose merge can be undone is undone, and nothing is missing', async () => {
    const name = await damage('search_keys', 'there');
    await engine.restart();
    expect(await fingerprints(store)).toEqual(whole);
    const said: string[] = [];
    expect(await mend(store, (line) => said.push(line))).toBe(0);
    expect(said).toEqual([expect.stringContaining(`${name} of search_keys was damaged by a full disk, and the merge that made it was undone`)]);
    expect(await missingRows(store)).toEqual([]);
    expect(await mend(store, (line) => said.push(line))).toBe(0);
    expect(said).toHaveLength(1);
  }, 120_000);

  it('of a view is noticed by who reads it, and worked out from the log', async () => {
    await damage('links', 'gone');
    await store.command('SYSTEM DROP MARK CACHE');
    await store.command('SYSTEM DROP UNCOMPRESSED CACHE');
    await expect(store.select('SELECT sum(cityHash64(*)) FROM links')).rejects.toThrow();
    for (let tries = 0; (await missingRows(store)).length === 0 && tries < 100; tries++) await delay(100);
    expect(await missingRows(store)).toEqual([expect.stringMatching(/^rows of links .* are missing: .* they are being worked out anew$/)]);
    expect(engine.said).toContain('of damaged.links is damaged');
    expect(await mend(store, () => undefined)).toBe(1);
    expect(await missingRows(store)).toEqual([]);
    expect(await fingerprints(store)).toEqual(whole);
  }, 120_000);

  it('of the log is said, with what to do, for as long as it is missing', async () => {
    const name = await damage('events', 'gone');
    await engine.restart();
    const said: string[] = [];
    const known = new Set<string>();
    for (let looks = 0; looks < 2; looks++) expect(await mend(store, (line) => said.push(line), known)).toBe(0);
    expect(said).toEqual([expect.stringMatching(new RegExp(`^rows of events \\(partition 202603\\) .* are missing: part broken-on-start_${name} is damaged.*Restore the newest backup`))]);
    expect(await missingRows(store)).toEqual(said);
    await store.command(`ALTER TABLE events DROP DETACHED PART 'broken-on-start_${name}' SETTINGS allow_drop_detached = 1`);
    expect(await missingRows(store)).toEqual([]);
  }, 120_000);
});
