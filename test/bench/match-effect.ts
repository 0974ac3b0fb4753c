import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../../clickhouse/client';
import { connectNats, ensureStreams, jetstream, publish, structured } from '../../ingest/contract/stream';
import type { TestEngine } from '../support/engine';
import { invoice } from '../support/match';
import { startNats } from '../support/nats';
import { endProcess, LISTENER_NODE, startProcess } from './processes';

const LOOK_EVERY_MS = 10;
/** A count may stay the same: a row more, and one less by a merge. */
const ASK_EVERY_MS = 200;
const GIVE_UP_MS = 30_000;
/** The keeper is waited for so long at most. */
const BEGUN_MS = 180_000;
/** Between one event and the next, so that each is a run of its own; and not the same each time. */
const PAUSE_MS = [700, 1_500] as const;

/**
 * How long after an invoice was published its verdict can be read as a page reads it, in milliseconds, with a listener and
 * the keeper as in production. The first few, in which processes get warm, are left out.
 */
export async function timeEffects(engine: TestEngine, store: Store, count: number, say: (line: string) => void): Promise<number[]> {
  const lines = await store.select<{ order: string; line: string; item: string; uom: string; price: string; supplier: string; currency: string; facility: string }>(
    `SELECT order_id AS order, order_line AS line, o_item AS item, o_uom AS uom, toString(o_price) AS price, o_supplier AS supplier, o_currency AS currency, o_facility AS facility
     FROM matched_order_lines FINAL WHERE NOT gone AND known AND NOT cancelled AND o_price > 0 AND notEmpty(r) ORDER BY cityHash64(order_id, order_line) LIMIT {count:UInt32}`, { count });
  await settled(store);
  const nats = await startNats();
  const env = { ...engine.env, ...nats.env, THROUGHLINE_TOKEN_KEY: 'ab'.repeat(32) };
  const connection = await connectNats('bench', { ...process.env, ...env });
  await ensureStreams(connection, undefined, 2 ** 30);
  const js = jetstream(connection);
  const processes = [startProcess('ingest/listener/main.ts', env, LISTENER_NODE), startProcess('server/keeper/main.ts', env)];
  await begun(store);
  const took: number[] = [];
  // A folder of data that stays has those of earlier runs.
  const mark = `bench-${Date.now()}`;
  for (const [n, line] of lines.entries()) {
    const event = invoice(`${mark}-${n}`, line.order, { order: { document: line.order, line: line.line }, item: line.item, uom: line.uom, quantity: '1', price: line.price },
      { on: '2026-03-15', facility: line.facility, supplier: line.supplier, currency: line.currency });
    const began = performance.now();
    await publish(js, structured(event));
    for (let counted = -1, askAt = 0; ;) {
      // From what the parts say of themselves, and only then as a page asks: asked all the time, that would take half a core from what it watches.
      const [rows] = await store.select<{ n: number }>('SELECT count() AS n FROM matched_invoice_lines');
      if (Number(rows?.n) === counted && performance.now() < askAt) {
        await sleep(LOOK_EVERY_MS);
        continue;
      }
      counted = Number(rows?.n);
      askAt = performance.now() + ASK_EVERY_MS;
      const [found] = await store.select<{ verdict: string }>("SELECT verdict FROM matched_invoice_lines FINAL WHERE NOT gone AND object_id = {id:String}", { id: `${mark}-${n}/1` });
      const now = performance.now() - began;
      if (found) {
        took.push(now);
        say(`effect ${n}: ${found.verdict} after ${Math.round(now)} ms`);
        break;
      }
      if (now > GIVE_UP_MS) throw new Error(`invoice ${n} has no verdict after ${GIVE_UP_MS} ms`);
    }
    await sleep(PAUSE_MS[0] + ((n * 137) % (PAUSE_MS[1] - PAUSE_MS[0])));
  }
  for (const one of processes) await endProcess(one);
  await connection.close();
  await nats.stop();
  return took.slice(Math.min(3, took.length - 1));
}

/** Waits until the keeper has looked through everything once, as it does when it begins, and has rested. */
async function begun(store: Store): Promise<void> {
  const began = Date.now();
  const [first] = await store.select<{ at: number }>('SELECT toUnixTimestamp64Milli(now64(3)) AS at');
  await sleep(15_000);
  while (Date.now() - began < BEGUN_MS) {
    const [row] = await store.select<{ runs: number }>('SELECT count() AS runs FROM exception_runs WHERE run > {at:UInt64}', { at: first?.at ?? 0 });
    if (row && row.runs > 0) break;
    await sleep(1_000);
  }
  await sleep(5_000);
}

/** Chains and inferred relations of the copies are not worked out here: what keeps them up begins with what arrives from now on. */
async function settled(store: Store): Promise<void> {
  await store.command('INSERT INTO chain_runs (run, touched_until, full, chains, took_ms) SELECT toUnixTimestamp64Milli(now64(3)), now64(3), 1, 0, 0');
  await store.command('INSERT INTO inference_runs (run, touched_until, full, edges, took_ms) SELECT toUnixTimestamp64Milli(now64(3)), now64(3), 1, 0, 0');
}
