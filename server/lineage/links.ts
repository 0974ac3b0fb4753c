import type { Store } from '@/clickhouse/client';
import { EVER } from '@/clickhouse/queries/lineage';
import { ANCHORS } from '@/clickhouse/queries/lineage-chains';
import { lineageHop, lineageReach } from '@/clickhouse/queries/lineage-links';
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

  constructor(private readonly store: Store, { knownAt = EVER, inferredFrom = null }: LinksWanted = {}) {
    this.knownAt = knownAt;
    this.which = inferredFrom === null ? 'stated' : 'inferred';
    this.inferredFrom = inferredFrom ?? 0;
  }

  /** Reads everything that can be reached from these nodes by going on in a direction; where that is too much, nothing. */
  async ahead(seeds: readonly ObjectRef[], directions: readonly Direction[]): Promise<void> {
    const starts = directions.flatMap((direction) => seeds.map((seed) => ({ ...seed, direction })));
    if (starts.every((start) => this.read.has(`${start.direction} ${refKey(start)}`))) return;
    const rows = await lineageReach[this.which](this.store, { types: starts.map(({ type }) => type), ids: starts.map(({ id }) => id), ways: starts.map(({ direction }) => direction), deepest: HOPS_AHEAD, most: MOST_AHEAD + 1, known_at: this.knownAt, inferred_from: this.inferredFrom });
    if (rows.length > MOST_AHEAD || rows.some(({ hops }) => hops >= HOPS_AHEAD)) return;
    const found = new Map<string, Link[]>();
    const met = (ref: ObjectRef, direction: Direction, from?: ObjectRef) => {
      for (const each of direction === 'down' ? [ref, ...containersOf(ref)] : [ref]) {
        const key = `${direction} ${refKey(each)}`;
        if (!found.has(key)) found.set(key, []);
      }
      // What came of the first anchor above is read with it.
      if (direction === 'up' && from && isAnchor(ref) && !isAnchor(from)) met(ref, 'down');
    };
    for (const start of starts) met(start, start.direction);
    for (const row of rows) {
      const link = linkOf(row);
      const key = `${row.direction} ${refKey(link.node)}`;
      const own = found.get(key);
      if (own) own.push(link);
      else found.set(key, [link]);
      met(link.peer, row.direction, link.node);
    }
    for (const [key, links] of found) this.read.set(key, links);
  }

  /** The links of some nodes in one direction, at most `most` of them, and how many there are. */
  async of(nodes: readonly ObjectRef[], direction: Direction, most: number): Promise<{ links: readonly Link[]; total: number }> {
    const known = nodes.map((node) => this.read.get(`${direction} ${refKey(node)}`));
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
