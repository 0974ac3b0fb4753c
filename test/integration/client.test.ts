// The store's client: named queries, lists, inserts and migrations against the real engine.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  BadInput, classifyInsertError, createStore, defineList, defineQuery, insertRows, instant, NarrowTheRange, ndjson,
  storeConfig, StoreError, StoreUnavailable, type Store,
} from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { startEngine, type TestEngine } from '../support/engine';

let engine: TestEngine;
let store: Store;

beforeAll(async () => {
  engine = await startEngine();
  store = engine.store();
  await store.command(`CREATE TABLE lines (
    id String, time DateTime64(3, 'UTC'), quantity Nullable(Decimal(18, 4)), supplier LowCardinality(String)
  ) ENGINE = MergeTree ORDER BY id SETTINGS fsync_after_insert = 1`);
  const rows = Array.from({ length: 1000 }, (_, i) => ({
    id: `line-${String(i).padStart(4, '0')}`,
    time: new Date(Date.UTC(2026, 0, 1) + i * 60_000).toISOString(),
    quantity: i % 10 === 0 ? null : `${i % 7}.0001`,
    supplier: `supplier-${i % 3}`,
  }));
  await insertRows(store, 'lines', rows);
});
afterAll(() => engine.stop());

const Line = z.object({ id: z.string(), time: z.iso.datetime(), quantity: z.string().nullable(), supplier: z.string() });

const linesSince = defineQuery({
  name: 'lines_since',
  sql: 'SELECT id, time, quantity, supplier FROM lines WHERE time >= {since:DateTime64(3)} ORDER BY id',
  params: z.object({ since: instant }),
  row: Line,
});

describe('defineQuery', () => {
  it('gives typed rows: decimals as strings, times as ISO text, null where nothing is known', async () => {
    const rows = await linesSince(store, { since: '2026-01-01T16:38:00.000Z' });
    expect(rows.map((row) => row.id)).toEqual(['line-0998', 'line-0999']);
    expect(rows[0]).toEqual({ id: 'line-0998', time: '2026-01-01T16:38:00.000Z', quantity: '4.0001', supplier: 'supplier-2' });
    expect(await linesSince(store, { since: '2026-01-01T18:39:00.000+02:00' })).toHaveLength(1);
    expect(await linesSince(store, { since: new Date(Date.UTC(2027, 0, 1)) })).toEqual([]);
    expect((await linesSince(store, { since: new Date(0) }))[0]?.quantity).toBeNull();
  });

  it('refuses parameters and rows of another shape', async () => {
    await expect(linesSince(store, { since: 'yesterday' })).rejects.toBeInstanceOf(z.ZodError);
    const wrong = defineQuery({ name: 'wrong', sql: 'SELECT 1 AS n', params: z.object({}), row: z.object({ n: z.string() }) });
    await expect(wrong(store, {})).rejects.toThrow(/wrong: column n/);
  });

  it('asks to narrow the range at every limit', async () => {
    const params = z.object({});
    const row = z.object({ number: z.number() });
    const many = defineQuery({ name: 'many', sql: 'SELECT number FROM numbers(10001)', params, row });
    const slow = defineQuery({ name: 'slow', sql: 'SELECT count() AS n FROM numbers(1000000000000) WHERE number % 7 = 3', params, row: z.object({ n: z.number() }), limits: { seconds: 1 } });
    const big = defineQuery({ name: 'big', sql: 'SELECT length(groupArray(number)) AS n FROM numbers(4000000000)', params, row: z.object({ n: z.number() }), limits: { seconds: 60 } });
    for (const [name, asked] of Object.entries({ many: many(store, {}), slow: slow(store, {}), big: big(store, {}) })) {
      const error = await asked.catch((caught: unknown) => caught);
      expect(error, name).toBeInstanceOf(NarrowTheRange);
      expect(error).toMatchObject({ name: 'NarrowTheRange', query: name, message: expect.stringContaining('narrow the range') });
    }
    const exactly = defineQuery({ name: 'exactly', sql: 'SELECT number FROM numbers(10000)', params, row });
    expect(await exactly(store, {})).toHaveLength(10_000);
  });

  it('cannot write', async () => {
    const writing = defineQuery({ name: 'writing', sql: 'DROP TABLE lines', params: z.object({}), row: z.object({}) });
    await expect(writing(store, {})).rejects.toMatchObject({ code: 164 });
  });

  it('names the query in its errors', async () => {
    const broken = defineQuery({ name: 'broken_one', sql: 'SELECT nope FROM lines', params: z.object({}), row: z.object({}) });
    await expect(broken(store, {})).rejects.toMatchObject({ name: 'StoreError', code: 47, query: 'broken_one', message: expect.stringContaining('broken_one') });
  });

  it('stops on the server when the caller lets go', async () => {
    const endless = defineQuery({ name: 'endless', sql: 'SELECT count() AS n FROM numbers(1000000000000) WHERE number % 7 = 3', params: z.object({}), row: z.object({ n: z.number() }), limits: { seconds: 60 } });
    // More of them than there are connections: were one not stopped, the next query would wait for a minute.
    for (let round = 0; round < 3; round++) {
      const leave = new AbortController();
      const asked = Array.from({ length: 12 }, () => endless(store, {}, { signal: leave.signal }).catch(() => 'left'));
      await delay(200 * round);
      leave.abort();
      expect(new Set(await Promise.all(asked))).toEqual(new Set(['left']));
      const start = performance.now();
      expect(await linesSince(store, { since: new Date(Date.UTC(2027, 0, 1)) })).toEqual([]);
      expect(performance.now() - start).toBeLessThan(5000);
    }
  });
});

