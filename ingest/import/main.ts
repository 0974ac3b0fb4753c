import { createStore, type Store } from '../../clickhouse/client';
import { connectNats, ensureStreams, jetstream, streamSettings } from '../contract/stream';
import { loadConfiguredMappings, loadMappings } from '../mapping/load';
import { createMapper } from '../mapping/mapper';
import type { Mapping } from '../mapping/mapping';
import { confirm, knownDeadLetters, type Confirmation } from './confirm';
import { Cursor, cursorFolder } from './cursor';
import { located, parseOptions, USAGE, type ImportOptions } from './options';
import { startProgress } from './progress';
import { Publisher } from './publisher';
import { runImport, type ImportSummary } from './run';
import { formatOf, openSource, type Source } from './source';
import { GROUPS } from './unit';

/** `npm run import`: publishes the history in a file, through the same stream as everything live. */

const say = (line: string) => console.log(line);
const number = (n: number) => n.toLocaleString('en');

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') return say(USAGE), 0;
  if (options === 'list') return list(), 0;
  const mapping = await mappingFor(options);
  checkParams(mapping, options.params);
  const format = options.format ?? formatOf(options.file) ?? mapping.match.format;
  if (!format) throw new Error(`the name of ${options.file} does not tell its format: say --format`);
  const source = await openSource(options.file, format, mapping.csv);
  const earliest = Date.parse(process.env.THROUGHLINE_EARLIEST || '2000-01-01T00:00:00Z');
  if (options.dryRun) {
    const progress = startProgress(source.name, source.size);
    const summary = await runImport({ source, mapping, params: options.params, earliest, publisher: undefined, cursor: undefined, startAt: 0, knownDead: new Set(), progress: (so) => progress.update(source.bytesRead(), `${number(so.events)} events`) });
    progress.stop();
    report(source, summary, undefined);
    say(`Dry run: ${number(summary.groups)} ${GROUPS[format]}, ${number(summary.records)} records read; ${number(summary.events)} events and ${number(summary.deadRecords)} dead letters would be published.`);
    return 0;
  }
  return publishFile(options, source, mapping, earliest);
}

async function publishFile(options: ImportOptions, source: Source, mapping: Mapping, earliest: number): Promise<number> {
  const cursor = await Cursor.open(cursorFolder(), source.hash, mapping.fingerprint, options.params);
  const startAt = options.again ? 0 : (cursor.before?.units ?? 0);
  if (startAt > 0) say(cursor.before?.finished ? 'An earlier run has published this file; checking that everything of it is there (--again publishes anew).' : `Going on after record ${number(startAt)}, where an earlier run stopped.`);
  const store = process.env.CLICKHOUSE_URL ? createStore() : undefined;
  const nats = await connectNats('import').catch((problem: unknown) => {
    throw new Error(`no NATS at ${process.env.NATS_URL ?? ''}: ${problem instanceof Error ? problem.message : String(problem)}`);
  });
  try {
    const settings = streamSettings();
    await ensureStreams(nats, settings);
    const publisher = new Publisher(jetstream(nats), nats.info?.max_payload ?? 2 ** 20, throttled((line) => process.stderr.write(`${line}\n`)));
    const progress = startProgress(source.name, source.size);
    const knownDead = store ? await knownDeadLetters(store, mapping.label) : new Set<string>();
    const summary = await runImport({
      source, mapping, params: options.params, earliest, publisher, cursor, startAt, knownDead,
      progress: (so) => progress.update(source.bytesRead(), `${number(so.records)} records, ${number(so.events)} events, ${number(so.deadRecords)} dead letters`),
    });
    progress.stop();
    const found = store ? await confirmed(store, summary, settings.stream, options.wait) : undefined;
    report(source, summary, found);
    const { stored, known } = publisher.counts;
    say(`Published: ${number(stored)} new to the stream, ${number(known)} that it knew${summary.skipped > 0 ? `; ${number(summary.skipped)} records were published by an earlier run` : ''}.`);
    return close(source, summary, found);
  } finally {
    await store?.close();
    await nats.drain().catch(() => undefined);
  }
}

