import { z } from 'zod';

/** How a page asks a listener to take a dead letter in again: a request on a NATS subject, answered by any one listener. */

export const RETAKE_SUBJECT = 'throughline.retake';

/** Which dead letter. */
export const letterKey = z.object({
  stream: z.string().max(300),
  seq: z.number().int().min(0),
  part: z.number().int().min(0),
  recordedAt: z.coerce.date(),
  /** The consumer that gave up on the message; empty where the listener could not read it. */
  consumer: z.string().max(300).default(''),
});
export type LetterKey = z.infer<typeof letterKey>;

export const retakeRequest = z.object({ letter: letterKey, actor: z.string().min(1).max(500) });

/** What came of it. */
export const retakeOutcome = z.discriminatedUnion('result', [
  /** `events` are in the log now, or were already; `sequence` is that of the record of who did it, on the ops stream. */
  z.object({ result: z.literal('taken in'), events: z.number(), superseded: z.number(), sequence: z.number().optional() }),
  z.object({ result: z.literal('unreadable'), code: z.string(), reason: z.string() }),
  z.object({ result: z.literal('impossible'), why: z.string() }),
]);
export type RetakeOutcome = z.infer<typeof retakeOutcome>;

export const retakeAnswer = z.union([retakeOutcome, z.object({ error: z.string() })]);