const lines = defineList({
  name: 'lines',
  sql: 'SELECT id, time, quantity, supplier FROM lines WHERE supplier IN {suppliers:Array(String)}',
  params: z.object({ suppliers: z.array(z.string()) }),
  row: Line,
  sortable: { supplier: 'supplier', quantity: 'quantity', time: 'time' },
  defaultSort: { sort: 'time', desc: true },
  key: ['id'],
});
const all = { suppliers: ['supplier-0', 'supplier-1', 'supplier-2'] };

describe('defineList', () => {
  it('pages without overlap or gap, even by a column of few values', async () => {
    for (const sort of ['supplier', 'quantity', 'time'] as const) {
      for (const desc of [true, false]) {
        const seen: string[] = [];
        for (let offset = 0; offset < 1000; offset += 300) {
          const page = await lines.page(store, all, { sort, desc, limit: 300, offset });
          expect(page.total).toBe(1000);
          seen.push(...page.rows.map((row) => row.id));
        }
        expect(new Set(seen).size).toBe(1000);
        expect(seen).toHaveLength(1000);
      }
    }
  });

  it('sorts by what it was told, unknown values last', async () => {
    const first = await lines.page(store, all, { limit: 1, offset: 0 });
    expect(first.rows[0]?.id).toBe('line-0999');
    for (const desc of [true, false]) {
      const page = await lines.page(store, all, { sort: 'quantity', desc, limit: 1, offset: 0 });
      expect(page.rows[0]?.quantity).toBe(desc ? '6.0001' : '0.0001');
    }
    await expect(lines.page(store, all, { sort: 'id); DROP TABLE lines' as 'time', limit: 1, offset: 0 })).rejects.toBeInstanceOf(BadInput);
    await expect(lines.page(store, all, { sort: 'constructor' as 'time', limit: 1, offset: 0 })).rejects.toBeInstanceOf(BadInput);
    await expect(lines.page(store, all, { limit: 501, offset: 0 })).rejects.toBeInstanceOf(BadInput);
    await expect(lines.page(store, all, { limit: 1, offset: 1e9 })).rejects.toBeInstanceOf(NarrowTheRange);
  });

  it('exports every row of the filter, in the order of the page', async () => {
    const exported: string[] = [];
    for await (const row of lines.stream(store, { suppliers: ['supplier-1'] }, { sort: 'time', desc: false })) exported.push(row.id);
    const page = await lines.page(store, { suppliers: ['supplier-1'] }, { sort: 'time', desc: false, limit: 500, offset: 0 });
    expect(exported).toEqual(page.rows.map((row) => row.id));
    expect(await lines.page(store, { suppliers: [] }, { limit: 10, offset: 0 })).toEqual({ rows: [], total: 0 });
  });
});

