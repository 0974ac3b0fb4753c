// What the two commands say on the terminal: short lines, progress with elapsed time, and
// errors of one line.

/** An error that a person can act on: shown as its one line, without a stack trace. */
export class Refusal extends Error {}

/**
 * Ends the process with one line and exit code 1.
 * @param {unknown} error
 * @returns {never}
 */
export function exitWithLine(error) {
  process.stderr.write(`${oneLine(error)}\n`);
  process.exit(1);
}

/**
 * @param {unknown} error
 * @returns {string} the message, on one line
 */
export function oneLine(error) {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.replace(/\s*\n\s*/g, ' ').trim();
}

/** @param {number} since Date.now() at the beginning */
export function elapsed(since) {
  const seconds = (Date.now() - since) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/**
 * Shows that `work` is going on and how long it takes: one moving line on a terminal, a line
 * now and then elsewhere.
 * @template T
 * @param {string} what for example "Building the pages"
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withProgress(what, work) {
  const since = Date.now();
  const moving = Boolean(process.stdout.isTTY);
  const show = () =>
    process.stdout.write(moving ? `\r\x1b[2K${what} … ${elapsed(since)}` : `${what} … ${elapsed(since)}\n`);
  process.stdout.write(moving ? `${what} …` : `${what} …\n`);
  const timer = setInterval(show, moving ? 500 : 20_000);
  let ending = 'done';
  try {
    return await work();
  } catch (error) {
    ending = 'failed';
    throw error;
  } finally {
    clearInterval(timer);
    process.stdout.write(`${moving ? '\r\x1b[2K' : ''}${what}: ${ending} after ${elapsed(since)}\n`);
  }
}
