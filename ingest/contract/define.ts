import type { z } from 'zod';

/** One event type of the contract: its schema, what it says, and a true example. */
export interface EventType {
  /** `<family>.<document>.<action>.v1` */
  readonly type: string;
  readonly summary: string;
  readonly schema: z.ZodType<EventData>;
  /** Data of a true example; the envelope around it is made by the generator. */
  readonly example: EventData;
}

/** What every data object is to code that handles all types alike. */
export type EventData = { [field: string]: unknown };

export function event<T extends z.ZodType<EventData>>(type: string, summary: string, schema: T, example: z.input<T> & EventData): EventType {
  return { type, summary, schema, example };
}
