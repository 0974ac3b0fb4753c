import type { ChainView, NodeView } from '@/server/lineage/view';
import { formatDecimal, formatDuration, formatMoney, formatPercent } from '../../components/format/format';
import { stageWord } from '../words';
import type { Group } from './fold';

/** Texts that the drawing and the list share. */

/** `12 EA · 2,214.00 USD` */
export function figuresOf(node: NodeView): string {
  const quantity = formatDecimal(node.quantity);
  return [quantity && `${quantity} ${node.uom}`.trim(), node.amount !== null && formatMoney(node.amount, node.currency)].filter(Boolean).join(' · ');
}

export function failedHandovers(node: NodeView): NodeView['handovers'] {
  return node.handovers.filter((handover) => handover.lastOutcome !== 'succeeded');
}

/** `318 usages`, `12 × invoice` for missing ones. */
export function groupTitle(group: Group): string {
  if (group.kind === 'gaps') return `${group.count} × ${stageWord(group.type).toLowerCase()}`;
  return `${group.count} ${group.type.replaceAll('-', ' ')}s`;
}

export function edgeLabel(edge: ChainView['edges'][number]): string {
  const took = formatDuration(edge.elapsedMs);
  const inferred = edge.inferred ? ` (inferred by ${edge.inferred.rule}, ${formatPercent(String(edge.inferred.confidence), 0)} sure)` : '';
  return `${edge.qualifier}${edge.whole ? ' (names the whole document)' : ''}${inferred}${took ? ` · ${took}` : ''}`;
}
