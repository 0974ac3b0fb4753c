import type { NatsConnection } from '@nats-io/transport-node';
import type { z } from 'zod';
import type { Store } from '../../clickhouse/client';
import { letterToRetake } from '../../clickhouse/queries/retake';
import { RETAKE_SUBJECT, retakeRequest, type retakeAnswer } from '../contract/retake';
import type { DecoderParts } from './decode';
import { retake } from './retake';

/**
 * Answers pages that ask to have a dead letter taken in again: here, because only the listener reads messages. Of
 * several listeners one answers.
 *
 * @param freshParts with mappings as they are at that moment, so that a mended one is used before the next start
 */
export function serveRetakes(nats: NatsConnection, store: Store, freshParts: () => Promise<DecoderParts>, log: (message: string) => void): void {
  nats.subscribe(RETAKE_SUBJECT, {
    queue: 'throughline',
    callback: (error, message) => {
      if (error) return log(`${RETAKE_SUBJECT}: ${error.message}`);
      void answer(message.data).then((said) => message.respond(JSON.stringify(said)));
    },
  });

  async function answer(data: Uint8Array): Promise<z.infer<typeof retakeAnswer>> {
    try {
      const { letter: key, actor } = retakeRequest.parse(JSON.parse(new TextDecoder().decode(data)));
      const [letter] = await letterToRetake(store, key);
      if (!letter) return { error: 'There is no such dead letter.' };
      const [outcome] = await retake([letter], { nats, store, parts: await freshParts(), log }, actor);
      return outcome ?? { error: 'There is no such dead letter.' };
    } catch (problem) {
      const reason = problem instanceof Error ? problem.message : String(problem);
      log(`a dead letter could not be taken in: ${reason}`);
      return { error: reason.slice(0, 500) };
    }
  }
}
