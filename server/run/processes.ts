// What runs, in which order, with which settings.
import { connect as connectSocket } from 'node:net';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { findCommand } from './debian.mjs';
import { ROOT } from './env.mjs';
import type { Ports, Secrets } from './keepsakes';
import { natsConfig, natsServerVersion } from './nats-config';
import type { ProcessPlan } from './process';
import { programArguments } from './program.mjs';
import type { Settings } from './settings.mjs';
import { nextProgram } from './setup.mjs';

export const ADMIN_EMAIL = 'admin@throughline.local';
/** Name of the process that makes the first administrator. */
export const ADMINISTRATOR = 'first-user';

const OWN_SETTING = /^(CLICKHOUSE|NATS|THROUGHLINE|NEXTAUTH|OIDC|ALERT)_/;
const ALIVE_EVERY_MS = 10_000;
/** Wanted by one process for a moment; no file keeps it. */
const NOT_PASSED_ON = new Set(['THROUGHLINE_ADMIN_PASSWORD']);

/** The page's address. */
export function pageAddress(settings: Settings): string {
  return `http://127.0.0.1:${settings.port}`;
}

/** The settings in force: what runtime.env holds and every process is given. */
export function settingsInForce(
  settings: Settings,
  env: NodeJS.ProcessEnv,
  secrets: Secrets,
  ports: Ports,
): Record<string, string | undefined> {
  const { clickhouse, nats } = settings;
  const given = Object.entries(env).filter(([key]) => OWN_SETTING.test(key) && !NOT_PASSED_ON.has(key));
  return {
    ...Object.fromEntries(given),
    CLICKHOUSE_URL: clickhouse?.url ?? `http://127.0.0.1:${ports.engine}`,
    CLICKHOUSE_USER: clickhouse?.user ?? 'throughline',
    CLICKHOUSE_PASSWORD: clickhouse ? clickhouse.password : secrets.enginePassword,
    CLICKHOUSE_DATABASE: settings.database,
    NATS_URL: nats?.url ?? `nats://127.0.0.1:${ports.nats}`,
    NATS_USER: nats ? nats.user : 'throughline',
    NATS_PASSWORD: nats ? nats.password : secrets.natsPassword,
    NATS_TOKEN: nats?.token,
    NATS_CREDS: nats?.creds,
    NATS_STREAM: env.NATS_STREAM || 'EVENTS',
    NATS_DURABLE: env.NATS_DURABLE || 'throughline',
    PORT: String(settings.port),
    THROUGHLINE_DATA: settings.data,
    THROUGHLINE_SIMULATED: settings.simulated ? '1' : '0',
    THROUGHLINE_TOKEN_KEY: env.THROUGHLINE_TOKEN_KEY || secrets.tokenKey,
    THROUGHLINE_TOKEN_KEY_VERSION: env.THROUGHLINE_TOKEN_KEY_VERSION || '1',
    NEXTAUTH_SECRET: env.NEXTAUTH_SECRET || secrets.nextauthSecret,
    NEXTAUTH_URL: env.NEXTAUTH_URL || pageAddress(settings),
  };
}

