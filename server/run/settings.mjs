// What a person set in the environment, read and checked once for `npm start`. Plain
// JavaScript: a setting that can't work is said before anything is installed.
import { accessSync, constants, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { dataFolder } from './env.mjs';
import { Refusal, oneLine } from './say.mjs';

/**
 * @typedef {object} ClickHouseSetting an existing server
 * @property {string} url without a sign-in in it
 * @property {string} user
 * @property {string} password
 */

/**
 * @typedef {object} NatsSetting existing servers
 * @property {string} url comma-separated where it names several; without a sign-in in it
 * @property {string} [user]
 * @property {string} [password]
 * @property {string} [token]
 * @property {string} [creds] absolute path of a credentials file
 */

/**
 * @typedef {object} Settings
 * @property {boolean} dev pages are compiled as they are opened
 * @property {number} port of the page
 * @property {string} data absolute path of the data folder
 * @property {ClickHouseSetting} [clickhouse] absent: the embedded engine
 * @property {NatsSetting} [nats] absent: the embedded nats-server
 * @property {boolean} simulated the simulator feeds the embedded nats-server
 * @property {string} database
 */

/**
 * @param {Record<string, string | undefined>} env
 * @param {{ dev?: boolean }} options
 * @returns {Settings} throws a Refusal that names the setting
 */
export function readSettings(env, { dev = false } = {}) {
  const nats = env.NATS_URL ? natsSetting(env) : undefined;
  if (!nats) {
    const stray = ['NATS_USER', 'NATS_PASSWORD', 'NATS_TOKEN', 'NATS_CREDS'].find((key) => env[key]);
    if (stray) throw new Refusal(`${stray} is set but NATS_URL is not: set NATS_URL to the server that it belongs to, or unset ${stray}.`);
  }
  if (!env.CLICKHOUSE_URL) {
    const stray = ['CLICKHOUSE_USER', 'CLICKHOUSE_PASSWORD'].find((key) => env[key]);
    if (stray) throw new Refusal(`${stray} is set but CLICKHOUSE_URL is not: set CLICKHOUSE_URL to the server that it belongs to, or unset ${stray}.`);
  }
  const database = env.CLICKHOUSE_DATABASE || 'throughline';
  if (!/^[A-Za-z_]\w*$/.test(database)) {
    throw new Refusal(`CLICKHOUSE_DATABASE is "${database}": use letters, digits and underscores.`);
  }
  if (env.THROUGHLINE_TOKEN_KEY && !/^([0-9a-f]{2}){16,}$/i.test(env.THROUGHLINE_TOKEN_KEY)) {
    throw new Refusal('THROUGHLINE_TOKEN_KEY is not a key in hexadecimal of 32 or more digits: make one with `openssl rand -hex 32`, or unset it.');
  }
  for (const key of ['THROUGHLINE_RETENTION_PAYLOAD_MONTHS', 'THROUGHLINE_RETENTION_LOG_MONTHS', 'THROUGHLINE_RETENTION_VIEW_MONTHS']) {
    if (env[key] && !/^[1-9]\d{0,3}$/.test(env[key])) throw new Refusal(`${key} is "${env[key]}": set it to a number of months from 1 on, or unset it to keep for ever.`);
  }
  return {
    dev,
    port: portSetting(env.PORT),
    data: dataFolder(env),
    clickhouse: env.CLICKHOUSE_URL ? clickhouseSetting(env) : undefined,
    nats,
    simulated: !nats && env.THROUGHLINE_SIMULATED !== '0',
    database,
  };
}

/** @param {string | undefined} text */
function portSetting(text) {
  if (!text) return 3000;
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65535) return port;
  throw new Refusal(`PORT is "${text}": set it to a number from 1 to 65535.`);
}

/**
 * @param {Record<string, string | undefined>} env
 * @returns {ClickHouseSetting}
 */
function clickhouseSetting(env) {
  const text = env.CLICKHOUSE_URL ?? '';
  const url = parseUrl(text);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new Refusal(`CLICKHOUSE_URL is "${withoutSignIn(text)}": set it to the address of ClickHouse's HTTP interface, for example http://clickhouse.example:8123.`);
  }
  const user = env.CLICKHOUSE_USER || decodeURIComponent(url.username) || 'default';
  const password = env.CLICKHOUSE_PASSWORD || decodeURIComponent(url.password);
  url.username = '';
  url.password = '';
  return { url: url.href.replace(/\/$/, ''), user, password };
}

/**
 * @param {Record<string, string | undefined>} env
 * @returns {NatsSetting}
 */
