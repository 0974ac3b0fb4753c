import Decimal from 'decimal.js';
import type { NotYetView, ThenView } from '@/server/lineage/as-of';
import type { ChainView, EdgeView, GhostView, NodeView } from '@/server/lineage/view';
import { formatDuration, formatPercent } from '../../components/format/format';

/** What is drawn of a chain: its documents, its missing stages, and in place of many of a kind one group that opens. */

/** More of one type in one state than this are drawn as one. */
export const MANY = 8;

export interface Group {
  key: string;
  kind: 'documents' | 'gaps';
  /** Object type, or stage of missing ones. */
  type: string;
  stage: number;
  state: string;
  meaning: NodeView['meaning'];
  notYet: boolean;
  count: number;
  /** First and last time; null where none is known. */
  from: string | null;
  to: string | null;
  /** Sum where all are in one currency and known. */
  amount: string | null;
  currency: string;
  quantity: string | null;
  uom: string;
  /** Nodes in it. */
  keys: string[];
  /** Those of them whose hand-over did not arrive. */
  stuck: number;
}

export interface DrawnEdge {
  id: string;
  from: string;
  to: string;
  words: string[];
  kind: 'relation' | 'inferred' | 'gap' | 'not-yet';
}

export interface Drawing {
  seed: string;
  nodes: NodeView[];
  notYet: NotYetView[];
  ghosts: GhostView[];
  groups: Group[];
  edges: DrawnEdge[];
  /** Groups that could be folded and are opened. */
  opened: Group[];
}

/**
 * @param then what was not known yet, drawn as such; null when the chain is shown as it is known now
 * @param open keys of groups that are opened
 * @param selected a node that stays by itself
 */
export function drawingOf(chain: ChainView, then: ThenView | null, open: readonly string[], selected: string | null): Drawing {
  const alone = new Set([chain.seed.key, ...(selected ? [selected] : [])]);
  const groups = new Map<string, Group>();
  const opened: Group[] = [];
  const place = new Map<string, string>();

  const fold = <Item>(items: readonly Item[], keyOf: (item: Item) => string, kindOf: (item: Item) => string, make: (key: string, members: readonly Item[]) => Group): Item[] => {
    const kinds = new Map<string, Item[]>();
    for (const item of items) if (!alone.has(keyOf(item))) kinds.set(kindOf(item), [...(kinds.get(kindOf(item)) ?? []), item]);
    const folded = new Set<string>();
    for (const [kind, members] of kinds) {
      if (members.length <= MANY) continue;
      const group = make(kind, members);
      if (open.includes(kind)) {
        opened.push(group);
        continue;
      }
      groups.set(kind, group);
      for (const member of members) {
        place.set(keyOf(member), kind);
        folded.add(keyOf(member));
      }
    }
    return items.filter((item) => !folded.has(keyOf(item)));
  };
  const nodes = fold(chain.nodes, (node) => node.key, (node) => `many ${node.type} ${node.state}`, (key, members) => groupOf(key, members, false));
  const notYet = fold(then?.notYet ?? [], (node) => node.key, (node) => `many later ${node.type}`, (key, members) => groupOf(key, members, true));
  const ghosts = fold(chain.ghosts, (ghost) => ghost.key, (ghost) => `many gaps ${ghost.stage} ${ghost.state}`, gapsOf);

  return {
    seed: chain.seed.key, nodes, notYet, ghosts, groups: [...groups.values()], opened,
    edges: edgesOf(chain, then, (key) => place.get(key) ?? key),
  };
}

function groupOf(key: string, members: readonly NodeView[], notYet: boolean): Group {
  const [first] = members as [NodeView, ...NodeView[]];
  const times = members.flatMap((node) => (node.at === null ? [] : [node.at])).sort();
  return {
    key, kind: 'documents', type: first.type, stage: first.stage, state: notYet ? 'not known yet' : first.state, meaning: notYet ? 'unknown' : first.meaning, notYet, count: members.length,
    from: times[0] ?? null, to: times[times.length - 1] ?? null, keys: members.map((node) => node.key),
    amount: sum(members, (node) => node.amount, (node) => node.currency), currency: first.currency,
    quantity: sum(members, (node) => node.quantity, (node) => `${node.uom} ${node.item}`), uom: first.uom,
    stuck: members.filter((node) => node.handovers.some((handover) => handover.lastOutcome !== 'succeeded')).length,
  };
}

