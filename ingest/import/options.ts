import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { FORMATS, type ImportFormat } from '../mapping/schema';

export interface ImportOptions {
  readonly file: string;
  /** Name of a loaded mapping, or path of a mapping file. */
  readonly mapping: string | undefined;
  readonly format: ImportFormat | undefined;
  readonly params: Readonly<Record<string, unknown>>;
  /** Maps and counts, publishes nothing. */
  readonly dryRun: boolean;
  /** Publishes from the beginning although an earlier run got further. */
  readonly again: boolean;
  /** How long to wait without progress until everything is readable in the store, in seconds. */
  readonly wait: number;
}

export const USAGE = `Usage: npm run import -- <file> --mapping <name or file.yaml> [options]

Publishes the records of a file as events. Formats: CSV, NDJSON, XES and OCEL 2.0 JSON, each also as .gz.
Running it again continues where it stopped; nothing counts twice.

  --mapping <name|file>   mapping by name (npm run import -- --list) or as a YAML file
  --format <format>       ${FORMATS.join(', ')}; where the file's name does not tell
  --facility <code>       the same as --set facility=<code>
  --set <name>=<value>    sets a parameter of the mapping, e.g. --set flowType=two-way
  --dry-run               maps and counts, publishes nothing
  --again                 publishes from the beginning, whatever an earlier run has done
  --wait <seconds>        how long to wait without progress for the store to have everything (default 60)
  --list                  names the mappings and what they take`;

/** What was asked for; `list` and `help` stand for themselves. Throws with one line where it makes no sense. */
export function parseOptions(args: readonly string[]): ImportOptions | 'list' | 'help' {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      mapping: { type: 'string' }, format: { type: 'string' }, facility: { type: 'string' }, set: { type: 'string', multiple: true },
      'dry-run': { type: 'boolean' }, again: { type: 'boolean' }, wait: { type: 'string' }, list: { type: 'boolean' }, help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return 'help';
  if (values.list) return 'list';
  const [file, ...more] = positionals;
  if (file === undefined) throw new Error('say which file to import: npm run import -- <file> --mapping <mapping> (--help says more)');
  if (more.length > 0) throw new Error(`one file at a time: ${more.join(' ')} is too much`);
  const format = FORMATS.find((known) => known === values.format);
  if (values.format !== undefined && format === undefined) throw new Error(`--format ${values.format} is not known; it can be ${FORMATS.join(', ')}`);
  const wait = Number(values.wait ?? 60);
  if (!Number.isFinite(wait) || wait < 0) throw new Error('--wait takes a number of seconds');
  const params: Record<string, unknown> = {};
  for (const given of values.set ?? []) {
    const at = given.indexOf('=');
    if (at <= 0) throw new Error(`--set ${given}: write it as name=value`);
    params[given.slice(0, at)] = given.slice(at + 1);
  }
  if (values.facility !== undefined) params.facility = values.facility;
  return { file: located(file), mapping: values.mapping, format, params, dryRun: values['dry-run'] ?? false, again: values.again ?? false, wait };
}

/** npm changes to the package's folder; a relative path is meant from where the person stands. */
export function located(file: string): string {
  const from = process.env.INIT_CWD;
  return !path.isAbsolute(file) && from !== undefined && existsSync(path.resolve(from, file)) ? path.resolve(from, file) : path.resolve(file);
}
