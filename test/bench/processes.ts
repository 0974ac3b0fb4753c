import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** A process of the product on its own, as in production. */
export function startProcess(file: string, env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', path.join(ROOT, file)], { cwd: ROOT, env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Resident memory of a process, MiB, with its children; 0 once it has ended. */
export function rssMiB(pid: number): number {
  try {
    const own = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/).filter(Boolean);
    return own + children.reduce((sum, child) => sum + rssMiB(Number(child)), 0);
  } catch {
    return 0;
  }
}

/** Highest memory seen of each named process while it runs. */
export class MemoryWatch {
  readonly peaks: Record<string, number> = {};
  private readonly timer: NodeJS.Timeout;

  constructor(pids: Record<string, number>) {
    const look = () => {
      for (const name in pids) this.peaks[name] = Math.max(this.peaks[name] ?? 0, rssMiB(pids[name] ?? 0));
    };
    look();
    this.timer = setInterval(look, 200);
  }

  stop(): Record<string, number> {
    clearInterval(this.timer);
    return this.peaks;
  }
}
