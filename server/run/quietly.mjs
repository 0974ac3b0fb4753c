// Runs a tool whose output matters only when it fails.
import { spawn } from 'node:child_process';
import { Refusal } from './say.mjs';

const KEPT_BYTES = 60_000;
const SHOWN_LINES = 60;

/**
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined>, failure: string }} options
 *   `failure` is the line that the person reads when it fails, after the tool's own last lines
 * @returns {Promise<string>} what the tool wrote (its end, when that is much)
 */
export function runQuietly(command, args, { cwd, env, failure }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    /** @param {Buffer} chunk */
    const keep = (chunk) => {
      output = (output + chunk.toString('utf8')).slice(-KEPT_BYTES);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);

    // The tool must not outlive a set-up that somebody stopped.
    /** @param {NodeJS.Signals} signal */
    const stop = (signal) => {
      child.kill(signal);
      process.stdout.write('\n');
      process.exit(130);
    };
    const signals = /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
    for (const signal of signals) process.on(signal, stop);
    const done = () => {
      for (const signal of signals) process.removeListener(signal, stop);
    };

    child.on('error', (error) => {
      done();
      reject(new Refusal(`${failure} (${command}: ${error.message})`));
    });
    child.on('close', (code) => {
      done();
      if (code === 0) return resolve(output);
      process.stderr.write(`\n${output.trimEnd().split('\n').slice(-SHOWN_LINES).join('\n')}\n`);
      reject(new Refusal(failure));
    });
  });
}
