// The embedded engine process, spoken to as the product does (through the client) and as anybody could (HTTP).
import { gzipSync } from 'node:zlib';
import { createClient, TupleParam, type ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Store } from '../../clickhouse/client';
import { startEngine, type TestEngine } from '../support/engine';

let engine: TestEngine;
let store: Store;

beforeAll(async () => {
  engine = await startEngine();
  store = engine.store();
});
afterAll(() => engine.stop());

function post(body: string | Buffer, query: Record<string, string> = {}, headers: Record<string, string> = {}) {
  const login = { 'X-ClickHouse-User': engine.user, 'X-ClickHouse-Key': engine.password };
  return fetch(`${engine.url}/?${new URLSearchParams(query)}`, { method: 'POST', body: new Uint8Array(Buffer.from(body)), headers: { ...login, ...headers } });
}

async function value(sql: string, params: Record<string, unknown> = {}) {
  const rows = await store.select<{ v: unknown }>(sql, params);
  expect(rows).toHaveLength(1);
  return rows[0]?.v;
}

describe('parameters', () => {
  const texts = [
    '', ' ', 'plain', "it's", "''", '"double"', '`tick`', '\\', '\\\\', "\\'", 'a\\nb', 'line\nbreak', 'tab\there', 'cr\rlf\n',
    'nul\0byte', 'ünïcödé ✓ 病院 🏥', "'; DROP TABLE t; --", "x' OR '1'='1", '{x:String}', '$$heredoc$$', '-- comment', '/* c */',
    '\\N', 'NULL', '%41+&=?#', ';', "');SET readonly=0;--", '\u2028\u0085',
  ];
  it.each(texts)('gives the string %j back as it was', async (text) => {
    expect(await value('SELECT {x:String} AS v', { x: text })).toBe(text);
    expect(await value('SELECT {x:Array(String)} AS v', { x: [text, 'other', text] })).toEqual([text, 'other', text]);
    expect(await value('SELECT {x:Nullable(String)} AS v', { x: text === '\\N' ? 'N' : text })).toBe(text === '\\N' ? 'N' : text);
  });

  it.each([
    ['UInt8', 255, 255], ['Int64', -9007199254740991, -9007199254740991], ['UInt64', '9007199254740991', 9007199254740991],
    ['Float64', 1.5, 1.5], ['Bool', true, true], ['Bool', false, false],
    ['Decimal(18, 4)', '99999999999999.9999', '99999999999999.9999'], ['Decimal(18, 4)', '-0.0001', '-0.0001'],
    ['Date', '2026-02-28', '2026-02-28'], ['Date32', '1950-01-02', '1950-01-02'],
    ["Array(DateTime64(3, 'UTC'))", ['2026-02-28 23:59:59.123'], ['2026-02-28T23:59:59.123Z']],
    ["DateTime64(3, 'UTC')", new Date(Date.UTC(2026, 1, 28, 23, 59, 59, 123)), '2026-02-28T23:59:59.123Z'],
    ["DateTime('UTC')", new Date(Date.UTC(2026, 1, 28)), '2026-02-28T00:00:00Z'],
    ['UUID', '6f1a1a4e-5a3c-4f0a-9a48-000000000001', '6f1a1a4e-5a3c-4f0a-9a48-000000000001'],
    ['Nullable(String)', null, null], ['Nullable(UInt8)', null, null], ['Nullable(Decimal(18, 4))', null, null],
    ['Array(UInt32)', [1, 2, 3], [1, 2, 3]], ['Array(String)', [], []], ['Array(Nullable(String))', ['a', null], ['a', null]],
    ['Array(Array(String))', [["a'"], []], [["a'"], []]], ['Tuple(String, UInt8)', new TupleParam(["a\\'b", 3]), ["a\\'b", 3]],
    ['Map(String, UInt8)', { 'k\'1': 1 }, { 'k\'1': 1 }],
    ['Array(Date)', ['2026-01-01', '2026-01-02'], ['2026-01-01', '2026-01-02']],
  ])('binds %s %j', async (type, given, expected) => {
    expect(await value(`SELECT {x:${type}} AS v`, { x: given })).toEqual(expected);
  });

  it('takes lists far longer than a URL', async () => {
    const ids = Array.from({ length: 30_000 }, (_, i) => `order-${i}'\\`);
    expect(await value('SELECT length({ids:Array(String)}) AS v', { ids })).toBe(30_000);
    expect(await value('SELECT {ids:Array(String)}[20000] AS v', { ids })).toBe(ids[19_999]);
  });

  it('binds identifiers as identifiers', async () => {
    expect(await value('SELECT name AS v FROM system.{t:Identifier} LIMIT 1', { t: 'one`; DROP' }).catch((e: Error) => e.message)).toMatch(/60|UNKNOWN_TABLE|does not exist/i);
    expect(await value('SELECT dummy AS v FROM system.{t:Identifier}', { t: 'one' })).toBe(0);
  });

  it('never falls back on what an earlier statement was given', async () => {
    for (let i = 0; i < 12; i++) await value('SELECT {secret:String} AS v', { secret: 's' });
    await expect(store.select('SELECT {secret:String}')).rejects.toMatchObject({ code: 456 });
    await expect(store.select('SELECT { secret : String }')).rejects.toMatchObject({ code: 456 });
    await expect(store.select('SELECT 1 /* \' */, {secret:String}')).rejects.toMatchObject({ code: 456 });
    expect(await value("SELECT '{secret:String}' AS v -- {secret:String}")).toBe('{secret:String}');
  });

  it('keeps many readers at once apart, values and settings', async () => {
    const reader = async (id: number) => {
      for (let round = 0; round < 25; round++) {
        const [row] = await store.select<{ a: string; b: number; n: string; d: number }>(
          `SELECT {a:String} AS a, {b:UInt32} AS b, getSetting('max_block_size')::String AS n, sleepEachRow({s:Float32}) AS d`,
          { a: `reader-${id}'${round}`, b: id * 1000 + round, s: Math.random() / 200 },
          { settings: { max_block_size: String(1000 + id) } },
        );
        expect(row).toEqual({ a: `reader-${id}'${round}`, b: id * 1000 + round, n: String(1000 + id), d: 0 });
      }
    };
    await Promise.all(Array.from({ length: 24 }, (_, id) => reader(id)));
  });
});

