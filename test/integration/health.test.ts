// Probes and metrics of the web and of the listener, over a real nats-server, engine and listener process.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { headers } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { EVENT_TYPES } from '../../ingest/contract/index';
import { connectNats, ensureStreams, jetstream, publish, structured } from '../../ingest/contract/stream';
import { startEngine, type TestEngine } from '../support/engine';
import { freePort, startNats, type TestNats } from '../support/nats';
import { freshMsgId, TEST_TOKEN_KEY } from '../support/pipeline';
import { ROOT } from '../support/start';

let engine: TestEngine;
let nats: TestNats;
let store: Store;
let port: number;
let listener: ChildProcess | undefined;

const address = () => `http://127.0.0.1:${port}`;

async function startListenerProcess(): Promise<void> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'ingest/listener/main.ts'], {
    cwd: ROOT,
    env: { ...process.env, ...engine.env, ...nats.env, THROUGHLINE_TOKEN_KEY: TEST_TOKEN_KEY.key, LISTENER_METRICS_PORT: String(port), METRICS_TOKEN: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  listener = child;
  let said = '';
  for (const output of [child.stdout, child.stderr]) output.on('data', (piece: Buffer) => (said += piece.toString()));
  await until(async () => {
    if (child.exitCode !== null) throw new Error(said);
    return (await fetch(`${address()}/health/ready`)).ok;
  });
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  for (;;) {
    const held = await holds().catch((error: unknown) => {
      if (error instanceof TypeError) return false; // nobody listens on the port yet
      throw error;
    });
    if (held) return;
    if (Date.now() > end) throw new Error('not within 30 s');
    await delay(50);
  }
}

/** Value of a sample by its name with labels as they are written. */
function sample(text: string, name: string): number | undefined {
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}

beforeAll(async () => {
  [engine, nats, port] = await Promise.all([startEngine(), startNats(), freePort()]);
  await migrate(storeConfig({ ...process.env, ...engine.env }));
  store = engine.store();
  Object.assign(process.env, engine.env, nats.env, { LISTENER_METRICS_URL: address() });
});
afterAll(async () => {
  listener?.kill('SIGKILL');
  const { natsConnection } = await import('../../server/ops/publish');
  await (await natsConnection().catch(() => undefined))?.close();
  await Promise.all([engine?.stop(), nats?.stop()]);
});

describe('probes and metrics', () => {
  it('say that nothing has ever listened', async () => {
    const { GET } = await import('../../app/api/health/route');
    const answer = await GET();
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ healthy: false, store: 'up' });
    const ready = await import('../../app/api/health/ready/route');
    expect((await ready.GET()).status).toBe(200);
    const live = await import('../../app/api/health/live/route');
    expect((await live.GET()).status).toBe(200);
  });

  it('count what the listener records, and what it cannot read', async () => {
    await startListenerProcess();
    const connection = await connectNats('test', { ...process.env, ...nats.env });
    await ensureStreams(connection);
    const js = jetstream(connection);
    const type = EVENT_TYPES.get('clinical.usage.recorded.v1');
    for (const id of ['h-1', 'h-2']) await publish(js, structured({ specversion: '1.0', id, source: 'test', type: type?.type ?? '', time: '2026-03-02T14:00:00Z', data: type?.example ?? {} }));
    const named = headers();
    named.set('Throughline-Dead-Letter', 'free text, and a long one');
    await publish(js, { subject: 'events.bad', body: '{', headers: headers(), msgId: freshMsgId() });
    await publish(js, { subject: 'events.bad', body: '{', headers: named, msgId: freshMsgId() });
    await until(async () => sample(await (await fetch(`${address()}/metrics`)).text(), 'throughline_listener_messages_total{stream="EVENTS"}') === 4);
    const { metricsText } = await import('../../server/health/metrics');
    const text = await metricsText(store);
    expect(sample(text, 'throughline_listener_events_total{stream="EVENTS"}')).toBe(2);
    expect(sample(text, 'throughline_listener_dead_letters_total{stream="EVENTS",reason="NOT_JSON"}')).toBe(1);
    expect(sample(text, 'throughline_listener_dead_letters_total{stream="EVENTS",reason="REFUSED_BY_PUBLISHER"}')).toBe(1);
    expect(sample(text, 'throughline_listener_insert_seconds_count{table="events"}')).toBeGreaterThan(0);
    expect(sample(text, 'throughline_listener_batch_messages_sum{stream="EVENTS"}')).toBe(4);
    expect(sample(text, 'throughline_consumer_pending{stream="EVENTS"}')).toBe(0);
    expect(sample(text, 'throughline_consumer_listening{stream="OPS"}')).toBe(1);
    expect(sample(text, 'throughline_lag_seconds{stream="EVENTS"}')).toBe(0);
    expect(sample(text, 'throughline_dead_letters{reason="NOT_JSON"}')).toBe(1);
    expect(sample(text, 'throughline_newest_event_age_seconds')).toBeLessThan(60);
    expect(sample(text, 'throughline_listener_up')).toBe(1);
    expect(sample(text, 'throughline_engine_stuck_statements')).toBe(0);
    expect(sample(text, 'throughline_engine_stuck_statements_total{ended="given up"}')).toBe(0);
    // No name is described twice: Prometheus refuses such a page.
    const described = text.split('\n').filter((line) => line.startsWith('# TYPE ')).map((line) => line.split(' ')[2]);
    expect(new Set(described).size).toBe(described.length);
    const { GET } = await import('../../app/api/health/route');
    await delay(1_100);
    expect(await (await GET()).json()).toMatchObject({ healthy: true, listeners: { EVENTS: 'listening', OPS: 'listening' } });
    await connection.close();
  });

  it('say that the store refuses inserts, and how far the record is behind', async () => {
    await engine.kill();
    const connection = await connectNats('test', { ...process.env, ...nats.env });
    await publish(jetstream(connection), { subject: 'events.bad', body: '{', headers: headers(), msgId: freshMsgId() });
    await until(async () => (await fetch(`${address()}/health/ready`)).status === 503);
    expect(JSON.stringify(await (await fetch(`${address()}/health`)).json())).toContain('inserts into dead_letters have failed');
    expect((await fetch(`${address()}/health/live`)).status).toBe(200);
    const text = await (await fetch(`${address()}/metrics`)).text();
    expect(sample(text, 'throughline_listener_insert_errors_total{table="dead_letters",class="retryable"}')).toBeGreaterThan(0);
    await delay(2_100);
    const { metricsText } = await import('../../server/health/metrics');
    const behind = await metricsText(store);
    expect(sample(behind, 'throughline_store_up')).toBe(0);
    expect(sample(behind, 'throughline_engine_stuck_statements')).toBeUndefined();
    expect(sample(behind, 'throughline_lag_seconds{stream="EVENTS"}')).toBeGreaterThan(1);
    expect(sample(behind, 'throughline_consumer_ack_pending{stream="EVENTS"}')).toBe(1);
    const ready = await import('../../app/api/health/ready/route');
    expect((await ready.GET()).status).toBe(503);
    await connection.close();
    await engine.restart();
    await until(async () => (await fetch(`${address()}/health/ready`)).ok);
  });

  it('end with one line where the port is taken', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'ingest/listener/main.ts'], {
      cwd: ROOT, env: { ...process.env, ...engine.env, ...nats.env, THROUGHLINE_TOKEN_KEY: TEST_TOKEN_KEY.key, LISTENER_METRICS_PORT: String(port) }, stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (piece: Buffer) => (said += piece.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(1);
    expect(said).toMatch(/^listener: port \d+ of 127\.0\.0\.1 is taken: set LISTENER_METRICS_PORT to a free one, or unset it\n$/);
  });
});
