// Runs every process of the product, each on its own: starts them in the order of their needs,
// starts one again when it ends, and stops them all in reverse order.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { formatEnvText, ROOT, runtimeEnvFile } from './env.mjs';
import { Guard } from './guard';
import { choosePorts, loadSecrets, type Ports, saveSecrets, type Secrets, writePrivate } from './keepsakes';
import { tell } from './logs';
import { SupervisedProcess } from './process';
import { ADMIN_EMAIL, ADMINISTRATOR, pageAddress, processPlans, settingsInForce } from './processes';
import { oneLine } from './say.mjs';
import type { Settings } from './settings.mjs';

/** What start.mjs holds for the data folder. */
export interface DataFolderLock {
  nameGuard(pid: number): void;
  release(): void;
}

/** Runs until a signal ends it; the process exits then. */
export async function supervise(settings: Settings, lock: DataFolderLock): Promise<void> {
  const since = Date.now();
  const secrets = loadSecrets(settings.data);
  const ports = await choosePorts(settings.data, settings.port);
  const inForce = settingsInForce(settings, process.env, secrets, ports);
  const runtimeEnv = runtimeEnvFile(settings.data);
  writePrivate(runtimeEnv, `# Settings in force while Throughline runs.\n${formatEnvText(inForce)}`);
  if (!settings.nats) writePrivate(publisherPasswordFile(settings), `${secrets.publisherPassword}\n`);

  const guard = new Guard((pid) => lock.nameGuard(pid));
  const around = {
    logs: path.join(settings.data, 'logs'),
    began: (group: number) => guard.began(group),
    ended: (group: number) => guard.ended(group),
  };
  const processes = processPlans(settings, inForce, secrets, ports, process.env).map(
    (plan) => new SupervisedProcess(plan, around),
  );

  let ending: Promise<never> | undefined;
  const end = (code: number): Promise<never> => {
    ending ??= (async () => {
      await stopInReverse(processes);
      guard.close();
      rmSync(runtimeEnv, { force: true });
      lock.release();
      process.exit(code);
    })();
    return ending;
  };
  stopOnSignals(processes, end);

  try {
    await startInOrder(processes);
    if (ending) return await ending;
    const made = processes.some((each) => each.plan.name === ADMINISTRATOR && each.lastLine === 'made');
    announce(settings, made ? secrets : { ...secrets, adminPassword: undefined }, ports, since);
    if (secrets.adminPassword) saveSecrets(settings.data, { ...secrets, adminPassword: undefined });
  } catch (error) {
    if (ending) return ending;
    process.stderr.write(`${oneLine(error)}\n`);
    return end(1);
  }
}

/** Starts each process when those it comes after are ready; resolves when all are. */
async function startInOrder(processes: readonly SupervisedProcess[]): Promise<void> {
  const started = new Map<string, Promise<void>>();
  for (const each of processes) {
    const before = each.plan.after.map((name) => started.get(name)).filter((one) => one !== undefined);
    started.set(each.plan.name, startAfter(each, before));
  }
  await Promise.all(started.values());
}

async function startAfter(each: SupervisedProcess, before: Promise<void>[]): Promise<void> {
  await Promise.all(before);
  const { name, once, ready, file } = each.plan;
  if (!each.present) {
    tell(name, `is left out: there is no ${path.relative(ROOT, file)}`);
    return;
  }
  const since = Date.now();
  if (once) await each.runOnce();
  else await each.start();
  if (each.isStopping) return;
  const seconds = ((Date.now() - since) / 1000).toFixed(1);
  tell(name, once ? `done after ${seconds} s` : `${ready ? `ready after ${seconds} s` : 'started'} (process ${each.pid})`);
}

/** A process ends before those that it needs; those that don't need each other end together. */
async function stopInReverse(processes: readonly SupervisedProcess[]): Promise<void> {
  const stopped = new Map<string, Promise<void>>();
  for (const each of [...processes].reverse()) {
    const dependants = processes
      .filter((other) => other.plan.after.includes(each.plan.name))
      .map((other) => stopped.get(other.plan.name));
    each.expectEnd();
    stopped.set(each.plan.name, Promise.all(dependants).then(() => each.stop()));
  }
  await Promise.all(stopped.values());
}

function stopOnSignals(processes: readonly SupervisedProcess[], end: (code: number) => Promise<never>): void {
  let asked = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    asked += 1;
    if (asked === 1) {
      process.stdout.write(`${signal === 'SIGINT' && process.stdout.isTTY ? '\n' : ''}Stopping …\n`);
      void end(0).catch(() => process.exit(1));
    } else if (signal === 'SIGINT') {
      for (const each of processes) each.kill();
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  // The terminal may go away before the processes do.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  process.on('uncaughtException', (error) => {
    process.stderr.write(`The supervisor failed and stops everything: ${error.stack ?? oneLine(error)}\n`);
    void end(1).catch(() => process.exit(1));
  });
}

function publisherPasswordFile(settings: Settings): string {
  return path.join(settings.data, 'publisher.password');
}

function announce(settings: Settings, secrets: Secrets, ports: Ports, since: number): void {
  const shown = (file: string) => {
    const relative = path.relative(ROOT, file);
    return relative.startsWith('..') ? file : relative;
  };
  const lines = ['', `Throughline is at ${pageAddress(settings)}  (up after ${((Date.now() - since) / 1000).toFixed(1)} s)`];
  if (settings.simulated) {
    lines.push('  Data      a simulated hospital network; set NATS_URL to read a stream of yours instead');
    lines.push('  Sign in   one click per role on the sign-in page');
  }
  const email = process.env.THROUGHLINE_ADMIN_EMAIL || ADMIN_EMAIL;
  if (secrets.adminPassword && !process.env.THROUGHLINE_ADMIN_PASSWORD) {
    lines.push(`  ${settings.simulated ? 'or       ' : 'Sign in  '} ${email} with the password ${secrets.adminPassword}  (shown this once: keep it)`);
  } else {
    lines.push(`  ${settings.simulated ? 'or       ' : 'Sign in  '} ${email} with the password of the first start, or as any person added since`);
  }
  if (!settings.nats) {
    lines.push(`  Publish   to nats://127.0.0.1:${ports.nats}, subjects events.>, user publisher, password in ${shown(publisherPasswordFile(settings))}`);
  }
  lines.push(`  Logs      ${shown(path.join(settings.data, 'logs'))}`, '  Ctrl-C stops everything.', '');
  process.stdout.write(`${lines.join('\n')}\n`);
}
