// Rows that the listener prints as blocks are the rows that they are as JSON, to the last column.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createStore, insertRows, storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { EVENT_COLUMNS, EVENT_NAMES, EventBlock } from '../../ingest/listener/block';
import type { EventRow } from '../../ingest/listener/row';
import { createSimulation } from '../../ingest/simulator/simulation';
import { startEngine, type TestEngine } from '../support/engine';
import { decoded, incoming } from '../support/record';

let engine: TestEngine;
let store: Store;
let rows: EventRow[];
beforeAll(async () => {
  engine = await startEngine();
  const config = storeConfig({ ...process.env, ...engine.env });
  await migrate(config);
  store = createStore(config);
  const simulation = createSimulation({ seed: '9', days: 6, until: Date.parse('2026-03-16T12:00:00Z'), facilities: 2, truth: false });
  rows = (await decoded([...simulation.messages()].slice(0, 6_000).map((message, n) => incoming(message, n + 1, message.publishAt)))).events;
});
afterAll(async () => {
  await store?.close();
  await engine?.stop();
});

/** What a row may hold at its edges. */
function edges(row: EventRow): EventRow[] {
  const long = 'é漢😀'.repeat(400);
  return [
    { ...row, id: '', subject: long, error_message: '\0 and \u007f', payload: 'x'.repeat(70_000), stream_seq: 2 ** 53 - 1, sequence: '72057594037927935', attempt: 65_535, latency_ms: 4_294_967_295, revision: 16_777_215 },
    { ...row, time: '1900-01-01 00:00:00.000', recorded_at: '2299-12-31 23:59:59.999', business_date: '1900-01-01', due_date: '2299-12-31', header_tax: '-99999999999999.9999', header_freight: '0.0001' },
    { ...row, header_tax: '99999999999999.9999', header_freight: '-0', 'lines.price': (row['lines.id'] as string[]).map(() => '-999999999999.999999'), 'lines.due_at': (row['lines.id'] as string[]).map(() => '1969-12-31 23:59:59.999') },
    { ...row, facility: 'x'.repeat(127), interface: 'x'.repeat(128), correlation_id: 'é'.repeat(63), causation_id: `${'x'.repeat(38)}é`, redacted: ['a', long], latency_ms: null },
  ].map((each, n) => ({ ...each, event_key: `0123abcd-4567-89ab-CDEF-00000000000${n}` }));
}

it('holds every column of the log that a row brings, in its type', async () => {
  const columns = await store.select<{ name: string; type: string }>("SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = 'events' AND default_kind = '' ORDER BY name");
  expect(EVENT_COLUMNS.map(([name, type]) => ({ name, type })).sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual(columns.map(({ name, type }) => ({ name, type: type.replace('LowCardinality(String)', 'String') })));
  const known = new Set<string>(EVENT_NAMES);
  for (const row of rows.slice(0, 50)) expect(Object.keys(row).filter((name) => !known.has(name))).toEqual([]);
});

it('gives the very same rows as JSON', async () => {
  const [withLines] = rows.filter((row) => (row['lines.id'] as string[]).length > 0);
  const all = [...rows, ...edges(withLines as EventRow)];
  const block = new EventBlock();
  for (const as of ['json', 'native']) await store.command(`CREATE TABLE as_${as} AS events`);
  // The memory of one block is that of the next.
  for (let start = 0; start < all.length; start += 2_500) {
    const some = all.slice(start, start + 2_500);
    await insertRows(store, 'as_json', some);
    for (const row of some) block.add(row);
    const body = block.take();
    await insertRows(store, 'as_native', body.bytes, { format: 'Native', columns: EVENT_NAMES });
    block.giveBack(body);
  }
  const [differing] = await store.select<{ n: number; native: number; json: number; missing: number }>(
    'SELECT (SELECT count() FROM (SELECT * FROM as_native EXCEPT SELECT * FROM as_json)) AS n, (SELECT count() FROM as_native) AS native, (SELECT count() FROM as_json) AS json, (SELECT count() FROM (SELECT * FROM as_json EXCEPT SELECT * FROM as_native)) AS missing');
  expect(differing).toEqual({ n: 0, native: differing?.json, json: differing?.json, missing: 0 });
  expect(differing?.native).toBeGreaterThan(5_900);
});

it('is one part of its table, and leaves nothing behind', async () => {
  await store.command('CREATE TABLE one AS events');
  const time = '2026-03-10 10:00:00.000';
  const block = new EventBlock();
  for (let copy = 0; copy < 12; copy++) for (const row of rows) block.add({ ...row, time, stream_seq: copy });
  const { bytes } = block.take();
  await insertRows(store, 'one', bytes, { format: 'Native', columns: EVENT_NAMES, settings: { optimize_on_insert: 0 } });
  expect(await store.select("SELECT name, rows FROM system.parts WHERE database = currentDatabase() AND table = 'one' AND level = 0")).toEqual([{ name: '202603_1_1_0', rows: rows.length * 12 }]);
  // Half a block is none.
  await expect(insertRows(store, 'one', bytes.subarray(0, bytes.length >> 1), { format: 'Native', columns: EVENT_NAMES })).rejects.toThrow();
  expect(await store.select('SELECT count() AS n FROM one')).toEqual([{ n: rows.length * 12 }]);
  expect(await readdir(path.join(engine.folder, 'arriving'))).toEqual([]);
});
