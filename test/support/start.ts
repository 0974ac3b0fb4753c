// Runs `npm start` for tests, with nothing from the developer's shell.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export const ROOT = path.resolve(import.meta.dirname, '..', '..');

export interface Started {
  readonly child: ChildProcess;
  /** Everything that it wrote. */
  output(): string;
  /** Exit code. */
  readonly exited: Promise<number | null>;
}

/** Starts server/run/start.mjs with these settings and no others; the pages' build folder stays. */
export function startProduct(settings: Record<string, string>): Started {
  const env: NodeJS.ProcessEnv = { ...process.env, ...settings };
  const own = /^(CLICKHOUSE|NATS|OIDC|NEXTAUTH|ENGINE|THROUGHLINE)_|^(PORT|ALERT_WEBHOOK_URL)$|^(NODE_ENV|VITEST.*|TEST)$/;
  for (const key of Object.keys(env)) if (own.test(key) && !(key in settings)) delete env[key];
  const child = spawn(process.execPath, ['server/run/start.mjs'], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  // 'close' comes after the last output, 'exit' may come before it.
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, output: () => text, exited };
}

/** Waits until it has said its address; fails with its output when it ends instead. */
export async function isUp(started: Started, withinMs: number): Promise<void> {
  const until = Date.now() + withinMs;
  while (!started.output().includes('Throughline is at')) {
    if (started.child.exitCode !== null) throw new Error(`It ended instead of coming up:\n${started.output()}`);
    if (Date.now() > until) throw new Error(`It was not up after ${withinMs} ms:\n${started.output()}`);
    await delay(100);
  }
}

/** Process ids by name, each from the newest line that says one. */
export function processIds(started: Pick<Started, 'output'>): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [, name, pid] of started.output().matchAll(/^(\w+) .*\(process (\d+)\)$/gm)) {
    if (name) found[name] = Number(pid);
  }
  return found;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A process that ended and that nobody waited for yet still answers.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