describe('stream', () => {
  it('keeps nobody waiting while it is begun, however long that takes', async () => {
    let pieces = 0;
    // What a subquery says has to be known before the first row can be.
    const slow = (async () => {
      for await (const _row of store.stream('SELECT number, (SELECT sum(sleepEachRow(0.1)) FROM numbers(30)) AS slept FROM numbers(3)')) pieces++;
    })();
    let answered = 0;
    while (pieces === 0 && answered < 10) {
      const [row] = await store.select<{ n: number }>("SELECT count() AS n FROM system.processes WHERE query LIKE '%AS slept FROM%' AND query NOT LIKE '%system.processes%'");
      if (pieces === 0 && row?.n === 1) answered++;
    }
    expect(answered).toBe(10);
    await slow;
    expect(pieces).toBe(3);
  });

  it('reads far more than memory would hold at once, and can be left early', async () => {
    const read = async (rows: number) => {
      let count = 0;
      for await (const row of store.stream<{ number: number }>(`SELECT number, repeat('x', 200) AS pad FROM numbers(${rows})`)) {
        if (row.number === count) count++;
      }
      expect(count).toBe(rows);
    };
    await read(500_000); // the allocator's own reserve
    const before = await rssOf(engine);
    await read(3_000_000);
    expect((await rssOf(engine)) - before).toBeLessThan(200);
    // More than there are streaming connections: each one left early has to free its own.
    for (let i = 0; i < 10; i++) {
      for await (const row of store.stream<{ number: number }>('SELECT number FROM numbers(1000000000)')) {
        if (row.number > 100_000) break;
      }
    }
  });

  it('tells of an error after rows have left', async () => {
    const read = async () => {
      let rows = 0;
      for await (const _row of store.stream("SELECT throwIf(number = 3000000, 'broke') AS ok FROM numbers(5000000)")) rows++;
      return rows;
    };
    await expect(read()).rejects.toMatchObject({ code: 395, message: expect.stringContaining('broke') });
  });
});

