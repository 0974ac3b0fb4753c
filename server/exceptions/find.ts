import {
  chainGaps, failedOrderDocuments, identityConflicts, mismatchedLines, openDeadLetters, postingStandings, receiptFindings, refusedLines, unmappedUsages,
} from '@/clickhouse/queries/exceptions';
import { stuckHandovers } from '@/clickhouse/queries/exceptions-touched';
import { foreignEvents } from '@/clickhouse/queries/ownership';
import { qualityProblems } from '@/clickhouse/queries/quality';
import { reconciliationGaps } from '@/clickhouse/queries/reconciliation';
import { StoreUnavailable, type Store } from '@/clickhouse/client';
import { clocksAt, type Clocks } from '../lineage/completeness';
import { lookFor } from '../quality/look';
import { windowParams } from '../reconciliation/close';
import { stageClocks } from '../rules/clocks';
import { ownership, ownershipParams } from '../rules/ownership';
import { EXCEPTION_KINDS, type ExceptionKind } from '../rules/raci';
import { byRecord, type ExceptionRow, type Fragments } from './compose';
import { Found } from './found';

/** Every exception that stands, each once, worked out from the log: what the keeper keeps. */
export interface FoundExceptions {
  /** The moment that clocks were read at. */
  at: Date;
  rows: ExceptionRow[];
  /** Kinds of which not all is here: there are more than are taken, or they could not be worked out in time. */
  cut: ExceptionKind[];
  /** What it was made of, to be kept up with what changes. */
  found: Found;
  clocks: Clocks;
}

/** Most rows of one fragment that are held in memory: more than any desk works through. */
const MOST = 200_000;
/** Everything that stands counts, however long ago it arose. The end is one that every kind of time of the store can hold. */
export const ALL_TIME = { from: new Date(0), to: new Date('2100-01-01T00:00:00Z'), facilities: [] as string[] };
/** Identities that are compared in one pass: bounds its memory to some 150 MB. */
const IDENTITIES_AT_ONCE = 2_000_000;
/** Questions over the whole log, whose answers stand by themselves, rest this many times as long as they took. */
const REST_FACTOR = 60;
const SECONDS = 120;

/** Answers that are good for a while: what takes long is asked seldom. One that fails leaves the one before in place. */
export class Resting {
  private readonly answers = new Map<string, { until: number; mark: string; rows: readonly unknown[] }>();

  /** @param factor how many times as long as they took questions rest; 0: not at all */
  constructor(private readonly factor = REST_FACTOR) {}

  /**
   * @param mark changes where the answer may have
   * @param failed told when the question could not be answered: what is given may be old, or nothing
   * @returns null where the answer is the one before
   */
  async rows<Row>(name: string, mark: string, ask: () => Promise<Row[]>, failed: () => void): Promise<Row[] | null> {
    const known = this.answers.get(name);
    if (known && (known.mark === mark || Date.now() < known.until)) return null;
    const began = Date.now();
    try {
      const rows = await ask();
      this.answers.set(name, { until: Date.now() + (Date.now() - began) * this.factor, mark, rows });
      return rows;
    } catch (error) {
      // A store that does not answer answers nothing else either; the others must not wait for one question that is too dear.
      if (error instanceof StoreUnavailable) throw error;
      failed();
      return known ? null : [];
    }
  }

  /** The same, with the rows of the answer before. */
  async always<Row>(name: string, mark: string, ask: () => Promise<Row[]>, failed: () => void): Promise<Row[]> {
    return (await this.rows(name, mark, ask, failed)) ?? ((this.answers.get(name)?.rows ?? []) as Row[]);
  }
}

/** Questions about the whole, of which each is asked when it may have another answer. */
export function whole(store: Store, at: Date, take: Take) {
  const { rules } = ownership();
  return {
    deadLetters: () => take(['dead-letter'], (signal) => openDeadLetters.stream(store, ALL_TIME, {}, signal)),
    conflicts: async () => {
      const [log] = await store.select<{ events: number }>('SELECT count() AS events FROM events', {}, { name: 'exceptions_log_size' });
      const passes = Math.max(1, Math.ceil((log?.events ?? 0) / IDENTITIES_AT_ONCE));
      const found: Fragments['conflicts'] = [];
      for (let pass = 0; pass < passes; pass++) found.push(...(await take(['identity-conflict'], (signal) => identityConflicts.stream(store, { ...ALL_TIME, passes, pass }, {}, signal))));
      return found;
    },
    foreign: async () => (rules.length === 0 ? [] : take(['not-its-system'], (signal) => foreignEvents.stream(store, ownershipParams(rules), {}, signal))),
    gaps: () => take(['reconciliation-gap'], (signal) => reconciliationGaps.stream(store, windowParams({ ...ALL_TIME, facilityList: [] }, '', at), {}, signal)),
    quality: async () => {
      const { params } = await lookFor(store, ALL_TIME);
      return byRecord(await take(['data-quality'], (signal) => qualityProblems.stream(store, params, {}, signal)));
    },
    unmapped: () => take(['unmapped-usage'], (signal) => unmappedUsages.stream(store, ALL_TIME, {}, signal)),
  };
}

