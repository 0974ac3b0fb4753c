import type { LineFact } from '@/clickhouse/queries/lineage';
import type { ChainRow } from '@/clickhouse/queries/lineage-completeness';
import { STAGES, type Stage } from '@/clickhouse/queries/lineage-chains';
import { wholeKey, type ChainFacts } from './chain';
import type { EventFact } from './events';
import { summarise, type Meaning, type NodeSummary } from './facts';
import { moneyOf, type LineFacts, type StageMoney } from './money';
import { documentTypeOf, documentTypeOfObject, lineOf, refKey, stageIndex, typeWord, type ObjectRef } from './objects';
import type { Inferred } from './links';
import type { WalkEdge } from './walk';

/** A chain as its page shows it. Plain data; times are ISO 8601 in UTC, decimals strings. */

export interface HandoverView {
  /** The hand-over: an event type brought to a target. */
  what: string;
  interface: string;
  target: string;
  attempts: number;
  lastOutcome: string;
  lastAt: string;
  error: string;
}

export interface NodeView extends NodeSummary {
  key: string;
  type: string;
  id: string;
  document: string;
  line: string;
  stage: number;
  title: string;
  /** seed, up, down, or sibling (folded unless asked for). */
  side: 'seed' | 'up' | 'down' | 'sibling';
  /** No event of it was recorded: something named it. */
  orphan: boolean;
  handovers: HandoverView[];
}

export interface EdgeView {
  id: string;
  from: string;
  to: string;
  qualifier: string;
  /** It names the document, not its line. */
  whole: boolean;
  /** Nobody stated it: by which rule it was inferred, and how sure that is. */
  inferred: Inferred | null;
  /** From the upstream document to the downstream one; negative where they are dated the other way round. */
  elapsedMs: number | null;
}

export interface GhostView {
  key: string;
  stage: Stage;
  column: number;
  state: string;
  due: string | null;
  /** The chain that lacks it. */
  anchor: string;
  /** Nodes it would hang on, or that would hang on it. */
  after: string[];
  before: string[];
}

export interface FoldView {
  type: string;
  count: number;
}

export interface ChainView {
  seed: { key: string; type: string; id: string };
  nodes: NodeView[];
  edges: EdgeView[];
  ghosts: GhostView[];
  folded: FoldView[];
  verdicts: ChainRow[];
  money: StageMoney[];
  context: { type: string; ids: string[] }[];
  events: (EventFact & { nodes: string[] })[];
  eventsCut: boolean;
  /** At least this many nodes lie beyond the limit. */
  more: number;
  /** Nodes at facilities that the asker may not see. */
  hidden: number;
  asOf: string;
}

/** Column of a stage's ghost; the acknowledgement, which is a state of the order, stands between it and the receipt. */
const GHOST_COLUMN: Readonly<Record<Stage, number>> = {
  usage: stageIndex('usage'),
  requisition: stageIndex('requisition-line'),
  order: stageIndex('order-line'),
  acknowledgement: stageIndex('shipment-line'),
  shipment: stageIndex('shipment-line'),
  receipt: stageIndex('receipt-line'),
  invoice: stageIndex('invoice-line'),
  posting: stageIndex('posting'),
};
/** More missing stages than this are told in the table only. */
const MOST_GHOSTS = 60;

/**
 * @param facilities whose documents may be shown; empty: all
 * @param withSiblings draw the folded siblings too
 */
export function viewOf(facts: ChainFacts, facilities: readonly string[], withSiblings: boolean): ChainView {
  const { chain } = facts;
  const seedKey = refKey(chain.seed);
  const collapsed = collapse(withSiblings ? [...chain.edges.values(), ...facts.siblingEdges.values()] : [...chain.edges.values()], seedKey, [...chain.nodes.values(), ...facts.siblings.values()]);
  const shown = new Map(withSiblings ? [...chain.nodes, ...facts.siblings] : chain.nodes);
  for (const key of collapsed.gone) shown.delete(key);

  const views = [...shown].map(([key, ref]) => nodeOf(key, ref, facts));
  const mayShow = (facility: string, orphan: boolean) => facilities.length === 0 || facilities.includes(facility) || orphan;
  const nodes = views.filter((node) => mayShow(node.facility, node.orphan));
  const byKey = new Map(nodes.map((node) => [node.key, node]));
  const events = facts.events.filter((event) => mayShow(event.facility, false));
  const eventNodes = nodesOfEvents(events, nodes);
  for (const node of nodes) node.handovers = handoversOf(eventNodes.get(node.key) ?? []);
  const verdicts = facts.verdicts.filter((verdict) => mayShow(verdict.facility, false));
  const edges = collapsed.edges.filter((edge) => byKey.has(edge.from) && byKey.has(edge.to)).map((edge) => edgeView(edge, byKey));
  const nodeKeysOf = new Map<string, string[]>();
  for (const [key, list] of eventNodes) for (const event of list) nodeKeysOf.set(event.event_key, [...(nodeKeysOf.get(event.event_key) ?? []), key]);

  return {
    seed: { key: seedKey, type: chain.seed.type, id: chain.seed.id },
    nodes: nodes.sort((a, b) => a.stage - b.stage || (a.at ?? '').localeCompare(b.at ?? '') || a.key.localeCompare(b.key)),
    edges,
    ghosts: ghostsOf(verdicts, nodes, edges),
    folded: withSiblings ? [] : foldedOf(facts, collapsed.gone),
    verdicts,
    money: moneyOf([...chain.nodes, ...facts.siblings].flatMap(([key, ref]) => moneyLine(key, ref, facts, mayShow))),
    context: contextOf(nodes.map((node) => facts.own.get(node.key) ?? []).flat()),
    events: events.map((event) => ({ ...event, nodes: nodeKeysOf.get(event.event_key) ?? [] })).sort((a, b) => a.time.localeCompare(b.time) || a.recorded_at.localeCompare(b.recorded_at)),
    eventsCut: facts.eventsCut,
    more: chain.more,
    hidden: views.length - nodes.length,
    asOf: facts.asOf.toISOString(),
  };
}

