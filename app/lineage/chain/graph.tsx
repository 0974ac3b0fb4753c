'use client';

import '@xyflow/react/dist/style.css';
import { useComputedColorScheme } from '@mantine/core';
import { Background, Controls, MarkerType, ReactFlow, ReactFlowProvider, useReactFlow, type Edge } from '@xyflow/react';
import { useEffect, useMemo, useRef } from 'react';
import { CHAIN_STAGES } from '@/ingest/contract/objects';
import { useBounds } from '../../components/filters/use-bounds';
import { STAGE_STATE, stageWord, typeTitle } from '../words';
import { RelationEdge } from './edges';
import { figuresOf, groupTitle } from './figures';
import type { DrawnEdge, Drawing } from './fold';
import { columnsOf, GHOST_HEIGHT, itemsOf, NODE_HEIGHT, NODE_WIDTH, type Places } from './places';
import { ColumnWord, DocumentNodeCard, GapNodeCard, GroupNodeCard, NotYetNodeCard, type ChainNode } from './nodes';
import { usePlaces } from './use-places';

const NODE_TYPES = { document: DocumentNodeCard, notYet: NotYetNodeCard, many: GroupNodeCard, gap: GapNodeCard, column: ColumnWord };
const EDGE_TYPES = { relation: RelationEdge };
/** With more edges than this their words would cover each other; they are in the list. */
const MOST_LABELS = 60;
/** Below this zoom the words on the cards cannot be read. */
const READABLE = 0.66;
const MARGIN = 14;
const COLUMN_WORD_HEIGHT = 34;
const COLUMN_WORD: Readonly<Record<string, string>> = { usage: 'Usage', 'replenishment-line': 'Replenishment', 'requisition-line': 'Requisition', 'order-line': 'Order', 'shipment-line': 'Acknowledged, shipped', 'receipt-line': 'Receipt', 'invoice-line': 'Invoice', posting: 'Posting', payment: 'Payment' };

export interface GraphProps {
  drawing: Drawing;
  names: Readonly<Record<string, string>>;
  selected: string | null;
  onSelect: (key: string) => void;
  /** Opens a group. */
  onOpen: (key: string) => void;
}

/** The chain as a drawing: stages from left to right, what is missing dashed. Enter on a node chooses it. */
export function ChainGraph(props: GraphProps) {
  const { drawing } = props;
  const { places, settled } = usePlaces(drawing);
  const rows = Math.max(1, ...columnCounts(drawing));
  return (
    <div
      role="group" aria-label={`The chain as a drawing: ${drawing.nodes.length} documents, ${drawing.groups.length} groups, ${drawing.ghosts.length} missing stages. The list view holds the same.`}
      aria-busy={!settled} data-settled={settled}
      style={{ height: Math.min(640, Math.max(300, rows * (NODE_HEIGHT + 30) + 90)), borderTop: '1px solid var(--tl-border)' }}
    >
      <ReactFlowProvider>
        <Canvas {...props} places={places} settled={settled} />
      </ReactFlowProvider>
    </div>
  );
}

function columnCounts(drawing: Drawing): number[] {
  const counts = new Map<number, number>();
  for (const item of itemsOf(drawing)) counts.set(item.stage, (counts.get(item.stage) ?? 0) + 1);
  return [...counts.values()];
}

