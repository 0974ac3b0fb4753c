// What the embedded engine promises as a process: rows it acknowledged survive its death, it owns its folder, it
// ends cleanly, and nothing that a client does takes it down.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classifyInsertError, insertRows, type Store } from '../../clickhouse/client';
import { type EngineExit, runEngine, startEngine, type TestEngine } from '../support/engine';

let engine: TestEngine;
let store: Store;

beforeAll(async () => {
  engine = await startEngine({ env: { ENGINE_MAX_BODY_MIB: '4' } });
  store = engine.store();
});
afterAll(() => engine.stop());

describe('SIGKILL', () => {
  it('in the middle of inserts loses no acknowledged row and doubles none', async () => {
    await store.command('CREATE TABLE log (writer UInt8, id UInt32, text String) ENGINE = MergeTree ORDER BY (writer, id) SETTINGS fsync_after_insert = 1');
    const acknowledged = new Set<string>();
    const sent = new Set<string>();
    for (let round = 0; round < 5; round++) {
      let alive = true;
      const write = async (writer: number) => {
        for (let batch = 0; alive; batch++) {
          const rows = Array.from({ length: 200 }, (_, i) => ({ writer, id: round * 1_000_000 + batch * 200 + i, text: 'x'.repeat(i) }));
          for (const row of rows) sent.add(`${row.writer}/${row.id}`);
          try {
            await insertRows(store, 'log', rows);
          } catch (error) {
            expect(classifyInsertError(error)).toBe('retryable');
            return;
          }
          for (const row of rows) acknowledged.add(`${row.writer}/${row.id}`);
        }
      };
      const writers = [0, 1, 2].map(write);
      await delay(300 + Math.random() * 500);
      await engine.kill();
      alive = false;
      await Promise.all(writers);
      await engine.restart();
      const kept = await store.select<{ key: string; n: number }>("SELECT concat(writer::String, '/', id::String) AS key, count() AS n FROM log GROUP BY key");
      const keys = new Set(kept.map((row) => row.key));
      expect([...acknowledged].filter((key) => !keys.has(key))).toEqual([]);
      expect(kept.filter((row) => row.n !== 1 || !sent.has(row.key))).toEqual([]);
    }
    expect(acknowledged.size).toBeGreaterThan(1000);
  });

  it('cannot reach rows because fsync_after_insert acts', async () => {
    const synced = async () => Number((await store.select<{ value: number }>("SELECT value FROM system.events WHERE event = 'FileSync'"))[0]?.value ?? 0);
    for (const on of [0, 1]) {
      await store.command(`CREATE TABLE synced_${on} (id UInt32) ENGINE = MergeTree ORDER BY id SETTINGS fsync_after_insert = ${on}`);
      const before = await synced();
      await insertRows(store, `synced_${on}`, [{ id: 1 }]);
      if (on) expect(await synced()).toBeGreaterThan(before);
      else expect(await synced()).toBe(before);
    }
  });
});

describe('starting', () => {
  const refusal = (env: Record<string, string>) =>
    runEngine({ ENGINE_PORT: '0', ENGINE_PASSWORD: 'x', ...env }).then(
      ({ child }) => {
        child.kill('SIGKILL');
        throw new Error('it started');
      },
      (error: unknown) => error as EngineExit,
    );

  it('is refused for a folder in use, in one line that names the owner', async () => {
    const error = await refusal({ ENGINE_DATA: engine.folder });
    expect(error.exitCode).toBe(3);
    expect(error.message).toMatch(/^engine: \S+ is in use by process \d+: stop that one, or set ENGINE_DATA/);
    expect(error.message.split('\n')).toHaveLength(1);
    // Without its note of who it is, the library's lock still stands.
    await rename(path.join(engine.folder, 'engine.pid'), path.join(engine.folder, 'engine.away'));
    expect(await refusal({ ENGINE_DATA: engine.folder })).toMatchObject({ exitCode: 3, message: expect.stringMatching(/engine: \S+ cannot be opened/) });
    await rename(path.join(engine.folder, 'engine.away'), path.join(engine.folder, 'engine.pid'));
    await store.ping();
  });

  it('is refused for a taken port and for a configuration that cannot work', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'throughline-engine-'));
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = address && typeof address === 'object' ? String(address.port) : '';
    expect(await refusal({ ENGINE_DATA: folder, ENGINE_PORT: port })).toMatchObject({ exitCode: 4, message: expect.stringMatching(`port ${port} on 127.0.0.1 is taken`) });
    expect(await refusal({ ENGINE_DATA: folder, ENGINE_PASSWORD: '' })).toMatchObject({ exitCode: 2, message: expect.stringMatching('ENGINE_PASSWORD') });
    expect(await refusal({ ENGINE_DATA: '/dev/null/nowhere' })).toMatchObject({ exitCode: 3 });
    other.close();
    await rm(folder, { recursive: true, force: true });
  });
});

