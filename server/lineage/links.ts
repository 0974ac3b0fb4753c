import type { Store } from '@/clickhouse/client';
import { EVER } from '@/clickhouse/queries/lineage';
import { ANCHORS } from '@/clickhouse/queries/lineage-chains';
import { lineageHop, lineageSteps, lineageWays } from '@/clickhouse/queries/lineage-links';
import { LAST_STAGES } from '../../ingest/contract/objects';
import { containersOf, refKey, type ObjectRef } from './objects';

export type Direction = 'up' | 'down';

export interface Link {
  readonly node: ObjectRef;
  readonly peer: ObjectRef;
  readonly qualifier: string;
  /** When it was stated; ISO 8601. */
  readonly time: string;
  /** Null where a document states it. */
  readonly inferred: Inferred | null;
}

/** By which rule a relation was inferred that nobody stated, and how sure it is, 0 to 1. */
export interface Inferred {
  readonly rule: string;
  readonly confidence: number;
}

export interface LinksWanted {
  /** Up to when a stated link has to have been recorded; default: ever. */
  readonly knownAt?: Date | undefined;
  /** Relations that nobody stated and that are at least this sure are walked too, as they are inferred now; null: none is. */
  readonly inferredFrom?: number | null | undefined;
  /** Told what each step of reading ahead has met. */
  readonly onMet?: ((refs: readonly ObjectRef[]) => void) | undefined;
}

interface LinkRow {
  node_type: string;
  node_id: string;
  peer_type: string;
  peer_id: string;
  qualifier: string;
  time: string;
  rule: string;
  confidence: number;
}

const linkOf = (row: LinkRow): Link => ({
  node: { type: row.node_type, id: row.node_id }, peer: { type: row.peer_type, id: row.peer_id }, qualifier: row.qualifier, time: row.time,
  inferred: row.rule === '' ? null : { rule: row.rule, confidence: row.confidence },
});

const isAnchor = ({ type }: ObjectRef): boolean => (ANCHORS as readonly string[]).includes(type);

/** A node, and where to go from it; `on`: and further from there. */
interface Way {
  readonly ref: ObjectRef;
  readonly direction: Direction;
  readonly on: boolean;
}

/** The three parts of a text of link_steps; only the last may hold tabs. */
function parted(text: string): [string, string, string] {
  const first = text.indexOf('\t');
  const second = text.indexOf('\t', first + 1);
  return [text.slice(0, first), text.slice(first + 1, second), text.slice(second + 1)];
}

const wayKey = (ref: ObjectRef, direction: Direction): string => `${direction} ${refKey(ref)}`;

/** Of two statements of one link the time of the first, and the surer of two inferences. */
const earlier = (one: Link | undefined, other: Link): Link =>
  one === undefined ? other : { ...one, time: one.time < other.time ? one.time : other.time, inferred: one.inferred && other.inferred && other.inferred.confidence > one.inferred.confidence ? other.inferred : one.inferred };

/** More than this, and a chain is read a hop at a time, so that its limits hold. */
const MOST_AHEAD = 5_000;
const HOPS_AHEAD = 16;

const ORDER: readonly ((link: Link) => string)[] = [({ node }) => node.type, ({ node }) => node.id, ({ peer }) => peer.type, ({ peer }) => peer.id, ({ qualifier }) => qualifier, ({ inferred }) => inferred?.rule ?? ''];
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Links as one chain needs them: what lies ahead of a node can be read in one question, and each link is read once. */
export class Links {
  /** Links of a node in one direction, where all of them were read, by `direction node`. */
  private readonly read = new Map<string, readonly Link[]>();

  private readonly which: 'stated' | 'inferred';
  private readonly knownAt: Date;
  private readonly inferredFrom: number;
  private readonly onMet: (refs: readonly ObjectRef[]) => void;

  constructor(private readonly store: Store, { knownAt = EVER, inferredFrom = null, onMet = () => undefined }: LinksWanted = {}) {
    this.knownAt = knownAt;
    this.onMet = onMet;
    this.which = inferredFrom === null ? 'stated' : 'inferred';
    this.inferredFrom = inferredFrom ?? 0;
  }