function Canvas({ drawing, names, selected, onSelect, onOpen, places, settled }: GraphProps & { places: Places; settled: boolean }) {
  const { zoneOf } = useBounds();
  const flow = useReactFlow();
  const box = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme('light');
  const nodes = useMemo(() => nodesOf(drawing, names, places, selected, zoneOf), [drawing, names, places, selected, zoneOf]);
  const edges = useMemo(() => flowEdges(drawing), [drawing]);
  const groups = useMemo(() => new Set(drawing.groups.map((group) => group.key)), [drawing]);

  useEffect(() => {
    const { clientWidth: width, clientHeight: height } = box.current ?? { clientWidth: 0, clientHeight: 0 };
    if (!settled || width === 0) return;
    void flow.setViewport(viewportOf(drawing, places, { width, height }));
    // Only a new layout moves the view; a refresh of the same chain leaves it where the reader has put it.
  }, [places, settled]); // eslint-disable-line react-hooks/exhaustive-deps

  const choose = (key: string) => {
    if (key.startsWith('column ')) return;
    if (groups.has(key)) onOpen(key);
    else onSelect(key);
  };
  return (
    <ReactFlow<ChainNode>
      ref={box}
      nodes={nodes} edges={edges} nodeTypes={NODE_TYPES} edgeTypes={EDGE_TYPES} colorMode={scheme}
      nodesDraggable={false} nodesConnectable={false} edgesFocusable={false} elementsSelectable
      onNodeClick={(_, node) => choose(node.id)}
      onKeyDown={(event) => {
        const key = event.target instanceof HTMLElement ? event.target.dataset.id : undefined;
        if ((event.key === 'Enter' || event.key === ' ') && key) {
          event.preventDefault();
          choose(key);
        }
      }}
      minZoom={0.08} maxZoom={1.6} onlyRenderVisibleElements={nodes.length > 80}
      preventScrolling={false} zoomOnScroll={false} panOnScroll={false} proOptions={{ hideAttribution: false }}
      style={{ background: 'transparent' }}
    >
      <Background gap={24} color="var(--tl-chart-grid)" bgColor="var(--tl-surface)" />
      <Controls showInteractive={false} position="bottom-right" />
    </ReactFlow>
  );
}

function nodesOf(drawing: Drawing, names: Readonly<Record<string, string>>, places: Places, selected: string | null, zoneOf: (facility: string) => string): ChainNode[] {
  const at = (key: string) => places.get(key) ?? { x: 0, y: 0 };
  const facility = new Map(drawing.nodes.map((node) => [node.key, node.facility]));
  const seedZone = zoneOf(facility.get(drawing.seed) ?? '');
  return [
    ...columnsOf(drawing, places).map(({ stage, x, y }): ChainNode => ({
      id: `column ${stage}`, type: 'column', position: { x, y }, width: NODE_WIDTH, height: 18, data: { word: COLUMN_WORD[CHAIN_STAGES[stage] ?? ''] ?? '' }, selectable: false, focusable: false, ariaRole: 'presentation',
    })),
    ...drawing.nodes.map((node): ChainNode => ({
      id: node.key, type: 'document', position: at(node.key), width: NODE_WIDTH, height: NODE_HEIGHT, data: { node, zone: zoneOf(node.facility), name: names[`item ${node.item}`] ?? '', chosen: node.key === selected },
      ariaRole: 'button', ariaLabel: `${typeTitle(node.type)} ${node.id}, ${node.state}${figuresOf(node) ? `, ${figuresOf(node)}` : ''}${node.key === selected ? ', chosen' : ''}`,
    })),
    ...drawing.notYet.map((node): ChainNode => ({
      id: node.key, type: 'notYet', position: at(node.key), width: NODE_WIDTH, height: NODE_HEIGHT, data: { node, zone: zoneOf(node.facility), chosen: node.key === selected },
      ariaRole: 'button', ariaLabel: `${typeTitle(node.type)} ${node.id}, not known yet`,
    })),
    ...drawing.groups.map((group): ChainNode => ({
      id: group.key, type: 'many', position: at(group.key), width: NODE_WIDTH, height: NODE_HEIGHT, data: { group, zone: seedZone },
      ariaRole: 'button', ariaLabel: `${groupTitle(group)}, ${group.state}; opens all`,
    })),
    ...drawing.ghosts.map((ghost): ChainNode => ({
      id: ghost.key, type: 'gap', position: at(ghost.key), width: NODE_WIDTH, height: GHOST_HEIGHT, data: { ghost, zone: zoneOf(facility.get(ghost.anchor) ?? ''), chosen: ghost.key === selected },
      ariaRole: 'button', ariaLabel: `${stageWord(ghost.stage)} ${STAGE_STATE[ghost.state]?.word ?? ghost.state}`,
    })),
  ];
}

