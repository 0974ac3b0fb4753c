import { z } from 'zod';
import { defineQuery } from '../client';

/** Relations that nobody stated, of some nodes in both directions. FINAL: of two runs' rows the later holds; only the keys are merged. */
export const inferredLinks = defineQuery({
  name: 'lineage_inferred_links',
  sql: `
    SELECT node_type, node_id, direction, peer_type, peer_id, qualifier, rule, confidence, why, time FROM inferred_links FINAL
    WHERE (node_type, node_id) IN arrayZip({types:Array(String)}, {ids:Array(String)}) AND NOT gone
    ORDER BY time DESC, peer_type, peer_id LIMIT {most:UInt32}`,
  params: z.object({ types: z.array(z.string()), ids: z.array(z.string()), most: z.number().int() }),
  row: z.object({
    node_type: z.string(), node_id: z.string(), direction: z.enum(['up', 'down']), peer_type: z.string(), peer_id: z.string(), qualifier: z.string(), rule: z.string(),
    confidence: z.number(), why: z.string(), time: z.string(),
  }),
});