function gapsOf(key: string, members: readonly GhostView[]): Group {
  const [first] = members as [GhostView, ...GhostView[]];
  const due = members.flatMap((ghost) => (ghost.due === null ? [] : [ghost.due])).sort();
  return {
    key, kind: 'gaps', type: first.stage, stage: first.column, state: first.state, meaning: first.state === 'overdue' ? 'breach' : first.state === 'orphan' ? 'watch' : first.state === 'unknown' ? 'unknown' : 'info',
    notYet: false, count: members.length, from: due[0] ?? null, to: due[due.length - 1] ?? null, keys: members.map((ghost) => ghost.key), amount: null, currency: '', quantity: null, uom: '', stuck: 0,
  };
}

/** A sum only where every one is known and all are of one kind: half a sum would be a wrong one. */
function sum(members: readonly NodeView[], of: (node: NodeView) => string | null, unit: (node: NodeView) => string): string | null {
  let total = new Decimal(0);
  const [first] = members;
  for (const node of members) {
    const value = of(node);
    if (value === null || first === undefined || unit(node) !== unit(first)) return null;
    total = total.plus(value);
  }
  return total.toString();
}

function edgesOf(chain: ChainView, then: ThenView | null, place: (key: string) => string): DrawnEdge[] {
  const relations = new Map<string, { from: string; to: string; kind: DrawnEdge['kind']; edges: EdgeView[] }>();
  const add = (edge: EdgeView, kind: DrawnEdge['kind']) => {
    const [from, to] = [place(edge.from), place(edge.to)];
    if (from === to) return;
    const key = `${from} → ${to} ${edge.qualifier}${edge.whole ? ' whole' : ''} ${kind}`;
    const found = relations.get(key);
    if (found) found.edges.push(edge);
    else relations.set(key, { from, to, kind, edges: [edge] });
  };
  for (const edge of chain.edges) add(edge, edge.inferred ? 'inferred' : 'relation');
  for (const edge of then?.edges ?? []) add(edge, 'not-yet');
  const gaps = new Map<string, DrawnEdge>();
  const hang = (from: string, to: string) => {
    const id = `${place(from)} ⇢ ${place(to)}`;
    if (place(from) !== place(to)) gaps.set(id, { id, from: place(from), to: place(to), words: [], kind: 'gap' });
  };
  for (const ghost of chain.ghosts) {
    for (const from of ghost.after) hang(from, ghost.key);
    for (const to of ghost.before) hang(ghost.key, to);
  }
  return [...[...relations].map(([id, relation]) => ({ id, from: relation.from, to: relation.to, kind: relation.kind, words: wordsOf(relation.edges) })), ...gaps.values()];
}

/** What a relation is called and how long it took; of several, from the shortest to the longest. */
function wordsOf(edges: readonly EdgeView[]): string[] {
  const [first] = edges;
  if (!first) return [];
  const name = `${edges.length > 1 ? `${edges.length} × ` : ''}${first.qualifier}${first.whole ? ' (whole)' : ''}`;
  const took = edges.flatMap((edge) => (edge.elapsedMs === null ? [] : [edge.elapsedMs])).sort((a, b) => a - b);
  const [least, most] = [formatDuration(took[0]), formatDuration(took[took.length - 1])];
  return [name, ...(first.inferred ? [howSure(edges)] : []), ...(least === null ? [] : least === most ? [least] : [`${least} –`, String(most)])];
}

/** `inferred, 86 %`; of several the least sure. */
function howSure(edges: readonly EdgeView[]): string {
  return `inferred, ${formatPercent(String(Math.min(...edges.map(({ inferred }) => inferred?.confidence ?? 1))), 0)}`;
}
