// Whatever arrives gives events or dead letters with a reason, and what is given the store takes. The same as
// `npm run fuzz`, in short.
import { expect, it } from 'vitest';
import { runFuzz } from '../fuzz/run';

it('no message, however bent, stops the decoder, gives a patient away, or is refused by the store', async () => {
  const heard: string[] = [];
  const summary = await runFuzz({ messages: 20_000, inserted: 2_000, seed: '12' }, (line) => heard.push(line));
  expect(heard.filter((line) => !/MiB$/.test(line))).toEqual([]);
  expect(summary.faults).toBe(0);
  expect(summary.insertedRows).toBeGreaterThan(1_800);
  expect(summary.events).toBeGreaterThan(4_000);
  expect(summary.identifiersPlanted).toBeGreaterThan(1_500);
  // Each kind of refusal has been met.
  for (const reason of ['NOT_JSON', 'NOT_CLOUDEVENT', 'INVALID', 'UNKNOWN_TYPE', 'BROKEN_UTF8', 'TOO_DEEP', 'TOO_LARGE', 'UNSAFE_NUMBER', 'ABSURD_TIME', 'HEADER_BODY_DISAGREE', 'BAD_HEADER', 'WRONG_STREAM', 'REFUSED_BY_PUBLISHER'])
    expect(summary.byReason[reason], reason).toBeGreaterThan(0);
}, 120_000);
