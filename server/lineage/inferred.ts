import type { Store } from '@/clickhouse/client';
import { inferredLinks } from '@/clickhouse/queries/lineage-inferred';
import { latestOf } from './latest';
import { refKey, type ObjectRef } from './objects';

/** Relations of a chain's documents that nobody stated, each with the rule that it was inferred by and how sure that is. */

const MOST = 200;

export interface InferredRelation {
  from: ObjectRef;
  to: ObjectRef;
  qualifier: string;
  rule: string;
  /** 0 to 1. */
  confidence: number;
  why: string;
}

/**
 * @param refs documents of a chain
 * @param facilities that the asker may see; empty: all. A relation shows where both of its ends do.
 */
export async function inferredOf(store: Store, refs: readonly ObjectRef[], facilities: string[]): Promise<{ relations: InferredRelation[]; cut: boolean }> {
  const rows = await inferredLinks(store, { types: refs.map(({ type }) => type), ids: refs.map(({ id }) => id), most: MOST + 1 });
  const relations = new Map<string, InferredRelation>();
  for (const row of rows) {
    const [node, peer] = [{ type: row.node_type, id: row.node_id }, { type: row.peer_type, id: row.peer_id }];
    const [from, to] = row.direction === 'down' ? [node, peer] : [peer, node];
    relations.set(`${refKey(from)}\u0001${refKey(to)}`, { from, to, qualifier: row.qualifier, rule: row.rule, confidence: row.confidence, why: row.why });
  }
  let shown = [...relations.values()];
  if (facilities.length > 0 && shown.length > 0) {
    const known = await latestOf(store, shown.flatMap(({ from, to }) => [from, to]), facilities);
    shown = shown.filter(({ from, to }) => known.has(refKey(from)) && known.has(refKey(to)));
  }
  return { relations: shown.slice(0, MOST), cut: rows.length > MOST };
}
