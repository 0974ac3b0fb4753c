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
  /** Takes all room that is left. */
  fill(): Promise<void>;
  /** Gives it back. */
  clear(): Promise<void>;
  remove(): void;
}

const SIZE_MIB = 1_024;
const PIECE = Buffer.alloc(2 ** 20);

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
        // What is written last takes the last page, too.
        for (const piece of [PIECE, PIECE.subarray(0, 4096)]) for (;;) if ((await file.write(piece)).bytesWritten < piece.length) break;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
      } finally {
        await file.close();
      }
      if (statfsSync(folder).bavail > 0) {
        const last = await open(filler, 'a');
        await last.write(Buffer.alloc(4096 * Math.min(statfsSync(folder).bavail, 256))).catch(() => undefined);
        await last.close();
      }
    },
    clear: () => rm(filler, { force: true }),
    remove() {
      if (mounted) execFileSync('umount', ['-l', folder], { stdio: 'ignore' });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
