// Where this clone keeps its data, and the settings that the supervisor hands to everything
// else. Plain JavaScript without packages: it is read before node_modules exist.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone's root folder. */
export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/**
 * The folder of logs, stores and secrets: THROUGHLINE_DATA, or `data` in the clone.
 * @param {Record<string, string | undefined>} env
 * @returns {string} absolute path
 */
export function dataFolder(env = process.env) {
  return path.resolve(ROOT, env.THROUGHLINE_DATA || 'data');
}

/** @param {string} data the data folder */
export function runtimeEnvFile(data) {
  return path.join(data, 'runtime.env');
}

// Settings that only mean something together. When the first is set by hand, the others are
// never filled in: the embedded server's password must not travel to somebody else's server.
const TOGETHER = [
  ['CLICKHOUSE_URL', 'CLICKHOUSE_USER', 'CLICKHOUSE_PASSWORD', 'CLICKHOUSE_DATABASE'],
  [
    'NATS_URL',
    'NATS_USER',
    'NATS_PASSWORD',
    'NATS_TOKEN',
    'NATS_CREDS',
    'NATS_STREAM',
    'NATS_FILTER',
    'NATS_DURABLE',
    'THROUGHLINE_SIMULATED',
  ],
  ['PORT', 'NEXTAUTH_URL'],
];

/**
 * KEY=VALUE lines; a value is a JSON string where it holds anything but plain characters.
 * @param {string} text
 * @returns {Record<string, string>}
 */
export function parseEnvText(text) {
  /** @type {Record<string, string>} */
  const values = {};
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    if (at <= 0 || line.startsWith('#')) continue;
    const raw = line.slice(at + 1);
    try {
      values[line.slice(0, at)] = raw.startsWith('"') ? JSON.parse(raw) : raw;
    } catch {
      // A line that was cut short is as good as absent.
    }
  }
  return values;
}

/**
 * @param {Record<string, string | undefined>} values
 * @returns {string}
 */
export function formatEnvText(values) {
  return Object.entries(values)
    .filter((entry) => entry[1] !== undefined)
    .map(([key, value]) => {
      const plain = /^[\w.,:/@%+=~-]*$/.test(String(value));
      return `${key}=${plain ? value : JSON.stringify(value)}\n`;
    })
    .join('');
}

/**
 * `env` with what is unset filled from the runtime.env of a running `npm start`.
 * @param {Record<string, string | undefined>} env
 * @returns {Record<string, string | undefined>} a new object
 */
export function withRuntimeEnv(env = process.env) {
  const data = dataFolder(env);
  const filled = { ...env, THROUGHLINE_DATA: data };
  const file = runtimeEnvFile(data);
  if (!existsSync(file)) return filled;
  const runtime = parseEnvText(readFileSync(file, 'utf8'));
  const blocked = new Set(TOGETHER.filter(([lead]) => lead && env[lead]).flat());
  for (const [key, value] of Object.entries(runtime)) {
    if (!filled[key] && !blocked.has(key)) filled[key] = value;
  }
  return filled;
}
