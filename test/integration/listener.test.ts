import { headers } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ContractEvent } from '../../ingest/contract/envelope';
import { EVENT_TYPES } from '../../ingest/contract/index';
import { structured, type Publishable } from '../../ingest/contract/stream';
import { freshMsgId, startPipeline, type Pipeline } from '../support/pipeline';

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await startPipeline();
});
afterAll(() => pipeline?.stop());

let counter = 0;
function example(type: string, over: Partial<ContractEvent> = {}): ContractEvent {
  const known = EVENT_TYPES.get(type);
  if (!known) throw new Error(type);
  return { specversion: '1.0', id: `ex-${++counter}`, source: 'test', time: '2026-03-02T14:00:00.250Z', type, data: known.example, ...over };
}

function raw(body: string | Uint8Array, subject = 'events.test.bad', hdrs: Record<string, string> = {}): Publishable {
  const h = headers();
  for (const [name, value] of Object.entries(hdrs)) h.set(name, value);
  return { subject, body, headers: h, msgId: freshMsgId() };
}

const rows = <Row>(sql: string, params = {}) => pipeline.store.select<Row>(sql, params);
const one = async <Row>(sql: string, params = {}): Promise<Row> => {
  const [row] = await rows<Row>(sql, params);
  if (!row) throw new Error(`no row: ${sql}`);
  return row;
};

