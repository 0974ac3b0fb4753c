import { parseArgs } from 'node:util';

/** `--name value` options of which every one has a default; a wrong one ends in a line that says what is known. */
export function numbersAndSeed<Name extends string>(argv: readonly string[], command: string, numbers: Readonly<Record<Name, number>>): Record<Name, number> & { seed: string } {
  const names = Object.keys(numbers) as Name[];
  const usage = `npm run ${command} -- ${names.map((name) => `[--${name} N]`).join(' ')} [--seed S]`;
  let given: Record<string, unknown>;
  try {
    given = parseArgs({ args: [...argv], options: Object.fromEntries([...names, 'seed'].map((name) => [name, { type: 'string' as const }])) }).values;
  } catch {
    throw new Error(usage);
  }
  const values: Record<Name, number> = { ...numbers };
  for (const name of names) {
    if (given[name] === undefined) continue;
    const value = Number(given[name]);
    if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} takes a whole number of at least 1: ${usage}`);
    values[name] = value;
  }
  return { ...values, seed: typeof given.seed === 'string' ? given.seed : '1' };
}
