import { z } from 'zod';
import { businessKey, instant } from './fields';

/** CloudEvents 1.0 context attributes, with the extensions that are kept where present. */
export const envelope = z.looseObject({
  specversion: z.literal('1.0'),
  id: z.string().min(1).max(300),
  source: z.string().min(1).max(300),
  type: z.string().min(1).max(200),
  time: instant,
  subject: z.string().max(500).optional(),
  datacontenttype: z.string().max(100).optional(),
  dataschema: z.string().max(500).optional(),
  traceparent: z.string().regex(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/).optional().meta({ description: 'W3C trace context' }),
  correlationid: businessKey.optional(),
  causationid: businessKey.optional(),
  sequence: z.string().regex(/^\d{1,16}$/).optional().meta({ description: 'The source\'s own sequence number, as digits' }),
  partitionkey: businessKey.optional(),
  dataref: z.string().max(1000).optional(),
  replayof: businessKey.optional().meta({ description: 'id of the event that this one replays' }),
});
export type Envelope = z.infer<typeof envelope>;

/** A contract event as it travels: envelope and data. */
export type ContractEvent = Envelope & { data: { [field: string]: unknown } };
