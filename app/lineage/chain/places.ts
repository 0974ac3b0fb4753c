import type { ElkNode } from 'elkjs/lib/elk-api';
import type { Drawing } from './fold';

/** Where the nodes of a chain stand: by the layered algorithm in a worker, until then by a plain one of our own. */

export const NODE_WIDTH = 168;
export const NODE_HEIGHT = 104;
export const GHOST_HEIGHT = 72;
const COLUMN_GAP = 84;
const ROW_GAP = 22;
/** Up to here nodes of one column keep the order of their times; past it that takes most of the layout's seconds. */
const ORDERED = 150;

export type Places = ReadonlyMap<string, { x: number; y: number }>;

interface Item {
  key: string;
  stage: number;
  height: number;
}

export function itemsOf(drawing: Drawing): Item[] {
  // What is known and what is not yet in one order: going from moment to moment moves nothing.
  const documents = [...drawing.nodes, ...drawing.notYet].sort((a, b) => a.stage - b.stage || (a.at ?? '').localeCompare(b.at ?? '') || a.key.localeCompare(b.key));
  return [
    ...documents.map((node) => ({ key: node.key, stage: node.stage, height: NODE_HEIGHT })),
    ...drawing.groups.map((group) => ({ key: group.key, stage: group.stage, height: NODE_HEIGHT })),
    ...drawing.ghosts.map((ghost) => ({ key: ghost.key, stage: ghost.column, height: GHOST_HEIGHT })),
  ];
}

/** Stages as columns, each filled from the top: shown at once, and kept where the worker cannot be had. */
export function plainPlaces(drawing: Drawing): Places {
  const items = itemsOf(drawing);
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
export function elkGraph(drawing: Drawing): ElkNode {
  const items = itemsOf(drawing);
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
      'elk.layered.considerModelOrder.strategy': items.length <= ORDERED ? 'NODES_AND_EDGES' : 'NONE',
      'elk.separateConnectedComponents': 'false',
    },
    children: items.map((item) => ({ id: item.key, width: NODE_WIDTH, height: item.height, layoutOptions: { 'elk.partitioning.partition': String(item.stage) } })),
    edges: drawing.edges
      .filter((edge) => known.has(edge.from) && known.has(edge.to) && edge.from !== edge.to)
      .map((edge) => ({ id: edge.id, sources: [edge.from], targets: [edge.to] })),
  };
}

export function placesOf(laid: ElkNode): Places {
  return new Map((laid.children ?? []).map((child) => [child.id, { x: child.x ?? 0, y: child.y ?? 0 }]));
}

/** Left edge of each stage's column, for the words above them. */
export function columnsOf(drawing: Drawing, places: Places): { stage: number; x: number; y: number }[] {
  const left = new Map<number, number>();
  let top = Number.POSITIVE_INFINITY;
  for (const item of itemsOf(drawing)) {
    const place = places.get(item.key);
    if (!place) continue;
    left.set(item.stage, Math.min(left.get(item.stage) ?? Number.POSITIVE_INFINITY, place.x));
    top = Math.min(top, place.y);
  }
  return [...left].map(([stage, x]) => ({ stage, x, y: (Number.isFinite(top) ? top : 0) - 38 }));
}
