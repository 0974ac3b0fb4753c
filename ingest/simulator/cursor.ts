import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { SimulationOptions } from './options';

const schema = z.object({ until: z.number().int(), published: z.number().int().min(0), virtual: z.number() });

/** How far a simulation has been published. The messages follow from the options, so a count is all that is needed. */
export interface Cursor {
  /** End of the history, fixed at the first start. */
  readonly until: number;
  readonly published: number;
  /** Virtual instant that had been reached. */
  readonly virtual: number;
}

/** One cursor per stream and set of options: another seed is another network. */
export function cursorFile(folder: string, stream: string, options: Pick<SimulationOptions, 'seed' | 'days' | 'facilities' | 'volume' | 'rates'>, until: number | undefined): string {
  const { seed, days, facilities, volume, rates } = options;
  const mark = createHash('sha256').update(JSON.stringify([stream, seed, days, facilities, volume, rates, until ?? null])).digest('hex').slice(0, 12);
  return path.join(folder, 'simulator', `${mark}.json`);
}

export function readCursor(file: string): Cursor | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

export function writeCursor(file: string, cursor: Cursor): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, JSON.stringify(cursor), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
