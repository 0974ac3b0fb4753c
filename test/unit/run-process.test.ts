import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isForTerminal, LogFile, Trickle } from '../../server/run/logs';
import { type ProcessPlan, restartDelay, SupervisedProcess } from '../../server/run/process';

const folder = mkdtempSync(path.join(os.tmpdir(), 'throughline-process-'));
const open: SupervisedProcess[] = [];
let count = 0;

function supervised(script: string, more: Partial<ProcessPlan> = {}): SupervisedProcess {
  count += 1;
  const file = path.join(folder, `program-${count}.cjs`);
  writeFileSync(file, script);
  const plan: ProcessPlan = {
    name: `p${count}`,
    after: [],
    command: process.execPath,
    args: [file],
    file,
    env: process.env,
    graceMs: 500,
    ...more,
  };
  const made = new SupervisedProcess(plan, { logs: folder, began: () => undefined, ended: () => undefined });
  open.push(made);
  return made;
}

const alive = (pid: number | undefined): boolean => {
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.stop()));
});

describe('a supervised process', () => {
  it('is started again after a kill, with another process id', async () => {
    const one = supervised('setInterval(() => {}, 1000)');
    await one.start();
    const first = one.pid;
    process.kill(Number(first), 'SIGKILL');
    await vi.waitFor(() => expect(one.pid !== first && alive(one.pid)).toBe(true), 5000);
  });

  it('is ended and started again when it runs and does not answer any more', async () => {
    let answering = true;
    const one = supervised('setInterval(() => {}, 1000)', { alive: { answers: () => Promise.resolve(answering), everyMs: 10 } });
    await one.start();
    const first = one.pid;
    await delay(200);
    expect(one.pid).toBe(first);
    answering = false;
    await vi.waitFor(() => expect(alive(first)).toBe(false), 5000);
    answering = true;
    await vi.waitFor(() => expect(one.pid !== first && alive(one.pid)).toBe(true), 5000);
  });

  it('is killed when it does not end in its grace time, with what it started itself', async () => {
    const script = `
      process.on('SIGTERM', () => {});
      const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
      console.log('child', child.pid);
      setInterval(() => {}, 1000);`;
    const one = supervised(script);
    await one.start();
    const grandchild = await vi.waitFor(() => {
      const found = /child (\d+)/.exec(readFileSync(one.logFile, 'utf8'));
      expect(found).not.toBeNull();
      return Number(found?.[1]);
    }, 5000);
    const pid = one.pid;
    await one.stop();
    expect(alive(pid)).toBe(false);
    await vi.waitFor(() => expect(alive(grandchild)).toBe(false), 2000);
  });

  it('gives up the start, with its last words, when it never becomes ready', async () => {
    const one = supervised("console.error('Error: the store is locked'); process.exit(3)", { ready: async () => false });
    await expect(one.start()).rejects.toThrow('the store is locked');
  });

  it('that runs once fails with its last words and without a stack trace', async () => {
    const one = supervised("throw new Error('no such table')", { once: true });
    await expect(one.runOnce()).rejects.toThrow(/^p\d+ did not succeed \(1\): no such table \(its log: .*\)$/);
  });

  it('stays stopped when it is stopped while it waits for its restart', async () => {
    const one = supervised('process.exit(1)');
    void one.start();
    await delay(300);
    await one.stop();
    const pid = one.pid;
    await delay(900);
    expect(one.pid).toBe(pid);
  });
});

describe('the guard', () => {
  const beside = (script: string) => spawn(process.execPath, ['-e', script], { detached: true, stdio: 'ignore' });

  it('ends the groups that are left when the supervisor is gone, also those that do not listen', async () => {
    const polite = beside('setInterval(() => {}, 1000)');
    const deaf = beside("process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)");
    const handedBack = beside('setInterval(() => {}, 1000)');
    await delay(500);
    const guard = spawn('/bin/sh', ['server/run/guard.sh'], { stdio: ['pipe', 'ignore', 'ignore'] });
    const ended = new Promise((resolve) => guard.once('exit', resolve));
    for (const child of [polite, deaf, handedBack]) guard.stdin.write(`+ ${child.pid}\n`);
    guard.stdin.write(`- ${handedBack.pid}\n`);
    await delay(200);
    expect(alive(polite.pid)).toBe(true);
    guard.stdin.end();
    await ended;
    await vi.waitFor(() => expect([alive(polite.pid), alive(deaf.pid)]).toEqual([false, false]), 2000);
    expect(alive(handedBack.pid)).toBe(true);
    handedBack.kill('SIGKILL');
  });
});

describe('restart delay', () => {
  it('doubles up to half a minute', () => {
    expect([1, 2, 3, 4, 20].map(restartDelay)).toEqual([500, 1000, 2000, 4000, 30_000]);
  });
});

describe('log file', () => {
  it('is renamed when it is large, and the oldest goes', async () => {
    const file = path.join(folder, 'big.log');
    writeFileSync(file, 'x'.repeat(10 * 1024 * 1024 + 1));
    writeFileSync(`${file}.3`, 'oldest');
    writeFileSync(`${file}.2`, 'older');
    const log = new LogFile(file);
    log.line('first line after');
    await log.close();
    expect(readFileSync(file, 'utf8')).toMatch(/^\S+ first line after\n$/);
    expect(readFileSync(`${file}.1`, 'utf8')).toHaveLength(10 * 1024 * 1024 + 1);
    expect(readFileSync(`${file}.3`, 'utf8')).toBe('older');
  });
});

describe('lines for the terminal', () => {
  it.each([
    ['Error: cannot read mapping', true],
    ['[12] 2026/01/01 [ERR] no space left', true],
    ['{"level":"error","msg":"x"}', true],
    ['{"level":"info","msg":"no error"}', false],
    ['    at connect (file.ts:1:2)', false],
    ['inserted 500 rows, 0 failed', false],
    ['notice: the model was rebuilt', true],
    ['[12] 2026/01/01 [WRN] Plaintext passwords detected, use nkeys or bcrypt', false],
  ])('%s', (line, expected) => {
    expect(isForTerminal(line)).toBe(expected);
  });

  it('come as a trickle', () => {
    let now = 100_000;
    const shown: string[] = [];
    const trickle = new Trickle((text) => shown.push(text), 'x.log', () => now);
    for (let i = 0; i < 100; i += 1) trickle.line(`line ${i}`);
    expect(shown).toHaveLength(5);
    now += 60_000;
    trickle.line('later');
    expect(shown.slice(5)).toEqual(['… and 95 more lines like these, in x.log', 'later']);
  });
});
