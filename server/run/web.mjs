// The web process alone, for a server installation: `npm run web`. Settings come from the
// environment (and from a running `npm start`, where there is one).
import { spawn } from 'node:child_process';
import { ROOT } from './env.mjs';
import { Refusal, exitWithLine } from './say.mjs';
import { checkClickHouse, checkPagePort, readSettings } from './settings.mjs';
import { ensureBuild, nextProgram } from './setup.mjs';

const LOOPBACK = ['127.0.0.1', 'localhost', '::1'];
const host = process.env.HOST || '127.0.0.1';

try {
  const { port, clickhouse } = readSettings(process.env);
  if (!clickhouse) {
    throw new Refusal('CLICKHOUSE_URL is not set and no `npm start` runs on this data folder: set CLICKHOUSE_URL, CLICKHOUSE_USER and CLICKHOUSE_PASSWORD to your ClickHouse server.');
  }
  if (!process.env.NEXTAUTH_SECRET) {
    throw new Refusal('NEXTAUTH_SECRET is not set: it signs the sessions; make one with `openssl rand -base64 32` and give every web process the same.');
  }
  if (!process.env.NEXTAUTH_URL && !LOOPBACK.includes(host)) {
    throw new Refusal('NEXTAUTH_URL is not set: set it to the address at which people open the pages, for example https://throughline.example.');
  }
  await checkPagePort(port, host);
  await checkClickHouse(clickhouse);
  await ensureBuild();
  serve(port);
} catch (error) {
  exitWithLine(error);
}

/** @param {number} port */
function serve(port) {
  const child = spawn(process.execPath, [nextProgram(), 'start', '-H', host, '-p', String(port)], {
    cwd: ROOT,
    stdio: 'inherit',
    env: {
      ...process.env,
      NODE_ENV: 'production',
      NEXTAUTH_URL: process.env.NEXTAUTH_URL || `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    },
  });
  let asked = false;
  for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGTERM', 'SIGINT', 'SIGHUP'])) {
    process.on(signal, () => {
      asked = true;
      child.kill(signal);
    });
  }
  child.on('error', exitWithLine);
  child.on('exit', (code) => process.exit(asked ? 0 : (code ?? 1)));
}
