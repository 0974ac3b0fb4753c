// `npm start` as a person has it: the whole product on free ports and a data folder of its own.
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseEnvText } from '../../server/run/env.mjs';
import { freePort } from '../support/nats';
import { isAlive, isUp, processIds, type Started, startProduct } from '../support/start';

// A first start builds the pages, where `npm test` has not done so already.
const FIRST_START_MS = 600_000;
const data = mkdtempSync(path.join(os.tmpdir(), 'throughline-start-'));

const start = (port: number) => startProduct({ PORT: String(port), THROUGHLINE_DATA: data });

async function pageAnswers(port: number): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/signin`, { redirect: 'manual' });
  await answer.arrayBuffer();
  return answer.status;
}

describe('npm start', () => {
  let port: number;
  let started: Started;

  beforeAll(async () => {
    port = await freePort();
    started = start(port);
    await isUp(started, FIRST_START_MS);
  }, FIRST_START_MS + 10_000);

  afterAll(async () => {
    if (started.child.exitCode === null && started.child.signalCode === null) {
      started.child.kill('SIGTERM');
      await started.exited;
    }
    rmSync(data, { recursive: true, force: true, maxRetries: 5, retryDelay: 1000 });
  });

  it('leaves no process out', () => {
    expect(started.output()).not.toContain('is left out');
    expect(Object.keys(processIds(started)).sort()).toEqual(['alerts', 'engine', 'keeper', 'listener', 'nats', 'simulator', 'web']);
  });

  it('answers at the address that it prints, and says how to sign in and to publish', async () => {
    expect(started.output()).toContain(`http://127.0.0.1:${port}`);
    expect(started.output()).toMatch(/admin@throughline\.local with the password \w{5}-\w{5}-\w{5}-\w{5}/);
    expect(started.output()).toMatch(/Publish +to nats:\/\/127\.0\.0\.1:\d+, .* user publisher/);
    expect(await pageAnswers(port)).toBe(200);
  });

  it('keeps secrets to this user', () => {
    for (const file of ['runtime.env', 'secrets.json', 'publisher.password', 'nats.conf']) {
      expect(statSync(path.join(data, file)).mode & 0o777, file).toBe(0o600);
    }
    expect(parseEnvText(readFileSync(path.join(data, 'runtime.env'), 'utf8'))).toMatchObject({
      PORT: String(port),
      THROUGHLINE_SIMULATED: '1',
      NATS_USER: 'throughline',
    });
  });

  it('is the only one on its data folder', async () => {
    const second = start(await freePort());
    expect(await second.exited).toBe(1);
    expect(second.output().trim().split('\n')).toEqual([expect.stringContaining('already runs on the data folder')]);
  });

  it.each(['engine', 'nats', 'listener', 'web'])('starts the %s again after a kill, and the others stay', async (name) => {
    const before = processIds(started);
    process.kill(Number(before[name]), 'SIGKILL');
    await vi.waitFor(() => expect(processIds(started)[name]).not.toBe(before[name]), { timeout: 60_000, interval: 100 });
    const { [name]: _killed, ...others } = before;
    expect(processIds(started)).toMatchObject(others);
    for (const pid of Object.values(processIds(started))) expect(isAlive(pid)).toBe(true);
    await vi.waitFor(async () => expect(await pageAnswers(port)).toBe(200), { timeout: 30_000, interval: 300 });
  });

  it('stops everything on SIGTERM within seconds', async () => {
    const before = Object.values(processIds(started));
    const since = Date.now();
    started.child.kill('SIGTERM');
    expect(await started.exited).toBe(0);
    expect(Date.now() - since).toBeLessThan(20_000);
    expect(before.filter(isAlive)).toEqual([]);
    expect(existsSync(path.join(data, 'runtime.env'))).toBe(false);
  });

  it('answers within 10 s the second time, on the same ports, without the password', async () => {
    started = start(port);
    const since = Date.now();
    await vi.waitFor(async () => expect(await pageAnswers(port)).toBe(200), { timeout: 60_000, interval: 100 });
    expect(Date.now() - since).toBeLessThan(10_000);
    await isUp(started, 60_000);
    expect(started.output()).not.toMatch(/\w{5}-\w{5}-\w{5}-\w{5}/);
  });

  it('leaves no process behind when it is killed itself', async () => {
    const before = Object.values(processIds(started));
    started.child.kill('SIGKILL');
    await started.exited;
    await vi.waitFor(() => expect(before.filter(isAlive)).toEqual([]), { timeout: 20_000, interval: 200 });
  });
});
