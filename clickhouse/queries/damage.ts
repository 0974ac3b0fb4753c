import { z } from 'zod';
import { defineQuery } from '../client';

/**
 * Parts that were set aside because their files are damaged, and whether their rows are elsewhere: `merged` where the
 * parts that were merged into it are in their place again, `inserted` where an insert wrote it that was never
 * acknowledged (the engine syncs what it acknowledges), `lost` where its rows are in no other part.
 */
export const setAside = defineQuery({
  name: 'damage_set_aside',
  sql: `
    SELECT d.table AS name_of_table, d.name AS name, d.partition_id AS partition, d.modification_time AS at, d.path AS path,
      multiIf(a.parts > 0, 'merged', d.reason != '' AND d.min_block_number = d.max_block_number AND d.level <= 1, 'inserted', 'lost') AS rows
    FROM (
      SELECT table, name, partition_id, modification_time, path, reason, min_block_number, max_block_number, level FROM system.detached_parts
      WHERE database = currentDatabase() AND reason IN ('', 'broken', 'broken-on-start', 'unacknowledged') AND isNotNull(min_block_number)) AS d
    LEFT JOIN (
      SELECT table, name, count() AS parts FROM (
        SELECT d.table AS table, d.name AS name FROM system.detached_parts AS d
        INNER JOIN (SELECT table, partition_id, min_block_number, max_block_number FROM system.parts WHERE active AND database = currentDatabase()) AS p
          ON p.table = d.table AND p.partition_id = d.partition_id
        WHERE d.database = currentDatabase() AND p.min_block_number >= d.min_block_number AND p.max_block_number <= d.max_block_number)
      GROUP BY table, name) AS a ON a.table = d.table AND a.name = d.name
    ORDER BY name_of_table, name
    SETTINGS join_use_nulls = 0`,
  params: z.object({}),
  row: z.object({ name_of_table: z.string(), name: z.string(), partition: z.string(), at: z.string(), path: z.string(), rows: z.enum(['merged', 'inserted', 'lost']) }),
  limits: { seconds: 10 },
});
