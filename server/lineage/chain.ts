import type { Store } from '@/clickhouse/client';
import { EVER, settlingPostings, type LineFact } from '@/clickhouse/queries/lineage';
import { chainsAsOf } from '@/clickhouse/queries/lineage-as-of';
import { ANCHORS, type ChainFactRow } from '@/clickhouse/queries/lineage-chains';
import { chainsByKey, chainsByKeyWithInferred, type ChainRow } from '@/clickhouse/queries/lineage-completeness';
import { inferredFrom } from '../rules/clocks';
import { clocksAt } from './completeness';
import { ChainEvents, type EventFact } from './events';
import { KeptChains, sinceKept } from './kept';
import { Links } from './links';
import { ChainLines } from './lines';
import { documentObject, lineOf, refKey, type ObjectRef } from './objects';
import { verdictOn } from './verdict';
import { chainOf, emptyWalk, WALK_LIMITS, walkInto, type Chain, type WalkLimits } from './walk';

/** Everything that is known of one chain, read from the store: the walk, the facts, the verdicts, the events. */

export interface ChainFacts {
  chain: Chain;
  /** Where the chain is counted: its order lines, else its usages, else its requisition lines. */
  anchors: ObjectRef[];
  /** Nodes that belong to the anchors and not to the chain itself (siblings), by refKey. */
  siblings: Map<string, ObjectRef>;
  siblingEdges: Chain['edges'];
  /** Facts of lines by refKey; no entry: no event of the line was recorded. */
  own: Map<string, LineFact[]>;
  /** Facts of whole documents by `documentType document`. */
  whole: Map<string, LineFact[]>;
  verdicts: ChainRow[];
  /** The moment that the clocks were read at. */
  asOf: Date;
  events: EventFact[];
  /** Set when the chain has more events than are read. */
  eventsCut: boolean;
}

const MOST_EVENTS = 1_500;
/** Nodes that are asked for before it is known that they are of the chain. */
const MOST_AHEAD = 50;
const EXTENT: WalkLimits = { hops: 6, nodes: 2_000 };

export interface ReadOptions {
  /** Only what had been recorded by then. */
  knownAt?: Date | undefined;
  /** Relations that nobody stated and that are at least this sure count too; null: none does. Default: as the rules say; never at a past moment, whose inferred relations are not kept. */
  inferredFrom?: number | null;
  /** The moment that clocks are read at; default: knownAt, else as in clockNow. */
  now?: Date;
  limits?: WalkLimits;
  /** Work the verdicts out even where what is kept would do. */
  anew?: boolean;
  /** Told the facts of the lines as soon as they are there, before the rest is. */
  onFacts?: (facts: readonly LineFact[]) => void;
}

/**
 * Reads the chain of `seed`: as it is known, or with `knownAt` as it was known then, by recorded time. Which stages a
 * facility sends is a rule and not a fact of the chain: it is taken as it is now.
 */
export async function readChain(store: Store, seed: ObjectRef, options: ReadOptions = {}): Promise<ChainFacts> {
  const { knownAt } = options;
  const ruled = inferredFrom();
  const from = knownAt === undefined ? (options.inferredFrom === undefined ? ruled : options.inferredFrom) : null;
  const kept = knownAt || options.anew || from !== ruled ? null : new KeptChains(store);
  const [lines, events] = [new ChainLines(store, knownAt, options.onFacts), new ChainEvents(store, MOST_EVENTS + 1, knownAt)];
  let steps = 0;
  const onMet = (refs: readonly ObjectRef[]) => {
    kept?.met(refs);
    // Most of a chain is beside what was asked for; the rest, where there is one, is read when all of it is known.
    if (steps++ > 0 || refs.length > MOST_AHEAD) return;
    lines.ask([seed, ...refs]);
    events.ask([seed, ...refs]);
  };
  const links = new Links(store, { knownAt, inferredFrom: from, onMet });
  kept?.met([seed]);
  // What does not depend on the chain is asked for beside the walk.
  const [chain, clocks, keptAt] = await Promise.all([chainOf(links, seed, options.limits ?? WALK_LIMITS), clocksOf(store, options), kept?.until ?? null]);
  const [judged, found] = await Promise.all([judge({ store, links, lines, clocks, knownAt, inferredFrom: from, kept, keptAt }, chain), events.of([...chain.nodes.values()])]);
  return { ...judged, chain, asOf: clocks.now, events: found.slice(-MOST_EVENTS), eventsCut: found.length > MOST_EVENTS };
}

