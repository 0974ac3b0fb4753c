'use client';

import { Button, Group, Table, Text } from '@mantine/core';
import { useState } from 'react';
import type { NodeView } from '@/server/lineage/view';
import { useBounds } from '../../components/filters/use-bounds';
import { ObjectLink, Time } from '../../components/format/values';
import { Section } from '../../components/section';
import { StateBadge } from '../../components/state/state-badge';

const SHOWN_FIRST = 12;

/** To which systems each document was brought, in how many attempts, and how that ended; what is stuck comes first. */
export function Handovers({ nodes }: { nodes: readonly NodeView[] }) {
  const [all, setAll] = useState(false);
  const { zoneOf } = useBounds();
  const rows = nodes
    .flatMap((node) => node.handovers.map((handover) => ({ node, handover })))
    .sort((a, b) => Number(a.handover.lastOutcome === 'succeeded') - Number(b.handover.lastOutcome === 'succeeded') || a.handover.lastAt.localeCompare(b.handover.lastAt));
  const stuck = rows.filter((row) => row.handover.lastOutcome !== 'succeeded').length;
  const shown = all ? rows : rows.slice(0, Math.max(SHOWN_FIRST, stuck));
  const targets = new Map<string, { all: number; arrived: number }>();
  for (const { handover } of rows) {
    const of = targets.get(handover.target) ?? { all: 0, arrived: 0 };
    targets.set(handover.target, { all: of.all + 1, arrived: of.arrived + Number(handover.lastOutcome === 'succeeded') });
  }
  return (
    <Section flush title={`Hand-overs (${rows.length})`} subtitle={rows.length === 0 ? undefined : stuck > 0 ? `${stuck} did not arrive: the document is there at its source and missing at its target` : 'Every document arrived at its targets'}>
      {targets.size > 0 && (
        <Group component="ul" aria-label="Arrived, per target" gap="md" px="md" pb="xs" m={0} style={{ listStyle: 'none', rowGap: 4 }}>
          {[...targets].sort(([a], [b]) => a.localeCompare(b)).map(([target, of]) => (
            <li key={target}>
              <Text span size="sm" fw={600}>{target || 'no target named'}</Text>{' '}
              <StateBadge state="arrived" meaning={of.arrived === of.all ? 'ok' : 'breach'} label={`${of.arrived} of ${of.all} arrived`} size="sm" />
            </li>
          ))}
        </Group>
      )}
      {rows.length === 0 ? (
        <Text size="sm" c="dimmed" px="md" pb="md">No event of this chain says how a hand-over ended.</Text>
      ) : (
        <Table.ScrollContainer minWidth={820}>
          <Table verticalSpacing={4} horizontalSpacing="sm" fz="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Document line</Table.Th>
                <Table.Th>Hand-over</Table.Th>
                <Table.Th>Interface</Table.Th>
                <Table.Th>To</Table.Th>
                <Table.Th>Outcome</Table.Th>
                <Table.Th ta="right">Attempts</Table.Th>
                <Table.Th>Last</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {shown.map(({ node, handover }) => (
                <Table.Tr key={`${node.key} ${handover.what} ${handover.interface} ${handover.target} ${handover.lastAt}`}>
                  <Table.Td style={{ whiteSpace: 'nowrap' }}><ObjectLink type={node.type} id={node.id} /></Table.Td>
                  <Table.Td style={{ whiteSpace: 'nowrap' }}>{handover.what}</Table.Td>
                  <Table.Td style={{ whiteSpace: 'nowrap' }}>{handover.interface || <Text span c="dimmed">–</Text>}</Table.Td>
                  <Table.Td style={{ whiteSpace: 'nowrap' }}>{handover.target || <Text span c="dimmed">–</Text>}</Table.Td>
                  <Table.Td>
                    <StateBadge state={handover.lastOutcome} size="sm" />
                    {handover.error && <Text size="xs" c="dimmed" maw={320}>{handover.error}</Text>}
                  </Table.Td>
                  <Table.Td ta="right">{handover.attempts}</Table.Td>
                  <Table.Td><Time value={handover.lastAt} zone={zoneOf(node.facility)} /></Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {rows.length > shown.length && <Button variant="subtle" size="xs" m="xs" onClick={() => setAll(true)}>Show all {rows.length}</Button>}
    </Section>
  );
}
