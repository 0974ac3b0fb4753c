import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ITEM_BY_GTIN } from '../../clickhouse/queries/items';
import type { TruthRecord } from '../../ingest/simulator/truth';
import { createSimulation } from '../../ingest/simulator/simulation';
import { SimPublisher } from '../../ingest/simulator/publisher';
import { startPipeline, type Pipeline } from '../support/pipeline';

/**
 * The simulator knows what it sent and which faults it planted. Everything it knows is compared with what the store
 * says after the same messages went through a real nats-server and the listener: nothing missing, nothing extra.
 */

let pipeline: Pipeline;
let truth: TruthRecord[];
const UNTIL = Date.parse('2026-03-16T12:00:00Z');

beforeAll(async () => {
  pipeline = await startPipeline();
  const simulation = createSimulation({ seed: '11', days: 12, until: UNTIL, facilities: 2, volume: 0.5, truth: true });
  const publisher = new SimPublisher(pipeline.connection, (line) => console.log(line));
  for (const message of simulation.messages()) {
    const full = publisher.send(message);
    if (full) await full;
  }
  await publisher.drain();
  publisher.stop();
  await pipeline.settle();
  truth = [...(simulation.truth?.records(UNTIL) ?? [])];
});
afterAll(() => pipeline?.stop());

const records = (kind: string) => truth.filter(({ record }) => record === kind);
const select = <Row>(sql: string) => pipeline.store.select<Row>(sql);
const text = (value: unknown) => String(value);

