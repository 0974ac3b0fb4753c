// What the listener's writer does when the store does not take its rows, against the real engine.
import { jetstreamManager } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { StoreError, type Store } from '../../clickhouse/client';
import type { DeadLetterRow } from '../../ingest/listener/decode';
import type { EventRow } from '../../ingest/listener/row';
import { Writer, type Kept } from '../../ingest/listener/writer';
import { createSimulation } from '../../ingest/simulator/simulation';
import { freshMsgId, startPipeline, type Pipeline } from '../support/pipeline';
import { decoded, incoming } from '../support/record';

let pipeline: Pipeline;
let rows: EventRow[];
beforeAll(async () => {
  pipeline = await startPipeline({ batchMessages: 100 });
  const simulation = createSimulation({ seed: '5', days: 2, until: Date.parse('2026-03-16T12:00:00Z'), facilities: 1, volume: 0.3, truth: false });
  rows = (await decoded([...simulation.messages()].slice(0, 400).map((message, n) => incoming(message, n + 1, message.publishAt)))).events;
});
afterAll(() => pipeline?.stop());

const letter = (seq: number, over: object = {}): DeadLetterRow => ({
  stream: 'EVENTS', stream_seq: seq, part: 0, recorded_at: '2026-03-20 10:00:00.000', reason_code: 'NOT_JSON', reason: 'no JSON', raw: '{', raw_encoding: 'utf-8', raw_bytes: 1, headers: '{}', ...over,
});
const kept = (row: EventRow): Kept => ({ row, refused: (reason) => letter(Number(row.stream_seq), { reason_code: 'STORE_REFUSED', reason }) });
const known = async (store: Store, seqs: readonly number[]) => (await store.select<{ n: number }>('SELECT uniqExact(stream_seq) AS n FROM events WHERE stream_seq IN {seqs:Array(UInt64)}', { seqs }))[0]?.n;

it('finds the rows that the store refuses, keeps them as dead letters, and the rest goes in', async () => {
  const said: string[] = [];
  const batch = rows.slice(0, 100).map((row, n) => (n === 17 || n === 90 ? { ...row, business_date: 'the ides of March' } : row));
  const result = await new Writer(pipeline.store, (line) => said.push(line)).write(batch.map(kept), [letter(9_001), letter(9_002, { source: '\ud800', raw: 'half \udfff a character' }), letter(9_003)]);
  expect(result.refused).toBe(2);
  expect(await known(pipeline.store, batch.map(({ stream_seq }) => Number(stream_seq)))).toBe(98);
  expect(await pipeline.store.select("SELECT stream_seq, reason_code, raw FROM dead_letters FINAL WHERE stream = 'EVENTS' ORDER BY stream_seq")).toEqual([
    { stream_seq: Number(batch[17]?.stream_seq), reason_code: 'STORE_REFUSED', raw: '{' }, { stream_seq: Number(batch[90]?.stream_seq), reason_code: 'STORE_REFUSED', raw: '{' },
    // A letter that the store does not take either is kept without what came from outside.
    { stream_seq: 9_001, reason_code: 'NOT_JSON', raw: '{' }, { stream_seq: 9_002, reason_code: 'STORE_REFUSED', raw: '' }, { stream_seq: 9_003, reason_code: 'NOT_JSON', raw: '{' },
  ]);
});

it('waits out an outage with growing delay, and what it holds meanwhile is bounded', async () => {
  const said: string[] = [];
  await pipeline.engine.kill();
  const writing = new Writer(pipeline.store, (line) => said.push(line)).write(rows.slice(100, 150).map(kept), []);
  const sending = pipeline.send(Array.from({ length: 3_000 }, (_, n) => ({ subject: 'events.test', body: `{"n":${n}`, headers: headers(), msgId: freshMsgId() })));
  await expect.poll(() => said.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(4);
  const waits = said.map((line) => Number(/\(retryable\), trying again in (\d+) ms/.exec(line)?.[1]));
  expect(waits.slice(0, 4)).toEqual([250, 500, 1_000, 2_000]);
  const { num_ack_pending: held, num_pending: left } = await (await jetstreamManager(pipeline.connection)).consumers.info('EVENTS', 'throughline');
  // Batches of 100: some being written, one decoded, one waiting and one on its way.
  expect(held).toBeLessThanOrEqual(700);
  expect(held + left).toBe(3_000);
  await pipeline.engine.restart();
  await writing;
  await sending;
  expect(await known(pipeline.store, rows.slice(100, 150).map(({ stream_seq }) => Number(stream_seq)))).toBe(50);
  expect(await pipeline.store.select('SELECT count() AS n FROM dead_letters FINAL WHERE reason_code = \'NOT_JSON\' AND stream_seq <= 3000')).toEqual([{ n: 3_000 }]);
});

it('takes an error that nobody knows for the row\'s only where it goes on and the store takes others', async () => {
  const bad = String(rows[160]?.id);
  const failing = (fails: (body: string) => boolean): Store => ({
    ...bound(pipeline.store),
    insert: async (table, body, options) => {
      if (fails(body.toString())) throw new StoreError('insert', 'something that no list has', 99_999);
      await pipeline.store.insert(table, body, options);
    },
  });
  const batch = rows.slice(159, 161).map(kept);
  expect(await new Writer(failing((body) => body.includes(bad)), () => undefined).write(batch, [])).toEqual({ refused: 1 });
  // A store that takes nothing is waited for, however long: no row is given up.
  let broken = true;
  let settled = false;
  const alone = new Writer(failing(() => broken), () => undefined).write(rows.slice(170, 171).map(kept), []).finally(() => (settled = true));
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  expect(settled).toBe(false);
  broken = false;
  expect(await alone).toEqual({ refused: 0 });
}, 120_000);

function bound(store: Store): Store {
  return { database: store.database, select: store.select.bind(store), stream: store.stream.bind(store), command: store.command.bind(store), insert: store.insert.bind(store), turn: store.turn.bind(store), ping: store.ping.bind(store), close: store.close.bind(store) };
}
