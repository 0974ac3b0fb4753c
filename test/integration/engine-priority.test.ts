import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { LATER, withSettings, type Store } from '../../clickhouse/client';
import { startEngine, type TestEngine } from '../support/engine';

/** What is brought up to the log behind the pages keeps nobody waiting who waits for an answer. */

let engine: TestEngine;
let store: Store;
let behind: Store;
beforeAll(async () => {
  engine = await startEngine();
  store = engine.store();
  behind = withSettings(store, LATER);
  await store.command('CREATE TABLE priority_rows (what String) ENGINE = MergeTree ORDER BY what');
}, 60_000);
afterAll(() => engine.stop());

const ended: string[] = [];
beforeEach(() => void ended.splice(0));
/** Writes after about so many seconds. */
const write = async (to: Store, what: string, seconds: number) => {
  await to.command(`INSERT INTO priority_rows SELECT {what:String} FROM numbers({steps:UInt8}) WHERE sleepEachRow(0.1) = 0 SETTINGS max_block_size = 1`, { what, steps: seconds * 10 + 1 });
  ended.push(what);
};

it('never has all connections', async () => {
  const many = Array.from({ length: 12 }, (_, n) => write(behind, `behind ${n}`, 1));
  await new Promise((resolve) => setTimeout(resolve, 200));
  await write(store, 'now', 0);
  expect(ended).toEqual(['now']);
  await Promise.all(many);
  expect(ended.length).toBe(13);
}, 30_000);

it('waits longer for a connection, whoever came first', async () => {
  const all = Array.from({ length: 8 }, (_, n) => write(store, `first ${n}`, 1));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const later = Array.from({ length: 5 }, (_, n) => write(behind, `behind ${n}`, 1));
  await new Promise((resolve) => setTimeout(resolve, 100));
  await write(store, 'now', 0);
  expect(ended.filter((what) => what.startsWith('behind'))).toEqual([]);
  await Promise.all([...all, ...later]);
}, 30_000);

it('comes to its end however much goes before it', async () => {
  await store.command('CREATE TABLE priority_numbers (n UInt64) ENGINE = MergeTree ORDER BY n');
  await store.command('INSERT INTO priority_numbers SELECT number FROM numbers(2000000)');
  let over = false;
  const always = Array.from({ length: 2 }, async () => {
    while (!over) await store.select('SELECT sum(sipHash64(n)) AS s FROM priority_numbers');
  });
  const [row] = await behind.select<{ n: number }>('SELECT uniqExact(n) AS n FROM priority_numbers');
  over = true;
  await Promise.all(always);
  expect(row?.n).toBe(2_000_000);
}, 60_000);