type Clocks = Awaited<ReturnType<typeof clocksAt>>;

async function clocksOf(store: Store, { now, knownAt }: ReadOptions): Promise<Clocks> {
  if (knownAt === undefined) return clocksAt(store, now);
  return { ...(await clocksAt(store)), now: now ?? knownAt };
}

interface Asking {
  store: Store;
  links: Links;
  lines: ChainLines;
  knownAt: Date | undefined;
  inferredFrom: number | null;
  clocks: Clocks;
  /** Null where chains are to be worked out. */
  kept: KeptChains | null;
  /** Up to when chains are kept. */
  keptAt: Date | null;
}

/**
 * The verdicts on a chain, at its order lines; where it has none that counts (an order that failed), at its usages
 * or its requisition lines. Siblings are what belongs to those and not to the chain.
 */
async function judge(asking: Asking, chain: Chain): Promise<Pick<ChainFacts, 'anchors' | 'siblings' | 'siblingEdges' | 'own' | 'whole' | 'verdicts'>> {
  const choices = anchorChoices(chain);
  for (const [i, anchors] of choices.entries()) {
    const [extent, above] = await Promise.all([extentOf(asking, chain, anchors), parentsOf(asking, anchors)]);
    const siblings = new Map<string, ObjectRef>();
    for (const [key, ref] of [...extent.nodes, ...above.nodes]) if (!chain.nodes.has(key)) siblings.set(key, ref);
    const all = [...chain.nodes.values(), ...siblings.values()];
    const asked = factsOf(asking, all);
    const [facts, verdicts] = await Promise.all([asked, verdictsOf(asking, anchors, all, asked)]);
    if (verdicts.length === 0 && i < choices.length - 1) continue;
    const siblingEdges = new Map([...extent.edges, ...above.edges].filter(([key]) => !chain.edges.has(key)));
    return { anchors, siblings, siblingEdges, ...facts, verdicts };
  }
  const facts = await factsOf(asking, [...chain.nodes.values()]);
  return { anchors: [], siblings: new Map(), siblingEdges: new Map(), ...facts, verdicts: [] };
}

function anchorChoices(chain: Chain): ObjectRef[][] {
  const { seed } = chain;
  return ANCHORS.flatMap((type) => {
    const found = [...chain.nodes.values()].filter((ref) => ref.type === type);
    if (found.length === 0) return [];
    // What was asked for may have a chain of its own beside that of the orders that it led to: a usage its cost.
    const isOwn = seed.type !== type && (ANCHORS as readonly string[]).includes(seed.type);
    return [isOwn ? [...found, seed] : found];
  });
}

async function extentOf({ links }: Asking, chain: Chain, anchors: readonly ObjectRef[]) {
  const walk = emptyWalk();
  // From an anchor above the seed the walk down meets siblings; below it the chain has everything already.
  const above = anchors.filter((anchor) => chain.up.has(refKey(anchor)));
  if (above.length > 0) {
    await links.ahead(above, ['down']);
    await walkInto(walk, links, above, 'down', EXTENT);
  }
  return walk;
}

/** The requisitions and usages that the order lines name: one hop, for the verdict and as folded siblings. */
async function parentsOf({ links }: Asking, anchors: readonly ObjectRef[]) {
  const walk = emptyWalk();
  const orders = anchors.filter((anchor) => anchor.type === 'order-line');
  if (orders.length === 0) return walk;
  const above = await links.of(orders, 'up', EXTENT.nodes);
  for (const { node, peer, qualifier, time, inferred } of above.links) {
    walk.nodes.set(refKey(peer), peer);
    walk.edges.set(`${refKey(peer)}\u0001${refKey(node)}\u0001${qualifier}`, { from: refKey(peer), to: refKey(node), qualifier, time, inferred });
  }
  return walk;
}

export const wholeKey = (documentType: string, document: string): string => `${documentType} ${document}`;

async function factsOf({ lines }: Asking, refs: readonly ObjectRef[]): Promise<{ own: Map<string, LineFact[]>; whole: Map<string, LineFact[]> }> {
  const objects = new Map<string, string>();
  for (const ref of refs) {
    const line = lineOf(ref);
    if (line) objects.set(`${line.documentType} ${ref.id}`, refKey(ref));
  }
  const rows = await lines.of(refs);
  rows.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : a.aspect < b.aspect ? -1 : 1));
  const own = new Map<string, LineFact[]>();
  const whole = new Map<string, LineFact[]>();
  for (const row of rows) {
    const documentType = row.document_type === 'match' ? 'invoice' : row.document_type;
    const key = row.line_id === '' ? wholeKey(documentType, row.document_id) : objects.get(`${documentType} ${row.object_id}`);
    if (key === undefined) continue;
    const target = row.line_id === '' ? whole : own;
    const list = target.get(key);
    if (list) list.push(row);
    else target.set(key, [row]);
  }
  return { own, whole };
}

