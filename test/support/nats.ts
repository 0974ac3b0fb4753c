// A real nats-server with JetStream, for tests: a free port, a store folder of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectSocket, createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findCommand } from '../../server/run/debian.mjs';

const START_MS = 15_000;

export interface TestNats {
  /** for example nats://127.0.0.1:40123 */
  readonly url: string;
  readonly port: number;
  /** Process id of the server as it runs now; 0 while it does not. */
  readonly pid: number;
  readonly user: string;
  readonly password: string;
  /** what `connect` of @nats-io/transport-node takes */
  readonly connection: { servers: string; user: string; pass: string };
  /** what the product's processes read */
  readonly env: { NATS_URL: string; NATS_USER: string; NATS_PASSWORD: string };
  /** Ends the server cleanly and removes its store. */
  stop(): Promise<void>;
  /** SIGKILL; the store stays. */
  kill(): Promise<void>;
  /** Starts again on the same port with the same store; stops it first where it runs. */
  restart(): Promise<void>;
}

export interface TestNatsOptions {
  /** Another port than a free one. */
  port?: number;
  /** false: a server without JetStream. */
  jetstream?: boolean;
  /** Room for streams, as on a small disk, e.g. `3GB`. */
  maxFileStore?: string;
}

/** Starts nats-server and waits until it takes connections. */
export async function startNats(options: TestNatsOptions = {}): Promise<TestNats> {
  const program = findCommand('nats-server');
  if (!program) throw new Error('nats-server is not on this machine: `npm test` installs it.');
  const port = options.port ?? (await freePort());
  const store = await mkdtemp(path.join(os.tmpdir(), 'throughline-nats-'));
  const user = 'throughline';
  const password = 'test';
  const small = path.join(store, 'nats.conf');
  if (options.maxFileStore) await writeFile(small, `jetstream { store_dir: ${JSON.stringify(store)}, max_file_store: ${options.maxFileStore} }`);
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    let log = '';
    const started = spawn(
      program as string,
      [
        ...['-a', '127.0.0.1', '-p', String(port), '--user', user, '--pass', password],
        ...(options.jetstream === false ? [] : options.maxFileStore ? ['-c', small] : ['-js', '-sd', store]),
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    child = started;
    started.stderr?.on('data', (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-4000);
    });
    const until = Date.now() + START_MS;
    while (!(await answersInfo(port))) {
      if (started.exitCode !== null || Date.now() > until) throw new Error(`nats-server did not start:\n${log}`);
      await delay(25);
    }
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = child;
    child = undefined;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    const exited = new Promise((resolve) => ending.once('exit', resolve));
    ending.kill(signal);
    await exited;
  }

  await start();
  // A test that was cut off must not leave a server behind.
  const lastResort = () => child?.kill('SIGKILL');
  process.once('exit', lastResort);

  const url = `nats://127.0.0.1:${port}`;
  return {
    url,
    port,
    get pid() {
      return child?.pid ?? 0;
    },
    user,
    password,
    connection: { servers: url, user, pass: password },
    env: { NATS_URL: url, NATS_USER: user, NATS_PASSWORD: password },
    async stop() {
      process.removeListener('exit', lastResort);
      await end('SIGTERM');
      await rm(store, { recursive: true, force: true });
    },
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGTERM');
      await start();
    },
  };
}

/** A port of 127.0.0.1 that nothing listened on a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** Whether a NATS server greets on this port. */
function answersInfo(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket({ port, host: '127.0.0.1' });
    const finish = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => finish(false));
    socket.once('error', () => finish(false));
    socket.once('data', (data) => finish(data.toString().startsWith('INFO ')));
  });
}
