import { benchArgs } from './args';
import { benchIngest } from './ingest';
import { benchViews } from './views';

/** `npm run bench -- <name>`: does its own set-up in folders of its own and prints one line of JSON last. */
const BENCHES = { ingest: benchIngest, views: benchViews } as const;

async function main(): Promise<void> {
  const { name, events, seed, compare } = benchArgs(process.argv.slice(2), Object.keys(BENCHES));
  const run = BENCHES[name as keyof typeof BENCHES];
  console.log(JSON.stringify({ ...(await run(events, seed, compare)), node: process.version }));
  process.exit(0);
}

main().catch((error: unknown) => {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
