/** `npm run restore -- <folder or file> [--replace]`: puts a backup in the place of the store. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { jetstreamManager, RetentionPolicy } from '@nats-io/jetstream';
import { connectNats, OPS_STREAM, streamSettings } from '../ingest/contract/stream';
import { createStore, ndjson, type Store, type StoreConfig } from './client';
import { chainsAnew } from './chains';
import { freeOn, withRoom } from './engine/room';
import { identifier } from './engine/statement';
import { inferAnew } from './inference';
import { deskAnew } from './desk';
import { matchAnew } from './matches';
import { migrate } from './migrate';
import { backupNotes, storeOnDisk, storeRows, tablesOf } from './queries/backups';
import { bytesOf, isTaken, openStore, placeOf, quoted, reasonOf, runToEnd, size, type OpenStore } from './safekeeping';

const MIGRATIONS = path.join(path.dirname(fileURLToPath(import.meta.url)), 'migrations');

/**
 * Restores beside the store, and only when all of it is there takes the store's place: a backup that cannot be read
 * changes nothing. Then brings it to the present version, and has the streams read again from before the backup.
 *
 * @throws Error of one line: no backup, a store with rows in it and no `replace`, a backup of a later version
 */
export async function restore({ config, server, near }: OpenStore, place: string, replace = false): Promise<{ bytes: number }> {
  const { database } = config;
  if (near && !isTaken(place)) throw new Error(`there is no backup at ${place}`);
  const [rows] = await storeRows(server, { database });
  if (rows && rows.found > 0 && !replace) throw new Error(`the store holds ${rows.found} events and dead letters: --replace puts the backup in their place`);
  const side = `${database}_restoring`;
  await server.command(`DROP DATABASE IF EXISTS ${identifier(side)} SYNC`);
  let bytes: number;
  try {
    const read = () => runToEnd(server, `RESTORE DATABASE ${identifier(database)} AS ${identifier(side)} FROM File(${quoted(place)})`);
    ({ bytes } = await (near ? withinRoom(server, database, place, read) : read()));
    await check(server, config, side);
  } catch (error) {
    await server.command(`DROP DATABASE IF EXISTS ${identifier(side)} SYNC`);
    throw new Error(`${place}: ${reasonOf(error)}; the store is as it was`, { cause: error });
  }
  await server.command(`DROP DATABASE IF EXISTS ${identifier(database)} SYNC`);
  await server.command(`RENAME DATABASE ${identifier(side)} TO ${identifier(database)}`);
  await nameViewsAnew(server, side, database);
  await migrate(config);
  await noteRestore(config);
  return { bytes };
}

/** The embedded engine's library takes no notice of a write that fails. @throws Error where its disk has no room, or had none meanwhile */
async function withinRoom<T>(server: Store, database: string, place: string, read: () => Promise<T>): Promise<T> {
  const [store] = await storeOnDisk(server, { database });
  if (!store) return read();
  const [needed, free] = [await bytesOf(place), freeOn(store.folder)];
  if (free < needed) throw new Error(`the backup has ${size(needed)}, and the disk of the store has room for ${size(free)}`);
  return withRoom(store.folder, 'rows', read);
}

/** A Throughline store, and of no later version than this. */
async function check(server: Store, config: StoreConfig, side: string): Promise<void> {
  const names = (await tablesOf(server, { database: side })).map(({ name }) => name);
  if (!names.includes('events') || !names.includes('schema_migrations')) throw new Error('the backup holds no store of Throughline');
  const store = createStore({ ...config, database: side });
  try {
    const known = new Set(readdirSync(MIGRATIONS));
    const applied = await store.select<{ name: string }>('SELECT DISTINCT name FROM schema_migrations');
    const later = applied.find(({ name }) => !known.has(name));
    if (later) throw new Error(`the backup was made by a later version (it has ${later.name}): restore it with that one`);
  } finally {
    await store.close();
  }
}

/** A materialized view names its tables with their database, which has another name now. It holds nothing itself. */
async function nameViewsAnew(server: Store, before: string, database: string): Promise<void> {
  const views = (await tablesOf(server, { database })).filter(({ engine }) => engine === 'MaterializedView');
  for (const { name, create_table_query: create } of views) {
    await server.command(`DROP TABLE ${identifier(database)}.${identifier(name)} SYNC`);
    await server.command(create.replaceAll(`${before}.`, `${database}.`).replaceAll(`\`${before}\`.`, `${identifier(database)}.`));
  }
}

async function noteRestore(config: StoreConfig): Promise<void> {
  const store = createStore(config);
  try {
    const made = await backupNotes(store, { action: 'made' });
    const at = new Date().toISOString();
    const notes = made.length > 0 ? made : [{ stream: '', resume_from: new Date(0).toISOString() }];
    await store.insert('backups', ndjson(notes.map(({ stream, resume_from }) => ({ at, action: 'restored', stream, resume_from }))));
    // The tables of the backup are not of one moment: the match, the chains, inferred relations and the desk's days are worked out anew.
    await matchAnew(store);
    await chainsAnew(store);
    await inferAnew(store);
    await deskAnew(store);
  } finally {
    await store.close();
  }
}

/**
 * Takes away the durable consumers, so that listeners that run now begin anew, at the place that the restored store
 * names. Without NATS a listener sees to it when it is started.
 */
export async function forgetConsumers(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  if (!env.NATS_URL) return;
  const { stream, durable } = streamSettings(env);
  const nats = await connectNats('restore', env);
  try {
    const manager = await jetstreamManager(nats);
    for (const name of [stream, OPS_STREAM]) {
      const info = await manager.streams.info(name).catch(() => null);
      // A stream that lets go of what its consumers have read would lose what waits.
      if (info?.config.retention === RetentionPolicy.Limits) await manager.consumers.delete(name, durable).catch(() => undefined);
    }
  } finally {
    await nats.close();
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ args: process.argv.slice(2), allowPositionals: true, options: { replace: { type: 'boolean' } } });
  if (positionals.length > 1) throw new Error('it takes one place: npm run restore -- <folder or file> [--replace]');
  const place = placeOf(positionals[0], 'restore');
  const open = await openStore();
  try {
    const began = Date.now();
    const { bytes } = await restore(open, place, values.replace);
    process.stdout.write(`restored from ${place}: ${size(bytes)}, ${((Date.now() - began) / 1000).toFixed(1)} s; what the streams still hold from the day before the backup on is read again\n`);
    await forgetConsumers().catch((error: unknown) => process.stdout.write(`NATS was not reached (${reasonOf(error)}): start the listeners again, so that they read the streams again\n`));
  } finally {
    await open.close();
  }
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main().catch((error: unknown) => {
    process.stderr.write(`restore: ${reasonOf(error)}\n`);
    process.exitCode = 1;
  });
}
