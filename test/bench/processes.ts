import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** How the supervisor starts a listener (server/run/processes.ts). */
export const LISTENER_NODE = ['--max-semi-space-size=32'];

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A process of the product on its own, as in production; it ends with the bench at the latest. */
export function startProcess(file: string, env: Record<string, string>, nodeArguments: readonly string[] = [], given: readonly string[] = [], answers: 'pipe' | 'ignore' = 'ignore'): ChildProcess {
  const child = spawn(process.execPath, [...nodeArguments, '--import', 'tsx', path.join(ROOT, file), ...given], { cwd: ROOT, env: { ...process.env, ...env }, stdio: ['ignore', answers, 'inherit'] });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Ends a process in its own time and waits for it. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
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

/** Seconds of processor time that a process has used. */
export function cpuSeconds(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}

/** Highest memory seen of each named process while it runs, and of `together` those that are not the engine at one moment. */
export class MemoryWatch {
  readonly peaks: Record<string, number> = {};
  private readonly timer: NodeJS.Timeout;

  constructor(pids: Record<string, number>) {
    const look = () => {
      let together = 0;
      for (const name in pids) {
        const now = rssMiB(pids[name] ?? 0);
        if (name !== 'engine') together += now;
        this.peaks[name] = Math.max(this.peaks[name] ?? 0, now);
      }
      this.peaks.together = Math.max(this.peaks.together ?? 0, together);
    };
    look();
    this.timer = setInterval(look, 200);
  }

  stop(): Record<string, number> {
    clearInterval(this.timer);
    return this.peaks;
  }
}

/** Holds a process to a share of one core by a control group of its own. Returns how to undo it, or undefined where the machine has no such means. */
export function holdTo(pid: number, cores: number): (() => void) | undefined {
  const name = `throughline-bench-${pid}`;
  const second = existsSync('/sys/fs/cgroup/cgroup.controllers');
  const group = second ? `/sys/fs/cgroup/${name}` : `/sys/fs/cgroup/cpu/${name}`;
  try {
    mkdirSync(group);
    if (second) writeFileSync(`${group}/cpu.max`, `${Math.round(cores * 100_000)} 100000`);
    else {
      writeFileSync(`${group}/cpu.cfs_period_us`, '100000');
      writeFileSync(`${group}/cpu.cfs_quota_us`, String(Math.round(cores * 100_000)));
    }
    writeFileSync(`${group}/cgroup.procs`, String(pid));
    // Empty once the process has ended.
    return () => {
      try {
        rmdirSync(group);
      } catch {
        // It stays, empty, until the machine starts again.
      }
    };
  } catch {
    return undefined;
  }
}
