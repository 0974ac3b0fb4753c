// Statements that never end must not take the store's connections away for ever. One that reads from a pipe into
// which nobody writes stands still inside the engine's native code and heeds no KILL, as one does that waits for a disk.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { classifyInsertError, insertRows, type Store } from '../../clickhouse/client';
import { statementsThatNeverEnd } from '../../server/health/engine';
import { runEngine, startEngine, type TestEngine } from '../support/engine';

const STILL_SECONDS = 2;
/** A client that waits gives three times as long; then a kill, a last look, and some for a busy machine. */
const WAITED_MS = STILL_SECONDS * 4_000 + 15_000;

let engine: TestEngine;
let store: Store;
let pipes = 0;

beforeEach(async () => {
  engine = await startEngine({ env: { ENGINE_STILL_SECONDS: String(STILL_SECONDS) }, supervised: true });
  store = engine.store();
  await store.command('CREATE TABLE t (x UInt64) ENGINE = MergeTree ORDER BY x SETTINGS fsync_after_insert = 1');
});
afterEach(() => engine.stop());

function pipe(): string {
  const file = path.join(engine.folder, `pipe-${pipes++}`);
  execFileSync('mkfifo', [file]);
  return file;
}

const never = (file = pipe(), signal?: AbortSignal) => store.command(`INSERT INTO t SELECT x FROM file('${file}', 'Native', 'x UInt64')`, {}, signal ? { signal } : {});
const rowsOf = async () => (await store.select<{ n: number }>('SELECT count() AS n FROM t'))[0]?.n;

async function until(holds: () => boolean | Promise<boolean>, ms: number): Promise<void> {
  for (const end = Date.now() + ms; !(await holds()); await delay(50)) if (Date.now() > end) throw new Error(`not within ${ms} ms; the engine said: ${engine.said}`);
}

async function counted(sample: string): Promise<number | undefined> {
  const answer = await fetch(`${engine.url}/metrics`, { headers: { 'X-ClickHouse-User': engine.user, 'X-ClickHouse-Key': engine.password } });
  const line = (await answer.text()).split('\n').find((each) => each.startsWith(`throughline_engine_${sample} `));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

describe('a statement that never ends', () => {
  it('is given up, its caller may try again, and its connection serves others', async () => {
    const [first, second] = [pipe(), pipe()];
    const errors = await Promise.all([never(first), never(second)].map((each) => each.catch((error: unknown) => error)));
    for (const error of errors) {
      expect(error).toMatchObject({ code: 394 });
      expect(classifyInsertError(error)).toBe('retryable');
    }
    // Twice as many as the writers that would be left.
    await Promise.all(Array.from({ length: 8 }, (_, i) => insertRows(store, 't', [{ x: i }])));
    expect(await rowsOf()).toBe(8);
    expect(engine.said).toMatch(/warning: nothing has moved for \d+ s in a statement that does not heed being stopped \(begun \d+ s ago, its client waits\).*INSERT INTO t/);
    expect(await statementsThatNeverEnd({ ...process.env, ...engine.env })).toBe(2);
    expect(await counted('stuck_statements_total{ended="given up"}')).toBe(2);
    // What it had set on its connection is not what the next one finds, and when it comes back it disturbs nobody.
    for (const file of [first, second]) writeFileSync(file, '');
    await until(async () => (await counted('stuck_statements')) === 0, 5_000);
    expect(engine.said).toContain('has ended after');
    await Promise.all(Array.from({ length: 8 }, (_, i) => insertRows(store, 't', [{ x: 8 + i }])));
    expect(await rowsOf()).toBe(16);
    expect(engine.ends).toBe(0);
  }, 90_000);

  it('is given up sooner when its client has gone', async () => {
    const leave = new AbortController();
    const asked = never(undefined, leave.signal).catch((error: unknown) => error);
    await until(async () => (await store.select("SELECT 1 FROM system.processes WHERE query_kind = 'Insert'")).length > 0, 10_000);
    leave.abort();
    await asked;
    const began = Date.now();
    await until(async () => (await counted('stuck_statements')) === 1, WAITED_MS);
    expect(Date.now() - began).toBeLessThan(STILL_SECONDS * 3_000);
    expect(engine.said).toContain('its client has gone');
  }, 60_000);

  it('has the engine started again once nothing else runs that takes long, and not before', async () => {
    await never().catch(() => undefined);
    const slow = store.select('SELECT count(sleep(1)) AS n FROM numbers(16) SETTINGS max_block_size = 1', {}, { settings: { max_execution_time: 60 } });
    await delay(STILL_SECONDS * 6_000);
    expect(engine.ends).toBe(0);
    expect(await slow).toHaveLength(1);
    await until(() => engine.ends === 1, 10_000);
    expect(engine.said).toContain('warning: the engine ends, to be started again');
    await until(async () => (await counted('stuck_statements').catch(() => undefined)) === 0, 30_000);
    expect(await rowsOf()).toBe(0);
  }, 120_000);

  it('has it started again at once where there are three, and nothing acknowledged is lost', async () => {
    await insertRows(store, 't', [{ x: 1 }, { x: 2 }]);
    const errors = await Promise.all([never(), never(), never()].map((each) => each.catch((error: unknown) => error)));
    for (const error of errors) expect(classifyInsertError(error)).toBe('retryable');
    await until(() => engine.ends === 1, WAITED_MS);
    await until(async () => (await rowsOf().catch(() => undefined)) === 2, 30_000);
    expect(engine.said).toContain('3 statements never ended');
  }, 90_000);

  it('does not keep the engine from stopping', async () => {
    await never().catch(() => undefined);
    const began = Date.now();
    await engine.restart();
    expect(Date.now() - began).toBeLessThan(20_000);
    expect(await rowsOf()).toBe(0);
  }, 90_000);
});

describe('a statement in which nothing moves', () => {
  it('is stopped, and keeps its connection where it heeds that', async () => {
    const still = store.command(`INSERT INTO t SELECT sleepEachRow(60) FROM numbers(1) SETTINGS function_sleep_max_microseconds_per_block = 100000000`);
    await expect(still).rejects.toMatchObject({ code: 394 });
    await until(async () => (await counted('stuck_statements_total{ended="when stopped"}')) === 1, 5_000);
    expect(await counted('stuck_statements')).toBe(0);
    expect(engine.said).toMatch(/warning: a statement in which nothing had moved for \d+ s was stopped: INSERT INTO t SELECT sleepEachRow/);
  }, 60_000);

  it('is left alone while it computes', async () => {
    const began = Date.now();
    // One value of one row: no counter moves meanwhile.
    const rows = await store.select('SELECT length(arraySort(x -> sipHash64(x), range(60000000))) AS n', {}, { settings: { max_execution_time: 600 } });
    expect(rows).toEqual([{ n: 60_000_000 }]);
    expect(Date.now() - began).toBeGreaterThan(STILL_SECONDS * 3_000 + 1_000);
  }, 120_000);

  it('is left alone while its client takes what it has made', async () => {
    let n = 0;
    for await (const _ of store.stream('SELECT number, repeat(\'x\', 1000) AS s FROM numbers(200000)')) if (n++ % 50_000 === 0) await delay(STILL_SECONDS * 2_000);
    expect(n).toBe(200_000);
  }, 60_000);
});

it('says in one line that a configuration cannot work', async () => {
  await expect(runEngine({ ENGINE_PORT: '0', ENGINE_PASSWORD: 'x', ENGINE_DATA: engine.folder, ENGINE_STILL_SECONDS: '0' })).rejects.toMatchObject({ exitCode: 2, message: expect.stringMatching('ENGINE_STILL_SECONDS') });
});
