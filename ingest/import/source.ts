import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { createGunzip } from 'node:zlib';
import type { CsvOptions, ImportFormat } from '../mapping/schema';
import { readCsv } from './formats/csv';
import { readNdjson } from './formats/ndjson';
import { readOcel } from './formats/ocel';
import { readXes } from './formats/xes';
import type { Unit } from './unit';

/** A file to import: its units one after another, and how far the reading is. */
export interface Source {
  readonly format: ImportFormat;
  /** Name without folder. */
  readonly name: string;
  /** SHA-256 of the file's bytes. */
  readonly hash: string;
  /** Size on disk, in bytes. */
  readonly size: number;
  /** Bytes read so far, of `size`. */
  bytesRead(): number;
  units(): AsyncGenerator<Unit>;
}

const BY_NAME: readonly (readonly [RegExp, ImportFormat])[] = [
  [/\.xes$/i, 'xes'],
  [/\.(ndjson|jsonl)$/i, 'ndjson'],
  [/\.(csv|tsv|txt)$/i, 'csv'],
  [/(\.ocel|\.jsonocel|\.json)$/i, 'ocel'],
];

/** The format that a file's name says; `.gz` is looked through. */
export function formatOf(name: string): ImportFormat | undefined {
  const bare = name.replace(/\.gz$/i, '');
  return BY_NAME.find(([pattern]) => pattern.test(bare))?.[1];
}

/** @throws where the file is missing or empty */
export async function openSource(file: string, format: ImportFormat, csv: CsvOptions): Promise<Source> {
  const info = await stat(file).catch(() => undefined);
  if (!info?.isFile()) throw new Error(`there is no file ${file}`);
  if (info.size === 0) throw new Error(`${file} is empty`);
  const packed = await isGzip(file);
  let read = 0;
  const bytes = (): AsyncIterable<Uint8Array> => {
    read = 0;
    const raw = createReadStream(file, { highWaterMark: 256 * 1024 });
    raw.on('data', (chunk) => {
      read += chunk.length;
    });
    if (!packed) return raw as AsyncIterable<Uint8Array>;
    const unpacked = createGunzip({ chunkSize: 256 * 1024 });
    raw.on('error', (error) => unpacked.destroy(error));
    return raw.pipe(unpacked) as AsyncIterable<Uint8Array>;
  };
  const readers: Record<ImportFormat, () => AsyncGenerator<Unit>> = {
    csv: () => readCsv(bytes(), csv),
    ndjson: () => readNdjson(bytes()),
    xes: () => readXes(bytes()),
    ocel: () => readOcel(bytes()),
  };
  return { format, name: path.basename(file), hash: await hashOf(file), size: info.size, bytesRead: () => read, units: readers[format] };
}

async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
