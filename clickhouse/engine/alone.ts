import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StoreConfig } from '../client';

const MAIN = path.join(path.dirname(fileURLToPath(import.meta.url)), 'main.ts');
const SAID_KEPT = 4_000;

/** The embedded engine on a data folder that no running product has, for one command. */
export interface EngineAlone {
  readonly config: Required<Pick<StoreConfig, 'url' | 'user' | 'password'>>;
  stop(): Promise<void>;
}

/** Starts it and resolves when it answers; rejects with its own last line where it cannot have the folder. */
export async function engineAlone(folder: string): Promise<EngineAlone> {
  const password = randomBytes(16).toString('hex');
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN], {
    env: { ...process.env, UV_THREADPOOL_SIZE: '16', ENGINE_PARENT_PID: String(process.pid), ENGINE_PORT: '0', ENGINE_DATA: folder, ENGINE_USER: 'default', ENGINE_PASSWORD: password },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const port = await new Promise<number>((resolve, reject) => {
    let said = '';
    const hear = (piece: Buffer) => {
      said = (said + piece.toString()).slice(-SAID_KEPT);
      const ready = /engine ready on http:\/\/127\.0\.0\.1:(\d+)/.exec(said);
      if (ready) resolve(Number(ready[1]));
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('error', reject);
    child.once('exit', () => reject(new Error(said.trim().split('\n').at(-1)?.replace(/^engine: /, '') || 'the engine ended at once')));
  });
  return {
    config: { url: `http://127.0.0.1:${port}`, user: 'default', password },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
