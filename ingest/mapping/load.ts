import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileMapping } from './compile';
import type { Mapping } from './mapping';

/** The mappings that come with the product. */
export const EXAMPLES = fileURLToPath(new URL('./examples/', import.meta.url));

/**
 * Loads mapping files and folders of them (`*.yaml`, `*.yml`).
 * @throws MappingFileError for a broken file, with file, line and column
 */
export async function loadMappings(...places: readonly string[]): Promise<Mapping[]> {
  const files: string[] = [];
  for (const place of places) {
    const found = await stat(place).catch(() => undefined);
    if (!found) throw new Error(`there is no mapping file or folder ${place}`);
    if (!found.isDirectory()) files.push(place);
    else files.push(...(await readdir(place)).filter((name) => /\.ya?ml$/i.test(name)).sort().map((name) => path.join(place, name)));
  }
  const mappings: Mapping[] = [];
  for (const file of files) mappings.push(await compileMapping(path.relative(process.cwd(), file) || file, await readFile(file, 'utf8')));
  return mappings;
}

/** The shipped mappings and those of THROUGHLINE_MAPPINGS (a folder or a file); one of the same name there goes before the shipped one. */
export async function loadConfiguredMappings(env: Readonly<Record<string, string | undefined>> = process.env): Promise<Mapping[]> {
  const own = env.THROUGHLINE_MAPPINGS ? await loadMappings(env.THROUGHLINE_MAPPINGS) : [];
  const shipped = await loadMappings(EXAMPLES);
  return [...own, ...shipped.filter(({ name }) => !own.some((mapping) => mapping.name === name))];
}
