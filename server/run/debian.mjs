// The Debian packages that Throughline uses, and how they come onto the machine: said before,
// asked on a terminal, and never with sudo unasked.
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { runQuietly } from './quietly.mjs';
import { Refusal, withProgress } from './say.mjs';

/**
 * @typedef {object} DebianPackage
 * @property {string} name the Debian package
 * @property {string[]} commands any of them on the machine will do
 * @property {string} why what it is for
 * @property {string} [instead] another way, for those who can't install it
 */

/** @type {DebianPackage} */
export const NATS_SERVER = {
  name: 'nats-server',
  commands: ['nats-server'],
  why: 'the message stream (NATS JetStream) that events arrive on',
  instead: 'or set NATS_URL to a NATS server that you have',
};

/** @type {DebianPackage} */
export const CHROMIUM = {
  name: 'chromium',
  commands: ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'],
  why: 'the browser in which the tests look at the pages',
};

// Debian keeps servers in /usr/sbin, which is not on an ordinary user's PATH.
const MORE_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/usr/local/bin', '/usr/bin', '/snap/bin'];

/**
 * @param {string} command
 * @param {Record<string, string | undefined>} env
 * @returns {string | undefined} its full path
 */
export function findCommand(command, env = process.env) {
  const folders = [...(env.PATH ?? '').split(path.delimiter), ...MORE_FOLDERS];
  for (const folder of folders.filter(Boolean)) {
    const file = path.join(folder, command);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/**
 * What may be done on this machine about missing packages.
 * @typedef {object} Situation
 * @property {boolean} root
 * @property {boolean} terminal a person can be asked
 * @property {boolean} apt apt-get is there
 * @property {boolean} sudo sudo is there
 */

/** @returns {Situation} */
function situation() {
  return {
    root: process.getuid?.() === 0,
    terminal: Boolean(process.stdin.isTTY && process.stdout.isTTY),
    apt: findCommand('apt-get') !== undefined,
    sudo: findCommand('sudo') !== undefined,
  };
}

/**
 * @param {Situation} now
 * @returns {'install' | 'ask' | 'ask-sudo' | 'tell'}
 */
export function wayToInstall(now) {
  if (!now.apt) return 'tell';
  if (now.root) return now.terminal ? 'ask' : 'install';
  return now.terminal && now.sudo ? 'ask-sudo' : 'tell';
}

/**
 * Makes sure that each package's command is there; installs what is missing where it may.
 * @param {DebianPackage[]} packages
 * @returns {Promise<void>} rejects with a Refusal that says exactly what to install
 */
export async function ensureDebianPackages(packages) {
  const missing = packages.filter((each) => !each.commands.some((command) => findCommand(command)));
  if (missing.length === 0) return;

  const names = missing.map((each) => each.name).join(' ');
  const now = situation();
  const way = wayToInstall(now);
  const many = missing.length > 1;
  console.log(`${many ? 'Debian packages are' : 'A Debian package is'} missing on this machine:`);
  for (const each of missing) console.log(`  ${each.name} – ${each.why}`);

  if (way === 'tell') throw new Refusal(whatToInstall(missing, now));
  if (way === 'ask' && !(await yes(`Install ${many ? 'them' : 'it'} now with apt-get? (y/N) `))) {
    throw new Refusal(whatToInstall(missing, now));
  }
  if (way === 'ask-sudo') {
    const command = `apt-get update && sudo apt-get install --no-install-recommends ${names}`;
    if (!(await yes(`Run sudo ${command}? (y/N) `))) throw new Refusal(whatToInstall(missing, now));
    await withSudo(['apt-get', 'update']);
    await withSudo(['apt-get', 'install', '-y', '--no-install-recommends', ...names.split(' ')]);
  } else {
    await withProgress(`Installing ${names} with apt-get`, () => install(names.split(' ')));
  }

  const still = missing.filter((each) => !each.commands.some((command) => findCommand(command)));
  if (still.length > 0) throw new Refusal(whatToInstall(still, now));
  if (missing.includes(NATS_SERVER)) mentionService();
}

/** @param {string[]} names */
async function install(names) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const failure = `apt-get could not install ${names.join(' ')}: check the network and the sources of apt, or install by hand, then run the command again.`;
  await runQuietly('apt-get', ['update', '-q'], { env, failure });
  await runQuietly('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...names], { env, failure });
}

/** @param {string[]} command run in the foreground, because sudo asks for the password */
function withSudo(command) {
  return new Promise((resolve, reject) => {
    const child = spawn('sudo', command, { stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(undefined) : reject(new Refusal(`sudo ${command.join(' ')} did not succeed; run it by hand, then start again.`)),
    );
  });
}

/**
 * @param {DebianPackage[]} missing
 * @param {Situation} now
 */
export function whatToInstall(missing, now) {
  const names = missing.map((each) => each.name).join(' ');
  const instead = missing.length === 1 && missing[0]?.instead ? ` (${missing[0].instead})` : '';
  const how = now.apt
    ? `${now.root ? '' : 'sudo '}apt-get install --no-install-recommends ${names}`
    : `install ${names} with this machine's package manager so that ${missing.map((each) => each.commands[0]).join(' and ')} can be run`;
  return `Missing: ${names}. To go on: ${how}${instead}, then run the command again.`;
}

/** @param {string} question */
async function yes(question) {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // Ctrl-C and Ctrl-D are a no.
  const closed = new Promise((resolve) => terminal.once('close', () => resolve('')));
  try {
    const answer = await Promise.race([terminal.question(question), closed]);
    return /^\s*y(es)?\s*$/i.test(String(answer));
  } finally {
    terminal.close();
  }
}

// Debian's package also starts a service of its own where systemd runs. Nothing here uses it.
function mentionService() {
  const active = spawnSync('systemctl', ['is-active', '--quiet', 'nats-server'], { stdio: 'ignore' });
  if (active.status === 0) {
    console.log(
      "Debian has also started a nats-server service of its own on port 4222. Throughline doesn't use it; `systemctl disable --now nats-server` ends it.",
    );
  }
}