async function verdictsOf(asking: Asking, anchors: readonly ObjectRef[], refs: readonly ObjectRef[], facts: Promise<Pick<ChainFacts, 'own'>>): Promise<ChainRow[]> {
  if (anchors.length === 0) return [];
  const { store, clocks, knownAt, inferredFrom: from } = asking;
  const settling = settlingOf(asking, anchors, facts);
  const kept = await asking.kept?.factsOf(anchors, refs, settling);
  const judgedOf = (chains: readonly ChainFactRow[]): ChainRow[] => sorted(chains.map((chain) => verdictOn(chain, clocks)));
  if (kept) return judgedOf(kept);
  const rows = refs.flatMap((ref) => lineOf(ref) ?? documentOfWhole(ref) ?? []);
  const ids = (type: string) => refs.filter((ref) => ref.type === type).map((ref) => ref.id);
  const documents = (type: string) => [...new Set(refs.filter((ref) => ref.type === type).map((ref) => lineOf(ref)?.document ?? ref.id))];
  const { postings } = await settling;
  const params = {
    anchor_types: anchors.map((anchor) => anchor.type),
    anchor_ids: anchors.map((anchor) => anchor.id),
    row_types: [...rows.map((row) => row.documentType), ...postings.map(() => 'posting')],
    row_documents: [...rows.map((row) => row.document), ...postings],
    row_lines: [...rows.map((row) => row.line), ...postings.map(() => '')],
    order_ids: ids('order-line'),
    order_documents: documents('order-line'),
    usage_ids: ids('usage'),
    requisition_ids: ids('requisition-line'),
    requisition_documents: documents('requisition-line'),
    posting_ids: ids('posting'),
  };
  const kinds = ANCHORS.filter((anchor) => anchors.some((each) => each.type === anchor));
  const ask = (anchor: (typeof kinds)[number]) => {
    if (knownAt !== undefined) return chainsAsOf[anchor](store, { ...params, known_at: knownAt });
    return from === null ? chainsByKey[anchor](store, params) : chainsByKeyWithInferred[anchor](store, { ...params, inferred_from: from });
  };
  return judgedOf((await Promise.all(kinds.map(ask))).flat());
}

const sorted = (rows: ChainRow[]): ChainRow[] => rows.sort((a, b) => a.anchor.localeCompare(b.anchor) || a.id.localeCompare(b.id));

/** Postings that settle the case of a usage as a whole, and whether something has touched one of them since the chains were kept. */
async function settlingOf({ store, knownAt, keptAt }: Asking, anchors: readonly ObjectRef[], facts: Promise<Pick<ChainFacts, 'own'>>): Promise<{ postings: string[]; touched: boolean }> {
  const usages = anchors.filter((anchor) => anchor.type === 'usage');
  if (usages.length === 0) return { postings: [], touched: false };
  const asked = { cases: [] as string[], documents: [] as string[], lines: [] as string[], known_at: knownAt ?? EVER, since: sinceKept(keptAt) };
  if (knownAt === undefined) {
    // Asked for by the lines, it need not wait for their facts.
    const lines = usages.flatMap((usage) => lineOf(usage) ?? []);
    asked.documents = lines.map(({ document }) => document);
    asked.lines = lines.map(({ line }) => line);
  } else {
    // A line may have named another case at that moment.
    const { own } = await facts;
    asked.cases = [...new Set(usages.flatMap((usage) => (own.get(refKey(usage)) ?? []).map((fact) => fact.case_token)).filter((token) => token !== ''))];
    if (asked.cases.length === 0) return { postings: [], touched: false };
  }
  const rows = await settlingPostings(store, asked);
  return { postings: rows.map((row) => row.document_id), touched: rows.some((row) => row.touched === 1) };
}

/** A whole document that was named without its line still has to be found to have come. */
function documentOfWhole(ref: ObjectRef): { documentType: string; document: string; line: string } | undefined {
  const type = ref.type.endsWith('-document') ? ref.type.slice(0, -'-document'.length) : ref.type;
  return documentObject(type) === ref.type ? { documentType: type, document: ref.id, line: '' } : undefined;
}