/** Every process of this start, in the order in which they are started. */
export function processPlans(
  settings: Settings,
  inForce: Record<string, string | undefined>,
  secrets: Secrets,
  ports: Ports,
  base: NodeJS.ProcessEnv,
): ProcessPlan[] {
  const env: NodeJS.ProcessEnv = { ...base, ...inForce, NEXT_TELEMETRY_DISABLED: '1' };
  for (const key of Object.keys(env)) if (env[key] === undefined) delete env[key];
  const program = (name: string, file: string, more: Partial<ProcessPlan> = {}): ProcessPlan => ({
    name,
    after: [],
    command: process.execPath,
    args: programArguments(path.join(ROOT, file)),
    file: path.join(ROOT, file),
    env,
    graceMs: 8000,
    ...more,
  });

  const plans: ProcessPlan[] = [];
  if (!settings.nats) plans.push(natsPlan(settings, secrets, ports));
  if (!settings.clickhouse) {
    plans.push(
      program('engine', 'clickhouse/engine/main.ts', {
        env: {
          ...env,
          ENGINE_PORT: String(ports.engine),
          ENGINE_DATA: path.join(settings.data, 'clickhouse'),
          ENGINE_USER: inForce.CLICKHOUSE_USER,
          ENGINE_PASSWORD: inForce.CLICKHOUSE_PASSWORD,
          ENGINE_PARENT_PID: String(process.pid),
          // As many as the engine has connections; it can't be set once the process runs.
          UV_THREADPOOL_SIZE: '16',
        },
        ready: async () => (await fetch(`http://127.0.0.1:${ports.engine}/ping`, { signal: AbortSignal.timeout(2000) })).ok,
        alive: { answers: () => answersOrStarts(`http://127.0.0.1:${ports.engine}/ping`), everyMs: ALIVE_EVERY_MS },
        graceMs: 15_000,
      }),
    );
  }
  plans.push(
    program('migrate', 'clickhouse/migrate.ts', { after: ['engine'], once: true }),
  );
  // Only until its password has been shown.
  const adminPassword = env.THROUGHLINE_ADMIN_PASSWORD || secrets.adminPassword;
  const admin = { THROUGHLINE_ADMIN_EMAIL: env.THROUGHLINE_ADMIN_EMAIL || ADMIN_EMAIL, THROUGHLINE_ADMIN_PASSWORD: adminPassword };
  if (adminPassword) {
    plans.push(program(ADMINISTRATOR, 'server/run/administrator.ts', { after: ['migrate'], once: true, env: { ...env, ...admin } }));
  }
  // 0 would take a port that nobody here knows of.
  const metricsPort = Number(env.LISTENER_METRICS_PORT || '0') === 0 ? String(ports.listener) : String(env.LISTENER_METRICS_PORT);
  const metricsHost = env.LISTENER_METRICS_HOST && env.LISTENER_METRICS_HOST !== '0.0.0.0' ? env.LISTENER_METRICS_HOST : '127.0.0.1';
  const listenerAddress = `http://${metricsHost}:${metricsPort}`;
  const listens = () => answers(`${listenerAddress}/health/live`);
  plans.push(
    program('listener', 'ingest/listener/main.ts', { after: ['nats', 'migrate'], env: { ...env, ...manyShortLived(env), LISTENER_METRICS_PORT: metricsPort }, ready: listens, alive: { answers: listens, everyMs: ALIVE_EVERY_MS } }),
    webPlan(settings, { ...env, LISTENER_METRICS_URL: listenerAddress }),
    program('keeper', 'server/keeper/main.ts', { after: ['migrate'] }),
    program('alerts', 'server/alerts/main.ts', { after: ['nats', 'migrate'] }),
  );
  if (settings.simulated) {
    const simulator = program('simulator', 'ingest/simulator/main.ts', { after: ['listener', 'web'] });
    // For another network than the default one, in the words of `npm run simulate`.
    const options = (env.THROUGHLINE_SIMULATION ?? '').split(/\s+/).filter((word) => word !== '');
    plans.push({ ...simulator, args: [...simulator.args, ...options] });
  }
  return plans;
}

/** A batch of messages lives as long as its insert: with room for that, node need not copy each of its objects twice. */
function manyShortLived(env: NodeJS.ProcessEnv): { NODE_OPTIONS: string } {
  return { NODE_OPTIONS: `--max-semi-space-size=32 ${env.NODE_OPTIONS ?? ''}`.trim() };
}

async function answers(url: string): Promise<boolean> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5000) });
  await answer.arrayBuffer();
  return answer.ok;
}

/** Also true where nobody listens: it opens a large folder again after it was killed, and that takes as long as it takes. */
async function answersOrStarts(url: string): Promise<boolean> {
  try {
    return await answers(url);
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED';
  }
}

function webPlan(settings: Settings, env: NodeJS.ProcessEnv): ProcessPlan {
  const port = String(settings.port);
  return {
    name: 'web',
    // Needs nothing to start, only to answer; the address is said when all are ready.
    after: [],
    command: process.execPath,
    args: [nextProgram(), settings.dev ? 'dev' : 'start', '-H', '127.0.0.1', '-p', port],
    file: path.join(ROOT, 'app'),
    env: {
      ...env,
      NODE_ENV: settings.dev ? 'development' : 'production',
    },
    ready: async () => {
      const answer = await fetch(`${pageAddress(settings)}/signin`, {
        redirect: 'manual',
        signal: AbortSignal.timeout(settings.dev ? 60_000 : 5000),
      });
      await answer.arrayBuffer();
      return true;
    },
    ...(settings.dev ? {} : { alive: { answers: () => answers(`${pageAddress(settings)}/api/health/live`), everyMs: ALIVE_EVERY_MS } }),
    // An open live page would keep it for as long as the page is open.
    graceMs: 2500,
  };
}

function natsPlan(settings: Settings, secrets: Secrets, ports: Ports): ProcessPlan {
  const file = findCommand('nats-server') ?? 'nats-server';
  const config = path.join(settings.data, 'nats.conf');
  writeFileSync(
    config,
    natsConfig({
      port: ports.nats,
      store: path.join(settings.data, 'nats'),
      password: secrets.natsPassword,
      publisherPassword: secrets.publisherPassword,
      version: natsServerVersion(file),
    }),
    { mode: 0o600 },
  );
  return {
    name: 'nats',
    after: [],
    command: file,
    args: ['-c', config],
    file,
    env: process.env,
    ready: () => greets(ports.nats),
    graceMs: 8000,
  };
}

/** Whether a NATS server greets on this port of 127.0.0.1. */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket({ port, host: '127.0.0.1' });
    const finish = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => finish(false));
    socket.once('error', () => finish(false));
    socket.once('data', (data) => finish(data.toString().startsWith('INFO ')));
  });
}