/**
 * A document that stands in a chain only because its line is part of it adds nothing: what hangs on it is drawn on
 * the line, said to name the whole document.
 */
function collapse(edges: readonly WalkEdge[], seed: string, refs: readonly ObjectRef[]): { edges: (WalkEdge & { whole: boolean })[]; gone: Set<string> } {
  const gone = new Set<string>();
  for (const ref of refs) {
    const key = refKey(ref);
    if (key === seed) continue;
    const incoming = edges.filter((edge) => edge.to === key);
    if (incoming.length > 0 && incoming.every((edge) => edge.qualifier === 'part of')) gone.add(key);
  }
  const result: (WalkEdge & { whole: boolean })[] = [];
  for (const edge of edges) {
    if (gone.has(edge.to)) continue;
    if (!gone.has(edge.from)) {
      result.push({ ...edge, whole: false });
      continue;
    }
    for (const part of edges) if (part.to === edge.from) result.push({ ...edge, from: part.from, whole: true });
  }
  return { edges: result, gone };
}

function nodeOf(key: string, ref: ObjectRef, facts: ChainFacts): NodeView {
  const line = lineOf(ref);
  const documentType = line?.documentType ?? documentTypeOfObject(ref.type);
  const document = line?.document ?? ref.id;
  const own = facts.own.get(key) ?? [];
  const whole = facts.whole.get(wholeKey(documentType, document)) ?? [];
  // A whole document may be known by its lines alone; only what is itself a line can be said never to have come.
  const orphan = line !== undefined && line.line !== '' && own.length === 0;
  const summary = orphan || own.length + whole.length === 0
    ? { ...summarise(documentType, [], []), ...(orphan ? {} : { state: 'whole document', meaning: 'info' as const }) }
    : summarise(documentType, own, whole);
  const { chain } = facts;
  const side = key === refKey(chain.seed) ? 'seed' : chain.up.has(key) ? 'up' : chain.down.has(key) ? 'down' : 'sibling';
  return {
    ...summary, key, type: ref.type, id: ref.id, document, line: line?.line ?? '', stage: stageIndex(ref.type), title: typeWord(ref.type), side, orphan, handovers: [],
  };
}

function edgeView(edge: WalkEdge & { whole: boolean }, nodes: ReadonlyMap<string, NodeView>): EdgeView {
  const from = nodes.get(edge.from)?.at;
  const to = nodes.get(edge.to)?.at;
  return {
    id: `${edge.from} → ${edge.to} ${edge.qualifier}`, from: edge.from, to: edge.to, qualifier: edge.qualifier, whole: edge.whole, inferred: edge.inferred,
    elapsedMs: from && to ? Date.parse(to) - Date.parse(from) : null,
  };
}

/** Events by the node they speak of: by its line, or as a whole document. */
function nodesOfEvents(events: readonly EventFact[], nodes: readonly NodeView[]): Map<string, EventFact[]> {
  const byDocument = new Map<string, NodeView[]>();
  for (const node of nodes) {
    const key = wholeKey(documentTypeOf(node.type) ?? documentTypeOfObject(node.type), node.document);
    byDocument.set(key, [...(byDocument.get(key) ?? []), node]);
  }
  const found = new Map<string, EventFact[]>();
  for (const event of events) {
    const type = event.document_type === 'match' ? 'invoice' : event.document_type;
    for (const node of byDocument.get(wholeKey(type, event.document_id)) ?? []) {
      if (node.line !== '' && !event.lines.includes(node.line) && !event.lines.includes('')) continue;
      const list = found.get(node.key);
      if (list) list.push(event);
      else found.set(node.key, [event]);
    }
  }
  return found;
}

