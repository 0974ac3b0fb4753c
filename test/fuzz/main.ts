import { numbersAndSeed } from '../chaos/args';
import { runFuzz } from './run';

/** `npm run fuzz -- --messages N --seed S`: exits with 1 when a message did harm, and prints one line of JSON last. */
async function main(): Promise<void> {
  const { messages, seed, inserted } = numbersAndSeed(process.argv.slice(2), 'fuzz', { messages: 100_000, inserted: 50_000 });
  const summary = await runFuzz({ messages, seed, inserted: Math.min(inserted, messages) }, (line) => console.error(line));
  console.log(JSON.stringify({ fuzz: 'listener', ...summary }));
  process.exit(summary.faults === 0 ? 0 : 1);
}

main().catch((error: unknown) => {
  console.error(`fuzz: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  process.exit(1);
});
