import { NarrowTheRange } from '@/clickhouse/client';
import {
  chainGaps, failedOrderDocuments, identityConflicts, openDeadLetters, postingStandings, receiptFindings, refusedLines, unmappedUsages,
} from '@/clickhouse/queries/exceptions';
import { failedHandovers } from '@/clickhouse/queries/failures';
import { invoiceLines } from '@/clickhouse/queries/invoices';
import type { Resolved } from '../filters';
import { clocksAt } from '../lineage/completeness';
import { DEFAULT_CLOCKS } from '../rules/clocks';
import { EXCEPTION_KINDS, type ExceptionKind } from '../rules/raci';
import type { SignedIn } from '../trpc/init';
import { compose, type ExceptionRow, type Fragments } from './compose';

/** Every exception of a range that still stands, each once. */
export interface CurrentExceptions {
  /** The moment that clocks were read at and ages are counted to. */
  at: Date;
  rows: readonly ExceptionRow[];
  /** Kinds of which there are more than are listed here: figures say "at least". */
  cut: ExceptionKind[];
  /** Kinds that could not be computed within their limit of time. */
  missing: ExceptionKind[];
}

/** Most rows of one fragment: more than anybody works through, and little enough to keep in memory. */
const MOST = 5_000;
/** How long before its range a chain may have begun: the longest run of clocks (order, receipt, invoice, posting) with room for promises. */
const LOOK_BACK_DAYS = 90;
const DAY = 86_400_000;
/** Longest that one kind may take: past this the page says which is missing. */
const SECONDS = 45;
/** One answer serves the figures, the charts, the list and the overview, whoever asks meanwhile. */
const KEEP_MS = 15_000;

interface Kept {
  at: number;
  answer: Promise<CurrentExceptions>;
}
const kept = new Map<string, Kept>();

export async function currentExceptions(ctx: SignedIn, filters: Resolved): Promise<CurrentExceptions> {
  const span = filters.preset ?? `${filters.from.toISOString()}/${filters.to.toISOString()}`;
  const name = `${span} ${[...filters.facilityList].sort().join('\0')}`;
  const known = kept.get(name);
  if (known && Date.now() - known.at < KEEP_MS) return known.answer;
  const mine: Kept = { at: Date.now(), answer: findExceptions(ctx, filters) };
  kept.set(name, mine);
  mine.answer.then(() => (mine.at = Date.now()), () => kept.get(name) === mine && kept.delete(name));
  if (kept.size > 12) kept.delete(kept.keys().next().value ?? '');
  return mine.answer;
}

/** The same without the memory. @param seconds that each kind may take */
export async function findExceptions(ctx: SignedIn, resolved: Resolved, { now, seconds = SECONDS }: { now?: Date; seconds?: number } = {}): Promise<CurrentExceptions> {
  const { store } = ctx;
  const { from, to, recordedTo, facilityList } = resolved;
  const clocks = await clocksAt(store, now);
  const at = new Date(clocks.now);
  const span = { from, to, facilities: facilityList };
  const began = new Date(from.getTime() - LOOK_BACK_DAYS * DAY);
  const openDays = DEFAULT_CLOCKS.invoice;
  const cut = new Set<ExceptionKind>();
  const missing = new Set<ExceptionKind>();

  async function take<Row>(kinds: readonly ExceptionKind[], rows: (signal: AbortSignal) => AsyncIterable<Row>): Promise<Row[]> {
    const signal = AbortSignal.timeout(seconds * 1000);
    const taken: Row[] = [];
    try {
      for await (const row of rows(signal)) {
        if (taken.length === MOST) {
          kinds.forEach((kind) => cut.add(kind));
          break;
        }
        taken.push(row);
      }
      return taken;
    } catch (error) {
      // One kind that takes too long must not take the others with it; the page names it.
      if (!(error instanceof NarrowTheRange) && !signal.aborted) throw error;
      kinds.forEach((kind) => missing.add(kind));
      return [];
    }
  }

  const stuck = { ...span, fingerprint: '', interface: '' };
  const [chains, receipts, failedOrders, unmapped, refused, invoices, gaveUp, retrying, deadLetters, conflicts] = await Promise.all([
    take(['overdue-stage', 'orphan', 'missing-posting'], (signal) => chainGaps.stream(store, { ...span, ...clocks, began }, {}, signal)),
    take(['unmatched-receipt', 'over-delivery', 'receipt-without-order'], (signal) =>
      receiptFindings.stream(store, { ...span, now: at, open_days: openDays }, {}, signal)),
    take(['failed-order'], (signal) => failedOrderDocuments.stream(store, span, {}, signal)),
    take(['unmapped-usage'], (signal) => unmappedUsages.stream(store, span, {}, signal)),
    take(['refused-line'], (signal) => refusedLines.stream(store, span, {}, signal)),
    take(['invoice-mismatch'], (signal) => invoiceLines.stream(store, { ...span, view: 'mismatch', supplier: '', item: '', invoice: '' }, {}, signal)),
    take(['stuck-handover'], (signal) => failedHandovers.stream(store, { ...stuck, state: 'stuck' }, {}, signal)),
    take(['stuck-handover'], (signal) => failedHandovers.stream(store, { ...stuck, state: 'retrying' }, {}, signal)),
    take(['dead-letter'], (signal) => openDeadLetters.stream(store, { ...span, to: recordedTo }, {}, signal)),
    take(['identity-conflict'], (signal) => identityConflicts.stream(store, span, {}, signal)),
  ]);
  const handovers = [...gaveUp, ...retrying];
  const failedPostings = [...new Set(handovers.filter((row) => row.type === 'finance.posting.failed.v1').map((row) => row.document_id))];
  const postings = failedPostings.length > 0 ? await postingStandings(store, { documents: failedPostings }) : [];
  const fragments: Fragments = { chains, receipts, failedOrders, unmapped, refused, invoices, handovers, postings, deadLetters, conflicts };
  const inOrder = (kinds: ReadonlySet<ExceptionKind>) => EXCEPTION_KINDS.filter((kind) => kinds.has(kind));
  return { at, rows: compose(fragments, at), cut: inOrder(cut), missing: inOrder(missing) };
}