describe('stopping', () => {
  it('lets what runs end, refuses what is new, and exits with 0', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'throughline-engine-'));
    const { child, port } = await runEngine({ ENGINE_PORT: '0', ENGINE_DATA: folder, ENGINE_PASSWORD: 'x' });
    const url = `http://127.0.0.1:${port}/?user=default&password=x`;
    const slow = fetch(url, { method: 'POST', body: 'SELECT sleep(2)' }).then((answer) => answer.text());
    await delay(300);
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await delay(300);
    await expect(fetch(url, { method: 'POST', body: 'SELECT 1' })).rejects.toThrow();
    expect(await slow).toBe('0\n');
    expect(await exited).toEqual([0, null]);
    await rm(folder, { recursive: true, force: true });
  });

  it('follows when the process it belongs to has gone', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'throughline-engine-'));
    const { child } = await runEngine({ ENGINE_PORT: '0', ENGINE_DATA: folder, ENGINE_PASSWORD: 'x', ENGINE_PARENT_PID: '4194303' });
    if (child.exitCode === null) await once(child, 'exit');
    expect(child.exitCode).toBe(0);
    await rm(folder, { recursive: true, force: true });
  });
});

describe('under bad clients', () => {
  const login = () => ({ 'X-ClickHouse-User': engine.user, 'X-ClickHouse-Key': engine.password });

  it('says how large a request may be', async () => {
    await store.command('CREATE TABLE large (s String) ENGINE = MergeTree ORDER BY s');
    const error = await insertRows(store, 'large', Buffer.from(`{"s":"${'x'.repeat(5 * 1024 * 1024)}"}\n`)).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 307, message: expect.stringMatching(/narrow|4 MiB/) });
    expect(classifyInsertError(error)).toBe('permanent');
    await insertRows(store, 'large', Buffer.from(`{"s":"${'x'.repeat(3 * 1024 * 1024)}"}\n`));
  });

  it('goes on after half requests, broken HTTP and readers that leave', async () => {
    const { port } = new URL(engine.url);
    const raw = async (text: string | Buffer) => {
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      socket.write(text);
      await delay(50);
      socket.destroy();
    };
    await raw('GET');
    await raw(randomBytes(2000));
    await raw('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nSELECT');
    await raw(`POST /?user=default&password=${engine.password}&query=INSERT+INTO+large+FORMAT+JSONEachRow HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"s":`);
    await raw(`POST /?user=default&password=${engine.password}&wait_end_of_query=0&default_format=TSV HTTP/1.1\r\nHost: x\r\nContent-Length: 37\r\n\r\nSELECT number FROM numbers(1000000000)`);
    await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const leave = new AbortController();
        const asked = fetch(`${engine.url}/?wait_end_of_query=${i % 2}&default_format=JSONEachRow`, {
          method: 'POST', body: 'SELECT number FROM numbers(30000000)', headers: login(), signal: leave.signal,
        });
        await delay(Math.random() * 100);
        leave.abort();
        await asked.catch(() => undefined);
      }),
    );
    expect(await store.select('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await store.select('SELECT count() AS n FROM large')).toEqual([{ n: 1 }]);
  });

  it('lets a read pass while long inserts run', async () => {
    await store.command('CREATE TABLE slow (n UInt64) ENGINE = MergeTree ORDER BY n');
    const inserts = Array.from({ length: 4 }, () => store.command('INSERT INTO slow SELECT number + sleepEachRow(0.02) FROM numbers(100) SETTINGS max_block_size = 10'));
    await delay(100);
    const start = performance.now();
    expect(await store.select('SELECT 1 AS one', {}, { settings: { readonly: '2' } })).toEqual([{ one: 1 }]);
    expect(performance.now() - start).toBeLessThan(1000);
    await Promise.all(inserts);
    expect(await store.select('SELECT count() AS n FROM slow')).toEqual([{ n: 400 }]);
  });
});
