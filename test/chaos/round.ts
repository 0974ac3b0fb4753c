import { setTimeout as delay } from 'node:timers/promises';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { createStore, storeConfig, type Store } from '../../clickhouse/client';
import { mend } from '../../clickhouse/damage';
import { migrate } from '../../clickhouse/migrate';
import { ensureStreams, OPS_STREAM } from '../../ingest/contract/stream';
import { Rng } from '../../ingest/simulator/random';
import type { TestEngine } from '../support/engine';
import { insertsEnded, keepUp } from '../support/kept';
import type { TestNats } from '../support/nats';
import { TEST_TOKEN_KEY } from '../support/pipeline';
import { differences, tablesOf, type Difference } from './compare';
import type { SmallDisk } from './disk';
import { ListenerProcess } from './listener';
import { loadOf, type Sent } from './load';
import { expectedOf, hashOf, insertOnce, readBack } from './oracle';
import { planOf, type Kind, type Step } from './plan';
import type { StoreProxy } from './proxy';

export interface Servers {
  readonly engine: TestEngine;
  readonly nats: TestNats;
  readonly proxy: StoreProxy;
  readonly disk: SmallDisk;
}

export interface RoundResult {
  /** Distinct events in the log. */
  readonly events: number;
  /** Messages on the streams, duplicates too. */
  readonly messages: number;
  readonly deadLetters: number;
  readonly struck: readonly Kind[];
  readonly storeFaultsMet: number;
  /** Inserts that failed, by what the listeners took the error for. */
  readonly failedInserts: Readonly<Record<string, number>>;
  readonly differences: readonly Difference[];
}

const STREAMS = ['EVENTS', OPS_STREAM, 'ADVISORIES'] as const;
const ACK_WAIT_SECONDS = 2;
const SETTLE_MS = 120_000;
const INSERT_WITHIN_MS = 2_000;

/** One round: load and faults at once, then everything at rest, then the comparison. `n` counts from 0. */
export async function runRound(servers: Servers, seed: string, n: number, events: number, say: (line: string) => void = () => undefined): Promise<RoundResult> {
  const { engine, nats, proxy } = servers;
  const rng = new Rng(`${seed}/${n}`);
  const plan = planOf(rng.fork('plan'), n);
  const connection = await connect({ ...nats.connection, maxReconnectAttempts: -1, reconnectTimeWait: 50, reconnectJitter: 10 });
  await freshStreams(connection);
  const databases = { run: `run_${n}`, oracle: `oracle_${n}` };
  const config = (database: string) => ({ ...storeConfig({ ...process.env, ...engine.env }), database });
  await migrate(config(databases.run));
  const store = createStore(config(databases.run));

  const env = { ...engine.env, ...nats.env, CLICKHOUSE_URL: proxy.url, CLICKHOUSE_DATABASE: databases.run, THROUGHLINE_TOKEN_KEY: TEST_TOKEN_KEY.key, NATS_ACK_WAIT_SECONDS: String(ACK_WAIT_SECONDS) };
  const listeners = Array.from({ length: plan.listeners }, () => new ListenerProcess(env));
  try {
    await Promise.all(listeners.map((listener) => listener.listening()));
    const sent = loadOf(`${seed}/${n}`, events);
    const metBefore = proxy.met();
    let done = false;
    const striking = strike(servers, listeners, plan.steps).finally(() => (done = true));
    const matching = keepUpMeanwhile(store, plan.keepEvery, () => done);
    await Promise.all([publishAll(connection, sent, plan.steps.length * 900), striking, matching]);
    await settled(connection, listeners);
    await Promise.all(listeners.map((listener) => listener.stop()));
    await insertsEnded(store);
    await keepUp(store);
    // What a full disk has damaged is seen to by the product itself, as its keeper does.
    if ((await mend(store, say)) > 0) await keepUp(store);

    const read = (await Promise.all([readBack(connection, 'EVENTS'), readBack(connection, OPS_STREAM)])).flat();
    const expected = await expectedOf(read);
    await migrate(config(databases.oracle));
    const clean = createStore(config(databases.oracle));
    await insertOnce(clean, expected);
    await keepUp(clean, { full: true });
    await clean.close();
    const found = [...lost(sent, read.map(({ data }) => data)), ...(await differences(store, databases.run, databases.oracle, await tablesOf(store)))];
    if (found.length === 0) await drop(createStore(config('default')), Object.values(databases));
    return { events: expected.events.size, messages: read.length, deadLetters: expected.dead.length, struck: plan.steps.map(({ kind }) => kind), storeFaultsMet: proxy.met() - metBefore, failedInserts: failures(listeners), differences: found };
  } finally {
    await Promise.all(listeners.map((listener) => listener.stop()));
    await store.close();
    await connection.close();
  }
}

function failures(listeners: readonly ListenerProcess[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const { failed, refused } of listeners)
    for (const [kind, n] of [...Object.entries(failed), ['refused', refused] as const]) if (n > 0) sum[kind] = (sum[kind] ?? 0) + n;
  return sum;
}

