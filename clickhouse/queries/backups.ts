import { z } from 'zod';
import { defineQuery } from '../client';

/** Up to when the log has read each of its streams. */
export const readUpTo = defineQuery({
  name: 'backup_read_up_to',
  sql: `
    SELECT stream, max(newest) AS newest FROM (
      SELECT stream, max(recorded_at) AS newest FROM events GROUP BY stream
      UNION ALL SELECT stream, max(recorded_at) AS newest FROM dead_letters WHERE consumer = '' GROUP BY stream)
    GROUP BY stream ORDER BY stream`,
  params: z.object({}),
  row: z.object({ stream: z.string(), newest: z.string() }),
  limits: { seconds: 120 },
});

/** Backups that were made or restored, by stream, the newest first. */
export const backupNotes = defineQuery({
  name: 'backup_notes',
  sql: 'SELECT at, stream, resume_from FROM backups FINAL WHERE action = {action:String} AND at = (SELECT max(at) FROM backups WHERE action = {action:String}) ORDER BY stream',
  params: z.object({ action: z.enum(['made', 'restored']) }),
  row: z.object({ at: z.string(), stream: z.string(), resume_from: z.string() }),
});

/** How far a backup or restore is that runs on its own. */
export const backupProgress = defineQuery({
  name: 'backup_progress',
  sql: 'SELECT status, error, num_files, total_size, uncompressed_size FROM system.backups WHERE id = {id:String}',
  params: z.object({ id: z.string() }),
  row: z.object({ status: z.string(), error: z.string(), num_files: z.number(), total_size: z.number(), uncompressed_size: z.number() }),
});

/** Whether a store holds anything that a restore would take away. */
export const storeRows = defineQuery({
  name: 'backup_store_rows',
  sql: "SELECT toUInt64(ifNull(sum(total_rows), 0)) AS found FROM system.tables WHERE database = {database:String} AND name IN ('events', 'dead_letters')",
  params: z.object({ database: z.string() }),
  row: z.object({ found: z.number() }),
});

/** The tables of a database, materialized views with the statement that made them. */
export const tablesOf = defineQuery({
  name: 'backup_tables',
  sql: 'SELECT name, engine, create_table_query FROM system.tables WHERE database = {database:String} ORDER BY name',
  params: z.object({ database: z.string() }),
  row: z.object({ name: z.string(), engine: z.string(), create_table_query: z.string() }),
});

/** Bytes that a database takes on disk, and where the engine's disk is. */
export const storeOnDisk = defineQuery({
  name: 'backup_store_on_disk',
  sql: "SELECT (SELECT toUInt64(sum(bytes_on_disk)) FROM system.parts WHERE active AND database = {database:String}) AS bytes, (SELECT any(path) FROM system.disks WHERE name = 'default') AS folder",
  params: z.object({ database: z.string() }),
  row: z.object({ bytes: z.number(), folder: z.string() }),
});

/** Tables of work: what a run that is under way has put there is of no use to a restored store. */
export const tablesOfWork = defineQuery({
  name: 'backup_tables_of_work',
  sql: "SELECT name FROM system.tables WHERE database = {database:String} AND (engine = 'Memory' OR match(name, '^(?:chain|match)_work_[0-9]')) ORDER BY name",
  params: z.object({ database: z.string() }),
  row: z.object({ name: z.string() }),
});
