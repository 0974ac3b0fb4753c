import { z } from 'zod';
import { BY_KEY, defineQuery } from '../client';

/**
 * Named chains as they were last kept, for a page that shows one of them. Working a chain out takes the engine as long to
 * plan as many chains take to read; what is kept is as good where nothing has touched the chain since.
 */

/** Newest run's row of each, as the text that chain_heads has of it. */
export const chainsKept = defineQuery({
  name: 'lineage_kept_by_key',
  sql: `
    SELECT anchor, id, head FROM (
      SELECT anchor, id, gone, head FROM chain_heads WHERE (anchor, id) IN arrayZip({anchor_types:Array(String)}, {anchor_ids:Array(String)})
      ORDER BY version DESC LIMIT 1 BY anchor, id
    ) WHERE NOT gone`,
  params: z.object({ anchor_types: z.array(z.string()), anchor_ids: z.array(z.string()) }),
  row: z.object({ anchor: z.string(), id: z.string(), head: z.string() }),
  limits: BY_KEY,
});

/** Whether something has touched one of these things since a moment. */
export const touchedSince = defineQuery({
  name: 'lineage_touched_since',
  sql: `
    SELECT 1 AS touched FROM chain_touched
    WHERE touched_at >= {since:DateTime64(3, 'UTC')} AND (type, id) IN arrayZip({types:Array(String)}, {ids:Array(String)})
    LIMIT 1`,
  params: z.object({ since: z.date(), types: z.array(z.string()), ids: z.array(z.string()) }),
  row: z.object({ touched: z.number() }),
  limits: BY_KEY,
});