async function drop(store: Store, databases: readonly string[]): Promise<void> {
  for (const database of databases) await store.command(`DROP DATABASE ${database} SYNC`);
  await store.close();
}

async function freshStreams(connection: NatsConnection): Promise<void> {
  const manager = await jetstreamManager(connection);
  for (const stream of STREAMS) await manager.streams.delete(stream).catch(() => undefined);
  await ensureStreams(connection, { stream: 'EVENTS', filter: undefined, durable: 'throughline' }, 2 ** 30);
}

/** Publishes over about this time, longer where NATS is away: each message until JetStream has taken it. */
async function publishAll(connection: NatsConnection, sent: readonly Sent[], overMs: number): Promise<void> {
  const js = jetstream(connection, { timeout: 700 });
  const began = Date.now();
  const underWay = new Set<Promise<void>>();
  for (const [i, message] of sent.entries()) {
    const due = began + (i / sent.length) * overMs;
    if (due > Date.now() + 5) await delay(due - Date.now());
    while (underWay.size >= 200) await Promise.race(underWay);
    const taken: Promise<void> = untilTaken(js, message).finally(() => underWay.delete(taken));
    underWay.add(taken);
  }
  await Promise.all(underWay);
}

async function untilTaken(js: ReturnType<typeof jetstream>, message: Sent): Promise<void> {
  for (;;) {
    // The client writes the message id into the headers that it is given, which copies share.
    const hdrs = headers();
    for (const name of message.headers.keys()) hdrs.set(name, message.headers.get(name));
    try {
      await js.publish(message.subject, message.body, { headers: hdrs, ...(message.msgId === '' ? {} : { msgID: message.msgId }) });
      return;
    } catch {
      await delay(50);
    }
  }
}

async function strike(servers: Servers, listeners: readonly ListenerProcess[], steps: readonly Step[]): Promise<void> {
  const { engine, nats, proxy, disk } = servers;
  for (const step of steps) {
    await delay(step.after);
    if (step.intoInsert !== undefined) {
      await Promise.race([proxy.nextInsert(), delay(INSERT_WITHIN_MS)]);
      await delay(step.intoInsert);
    }
    const listener = listeners[step.listener];
    switch (step.kind) {
      case 'listener':
        listener?.kill();
        break;
      case 'listener-ends':
        listener?.end();
        break;
      case 'nats':
        await nats.kill();
        await delay(step.lasts);
        await nats.restart();
        break;
      case 'engine':
        await engine.kill();
        await delay(step.lasts);
        await engine.restart();
        break;
      case 'store':
      case 'disk': {
        // Without a disk of our own to fill, the store is said to have a full one.
        const real = step.kind === 'disk' && disk.mounted;
        if (real) await disk.fill();
        else proxy.fault = step.kind === 'disk' ? 'no-space' : step.fault;
        await delay(step.lasts + 300);
        await disk.clear();
        proxy.fault = undefined;
        break;
      }
      case 'disk-full': {
        if (!disk.mounted) proxy.fault = 'no-space';
        const filling = disk.mounted ? disk.fillUp(step.lasts + 600) : delay(step.lasts + 600);
        const killing = step.killAfter === undefined ? undefined : delay(step.killAfter).then(() => engine.kill()).then(() => engine.restart());
        await Promise.all([filling, killing]);
        await disk.clear();
        proxy.fault = undefined;
      }
    }
  }
}

/** As the product's own process does, whatever becomes of the store. */
async function keepUpMeanwhile(store: Store, every: number, done: () => boolean): Promise<void> {
  for (let next = Date.now() + every / 2; !done(); await delay(50)) {
    if (Date.now() < next) continue;
    await keepUp(store).catch(() => undefined);
    next = Date.now() + every;
  }
}

async function settled(connection: NatsConnection, listeners: readonly ListenerProcess[]): Promise<void> {
  const manager = await jetstreamManager(connection);
  const until = Date.now() + SETTLE_MS;
  for (const stream of STREAMS)
    for (;;) {
      const info = await manager.consumers.info(stream, 'throughline').catch(() => undefined);
      if (info && info.num_pending === 0 && info.num_ack_pending === 0) break;
      if (Date.now() > until) {
        const state = info ? `${info.num_pending} pending, ${info.num_ack_pending} not acknowledged` : 'no consumer';
        throw new Error(`${stream} did not come to rest in ${SETTLE_MS / 1000} s: ${state}\n${listeners.map(({ said }) => said.slice(-2_000)).join('\n--\n')}`);
      }
      await delay(50);
    }
}

/** What was published and confirmed has to be on the stream, or nothing that follows means anything. */
function lost(sent: readonly Sent[], held: readonly Uint8Array[]): Difference[] {
  const there = new Set(held.map(hashOf));
  const missing = sent.filter(({ body }) => !there.has(hashOf(body)));
  if (missing.length === 0) return [];
  return [{ table: 'published messages that the stream has lost', rows: missing.length, first: missing.slice(0, 3).map(({ subject }) => ({ only: 'oracle', row: subject })) }];
}
