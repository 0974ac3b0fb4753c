// One `npm start` per data folder. The lock file names the process that holds it; a process
// that died without a goodbye holds nothing.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Refusal } from './say.mjs';

/**
 * @typedef {object} Holder
 * @property {string} supervisor identity of the supervisor
 * @property {string} [guard] identity of the process that clears up after it
 */

/** After a killed supervisor its guard ends the other processes; that takes a few seconds. */
const GUARD_MS = 20_000;

/**
 * @param {string} data the data folder
 * @returns {Promise<{ nameGuard(pid: number): void, release(): void }>}
 */
export async function lockDataFolder(data) {
  const file = path.join(data, 'supervisor.lock');
  const mine = identity(process.pid) ?? String(process.pid);
  for (;;) {
    try {
      writeFileSync(file, JSON.stringify({ supervisor: mine }), { flag: 'wx', mode: 0o600 });
      break;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const holder = readHolder(file);
    if (holder && isAlive(holder.supervisor)) {
      const pid = holder.supervisor.split(' ')[0];
      throw new Refusal(`Throughline already runs on the data folder ${data} (process ${pid}): stop it first, or set THROUGHLINE_DATA to another folder.`);
    }
    if (holder?.guard) await gone(holder.guard);
    rmSync(file, { force: true });
  }
  const release = () => {
    if (readHolder(file)?.supervisor === mine) rmSync(file, { force: true });
  };
  process.once('exit', release);
  return {
    nameGuard(pid) {
      writeFileSync(file, JSON.stringify({ supervisor: mine, guard: identity(pid) }), { mode: 0o600 });
    },
    release,
  };
}

/** @param {string} file @returns {Holder | undefined} */
function readHolder(file) {
  try {
    const holder = JSON.parse(readFileSync(file, 'utf8'));
    return typeof holder?.supervisor === 'string' ? holder : undefined;
  } catch {
    return undefined;
  }
}

/** @param {string} guard */
async function gone(guard) {
  const until = Date.now() + GUARD_MS;
  if (isAlive(guard)) console.log('Waiting for the processes of an earlier start to end …');
  while (isAlive(guard) && Date.now() < until) await delay(100);
}

/**
 * A process id and when it began: ids are used again, above all in containers.
 * @param {number} pid
 * @returns {string | undefined} undefined when there is no such process
 */
function identity(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return undefined;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return undefined;
    return `${pid} ${fields[19]}`;
  } catch {
    return String(pid);
  }
}

/** @param {string} who */
function isAlive(who) {
  return identity(Number(who.split(' ')[0])) === who;
}
