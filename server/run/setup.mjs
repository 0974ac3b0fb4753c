// Set-up of a fresh machine: Node's version, the Node packages, the Debian packages and the
// built pages. Plain JavaScript without packages: it runs before node_modules exist.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './env.mjs';
import { runQuietly } from './quietly.mjs';
import { Refusal, withProgress } from './say.mjs';

const OLDEST_NODE = [20, 19];

/** @param {string} version for example "20.19.0" */
export function checkNode(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [needMajor = 0, needMinor = 0] = OLDEST_NODE;
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return;
  throw new Refusal(
    `Throughline needs Node ${OLDEST_NODE.join('.')} or newer and this is Node ${version}: install Node 20 and run the command again.`,
  );
}

/**
 * Installs the Node packages of package-lock.json into the clone when they are missing or not
 * the ones that the lock file names.
 * @param {string} root
 */
export async function ensureNodePackages(root = ROOT) {
  const lockFile = path.join(root, 'package-lock.json');
  const stampFile = path.join(root, 'node_modules', '.throughline-stamp');
  const lockText = readFileSync(lockFile);
  const stamp = `${createHash('sha256').update(lockText).digest('hex')} ${process.platform}-${process.arch}\n`;
  if (readIfThere(stampFile) === stamp) return;
  if (!installedAsLocked(root, lockText.toString('utf8'))) {
    const npm = process.env.npm_execpath?.endsWith('.js')
      ? { command: process.execPath, first: [process.env.npm_execpath] }
      : { command: 'npm', first: [] };
    // error level: a transitive package asks for a newer Node than it needs, and npm's warning
    // about it would be the first thing that a newcomer reads.
    const quiet = ['--no-fund', '--no-audit', '--loglevel=error', '--include=dev', '--include=optional'];
    await withProgress('Installing Node packages into node_modules (from package-lock.json)', () =>
      runQuietly(npm.command, [...npm.first, 'ci', ...quiet], {
        cwd: root,
        failure: 'Installing the Node packages failed. Check the network or the npm registry setting, then run the command again.',
      }),
    );
  }
  writeFileSync(stampFile, stamp);
}

/**
 * Whether node_modules was filled from this very lock file by npm itself, according to the
 * list that npm leaves there as its last step.
 * @param {string} root
 * @param {string} lockText
 */
function installedAsLocked(root, lockText) {
  const installedText = readIfThere(path.join(root, 'node_modules', '.package-lock.json'));
  if (!installedText) return false;
  try {
    /** @type {Record<string, { version?: string, optional?: boolean }>} */
    const locked = JSON.parse(lockText).packages;
    /** @type {Record<string, { version?: string }>} */
    const installed = JSON.parse(installedText).packages;
    return Object.entries(locked).every(
      ([name, entry]) =>
        name === '' ||
        installed[name]?.version === entry.version ||
        // Packages for other platforms are in the lock file only.
        (entry.optional && !installed[name]),
    );
  } catch {
    return false;
  }
}

// What the built pages are made of.
const BUILD_SOURCES = [
  'app',
  'server',
  'clickhouse',
  'ingest/contract',
  'public',
  'instrumentation.ts',
  'proxy.ts',
  'next.config.js',
  'tsconfig.json',
  'package-lock.json',
];
const NOT_IN_PAGES = new Set([path.join('server', 'run'), path.join('clickhouse', 'engine')]);

/** The folder that `next build` writes to. */
export function buildFolder(env = process.env) {
  return path.join(ROOT, env.NEXT_DIST_DIR || '.next');
}

/**
 * Builds the pages when their sources changed since the last build.
 * @param {Record<string, string | undefined>} env
 * @returns {Promise<boolean>} whether it built
 */
export async function ensureBuild(env = process.env) {
  const stampFile = path.join(buildFolder(env), 'throughline-stamp');
  const stamp = sourceStamp();
  const stampBefore = readIfThere(stampFile);
  if (stampBefore === stamp) return false;
  const what = stampBefore
    ? 'Building the pages again, because their sources changed'
    : 'Building the pages (once; the next start is quick)';
  await withProgress(what, () =>
    runQuietly(process.execPath, [nextProgram(), 'build'], {
      cwd: ROOT,
      env: { ...env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
      failure: 'Building the pages failed; what the build said is above.',
    }),
  );
  writeFileSync(stampFile, stamp);
  return true;
}

export function nextProgram() {
  return path.join(ROOT, 'node_modules', 'next', 'dist', 'bin', 'next');
}

/** A digest over the names and contents of everything that the pages are built from. */
function sourceStamp() {
  const digest = createHash('sha256');
  /** @param {string} name relative to the root */
  const add = (name) => {
    if (NOT_IN_PAGES.has(name)) return;
    const full = path.join(ROOT, name);
    if (!existsSync(full)) return;
    let entries;
    try {
      entries = readdirSync(full).sort();
    } catch {
      digest.update(`${name}\0`).update(readFileSync(full)).update('\0');
      return;
    }
    for (const entry of entries) add(path.join(name, entry));
  };
  for (const source of BUILD_SOURCES) add(path.normalize(source));
  return `${digest.digest('hex')}\n`;
}

/** @param {string} file */
function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
