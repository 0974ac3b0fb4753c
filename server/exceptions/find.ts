import {
  chainGaps, failedOrderDocuments, identityConflicts, mismatchedLines, openDeadLetters, postingStandings, receiptFindings, refusedLines, unmappedUsages,
} from '@/clickhouse/queries/exceptions';
import { failedHandovers } from '@/clickhouse/queries/failures';
import { foreignEvents } from '@/clickhouse/queries/ownership';
import { qualityProblems } from '@/clickhouse/queries/quality';
import { reconciliationGaps } from '@/clickhouse/queries/reconciliation';
import { StoreUnavailable, type Store } from '@/clickhouse/client';
import { clocksAt } from '../lineage/completeness';
import { lookFor } from '../quality/look';
import { windowParams } from '../reconciliation/close';
import { stageClocks } from '../rules/clocks';
import { ownership, ownershipParams } from '../rules/ownership';
import { EXCEPTION_KINDS, type ExceptionKind } from '../rules/raci';
import { raciFor } from '../rules/raci-table';
import { compose, type ExceptionRow, type Fragments } from './compose';

/** Every exception that stands, each once, worked out from the log: what the keeper keeps. */
export interface FoundExceptions {
  /** The moment that clocks were read at. */
  at: Date;
  rows: ExceptionRow[];
  /** Kinds of which not all is here: there are more than are taken, or they could not be worked out in time. */
  cut: ExceptionKind[];
}

/** Most rows of one fragment that are held in memory: more than any desk works through. */
const MOST = 200_000;
/** Everything that stands counts, however long ago it arose. The end is one that every kind of time of the store can hold. */
const ALL_TIME = { from: new Date(0), to: new Date('2100-01-01T00:00:00Z'), facilities: [] as string[] };
/** Identities that are compared in one pass: bounds its memory to some 150 MB. */
const IDENTITIES_AT_ONCE = 2_000_000;
/** Questions over the whole log, whose answers stand by themselves, rest this many times as long as they took. */
const REST_FACTOR = 20;
const SECONDS = 120;

/** Answers that are good for a while: what takes long is asked seldom. One that fails leaves the one before in place. */
export class Resting {
  private readonly answers = new Map<string, { until: number; rows: readonly unknown[] }>();

  /** @param failed told when the question could not be answered: what is given may be old, or nothing */
  async rows<Row>(name: string, ask: () => Promise<Row[]>, failed: () => void): Promise<Row[]> {
    const known = this.answers.get(name);
    if (known && Date.now() < known.until) return known.rows as Row[];
    const began = Date.now();
    try {
      const rows = await ask();
      this.answers.set(name, { until: Date.now() + (Date.now() - began) * REST_FACTOR, rows });
      return rows;
    } catch (error) {
      // A store that does not answer answers nothing else either; the others must not wait for one question that is too dear.
      if (error instanceof StoreUnavailable) throw error;
      failed();
      return (known?.rows ?? []) as Row[];
    }
  }
}

/**
 * @param options.now the moment that clocks are read at; default: now while events arrive, else the last event's
 * @param options.resting what was asked before; without it everything is asked anew
 * @throws where a question fails or takes too long: a list that lacks a kind would say that it is settled
 */
export async function findExceptions(store: Store, { now, resting = new Resting() }: { now?: Date; resting?: Resting } = {}): Promise<FoundExceptions> {
  const clocks = await clocksAt(store, now);
  const at = new Date(clocks.now);
  const cut = new Set<ExceptionKind>();

  async function take<Row>(kinds: readonly ExceptionKind[], rows: (signal: AbortSignal) => AsyncIterable<Row>): Promise<Row[]> {
    const taken: Row[] = [];
    for await (const row of rows(AbortSignal.timeout(SECONDS * 1000))) {
      if (taken.length === MOST) {
        kinds.forEach((kind) => cut.add(kind));
        break;
      }
      taken.push(row);
    }
    return taken;
  }

  async function conflicts() {
    const [log] = await store.select<{ events: number }>('SELECT count() AS events FROM events', {}, { name: 'exceptions_log_size' });
    const passes = Math.max(1, Math.ceil((log?.events ?? 0) / IDENTITIES_AT_ONCE));
    const found = [];
    for (let pass = 0; pass < passes; pass++) found.push(...(await take(['identity-conflict'], (signal) => identityConflicts.stream(store, { ...ALL_TIME, passes, pass }, {}, signal))));
    return found;
  }

  async function lacking() {
    const { params } = await lookFor(store, ALL_TIME);
    return take(['data-quality'], (signal) => qualityProblems.stream(store, params, {}, signal));
  }

  const unknown = (kind: ExceptionKind) => () => void cut.add(kind);
  const { rules } = ownership();
  const [chains, receipts, failedOrders, unmapped, refused, invoices, handovers, deadLetters, doubled, foreign, gaps, quality] = await Promise.all([
    take(['overdue-stage', 'orphan', 'missing-posting'], (signal) => chainGaps.stream(store, { ...ALL_TIME, ...clocks, began: ALL_TIME.from }, {}, signal)),
    take(['unmatched-receipt', 'over-delivery', 'receipt-without-order'], (signal) => receiptFindings.stream(store, { ...ALL_TIME, now: at, open_days: stageClocks().invoice }, {}, signal)),
    take(['failed-order'], (signal) => failedOrderDocuments.stream(store, ALL_TIME, {}, signal)),
    take(['unmapped-usage'], (signal) => unmappedUsages.stream(store, ALL_TIME, {}, signal)),
    take(['refused-line'], (signal) => refusedLines.stream(store, ALL_TIME, {}, signal)),
    take(['invoice-mismatch'], (signal) => mismatchedLines.stream(store, ALL_TIME, {}, signal)),
    take(['stuck-handover'], (signal) => failedHandovers.stream(store, { ...ALL_TIME, fingerprint: '', interface: '', state: 'unmended' }, {}, signal)),
    take(['dead-letter'], (signal) => openDeadLetters.stream(store, ALL_TIME, {}, signal)),
    resting.rows('conflicts', conflicts, unknown('identity-conflict')),
    rules.length === 0 ? [] : resting.rows('foreign', () => take(['not-its-system'], (signal) => foreignEvents.stream(store, ownershipParams(rules), {}, signal)), unknown('not-its-system')),
    take(['reconciliation-gap'], (signal) => reconciliationGaps.stream(store, windowParams({ ...ALL_TIME, facilityList: [] }, '', at), {}, signal)),
    lacking(),
  ]);
  const failedPostings = [...new Set(handovers.filter((row) => row.type === 'finance.posting.failed.v1').map((row) => row.document_id))];
  const postings = [];
  for (let start = 0; start < failedPostings.length; start += 5_000) postings.push(...(await postingStandings(store, { documents: failedPostings.slice(start, start + 5_000) })));
  const fragments: Fragments = { chains, receipts, failedOrders, unmapped, refused, invoices, handovers, postings, deadLetters, conflicts: doubled, foreign, gaps, quality };
  return { at, rows: compose(fragments, (about) => raciFor(about).responsible), cut: EXCEPTION_KINDS.filter((kind) => cut.has(kind)) };
}
