// A small disk that can be filled: a tmpfs of a limited size where the machine permits one.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

export interface SmallDisk {
  /** Folder on it. */
  readonly folder: string;
  /** false: mounting is not permitted here, and a full disk is only told by the proxy. */
  readonly mounted: boolean;
  /** Takes the room that is left, but for what merges under way need: the store refuses rows from then on. */
  fill(): Promise<void>;
  /** Gives it back. */
  clear(): Promise<void>;
  remove(): void;
}

const SIZE_MIB = 1_024;
const PIECE = Buffer.alloc(2 ** 20);
/** The store stops taking rows while this is left, and merges what it has: see clickhouse/migrations/0007_room.sql. */
const ROOM_LEFT = 64 * 2 ** 20;

export function createDisk(): SmallDisk {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'throughline-chaos-'));
  let mounted = false;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MIB}m`, 'throughline-chaos', folder], { stdio: 'ignore' });
    mounted = true;
  } catch {
    // Not permitted: an ordinary folder then.
  }
  const filler = path.join(folder, 'filler');
  return {
    folder,
    mounted,
    async fill() {
      const file = await open(filler, 'w');
      try {
        for (let left = free(folder) - ROOM_LEFT; left > 0; left -= PIECE.length) await file.write(PIECE);
      } finally {
        await file.close();
      }
    },
    clear: () => rm(filler, { force: true }),
    remove() {
      if (mounted) execFileSync('umount', ['-l', folder], { stdio: 'ignore' });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function free(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
