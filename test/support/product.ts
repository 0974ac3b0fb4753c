// The whole product for browser tests and README pictures: `npm start` on free ports and a data folder
// of its own, with a small simulated network, up to the moment when its history is recorded and judged.
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { chainsAsOf } from '../../clickhouse/chains';
import { createStore, storeConfig } from '../../clickhouse/client';
import { matchedAsOf } from '../../clickhouse/matches';
import { parseEnvText } from '../../server/run/env.mjs';
import { freePort } from './nats';
import { isUp, processIds, startProduct, type Started } from './start';

/** The first start of a clone builds the pages. */
const UP_MS = 900_000;
const HISTORY_MS = 600_000;
/** Two weeks of four small hospitals: some 20,000 events with faults of every common kind. */
export const SMALL_NETWORK = '--seed 1 --days 14 --volume 0.4';

/** What a test needs to know of a running product; plain data, so that it passes between processes. */
export interface Product {
  /** For example http://127.0.0.1:40123 */
  readonly origin: string;
  readonly data: string;
  /** File with all that `npm start` wrote. */
  readonly log: string;
}

export interface RunningProduct extends Product {
  stop(): Promise<void>;
}

/**
 * Starts the built product. `settings` go to it as environment; without NATS_URL it feeds itself from
 * the simulator, and this returns when the simulated history is recorded, and match and chains have worked it out.
 */
export async function runProduct(settings: Record<string, string> = {}): Promise<RunningProduct> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'throughline-e2e-'));
  const data = path.join(folder, 'data');
  const log = path.join(folder, 'start.log');
  const port = await freePort();
  // The folder of `npm test`: the pages under a running `npm start` stay as they are.
  process.env.NEXT_DIST_DIR ??= '.next-test';
  const simulated = !settings.NATS_URL;
  const started = startProduct({
    PORT: String(port),
    THROUGHLINE_DATA: data,
    ...(simulated ? { THROUGHLINE_SIMULATION: SMALL_NETWORK } : {}),
    ...settings,
  });
  // A file, because the tests run in other processes than this one.
  const keepLog = () => {
    writeFileSync(`${log}.new`, started.output());
    // Whole at any moment: who reads while it is written would find it empty.
    renameSync(`${log}.new`, log);
  };
  started.child.stdout?.on('data', keepLog);
  started.child.stderr?.on('data', keepLog);
  const product = { origin: `http://127.0.0.1:${port}`, data, log };
  const stop = async () => {
    if (started.child.exitCode === null && started.child.signalCode === null) started.child.kill('SIGTERM');
    await started.exited;
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 1000 });
  };
  try {
    await isUp(started, UP_MS);
    if (simulated) await historyRecorded(product, started);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...product, stop };
}

/** Waits until the simulator has published its history and the listener has recorded all of it. */
async function historyRecorded(product: Product, started: Started): Promise<void> {
  const until = Date.now() + HISTORY_MS;
  const wait = async (what: string) => {
    if (started.child.exitCode !== null) throw new Error(`It ended before ${what}:\n${started.output()}`);
    if (Date.now() > until) throw new Error(`Not within ${HISTORY_MS} ms: ${what}:\n${started.output()}`);
    await delay(250);
  };
  const simulator = path.join(product.data, 'logs', 'simulator.log');
  while (!readIfThere(simulator).includes('history published')) await wait('the history was published');
  await settled(product, wait);
  await workedOut(product, wait);
}

/** Waits until match and chains have come to what is recorded by now. They do while anything goes on arriving. */
async function workedOut(product: Product, wait: (what: string) => Promise<void>): Promise<void> {
  const recorded = new Date();
  const store = createStore(storeConfig(settingsOf(product)));
  try {
    for (const [what, asOf] of [['order lines were judged', matchedAsOf], ['chains were worked out', chainsAsOf]] as const)
      while (((await asOf(store))?.at ?? new Date(0)) < recorded) await wait(what);
  } finally {
    await store.close();
  }
}

/** Waits until nothing published so far is left to record. */
export async function settled(product: Product, wait: (what: string) => Promise<void> = () => delay(100)): Promise<void> {
  const nats = await connectTo(product);
  try {
    const manager = await jetstreamManager(nats);
    for (const stream of ['EVENTS', 'OPS']) {
      for (;;) {
        const { num_pending: pending, num_ack_pending: unacknowledged } = await manager.consumers.info(stream, 'throughline');
        if (pending === 0 && unacknowledged === 0) break;
        await wait('everything published was recorded');
      }
    }
  } finally {
    await nats.close();
  }
}

/** The settings in force, with the credentials of this start. */
export function settingsOf(product: Product): Record<string, string> {
  return parseEnvText(readFileSync(path.join(product.data, 'runtime.env'), 'utf8'));
}

/** A connection as the product's own account, which may read both streams. */
export function connectTo(product: Product): Promise<NatsConnection> {
  const { NATS_URL: servers, NATS_USER: user, NATS_PASSWORD: pass } = settingsOf(product);
  return connect({ servers, user, pass });
}

/** The password that the first start said for the first administrator. */
export function administrator(product: Product): { email: string; password: string } {
  const found = /(\S+@\S+) with the password (\S+)/.exec(readFileSync(product.log, 'utf8'));
  if (!found?.[1] || !found[2]) throw new Error('The start said no password.');
  return { email: found[1], password: found[2] };
}

/** Process id by name, as of the newest line that says one. */
export function pidOf(product: Product, name: string): number {
  const pid = processIds({ output: () => readFileSync(product.log, 'utf8') })[name];
  if (!pid) throw new Error(`No process ${name} runs.`);
  return pid;
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