function natsSetting(env) {
  let user = env.NATS_USER;
  let password = env.NATS_PASSWORD;
  const servers = (env.NATS_URL ?? '').split(',').map((each) => {
    const text = each.trim();
    const url = parseUrl(text.includes('://') ? text : `nats://${text}`);
    if (!url || !/^(nats|tls):$/.test(url.protocol) || !url.hostname || !/^\/?$/.test(url.pathname)) {
      throw new Refusal(`NATS_URL is "${withoutSignIn(text)}": set it to the address of a NATS server, for example nats://nats.example:4222.`);
    }
    user ||= decodeURIComponent(url.username) || undefined;
    password ||= decodeURIComponent(url.password) || undefined;
    return `${url.protocol}//${url.host}`;
  });
  if (user && env.NATS_TOKEN) throw new Refusal('NATS_USER and NATS_TOKEN are both set: keep the one that your NATS server asks for.');
  const creds = env.NATS_CREDS ? path.resolve(env.NATS_CREDS) : undefined;
  if (creds && !readable(creds)) throw new Refusal(`NATS_CREDS names ${creds}, which can't be read: set it to your NATS credentials file.`);
  return { url: servers.join(','), user, password, token: env.NATS_TOKEN || undefined, creds };
}

/** @param {string} text */
function parseUrl(text) {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** A URL as it may be shown: a password in it is nobody's business. @param {string} text */
function withoutSignIn(text) {
  return text.replace(/\/\/[^/@]*@/, '//…@');
}

/** @param {string} file */
function readable(file) {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Makes the data folder where it is missing, for this user only: secrets live in it.
 * @param {string} data
 */
export function prepareDataFolder(data) {
  try {
    mkdirSync(path.join(data, 'logs'), { recursive: true, mode: 0o700 });
    accessSync(data, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Refusal(`The data folder ${data} can't be written (${errorCode(error)}): set THROUGHLINE_DATA to a folder of your own.`);
  }
}

/**
 * @param {number} port
 * @param {string} host
 * @returns {Promise<'free' | string>} or the reason why it can't be had
 */
export function portState(port, host = '127.0.0.1') {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(errorCode(error)));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve('free')));
  });
}

/**
 * @param {number} port
 * @param {string} host
 */
export async function checkPagePort(port, host = '127.0.0.1') {
  const state = await portState(port, host);
  if (state === 'free') return;
  if (state === 'EADDRINUSE') {
    throw new Refusal(`Port ${port} is in use by another program: stop that one, or choose another port, for example PORT=${port === 65535 ? 3000 : port + 1}.`);
  }
  throw new Refusal(`Port ${port} of ${host} can't be used (${state}): choose another with PORT.`);
}

/**
 * Asks the ClickHouse server named by CLICKHOUSE_URL something that needs a valid sign-in.
 * @param {ClickHouseSetting} clickhouse
 */
export async function checkClickHouse({ url, user, password }) {
  let response;
  try {
    response = await fetch(`${url}/?query=SELECT%201`, {
      headers: { 'X-ClickHouse-User': user, 'X-ClickHouse-Key': password },
      signal: AbortSignal.timeout(10_000),
    });
  } catch (error) {
    throw new Refusal(`ClickHouse can't be reached at ${url} (${errorCode(error)}): start it, or correct CLICKHOUSE_URL.`);
  }
  const text = oneLine(await response.text()).slice(0, 200);
  if (response.ok && text === '1') return;
  if (response.status === 401 || response.status === 403 || text.includes('AUTHENTICATION_FAILED')) {
    throw new Refusal(`ClickHouse at ${url} refuses the user ${user}: correct CLICKHOUSE_USER and CLICKHOUSE_PASSWORD.`);
  }
  throw new Refusal(`What answers at ${url} is not ClickHouse's HTTP interface (status ${response.status}): correct CLICKHOUSE_URL; the port is usually 8123, or 8443 with https.`);
}

/**
 * Signs in to the NATS server named by NATS_URL and asks for JetStream. Needs node_modules.
 * @param {NatsSetting} nats
 */
export async function checkNats(nats) {
  const { connect, credsAuthenticator } = await import('@nats-io/transport-node');
  const { jetstreamManager } = await import('@nats-io/jetstream');
  const { readFileSync } = await import('node:fs');
  let connection;
  try {
    connection = await connect({
      servers: nats.url.split(','),
      user: nats.user,
      pass: nats.password,
      token: nats.token,
      authenticator: nats.creds ? credsAuthenticator(readFileSync(nats.creds)) : undefined,
      timeout: 10_000,
      reconnect: false,
      maxReconnectAttempts: 0,
    });
  } catch (error) {
    const text = `${error instanceof Error ? error.name : ''} ${oneLine(error)}`;
    if (/authorization|authentication|creds|nkey/i.test(text)) {
      throw new Refusal(`NATS at ${nats.url} refuses the sign-in: correct NATS_USER and NATS_PASSWORD (or NATS_TOKEN, or NATS_CREDS).`);
    }
    throw new Refusal(`NATS can't be reached at ${nats.url} (${errorCode(error)}): start it, or correct NATS_URL.`);
  }
  try {
    const manager = await jetstreamManager(connection, { timeout: 5000 });
    await manager.getAccountInfo();
  } catch (error) {
    throw new Refusal(`NATS at ${nats.url} gives this sign-in no JetStream (${oneLine(error)}): enable JetStream on the server and for the account.`);
  } finally {
    await connection.close();
  }
}

/**
 * The shortest true name of what went wrong, such as ECONNREFUSED.
 * @param {unknown} error
 * @returns {string}
 */
function errorCode(error) {
  if (!(error instanceof Error)) return oneLine(error);
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error.cause !== undefined) return errorCode(error.cause);
  return oneLine(error);
}
