import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { createStore, type Store } from '../../clickhouse/client';
import { lettersToRetake, type StoredLetter } from '../../clickhouse/queries/retake';
import type { RetakeOutcome } from '../contract/retake';
import { connectNats, ensureStreams } from '../contract/stream';
import { decoderPartsFromEnv } from './parts';
import { retake, type RetakeTools } from './retake';

/** `npm run retake`: takes dead letters in again, after a mapping or a schema was mended. */

const USAGE = `Usage: npm run retake -- [options]

Takes in again the dead letters that nobody has taken in yet. Each counts once, however often this runs.

  --reason <code>     only those with this reason, e.g. MAPPING_FAILED
  --mapping <name>    only those that this mapping could not read; name or name@version
  --since <time>      only those recorded since, e.g. 2026-03-01 or 2026-03-01T06:00:00Z
  --dry-run           says what would come of it and writes nothing`;

export interface RetakeOptions {
  readonly reason: string;
  readonly mapping: string;
  readonly since: Date;
  readonly dryRun: boolean;
}

/** What was asked for. Throws with one line where it makes no sense. */
export function parseOptions(args: readonly string[]): RetakeOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: { reason: { type: 'string' }, mapping: { type: 'string' }, since: { type: 'string' }, 'dry-run': { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) return 'help';
  const since = values.since === undefined ? new Date(0) : /^\d{4}-\d{2}-\d{2}(T.*)?$/.test(values.since) ? new Date(values.since) : undefined;
  if (!since || Number.isNaN(since.getTime())) throw new Error(`--since ${values.since ?? ''} is no time: write it as 2026-03-01 or 2026-03-01T06:00:00Z`);
  return { reason: values.reason ?? '', mapping: values.mapping ?? '', since, dryRun: values['dry-run'] ?? false };
}

/** What came of all letters. */
export interface RetakeTotals {
  letters: number;
  takenIn: number;
  events: number;
  /** What is still open, by reason: `NOT_JSON: …` or why it cannot be taken in; with how many letters. */
  open: Map<string, number>;
}

export async function retakeAll(options: RetakeOptions, tools: RetakeTools, actor: string): Promise<RetakeTotals> {
  const totals: RetakeTotals = { letters: 0, takenIn: 0, events: 0, open: new Map() };
  for await (const letters of batches(options, tools.store)) {
    const outcomes = await retake(letters, tools, actor, options.dryRun);
    for (const outcome of outcomes) count(totals, outcome);
  }
  return totals;
}

async function* batches({ since, reason, mapping }: RetakeOptions, store: Store): AsyncGenerator<StoredLetter[]> {
  let after = { afterTime: new Date(0), afterStream: '', afterSeq: 0, afterPart: 0, afterConsumer: '' };
  for (;;) {
    const letters = await lettersToRetake(store, { since, reason, mapping, ...after });
    const last = letters.at(-1);
    if (!last) return;
    yield letters;
    after = { afterTime: new Date(last.recorded_at), afterStream: last.stream, afterSeq: last.stream_seq, afterPart: last.part, afterConsumer: last.consumer };
  }
}

function count(totals: RetakeTotals, outcome: RetakeOutcome): void {
  totals.letters++;
  if (outcome.result === 'taken in') {
    totals.takenIn++;
    totals.events += outcome.events;
    return;
  }
  const why = outcome.result === 'unreadable' ? `${outcome.code}: ${outcome.reason}` : outcome.why;
  // Reasons may name a place in the message: past so many different ones only their codes are told apart.
  const key = totals.open.has(why) || totals.open.size < 50 ? why : outcome.result === 'unreadable' ? outcome.code : why;
  totals.open.set(key, (totals.open.get(key) ?? 0) + 1);
}

const some = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') return void process.stdout.write(`${USAGE}\n`);
  const parts = await decoderPartsFromEnv();
  const store = createStore();
  await store.ping();
  const nats = await connectNats('retake');
  try {
    await ensureStreams(nats);
    const log = (line: string) => process.stderr.write(`retake: ${line}\n`);
    const totals = await retakeAll(options, { nats, store, parts, log }, `os:${userInfo().username}`);
    for (const [why, letters] of [...totals.open].sort(([, a], [, b]) => b - a)) process.stdout.write(`${letters} stay: ${why}\n`);
    const verb = options.dryRun ? 'would be taken in' : 'taken in';
    process.stdout.write(totals.letters === 0 ? 'No dead letter is open there.\n' : `${some(totals.letters, 'dead letter')}: ${totals.takenIn} ${verb} (${some(totals.events, 'event')}), ${totals.letters - totals.takenIn} stay.\n`);
  } finally {
    await nats.drain();
    await store.close();
  }
}

if (process.argv[1]?.endsWith('retake-main.ts')) {
  main().catch((error: unknown) => {
    process.stderr.write(`retake: ${(error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, ' ')}\n`);
    process.exit(1);
  });
}