describe('the listener', () => {
  it('records one event of every type, each on its own stream', async () => {
    const events = [...EVENT_TYPES.keys()].map((type) => example(type));
    await pipeline.send(events);
    const recorded = await rows<{ type: string; stream: string }>('SELECT type, stream FROM events FINAL ORDER BY type');
    expect(await rows('SELECT reason_code, reason, type FROM dead_letters')).toEqual([]);
    expect(recorded.map(({ type }) => type)).toEqual([...EVENT_TYPES.keys()].sort());
    for (const { type, stream } of recorded) expect(stream).toBe(type.startsWith('ops.') ? 'OPS' : 'EVENTS');
  });

  it('keeps facts by document, line and revision, not by event', async () => {
    const order = (id: string, revision: number, quantity: string, target: string, attempt: number) => {
      const base = example('procurement.order.created.v1', { id });
      return { ...base, data: { ...base.data, target, attempt, document: { id: 'PO-F1', revision, date: '2026-03-03', currency: 'USD' }, lines: [{ id: '10', item: 'ITM-1', quantity, uom: 'EA', price: '2.50' }] } };
    };
    await pipeline.send([order('f-3', 1, '8', 'erp', 1), order('f-1', 0, '5', 'erp', 1), order('f-2', 0, '5', 'edi', 1), order('f-4', 1, '8', 'erp', 2)]);
    const lines = await rows("SELECT quantity, revision FROM document_lines FINAL WHERE document_id = 'PO-F1' AND aspect = 'created'");
    expect(lines).toEqual([{ quantity: '8', revision: 1 }]);
    expect(await one("SELECT uniqExact(handover_key) AS n, count() AS attempts FROM handovers FINAL WHERE document_id = 'PO-F1'")).toEqual({ n: 3, attempts: 4 });
  });

  it('counts a resend once and keeps the first recorded time; keeps and flags other bytes under one id', async () => {
    const event = example('clinical.usage.recorded.v1', { id: 'dup-1' });
    const again: Publishable = { ...structured(event), msgId: freshMsgId() };
    await pipeline.send([event]);
    const first = await one<{ at: string }>("SELECT recorded_at AS at FROM events FINAL WHERE id = 'dup-1'");
    await pipeline.send([again, { ...again, msgId: freshMsgId() }]);
    expect(await rows("SELECT recorded_at AS at FROM events FINAL WHERE id = 'dup-1'")).toEqual([first]);
    const other = { ...event, data: { ...event.data, latencyMs: 85 } };
    await pipeline.send([{ ...structured(other), msgId: freshMsgId() }]);
    expect(await one("SELECT uniqExact(event_key) AS keys, uniqExact(identity) AS ids FROM events WHERE id = 'dup-1'")).toEqual({ keys: 2, ids: 1 });
  });

  it('reads binary mode, with header names in any case and percent-encoded values', async () => {
    const type = EVENT_TYPES.get('procurement.receipt.confirmed.v1');
    await pipeline.send([
      raw(JSON.stringify(type?.example), 'events.procurement.receipt.confirmed.X', {
        'Ce-Specversion': '1.0', 'CE-ID': 'bin%2D1', 'ce-source': 'inventory%20system', 'ce-type': 'procurement.receipt.confirmed.v1', 'ce-time': '2026-03-06T10:00:00Z', 'Content-Type': 'application/json',
      }),
    ]);
    expect(await one("SELECT source, document_id FROM events FINAL WHERE id = 'bin-1'")).toEqual({ source: 'inventory system', document_id: 'RCV-5521' });
  });

  it('keeps what it cannot read, with the reason, and lets the rest of the batch through', async () => {
    const good = example('finance.invoice.received.v1', { id: 'good-among-bad' });
    const bad = (over: object) => raw(JSON.stringify({ ...good, id: freshMsgId(), ...over }));
    const line = (over: object) => ({ data: { ...good.data, lines: [{ id: '1', ...over }] } });
    await pipeline.send([
      raw('{"specversion": "1.0", '), raw(''), raw(new Uint8Array([0x7b, 0xff, 0xfe, 0x7d])), raw('[1,2]'), raw('{"hello": 1}'), good,
      bad({ type: 'procurement.order.imagined.v1' }), bad({ time: '1948-01-26T00:00:00Z' }), bad({ time: '2999-01-01T00:00:00Z' }), bad({ time: 'yesterday' }),
      bad(line({ quantity: '0.1234567' })), raw(JSON.stringify({ ...good, ...line({ quantity: 0 }) }).replace('"quantity":0', '"quantity":1.00000000000000001')),
      raw('['.repeat(5000) + ']'.repeat(5000)), bad({ type: 'ops.alert.opened.v1', data: EVENT_TYPES.get('ops.alert.opened.v1')?.example }),
      raw(JSON.stringify(good), 'events.x', { 'ce-specversion': '1.0', 'ce-id': 'another', 'Content-Type': 'application/cloudevents+json' }),
    ]);
    const reasons = await rows<{ reason_code: string; n: number }>('SELECT reason_code, count() AS n FROM dead_letters FINAL GROUP BY reason_code ORDER BY reason_code');
    expect(reasons).toEqual([
      { reason_code: 'ABSURD_TIME', n: 2 }, { reason_code: 'BROKEN_UTF8', n: 1 }, { reason_code: 'HEADER_BODY_DISAGREE', n: 1 }, { reason_code: 'INVALID', n: 2 },
      { reason_code: 'NOT_CLOUDEVENT', n: 2 }, { reason_code: 'NOT_JSON', n: 2 }, { reason_code: 'TOO_DEEP', n: 1 },
      { reason_code: 'UNKNOWN_TYPE', n: 1 }, { reason_code: 'UNSAFE_NUMBER', n: 1 }, { reason_code: 'WRONG_STREAM', n: 1 },
    ]);
    const invalid = await rows<{ reason: string }>("SELECT reason FROM dead_letters FINAL WHERE reason_code = 'INVALID' ORDER BY stream_seq");
    expect(invalid[1]?.reason).toContain('data.lines[0].quantity');
    expect(await rows("SELECT id FROM events FINAL WHERE id = 'good-among-bad'")).toHaveLength(1);
  });

  it('stores no patient identifier anywhere', async () => {
    const event = example('clinical.usage.recorded.v1', { id: 'phi-1', data: {
      ...EVENT_TYPES.get('clinical.usage.recorded.v1')?.example, case: 'ENC-778899', patientId: 'MRN0012345', patient: { name: 'Jane Doe', dob: '1961-04-05' },
      error: { class: 'validation', message: 'patient Jane Doe MRN: 0012345 SSN 123-45-6789 not admitted' }, outcome: 'failed',
      lines: [{ id: '1', udi: '(01)00614141000036(17)270531(10)L77(21)SERIAL99X', quantity: '1', implant: true }],
    } });
    await pipeline.send([event, raw('{"patientName": "Jane Doe", "mrn": "0012345", broken')]);
    const dump = JSON.stringify([
      await rows('SELECT * FROM events'), await rows('SELECT * FROM document_lines'), await rows('SELECT * FROM dead_letters'), await rows('SELECT * FROM handovers'),
      await rows('SELECT * FROM search_keys'), await rows('SELECT * FROM object_events'), await rows('SELECT * FROM links'),
    ]);
    for (const secret of ['ENC-778899', 'MRN0012345', 'Jane Doe', '1961-04-05', '0012345', '123-45-6789', 'SERIAL99X']) expect(dump).not.toContain(secret);
    const [line] = await rows<{ lot: string; gtin: string; serial: string; case_token: string }>("SELECT lot, gtin, serial, case_token FROM document_lines FINAL WHERE event_key IN (SELECT event_key FROM events WHERE id = 'phi-1')");
    expect(line).toMatchObject({ lot: 'L77', gtin: '00614141000036' });
    expect(line?.serial).toMatch(/^tk1-/);
    expect(line?.case_token).toMatch(/^tk1-/);
  });

  it('acknowledges only what the store has on disk', async () => {
    await pipeline.engine.kill();
    const js = pipeline.send([example('finance.payment.made.v1', { id: 'while-down' })]);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const manager = await (await import('@nats-io/jetstream')).jetstreamManager(pipeline.connection);
    const info = await manager.consumers.info('EVENTS', 'throughline');
    expect(info.num_ack_pending + info.num_pending).toBeGreaterThan(0);
    await pipeline.engine.restart();
    await js;
    expect(await rows("SELECT id FROM events FINAL WHERE id = 'while-down'")).toHaveLength(1);
  });

  it('ends its batch cleanly and another takes over where it stopped', async () => {
    const many = Array.from({ length: 3000 }, (_, i) => example('procurement.order.sent.v1', { id: `many-${i}` }));
    const sent = pipeline.send(many);
    await pipeline.restartListener();
    await sent;
    expect(await one("SELECT uniqExact(event_key) AS n FROM events WHERE startsWith(id, 'many-')")).toEqual({ n: 3000 });
  });
});
