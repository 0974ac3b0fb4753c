/** `npm run backup -- <folder or file>`: the whole store, while the product runs or while it does not. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createStore, ndjson, type StoreConfig } from './client';
import { identifier } from './engine/statement';
import { readUpTo } from './queries/backups';
import { isTaken, openStore, placeOf, quoted, reasonOf, runToEnd, size, type OpenStore } from './safekeeping';

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

/** Writes a backup of the database to a folder or archive that is not there yet. */
export async function backup({ config, server, near }: OpenStore, place: string): Promise<BackupMade> {
  if (near && isTaken(place)) throw new Error(`${place} is there already: name a place that is not`);
  await noteBackup(config);
  try {
    return { place, ...(await runToEnd(server, `BACKUP DATABASE ${identifier(config.database)} TO File(${quoted(place)})`)) };
  } catch (error) {
    throw new Error(`${place}: ${reasonOf(error)}`, { cause: error });
  }
}

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
