import { existsSync, readdirSync, statSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createStore, storeConfig, type Store, type StoreConfig } from './client';
import { engineAlone } from './engine/alone';
import { backupProgress, storeOnDisk } from './queries/backups';

/** What backup and restore have in common: which store, which place, and waiting for the engine. */

const ARCHIVES = ['.tar', '.tar.gz', '.tgz', '.tar.zst'];

/** Where a backup lies: a folder, or one archive file. @throws Error of one line for another kind of file */
export function placeOf(argument: string | undefined, command: 'backup' | 'restore'): string {
  if (!argument) throw new Error(`say where: npm run ${command} -- <folder, or file ending in ${ARCHIVES.join(', ')}>`);
  const place = path.resolve(argument);
  if (/\.(zip|7z|gz|zst|bz2|xz|rar)$/i.test(place) && !ARCHIVES.some((ending) => place.endsWith(ending))) {
    throw new Error(`${path.basename(place)} is no archive that the engine writes: name a folder, or a file ending in ${ARCHIVES.join(', ')}`);
  }
  return place;
}

/** A folder with something in it, or a file. */
export function isTaken(place: string): boolean {
  return existsSync(place) && !(statSync(place).isDirectory() && readdirSync(place).length === 0);
}

export interface OpenStore {
  readonly config: StoreConfig & { database: string };
  /** Speaks to the server without a database of its own. */
  readonly server: Store;
  /** Whether its files are on this machine, so that paths can be checked here. */
  readonly near: boolean;
  close(): Promise<void>;
}

/**
 * The store that the environment names, or where nothing runs the embedded engine on the data folder, for as long as
 * the command takes.
 */
export async function openStore(env: Record<string, string | undefined> = process.env): Promise<OpenStore> {
  const database = env.CLICKHOUSE_DATABASE || 'throughline';
  if (env.CLICKHOUSE_URL) {
    const config = { ...storeConfig(env), database };
    const server = createStore({ ...config, database: 'default' });
    await server.ping();
    // One in a container answers here too, but its files are not to be seen.
    const near = ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(config.url).hostname) && (await storeOnDisk(server, { database })).every(({ folder }) => existsSync(folder));
    return { config, server, near, close: () => server.close() };
  }
  const folder = env.THROUGHLINE_DATA ? path.join(env.THROUGHLINE_DATA, 'clickhouse') : undefined;
  if (!folder) throw new Error('neither CLICKHOUSE_URL nor THROUGHLINE_DATA is set: run it with npm run');
  const engine = await engineAlone(folder);
  const server = createStore({ ...engine.config, database: 'default' });
  return {
    config: { ...engine.config, database }, server, near: true,
    async close() {
      await server.close();
      await engine.stop();
    },
  };
}

const POLL_MS = 250;

interface Ended {
  files: number;
  bytes: number;
  /** Bytes that a backup holds, before an archive is compressed. */
  written: number;
}

/**
 * Runs a BACKUP or RESTORE to its end, however long it takes: the statement returns at once and is asked after, so that
 * no connection has to last as long as the disk needs.
 */
export async function runToEnd(server: Store, statement: string): Promise<Ended> {
  const [begun] = await server.select<{ id: string }>(`${statement} ASYNC`, {}, { name: 'safekeeping' });
  for (;;) {
    const [now] = await backupProgress(server, { id: begun?.id ?? '' });
    if (!now) throw new Error('the engine was started again meanwhile and knows nothing of it');
    if (now.status === 'BACKUP_CREATED' || now.status === 'RESTORED') return { files: now.num_files, bytes: now.total_size, written: now.uncompressed_size };
    if (/FAILED|CANCELLED/.test(now.status)) throw new Error(reasonOf(now.error));
    await sleep(POLL_MS);
  }
}

/** Bytes on disk of a folder with all that is in it, or of a file. */
export async function bytesOf(place: string): Promise<number> {
  const found = await stat(place);
  if (!found.isDirectory()) return found.size;
  let bytes = 0;
  for (const entry of await readdir(place, { recursive: true, withFileTypes: true })) if (entry.isFile()) bytes += (await stat(path.join(entry.parentPath, entry.name))).size;
  return bytes;
}

/** The place, or where it is to be made: the nearest folder above it that is there. */
export function thereAlready(place: string): string {
  let folder = place;
  while (!existsSync(folder) && path.dirname(folder) !== folder) folder = path.dirname(folder);
  return folder;
}

/** The engine's reason without its stack trace. */
export function reasonOf(error: unknown): string {
  const text = (error instanceof Error ? error.message : String(error)).split(/, Stack trace|\n/)[0] ?? '';
  if (/BACKUP_ALREADY_EXISTS/.test(text)) return 'there is a backup already: name another place';
  if (/BACKUP_NOT_FOUND/.test(text)) return 'there is no backup';
  if (/BACKUP_ENTRY_NOT_FOUND/.test(text)) return 'the backup holds no such database: set CLICKHOUSE_DATABASE to the name that it was made under';
  if (/allowed_path/.test(text)) return 'this ClickHouse server allows no backups to files: set backups.allowed_path in its configuration';
  return text.replace(/^Code: \d+\. DB::Exception: /, '').trim();
}

/** A string literal of SQL. */
export function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

/** `1.2 GiB` */
export function size(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${units[power] ?? ''}`;
}
