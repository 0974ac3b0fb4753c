// How a program of the product is run: TypeScript through tsx, no build step.
import { pathToFileURL } from 'node:url';
import path from 'node:path';
import { ROOT } from './env.mjs';

/**
 * Node's arguments that run `file`. tsx is named by its full path, so that the current folder
 * (against which people's own file arguments are read) does not matter.
 * @param {string} file absolute path of a .ts or .mjs file
 * @returns {string[]}
 */
export function programArguments(file) {
  if (!file.endsWith('.ts')) return [file];
  const loader = pathToFileURL(path.join(ROOT, 'node_modules', 'tsx', 'dist', 'loader.mjs')).href;
  return ['--enable-source-maps', '--import', loader, file];
}
