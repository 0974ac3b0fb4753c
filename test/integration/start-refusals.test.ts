// A configuration that can't work ends in one line that says what to do.
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkNode } from '../../server/run/setup.mjs';
import { freePort, startNats, type TestNats } from '../support/nats';
import { startProduct } from '../support/start';

const folder = mkdtempSync(path.join(os.tmpdir(), 'throughline-refusals-'));
const servers: Server[] = [];
let nats: TestNats;

beforeAll(async () => {
  nats = await startNats();
});

afterAll(async () => {
  await nats.stop();
  for (const server of servers) server.close();
});

async function listening<T extends Server>(server: T): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Runs start.mjs with these settings and gives back how it ended. */
async function refusal(env: Record<string, string>): Promise<{ code: number | null; lines: string[] }> {
  const started = startProduct({
    PORT: String(await freePort()),
    THROUGHLINE_DATA: mkdtempSync(path.join(folder, 'data-')),
    ...env,
  });
  const code = await started.exited;
  return { code, lines: started.output().trim().split('\n') };
}

async function refuses(env: Record<string, string>, line: RegExp): Promise<void> {
  expect(await refusal(env)).toEqual({ code: 1, lines: [expect.stringMatching(line)] });
}

it('a page port that is taken', async () => {
  const port = await listening(createServer());
  await refuses({ PORT: String(port) }, new RegExp(`^Port ${port} is in use.*PORT=${port + 1}\\.$`));
});

it('a port that is no port', () => refuses({ PORT: 'eighty' }, /^PORT is "eighty": set it to a number/));

it('a data folder that cannot be written', async () => {
  const file = path.join(folder, 'a-file');
  writeFileSync(file, '');
  await refuses({ THROUGHLINE_DATA: path.join(file, 'data') }, /^The data folder .* can't be written \(ENOTDIR\): set THROUGHLINE_DATA/);
});

it.runIf(process.getuid?.() !== 0)('a data folder of somebody else', async () => {
  const closed = mkdtempSync(path.join(folder, 'closed-'));
  chmodSync(closed, 0o500);
  await refuses({ THROUGHLINE_DATA: closed }, /can't be written \(EACCES\)/);
});

it('a malformed CLICKHOUSE_URL, without showing its password', async () => {
  await refuses({ CLICKHOUSE_URL: 'clickhouse://me:hush@host' }, /^CLICKHOUSE_URL is "clickhouse:\/\/…@host": set it to/);
});

it('a ClickHouse that cannot be reached', async () => {
  const port = await freePort();
  await refuses({ CLICKHOUSE_URL: `http://127.0.0.1:${port}` }, /^ClickHouse can't be reached at .* \(ECONNREFUSED\): start it, or correct CLICKHOUSE_URL/);
});

it('a ClickHouse that refuses the password', async () => {
  // What a server answers to a wrong password: status 403 and code 516.
  const port = await listening(
    createHttpServer((request, response) => {
      response.writeHead(403, { 'X-ClickHouse-Exception-Code': '516' });
      response.end('Code: 516. DB::Exception: me: Authentication failed. (AUTHENTICATION_FAILED)');
      request.resume();
    }),
  );
  await refuses(
    { CLICKHOUSE_URL: `http://127.0.0.1:${port}`, CLICKHOUSE_USER: 'me', CLICKHOUSE_PASSWORD: 'wrong' },
    /^ClickHouse at .* refuses the user me: correct CLICKHOUSE_USER and CLICKHOUSE_PASSWORD\.$/,
  );
});

it('something else behind CLICKHOUSE_URL', async () => {
  const port = await listening(createHttpServer((_request, response) => response.end('<html>')));
  await refuses({ CLICKHOUSE_URL: `http://127.0.0.1:${port}` }, /is not ClickHouse's HTTP interface \(status 200\)/);
});

it('a sign-in for a server that is not named', () =>
  refuses({ NATS_PASSWORD: 'x' }, /^NATS_PASSWORD is set but NATS_URL is not: set NATS_URL/));

it('a malformed NATS_URL', () => refuses({ NATS_URL: 'http://nats' }, /^NATS_URL is "http:\/\/nats": set it to/));

it('a NATS server that cannot be reached', async () => {
  const port = await freePort();
  await refuses({ NATS_URL: `nats://127.0.0.1:${port}` }, /^NATS can't be reached at .*: start it, or correct NATS_URL\.$/);
});

it('a NATS server that refuses the password', () =>
  refuses({ ...nats.env, NATS_PASSWORD: 'wrong' }, /^NATS at .* refuses the sign-in: correct NATS_USER and NATS_PASSWORD/));

it('a NATS server without JetStream', async () => {
  const plain = await startNats({ jetstream: false });
  try {
    await refuses(plain.env, /gives this sign-in no JetStream .*: enable JetStream on the server/);
  } finally {
    await plain.stop();
  }
});

it('credentials that are not there', () =>
  refuses({ NATS_URL: nats.url, NATS_CREDS: '/nowhere/user.creds' }, /^NATS_CREDS names \/nowhere\/user\.creds, which can't be read/));

it('a token key that is none', () => refuses({ THROUGHLINE_TOKEN_KEY: 'abc' }, /^THROUGHLINE_TOKEN_KEY is not a key/));

it('an old Node', () => {
  expect(() => checkNode('18.20.4')).toThrow(/^Throughline needs Node 20\.19 or newer and this is Node 18\.20\.4: install Node 20/);
  expect(() => checkNode('20.18.3')).toThrow();
  expect(() => checkNode('20.19.0')).not.toThrow();
  expect(() => checkNode('22.1.0')).not.toThrow();
});
