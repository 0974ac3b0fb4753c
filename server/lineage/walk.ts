import type { Direction, Inferred, Links } from './links';
import { containersOf, isContext, isLine, refKey, type ObjectRef } from './objects';

/**
 * The walk along document relations: ancestors by going up only, descendants by going down only. What is up from a descendant or down from an ancestor is a sibling and stays out. Nothing is walked through
 * an item, a lot, a location, a supplier or a case: those are never in the links, and would be refused here.
 */

export interface WalkLimits {
  hops: number;
  nodes: number;
}

/** 16 hops is twice the longest chain of stages, with room for credits and replacements of one another. */
export const WALK_LIMITS: WalkLimits = { hops: 16, nodes: 500 };

export interface WalkEdge {
  /** refKey of the upstream and of the downstream node. */
  readonly from: string;
  readonly to: string;
  readonly qualifier: string;
  /** When the relation was stated; ISO 8601. Null where it follows from the key alone (a line is part of its document). */
  readonly time: string | null;
  readonly inferred: Inferred | null;
}

export interface Walk {
  readonly nodes: Map<string, ObjectRef>;
  readonly edges: Map<string, WalkEdge>;
  /** How many more were seen and left out when the limit was reached: at least this many. */
  more: number;
  /** Documents that joined because a line is part of them; drawn as their lines, so outside the limit. */
  wholes: number;
}

export function emptyWalk(): Walk {
  return { nodes: new Map(), edges: new Map(), more: 0, wholes: 0 };
}

function addEdge(walk: Walk, edge: WalkEdge): void {
  walk.edges.set(`${edge.from}\u0001${edge.to}\u0001${edge.qualifier}`, edge);
}

/** Walks from `seeds` in one direction and adds what it meets to `walk`. */
export async function walkInto(walk: Walk, links: Links, seeds: readonly ObjectRef[], direction: Direction, limits: WalkLimits): Promise<void> {
  const visited = new Set<string>();
  let frontier = seeds.filter((seed) => !isContext(seed.type));
  for (const seed of frontier) {
    visited.add(refKey(seed));
    walk.nodes.set(refKey(seed), seed);
  }
  for (let hop = 0; hop < limits.hops && frontier.length > 0; hop++) {
    const asked = askedOf(frontier, direction);
    const room = Math.max(0, limits.nodes + walk.wholes - walk.nodes.size);
    // A node may be met by several links; four a node is more than any document states.
    const hopped = await links.of(asked.refs, direction, room * 4 + 100);
    const next: ObjectRef[] = [];
    const left = new Set<string>();
    const enter = (ref: ObjectRef, whole = false): boolean => {
      const key = refKey(ref);
      if (visited.has(key)) return true;
      // Met on the way in the other direction: joined here, but walking on from it would bring its siblings.
      if (walk.nodes.has(key)) return true;
      if (!whole && walk.nodes.size - walk.wholes >= limits.nodes) {
        left.add(key);
        return false;
      }
      visited.add(key);
      walk.nodes.set(key, ref);
      if (whole) walk.wholes += 1;
      next.push(ref);
      return true;
    };
    for (const { node, peer, qualifier, time, inferred } of hopped.links) {
      if (isContext(peer.type)) continue;
      // The document of a line was asked for beside it: the line is part of it, and it joins only because it leads on.
      const lines = asked.lines.get(refKey(node));
      if (lines && !visited.has(refKey(node)) && !enter(node, true)) continue;
      for (const line of lines ?? []) if (line !== refKey(node)) addEdge(walk, { from: line, to: refKey(node), qualifier: 'part of', time: null, inferred: null });
      if (!enter(peer, direction === 'down' && qualifier === 'part of')) continue;
      const [from, to] = direction === 'up' ? [peer, node] : [node, peer];
      addEdge(walk, { from: refKey(from), to: refKey(to), qualifier, time, inferred });
    }
    walk.more += left.size + Math.max(0, hopped.total - hopped.links.length);
    frontier = next;
  }
}

/** What a hop asks for: the frontier, and going down also the documents that its lines belong to. */
function askedOf(frontier: readonly ObjectRef[], direction: Direction): { refs: ObjectRef[]; lines: Map<string, string[]> } {
  const refs = new Map(frontier.map((ref) => [refKey(ref), ref]));
  const lines = new Map<string, string[]>();
  if (direction === 'down') {
    for (const ref of frontier) {
      if (!isLine(ref.type)) continue;
      for (const container of containersOf(ref)) {
        const key = refKey(container);
        if (!refs.has(key)) refs.set(key, container);
        const members = lines.get(key);
        if (members) members.push(refKey(ref));
        else lines.set(key, [refKey(ref)]);
      }
    }
  }
  return { refs: [...refs.values()], lines };
}

export interface Chain extends Walk {
  readonly seed: ObjectRef;
  readonly up: ReadonlySet<string>;
  readonly down: ReadonlySet<string>;
}

/**
 * The chain of a line: itself, its ancestors and its descendants, at most `limits.nodes` of them. An id that nothing links gives a chain of one.
 */
export async function chainOf(links: Links, seed: ObjectRef, limits: WalkLimits = WALK_LIMITS): Promise<Chain> {
  const walk = emptyWalk();
  if (!isContext(seed.type)) await links.ahead([seed], ['up', 'down']);
  await walkInto(walk, links, [seed], 'up', limits);
  const up = new Set(walk.nodes.keys());
  const below = emptyWalk();
  for (const [key, ref] of walk.nodes) below.nodes.set(key, ref);
  below.wholes = walk.wholes;
  await walkInto(below, links, [seed], 'down', limits);
  const down = new Set([...below.nodes.keys()].filter((key) => !up.has(key)));
  for (const [key, edge] of below.edges) walk.edges.set(key, edge);
  up.delete(refKey(seed));
  return { seed, nodes: below.nodes, edges: walk.edges, more: walk.more + below.more, wholes: below.wholes, up, down };
}
