import type { z } from 'zod';
import type { Store } from '@/clickhouse/client';
import {
  chainGapsTouched, chainsDue, chainsWritten, failedOf, failedOrdersTouched, mismatchedLinesTouched, MOST_TOUCHED, ordersReceived, receiptFindingsTouched, receiptsDue, refusedLinesTouched, requisitionsServed, stuckHandoversTouched,
  stuckMessages, touchedDocuments, unmappedUsagesTouched, usagesTakenBack, type exceptionNews,
} from '@/clickhouse/queries/exceptions-touched';
import { clocksAt, type Clocks } from '../lineage/completeness';
import { ownership } from '../rules/ownership';
import { stageClocks } from '../rules/clocks';
import type { ExceptionKind } from '../rules/raci';
import { raciTable } from '../rules/raci-table';
import { OF_NO_DOCUMENT, type ExceptionRow } from './compose';
import { ALL_TIME, standingsOf, taker, whole, type Marks, type Resting, type Take } from './find';
import type { Found, Update } from './found';

/**
 * What has become of the work list since it was found as a whole: rows of the documents that something has touched, of chains
 * that were worked out anew, and of those of which a clock has run out. What is not about a document is asked as a whole,
 * when it may have changed and has rested.
 */

export type News = z.output<(typeof exceptionNews)['definition']['row']>;

/** How far what was found is. */
export interface Seen {
  /** Until when what was touched is in it. */
  until: string;
  /** The newest run of the match over everything that is: it is made when views were let go of, rebuilt or mended. */
  wholeRun: number;
  /** The newest run of the chains that is. */
  chainRun: number;
  /** The moment up to which clocks have been looked at. */
  clocksAt: Date;
  /** What the whole was found by. */
  knownBy: string;
}

/** What was stamped this long before is looked at once more: clocks are not that exact. */
const OVERLAP_MS = 100;
/** Clocks are looked at this often: they run in days. */
const CLOCKS_EVERY_MS = 30_000;

/** Other rules, or other stages that facilities send, may change any exception. */
export const knownBy = ({ now: _now, ...clocks }: Clocks) => JSON.stringify([{ ...clocks, sent: [...clocks.sent].sort() }, raciTable().version, ownership()]);

export function marksOf(news: News, at: Date): Marks {
  return {
    deadLetters: `${news.letters} ${news.events}`, conflicts: `${news.events}`, foreign: `${news.events} ${JSON.stringify(ownership())}`, messages: `${news.events}`,
    gaps: `${news.reconciliation_run} ${Math.floor(at.getTime() / CLOCKS_EVERY_MS)}`, quality: `${news.quality_run} ${news.master}`,
  };
}

/** Asks once for as many as there are, and not at all for none. */
const some = async <Row>(names: readonly string[], ask: () => Promise<Row[]>): Promise<Row[]> => (names.length === 0 ? [] : ask());

/**
 * @returns what to write; null where the whole has to be found anew: too much was touched, or it stands on other rules
 * @throws as findExceptions; and Unclear. What was found is of no use then
 */
export async function findTouched(store: Store, found: Found, seen: Seen, news: News, { now, resting }: { now?: Date; resting: Resting }): Promise<{ at: Date; rows: ExceptionRow[]; gone: string[]; cut: ExceptionKind[]; seen: Seen } | null> {
  const clocks = await clocksAt(store, now);
  const at = new Date(clocks.now);
  if (at < seen.clocksAt || knownBy(clocks) !== seen.knownBy) return null;
  const ticked = at.getTime() - seen.clocksAt.getTime() >= CLOCKS_EVERY_MS;
  const things = await touchedDocuments(store, { since: new Date(Date.parse(seen.until) - OVERLAP_MS), until: new Date(news.until) });
  const written = await chainsWritten(store, { after: seen.chainRun });
  const { now: _now, sent: _sent, ...limits } = clocks;
  const due = ticked ? await chainsDue(store, { ...limits, now: at, before: seen.clocksAt }) : [];
  const waited = ticked ? await receiptsDue(store, { now: at, before: seen.clocksAt, open_days: stageClocks().invoice }) : [];
  if ([things, written, due, waited].some((list) => list.length > MOST_TOUCHED)) return null;

  const cut = new Set<ExceptionKind>();
  const take = taker(cut);
  const touched = new Touched(things, waited.map(({ under }) => under));
  const updates: Update[] = [
    ...(await chains(store, [...written, ...due], clocks, take)), ...(await matched(store, touched, at, take)), ...(await orders(store, found, touched, take)),
    ...(await usages(store, touched, at, take)), ...(await handovers(store, found, touched, take)), ...(await wholes(store, marksOf(news, at), at, take, resting, cut)),
  ];
  // Of a kind of which there are more than are taken nobody knows what else stands.
  if (cut.size > 0) return null;
  if (updates.length === 0) return { at, rows: [], gone: [], cut: [], seen: { ...seen, until: news.until, chainRun: news.chain_run, clocksAt: ticked ? at : seen.clocksAt } };
  const failed = new Set(found.failedPostings());
  for (const update of updates) if (update.part === 'handovers') for (const row of update.rows) if (row.type === 'finance.posting.failed.v1') failed.add(row.document_id);
  const { rows, gone } = found.put(updates, await standingsOf(store, [...failed]));
  return { at, rows, gone, cut: [], seen: { ...seen, until: news.until, chainRun: news.chain_run, clocksAt: ticked ? at : seen.clocksAt } };
}

