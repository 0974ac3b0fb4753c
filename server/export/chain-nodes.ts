import type { Store } from '@/clickhouse/client';
import { NarrowTheRange } from '@/clickhouse/errors';
import { ocelHop } from '@/clickhouse/queries/ocel';
import { containersOf, documentOf, isContext, refKey, type ObjectRef } from '../lineage/objects';

/** From the chains that a list shows to all their documents: ancestors and descendants, many chains at a time. */

/** Chains of one export. */
export const MOST_CHAINS = 10_000;
const MOST_NODES = 60_000;
/** As many as a request's parameters take; one more hop for each. */
const ASKED_AT_ONCE = 400;
/** As for a single chain: twice the longest, with room for credits and replacements of one another. */
const HOPS = 16;

/**
 * The anchors with everything up from them and everything down from them, never through an item, a lot, a location, a
 * supplier or a case.
 * @throws NarrowTheRange where it is more than one export takes
 */
export async function chainNodes(store: Store, anchors: readonly ObjectRef[]): Promise<ObjectRef[]> {
  const nodes = new Map(anchors.map((anchor) => [refKey(anchor), anchor]));
  for (const direction of ['up', 'down'] as const) {
    const visited = new Set(anchors.map(refKey));
    let frontier: readonly ObjectRef[] = anchors;
    for (let hop = 0; hop < HOPS && frontier.length > 0; hop++) {
      const next: ObjectRef[] = [];
      for (let start = 0; start < frontier.length; start += ASKED_AT_ONCE) {
        const some = frontier.slice(start, start + ASKED_AT_ONCE);
        // Others may have named the document and not the line.
        const asked = [...new Map([...some, ...some.flatMap(containersOf)].map((ref) => [refKey(ref), ref])).values()];
        for (const { peer_type, peer_id } of await ocelHop(store, { types: asked.map(({ type }) => type), ids: asked.map(({ id }) => id), direction })) {
          const peer = { type: peer_type, id: peer_id };
          const key = refKey(peer);
          if (visited.has(key) || isContext(peer.type)) continue;
          visited.add(key);
          nodes.set(key, peer);
          next.push(peer);
          if (nodes.size > MOST_NODES) throw new NarrowTheRange('ocel_hop', `These chains have more than ${MOST_NODES.toLocaleString('en-US')} documents: narrow the range.`);
        }
      }
      frontier = next;
    }
  }
  return [...nodes.values()];
}

/** Some nodes that are asked for together. Lines of one document stand in one chunk, with the document. */
export interface NodeChunk {
  readonly keys: ReadonlySet<string>;
  readonly params: { types: string[]; ids: string[]; document_types: string[]; document_ids: string[] };
}

export function chunksOf(nodes: readonly ObjectRef[]): NodeChunk[] {
  const byDocument = new Map<string, { document: ObjectRef; own: ObjectRef[] }>();
  for (const node of nodes) {
    const document = documentOf(node) ?? node;
    const known = byDocument.get(refKey(document));
    if (known) known.own.push(node);
    else byDocument.set(refKey(document), { document, own: [node] });
  }
  const chunks: NodeChunk[] = [];
  let refs: ObjectRef[] = [];
  let documents: ObjectRef[] = [];
  const close = () => {
    if (refs.length === 0) return;
    chunks.push({
      keys: new Set([...refs, ...documents].map(refKey)),
      params: { types: refs.map(({ type }) => type), ids: refs.map(({ id }) => id), document_types: documents.map(({ type }) => type), document_ids: documents.map(({ id }) => id) },
    });
    [refs, documents] = [[], []];
  };
  for (const { document, own } of byDocument.values()) {
    if (refs.length + own.length > ASKED_AT_ONCE) close();
    refs.push(...own);
    documents.push(document);
  }
  close();
  return chunks;
}
