import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { insertRows, type Store } from '../../clickhouse/client';
import type { TestEngine } from '../support/engine';
import { cpuSeconds } from './processes';

const BLOCKS = [20_000, 100_000] as const;
const MOST_ROWS = 200_000;
const SETTLE_MS = 60_000;

/** What the bench's engine must take at once for its larger block: rows of some 4.5 KB. */
export const BARE_BODY_MIB = 1_024;

/** Columns that the log works out by itself, for these rows as for those of the listener. */
const COMPUTED = 'rank, recorded_rank';

export interface Bare {
  readonly rowsPerSecond: number;
  readonly rowBytes: number;
  readonly byBlock: Record<string, number>;
  /** Processor time of a row: says more than the rate where the machine does other things too. */
  readonly cpuMicros: number;
}

/**
 * Rows a second that the engine takes of the very same log rows as NDJSON, into a table like `events` without any view:
 * the faster of two block sizes, of at most 200,000 of the rows. They wait in a file, so that memory holds one block.
 */
export async function engineAlone(engine: TestEngine, store: Store, database: string): Promise<Bare> {
  const folder = await mkdtemp(path.join(tmpdir(), 'throughline-bare-'));
  try {
    const file = path.join(folder, 'rows.ndjson');
    const ends = await rowsTo(file, engine, database);
    const byBlock: Record<string, number> = {};
    let cpuMicros = Infinity;
    for (const block of BLOCKS) {
      if (block > ends.length && block !== BLOCKS[0]) continue;
      const { rowsPerSecond, micros } = await timed(engine, store, file, ends, block);
      byBlock[block] = rowsPerSecond;
      cpuMicros = Math.min(cpuMicros, micros);
    }
    return { rowsPerSecond: Math.max(...Object.values(byBlock)), rowBytes: Math.round((ends.at(-1) ?? 0) / Math.max(ends.length, 1)), byBlock, cpuMicros };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function timed(engine: TestEngine, store: Store, file: string, ends: readonly number[], block: number): Promise<{ rowsPerSecond: number; micros: number }> {
  await settled(store);
  await store.command('CREATE TABLE bare AS events');
  const rows = await open(file);
  // Blocks of one size only: a small one at the end would cost as much as a large one.
  const most = Math.min(ends.length, Math.max(block, ends.length - (ends.length % block)));
  let seconds = 0;
  let cpu = 0;
  try {
    for (let first = 0; first < most; first += block) {
      const from = first === 0 ? 0 : (ends[first - 1] ?? 0);
      const length = (ends[Math.min(first + block, most) - 1] ?? from) - from;
      const { buffer } = await rows.read(Buffer.allocUnsafeSlow(length), 0, length, from);
      const began = performance.now();
      const before = cpuSeconds(engine.pid);
      await insertRows(store, 'bare', buffer);
      seconds += (performance.now() - began) / 1000;
      cpu += cpuSeconds(engine.pid) - before;
    }
  } finally {
    await rows.close();
  }
  await store.command('DROP TABLE bare SYNC');
  return { rowsPerSecond: Math.round(most / seconds), micros: Math.round((cpu * 1e6) / most) };
}

/** As text and never parsed: a number of 256 bits would not survive that. Returns where each row ends. */
async function rowsTo(file: string, engine: TestEngine, database: string): Promise<number[]> {
  const url = new URL(engine.url);
  const settings = { database, output_format_json_quote_decimals: '1', output_format_json_quote_64bit_integers: '0', wait_end_of_query: '0', session_timezone: 'UTC' };
  for (const [name, value] of Object.entries(settings)) url.searchParams.set(name, value);
  const answer = await fetch(url, {
    method: 'POST', headers: { 'x-clickhouse-user': engine.user, 'x-clickhouse-key': engine.password, 'x-clickhouse-format': 'JSONEachRow' },
    body: `SELECT * EXCEPT (${COMPUTED}) FROM events LIMIT ${MOST_ROWS}`,
  });
  if (!answer.ok || !answer.body) throw new Error(`the log cannot be read: ${await answer.text()}`);
  const ends: number[] = [];
  const out = createWriteStream(file);
  let size = 0;
  const reader = answer.body.getReader();
  for (let { value: piece } = await reader.read(); piece; { value: piece } = await reader.read()) {
    for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1)) ends.push(size + at + 1);
    size += piece.length;
    if (!out.write(piece)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
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
