// `npm test`: sets up what the tests need, runs every check, and ends with the line
// "N passed, N failed". `npm test -- <filter>` runs only the test files whose path contains it.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { CHROMIUM, NATS_SERVER, ensureDebianPackages, findCommand } from '../server/run/debian.mjs';
import { ROOT } from '../server/run/env.mjs';
import { elapsed, exitWithLine } from '../server/run/say.mjs';
import { checkNode, ensureBuild, ensureNodePackages, nextProgram } from '../server/run/setup.mjs';

const filters = process.argv.slice(2);
const began = Date.now();
// A build of its own: the tests must not change the pages under a running `npm start`.
const env = { ...process.env, NEXT_DIST_DIR: '.next-test', NEXT_TELEMETRY_DISABLED: '1' };
// A setting in the developer's shell must not lead the tests to a real server.
for (const key of Object.keys(env)) {
  if (/^(CLICKHOUSE|NATS|OIDC|NEXTAUTH|ENGINE|THROUGHLINE)_|^(PORT|ALERT_WEBHOOK_URL|NODE_ENV)$/.test(key)) {
    delete env[key];
  }
}

let passed = 0;
let failed = 0;
/** What failed, a line each: said again at the end, where a long run is read first. @type {string[]} */
const failures = [];

process.chdir(ROOT);
try {
  checkNode();
  await ensureNodePackages();
  await ensureDebianPackages([NATS_SERVER, CHROMIUM]);
  env.CHROMIUM_PATH = CHROMIUM.commands.map((command) => findCommand(command)).find(Boolean);

  if (filters.length === 0) {
    await check('types', async () => {
      // Next's own generated types are part of what is checked.
      await run(process.execPath, [nextProgram(), 'typegen']);
      await run(process.execPath, [program('typescript/bin/tsc'), '--noEmit']);
    });
    await check('lint', () => run(process.execPath, [program('eslint/bin/eslint.js'), '.']));
    if (existsSync('ingest/contract/generate.ts')) {
      await check('generated documents', () =>
        run(process.execPath, ['server/run/exec.mjs', 'ingest/contract/generate.ts', '--check']),
      );
    }
  }
  await tests('unit');
  const built = await check('build', () => ensureBuild(env));
  // Without pages there is nothing to start or to look at; the build counts as failed already.
  if (built) {
    await tests('integration');
    await tests('e2e');
  }
} catch (error) {
  exitWithLine(error);
}

if (passed + failed === 0) {
  console.log(`No test ran${filters.length > 0 ? ` for ${filters.join(' ')}` : ''}.`);
  failed = 1;
}
for (const line of failures) console.log(`Failed: ${line}`);
console.log(`All of it took ${elapsed(began)}.`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

/** @param {string} name inside node_modules */
function program(name) {
  return path.join(ROOT, 'node_modules', name);
}

/**
 * A check that counts as one failure when it throws and as nothing when it passes, because the
 * last line counts tests. Work that counts its failures itself returns a word about them.
 * @param {string} name
 * @param {() => Promise<unknown>} work
 * @returns {Promise<boolean>} whether it was fine
 */
async function check(name, work) {
  const since = Date.now();
  console.log(`\n── ${name}`);
  try {
    const counted = await work();
    const fine = typeof counted !== 'string';
    console.log(`── ${name}: ${fine ? 'fine' : 'FAILED'} after ${elapsed(since)}${fine ? '' : ` (${counted})`}`);
    return fine;
  } catch (error) {
    failed += 1;
    const why = error instanceof Error ? error.message : String(error);
    failures.push(`${name}: ${why}`);
    console.log(`── ${name}: FAILED after ${elapsed(since)} (${why})`);
    return false;
  }
}

/** @param {'unit' | 'integration' | 'e2e'} project */
async function tests(project) {
  const folder = path.join(ROOT, 'test', project);
  if (!existsSync(folder)) return;
  const results = mkdtempSync(path.join(os.tmpdir(), 'throughline-results-'));
  const file = path.join(results, 'results.json');
  await check(`${project} tests`, async () => {
    const args = ['run', '--project', project, '--passWithNoTests', ...filters];
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    let ended;
    try {
      await run(process.execPath, [program('vitest/vitest.mjs'), ...args, ...reporters]);
    } catch (error) {
      ended = error;
    }
    const counts = readReport(file);
    passed += counts.passed;
    failed += counts.failed;
    failures.push(...counts.failures);
    // A file that can't be loaded, or an error outside any test, is no failed test but fails.
    if (ended && counts.failed === 0) throw ended;
    return counts.failed === 0 ? undefined : `${counts.failed} failed`;
  });
  rmSync(results, { recursive: true, force: true });
}

/**
 * @param {string} file vitest's JSON report
 * @returns {{ passed: number; failed: number; failures: string[] }}
 */
function readReport(file) {
  if (!existsSync(file)) return { passed: 0, failed: 0, failures: [] };
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const lines = [];
  for (const tested of report.testResults) {
    const where = path.relative(ROOT, tested.name);
    const tests = tested.assertionResults.filter((/** @type {{ status: string }} */ test) => test.status === 'failed');
    for (const test of tests) lines.push(`${where} > ${test.fullName}: ${firstLine(test.failureMessages[0])}`);
    // A file that could not be loaded, or whose preparation failed, has no failed test of its own.
    if (tested.status === 'failed' && tests.length === 0) lines.push(`${where}: ${firstLine(tested.message)}`);
  }
  return { passed: Number(report.numPassedTests), failed: Number(report.numFailedTests), failures: lines };
}

/** @param {string | undefined} text */
function firstLine(text) {
  return (text ?? '').split('\n')[0];
}

/**
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<void>} rejects when it ends with another code than 0
 */
function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, env, stdio: 'inherit' });
    /** @param {NodeJS.Signals} signal */
    const stop = (signal) => {
      child.kill(signal);
      process.exit(130);
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      process.removeListener('SIGINT', stop);
      process.removeListener('SIGTERM', stop);
      if (code === 0) resolve();
      else reject(new Error(`it ended with ${signal ?? `code ${code}`}`));
    });
  });
}
