import type { ContractEvent } from '../contract/envelope';
import type { Mapping } from '../mapping/mapping';
import type { Cursor } from './cursor';
import { deadSubject, type DeadRecord, type Publisher } from './publisher';
import type { Source } from './source';
import type { Unit } from './unit';

/** Identities of the events of an import, in portions that one query can ask for. */
export interface Portion {
  readonly source: string;
  readonly ids: string[];
  /** Stream sequences of those that this run published. */
  readonly sequences: number[];
  /** Times of the first and the last of them, milliseconds since 1970. */
  from: number;
  to: number;
}

/** What a file came to. */
export interface ImportSummary {
  /** Rows, lines or traces. */
  groups: number;
  /** Records: rows, lines or the events of traces. */
  records: number;
  /** Records that became events, and those that became dead letters: together all records. */
  mappedRecords: number;
  deadRecords: number;
  events: number;
  readonly byType: Map<string, number>;
  /** Reasons of dead letters, with how many and the first place. */
  readonly reasons: Map<string, { count: number; first: string }>;
  readonly portions: Portion[];
  readonly deadSubjects: string[];
  /** Records that an earlier run had published already. */
  skipped: number;
}

export interface RunParts {
  readonly source: Source;
  readonly mapping: Mapping;
  readonly params: Readonly<Record<string, unknown>>;
  /** Events from before this instant are dead letters, as the listener would make them. */
  readonly earliest: number;
  /** Undefined: nothing is published. */
  readonly publisher: Publisher | undefined;
  readonly cursor: Cursor | undefined;
  /** Records already on the stream. */
  readonly startAt: number;
  /** Dead letters that the store has from an earlier run, by subject. */
  readonly knownDead: ReadonlySet<string>;
  readonly progress: (summary: ImportSummary) => void;
}

const PORTION = 5_000;
const CHECKPOINT = 5_000;
/** How far a source's clock may run ahead. */
const CLOCK_SKEW_MS = 24 * 3_600_000;

/** Reads, maps and publishes a file. Every record ends as events or as one dead letter. */
export async function runImport(parts: RunParts): Promise<ImportSummary> {
  const { source, mapping, publisher } = parts;
  const summary: ImportSummary = {
    groups: 0, records: 0, mappedRecords: 0, deadRecords: 0, events: 0, byType: new Map(), reasons: new Map(), portions: [], deadSubjects: [], skipped: 0,
  };
  const twins = new Map<string, number>();
  const checkpoint = async (finished: boolean): Promise<void> => {
    if (!publisher) return;
    await publisher.flush();
    if (finished || summary.records > parts.startAt) await parts.cursor?.save({ file: source.name, mapping: mapping.label, units: summary.records, finished });
  };
  for await (const unit of source.units()) {
    summary.groups = unit.group;
    summary.records++;
    const publish = publisher && summary.records > parts.startAt ? publisher : undefined;
    if (publisher && !publish) summary.skipped++;
    const outcome = await judge(parts, unit);
    if ('events' in outcome) {
      summary.mappedRecords++;
      for (const event of outcome.events) {
        const portion = note(summary, event);
        await publish?.event(event, mapping.label, (sequence) => void portion.sequences.push(sequence));
      }
    } else {
      const { dead } = outcome;
      summary.deadRecords++;
      const reason = `${dead.code}: ${dead.reason.replace(unit.where, '').replace(/^: /, '').trim()}`;
      const known = summary.reasons.get(reason);
      if (known) known.count++;
      else summary.reasons.set(reason, { count: 1, first: unit.where });
      const key = `${dead.code}\0${dead.raw}`;
      const twin = twins.get(key) ?? 0;
      twins.set(key, twin + 1);
      const subject = deadSubject(mapping.label, dead.code, dead.raw, twin);
      summary.deadSubjects.push(subject);
      if (publish && !parts.knownDead.has(subject)) await publish.dead(dead, subject);
    }
    if (summary.records % CHECKPOINT === 0) await checkpoint(false);
    if (summary.records % 200 === 0) parts.progress(summary);
  }
  await checkpoint(true);
  parts.progress(summary);
  return summary;
}

async function judge(parts: RunParts, unit: Unit): Promise<{ events: ContractEvent[] } | { dead: DeadRecord }> {
  const { mapping, source } = parts;
  const about = { mapping: mapping.label, origin: `${source.name}, ${unit.where}` };
  if (unit.kind === 'unreadable') return { dead: { ...about, code: unit.code, reason: unit.reason, field: '', raw: unit.raw } };
  const raw = (): string => JSON.stringify(unit.kept ?? unit.record);
  const results = await mapping.applyMessage(unit.record, { file: source.name, params: parts.params });
  const events: ContractEvent[] = [];
  for (const result of results) {
    if (!result.ok) return { dead: { ...about, code: result.code, reason: result.message, field: result.field, raw: raw() } };
    const time = Date.parse(result.event.time);
    if (time < parts.earliest || time > Date.now() + CLOCK_SKEW_MS)
      return { dead: { ...about, code: 'ABSURD_TIME', reason: `the time of the ${result.event.type} lies before ${new Date(parts.earliest).toISOString().slice(0, 10)} or in the future`, field: 'time', raw: raw() } };
    if (parts.publisher?.fits(result.event) === false) return { dead: { ...about, code: 'TOO_LARGE', reason: `the ${result.event.type} is larger than the stream takes`, field: 'data', raw: raw() } };
    events.push(result.event);
  }
  return { events };
}

function note(summary: ImportSummary, event: ContractEvent): Portion {
  summary.events++;
  summary.byType.set(event.type, (summary.byType.get(event.type) ?? 0) + 1);
  const time = Date.parse(event.time);
  let portion = summary.portions.findLast(({ source }) => source === event.source);
  if (!portion || portion.ids.length >= PORTION) {
    portion = { source: event.source, ids: [], sequences: [], from: time, to: time };
    summary.portions.push(portion);
  }
  portion.ids.push(event.id);
  portion.from = Math.min(portion.from, time);
  portion.to = Math.max(portion.to, time);
  return portion;
}
