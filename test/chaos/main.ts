import { numbersAndSeed } from './args';
import { runChaos } from './run';

/** `npm run chaos -- --rounds N --seed S`: exits with 1 on any difference, and prints one line of JSON last. */
async function main(): Promise<void> {
  const options = numbersAndSeed(process.argv.slice(2), 'chaos', { rounds: 20, events: 1_200, first: 1 });
  const summary = await runChaos({ ...options, first: options.first - 1 }, (line) => console.error(line));
  console.log(JSON.stringify({ chaos: 'rounds', ...summary }));
  process.exit(summary.differences === 0 ? 0 : 1);
}

main().catch((error: unknown) => {
  console.error(`chaos: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
