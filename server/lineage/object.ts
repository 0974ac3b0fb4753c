import type { Store } from '@/clickhouse/client';
import { objectSeen, type LineFact } from '@/clickhouse/queries/lineage';
import { nothingKnown, thenOf, type ThenView } from './as-of';
import { readChain } from './chain';
import { eventsOfDocument, type EventFact } from './events';
import { summarise, type NodeSummary } from './facts';
import { factsOfDocument, factsOfLines } from './lines';
import { documentObject, documentTypeOfObject, isContext, isLine, lineOf, lineRef, type ObjectRef } from './objects';
import { Names } from './names';
import { contextOf, viewOf, type ChainView } from './view';

/** What the page of an object shows: a chain for a line, its lines for a document, its traffic for anything else. */

export interface DocumentLine extends NodeSummary {
  type: string;
  id: string;
  line: string;
}

export interface DocumentView {
  type: string;
  id: string;
  documentType: string;
  lines: DocumentLine[];
  /** More lines than are listed. */
  cut: boolean;
  /** What was said of the document as a whole. */
  whole: NodeSummary | null;
  tax: string | null;
  freight: string | null;
  dueDate: string | null;
  events: EventFact[];
  eventsCut: boolean;
}

export interface ContextView {
  type: string;
  id: string;
  name: string;
  events: number;
  first: string;
  last: string;
  facilities: string[];
}

export type ObjectView =
  /** `then`: set when the chain is shown as it was known at a moment. */
  | { kind: 'chain'; chain: ChainView; then: ThenView | null; names: Record<string, string> }
  | { kind: 'document'; document: DocumentView; names: Record<string, string> }
  | { kind: 'context'; context: ContextView }
  | { kind: 'unknown'; type: string; id: string; lookedIn: string[] };

const MOST_FACTS = 5_000;
const MOST_LINES = 500;
const MOST_EVENTS = 500;

/**
 * @param facilities that the asker may see; empty: all. What is outside of them is as if it did not exist.
 * @param siblings draw the folded siblings of a chain too
 * @param knownAt show the chain as it was known then; a moment to come is now
 * @param inferred walk relations that nobody stated too; not at a past moment: what was inferred then is not kept
 */
export async function objectView(store: Store, ref: ObjectRef, facilities: string[], { siblings, knownAt, inferred = false }: { siblings: boolean; knownAt?: Date | undefined; inferred?: boolean }): Promise<ObjectView> {
  const names = new Names(store);
  if (isLine(ref.type) && (lineOf(ref)?.line ?? '') !== '') {
    const past = knownAt !== undefined && knownAt.getTime() < Date.now() ? knownAt : undefined;
    const [facts, factsThen] = await Promise.all([readChain(store, ref, { ...(inferred ? { inferredFrom: 0 } : {}), onFacts: (known) => names.ask(contextOf(known)) }), past && readChain(store, ref, { knownAt: past })]);
    const chain = viewOf(facts, facilities, siblings);
    const seed = chain.nodes.find((node) => node.side === 'seed');
    // A chain of one that no event speaks of is no chain: nobody has named it either.
    const known = seed !== undefined && (!seed.orphan || chain.nodes.length > 1 || chain.verdicts.length > 0);
    if (!known) return unknown(ref);
    const named = await names.of(chain.context);
    if (!past || !factsThen) return { kind: 'chain', chain, then: null, names: named };
    const then = nothingKnown(viewOf(factsThen, facilities, siblings));
    return { kind: 'chain', chain: then, then: thenOf(past, then, chain), names: named };
  }
  if (!isContext(ref.type)) {
    const document = await documentView(store, ref, facilities);
    if (document) return { kind: 'document', document, names: await names.of(contextOfLines(document.lines)) };
  }
  const [seen] = await objectSeen(store, { ...ref, facilities });
  if (!seen) return unknown(ref);
  const named = await names.of([{ type: ref.type, ids: [ref.id] }]);
  return { kind: 'context', context: { ...ref, name: named[`${ref.type} ${ref.id}`] ?? '', ...seen } };
}

function unknown(ref: ObjectRef): ObjectView {
  const lookedIn = isLine(ref.type)
    ? ['the lines of documents', 'the links that other documents state', 'the events that touch it']
    : isContext(ref.type)
      ? ['the events that touch it']
      : ['the lines of documents', 'the events that touch it'];
  return { kind: 'unknown', ...ref, lookedIn };
}

async function documentView(store: Store, ref: ObjectRef, facilities: string[]): Promise<DocumentView | undefined> {
  const documentType = documentTypeOfObject(ref.type);
  // `usage/U-1` without a line was named by somebody who did not know the line: the document answers.
  const type = isLine(ref.type) ? (lineOf(ref)?.documentType ?? documentType) : documentType;
  const rows = await factsOfDocument(store, { type, id: ref.id, most: MOST_FACTS });
  const facts = rows.filter((row) => facilities.length === 0 || facilities.includes(row.facility));
  if (facts.length === 0) return undefined;
  const whole = facts.filter((fact) => fact.line_id === '');
  const byLine = new Map<string, LineFact[]>();
  for (const fact of facts) {
    if (fact.line_id === '') continue;
    const own = byLine.get(fact.line_id);
    if (own) own.push(fact);
    else byLine.set(fact.line_id, [fact]);
  }
  const listed = [...byLine].slice(0, MOST_LINES);
  const [verdicts, events] = await Promise.all([verdictsOf(store, type, ref.id, listed), eventsOfDocument(store, { type, id: ref.id, most: MOST_EVENTS + 1 })]);
  const head = facts.find((fact) => fact.header_tax !== null || fact.header_freight !== null || fact.due_date !== null) ?? facts[0];
  return {
    type: documentObject(type), id: ref.id, documentType: type,
    lines: listed.map(([line, own]) => ({ ...lineRef(type, ref.id, line), line, ...summarise(type, [...own, ...(verdicts.get(line) ?? [])], whole) })),
    cut: byLine.size > listed.length || rows.length === MOST_FACTS,
    whole: whole.length > 0 ? summarise(type, [], whole) : null,
    tax: head?.header_tax ?? null, freight: head?.header_freight ?? null, dueDate: head?.due_date ?? null,
    events: events.filter((event) => facilities.length === 0 || facilities.includes(event.facility)).slice(-MOST_EVENTS),
    eventsCut: events.length > MOST_EVENTS,
  };
}

/** The ERP's own verdicts on the lines of an invoice. */
async function verdictsOf(store: Store, type: string, id: string, lines: readonly (readonly [string, unknown])[]): Promise<Map<string, LineFact[]>> {
  if (type !== 'invoice' || lines.length === 0) return new Map();
  const rows = await factsOfLines(store, lines.map(([line]) => ({ type: 'match', document: id, line })));
  return new Map(rows.map((row) => [row.line_id, [row]]));
}

function contextOfLines(lines: readonly DocumentLine[]): { type: string; ids: string[] }[] {
  const some = (of: (line: DocumentLine) => string) => [...new Set(lines.map(of).filter((id) => id !== ''))];
  return [{ type: 'item', ids: some((line) => line.item) }, { type: 'supplier', ids: some((line) => line.supplier) }];
}
