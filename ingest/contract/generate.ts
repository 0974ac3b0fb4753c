import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { asyncApi } from './generate-asyncapi';
import { eventsMarkdown } from './generate-docs';
import { contractSchema } from './generate-schema';

/**
 * `npm run docs:events` writes the documents of the contract; with `--check` it only says which of them differ from
 * what the code says now, and exits with 1.
 */

export const DOCS = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../docs');

/** Every generated file: its name in docs/ and its whole content. */
export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['asyncapi.json', `${JSON.stringify(asyncApi(), null, 2)}\n`],
    ['events.md', eventsMarkdown()],
    ['events.schema.json', `${JSON.stringify(contractSchema(), null, 2)}\n`],
  ]);
}

/** Names of the files that are missing or differ. */
export function staleFiles(folder = DOCS): string[] {
  return [...generatedFiles()].filter(([name, content]) => read(path.join(folder, name)) !== content).map(([name]) => name);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function main(options: readonly string[]): number {
  const unknown = options.find((option) => option !== '--check');
  if (unknown) {
    console.error(`Unknown option ${unknown}. Usage: npm run docs:events [-- --check]`);
    return 2;
  }
  const stale = staleFiles();
  if (options.includes('--check')) {
    for (const name of stale) console.error(`docs/${name} differs from what ingest/contract says now.`);
    if (stale.length) console.error('Run `npm run docs:events` and commit the result.');
    else console.log('The documents of the contract are up to date.');
    return stale.length ? 1 : 0;
  }
  mkdirSync(DOCS, { recursive: true });
  const files = generatedFiles();
  for (const name of stale) writeFileSync(path.join(DOCS, name), files.get(name) ?? '');
  console.log(stale.length ? `Written: ${stale.map((name) => `docs/${name}`).join(', ')}` : 'The documents of the contract were up to date.');
  return 0;
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv.slice(2));