  /**
   * Reads everything that can be reached from these nodes by going on in a direction, a step at a time; and what came of the
   * first anchor above, where the chain is judged. Where that is too much, nothing.
   */
  async ahead(seeds: readonly ObjectRef[], directions: readonly Direction[]): Promise<void> {
    const found = new Map<string, Map<string, Link>>();
    let frontier: Way[] = [];
    const onward = new Set<string>();
    /** Nodes that an order line was met on the way up to: the chain is judged there, and not at usages and requisitions further up. */
    const ordered = new Set<string>(seeds.filter(({ type }) => type === 'order-line').map(refKey));
    const met = (ref: ObjectRef, direction: Direction, on = true) => {
      for (const each of direction === 'down' ? [ref, ...containersOf(ref)] : [ref]) {
        const key = wayKey(each, direction);
        if (this.read.has(key) || found.has(key)) continue;
        found.set(key, new Map());
        if (on) onward.add(key);
        if (direction === 'up' || !LAST_STAGES.includes(each.type)) frontier.push({ ref: each, direction, on });
      }
    };
    for (const direction of directions) for (const seed of seeds) met(seed, direction);
    let rows = 0;
    for (let hop = 0; frontier.length > 0; hop++) {
      if (hop > HOPS_AHEAD || frontier.length > MOST_AHEAD) return;
      const asked = frontier;
      frontier = [];
      const said = await this.step(asked);
      rows += said.length;
      if (rows > MOST_AHEAD) return;
      for (const { direction, link } of said) {
        const own = found.get(wayKey(link.node, direction));
        const key = `${refKey(link.peer)}\u0001${link.qualifier}\u0001${link.inferred?.rule ?? ''}`;
        own?.set(key, earlier(own.get(key), link));
        if (!onward.has(wayKey(link.node, direction))) continue;
        met(link.peer, direction);
        if (direction === 'up') {
          if (isAnchor(link.peer) && !isAnchor(link.node) && !ordered.has(refKey(link.node))) met(link.peer, 'down');
          if (link.peer.type === 'order-line' || ordered.has(refKey(link.node))) ordered.add(refKey(link.peer));
        }
        // What an order line below the seed names is shown beside the chain, and not walked.
        if (direction === 'down' && link.peer.type === 'order-line') met(link.peer, 'up', false);
      }
      this.onMet(said.map(({ link }) => link.peer));
    }
    for (const [key, links] of found) this.read.set(key, [...links.values()]);
  }

  /** The links of some nodes, each in a direction of its own; one that the store has in several parts comes several times. */
  private async step(ways: readonly Way[]): Promise<{ direction: Direction; link: Link }[]> {
    if (this.which === 'stated' && this.knownAt === EVER) {
      const rows = await lineageSteps(this.store, { nodes: ways.map(({ ref, direction }) => `${direction}\t${ref.type}\t${ref.id}`), most: MOST_AHEAD + 1 });
      return rows.map(({ node, peer, time }) => {
        const [direction, nodeType, nodeId] = parted(node);
        const [peerType, qualifier, peerId] = parted(peer);
        return { direction: direction === 'up' ? 'up' : 'down', link: { node: { type: nodeType, id: nodeId }, peer: { type: peerType, id: peerId }, qualifier, time, inferred: null } };
      });
    }
    const rows = await lineageWays[this.which](this.store, {
      types: ways.map(({ ref }) => ref.type), ids: ways.map(({ ref }) => ref.id), ways: ways.map(({ direction }) => direction), most: MOST_AHEAD + 1, known_at: this.knownAt, inferred_from: this.inferredFrom,
    });
    return rows.map((row) => ({ direction: row.direction, link: linkOf(row) }));
  }

  /** The links of some nodes in one direction, at most `most` of them, and how many there are. */
  async of(nodes: readonly ObjectRef[], direction: Direction, most: number): Promise<{ links: readonly Link[]; total: number }> {
    const known = nodes.map((node) => this.read.get(wayKey(node, direction)));
    if (known.every((links) => links !== undefined)) {
      // In the order in which the store would give them: what is cut, and which of two equal edges holds, must not depend on how they were read.
      const links = known.flat().sort((a, b) => ORDER.map((part) => compare(part(a), part(b))).find((sign) => sign !== 0) ?? 0);
      return { links: links.slice(0, most), total: links.length };
    }
    const rows = await lineageHop[this.which](this.store, { types: nodes.map(({ type }) => type), ids: nodes.map(({ id }) => id), direction, most, known_at: this.knownAt, inferred_from: this.inferredFrom });
    return {
      links: rows.map(linkOf),
      total: rows[0]?.total ?? 0,
    };
  }
}
