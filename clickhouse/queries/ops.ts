import { z } from 'zod';
import { defineQuery } from '../client';

/** Whether a message of a stream has been recorded, as an event or as a dead letter. */
export const recordedUpTo = defineQuery({
  name: 'ops_recorded',
  sql: `
    SELECT sum(n) AS found FROM (
      SELECT count() AS n FROM events WHERE stream = {stream:String} AND stream_seq = {sequence:UInt64} AND recorded_at >= now() - INTERVAL 1 HOUR
      UNION ALL SELECT count() AS n FROM dead_letters WHERE stream = {stream:String} AND stream_seq = {sequence:UInt64} AND recorded_at >= now() - INTERVAL 1 HOUR)`,
  params: z.object({ stream: z.string(), sequence: z.number() }),
  row: z.object({ found: z.number() }),
});
