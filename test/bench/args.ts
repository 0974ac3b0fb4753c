import { parseArgs } from 'node:util';

/** `<name> [--events N] [--seed S] [--compare N2]`; a wrong word ends in one line that says what is known. */
export function benchArgs(argv: readonly string[], names: readonly string[]): { name: string; events: number; seed: string; compare: number | undefined } {
  const { values, positionals } = parseArgs({
    args: [...argv], allowPositionals: true,
    options: { events: { type: 'string', default: '60000' }, seed: { type: 'string', default: '1' }, compare: { type: 'string' } },
  });
  const [name = ''] = positionals;
  if (!names.includes(name)) throw new Error(`npm run bench -- <name> [--events N] [--seed S]: the names are ${names.join(', ')}`);
  return { name, events: count('events', values.events), seed: values.seed, compare: values.compare === undefined ? undefined : count('compare', values.compare) };
}

function count(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 100) throw new Error(`--${option} takes a whole number of at least 100`);
  return value;
}
