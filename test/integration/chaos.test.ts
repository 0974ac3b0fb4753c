// Kills, outages and full disks change nothing of what is known. The same as `npm run chaos`, in short.
import { expect, it } from 'vitest';
import { runChaos } from '../chaos/run';

it('the log and every view are those of a clean run, whatever is killed or fails meanwhile', async () => {
  const heard: string[] = [];
  const summary = await runChaos({ rounds: 4, seed: 'ci', events: 400, first: 0 }, (line) => heard.push(line));
  if (summary.stuckStatements > 0) console.warn(heard.join('\n'));
  expect(summary.differences, heard.join('\n')).toBe(0);
  expect(summary.events).toBeGreaterThan(1_400);
  // Two steps of each round go through the kinds one after another.
  for (const [kind, times] of Object.entries(summary.kills)) expect(times, kind).toBeGreaterThan(0);
}, 300_000);
