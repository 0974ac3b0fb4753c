import { closeSync, existsSync, fstatSync, linkSync, mkdirSync, openSync, readdirSync, readSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * The library keeps the definition of each database and table in a file, and cannot be started with one that is
 * empty or cut off, as a full disk leaves them. So each definition that is whole gets a second name, which costs no
 * room; and before the library starts, one that is not whole is put back from there, or put aside where there is none:
 * then the statement that was to make it has never succeeded.
 */

const KEPT = 'definitions';
const ASIDE = 'damaged';
const END_OF_LINE = 10;

/** Gives every definition that is new a second name. Never throws: what cannot be kept today is kept next time. */
export function keepDefinitions(folder: string): void {
  const seen = new Set<string>();
  for (const file of definitionFiles(folder)) {
    try {
      const kept = path.join(folder, KEPT, file);
      seen.add(kept);
      if (isSame(path.join(folder, file), kept) || !isWhole(path.join(folder, file))) continue;
      mkdirSync(path.dirname(kept), { recursive: true, mode: 0o700 });
      const fresh = `${kept}.fresh`;
      rmSync(fresh, { force: true });
      linkSync(path.join(folder, file), fresh);
      renameSync(fresh, kept);
    } catch {
      // Made for a moment and gone again, or no room for a name.
    }
  }
  for (const kept of definitionFiles(path.join(folder, KEPT))) if (!seen.has(path.join(folder, KEPT, kept))) rmSync(path.join(folder, KEPT, kept), { force: true });
}

/** Before the library opens the folder. Says what was done, one line each. */
export function mendDefinitions(folder: string): string[] {
  const said: string[] = [];
  for (const file of definitionFiles(folder)) {
    const whole = path.join(folder, file);
    if (isWhole(whole)) continue;
    const kept = path.join(folder, KEPT, file);
    const what = path.basename(file, '.sql');
    if (existsSync(kept) && isWhole(kept)) {
      rmSync(whole);
      linkSync(kept, whole);
      said.push(`the definition of ${what} was cut off by a full disk, and the one before it was put back`);
    } else {
      const aside = path.join(folder, ASIDE, file);
      mkdirSync(path.dirname(aside), { recursive: true, mode: 0o700 });
      renameSync(whole, aside);
      said.push(`${what} was to be made on a full disk, and was not: what there is of its definition is in ${aside}`);
    }
  }
  for (const file of stateFiles(folder)) {
    if (statSync(file).size > 0) continue;
    // A table of this kind has written the same into it ever since; an order for a mutation that is empty was never given.
    if (file.endsWith('format_version.txt')) writeFileSync(file, '1');
    else rmSync(file);
    said.push(`${file} was left empty by a full disk, and was ${file.endsWith('format_version.txt') ? 'written again' : 'removed'}`);
  }
  return said;
}

/** Of databases (metadata/<name>.sql) and of their tables (metadata/<database>/<name>.sql, by a link), from the folder on. */
function definitionFiles(folder: string): string[] {
  const found = within(folder, 'metadata');
  return [...found, ...found.filter((each) => !each.endsWith('.sql')).flatMap((each) => within(folder, each))].filter((file) => file.endsWith('.sql'));
}

/** What the library reads of a table before its parts. */
function stateFiles(folder: string): string[] {
  return within(folder, 'store')
    .flatMap((each) => within(folder, each))
    .flatMap((each) => within(folder, each))
    .filter((file) => /\/(format_version|mutation_\d+)\.txt$/.test(file))
    .map((file) => path.join(folder, file));
}

function within(folder: string, below: string): string[] {
  try {
    return readdirSync(path.join(folder, below)).map((name) => path.join(below, name));
  } catch {
    return [];
  }
}

function isSame(one: string, other: string): boolean {
  try {
    return statSync(one).ino === statSync(other).ino;
  } catch {
    return false;
  }
}

/** The library ends each definition with a line's end, and writes it in one go. */
function isWhole(file: string): boolean {
  const opened = openSync(file, 'r');
  try {
    const { size } = fstatSync(opened);
    const last = Buffer.alloc(1);
    return size > 0 && readSync(opened, last, 0, 1, size - 1) === 1 && last[0] === END_OF_LINE;
  } finally {
    closeSync(opened);
  }
}
