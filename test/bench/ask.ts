import { writeFileSync } from 'node:fs';
import { createStore, storeConfig } from '../../clickhouse/client';
import { lineageQuestions } from './lineage-questions';
import type { LineageSample } from './lineage-sample';
import { questions, type Asked } from './questions';
import { Waiting } from './waiting';

/** Asks every question in a process of its own, as the web process does; the bench reads one line of JSON for each. */
const DROPPED = ['MARK CACHE', 'INDEX MARK CACHE', 'UNCOMPRESSED CACHE', 'INDEX UNCOMPRESSED CACHE', 'QUERY CONDITION CACHE', 'MMAP CACHE'];
/** Enough for a p95 of quick questions; slow ones are not asked for longer than this. */
const LONGEST_MS = 10_000;
const LEAST_RUNS = 3;

export interface Answered {
  name: string;
  times: number[];
  /** How much of each was waited for the database, where that is told apart. */
  database?: number[];
  error?: string;
}

async function main(): Promise<void> {
  const [given = '', way = 'warm', runs = '20', only = ''] = process.argv.slice(2);
  const what = JSON.parse(given) as Asked | LineageSample;
  process.env.NEXTAUTH_SECRET ??= 'only-for-a-bench-that-signs-nobody-in';
  const config = storeConfig();
  const store = createStore(config);
  const cold = way === 'cold';
  const waiting = new Waiting();
  for (const [name, ask] of Object.entries(what.of === 'lineage' ? lineageQuestions(config, what, waiting) : questions(config, what))) {
    if (only && !new RegExp(only).test(name)) continue;
    const answered: Answered = { name, times: [], ...(what.of === 'lineage' ? { database: [] } : {}) };
    try {
      if (!cold) await ask(0);
      const until = performance.now() + LONGEST_MS;
      for (let run = 1; run <= (cold ? 1 : Number(runs)) && (run <= LEAST_RUNS || performance.now() < until); run++) {
        if (cold) await dropCaches(config);
        waiting.taken();
        const began = performance.now();
        await ask(run);
        answered.times.push(performance.now() - began);
        answered.database?.push(waiting.taken());
      }
    } catch (error) {
      answered.error = (error instanceof Error ? error.message : String(error)).slice(0, 200);
    }
    process.stdout.write(`${JSON.stringify(answered)}\n`);
  }
  await store.close();
  process.exit(0);
}

/** What the engine and the machine remember of the files. */
async function dropCaches(config: ReturnType<typeof storeConfig>): Promise<void> {
  const store = createStore(config);
  for (const cache of DROPPED) await store.command(`SYSTEM DROP ${cache}`, {}, { name: 'bench_cold' });
  await store.close();
  try {
    writeFileSync('/proc/sys/vm/drop_caches', '3');
  } catch {
    // Only root may; the engine's own caches are gone all the same.
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
