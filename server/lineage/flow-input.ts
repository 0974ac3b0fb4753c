import { z } from 'zod';
import { FLOW_TYPES } from '../../ingest/contract/fields';

/** What the page of the flow may be narrowed to. Holds no server code: pages read it too. */
export const flowInput = z.object({
  flow: z.enum([...FLOW_TYPES, 'unknown']).optional(),
  supplier: z.string().max(200).optional(),
  item: z.string().max(200).optional(),
});
export type FlowInput = z.infer<typeof flowInput>;
