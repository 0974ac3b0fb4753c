import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DEFAULT_FAULT_RATES, ratesFrom, scaledRates, type FaultRates } from './fault-rates';
import { DEFAULT_DAYS, DEFAULT_SEED, EVENTS_PER_SECOND_PER_HOSPITAL } from './options';

export interface Command {
  readonly seed: string;
  readonly days: number;
  readonly until: number | undefined;
  readonly facilities: readonly string[] | number;
  readonly volume: number;
  readonly rates: FaultRates;
  readonly speed: number;
  readonly live: boolean;
  readonly truth: string | undefined;
  /** Write messages as JSON lines instead of publishing them; a file, or standard output. */
  readonly dryRun: boolean;
  readonly out: string | undefined;
  /** Most messages per second while the history is published; undefined: as fast as it goes. */
  readonly publishRate: number | undefined;
  /** Forget how far an earlier run came. */
  readonly afresh: boolean;
}

export const USAGE = `npm run simulate -- [options]

  --seed S            which network (default ${DEFAULT_SEED}); the same seed gives the same events
  --days N            days of history (default ${DEFAULT_DAYS})
  --until INSTANT     end of the history (default: the current hour)
  --facilities F      hospitals: a number, or codes separated by commas (default 4)
  --rate R            events per second that the network makes: chooses how many hospitals there are
  --volume V          multiplies what each hospital uses (default 1)
  --speed X           live: virtual seconds per second (default 1); never runs ahead of the clock
  --live, --no-live   go on after the history (default: live)
  --faults F          a factor for all fault rates (0: nothing goes wrong), or a JSON file that names some
  --truth FILE        write what is true, as JSON lines, when the history is published and at the end
  --dry-run           write JSON lines instead of publishing
  --out FILE          with --dry-run: to a file instead of standard output
  --publish-rate R    at most so many messages per second while the history is published
  --afresh            start over, even where an earlier run was published`;

const MOST_HISTORY_EVENTS = 150_000;

function positive(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new Error(`--${name} ${text}: give a number above 0`);
  return value;
}

/** Reads the command line. Throws one clear line for what can't be. */
export function readCommand(argv: readonly string[], now: number): Command | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seed: { type: 'string' }, days: { type: 'string' }, until: { type: 'string' }, facilities: { type: 'string' }, rate: { type: 'string' }, volume: { type: 'string' }, speed: { type: 'string' },
      live: { type: 'boolean' }, 'no-live': { type: 'boolean' }, faults: { type: 'string' }, truth: { type: 'string' }, 'dry-run': { type: 'boolean' }, out: { type: 'string' }, 'publish-rate': { type: 'string' },
      afresh: { type: 'boolean' }, help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return 'help';
  const rate = positive('rate', values.rate);
  const speed = positive('speed', values.speed) ?? 1;
  const facilities = values.facilities === undefined ? (rate === undefined ? 4 : Math.max(4, Math.round(rate / EVENTS_PER_SECOND_PER_HOSPITAL))) : facilityList(values.facilities);
  const count = typeof facilities === 'number' ? facilities : facilities.length;
  const volume = positive('volume', values.volume) ?? (rate === undefined ? 1 : rate / (count * EVENTS_PER_SECOND_PER_HOSPITAL));
  const days = positive('days', values.days) ?? (rate === undefined ? DEFAULT_DAYS : Math.max(2, Math.min(DEFAULT_DAYS, Math.round(MOST_HISTORY_EVENTS / (rate * 86_400)))));
  const given = values.until === undefined ? undefined : Date.parse(values.until);
  if (given !== undefined && Number.isNaN(given)) throw new Error(`--until ${values.until ?? ''}: give an instant such as 2026-03-01T00:00:00Z`);
  if (given !== undefined && given > now) throw new Error(`--until ${values.until ?? ''} is in the future: events are never published before they happen`);
  const dryRun = values['dry-run'] ?? false;
  return {
    seed: values.seed ?? DEFAULT_SEED, days, until: given, facilities, volume, speed, rates: faultRates(values.faults), live: values['no-live'] === true ? false : (values.live ?? !dryRun), truth: values.truth, dryRun, out: values.out,
    publishRate: positive('publish-rate', values['publish-rate']), afresh: values.afresh ?? false,
  };
}

function facilityList(text: string): readonly string[] | number {
  return /^\d+$/.test(text) ? Math.max(1, Number(text)) : text.split(',').map((code) => code.trim()).filter((code) => code !== '');
}

function faultRates(text: string | undefined): FaultRates {
  if (text === undefined) return DEFAULT_FAULT_RATES;
  if (/^\d+(\.\d+)?$/.test(text)) return scaledRates(Number(text));
  return ratesFrom(readFileSync(text, 'utf8'));
}
