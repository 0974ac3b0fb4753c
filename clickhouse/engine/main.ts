/**
 * The embedded ClickHouse as a process: `node --import tsx clickhouse/engine/main.ts`
 *
 * ENGINE_PORT (8123)      port on 127.0.0.1; 0 takes a free one, and the line "engine ready" names it
 * ENGINE_DATA             folder of the database, made when missing; one process owns it
 * ENGINE_USER (default), ENGINE_PASSWORD   what every request must carry
 * ENGINE_MAX_BODY_MIB (256)                largest request
 * ENGINE_STILL_SECONDS (60)                for how long nothing may move in a statement: see watch.ts
 * ENGINE_PARENT_PID       ends when that process has ended, so that a killed supervisor leaves no owner behind
 * UV_THREADPOOL_SIZE (16) has to be set by who starts the process: the pool exists before this file is read
 *
 * Exit codes: 0 stopped by SIGTERM or SIGINT, 2 configuration, 3 folder in use or unreadable, 4 port taken; its own
 * SIGKILL, after a line that says why, where statements never end: such a process cannot exit otherwise.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo } from 'node:net';
import path from 'node:path';
import { z } from 'zod';
import { Engine, THREADS } from './engine';
import { createEngineServer } from './server';

const Configuration = z.object({
  ENGINE_PORT: z.coerce.number().int().min(0).max(65_535).default(8123),
  ENGINE_DATA: z.string().min(1),
  ENGINE_USER: z.string().min(1).default('default'),
  ENGINE_PASSWORD: z.string().min(1),
  ENGINE_MAX_BODY_MIB: z.coerce.number().int().positive().default(256),
  ENGINE_STILL_SECONDS: z.coerce.number().positive().default(60),
  ENGINE_PARENT_PID: z.coerce.number().int().positive().optional(),
  UV_THREADPOOL_SIZE: z.coerce.number().int().positive().default(4),
});

/** Requests in flight get this long after SIGTERM, and what they began in the engine as long again. */
const DRAIN_MS = 20_000;

function stopWith(code: number, line: string): never {
  process.stderr.write(`engine: ${line}\n`);
  process.exit(code);
}

/** Every orderly way out waits for the calls into the library to return, be it exit() or abort(). What was acknowledged is on disk. */
function endNow(line: string): void {
  process.stderr.write(`warning: the engine ends, to be started again: ${line}\n`);
  process.kill(process.pid, 'SIGKILL');
}

function configuration(): z.infer<typeof Configuration> {
  const given = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== ''));
  const parsed = Configuration.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  return stopWith(2, `${issue?.path.join('.') ?? 'configuration'}: ${issue?.message ?? 'not usable'}`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** The engine process that has the folder, as far as that can be told; the lock itself is the library's. */
function ownerOf(pidFile: string): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'));
    if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid || !isAlive(pid)) return undefined;
    // After a crash the number may have gone to another program.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('engine/main') ? pid : undefined;
  } catch {
    return undefined;
  }
}

function openEngine(folder: string, pidFile: string, stillSeconds: number): Engine {
  const owner = ownerOf(pidFile);
  if (owner) stopWith(3, `${folder} is in use by process ${owner}: stop that one, or set ENGINE_DATA to another folder`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const engine = new Engine(folder, {
      stillMs: stillSeconds * 1_000,
      say: (line) => process.stderr.write(`warning: ${line}\n`),
      hopeless: endNow,
    });
    writeFileSync(pidFile, String(process.pid));
    return engine;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return stopWith(3, `${folder} cannot be opened (in use by another process, not writable, or damaged): ${reason}`);
  }
}

const config = configuration();
const folder = path.resolve(config.ENGINE_DATA);
const pidFile = path.join(folder, 'engine.pid');
const engine = openEngine(folder, pidFile, config.ENGINE_STILL_SECONDS);
const server = createEngineServer({
  engine,
  credentials: { user: config.ENGINE_USER, password: config.ENGINE_PASSWORD },
  largestBody: config.ENGINE_MAX_BODY_MIB * 1024 * 1024,
});

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  const drained = new Promise((resolve) => server.close(resolve));
  // Kept-alive connections become idle one by one, as what runs on them ends.
  const idle = setInterval(() => server.closeIdleConnections(), 100);
  const late = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await drained;
  clearInterval(idle);
  clearTimeout(late);
  if (engine.stuck().neverEnded > 0) {
    process.stderr.write('warning: the engine is ended with statements that never did\n');
    process.kill(process.pid, 'SIGKILL');
  }
  setTimeout(() => endNow('a statement does not end'), DRAIN_MS).unref();
  await engine.close();
  rmSync(pidFile, { force: true });
  process.exit(0);
}

process.on('SIGTERM', () => void stop());
process.on('SIGINT', () => void stop());
if (config.ENGINE_PARENT_PID) {
  const parent = config.ENGINE_PARENT_PID;
  setInterval(() => void (isAlive(parent) || stop()), 1000).unref();
}

server.on('error', (error) => {
  const taken = 'code' in error && error.code === 'EADDRINUSE';
  stopWith(4, taken ? `port ${config.ENGINE_PORT} on 127.0.0.1 is taken: set ENGINE_PORT to a free one` : error.message);
});
server.listen(config.ENGINE_PORT, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  if (config.UV_THREADPOOL_SIZE < THREADS) {
    process.stderr.write(`engine: UV_THREADPOOL_SIZE is ${config.UV_THREADPOOL_SIZE}; with ${THREADS} all connections run side by side\n`);
  }
  process.stdout.write(`engine ready on http://127.0.0.1:${port} (ClickHouse ${engine.version()}, ${folder})\n`);
});