describe('settings', () => {
  it('act for their statement alone', async () => {
    const ask = (settings?: Record<string, string>) =>
      store.select<{ v: number }>("SELECT getSetting('max_threads') AS v", {}, settings ? { settings } : {});
    const [before] = await ask();
    for (let i = 0; i < 20; i++) {
      expect(await ask({ max_threads: '1', max_block_size: '77' })).toEqual([{ v: 1 }]);
      expect(await ask()).toEqual([before]);
    }
  });

  it.each([5, 90_000])('nor does what was answered before an error at row %i reach the next statement', async (row) => {
    // As many as there are readers, and more: each connection has one that fails.
    const fails = Array.from({ length: 12 }, () => store.select(`SELECT number, throwIf(number = ${row}) AS x FROM numbers(100000)`));
    expect(new Set((await Promise.allSettled(fails)).map(({ status }) => status))).toEqual(new Set(['rejected']));
    const next = await Promise.all(Array.from({ length: 12 }, (_, i) => store.select(`SELECT ${i} AS i`)));
    expect(next).toEqual(Array.from({ length: 12 }, (_, i) => [{ i }]));
  });

  it('and what else a failed statement held go with it', async () => {
    await store.command('CREATE TABLE held (x UInt64) ENGINE = MergeTree ORDER BY x');
    const fails = () => [
      store.command('INSERT INTO held SELECT throwIf(number = 5) FROM numbers(10)'),
      store.insert('held', Buffer.from('{"x":"no number"}\n')),
      store.select('SELECT throwIf(number = 5) FROM numbers(10)'),
      store.command('ALTER TABLE held DROP COLUMN no_such'),
      (async () => {
        for await (const _ of store.stream('SELECT throwIf(number = 50000) AS x FROM numbers(100000)'));
      })(),
    ];
    expect((await Promise.allSettled(fails())).map(({ status }) => status)).toEqual(Array(5).fill('rejected'));
    const running = () => store.select<{ query: string }>("SELECT query FROM system.processes WHERE query NOT LIKE '%system.processes%'");
    expect(await running()).toEqual([]);
  });

  it('come back after errors of any kind', async () => {
    const wrong: Record<string, string>[] = [{ nonsense: '1' }, { max_threads: 'many' }, { max_threads: '1', nonsense: '2' }, { max_result_rows: '1' }];
    for (const settings of wrong) {
      for (let i = 0; i < 8; i++) {
        const failing = store.select('SELECT number FROM numbers(10000)', {}, { settings });
        await expect(failing).rejects.toMatchObject({ name: expect.stringMatching(/StoreError|NarrowTheRange/) });
      }
    }
    expect(await value("SELECT concat(getSetting('max_threads')::String, ' ', getSetting('max_result_rows')::String) AS v")).toMatch(/^\d+ 0$/);
  });

  it('of SET and USE do not outlive their request', async () => {
    for (let i = 0; i < 8; i++) {
      await store.command('SET max_block_size = 99, param_leak = 1');
      await store.command('USE system');
    }
    expect(await value("SELECT getSetting('max_block_size') AS v")).not.toBe(99);
    expect(await value('SELECT currentDatabase() AS v')).toBe('test');
    await expect(store.select('SELECT {leak:UInt8}')).rejects.toMatchObject({ code: 456 });
  });

  it('readonly refuses every kind of writing', async () => {
    await store.command('CREATE TABLE ro (a UInt8) ENGINE = MergeTree ORDER BY a');
    for (const sql of ['CREATE TABLE ro2 (a UInt8) ENGINE = Memory', 'INSERT INTO ro VALUES (1)', 'DROP TABLE ro', 'INSERT INTO ro SELECT 1', 'TRUNCATE TABLE ro', 'ALTER TABLE ro DELETE WHERE 1']) {
      await expect(store.command(sql, {}, { settings: { readonly: '2' } })).rejects.toMatchObject({ code: 164 });
    }
    await expect(store.command('SELECT 1 SETTINGS readonly = 0', {}, { settings: { readonly: '2' } })).rejects.toMatchObject({ code: 164 });
    await store.command('DROP TABLE ro');
  });
});

