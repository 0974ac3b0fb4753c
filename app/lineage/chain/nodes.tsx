'use client';

import { Text } from '@mantine/core';
import {
  IconArrowsExchange, IconBuildingBank, IconClockQuestion, IconClipboardList, IconCreditCard, IconFileInvoice, IconPackageImport, IconRefreshDot, IconScan, IconShoppingCart, IconStack2, IconTruckDelivery, type Icon,
} from '@tabler/icons-react';
import { Handle, Position, type Node, type NodeProps } from '@xyflow/react';
import type { NotYetView } from '@/server/lineage/as-of';
import type { GhostView, NodeView } from '@/server/lineage/view';
import { formatDecimal, formatMoney, formatTime } from '../../components/format/format';
import { MEANING_ICON } from '../../components/state/state-badge';
import { STAGE_STATE, stageWord, typeTitle } from '../words';
import { failedHandovers, figuresOf, groupTitle } from './figures';
import type { Group } from './fold';
import { GHOST_HEIGHT, NODE_HEIGHT, NODE_WIDTH } from './places';

const TYPE_ICON: Readonly<Record<string, Icon>> = {
  usage: IconScan, 'replenishment-line': IconRefreshDot, 'transfer-line': IconArrowsExchange, 'requisition-line': IconClipboardList, 'order-line': IconShoppingCart,
  'shipment-line': IconTruckDelivery, 'receipt-line': IconPackageImport, 'invoice-line': IconFileInvoice, posting: IconBuildingBank, payment: IconCreditCard,
};

export type DocumentNode = Node<{ node: NodeView; zone: string; name: string; chosen: boolean }, 'document'>;
export type NotYetNode = Node<{ node: NotYetView; zone: string; chosen: boolean }, 'notYet'>;
export type GroupNode = Node<{ group: Group; zone: string }, 'many'>;
export type GapNode = Node<{ ghost: GhostView; zone: string; chosen: boolean }, 'gap'>;
export type ColumnNode = Node<{ word: string }, 'column'>;
export type ChainNode = DocumentNode | NotYetNode | GroupNode | GapNode | ColumnNode;

const hidden = { opacity: 0, pointerEvents: 'none' } as const;
const line = { whiteSpace: 'nowrap', overflow: 'hidden', textOverflow: 'ellipsis' } as const;

function Ends() {
  return (
    <>
      <Handle type="target" position={Position.Left} style={hidden} isConnectable={false} />
      <Handle type="source" position={Position.Right} style={hidden} isConnectable={false} />
    </>
  );
}

/** A ring and not a colour alone: the seed has a thin one, what is chosen a thick one. */
const ring = (chosen: boolean, seed = false) => (chosen ? '0 0 0 4px var(--mantine-color-anchor)' : seed ? '0 0 0 2px var(--mantine-color-anchor)' : undefined);

export function DocumentNodeCard({ data: { node, zone, name, chosen } }: NodeProps<DocumentNode>) {
  const TypeIcon = TYPE_ICON[node.type] ?? IconClipboardList;
  const StateIcon = MEANING_ICON[node.meaning];
  const stuck = failedHandovers(node);
  const Stuck = MEANING_ICON.breach;
  const seed = node.side === 'seed';
  return (
    <div
      style={{
        width: NODE_WIDTH, height: NODE_HEIGHT, padding: '7px 10px', borderRadius: 8, cursor: 'pointer', background: 'var(--tl-surface)',
        border: `${node.orphan ? '1px dashed' : '1px solid'} ${seed ? 'var(--mantine-color-anchor)' : node.orphan ? 'var(--tl-watch)' : 'var(--tl-border-strong)'}`,
        borderLeft: `4px solid var(--tl-${node.meaning})`,
        boxShadow: ring(chosen, seed),
        opacity: node.side === 'sibling' ? 0.75 : 1,
      }}
    >
      <Ends />
      <div style={{ display: 'flex', alignItems: 'center', gap: 5 }}>
        <TypeIcon size={14} title={typeTitle(node.type)} color="var(--mantine-color-dimmed)" style={{ flexShrink: 0 }} />
        {node.side === 'sibling' && <Text size="xs" c="dimmed" style={line}>sibling</Text>}
        <span style={{ flex: 1 }} />
        <StateIcon size={13} aria-hidden color={`var(--tl-${node.meaning})`} />
        <Text size="xs" fw={600} style={{ color: `var(--tl-${node.meaning})`, ...line }} title={node.state}>{node.state}</Text>
      </div>
      <Text size="sm" ff="monospace" fw={600} style={line} title={node.id}>{node.id}</Text>
      <Text size="xs" style={line} title={name}>{node.orphan ? 'named by another document' : name || node.item || node.notes.join(', ') || ' '}</Text>
      <Text size="xs" style={line}>{figuresOf(node) || (node.notes.length > 0 ? node.notes.join(', ') : ' ')}</Text>
      {stuck.length > 0 ? (
        <Text size="xs" style={{ color: 'var(--tl-breach)', ...line }} title={stuck.map((handover) => `${handover.what} to ${handover.target}: ${handover.lastOutcome.replaceAll('_', ' ')}`).join('; ')}>
          <Stuck size={12} aria-hidden style={{ verticalAlign: -2 }} /> not at {stuck.map((handover) => handover.target).join(', ')}
        </Text>
      ) : (
        <Text size="xs" c="dimmed" style={line}>{formatTime(node.at, zone) ?? 'time unknown'}</Text>
      )}
    </div>
  );
}

