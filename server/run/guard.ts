// The process that clears up when the supervisor itself is killed: see guard.sh.
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { ROOT } from './env.mjs';

export class Guard {
  private readonly groups = new Set<number>();
  private child: ChildProcess;
  private closed = false;

  /** @param onPid told the guard's process id, again whenever it had to be started anew */
  constructor(private readonly onPid: (pid: number) => void) {
    this.child = this.start();
  }

  began(group: number): void {
    this.groups.add(group);
    this.write(`+ ${group}`);
  }

  ended(group: number): void {
    this.groups.delete(group);
    this.write(`- ${group}`);
  }

  /** To be called when nothing is left to guard. */
  close(): void {
    this.closed = true;
    this.child.stdin?.end();
  }

  private start(): ChildProcess {
    const child = spawn('/bin/sh', [path.join(ROOT, 'server', 'run', 'guard.sh')], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    child.stdin?.on('error', () => undefined);
    child.on('error', () => undefined);
    child.on('exit', () => {
      if (this.closed) return;
      setTimeout(() => {
        if (!this.closed) this.child = this.start();
      }, 1000).unref();
    });
    if (child.pid !== undefined) this.onPid(child.pid);
    for (const group of this.groups) child.stdin?.write(`+ ${group}\n`);
    return child;
  }

  private write(line: string): void {
    if (this.child.stdin?.writable) this.child.stdin.write(`${line}\n`);
  }
}