/** Documents that were touched, by their type. */
class Touched {
  private readonly byKind = new Map<string, Set<string>>();
  constructor(readonly things: z.output<(typeof touchedDocuments)['definition']['row']>[], readonly waited: readonly string[]) {
    for (const { kind, id, matched } of things) {
      const own = `${kind}${matched ? ' matched' : ''}`;
      const known = this.byKind.get(own);
      if (known) known.add(id);
      else this.byKind.set(own, new Set([id]));
    }
  }

  /** Named by events. */
  named(kind: string): string[] {
    return [...(this.byKind.get(kind) ?? [])];
  }

  daysOf(kind: string): string[] {
    return [...new Set(this.things.filter((one) => one.kind === kind && one.day !== '').map(({ day }) => day))];
  }

  /** Named by events, or worked out anew by the match. */
  all(kind: string): string[] {
    return [...new Set([...this.named(kind), ...(this.byKind.get(`${kind} matched`) ?? [])])];
  }
}

async function chains(store: Store, touched: readonly { day: string; anchor: string; id: string }[], clocks: Clocks, take: Take): Promise<Update[]> {
  if (touched.length === 0) return [];
  const keys = { days: touched.map(({ day }) => day), anchors: touched.map(({ anchor }) => anchor), ids: touched.map(({ id }) => id) };
  const { from, to } = ALL_TIME;
  const rows = await take(['overdue-stage', 'orphan', 'missing-posting'], (signal) => chainGapsTouched.stream(store, { from, to, ...clocks, ...keys }, {}, signal));
  return [{ part: 'chains', under: new Set(touched.map(({ anchor, id }) => `${anchor} ${id}`)), rows }];
}

async function matched(store: Store, touched: Touched, at: Date, take: Take): Promise<Update[]> {
  const orders = [...new Set([...touched.all('order'), ...touched.waited])];
  const receipts = [...new Set([...touched.all('receipt'), ...touched.waited])];
  const invoices = touched.all('invoice');
  const kinds = ['unmatched-receipt', 'over-delivery', 'receipt-without-order'] as const;
  return [
    ...(orders.length + receipts.length === 0 ? [] : [{ part: 'receipts', under: new Set([...orders, ...receipts]), rows: await take(kinds, (signal) => receiptFindingsTouched.stream(store, { ...ALL_TIME, now: at, open_days: stageClocks().invoice, orders, receipts }, {}, signal)) } as const]),
    ...(invoices.length === 0 ? [] : [{ part: 'invoices', under: new Set(invoices), rows: await take(['invoice-mismatch'], (signal) => mismatchedLinesTouched.stream(store, { ...ALL_TIME, documents: invoices }, {}, signal)) } as const]),
  ];
}

