import path from 'node:path';
import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';
import { NATS_SERVER, wayToInstall, whatToInstall } from '../../server/run/debian.mjs';
import { natsConfig } from '../../server/run/nats-config';
import { readSettings } from '../../server/run/settings.mjs';

const ROOT = path.resolve(import.meta.dirname, '..', '..');

describe('missing Debian packages', () => {
  const root = { root: true, terminal: false, apt: true, sudo: false };
  it('are installed without asking where there is no terminal and root may', () => {
    expect(wayToInstall(root)).toBe('install');
  });
  it('are asked about on a terminal', () => {
    expect(wayToInstall({ ...root, terminal: true })).toBe('ask');
    expect(wayToInstall({ ...root, root: false, terminal: true, sudo: true })).toBe('ask-sudo');
  });
  it('are only named where nobody can be asked about sudo, or there is no apt-get', () => {
    expect(wayToInstall({ ...root, root: false, sudo: true })).toBe('tell');
    expect(wayToInstall({ ...root, root: false, terminal: true })).toBe('tell');
    expect(wayToInstall({ ...root, apt: false, terminal: true })).toBe('tell');
  });
  it('are named with the exact command', () => {
    expect(whatToInstall([NATS_SERVER], { ...root, root: false })).toBe(
      'Missing: nats-server. To go on: sudo apt-get install --no-install-recommends nats-server (or set NATS_URL to a NATS server that you have), then run the command again.',
    );
  });
});

describe('settings', () => {
  it('have the defaults of a first start', () => {
    expect(readSettings({})).toMatchObject({ port: 3000, data: path.join(ROOT, 'data'), simulated: true, database: 'throughline' });
  });
  it('take the sign-in out of a URL, so that it is not printed', () => {
    const { nats, clickhouse } = readSettings({
      NATS_URL: 'nats://me:p%40ss@one:4222,two:4223',
      CLICKHOUSE_URL: 'https://you:secret@store:8443/',
    });
    expect(nats).toMatchObject({ url: 'nats://one:4222,nats://two:4223', user: 'me', password: 'p@ss' });
    expect(clickhouse).toEqual({ url: 'https://store:8443', user: 'you', password: 'secret' });
  });
  it('switch the simulator off where a stream is named, or by hand', () => {
    expect(readSettings({ NATS_URL: 'nats://one' }).simulated).toBe(false);
    expect(readSettings({ THROUGHLINE_SIMULATED: '0' }).simulated).toBe(false);
  });
});

describe('the embedded NATS configuration', () => {
  const plan = { port: 4222, store: '/data/nats', password: 'a', publisherPassword: 'b' };
  it('states the sync interval where the server has the setting', () => {
    expect(natsConfig({ ...plan, version: [2, 10, 0] })).toContain('\n  sync_interval: "10s"');
    expect(natsConfig({ ...plan, version: [2, 9, 10] })).not.toContain('\n  sync_interval');
  });
});

describe('the direction of imports', () => {
  const linter = new ESLint({ cwd: ROOT });
  async function refuses(file: string, from: string): Promise<boolean> {
    const [result] = await linter.lintText(`import ${JSON.stringify(from)};\n`, { filePath: path.join(ROOT, file) });
    return (result?.messages ?? []).some((message) => message.ruleId === 'no-restricted-imports');
  }
  it.each([
    ['app/invoices/page.tsx', '@/clickhouse/queries/invoices', true],
    ['app/invoices/page.tsx', '../../clickhouse/client', true],
    ['app/invoices/page.tsx', '@/ingest/listener/main', true],
    ['app/invoices/page.tsx', '@/ingest/contract', false],
    ['app/invoices/page.tsx', '@/ingest/contract/finance', false],
    ['app/invoices/page.tsx', '@/server/range', false],
    ['app/invoices/page.tsx', './table', false],
    ['server/routers/sla.ts', '../../app/theme', true],
    ['server/routers/sla.ts', '../../ingest/simulator/main', true],
    ['server/routers/sla.ts', '../../ingest/contract', false],
    ['server/routers/sla.ts', '../../clickhouse/queries/sla', false],
    ['clickhouse/client.ts', '../server/env', true],
    ['clickhouse/queries/sla.ts', '../../ingest/contract', false],
    ['ingest/listener/main.ts', '../../server/run/env.mjs', true],
    ['ingest/listener/main.ts', '../../clickhouse/client', false],
    ['ingest/simulator/truth.ts', '../../clickhouse/client', true],
    ['ingest/simulator/network.ts', '../../clickhouse/client', false],
  ])('%s importing %s', async (file, from, refused) => {
    expect(await refuses(file, from)).toBe(refused);
  });
});
