import { setTimeout as sleep } from 'node:timers/promises';
import { NoRespondersError, TimeoutError } from '@nats-io/transport-node';
import type { Store } from '@/clickhouse/client';
import { shownAsTakenIn } from '@/clickhouse/queries/retake';
import { RETAKE_SUBJECT, retakeAnswer, type LetterKey, type RetakeOutcome } from '@/ingest/contract/retake';
import { refusal } from '../trpc/errors';
import { natsConnection } from './publish';

/** Longer than a busy store takes for an insert; what takes longer still is done, only not told. */
const PATIENCE_MS = 20_000;

/**
 * Asks a listener to take a dead letter in again and waits until that can be read.
 * @returns what came of it; `pending`: done, and the pages show it in a moment
 * @throws source_down where no listener answers
 */
export async function askForRetake(store: Store, letter: LetterKey, actor: string): Promise<RetakeOutcome & { pending: boolean }> {
  const answer = await ask(letter, actor);
  if ('error' in answer) throw refusal('source_down', `The listener could not take it in: ${answer.error}`);
  return { ...answer, pending: answer.result === 'taken in' && !(await shown(store, letter)) };
}

/** Waits until the pages show it, 5 s at most. */
async function shown(store: Store, letter: LetterKey): Promise<boolean> {
  for (let waited = 0; waited < 5_000; waited += 100) {
    const [row] = await shownAsTakenIn(store, letter);
    if (row && row.found > 0) return true;
    await sleep(100);
  }
  return false;
}

async function ask(letter: LetterKey, actor: string) {
  try {
    const nats = await natsConnection();
    const reply = await nats.request(RETAKE_SUBJECT, JSON.stringify({ letter, actor }), { timeout: PATIENCE_MS });
    return retakeAnswer.parse(reply.json());
  } catch (error) {
    if (error instanceof NoRespondersError || (error instanceof Error && error.cause instanceof NoRespondersError)) throw refusal('source_down', 'No listener runs that could take it in.', error);
    if (error instanceof TimeoutError) throw refusal('source_down', 'The listener has not answered in time: look again in a moment.', error);
    throw refusal('source_down', 'NATS does not answer, so nothing was taken in.', error);
  }
}
