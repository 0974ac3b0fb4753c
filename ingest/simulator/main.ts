import { createWriteStream, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connectNats, ensureStreams, streamSettings } from '../contract/stream';
import { readCommand, USAGE, type Command } from './command';
import { cursorFile, readCursor, writeCursor, type Cursor } from './cursor';
import { simulationOptions } from './options';
import type { SimMessage } from './outbox';
import { SimPublisher } from './publisher';
import { createSimulation, type Simulation } from './simulation';
import { playTargets } from './targets';
import type { Truth } from './truth';
import { DAY, HOUR } from './zone';

const SAVE_EVERY = 4_000;
const SAVE_EVERY_MS = 1_000;
const SAY_EVERY_MS = 5_000;
const CATCH_UP_MS = 7 * DAY;
/** What is under way when the process is told to stop may still arrive. */
const GRACE_MS = 4_000;

const say = (line: string) => process.stdout.write(`${line}\n`);
const stopping = new AbortController();

function writeTruth(truth: Truth | undefined, file: string | undefined, asOf: number): void {
  if (!truth || file === undefined) return;
  let text = '';
  for (const record of truth.records(asOf)) text += `${JSON.stringify(record)}\n`;
  writeFileSync(file, text, { mode: 0o600 });
}

/** A message as a line of JSON: the event as it is, or the bytes that no one can read. */
function asLine(message: SimMessage): string {
  const body = typeof message.body === 'string' ? message.body : Buffer.from(message.body).toString('base64');
  const encoding = typeof message.body === 'string' ? 'utf-8' : 'base64';
  return JSON.stringify({ publishAt: new Date(message.publishAt).toISOString(), subject: message.subject, headers: message.headers, body, encoding });
}

async function dryRun(command: Command): Promise<void> {
  const simulation = createSimulation(optionsOf(command, command.until, undefined));
  const out = command.out === undefined ? process.stdout : createWriteStream(command.out, { mode: 0o600 });
  let count = 0;
  for (const message of simulation.messages()) {
    if (stopping.signal.aborted) break;
    count++;
    if (!out.write(`${asLine(message)}\n`)) await once(out, 'drain');
  }
  if (out !== process.stdout) await new Promise<void>((resolve) => out.end(() => resolve()));
  writeTruth(simulation.truth, command.truth, simulation.options.to);
  process.stderr.write(`${count} messages\n`);
}

function optionsOf(command: Command, until: number | undefined, to: number | undefined) {
  const { seed, days, facilities, volume, rates } = command;
  return simulationOptions({ seed, days, facilities, volume, rates, truth: command.truth !== undefined, ...(until === undefined ? {} : { until }), ...(to === undefined ? {} : { to }) });
}

async function run(command: Command): Promise<void> {
  const nats = await connectNats('simulator').catch((problem: unknown) => {
    const why = problem instanceof Error ? problem.message : String(problem);
    throw new Error(process.env.NATS_URL ? `NATS can't be reached at ${process.env.NATS_URL.replace(/\/\/[^/@]*@/, '//…@')} (${why}): run \`npm start\` first, or correct NATS_URL` : why);
  });
  const settings = streamSettings();
  await ensureStreams(nats, settings);
  const manager = await jetstreamManager(nats);
  const publisher = new SimPublisher(nats, say);
  stopping.signal.addEventListener('abort', () => setTimeout(() => publisher.stop(), GRACE_MS).unref());
  try {
    const { state, created } = await manager.streams.info(settings.stream);
    const folder = process.env.THROUGHLINE_DATA || path.join(process.cwd(), 'data');
    const file = cursorFile(folder, `${settings.stream} ${created}`, command, command.until);
    const known = command.afresh || state.last_seq === 0 ? undefined : readCursor(file);
    // A network that runs faster than time needs room to run in.
    const fallback = command.speed > 1 ? Math.floor(Date.now() / HOUR) * HOUR - CATCH_UP_MS : undefined;
    const { until } = optionsOf(command, known?.until ?? command.until ?? fallback, undefined);
    const simulation = createSimulation(optionsOf(command, until, command.live ? Infinity : until));
    const clock = new VirtualClock(known?.virtual ?? until, command.speed);
    const targets = command.live ? playTargets(nats, command.seed, () => clock.now, (message) => publisher.send(message)) : undefined;
    await publishAll(simulation, publisher, clock, command, file, known);
    void targets;
  } finally {
    await nats.close();
  }
}

