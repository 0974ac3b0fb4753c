import type { ElkNode } from 'elkjs/lib/elk-api';
import type { ChainView } from '@/server/lineage/view';

/** Where the nodes of a chain stand: by the layered algorithm in a worker, until then by a plain one of our own. */

export const NODE_WIDTH = 168;
export const NODE_HEIGHT = 104;
export const GHOST_HEIGHT = 72;
const COLUMN_GAP = 76;
const ROW_GAP = 22;

export type Places = ReadonlyMap<string, { x: number; y: number }>;

interface Item {
  key: string;
  stage: number;
  height: number;
}

function itemsOf(chain: ChainView): Item[] {
  return [
    ...chain.nodes.map((node) => ({ key: node.key, stage: node.stage, height: NODE_HEIGHT })),
    ...chain.ghosts.map((ghost) => ({ key: ghost.key, stage: ghost.column, height: GHOST_HEIGHT })),
  ];
}

export interface DrawnEdge {
  id: string;
  from: string;
  to: string;
}

/** Edges of the chain and those that hang its missing stages on it. */
export function edgesOf(chain: ChainView): DrawnEdge[] {
  return [
    ...chain.edges.map(({ id, from, to }) => ({ id, from, to })),
    ...chain.ghosts.flatMap((ghost) => [
      ...ghost.after.map((from) => ({ id: `${from} ⇢ ${ghost.key}`, from, to: ghost.key })),
      ...ghost.before.map((to) => ({ id: `${ghost.key} ⇢ ${to}`, from: ghost.key, to })),
    ]),
  ];
}

/** Stages as columns, each filled from the top: shown at once, and kept where the worker cannot be had. */
export function plainPlaces(chain: ChainView): Places {
  const items = itemsOf(chain);
  const stages = [...new Set(items.map((item) => item.stage))].sort((a, b) => a - b);
  const next = new Map<number, number>();
  const places = new Map<string, { x: number; y: number }>();
  for (const item of items) {
    const y = next.get(item.stage) ?? 0;
    places.set(item.key, { x: stages.indexOf(item.stage) * (NODE_WIDTH + COLUMN_GAP), y });
    next.set(item.stage, y + item.height + ROW_GAP);
  }
  return places;
}

/** What elk is asked: layered from left to right, with the stages as partitions so that no stage stands before an earlier one. */
export function elkGraph(chain: ChainView): ElkNode {
  const items = itemsOf(chain);
  const known = new Set(items.map((item) => item.key));
  return {
    id: 'chain',
    layoutOptions: {
      'elk.algorithm': 'layered',
      'elk.direction': 'RIGHT',
      'elk.partitioning.activate': 'true',
      'elk.spacing.nodeNode': String(ROW_GAP),
      'elk.layered.spacing.nodeNodeBetweenLayers': String(COLUMN_GAP),
      'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF',
      'elk.layered.nodePlacement.bk.fixedAlignment': 'BALANCED',
      'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
      'elk.separateConnectedComponents': 'false',
    },
    children: items.map((item) => ({ id: item.key, width: NODE_WIDTH, height: item.height, layoutOptions: { 'elk.partitioning.partition': String(item.stage) } })),
    edges: edgesOf(chain)
      .filter((edge) => known.has(edge.from) && known.has(edge.to) && edge.from !== edge.to)
      .map((edge) => ({ id: edge.id, sources: [edge.from], targets: [edge.to] })),
  };
}

export function placesOf(laid: ElkNode): Places {
  return new Map((laid.children ?? []).map((child) => [child.id, { x: child.x ?? 0, y: child.y ?? 0 }]));
}

/** Left edge of each stage's column, for the words above them. */
export function columnsOf(chain: ChainView, places: Places): { stage: number; x: number; y: number }[] {
  const left = new Map<number, number>();
  let top = Number.POSITIVE_INFINITY;
  for (const item of itemsOf(chain)) {
    const place = places.get(item.key);
    if (!place) continue;
    left.set(item.stage, Math.min(left.get(item.stage) ?? Number.POSITIVE_INFINITY, place.x));
    top = Math.min(top, place.y);
  }
  return [...left].map(([stage, x]) => ({ stage, x, y: (Number.isFinite(top) ? top : 0) - 38 }));
}