describe('HTTP', () => {
  it('answers ping without a password, and nothing else', async () => {
    expect(await (await fetch(`${engine.url}/ping`)).text()).toBe('Ok.\n');
    for (const headers of [{}, { Authorization: 'Basic !!' }, { 'X-ClickHouse-User': 'default', 'X-ClickHouse-Key': 'no' }] as Record<string, string>[]) {
      const refused = await fetch(`${engine.url}/?query=SELECT+1`, { method: 'POST', headers });
      expect(refused.status).toBe(403);
      expect(refused.headers.get('x-clickhouse-exception-code')).toBe('516');
      expect(await refused.text()).toMatch(/^Code: 516\. DB::Exception: .*\(AUTHENTICATION_FAILED\)/);
    }
  });

  it('says what was wrong, with code and status', async () => {
    const cases: [string, number, number, string][] = [
      ['SELEC 1', 62, 400, 'SYNTAX_ERROR'],
      ['', 62, 400, 'SYNTAX_ERROR'],
      ['SELECT 1; SELECT 2', 62, 400, 'SYNTAX_ERROR'],
      ['SELECT * FROM nowhere.nothing', 81, 404, 'UNKNOWN_DATABASE'],
      ['SELECT * FROM nothing', 60, 404, 'UNKNOWN_TABLE'],
      ['SELECT nothing', 47, 404, 'UNKNOWN_IDENTIFIER'],
      ["SELECT throwIf(1, 'bang (loud)')", 395, 500, 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO'],
    ];
    for (const [sql, code, status, type] of cases) {
      const answer = await post(sql, { database: 'test' });
      const text = await answer.text();
      expect([answer.status, answer.headers.get('x-clickhouse-exception-code')], sql).toEqual([status, String(code)]);
      expect(text).toMatch(new RegExp(`^Code: ${code}\\. DB::Exception: [^]*\\(${type}\\)`));
    }
    const unknown = await post('SELECT 1', { database: 'absent' });
    expect(unknown.headers.get('x-clickhouse-exception-code')).toBe('81');
  });

  it('compresses both ways', async () => {
    await store.command('CREATE TABLE zipped (a UInt32, s String) ENGINE = MergeTree ORDER BY a');
    const rows = Array.from({ length: 5000 }, (_, a) => JSON.stringify({ a, s: `text ${a}` })).join('\n');
    const sent = await post(gzipSync(rows), { database: 'test', query: 'INSERT INTO zipped FORMAT JSONEachRow' }, { 'Content-Encoding': 'gzip' });
    expect(sent.status).toBe(200);
    expect(JSON.parse(sent.headers.get('x-clickhouse-summary') ?? '{}')).toMatchObject({ written_rows: '5000' });
    for (const wait of [0, 1] as const) {
      const client: ClickHouseClient = createClient({
        url: engine.url, username: engine.user, password: engine.password, database: 'test', compression: { request: true, response: true },
      });
      const result = await client.query({
        query: 'SELECT a, s FROM zipped ORDER BY a', format: 'JSONEachRow', clickhouse_settings: { wait_end_of_query: wait },
      });
      expect(result.response_headers['content-encoding']).toBe('gzip');
      expect(await result.json()).toHaveLength(5000);
      await client.insert({ table: 'zipped', values: [{ a: 9, s: 'x' }], format: 'JSONEachRow' });
      await client.command({ query: 'DELETE FROM zipped WHERE s = {s:String}', query_params: { s: 'x' } });
      await client.close();
    }
    const broken = await post('not gzip', { database: 'test', query: 'INSERT INTO zipped FORMAT JSONEachRow' }, { 'Content-Encoding': 'gzip' });
    expect(broken.status).toBe(400);
    await store.command('DROP TABLE zipped');
  });

  it('takes statements and rows wherever the client puts them', async () => {
    const client = createClient({ url: engine.url, username: engine.user, password: engine.password, database: 'test' });
    await client.command({ query: 'CREATE TABLE ways (`a.b` UInt32, s String) ENGINE = MergeTree ORDER BY s' });
    await client.insert({ table: 'ways', values: [{ 'a.b': 1, s: 'rows' }], format: 'JSONEachRow' });
    await client.insert({ table: 'test.ways', columns: ['`a.b`', 's'], values: [[2, 'compact']], format: 'JSONCompactEachRow' });
    await client.insert({ table: '`ways`', columns: { except: ['`a.b`'] }, values: [{ s: 'except' }], format: 'JSONEachRow' });
    await client.insert({ table: 'ways', values: [{ 'a.b': 3, s: "semi;colon' FORMAT x" }], format: 'JSONEachRow', clickhouse_settings: { async_insert: 0 } });
    await client.command({ query: "INSERT INTO ways VALUES (4, 'values;')" });
    await client.command({ query: "INSERT INTO ways (s) SELECT {s:String}", query_params: { s: 'selected' } });
    await client.exec({ query: 'INSERT INTO ways FORMAT TSV\n5\tin;line' });
    await client.insert({ table: 'ways', values: [{ 'a.b': '6', s: 'strings' }], format: 'JSONStringsEachRow' });
    const rows = await (await client.query({ query: 'SELECT `a.b` AS n, s FROM ways ORDER BY n, s', format: 'JSONCompactEachRow' })).json();
    expect(rows).toEqual([[0, 'except'], [0, 'selected'], [1, 'rows'], [2, 'compact'], [3, "semi;colon' FORMAT x"], [4, 'values;'], [5, 'in;line'], [6, 'strings']]);
    const json = await (await client.query({ query: 'SELECT 1 AS one;' })).json<{ one: number }>();
    expect(json.data).toEqual([{ one: 1 }]);
    await client.command({ query: 'DROP TABLE ways' });
    await client.close();
  });

  it('survives malformed requests', async () => {
    const odd = [
      await post('SELECT 1', { 'param_x; DROP': '1' }),
      await post('SELECT 1', { 'bad setting': '1' }),
      await post('--x', {}, { 'Content-Type': 'multipart/form-data; boundary=x' }),
      await fetch(`${engine.url}/%ZZ`),
      await fetch(`${engine.url}/`, { method: 'DELETE' }),
      await post(Buffer.from([0xff, 0xfe, 0]), {}),
      await post(Buffer.from([0xff, 0xfe, 0]), { query: 'INSERT INTO t FORMAT Native' }),
      await post("SELECT 'open", {}), await post('SELECT {', {}), await post('SELECT $$', {}),
    ];
    expect(odd.map((answer) => answer.status >= 400)).toEqual(odd.map(() => true));
    expect(await value('SELECT 1 AS v')).toBe(1);
  });
});
