import { statfsSync } from 'node:fs';
import { EngineError } from './errors';

const MIB = 2 ** 20;
/** With less than this no insert begins and nothing is merged. */
const ROOM = 128 * MIB;
/** Merges and inserts go on from here: not at the very limit, or they would stop and go all the time. */
const ROOM_AGAIN = 160 * MIB;
/** With less than this, something that was under way may have met a full disk, and no definition is changed. */
const FULL = 24 * MIB;
/** Much faster than any disk is filled. */
const EVERY_MS = 25;

export interface RoomOptions {
  /** Bytes that the engine may still write. */
  readonly free: () => number;
  /** The disk has less than merges and inserts need. */
  readonly short?: (free: number) => void;
  /** It has again. */
  readonly again?: () => void;
  /** The disk is full: what was being written may be damaged. Once, until it has room again. */
  readonly full?: () => void;
}

/** What a statement does to the disk. */
export type Writes = 'rows' | 'definitions';

/**
 * Watches how much room the disk has. The library takes no notice when a write fails: an insert, a merge or a changed
 * definition that meets a full disk ends as if all were well, with files that are empty or cut off. So nothing begins
 * that the disk may have no room for, and a statement during which it was full is refused (243) whatever the library
 * says of it: its rows are sent again.
 */
export class Room {
  private readonly timer: NodeJS.Timeout;
  private isShort = false;
  private isFull = false;
  private fullAt = -Infinity;

  constructor(private readonly options: RoomOptions) {
    this.look();
    this.timer = setInterval(() => this.look(), EVERY_MS);
    this.timer.unref();
  }

  /** Whether nothing is to be merged. */
  get short(): boolean {
    return this.isShort;
  }

  close(): void {
    clearInterval(this.timer);
  }

  /** Runs a statement that writes. @throws EngineError 243 when there is no room, or was none while it ran */
  async during<T>(writes: Writes, statement: () => Promise<T>): Promise<T> {
    const free = this.look();
    if (free < (writes === 'rows' ? ROOM : FULL)) throw noRoom(free);
    const began = performance.now();
    const wasFull = () => {
      this.look();
      return this.fullAt >= began;
    };
    let result: T;
    try {
      result = await statement();
    } catch (error) {
      // It may have read back what it had not written: its own reason would mislead.
      throw wasFull() ? full(error) : error;
    }
    if (wasFull()) throw full();
    return result;
  }

  private look(): number {
    let free: number;
    try {
      free = this.options.free();
    } catch {
      // A folder that cannot be asked will say so by itself.
      return Infinity;
    }
    if (free < FULL) {
      this.fullAt = performance.now();
      if (!this.isFull) {
        this.isFull = true;
        this.options.full?.();
      }
    }
    if (!this.isShort && free < ROOM) {
      this.isShort = true;
      this.options.short?.(free);
    } else if (this.isShort && free >= ROOM_AGAIN) {
      this.isShort = false;
      this.isFull = false;
      this.options.again?.();
    }
    return free;
  }
}

/** Bytes that this process may write to the disk of a folder. */
export function freeOn(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** Runs work that writes to the disk of a folder, of which nothing else is known. @throws EngineError 243 as {@link Room.during} does */
export async function withRoom<T>(folder: string, writes: Writes, work: () => Promise<T>): Promise<T> {
  const room = new Room({ free: () => freeOn(folder) });
  try {
    return await room.during(writes, work);
  } finally {
    room.close();
  }
}

const full = (cause?: unknown) => Object.assign(new EngineError(243, 'NOT_ENOUGH_SPACE', 'The disk was full while this was written; it does not count'), { cause });

function noRoom(free: number): EngineError {
  return new EngineError(243, 'NOT_ENOUGH_SPACE', `The disk has room for ${Math.floor(free / MIB)} MiB only`);
}

/** Statements that give room back, or write nothing. */
const FREES = /^\s*(DROP|TRUNCATE|KILL|SYSTEM|SET|USE|DETACH|CHECK|ALTER\s+TABLE\s+\S+\s+(DROP|DETACH)\s+(PART|PARTITION|DETACHED))\b/i;

/** What a statement that is neither a read nor an insert of rows needs room for; undefined: nothing. */
export function writesOf(sql: string): Writes | undefined {
  return FREES.test(sql) ? undefined : 'definitions';
}
