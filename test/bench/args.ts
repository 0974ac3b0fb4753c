import { parseArgs } from 'node:util';

/** What a bench may be told on its command line. */
export interface BenchOptions {
  readonly events: number;
  readonly seed: string;
  /** A second size, to tell how times grow. */
  readonly compare: number | undefined;
  /** Events a second that are published for the time from publish to readable; 0 leaves that out. */
  readonly steady: number;
  /** How long they are. */
  readonly seconds: number;
  /** More than one: what further listeners bring when each is held to half a core. */
  readonly listeners: number;
  /** Of the bench of views: events a second that arrive while it asks a second time; 0 leaves that out. */
  readonly arriving: number;
  /** A folder of data that stays and that a later run goes on with, filling up what it lacks; without it a temporary one. */
  readonly data: string | undefined;
  /** Only questions whose name matches. */
  readonly only: string;
}

const USAGE = 'npm run bench -- <name> [--events N] [--seed S] [--compare N2] [--steady RATE] [--seconds N] [--listeners N] [--arriving RATE] [--data FOLDER] [--only REGEX]';

/** `<name>` and its options; a wrong word ends in one line that says what is known. */
export function benchArgs(argv: readonly string[], names: readonly string[]): BenchOptions & { name: string } {
  const { values, positionals } = parseArgs({
    args: [...argv], allowPositionals: true,
    options: {
      events: { type: 'string', default: '60000' }, seed: { type: 'string', default: '1' }, compare: { type: 'string' },
      steady: { type: 'string', default: '5000' }, seconds: { type: 'string', default: '10' }, listeners: { type: 'string', default: '1' },
      arriving: { type: 'string', default: '2000' }, data: { type: 'string' }, only: { type: 'string', default: '' },
    },
  });
  const [name = ''] = positionals;
  if (!names.includes(name)) throw new Error(`${USAGE}: the names are ${names.join(', ')}`);
  return {
    name, events: count('events', values.events), seed: values.seed, compare: values.compare === undefined ? undefined : count('compare', values.compare),
    steady: count('steady', values.steady, 0), seconds: count('seconds', values.seconds, 1), listeners: count('listeners', values.listeners, 1),
    arriving: count('arriving', values.arriving, 0), data: values.data, only: values.only,
  };
}

function count(option: string, text: string, least = 100): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) throw new Error(`--${option} takes a whole number of at least ${least}`);
  return value;
}