/** Attempts that bring one thing over one interface to one target fall together; the last one tells how it stands. */
function handoversOf(events: readonly EventFact[]): HandoverView[] {
  const groups = new Map<string, EventFact[]>();
  for (const event of events) {
    if (event.outcome === '') continue;
    const key = `${event.type}|${event.interface}|${event.target}|${event.revision}`;
    const group = groups.get(key);
    if (group) group.push(event);
    else groups.set(key, [event]);
  }
  return [...groups.values()].map((group) => {
    const sorted = [...group].sort((a, b) => a.time.localeCompare(b.time) || a.attempt - b.attempt);
    const last = sorted[sorted.length - 1] as EventFact;
    const done = sorted.findLast((event) => event.outcome === 'succeeded');
    const telling = done ?? last;
    return {
      what: `${telling.document_type} ${telling.action}`, interface: telling.interface, target: telling.target, attempts: group.length,
      lastOutcome: telling.outcome, lastAt: telling.time, error: done ? '' : [last.error_code, last.error_message].filter(Boolean).join(': '),
    };
  });
}

function ghostsOf(verdicts: readonly ChainRow[], nodes: readonly NodeView[], edges: readonly EdgeView[]): GhostView[] {
  const ghosts: GhostView[] = [];
  const below = new Map<string, string[]>();
  for (const edge of edges) below.set(edge.from, [...(below.get(edge.from) ?? []), edge.to]);
  const byKey = new Map(nodes.map((node) => [node.key, node]));
  for (const verdict of verdicts) {
    const anchor = refKey({ type: verdict.anchor, id: verdict.id });
    if (!byKey.has(anchor)) continue;
    const due: Partial<Record<Stage, string | null>> = {
      order: verdict.order_due, acknowledgement: verdict.acknowledgement_due, receipt: verdict.receipt_due, invoice: verdict.invoice_due, posting: verdict.posting_due,
    };
    let last: string[] = [anchor];
    for (const stage of STAGES) {
      const state = verdict[stage];
      const column = GHOST_COLUMN[stage];
      const upstream = stage === 'usage' || stage === 'requisition';
      const present = reachable(anchor, below).filter((key) => byKey.get(key)?.stage === column);
      if (state === 'present' || state === 'none') {
        if (!upstream && present.length > 0 && ['receipt', 'invoice'].includes(stage)) last = present;
        continue;
      }
      // The document that never came is itself in the chain, drawn as such.
      if (state === 'orphan' && (stage === verdictStage(verdict) || nodes.some((node) => node.orphan && node.stage === column))) continue;
      const key = `gap ${stage} ${anchor}`;
      ghosts.push({ key, stage, column, state, due: due[stage] ?? null, anchor, after: upstream ? [] : stage === 'acknowledgement' ? [anchor] : last, before: upstream ? [anchor] : [] });
      if (!upstream && stage !== 'acknowledgement') last = [key];
    }
  }
  return ghosts.slice(0, MOST_GHOSTS);
}

const verdictStage = (verdict: ChainRow): Stage => (verdict.anchor === 'order-line' ? 'order' : verdict.anchor === 'usage' ? 'usage' : 'requisition');

function reachable(from: string, below: ReadonlyMap<string, string[]>): string[] {
  const seen = new Set<string>([from]);
  const queue = [from];
  for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
    for (const next of below.get(key) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      queue.push(next);
    }
  }
  seen.delete(from);
  return [...seen];
}

function foldedOf(facts: ChainFacts, gone: ReadonlySet<string>): FoldView[] {
  const counts = new Map<string, number>();
  const inWhole = new Set([...facts.siblingEdges.values()].filter((edge) => edge.qualifier === 'part of').map((edge) => edge.to));
  for (const [key, ref] of facts.siblings) {
    if (gone.has(key) || inWhole.has(key)) continue;
    counts.set(ref.type, (counts.get(ref.type) ?? 0) + 1);
  }
  return [...counts].map(([type, count]) => ({ type, count })).sort((a, b) => stageIndex(a.type) - stageIndex(b.type));
}

function moneyLine(key: string, ref: ObjectRef, facts: ChainFacts, mayShow: (facility: string, orphan: boolean) => boolean): LineFacts[] {
  const line = lineOf(ref);
  const own = facts.own.get(key);
  if (!line || !own || !mayShow(own[0]?.facility ?? '', false)) return [];
  return [{ documentType: line.documentType, objectId: ref.id, own, whole: facts.whole.get(wholeKey(line.documentType, line.document)) ?? [] }];
}

/** What lines name beside other documents: what is shown with a chain and never walked through. */
export function contextOf(facts: readonly LineFact[]): ChainView['context'] {
  const sets: Record<string, Set<string>> = { case: new Set(), item: new Set(), lot: new Set(), location: new Set(), supplier: new Set() };
  const add = (type: string, id: string) => {
    if (id !== '') sets[type]?.add(id);
  };
  for (const fact of facts) {
    add('case', fact.case_token);
    add('item', fact.item);
    add('lot', fact.lot);
    add('location', fact.location);
    add('supplier', fact.supplier);
  }
  return Object.entries(sets).map(([type, ids]) => ({ type, ids: [...ids].sort() }));
}

export type { ChainRow, EventFact, Meaning, StageMoney };
