'use client';

import { Anchor, Box, List, Stack, Text, Title } from '@mantine/core';
import { CHAIN_STAGES } from '@/ingest/contract/objects';
import type { ChainView, NodeView } from '@/server/lineage/view';
import { useBounds } from '../../components/filters/use-bounds';
import { formatTime } from '../../components/format/format';
import { ObjectLink, Time } from '../../components/format/values';
import { StateBadge } from '../../components/state/state-badge';
import { StageBadge } from '../badges';
import { stageWord, typeTitle } from '../words';
import { edgeLabel, failedHandovers, figuresOf, groupTitle } from './figures';
import type { Drawing } from './fold';

export interface ListProps {
  chain: ChainView;
  drawing: Drawing;
  names: Readonly<Record<string, string>>;
  selected: string | null;
  onSelect: (key: string) => void;
  onOpen: (key: string) => void;
}

const chosen = (is: boolean) => (is ? { background: 'var(--tl-surface-sunken)', boxShadow: '0 0 0 2px var(--mantine-color-anchor)' } : {});

/** The chain as a list: the same nodes, relations and gaps as the drawing, for keyboard, screen reader and phone. */
export function ChainList({ chain, drawing, names, selected, onSelect, onOpen }: ListProps) {
  const { zoneOf } = useBounds();
  const byKey = new Map(chain.nodes.map((node) => [node.key, node]));
  const stages = [...new Set([...drawing.nodes, ...drawing.notYet, ...drawing.groups].map((node) => node.stage).concat(drawing.ghosts.map((ghost) => ghost.column)))].sort((a, b) => a - b);
  return (
    <Stack gap="sm" px="md" pb="md" style={{ borderTop: '1px solid var(--tl-border)' }} pt="sm">
      {stages.map((stage) => {
        const nodes = drawing.nodes.filter((node) => node.stage === stage);
        const ghosts = drawing.ghosts.filter((ghost) => ghost.column === stage);
        const count = chain.nodes.filter((node) => node.stage === stage).length;
        return (
          <Box key={stage} component="section">
            <Title order={3} size="sm" c="dimmed">{typeTitle(CHAIN_STAGES[stage] ?? '')}{count > 1 ? ` (${count})` : ''}</Title>
            <List listStyleType="none" spacing={6} mt={4}>
              {nodes.map((node) => (
                <List.Item key={node.key} style={{ borderLeft: `4px solid var(--tl-${node.meaning})`, paddingLeft: 10, ...chosen(node.key === selected) }} aria-current={node.side === 'seed' ? 'true' : undefined}>
                  <Choose of={`${typeTitle(node.type)} ${node.id}`} is={node.key === selected} onClick={() => onSelect(node.key)} />
                  <Line node={node} name={names[`item ${node.item}`] ?? node.item} zone={zoneOf(node.facility)} />
                  <Relations chain={chain} node={node} byKey={byKey} />
                </List.Item>
              ))}
              {drawing.notYet.filter((node) => node.stage === stage).map((node) => (
                <List.Item key={node.key} style={{ borderLeft: '4px dotted var(--tl-unknown)', paddingLeft: 10, ...chosen(node.key === selected) }}>
                  <Choose of={`${typeTitle(node.type)} ${node.id}`} is={node.key === selected} onClick={() => onSelect(node.key)} />
                  <ObjectLink type={node.type} id={node.id} /> <StateBadge state="unknown" meaning="unknown" label="not known yet" size="sm" />
                  <Text size="xs" c="dimmed" component="div">{node.happened ? 'had happened ' : 'happens '}<Time value={node.at} zone={zoneOf(node.facility)} />{node.recordedAt ? <>, recorded <Time value={node.recordedAt} zone={zoneOf(node.facility)} /></> : null}</Text>
                </List.Item>
              ))}
              {drawing.groups.filter((group) => group.stage === stage).map((group) => (
                <List.Item key={group.key} style={{ borderLeft: `4px double var(--tl-${group.meaning})`, paddingLeft: 10 }}>
                  <Text span size="sm" fw={600}>{groupTitle(group)}</Text> <StateBadge state={group.state} meaning={group.meaning} size="sm" />{' '}
                  <Anchor component="button" size="sm" onClick={() => onOpen(group.key)} aria-label={`Open ${groupTitle(group)}, ${group.state}`}>open all</Anchor>
                </List.Item>
              ))}
              {ghosts.map((ghost) => {
                const anchor = byKey.get(ghost.anchor);
                return (
                  <List.Item key={ghost.key} style={{ borderLeft: '4px dashed var(--tl-border-strong)', paddingLeft: 10, ...chosen(ghost.key === selected) }}>
                    <StageBadge state={ghost.state} label={`${stageWord(ghost.stage)} ${ghost.state}`} />{' '}
                    <Text span size="sm">
                      {ghost.due ? `${ghost.state === 'overdue' ? 'was due' : 'due'} ${formatTime(ghost.due, zoneOf(anchor?.facility)) ?? ''}` : ''}
                      {chain.verdicts.length > 1 && anchor ? <> for <ObjectLink type={anchor.type} id={anchor.id} /></> : null}
                    </Text>
                  </List.Item>
                );
              })}
            </List>
          </Box>
        );
      })}
    </Stack>
  );
}

/** To choose a line, so that the drawing, the timeline and the events below show it. */
function Choose({ of, is, onClick }: { of: string; is: boolean; onClick: () => void }) {
  return <Anchor component="button" size="xs" className="tl-no-print" style={{ float: 'right' }} aria-pressed={is} aria-label={`Choose ${of}`} onClick={onClick}>{is ? 'chosen' : 'choose'}</Anchor>;
}

function Line({ node, name, zone }: { node: NodeView; name: string; zone: string }) {
  const stuck = failedHandovers(node);
  return (
    <>
      {node.side === 'seed' ? <Text span ff="monospace" size="sm" fw={700}>{node.id}</Text> : <ObjectLink type={node.type} id={node.id} />}{' '}
      <StateBadge state={node.state} meaning={node.meaning} size="sm" />
      {node.side === 'sibling' && <Text span size="xs" c="dimmed"> sibling</Text>}
      <Text size="sm" component="div">
        {[name, figuresOf(node), ...node.notes].filter(Boolean).join(' · ')}
      </Text>
      <Text size="xs" c="dimmed" component="div">{node.orphan ? 'Named by another document; it never came itself' : <Time value={node.at} zone={zone} />}</Text>
      {stuck.length > 0 && <Text size="xs" style={{ color: 'var(--tl-breach)' }}>Not at {stuck.map((handover) => `${handover.target} (${handover.what} ${handover.lastOutcome.replaceAll('_', ' ')} after ${handover.attempts})`).join(', ')}</Text>}
    </>
  );
}

function Relations({ chain, node, byKey }: { chain: ChainView; node: NodeView; byKey: ReadonlyMap<string, NodeView> }) {
  const from = chain.edges.filter((edge) => edge.to === node.key);
  if (from.length === 0) return null;
  return (
    <Text size="xs" c="dimmed" component="div">
      {from.slice(0, 6).map((edge) => {
        const peer = byKey.get(edge.from);
        return peer ? <div key={edge.id}>{edgeLabel(edge)} after {peer.type.replaceAll('-', ' ')} <ObjectLink type={peer.type} id={peer.id} /></div> : null;
      })}
      {from.length > 6 && <div>and {from.length - 6} more before it</div>}
    </Text>
  );
}
