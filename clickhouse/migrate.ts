/** `npm run migrate`: brings the database to the state of clickhouse/migrations. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createStore, hasCode, storeConfig, type Store, type StoreConfig } from './client';
import { identifier, splitStatements } from './engine/statement';

const FOLDER = path.join(path.dirname(fileURLToPath(import.meta.url)), 'migrations');
const TABLE_ALREADY_EXISTS = 57;
/** A table that is made again is copied in one statement, however large it is. */
const COPY_SECONDS = 4 * 3_600;
const FILE = /^\d{4}_[a-z0-9_]+\.sql$/;

export interface Migrated {
  /** Names of the files that were applied by this run. */
  applied: string[];
  /** How many had been applied before. */
  before: number;
}

interface Migration {
  name: string;
  sha256: string;
  statements: string[];
}

/**
 * Applies the files of `folder` that the database has not seen, in order of their names; the database is made when
 * missing. Running it again does nothing. A run that broke off is taken up at its last statement, which may thus run
 * twice: a statement is a CREATE, or one that does no harm the second time. Throws when an applied file has changed.
 */
export async function migrate(config: StoreConfig = storeConfig(), folder: string = FOLDER): Promise<Migrated> {
  await createDatabase(config);
  const store = createStore({ ...config, requestMs: COPY_SECONDS * 1_000 });
  try {
    return await applyAll(store, await readMigrations(folder));
  } finally {
    await store.close();
  }
}

async function createDatabase(config: StoreConfig): Promise<void> {
  const outside = createStore({ ...config, database: 'default' });
  try {
    await outside.ping();
    const name = identifier(config.database ?? 'throughline');
    // Atomic: refreshable views and EXCHANGE TABLES need it, and the embedded engine's own default is another.
    await outside.command(`CREATE DATABASE IF NOT EXISTS ${name} ENGINE = Atomic`, {}, { name: 'create_database' });
  } finally {
    await outside.close();
  }
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const numbers = new Set<string>();
  const migrations: Migration[] = [];
  for (const name of names) {
    if (!FILE.test(name)) throw new Error(`migrations/${name}: a migration is named NNNN_what_it_does.sql`);
    if (numbers.has(name.slice(0, 4))) throw new Error(`migrations/${name}: there are two migrations ${name.slice(0, 4)}`);
    numbers.add(name.slice(0, 4));
    const text = await readFile(path.join(folder, name), 'utf8');
    migrations.push({ name, sha256: createHash('sha256').update(text).digest('hex'), statements: splitStatements(text) });
  }
  return migrations;
}

async function applyAll(store: Store, migrations: Migration[]): Promise<Migrated> {
  await store.command(
    `CREATE TABLE IF NOT EXISTS schema_migrations (
       name       String COMMENT 'file in clickhouse/migrations',
       sha256     String COMMENT 'of the file as it was applied',
       statements UInt32 COMMENT 'statements of the file that have been applied',
       applied_at DateTime64(3, 'UTC') DEFAULT now64(3),
       complete   UInt8
     ) ENGINE = ReplacingMergeTree(statements) ORDER BY name SETTINGS fsync_after_insert = 1`,
  );
  const known = new Map(
    (await store.select<Recorded>('SELECT name, sha256, statements, complete FROM schema_migrations FINAL')).map(
      (row) => [row.name, row],
    ),
  );
  for (const migration of migrations) {
    const record = known.get(migration.name);
    if (record?.complete && record.sha256 !== migration.sha256) {
      throw new Error(`migrations/${migration.name} was changed after it had been applied: put it back, and add a new file`);
    }
  }
  const applied: string[] = [];
  for (const migration of migrations) {
    const record = known.get(migration.name);
    if (record?.complete) continue;
    await apply(store, migration, record?.statements);
    applied.push(migration.name);
  }
  return { applied, before: migrations.length - applied.length };
}

interface Recorded {
  name: string;
  sha256: string;
  statements: number;
  complete: number;
}

async function apply(store: Store, migration: Migration, done: number | undefined): Promise<void> {
  const { name, sha256, statements } = migration;
  // Says that the file was begun, so that the next run knows whose a table is that it finds at the first statement.
  if (done === undefined) await record(store, { name, sha256, statements: 0, complete: statements.length === 0 ? 1 : 0 });
  for (let i = done ?? 0; i < statements.length; i++) {
    try {
      await store.command(statements[i] as string, {}, { name: `migrate_${name}`, settings: { max_execution_time: COPY_SECONDS } });
    } catch (error) {
      // The run before may have made the table and died before it could note that.
      if (i !== done || !hasCode(error, TABLE_ALREADY_EXISTS)) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`migrations/${name}, statement ${i + 1} of ${statements.length}: ${reason}`, { cause: error });
      }
    }
    await record(store, { name, sha256, statements: i + 1, complete: i + 1 === statements.length ? 1 : 0 });
  }
}

async function record(store: Store, row: Recorded): Promise<void> {
  await store.insert('schema_migrations', Buffer.from(`${JSON.stringify(row)}\n`));
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    const { applied, before } = await migrate();
    process.stdout.write(
      applied.length > 0 ? `applied ${applied.join(', ')}\n` : `nothing to do: ${before} migrations are applied\n`,
    );
  } catch (error) {
    process.stderr.write(`migrate: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