/** What is not stated or was not known does not look like what is. */
const DASHES: Readonly<Partial<Record<DrawnEdge['kind'], { strokeDasharray: string }>>> = { 'not-yet': { strokeDasharray: '1.5 4' }, inferred: { strokeDasharray: '7 4' } };

function flowEdges(drawing: Drawing): Edge[] {
  const labelled = drawing.edges.length <= MOST_LABELS;
  const meanings = new Map(drawing.ghosts.map((ghost) => [ghost.key, STAGE_STATE[ghost.state]?.meaning ?? 'unknown']));
  return drawing.edges.map(({ id, from: source, to: target, kind, words }): Edge => {
    if (kind === 'gap') {
      const meaning = meanings.get(target) ?? meanings.get(source) ?? 'info';
      return { id, source, target, style: { stroke: `var(--tl-${meaning})`, strokeWidth: 1.4, strokeDasharray: '5 4' } };
    }
    const style = { stroke: 'var(--tl-border-strong)', strokeWidth: 1.4, ...DASHES[kind] };
    return { id, source, target, style, markerEnd: { type: MarkerType.ArrowClosed, color: 'var(--tl-border-strong)' }, type: 'relation', data: { words: labelled ? words : [] } };
  });
}

/**
 * The whole drawing where that can still be read; else the seed and what is overdue, and the rest by dragging. Worked out
 * from the places themselves, because the library knows sizes only after it has drawn.
 */
function viewportOf(drawing: Drawing, places: Places, room: { width: number; height: number }): { x: number; y: number; zoom: number } {
  const corners = [...places.values()];
  const left = Math.min(...corners.map((place) => place.x)) - MARGIN;
  const top = Math.min(...corners.map((place) => place.y)) - MARGIN - COLUMN_WORD_HEIGHT;
  const width = Math.max(...corners.map((place) => place.x)) + NODE_WIDTH + MARGIN - left;
  const height = Math.max(...corners.map((place) => place.y)) + NODE_HEIGHT + MARGIN - top;
  const whole = Math.min(room.width / width, room.height / height, 1);
  if (whole >= READABLE) return { zoom: whole, x: (room.width - width * whole) / 2 - left * whole, y: (room.height - height * whole) / 2 - top * whole };
  const zoom = Math.max(READABLE, Math.min(1, room.width / width));
  const { x: middleX, y: middleY } = focusOf(drawing, places, room.width / zoom);
  // Never past an end: what lies beyond would be nothing.
  const between = (wanted: number, size: number, begin: number, length: number) => Math.min(-begin * zoom, Math.max(size - (begin + length) * zoom, wanted));
  const x = width * zoom <= room.width ? (room.width - width * zoom) / 2 - left * zoom : between(room.width / 2 - middleX * zoom, room.width, left, width);
  const y = height * zoom <= room.height ? (room.height - height * zoom) / 2 - top * zoom : between(room.height / 2 - middleY * zoom, room.height, top, height);
  return { zoom, x, y };
}

/** The middle of what has to be seen first: the seed, and what is overdue as far as both fit side by side. */
function focusOf(drawing: Drawing, places: Places, width: number): { x: number; y: number } {
  const seed = places.get(drawing.seed) ?? { x: 0, y: 0 };
  let [from, to] = [seed.x, seed.x + NODE_WIDTH];
  for (const ghost of drawing.ghosts.filter((each) => each.state === 'overdue')) {
    const x = places.get(ghost.key)?.x;
    if (x === undefined || Math.max(to, x + NODE_WIDTH) - Math.min(from, x) > width - 2 * MARGIN) continue;
    [from, to] = [Math.min(from, x), Math.max(to, x + NODE_WIDTH)];
  }
  return { x: (from + to) / 2, y: seed.y + NODE_HEIGHT / 2 };
}
