/** `npm run backup -- <folder or file>`: the whole store, while the product runs or while it does not. */
import { createReadStream, existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import { createStore, ndjson, type Store, type StoreConfig } from './client';
import { freeOn, withRoom } from './engine/room';
import { identifier } from './engine/statement';
import { readUpTo, storeOnDisk, tablesOfWork } from './queries/backups';
import { bytesOf, isTaken, openStore, placeOf, quoted, reasonOf, runToEnd, size, thereAlready, type OpenStore } from './safekeeping';

/**
 * The engine takes one table after the other, so their last moments differ a little, and what was delivered to a
 * listener may reach the store out of order. After a restore the stream is read again from this long before the newest
 * message in the backup: rows are keyed by what they say, so what is there already changes nothing.
 */
const READ_AGAIN_MS = 24 * 3_600_000;

export interface BackupMade {
  place: string;
  files: number;
  bytes: number;
}

/**
 * Writes a backup of the database to a folder or archive that is not there yet. The embedded engine's library takes no
 * notice of a write that fails, so what lies on this machine is looked after: a disk that was full meanwhile, or less
 * written than was said, is no backup, and is taken away again.
 */
export async function backup({ config, server, near }: OpenStore, place: string): Promise<BackupMade> {
  if (near && isTaken(place)) throw new Error(`${place} is there already: name a place that is not`);
  if (near) await checkRoom(server, config.database, place);
  await noteBackup(config);
  const wasFolder = near && existsSync(place);
  let ended = false;
  const write = async () => {
    // Rows of a table in memory cannot be restored from an archive.
    const work = (await tablesOfWork(server, { database: config.database })).map(({ name }) => `${identifier(config.database)}.${identifier(name)}`);
    const made = await runToEnd(server, `BACKUP DATABASE ${identifier(config.database)}${work.length > 0 ? ` EXCEPT TABLES ${work.join(', ')}` : ''} TO File(${quoted(place)})`);
    ended = true;
    return made;
  };
  try {
    const { files, bytes, written } = await (near ? withRoom(thereAlready(place), 'definitions', write) : write());
    if (near && existsSync(place)) await checkWritten(place, written);
    return { place, files, bytes };
  } catch (error) {
    // What the engine itself found wanting it has taken away. Where that is not allowed here, the reason is said all the same.
    if (near && ended) await takeAway(place, wasFolder).catch(() => undefined);
    throw new Error(`${place}: ${reasonOf(error)}`, { cause: error });
  }
}

async function takeAway(place: string, wasFolder: boolean): Promise<void> {
  for (const made of wasFolder ? (await readdir(place)).map((name) => path.join(place, name)) : [place]) await rm(made, { recursive: true, force: true });
}

/** @throws Error where the disk of the place has less room than the store takes; how much smaller a compressed archive gets nobody knows before. */
async function checkRoom(server: Store, database: string, place: string): Promise<void> {
  if (isCompressed(place)) return;
  const [store] = await storeOnDisk(server, { database });
  const free = freeOn(thereAlready(place));
  if (store && free < store.bytes) throw new Error(`${place}: the backup takes ${size(store.bytes)}, and its disk has room for ${size(free)}`);
}

/** @throws Error where fewer bytes lie there than the backup holds */
async function checkWritten(place: string, written: number): Promise<void> {
  let found = 0;
  if (isGzip(place)) {
    for await (const piece of createReadStream(place).pipe(createGunzip()) as AsyncIterable<Buffer>) found += piece.length;
  } else if (isCompressed(place)) return;
  else found = await bytesOf(place);
  if (found < written) throw new Error(`${size(written)} were to be written, ${size(found)} are there`);
}

const isGzip = (place: string): boolean => /\.(tar\.gz|tgz)$/.test(place);
const isCompressed = (place: string): boolean => isGzip(place) || place.endsWith('.tar.zst');

/** Notes in the store, and so in the backup, from where each stream has to be read again after a restore. */
async function noteBackup(config: StoreConfig): Promise<void> {
  const store = createStore(config);
  try {
    const at = new Date().toISOString();
    const streams = await readUpTo(store, {});
    const rows = streams.map(({ stream, newest }) => ({ at, action: 'made', stream, resume_from: new Date(Date.parse(newest) - READ_AGAIN_MS).toISOString() }));
    // A log without anything is read from the beginning; that there is a backup has to be known all the same.
    await store.insert('backups', ndjson(rows.length > 0 ? rows : [{ at, action: 'made', stream: '', resume_from: new Date(0).toISOString() }]));
  } finally {
    await store.close();
  }
}

async function main(): Promise<void> {
  const [argument, ...more] = process.argv.slice(2);
  if (argument?.startsWith('-') || more.length > 0) throw new Error('it takes one place and no options: npm run backup -- <folder or file>');
  const place = placeOf(argument, 'backup');
  const open = await openStore();
  try {
    const began = Date.now();
    const { files, bytes } = await backup(open, place);
    process.stdout.write(`backed up to ${place}: ${size(bytes)} in ${files} files, ${((Date.now() - began) / 1000).toFixed(1)} s\n`);
  } finally {
    await open.close();
  }
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main().catch((error: unknown) => {
    process.stderr.write(`backup: ${reasonOf(error)}\n`);
    process.exitCode = 1;
  });
}
