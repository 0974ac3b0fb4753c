// The real embedded engine as its own process, for tests: a free port, a data folder of its own.
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createStore, type Store } from '../../clickhouse/client';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const START_MS = 60_000;
const SAID_KEPT = 8_000;

export interface TestEngine {
  /** for example http://127.0.0.1:40123; the same after restart() */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Process id of the engine as it runs now; 0 while it does not. */
  readonly pid: number;
  /** The last of what it wrote, over all its starts. */
  readonly said: string;
  /** How often it ended by itself. */
  readonly ends: number;
  /** Data folder. */
  readonly folder: string;
  /** What the product's processes read, for the database `test`. */
  readonly env: { CLICKHOUSE_URL: string; CLICKHOUSE_USER: string; CLICKHOUSE_PASSWORD: string; CLICKHOUSE_DATABASE: string };
  /** A client; closed by stop(). Default database `test`, which exists. */
  store(database?: string): Store;
  /** Ends the engine cleanly and removes its folder. */
  stop(): Promise<void>;
  /** SIGKILL; the folder stays. */
  kill(): Promise<void>;
  /** Starts it again on the same port and folder; ends it cleanly first where it runs. */
  restart(): Promise<void>;
}

export interface TestEngineOptions {
  /** Keep and use this folder instead of a temporary one. */
  folder?: string;
  env?: Record<string, string>;
  /** Start it again when it ends by itself, as the product's supervisor does. */
  supervised?: boolean;
  /** Hears its lines of warning. */
  warned?: (line: string) => void;
}

/** Starts the engine and waits until it answers. */
export async function startEngine(options: TestEngineOptions = {}): Promise<TestEngine> {
  const folder = options.folder ?? (await mkdtemp(path.join(os.tmpdir(), 'throughline-engine-')));
  const password = randomBytes(12).toString('hex');
  const stores: Store[] = [];
  let running: RunningEngine | undefined;
  let port = 0;
  let said = '';
  let ends = 0;

  const start = async () => {
    const started = await runEngine({ ENGINE_PORT: String(port), ENGINE_DATA: folder, ENGINE_PASSWORD: password, ...options.env }, (piece) => {
      said = (said + piece).slice(-SAID_KEPT);
      for (const line of piece.split('\n')) if (line.startsWith('warning: ')) options.warned?.(line);
    });
    running = started;
    port = running.port;
    started.child.once('exit', (code, signal) => {
      if (running !== started) return;
      said += `\n(ended: ${code ?? signal})\n`;
      ends++;
      running = undefined;
      if (options.supervised) void start();
    });
  };
  const end = async (signal: NodeJS.Signals) => {
    const child = running?.child;
    running = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };

  await start();
  const url = `http://127.0.0.1:${port}`;
  const connection = { url, user: 'default', password };
  const engine: TestEngine = {
    ...connection,
    get pid() {
      return running?.child.pid ?? 0;
    },
    get said() {
      return said;
    },
    get ends() {
      return ends;
    },
    folder,
    env: { CLICKHOUSE_URL: url, CLICKHOUSE_USER: 'default', CLICKHOUSE_PASSWORD: password, CLICKHOUSE_DATABASE: 'test' },
    store(database = 'test') {
      const store = createStore({ ...connection, database });
      stores.push(store);
      return store;
    },
    async stop() {
      await Promise.all(stores.map((store) => store.close()));
      await end('SIGTERM');
      if (!options.folder) await rm(folder, { recursive: true, force: true });
    },
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGTERM');
      await start();
    },
  };
  await engine.store('default').command('CREATE DATABASE IF NOT EXISTS test ENGINE = Atomic');
  return engine;
}

interface RunningEngine {
  child: ChildProcess;
  port: number;
}

/** Starts the process with these variables; rejects with what it said when it ends instead of getting ready. */
export async function runEngine(env: Record<string, string>, heard: (piece: string) => void = () => undefined): Promise<RunningEngine> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'clickhouse/engine/main.ts'], {
    cwd: ROOT,
    env: { ...process.env, UV_THREADPOOL_SIZE: '16', ENGINE_PARENT_PID: String(process.pid), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new Promise((resolve, reject) => {
    let said = '';
    const late = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`the engine did not get ready in ${START_MS / 1000} s: ${said}`));
    }, START_MS);
    const hear = (piece: Buffer) => {
      heard(piece.toString());
      said = (said + piece.toString()).slice(-SAID_KEPT);
      const ready = /engine ready on http:\/\/127\.0\.0\.1:(\d+)/.exec(said);
      if (!ready) return;
      clearTimeout(late);
      resolve({ child, port: Number(ready[1]) });
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('exit', (code) => {
      clearTimeout(late);
      reject(new EngineExit(code, said.trim()));
    });
  });
}

/** The engine ended instead of starting. */
export class EngineExit extends Error {
  readonly exitCode: number | null;

  constructor(exitCode: number | null, said: string) {
    super(said);
    this.exitCode = exitCode;
  }
}
