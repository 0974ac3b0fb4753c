import type { BenchOptions } from './args';
import { load, round } from './load';
import { endProcess, holdTo, LISTENER_NODE, startProcess } from './processes';
import { startRig } from './rig';

const HALF = 0.5;
const LEAST_GAIN = 1.3;

/**
 * What further listeners bring on one durable consumer: `events` are taken by one listener that is held to half a core,
 * then as many again by it and further ones, each held alike.
 */
export async function benchListeners({ events, seed, listeners }: BenchOptions): Promise<Record<string, unknown>> {
  const rig = await startRig();
  const messages = load(events * 2, seed);
  let stored = 0;
  let held = true;
  const rates: number[] = [];
  for (const count of [1, listeners]) {
    const from = stored;
    ({ stored } = await rig.publish(messages, events));
    const started = Array.from({ length: count }, () => startProcess('ingest/listener/main.ts', rig.env, LISTENER_NODE));
    const release = started.map(({ pid = 0 }) => holdTo(pid, HALF));
    held &&= release.every(Boolean);
    const { began, ended } = await rig.consumed(from, stored);
    rates.push((stored - from) / ((ended - began) / 1000));
    console.error(`${count} listener${count > 1 ? 's' : ''}: ${Math.round(rates.at(-1) ?? 0)} events/s`);
    await Promise.all(started.map(endProcess));
    for (const undo of release) undo?.();
  }
  await rig.stop();
  const [one = NaN, several = NaN] = rates;
  return {
    bench: 'ingest', listeners, heldToCores: held ? HALF : 'this machine has no control groups to hold a process by', events: stored,
    oneEventsPerSecond: Math.round(one), eventsPerSecond: Math.round(several), gain: round(several / one, 2), bars: { gain: several / one >= LEAST_GAIN },
  };
}