describe('what the simulator knows is what the store says', () => {
  it('every distinct event, by type', async () => {
    const found = Object.fromEntries((await select<{ type: string; n: number }>('SELECT type, count() AS n FROM events FINAL GROUP BY type')).map(({ type, n }) => [type, n]));
    expect(found).toEqual(Object.fromEntries(records('count').map(({ type, distinctEvents }) => [type, distinctEvents])));
  });

  it('every unreadable message, by reason', async () => {
    const REASONS: Record<string, string> = { 'broken-json': 'NOT_JSON', empty: 'NOT_JSON', 'broken-utf8': 'BROKEN_UTF8', 'missing-attribute': 'NOT_CLOUDEVENT', 'unknown-type': 'UNKNOWN_TYPE', 'wrong-type': 'INVALID' };
    const expected: Record<string, number> = {};
    for (const { reason, count } of records('dead-letters')) expected[REASONS[text(reason)] ?? text(reason)] = (expected[REASONS[text(reason)] ?? text(reason)] ?? 0) + Number(count);
    const found = Object.fromEntries((await select<{ reason: string; n: number }>('SELECT reason_code AS reason, count() AS n FROM dead_letters FINAL GROUP BY reason_code')).map(({ reason, n }) => [reason, n]));
    expect(found).toEqual(expected);
  });

  it('every stated relation', async () => {
    const line = (from: string, id: string, qualifier: string, to: string, peer: string) => `${from} ${id} ${qualifier} ${to} ${peer}`;
    const expected = new Set(records('link').map((link) => line(text(link.fromType), text(link.from), text(link.qualifier), text(link.toType), text(link.to))));
    const rows = await select<{ node_type: string; node_id: string; qualifier: string; peer_type: string; peer_id: string }>("SELECT node_type, node_id, qualifier, peer_type, peer_id FROM links FINAL WHERE direction = 'down' AND stated = 1");
    const found = new Set(rows.map((row) => line(row.node_type, row.node_id, row.qualifier, row.peer_type, row.peer_id)));
    expect(found.size).toBeGreaterThan(1000);
    expect([...expected].filter((link) => !found.has(link)), 'missing').toEqual([]);
    expect([...found].filter((link) => !expected.has(link)), 'extra').toEqual([]);
  });

  it('every hand-over and how it ended', async () => {
    const rows = await select<{ interface: string; target: string; due: number; succeeded: number }>(`
      SELECT interface, target, count() AS due, countIf(done) AS succeeded FROM (
        SELECT interface, target, handover_key, max(outcome = 'succeeded') AS done FROM handovers
        WHERE NOT startsWith(type, 'integration.') AND type NOT IN ('procurement.order.failed.v1', 'finance.posting.failed.v1') GROUP BY interface, target, handover_key
      ) GROUP BY interface, target`);
    // What an interface that is silent at the end has not published yet is known to the simulator only.
    const silent = new Set(records('fault').filter(({ kind, to }) => kind === 'silent-interface' && Date.parse(text(to)) > UNTIL).map((fault) => text(fault.interface)));
    const heard = <Row extends object>(list: Row[], name: (row: Row) => string) => list.filter((row) => !silent.has(name(row)));
    const found = Object.fromEntries(heard(rows, (row) => row.interface).map((row) => [`${row.interface} → ${row.target}`, { due: row.due, succeeded: row.succeeded }]));
    expect(Object.keys(found).length).toBeGreaterThan(5);
    expect(found).toEqual(Object.fromEntries(heard(records('hand-overs'), (row) => text(row.interface)).map((row) => [`${text(row.interface)} → ${text(row.target)}`, { due: row.due, succeeded: row.succeeded }])));
  });

  it('every identity conflict', async () => {
    const planted = records('fault').filter(({ kind, evidencePublishedAt }) => kind === 'identity-conflict' && evidencePublishedAt !== null);
    const found = await select<{ id: string }>('SELECT any(id) AS id FROM events GROUP BY identity HAVING uniqExact(event_key) > 1');
    expect(found.map(({ id }) => id).sort()).toEqual([...new Set(planted.flatMap(({ eventIds }) => eventIds as string[]))].sort());
  });

  it('no identifier of a patient or a device', async () => {
    const values = records('identifier').map(({ value }) => text(value));
    const planted = records('fault').filter(({ kind }) => kind === 'patient-identifier').flatMap(({ values }) => (values ?? []) as string[]);
    expect(values.length + planted.length).toBeGreaterThan(50);
    const dump = JSON.stringify([
      await select('SELECT payload, attributes, case_token, correlation_id, partition_key, subject, id, error_message, actor_id, redacted FROM events'),
      await select('SELECT raw, headers, reason, subject, event_id FROM dead_letters'),
      await select('SELECT node_id, peer_id FROM links'),
      await select('SELECT object_id FROM search_keys'),
    ]);
    // Serials are looked for as whole words: a run of digits may stand inside a GTIN by chance.
    const words = new Set(dump.split(/[^\p{L}\p{N}-]+/u));
    expect(values.filter((value) => words.has(value)), 'cases and serials').toEqual([]);
    expect(planted.filter((value) => dump.includes(value)), 'planted').toEqual([]);
  });

  it('every usage of an item that the item master does not have', async () => {
    const expected = records('usage-line').filter(({ mapped }) => mapped === false).map(({ id }) => text(id)).sort();
    const rows = await select<{ id: string }>(`SELECT object_id AS id FROM document_lines FINAL WHERE document_type = 'usage' AND aspect = 'recorded'
      AND item NOT IN (SELECT record_id FROM master_records WHERE kind = 'item')
      AND NOT (item = '' AND gtin IN (SELECT gtin FROM (${ITEM_BY_GTIN}))) ORDER BY id`);
    expect(rows.map(({ id }) => id).sort()).toEqual(expected);
  });

  it('every posting with its amount', async () => {
    const expected = Object.fromEntries(records('posting').map(({ id, amount }) => [text(id), Number(amount)]));
    const rows = await select<{ id: string; amount: string }>("SELECT object_id AS id, amount FROM document_lines FINAL WHERE document_type = 'posting' AND aspect = 'completed' AND line_id != ''");
    expect(Object.fromEntries(rows.map(({ id, amount }) => [id, Number(amount)]))).toEqual(expected);
  });
});
