import { benchArgs, type BenchOptions } from './args';
import { benchIngest } from './ingest';
import { benchLineage } from './lineage';
import { benchListeners } from './listeners';
import { benchMatch } from './match';
import { benchViews } from './views';

/** `npm run bench -- <name>`: does its own set-up in folders of its own and prints one line of JSON last. */
const BENCHES: Readonly<Record<string, (options: BenchOptions) => Promise<Record<string, unknown>>>> = {
  ingest: (options) => (options.listeners > 1 ? benchListeners(options) : benchIngest(options)),
  lineage: benchLineage,
  match: benchMatch,
  views: benchViews,
};

async function main(): Promise<void> {
  const { name, ...options } = benchArgs(process.argv.slice(2), Object.keys(BENCHES));
  const run = BENCHES[name];
  if (run) console.log(JSON.stringify({ ...(await run(options)), node: process.version }));
  process.exit(0);
}

// What a bench has started is ended when it exits, so a signal has to be an exit.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));

main().catch((error: unknown) => {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
