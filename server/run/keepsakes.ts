// What an installation keeps in its data folder from start to start: generated secrets and the
// ports of the embedded servers. Files of mode 0600.
import { randomBytes, randomInt } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { portState } from './settings.mjs';
import { Refusal } from './say.mjs';

export interface Secrets {
  /** NATS user `throughline`, the product's own. */
  natsPassword: string;
  /** NATS user `publisher`, for those who send events. */
  publisherPassword: string;
  enginePassword: string;
  nextauthSecret: string;
  /** 32 bytes in hexadecimal. */
  tokenKey: string;
  /** The first administrator's password until it has been shown. */
  adminPassword?: string;
}

export interface Ports {
  nats: number;
  engine: number;
  /** of the listener's probes and metrics */
  listener: number;
}

const PREFERRED: Ports = { nats: 4222, engine: 8123, listener: 9464 };
const PORTS_TRIED = 200;

/** Reads the secrets, or makes them at the first start. */
export function loadSecrets(data: string): Secrets {
  const file = secretsFile(data);
  const kept = readJson<Partial<Secrets>>(file);
  const first = kept === undefined;
  const secrets: Secrets = {
    natsPassword: kept?.natsPassword ?? randomBytes(24).toString('base64url'),
    publisherPassword: kept?.publisherPassword ?? randomBytes(24).toString('base64url'),
    enginePassword: kept?.enginePassword ?? randomBytes(24).toString('base64url'),
    nextauthSecret: kept?.nextauthSecret ?? randomBytes(32).toString('base64url'),
    tokenKey: kept?.tokenKey ?? randomBytes(32).toString('hex'),
    adminPassword: first ? readablePassword() : kept.adminPassword,
  };
  saveSecrets(data, secrets);
  return secrets;
}

export function saveSecrets(data: string, secrets: Secrets): void {
  writePrivate(secretsFile(data), `${JSON.stringify(secrets, null, 2)}\n`);
}

export function secretsFile(data: string): string {
  return path.join(data, 'secrets.json');
}

/** Writes a file that only this user reads, whole or not at all. */
export function writePrivate(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Four groups of five that are easy to type: 20 of 31 letters and digits, 99 bits. */
function readablePassword(): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789';
  const group = () => Array.from({ length: 5 }, () => letters[randomInt(letters.length)]).join('');
  return [group(), group(), group(), group()].join('-');
}

/**
 * The embedded servers' ports: those of the last start, else the usual ones, else the next
 * free ones. Kept, so that a publisher's configuration stays right.
 */
export async function choosePorts(data: string, keepClearOf: number): Promise<Ports> {
  const file = path.join(data, 'ports.json');
  const kept = readJson<Partial<Ports>>(file);
  const nats = await freeFrom(kept?.nats ?? PREFERRED.nats, [keepClearOf]);
  const engine = await freeFrom(kept?.engine ?? PREFERRED.engine, [keepClearOf, nats]);
  const listener = await freeFrom(kept?.listener ?? PREFERRED.listener, [keepClearOf, nats, engine]);
  writePrivate(file, `${JSON.stringify({ nats, engine, listener })}\n`);
  return { nats, engine, listener };
}

async function freeFrom(first: number, not: readonly number[]): Promise<number> {
  for (let port = first; port < first + PORTS_TRIED && port <= 65535; port += 1) {
    if (!not.includes(port) && (await portState(port)) === 'free') return port;
  }
  throw new Refusal(`No port from ${first} to ${first + PORTS_TRIED - 1} is free on 127.0.0.1: stop what uses them, or set NATS_URL and CLICKHOUSE_URL to servers of yours.`);
}

function readJson<T>(file: string): T | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new Refusal(`${file} can't be read as JSON: put its backup back, or remove it to have a new one made.`);
  }
}