async function orders(store: Store, found: Found, touched: Touched, take: Take): Promise<Update[]> {
  const receipts = touched.named('receipt');
  const all = [...new Set([...touched.all('order'), ...(await some(receipts, () => ordersReceived(store, { documents: receipts }))).map(({ document }) => document)])];
  if (all.length === 0) return [];
  const updates: Update[] = [{ part: 'refused', under: new Set(all), rows: await take(['refused-line'], (signal) => refusedLinesTouched.stream(store, { ...ALL_TIME, documents: all }, {}, signal)) }];
  const named = touched.named('order');
  if (named.length === 0) return updates;
  // What failed before may be served by these.
  const before = [...found.failedOrders()];
  const served = new Set((await some(before.map(([document]) => document), () => requisitionsServed(store, { documents: named }))).map(({ requisition }) => requisition));
  const documents = [...new Set([...named, ...before.filter(([, wanted]) => wanted.some((one) => served.has(one))).map(([document]) => document)])];
  updates.push({ part: 'failedOrders', under: new Set(documents), rows: await take(['failed-order'], (signal) => failedOrdersTouched.stream(store, { ...ALL_TIME, documents }, {}, signal)) });
  return updates;
}

async function usages(store: Store, touched: Touched, at: Date, take: Take): Promise<Update[]> {
  // What the item master knows now may have been used at any time.
  if (touched.named('item').length > 0) return [{ part: 'unmapped', under: null, rows: await whole(store, at, take).unmapped() }];
  const named = touched.named('usage');
  if (named.length === 0) return [];
  const documents = [...new Set([...named, ...(await usagesTakenBack(store, { documents: named })).map(({ document }) => document)])];
  return [{ part: 'unmapped', under: new Set(documents), rows: await take(['unmapped-usage'], (signal) => unmappedUsagesTouched.stream(store, { ...ALL_TIME, documents }, {}, signal)) }];
}

/** What a document as a whole is called in the lineage graph; see ingest/listener/row.ts. */
const OBJECTS: Readonly<Record<string, string>> = { match: 'invoice', usage: 'usage-document', posting: 'posting-document', payment: 'payment-document', case: 'schedule' };

const keysOf = (of: readonly { kind: string; id: string }[]) => ({ types: of.map(({ kind }) => kind), object_types: of.map(({ kind }) => OBJECTS[kind] ?? kind), documents: of.map(({ id }) => id) });

async function handovers(store: Store, found: Found, touched: Touched, take: Take): Promise<Update[]> {
  const named = new Map(touched.things.filter(({ matched }) => !matched).map(({ kind, id }) => [`${kind} ${id}`, { kind, id }]));
  if (named.size === 0) return [];
  const all = [...named.values()];
  const failing = new Set((await failedOf(store, { days: touched.daysOf('balance'), ...keysOf(all) })).map(({ type, document }) => `${type} ${document}`));
  const documents = all.filter(({ kind, id }) => failing.has(`${kind} ${id}`) || found.stuck(kind, id));
  if (documents.length === 0) return [];
  const rows = await take(['stuck-handover'], (signal) => stuckHandoversTouched.stream(store, keysOf(documents), {}, signal));
  return [{ part: 'handovers', under: new Set(documents.map(({ kind, id }) => `${kind} ${id}`)), rows }];
}

async function wholes(store: Store, marks: Marks, at: Date, take: Take, resting: Resting, cut: Set<ExceptionKind>): Promise<Update[]> {
  const asked = whole(store, at, take);
  const unknown = (kind: ExceptionKind) => () => void cut.add(kind);
  const deadLetters = await resting.rows('deadLetters', marks.deadLetters, asked.deadLetters, unknown('dead-letter'));
  const conflicts = await resting.rows('conflicts', marks.conflicts, asked.conflicts, unknown('identity-conflict'));
  const foreign = await resting.rows('foreign', marks.foreign, asked.foreign, unknown('not-its-system'));
  const gaps = await resting.rows('gaps', marks.gaps, asked.gaps, unknown('reconciliation-gap'));
  const quality = await resting.rows('quality', marks.quality, asked.quality, unknown('data-quality'));
  const messages = await resting.rows('messages', marks.messages, () => take(['stuck-handover'], (signal) => stuckMessages.stream(store, {}, {}, signal)), unknown('stuck-handover'));
  return [
    ...(deadLetters ? [{ part: 'deadLetters', under: null, rows: deadLetters } as const] : []), ...(conflicts ? [{ part: 'conflicts', under: null, rows: conflicts } as const] : []),
    ...(foreign ? [{ part: 'foreign', under: null, rows: foreign } as const] : []), ...(gaps ? [{ part: 'gaps', under: null, rows: gaps } as const] : []),
    ...(quality ? [{ part: 'quality', under: null, rows: quality } as const] : []), ...(messages ? [{ part: 'handovers', under: new Set([OF_NO_DOCUMENT]), rows: messages } as const] : []),
  ];
}
