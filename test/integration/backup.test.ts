// Backup and restore: every table before and after, beside a running product and without one.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backup } from '../../clickhouse/backup';
import { createStore, type Store } from '../../clickhouse/client';
import { forgetConsumers, restore } from '../../clickhouse/restore';
import { openStore } from '../../clickhouse/safekeeping';
import type { ContractEvent } from '../../ingest/contract/envelope';
import { EVENT_TYPES } from '../../ingest/contract/index';
import { headers } from '@nats-io/transport-node';
import { startEngine } from '../support/engine';
import { BY_THE_CLOCK } from '../support/kept';
import { freshMsgId, startPipeline, type Pipeline } from '../support/pipeline';
import { ROOT } from '../support/start';

let pipeline: Pipeline;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'throughline-backup-'));
  pipeline = await startPipeline();
  await pipeline.send(events('a'));
  await pipeline.send([{ subject: 'events.odd', body: 'nothing', headers: headers(), msgId: freshMsgId() }]);
});
afterAll(async () => {
  await pipeline?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const events = (prefix: string): ContractEvent[] =>
  [...EVENT_TYPES.values()].map(({ type, example }, i) => ({ specversion: '1.0', id: `${prefix}-${i}`, source: 'test', time: '2026-03-02T14:00:00Z', type, data: example }));

/** What notes backups, and what the match notes of its own runs: it is run anew after a restore. */
const NOTES: readonly string[] = ['backups', ...BY_THE_CLOCK];

/** Rows and a hash of all values of each table, in whatever order they lie. */
async function contents(store: Store): Promise<Record<string, string>> {
  const tables = await store.select<{ name: string }>("SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree' ORDER BY name");
  const found: Record<string, string> = {};
  for (const { name } of tables) {
    if (NOTES.includes(name)) continue;
    const [row] = await store.select<{ n: number; hash: string }>(`SELECT count() AS n, toString(sum(cityHash64(toString(tuple(*))))) AS hash FROM ${name} FINAL`);
    found[name] = `${row?.n} rows, ${row?.hash}`;
  }
  return found;
}
const views = (store: Store) => store.select("SELECT name, create_table_query FROM system.tables WHERE database = currentDatabase() AND engine = 'MaterializedView' ORDER BY name");

async function run(script: 'backup' | 'restore', args: string[], env: Record<string, string>): Promise<{ code: number; said: string }> {
  const child = spawn(process.execPath, ['server/run/exec.mjs', `clickhouse/${script}.ts`, ...args], { cwd: ROOT, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const output of [child.stdout, child.stderr]) output.on('data', (piece: Buffer) => (said += piece.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, said };
}

describe('backup and restore', () => {
  it('bring every table back as it was, from a folder and from one file', async () => {
    const open = await openStore(pipeline.engine.env);
    const before = await contents(pipeline.store);
    const definitions = await views(pipeline.store);
    expect(Object.keys(before)).toEqual(expect.arrayContaining(['events', 'dead_letters', 'document_lines', 'handovers', 'links', 'users', 'schema_migrations']));
    for (const place of [path.join(folder, 'one'), path.join(folder, 'one.tar'), path.join(folder, 'one.tar.gz')]) {
      await backup(open, place);
      await pipeline.store.command('TRUNCATE TABLE links');
      await pipeline.store.command('TRUNCATE TABLE users');
      await restore(open, place, true);
      expect(await contents(pipeline.store)).toEqual(before);
      expect(await views(pipeline.store)).toEqual(definitions);
    }
    await open.close();
  });

  it('have the streams read again, so that what came after the backup is there too, once', async () => {
    const open = await openStore(pipeline.engine.env);
    const place = path.join(folder, 'two');
    await backup(open, place);
    await pipeline.send(events('b'));
    const before = await contents(pipeline.store);
    await restore(open, place, true);
    expect((await contents(pipeline.store)).events).not.toEqual(before.events);
    await forgetConsumers({ ...process.env, ...pipeline.nats.env });
    await pipeline.restartListener();
    await pipeline.settle();
    expect(await contents(pipeline.store)).toEqual(before);
    // Only once: the next listener goes on where this one stands.
    const { messages } = pipeline.listener.stats;
    expect(messages).toBeGreaterThan(0);
    await pipeline.restartListener();
    await pipeline.send(events('c').slice(0, 3));
    expect(pipeline.listener.stats.messages).toBe(3);
    await open.close();
  });

  it('refuse what would lose something, and change nothing then', async () => {
    const open = await openStore(pipeline.engine.env);
    const before = await contents(pipeline.store);
    await expect(restore(open, path.join(folder, 'one'))).rejects.toThrow(/^the store holds \d+ events and dead letters: --replace puts the backup in their place$/);
    await expect(backup(open, path.join(folder, 'one'))).rejects.toThrow(/is there already: name a place that is not$/);
    await expect(restore(open, path.join(folder, 'none'), true)).rejects.toThrow(/^there is no backup at /);
    mkdirSync(path.join(folder, 'torn'));
    writeFileSync(path.join(folder, 'torn', '.backup'), 'torn');
    await expect(restore(open, path.join(folder, 'torn'), true)).rejects.toThrow(/torn: .*the store is as it was$/);
    expect(await contents(pipeline.store)).toEqual(before);
    await open.close();
  });

  it('work where nothing runs, on the data folder alone, and say what they did in a line', async () => {
    const source = path.join(folder, 'source');
    const target = path.join(folder, 'target');
    const engine = await startEngine({ folder: path.join(source, 'clickhouse') });
    const there = await openStore({ ...engine.env, CLICKHOUSE_DATABASE: 'test' });
    await restore(there, path.join(folder, 'one.tar.gz'));
    const before = await contents(engine.store());
    await there.close();
    await engine.stop();

    const alone = (data: string) => ({ THROUGHLINE_DATA: data, CLICKHOUSE_URL: '', CLICKHOUSE_DATABASE: 'test', NATS_URL: '' });
    const place = path.join(folder, 'three');
    expect(await run('backup', [place], alone(source))).toEqual({ code: 0, said: expect.stringMatching(/^backed up to .*three: [\d.]+ [KM]iB in \d+ files, [\d.]+ s\n$/) as string });
    expect(await run('restore', [place], alone(target))).toEqual({ code: 0, said: expect.stringMatching(/^restored from .*three: .*\n$/) as string });
    const again = await run('restore', [place], alone(target));
    expect(again).toEqual({ code: 1, said: expect.stringMatching(/^restore: the store holds \d+ events and dead letters: --replace .*\n$/) as string });

    const restored = await startEngine({ folder: path.join(target, 'clickhouse') });
    const store = createStore({ url: restored.url, user: restored.user, password: restored.password, database: 'test' });
    expect(await contents(store)).toEqual(before);
    const taken = await run('backup', [path.join(folder, 'four')], alone(target));
    expect(taken).toEqual({ code: 1, said: expect.stringMatching(/^backup: .*target.* is in use by process \d+.*\n$/) as string });
    expect(existsSync(path.join(folder, 'four'))).toBe(false);
    await store.close();
    await restored.stop();
  });

  it('answer to what cannot be meant in one line', async () => {
    const env = { THROUGHLINE_DATA: folder, CLICKHOUSE_URL: '' };
    expect(await run('backup', [], env)).toEqual({ code: 1, said: expect.stringMatching(/^backup: say where: npm run backup -- .*\n$/) as string });
    expect(await run('restore', ['x.zip'], env)).toEqual({ code: 1, said: expect.stringMatching(/^restore: x\.zip is no archive that the engine writes.*\n$/) as string });
    expect(await run('restore', ['x', '--force'], env)).toEqual({ code: 1, said: expect.stringMatching(/^restore: Unknown option '--force'.*\n$/) as string });
  });
});
