// The web process alone, for a server installation: `npm run web`. Settings come from the
// environment (and from a running `npm start`, where there is one).
import { spawn } from 'node:child_process';
import { ensureBuild, nextProgram } from './setup.mjs';
import { ROOT } from './env.mjs';
import { exitWithLine } from './say.mjs';

const host = process.env.HOST || '127.0.0.1';
const port = process.env.PORT || '3000';

try {
  await ensureBuild();
} catch (error) {
  exitWithLine(error);
}

const child = spawn(process.execPath, [nextProgram(), 'start', '-H', host, '-p', port], {
  cwd: ROOT,
  stdio: 'inherit',
  env: { ...process.env, NODE_ENV: 'production', NEXTAUTH_URL: process.env.NEXTAUTH_URL || `http://${host}:${port}` },
});
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', exitWithLine);
child.on('exit', (code, signal) => process.exit(signal ? 0 : (code ?? 1)));
