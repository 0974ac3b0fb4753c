// node server/run/exec.mjs <file.ts> [arguments…]
//
// Runs one of the product's programs beside a running `npm start`: what is not set in the
// environment comes from the data folder's runtime.env. Signals and exit code pass through.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ROOT, withRuntimeEnv } from './env.mjs';
import { checkNode, ensureNodePackages } from './setup.mjs';
import { programArguments } from './program.mjs';
import { exitWithLine } from './say.mjs';

const [file, ...rest] = process.argv.slice(2);
if (!file) {
  console.error('Usage: node server/run/exec.mjs <file> [arguments…]');
  process.exit(1);
}

try {
  checkNode();
  await ensureNodePackages();
  const program = path.resolve(ROOT, file);
  if (!existsSync(program)) throw new Error(`There is no ${file} here.`);
  run(program);
} catch (error) {
  exitWithLine(error);
}

/** @param {string} program absolute path */
function run(program) {
  const child = spawn(process.execPath, [...programArguments(program), ...rest], {
    stdio: 'inherit',
    env: { ...withRuntimeEnv(), NEXT_TELEMETRY_DISABLED: '1' },
  });
  // A terminal sends Ctrl-C to the child as well; only signals that came to this process
  // alone need passing on, and a second copy does no harm.
  for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGUSR2'])) {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('error', exitWithLine);
  child.on('exit', (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else {
      process.exit(code ?? 1);
    }
  });
}