/** `03-31 23:59`: a card has no room for year and zone; they stand where it is chosen. */
const short = (time: string, zone: string) => formatTime(time, zone)?.slice(5, 16) ?? '';

/** A document that nobody knew of at the moment shown. */
export function NotYetNodeCard({ data: { node, zone, chosen } }: NodeProps<NotYetNode>) {
  const TypeIcon = TYPE_ICON[node.type] ?? IconClipboardList;
  return (
    <div style={{ width: NODE_WIDTH, height: NODE_HEIGHT, padding: '7px 10px', borderRadius: 8, cursor: 'pointer', background: 'var(--tl-surface-sunken)', border: '1.5px dotted var(--tl-border-strong)', boxShadow: ring(chosen), color: 'var(--tl-unknown)' }}>
      <Ends />
      <div style={{ display: 'flex', alignItems: 'center', gap: 5 }}>
        <TypeIcon size={14} title={typeTitle(node.type)} style={{ flexShrink: 0 }} />
        <span style={{ flex: 1 }} />
        <IconClockQuestion size={13} aria-hidden />
        <Text size="xs" fw={600} style={line}>not known yet</Text>
      </div>
      <Text size="sm" ff="monospace" style={line} title={node.id}>{node.id}</Text>
      <Text size="xs" style={line}>{node.at === null ? 'never came itself' : `${node.happened ? 'happened' : 'happens'} ${short(node.at, zone)}`}</Text>
      <Text size="xs" style={line}>{node.recordedAt ? `recorded ${short(node.recordedAt, zone)}` : 'named by another document'}</Text>
    </div>
  );
}

/** Many of one kind; a click opens them. */
export function GroupNodeCard({ data: { group, zone } }: NodeProps<GroupNode>) {
  const TypeIcon = TYPE_ICON[group.type] ?? IconStack2;
  const StateIcon = MEANING_ICON[group.meaning];
  const quantity = formatDecimal(group.quantity);
  const money = group.amount === null ? null : formatMoney(group.amount, group.currency);
  const [from, to] = [formatTime(group.from, zone)?.slice(5, 10), formatTime(group.to, zone)?.slice(5, 10)];
  const edge = `1px ${group.notYet || group.kind === 'gaps' ? 'dashed' : 'solid'} var(--tl-border-strong)`;
  return (
    <div style={{ width: NODE_WIDTH, height: NODE_HEIGHT, padding: '7px 10px', borderRadius: 8, cursor: 'pointer', background: 'var(--tl-surface)', border: edge, borderLeft: `4px ${group.kind === 'gaps' ? 'dashed' : 'solid'} var(--tl-${group.meaning})`, boxShadow: '3px 3px 0 var(--tl-surface), 4px 4px 0 var(--tl-border-strong), 7px 7px 0 var(--tl-surface), 8px 8px 0 var(--tl-border-strong)' }}>
      <Ends />
      <div style={{ display: 'flex', alignItems: 'center', gap: 5 }}>
        <TypeIcon size={14} aria-hidden color="var(--mantine-color-dimmed)" style={{ flexShrink: 0 }} />
        <span style={{ flex: 1 }} />
        <StateIcon size={13} aria-hidden color={`var(--tl-${group.meaning})`} />
        <Text size="xs" fw={600} style={{ color: `var(--tl-${group.meaning})`, ...line }}>{group.state}</Text>
      </div>
      <Text size="sm" fw={650} style={line}>{groupTitle(group)}</Text>
      <Text size="xs" style={line}>{[quantity && `${quantity} ${group.uom}`.trim(), money].filter(Boolean).join(' · ') || (group.stuck > 0 ? `${group.stuck} not handed over` : ' ')}</Text>
      <Text size="xs" c="dimmed" style={line}>{from ? (from === to ? from : `${from} – ${to}`) : ' '}</Text>
      <Text size="xs" c="var(--mantine-color-anchor)" style={line}>open all {group.count}</Text>
    </div>
  );
}

export function GapNodeCard({ data: { ghost, zone, chosen } }: NodeProps<GapNode>) {
  const state = STAGE_STATE[ghost.state];
  const meaning = state?.meaning ?? 'unknown';
  const StateIcon = MEANING_ICON[meaning];
  const due = formatTime(ghost.due, zone);
  return (
    <div style={{ width: NODE_WIDTH, height: GHOST_HEIGHT, padding: '6px 10px', borderRadius: 8, border: `1.5px dashed var(--tl-${meaning})`, background: `var(--tl-${meaning}-soft)`, color: `var(--tl-${meaning})`, boxShadow: ring(chosen), cursor: 'pointer' }}>
      <Ends />
      <div style={{ display: 'flex', alignItems: 'center', gap: 5 }}>
        <StateIcon size={15} aria-hidden />
        <Text size="xs" fw={700} style={line}>{stageWord(ghost.stage)}</Text>
      </div>
      <Text size="xs" fw={600} style={line}>{state?.word.toLowerCase() ?? ghost.state}</Text>
      <Text size="xs" style={line} title={due ?? undefined}>{due ? `${ghost.state === 'overdue' ? 'was due' : 'due'} ${due.slice(5, 16)}` : ghost.state === 'awaited' ? 'clock not started' : ghost.state === 'orphan' ? 'named, never came' : 'nothing says'}</Text>
    </div>
  );
}

export function ColumnWord({ data: { word } }: NodeProps<ColumnNode>) {
  return <Text size="xs" fw={700} c="dimmed" tt="uppercase" style={{ letterSpacing: 0.5, width: NODE_WIDTH, pointerEvents: 'none' }}>{word}</Text>;
}
