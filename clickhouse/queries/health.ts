import { z } from 'zod';
import { defineQuery } from '../client';

/** Dead letters by reason, of all time. */
export const deadLetterTotals = defineQuery({
  name: 'health_dead_letters',
  // Keys of a redelivered letter are the same, so distinct keys are letters.
  sql: 'SELECT reason_code, uniqExact(recorded_at, stream, stream_seq, part, consumer) AS letters FROM dead_letters GROUP BY reason_code ORDER BY reason_code',
  params: z.object({}),
  row: z.object({ reason_code: z.string(), letters: z.number() }),
  limits: { seconds: 3 },
});
