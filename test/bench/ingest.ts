import { availableParallelism, loadavg } from 'node:os';
import type { BenchOptions } from './args';
import { engineAlone, settled } from './bare';
import { load, round } from './load';
import { cpuSeconds, endProcess, LISTENER_NODE, MemoryWatch, startProcess } from './processes';
import { startRig } from './rig';
import { freshness } from './steady';

/** What is asked of two quiet cores. */
const BARS = { ratioToEngine: 0.4, eventsPerSecond: 30_000, meanEventBytes: 700, peakRssMiB: 1_536, freshnessP99Ms: 1_000 } as const;

/**
 * From a full stream to readable: the simulator's true mix waits on JetStream; a listener process of its own takes it
 * through decoding, tokenising, checking, flattening and every view, from the first message that it is given to the
 * last that it acknowledges, which is when the store has it on disk. Beside it, in the same run, the engine alone takes
 * the very same log rows. Then a steady load, for the time from publish to readable.
 */
export async function benchIngest({ events, seed, steady, seconds: steadySeconds }: BenchOptions): Promise<Record<string, unknown>> {
  const [loadBefore = 0] = loadavg();
  const rig = await startRig();
  // A tenth more: what the stream knows already is left out of the steady load.
  const messages = load(events + Math.ceil(steady * steadySeconds * 1.1), seed);
  const { bytes, stored } = await rig.publish(messages, events);
  console.error(`${stored} messages wait on the stream`);

  const profile = process.env.BENCH_PROFILE;
  const listener = startProcess('ingest/listener/main.ts', rig.env, [...LISTENER_NODE, ...(profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : [])]);
  const pids = { listener: listener.pid ?? 0, nats: rig.nats.pid, engine: rig.engine.pid };
  const cpuBefore = { engine: cpuSeconds(pids.engine), nats: cpuSeconds(pids.nats) };
  const watch = new MemoryWatch(pids);
  const { began, ended } = await rig.consumed(0, stored);
  const cpu = { listener: cpuSeconds(pids.listener), engine: cpuSeconds(pids.engine) - cpuBefore.engine, nats: cpuSeconds(pids.nats) - cpuBefore.nats };
  const peaks = watch.stop();
  const taken = (ended - began) / 1000;
  const [log] = await rig.store.select<{ events: number; dead: number }>('SELECT (SELECT count() FROM events) AS events, (SELECT count() FROM dead_letters) AS dead');
  console.error(`${Math.round(stored / taken)} events/s; processor seconds ${JSON.stringify(cpu)}; ${JSON.stringify(log)}`);

  await settled(rig.store);
  const bare = await engineAlone(rig.engine, rig.store, rig.engine.env.CLICKHOUSE_DATABASE);
  console.error(`the engine alone: ${JSON.stringify(bare.byBlock)} rows/s`);
  await settled(rig.store);
  const fresh = steady > 0 ? await freshness(rig.store, rig.publisher, messages, steady, steadySeconds) : {};
  await endProcess(listener);
  await rig.stop();

  const eventsPerSecond = stored / taken;
  const result = {
    bench: 'ingest', events: stored, seconds: round(taken, 2), eventsPerSecond: Math.round(eventsPerSecond), engineEventsPerSecond: bare.rowsPerSecond,
    ratioToEngine: round(eventsPerSecond / bare.rowsPerSecond, 3), engineByBlock: bare.byBlock, peakRssMiB: Math.round(peaks.together ?? 0),
    engineRssMiB: Math.round(peaks.engine ?? 0), meanEventBytes: Math.round(bytes / events), meanRowBytes: bare.rowBytes,
    cpuMicrosPerEvent: { ...Object.fromEntries(Object.entries(cpu).map(([name, used]) => [name, Math.round((used * 1e6) / stored)])), engineAlone: bare.cpuMicros },
    cores: availableParallelism(), loadAverageBefore: round(loadBefore), ...fresh,
  };
  const p99 = 'freshnessP99Ms' in fresh ? fresh.freshnessP99Ms : undefined;
  return {
    ...result,
    bars: {
      ratioToEngine: result.ratioToEngine >= BARS.ratioToEngine, eventsPerSecond: result.eventsPerSecond >= BARS.eventsPerSecond,
      meanEventBytes: result.meanEventBytes >= BARS.meanEventBytes, peakRssMiB: result.peakRssMiB <= BARS.peakRssMiB,
      ...(p99 === undefined ? {} : { freshnessP99Ms: p99 <= BARS.freshnessP99Ms }),
    },
  };
}