async function rssOf(of: TestEngine): Promise<number> {
  const { readFile } = await import('node:fs/promises');
  const pid = await readFile(path.join(of.folder, 'engine.pid'), 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

describe('insertRows', () => {
  it('takes 100,000 rows of NDJSON at once, all or none', async () => {
    await store.command('CREATE TABLE bulk (id UInt32, text String) ENGINE = MergeTree ORDER BY id');
    const rows = Array.from({ length: 100_000 }, (_, id) => ({ id, text: `row ${id} "quoted" \\ ünï \n second line` }));
    const body = ndjson(rows);
    await insertRows(store, 'bulk', body);
    expect(await store.select('SELECT count() AS n, uniqExact(id) AS ids, countIf(text LIKE \'%second line\') AS t FROM bulk')).toEqual([{ n: 100_000, ids: 100_000, t: 100_000 }]);
    const poisoned = Buffer.concat([body, Buffer.from('{"id":"not a number"}\n')]);
    const error = await insertRows(store, 'bulk', poisoned).catch((caught: unknown) => caught);
    expect(classifyInsertError(error)).toBe('permanent');
    expect(await store.select('SELECT count() AS n FROM bulk')).toEqual([{ n: 100_000 }]);
  });

  it('tells rows that can never be inserted from those that may be sent again', async () => {
    await store.command("CREATE TABLE strict (id UInt8, d Decimal(10, 2), e Enum('a' = 1), t DateTime64(3), u UUID, CONSTRAINT c CHECK id < 100) ENGINE = MergeTree ORDER BY id");
    for (const row of [{ id: 'x' }, { e: 'b' }, { d: 'abc' }, { t: 'never' }, { u: 'zz' }, { id: 101 }, { unknown: 1 }]) {
      const error = await insertRows(store, 'strict', [row]).catch((caught: unknown) => caught);
      expect([row, error instanceof StoreError && error.code, classifyInsertError(error)]).toEqual([row, expect.any(Number), 'permanent']);
    }
    expect(classifyInsertError(await insertRows(store, 'absent', [{ a: 1 }]).catch((caught: unknown) => caught))).toBe('unknown');
    const nobody = createStore({ url: 'http://127.0.0.1:9', database: 'test' });
    expect(classifyInsertError(await insertRows(nobody, 'strict', [{ id: 1 }]).catch((caught: unknown) => caught))).toBe('retryable');
    await nobody.close();
  });
});

describe('the store', () => {
  it('says what to do when it has no URL or a wrong one', () => {
    expect(() => storeConfig({})).toThrow(/CLICKHOUSE_URL is not set.*npm start/s);
    expect(() => storeConfig({ CLICKHOUSE_URL: 'localhost:8123' })).toThrow(/http:\/\//);
    expect(storeConfig({ CLICKHOUSE_URL: 'http://h:1' })).toEqual({ url: 'http://h:1', user: 'default', password: '', database: 'throughline' });
  });

  it('tells an absent store and a wrong password from a defect', async () => {
    await store.ping();
    for (const config of [{ url: 'http://127.0.0.1:9' }, { url: engine.url, password: 'wrong' }]) {
      const other = createStore(config);
      await expect(other.ping()).rejects.toBeInstanceOf(StoreUnavailable);
      await expect(linesSince(other, { since: new Date() })).rejects.toBeInstanceOf(StoreUnavailable);
      await other.close();
    }
  });
});

describe('migrate', () => {
  const config = () => ({ url: engine.url, user: engine.user, password: engine.password, database: 'migrated-here' });
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'throughline-migrations-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const file = (name: string, text: string) => writeFile(path.join(folder, name), text);

  it('applies each file once, in order, in a database it makes', async () => {
    await file('0001_first.sql', `-- it's a comment; not a statement
      CREATE TABLE a (id UInt8 COMMENT 'semi;colon', s String DEFAULT '--no comment') ENGINE = MergeTree ORDER BY id;
      /* block; */
      CREATE TABLE b AS a;
    `);
    await file('0002_rows.sql', "INSERT INTO a (id) VALUES (1);\nINSERT INTO b SELECT id + 1, 'x;y' FROM a\n");
    expect(await migrate(config(), folder)).toEqual({ applied: ['0001_first.sql', '0002_rows.sql'], before: 0 });
    expect(await migrate(config(), folder)).toEqual({ applied: [], before: 2 });
    const migrated = engine.store('migrated-here');
    expect(await migrated.select('SELECT id, s FROM b')).toEqual([{ id: 2, s: 'x;y' }]);
    expect(await migrated.select("SELECT engine FROM system.databases WHERE name = 'migrated-here'")).toEqual([{ engine: 'Atomic' }]);
  });

  it('goes on at the statement that failed', async () => {
    await file('0003_breaks.sql', 'INSERT INTO a (id) VALUES (7);\nINSERT INTO nowhere VALUES (1);\n');
    await expect(migrate(config(), folder)).rejects.toThrow(/0003_breaks\.sql, statement 2 of 2/);
    await file('0003_breaks.sql', 'INSERT INTO a (id) VALUES (7);\nINSERT INTO a (id) VALUES (8);\n');
    expect((await migrate(config(), folder)).applied).toEqual(['0003_breaks.sql']);
    expect(await engine.store('migrated-here').select('SELECT id FROM a ORDER BY id')).toEqual([{ id: 1 }, { id: 7 }, { id: 8 }]);
  });

  it('goes on after a death between a statement and its note; a table met by a first run is an error', async () => {
    await file('0004_tables.sql', 'CREATE TABLE c (id UInt8) ENGINE = Memory;\nCREATE TABLE d (id UInt8) ENGINE = Memory;\n');
    const migrated = engine.store('migrated-here');
    await migrated.command('CREATE TABLE d (id UInt8) ENGINE = Memory');
    await expect(migrate(config(), folder)).rejects.toMatchObject({ message: expect.stringMatching(/0004_tables\.sql, statement 2 of 2.*already exists/s) });
    expect((await migrate(config(), folder)).applied).toEqual(['0004_tables.sql']);
    await file('0005_foreign.sql', 'CREATE TABLE c (id UInt8) ENGINE = Memory;\n');
    await expect(migrate(config(), folder)).rejects.toThrow(/0005_foreign/);
    await rm(path.join(folder, '0005_foreign.sql'));
  });

  it('refuses a file that was changed after it had been applied, and a name out of order', async () => {
    await file('0001_first.sql', 'SELECT 1');
    await expect(migrate(config(), folder)).rejects.toThrow(/0001_first\.sql was changed/);
    await rm(path.join(folder, '0001_first.sql'));
    await file('one.sql', 'SELECT 1');
    await expect(migrate(config(), folder)).rejects.toThrow(/NNNN_/);
  });
});
