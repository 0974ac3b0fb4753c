'use client';

import { Box, List, Stack, Text, Title } from '@mantine/core';
import { CHAIN_STAGES } from '@/ingest/contract/objects';
import type { ChainView, NodeView } from '@/server/lineage/view';
import { useBounds } from '../../components/filters/use-bounds';
import { formatTime } from '../../components/format/format';
import { ObjectLink, Time } from '../../components/format/values';
import { StateBadge } from '../../components/state/state-badge';
import { StageBadge } from '../badges';
import { stageWord, typeTitle } from '../words';
import { edgeLabel, failedHandovers, figuresOf } from './figures';

/** The chain as a list: the same nodes, relations and gaps as the drawing, for keyboard, screen reader and phone. */
export function ChainList({ chain, names }: { chain: ChainView; names: Readonly<Record<string, string>> }) {
  const { zoneOf } = useBounds();
  const byKey = new Map(chain.nodes.map((node) => [node.key, node]));
  const stages = [...new Set([...chain.nodes.map((node) => node.stage), ...chain.ghosts.map((ghost) => ghost.column)])].sort((a, b) => a - b);
  return (
    <Stack gap="sm" px="md" pb="md" style={{ borderTop: '1px solid var(--tl-border)' }} pt="sm">
      {stages.map((stage) => {
        const nodes = chain.nodes.filter((node) => node.stage === stage);
        const ghosts = chain.ghosts.filter((ghost) => ghost.column === stage);
        return (
          <Box key={stage} component="section">
            <Title order={3} size="sm" c="dimmed">{typeTitle(CHAIN_STAGES[stage] ?? '')}{nodes.length > 1 ? ` (${nodes.length})` : ''}</Title>
            <List listStyleType="none" spacing={6} mt={4}>
              {nodes.map((node) => (
                <List.Item key={node.key} style={{ borderLeft: `4px solid var(--tl-${node.meaning})`, paddingLeft: 10 }} aria-current={node.side === 'seed' ? 'true' : undefined}>
                  <Line node={node} name={names[`item ${node.item}`] ?? node.item} zone={zoneOf(node.facility)} />
                  <Relations chain={chain} node={node} byKey={byKey} />
                </List.Item>
              ))}
              {ghosts.map((ghost) => {
                const anchor = byKey.get(ghost.anchor);
                return (
                  <List.Item key={ghost.key} style={{ borderLeft: '4px dashed var(--tl-border-strong)', paddingLeft: 10 }}>
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
      {stuck.length > 0 && <Text size="xs" style={{ color: 'var(--tl-breach)' }}>Not at {stuck.map((handover) => `${handover.target} (${handover.what} ${handover.lastOutcome} after ${handover.attempts})`).join(', ')}</Text>}
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
