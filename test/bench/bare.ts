import { setTimeout as sleep } from 'node:timers/promises';
import { insertRows, type Store } from '../../clickhouse/client';
import type { TestEngine } from '../support/engine';
import { cpuSeconds } from './processes';

const BLOCKS = [20_000, 100_000] as const;
const MOST_ROWS = 300_000;
const SETTLE_MS = 60_000;

/** Columns that the log works out by itself, for these rows as for those of the listener. */
const COMPUTED = 'rank, recorded_rank';

/**
 * Rows a second that the engine takes of the very same log rows as NDJSON, into a table like `events` without any view:
 * the faster of two block sizes, of at most 300,000 of the rows. `cpuMicros` is the processor time of a row, which says
 * more than the rate where the machine does other things too.
 */
export async function engineAlone(engine: TestEngine, store: Store, database: string): Promise<{ rowsPerSecond: number; rowBytes: number; byBlock: Record<string, number>; cpuMicros: number }> {
  const text = await rows(engine, database);
  const ends = lineEnds(text);
  const byBlock: Record<string, number> = {};
  let cpuMicros = Infinity;
  for (const block of BLOCKS) {
    if (block > ends.length && block !== BLOCKS[0]) continue;
    await settled(store);
    await store.command('CREATE TABLE bare AS events');
    // Blocks of one size only: a small one at the end would cost as much as a large one.
    const most = Math.max(block, ends.length - (ends.length % block));
    let taken = 0;
    const began = performance.now();
    const cpu = cpuSeconds(engine.pid);
    for (let first = 0; first < Math.min(most, ends.length); first += block) {
      const last = Math.min(first + block, ends.length);
      await insertRows(store, 'bare', text.subarray(first === 0 ? 0 : ends[first - 1], ends[last - 1]));
      taken = last;
    }
    byBlock[block] = Math.round(taken / ((performance.now() - began) / 1000));
    cpuMicros = Math.min(cpuMicros, Math.round(((cpuSeconds(engine.pid) - cpu) * 1e6) / taken));
    await store.command('DROP TABLE bare SYNC');
  }
  return { rowsPerSecond: Math.max(...Object.values(byBlock)), rowBytes: Math.round(text.length / Math.max(ends.length, 1)), byBlock, cpuMicros };
}

/** As text and never parsed: a number of 256 bits would not survive that. */
async function rows(engine: TestEngine, database: string): Promise<Buffer> {
  const url = new URL(engine.url);
  const settings = { database, output_format_json_quote_decimals: '1', output_format_json_quote_64bit_integers: '0', wait_end_of_query: '0', session_timezone: 'UTC' };
  for (const [name, value] of Object.entries(settings)) url.searchParams.set(name, value);
  const answer = await fetch(url, {
    method: 'POST', headers: { 'x-clickhouse-user': engine.user, 'x-clickhouse-key': engine.password },
    body: `SELECT * EXCEPT (${COMPUTED}) FROM events LIMIT ${MOST_ROWS} FORMAT JSONEachRow`,
  });
  if (!answer.ok) throw new Error(`the log cannot be read: ${await answer.text()}`);
  return Buffer.from(await answer.arrayBuffer());
}

function lineEnds(text: Buffer): number[] {
  const ends: number[] = [];
  for (let at = text.indexOf(10); at >= 0; at = text.indexOf(10, at + 1)) ends.push(at + 1);
  return ends;
}

/** Merges that an earlier measurement has left would be counted to the next. */
export async function settled(store: Store): Promise<void> {
  const until = performance.now() + SETTLE_MS;
  while (performance.now() < until) {
    const [merging] = await store.select<{ n: number }>('SELECT count() AS n FROM system.merges');
    if (!merging?.n) return;
    await sleep(250);
  }
}