export type Take = <Row>(kinds: readonly ExceptionKind[], rows: (signal: AbortSignal) => AsyncIterable<Row>) => Promise<Row[]>;

/** Takes rows up to a number, and notes the kinds of which there are more. */
export function taker(cut: Set<ExceptionKind>): Take {
  return async <Row>(kinds: readonly ExceptionKind[], rows: (signal: AbortSignal) => AsyncIterable<Row>) => {
    const taken: Row[] = [];
    for await (const row of rows(AbortSignal.timeout(SECONDS * 1000))) {
      if (taken.length === MOST) {
        kinds.forEach((kind) => cut.add(kind));
        break;
      }
      taken.push(row);
    }
    return taken;
  };
}

/** What the postings whose hand-over failed settle. */
export async function standingsOf(store: Store, failedPostings: readonly string[]): Promise<Fragments['postings']> {
  const postings: Fragments['postings'] = [];
  for (let start = 0; start < failedPostings.length; start += 5_000) postings.push(...(await postingStandings(store, { documents: failedPostings.slice(start, start + 5_000) })));
  return postings;
}

/**
 * @param options.now the moment that clocks are read at; default: now while events arrive, else the last event's
 * @param options.resting what was asked before; without it everything is asked anew
 * @throws where a question fails or takes too long: a list that lacks a kind would say that it is settled
 */
export async function findExceptions(store: Store, { now, resting = new Resting(), marks }: { now?: Date; resting?: Resting; marks?: Marks } = {}): Promise<FoundExceptions> {
  const clocks = await clocksAt(store, now);
  const at = new Date(clocks.now);
  const cut = new Set<ExceptionKind>();
  const take = taker(cut);
  const asked = whole(store, at, take);
  const unknown = (kind: ExceptionKind) => () => void cut.add(kind);
  const mark = (name: keyof Marks) => marks?.[name] ?? '';
  // One after the other: together they would take every core from whoever waits for a page or a verdict.
  const chains = await take(['overdue-stage', 'orphan', 'missing-posting'], (signal) => chainGaps.stream(store, { ...ALL_TIME, ...clocks, began: ALL_TIME.from }, {}, signal));
  const receipts = await take(['unmatched-receipt', 'over-delivery', 'receipt-without-order'], (signal) => receiptFindings.stream(store, { ...ALL_TIME, now: at, open_days: stageClocks().invoice }, {}, signal));
  const failedOrders = await take(['failed-order'], (signal) => failedOrderDocuments.stream(store, ALL_TIME, {}, signal));
  const unmapped = await asked.unmapped();
  const refused = await take(['refused-line'], (signal) => refusedLines.stream(store, ALL_TIME, {}, signal));
  const invoices = await take(['invoice-mismatch'], (signal) => mismatchedLines.stream(store, ALL_TIME, {}, signal));
  const handovers = await take(['stuck-handover'], (signal) => stuckHandovers.stream(store, { facilities: [] }, {}, signal));
  const deadLetters = await resting.always('deadLetters', mark('deadLetters'), asked.deadLetters, unknown('dead-letter'));
  const conflicts = await resting.always('conflicts', mark('conflicts'), asked.conflicts, unknown('identity-conflict'));
  const foreign = await resting.always('foreign', mark('foreign'), asked.foreign, unknown('not-its-system'));
  const gaps = await resting.always('gaps', mark('gaps'), asked.gaps, unknown('reconciliation-gap'));
  const quality = await resting.always('quality', mark('quality'), asked.quality, unknown('data-quality'));
  const found = new Found();
  const failedPostings = [...new Set(handovers.filter((row) => row.type === 'finance.posting.failed.v1').map((row) => row.document_id))];
  const rows = await found.fill(store, { chains, receipts, failedOrders, unmapped, refused, invoices, handovers, deadLetters, conflicts, foreign, gaps, quality }, await standingsOf(store, failedPostings));
  return { at, rows, cut: EXCEPTION_KINDS.filter((kind) => cut.has(kind)), found, clocks };
}

/** Of each question about the whole, what changes when its answer may have. */
export type Marks = Readonly<Record<'deadLetters' | 'conflicts' | 'foreign' | 'gaps' | 'quality' | 'messages', string>>;