async function confirmed(store: Store, summary: ImportSummary, stream: string, waitSeconds: number): Promise<Confirmation> {
  const total = summary.events + summary.deadSubjects.length;
  const progress = startProgress('Waiting for the store', total);
  try {
    return await confirm(store, summary, stream, waitSeconds * 1000, (left) => progress.update(total - left, `${number(left)} to come`));
  } finally {
    progress.stop();
  }
}

/** What the file was made of, by event type and by reason. */
function report(source: Source, summary: ImportSummary, found: Confirmation | undefined): void {
  for (const [type, count] of [...summary.byType].sort(([, a], [, b]) => b - a)) say(`  ${number(count).padStart(10)}  ${type}`);
  for (const [reason, { count, first }] of summary.reasons) say(`  ${number(count).padStart(10)}  dead letter ${reason} [first: ${source.name}, ${first}]`);
  for (const [reason, count] of found?.reasons ?? []) say(`  ${number(count).padStart(10)}  refused by the listener: ${reason}`);
}

/** The closing line: every record ended as recorded events or as a dead letter. Returns the exit code. */
function close(source: Source, summary: ImportSummary, found: Confirmation | undefined): number {
  const read = `${source.name}: ${number(summary.groups)} ${GROUPS[source.format]}, ${number(summary.records)} records read`;
  if (!found) {
    say(`${read}: ${number(summary.events)} events recorded on the stream, ${number(summary.deadRecords)} dead letters. (No store configured: not checked there.)`);
    return 0;
  }
  const missing = found.missing > 0 ? ` ${number(found.missing)} NOT THERE YET: is the listener running? Run the import again to check, with --again to publish anew.` : '';
  say(`${read}: ${number(found.events)} events recorded and readable, ${number(found.deadLetters)} dead letters.${missing}`);
  return found.missing > 0 ? 1 : 0;
}

async function mappingFor({ mapping: wanted, file }: ImportOptions): Promise<Mapping> {
  if (wanted !== undefined && /\.ya?ml$/i.test(wanted)) {
    const [only] = await loadMappings(located(wanted));
    if (!only) throw new Error(`${wanted} holds no mapping`);
    return only;
  }
  const mappings = await loadConfiguredMappings();
  const names = mappings.map(({ name }) => name).join(', ');
  if (wanted !== undefined) {
    const found = createMapper(mappings).forName(wanted);
    if (!found) throw new Error(`there is no mapping ${wanted}; there are ${names}, or name a .yaml file`);
    return found;
  }
  const fitting = mappings.filter((mapping) => mapping.matchesFile(file.split('/').pop() ?? ''));
  if (fitting.length === 1 && fitting[0]) return fitting[0];
  throw new Error(`say which mapping reads ${file}: --mapping <name or file.yaml>; there are ${names}`);
}

function checkParams(mapping: Mapping, params: Readonly<Record<string, unknown>>): void {
  const known = Object.keys(mapping.params);
  for (const name of Object.keys(params))
    if (!known.includes(name)) throw new Error(`mapping ${mapping.label} has no parameter ${name}${known.length > 0 ? `; it has ${known.join(', ')}` : ''}`);
}

async function list(): Promise<void> {
  for (const mapping of await loadConfiguredMappings()) {
    const takes = [mapping.match.format, ...(mapping.match.file ?? []), ...(mapping.match.subject ?? [])].filter(Boolean).join(' ');
    say(`${mapping.label.padEnd(24)} ${takes}\n${''.padEnd(24)} ${mapping.about}`);
  }
}

/** At most one line a second. */
function throttled(write: (line: string) => void): (line: string) => void {
  let last = 0;
  return (line) => {
    if (Date.now() - last < 1_000) return;
    last = Date.now();
    write(line);
  };
}

main().then(
  (code) => process.exit(code),
  (problem: unknown) => {
    console.error(`import: ${problem instanceof Error ? problem.message : String(problem)}`);
    process.exit(1);
  },
);
