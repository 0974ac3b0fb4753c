import { setImmediate } from 'node:timers/promises';

const FIRST_BYTES = 1 << 20;
const MOST_KEPT = 3;
const LARGEST_KEPT = 64 * 2 ** 20;
/** Rows printed before what else waits has its turn: the rows of the batch before, on their way to the store. */
const AT_ONCE = 250;
/** Bytes that one UTF-16 unit takes at most. */
const WIDEST = 3;

/** Rows as the text of an insert, with the memory that they stand in. */
export interface Body {
  readonly bytes: Buffer;
  readonly memory: Buffer;
}

/**
 * Prints rows as NDJSON into memory that is used again. Fresh memory for each batch costs more than the printing: the
 * system clears every page of it, and joining pieces copies it all once more.
 */
export class Bodies {
  private readonly free: Buffer[] = [];

  async of(rows: readonly object[]): Promise<Body> {
    let memory = this.free.pop() ?? Buffer.allocUnsafeSlow(FIRST_BYTES);
    let end = 0;
    for (const [at, row] of rows.entries()) {
      if (at % AT_ONCE === AT_ONCE - 1) await setImmediate();
      const text = JSON.stringify(row);
      const needed = end + text.length * WIDEST + 1;
      if (needed > memory.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(needed, memory.length * 2));
        memory.copy(larger, 0, 0, end);
        memory = larger;
      }
      end += memory.write(text, end);
      memory[end++] = 0x0a;
    }
    return { bytes: memory.subarray(0, end), memory };
  }

  /**
   * Only after the store has answered that it took all of it: what failed may still be on its way, and would be sent with
   * the rows of another batch.
   */
  giveBack({ memory }: Body): void {
    if (this.free.length < MOST_KEPT && memory.length <= LARGEST_KEPT) this.free.push(memory);
  }
}
