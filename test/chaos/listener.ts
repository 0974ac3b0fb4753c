// A listener process as the supervisor keeps one: started again whenever it ends.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { ROOT } from '../support/start';

const RESTART_MS = 150;

export class ListenerProcess {
  /** What it said, the end of it. */
  said = '';
  /** Inserts that failed, by what the listener took the error for. */
  readonly failed: Record<string, number> = {};
  /** Rows that it took out because the store refused them. */
  refused = 0;
  private child: ChildProcess | undefined;
  private stopping = false;
  private ready: Promise<void> = Promise.resolve();

  constructor(private readonly env: Record<string, string>) {
    this.start();
  }

  private start(): void {
    const own = /^(CLICKHOUSE|NATS|ENGINE|THROUGHLINE|LISTENER)_/;
    const env: NodeJS.ProcessEnv = { ...process.env };
    for (const name of Object.keys(env)) if (own.test(name)) delete env[name];
    const child = spawn(process.execPath, ['--import', 'tsx', 'ingest/listener/main.ts'], { cwd: ROOT, env: { ...env, ...this.env }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    this.ready = new Promise((resolve) => {
      const hear = (piece: Buffer) => {
        this.said = (this.said + piece.toString()).slice(-20_000);
        for (const [, kind = ''] of piece.toString().matchAll(/^listener: insert into \w+ failed \((\w+)\)/gm)) this.failed[kind] = (this.failed[kind] ?? 0) + 1;
        this.refused += piece.toString().match(/^listener: the store refuses/gm)?.length ?? 0;
        if (piece.includes('listening on')) resolve();
      };
      child.stdout?.on('data', hear);
      child.stderr?.on('data', hear);
      child.once('exit', () => resolve());
    });
    child.once('exit', () => {
      if (!this.stopping) void delay(RESTART_MS).then(() => this.stopping || this.start());
    });
  }

  /** Resolves when it listens, or has ended. */
  listening(): Promise<void> {
    return this.ready;
  }

  kill(): void {
    this.child?.kill('SIGKILL');
  }

  /** Asks it to end, as a deployment does, whereupon it is started again. */
  end(): void {
    this.child?.kill('SIGTERM');
  }

  /** Ends it for good. */
  async stop(): Promise<void> {
    this.stopping = true;
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 15_000);
    await exited;
    clearTimeout(late);
  }
}
