// A small disk that can be filled: a tmpfs of a limited size where the machine permits one.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freeOn } from '../../clickhouse/engine/room';

export interface SmallDisk {
  /** Folder on it. */
  readonly folder: string;
  /** false: mounting is not permitted here, and a full disk is only told by the proxy. */
  readonly mounted: boolean;
  /** Takes the room that is left, but for what merges under way need: the store refuses rows from then on. */
  fill(): Promise<void>;
  /** Takes the room that is left to the last byte, and what comes free too, as something else on the same disk would. */
  fillUp(ms: number): Promise<void>;
  /** Gives it back. */
  clear(): Promise<void>;
  remove(): void;
}

const SIZE_MIB = 1_024;
const LEAST = 512;
const PIECE = Buffer.alloc(2 ** 20);
/** The store stops taking rows while this is left, and merges what it has: see clickhouse/migrations/0007_room.sql. */
const ROOM_LEFT = 64 * 2 ** 20;

export function createDisk(sizeMiB = SIZE_MIB): SmallDisk {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'throughline-chaos-'));
  let mounted = false;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'throughline-chaos', folder], { stdio: 'ignore' });
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
        for (let left = freeOn(folder) - ROOM_LEFT; left > 0; left -= PIECE.length) await file.write(PIECE);
      } finally {
        await file.close();
      }
    },
    async fillUp(ms) {
      const file = await open(filler, 'a');
      try {
        for (const until = Date.now() + ms; Date.now() < until; await delay(2)) await takeAll(file);
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

/** Halves what it asks for until not a block is left. */
async function takeAll(file: FileHandle): Promise<void> {
  for (let size = PIECE.length; size >= LEAST; ) {
    try {
      const { bytesWritten } = await file.write(PIECE, 0, size);
      if (bytesWritten < size) size >>= 1;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
      size >>= 1;
    }
  }
}
