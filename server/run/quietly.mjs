// Runs a tool whose output matters only when it fails.
import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { Refusal } from './say.mjs';

const KEPT_BYTES = 60_000;
// A tool names its trouble first or last; what lies between is seldom needed.
const FIRST_LINES = 12;
const LAST_LINES = 30;

/**
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined>, failure: string }} options
 *   `failure` is the line that the person reads when it fails, after the tool's own last lines
 * @returns {Promise<void>}
 */
export function runQuietly(command, args, { cwd, env, failure }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let beginning = '';
    let ending = '';
    /** @param {Buffer} chunk */
    const keep = (chunk) => {
      if (beginning.length < KEPT_BYTES) beginning += chunk.toString('utf8');
      else ending = (ending + chunk.toString('utf8')).slice(-KEPT_BYTES);
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
      if (code === 0) return resolve();
      process.stderr.write(`\n${inShort(`${beginning}${ending}`)}\n`);
      reject(new Refusal(failure));
    });
  });
}

/** @param {string} output */
function inShort(output) {
  const lines = stripVTControlCharacters(output).trimEnd().split('\n');
  if (lines.length <= FIRST_LINES + LAST_LINES) return lines.join('\n');
  return [...lines.slice(0, FIRST_LINES), '…', ...lines.slice(-LAST_LINES)].join('\n');
}