/** Virtual time: the clock's own, or faster until it has caught up. */
class VirtualClock {
  private readonly since = Date.now();
  constructor(
    private readonly start: number,
    private readonly speed: number,
  ) {}

  get now(): number {
    return this.speed === 1 ? Date.now() : Math.min(Date.now(), this.start + (Date.now() - this.since) * this.speed);
  }

  /** Milliseconds of the real clock until a virtual instant; 0 where it has come. */
  wait(instant: number): number {
    const { now } = this;
    if (instant <= now) return 0;
    return Math.max(5, (instant - now) / this.speed);
  }
}

async function publishAll(simulation: Simulation, publisher: SimPublisher, clock: VirtualClock, command: Command, file: string, known: Cursor | undefined): Promise<void> {
  const { until } = simulation.options;
  const began = Date.now();
  let count = 0;
  let saved = known?.published ?? 0;
  let savedAt = Date.now();
  let saidAt = Date.now();
  let told = false;
  let reached = known?.virtual ?? simulation.options.until;
  const save = async () => {
    await publisher.drain();
    if (publisher.gaveUp) return;
    writeCursor(file, { until, published: count, virtual: reached });
    saved = count;
    savedAt = Date.now();
  };
  say(known ? `simulator: goes on after ${known.published} messages, ${new Date(known.virtual).toISOString()}` : `simulator: ${command.days} days of history up to ${new Date(until).toISOString()}`);
  for (const message of simulation.messages()) {
    if (stopping.signal.aborted) break;
    if (message.publishAt > until) {
      if (!told) {
        told = true;
        await save();
        writeTruth(simulation.truth, command.truth, until);
        say(`simulator: history published, ${count} messages in ${((Date.now() - began) / 1000).toFixed(1)} s; live now`);
      }
      for (let wait = clock.wait(message.publishAt); wait > 0 && !stopping.signal.aborted; wait = clock.wait(message.publishAt)) {
        if (count > saved) await save();
        await sleep(Math.min(wait, 60_000), undefined, { signal: stopping.signal }).catch(() => undefined);
      }
      if (stopping.signal.aborted) break;
    }
    count++;
    if (known && count <= known.published) continue;
    reached = Math.max(message.publishAt, known?.virtual ?? 0);
    const full = publisher.send(message);
    if (full) await full;
    const sent = count - (known?.published ?? 0);
    if (command.publishRate !== undefined && message.publishAt <= until) {
      const ahead = (sent / command.publishRate) * 1000 - (Date.now() - began);
      if (ahead > 5) await sleep(ahead, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    if (count - saved >= SAVE_EVERY || (message.publishAt > until && Date.now() - savedAt > SAVE_EVERY_MS)) await save();
    if (Date.now() - saidAt > SAY_EVERY_MS && message.publishAt <= until) {
      saidAt = Date.now();
      say(`simulator: ${count} messages, ${new Date(message.publishAt).toISOString().slice(0, 16)}`);
    }
  }
  await save();
  writeTruth(simulation.truth, command.truth, Math.max(until, reached));
  say(`simulator: ${stopping.signal.aborted ? 'stopped' : 'done'} after ${count} messages (${((Date.now() - began) / 1000).toFixed(1)} s)`);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());
process.stdout.on('error', () => stopping.abort());

try {
  const command = readCommand(process.argv.slice(2), Date.now());
  if (command === 'help') say(USAGE);
  else if (command.dryRun) await dryRun(command);
  else await run(command);
} catch (problem) {
  process.stderr.write(`Error: ${problem instanceof Error ? problem.message : String(problem)}\n`);
  process.exitCode = 1;
}
