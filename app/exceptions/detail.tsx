'use client';

import { Anchor, Box, Drawer, Group, Stack, Table, Text, Title } from '@mantine/core';
import { skipToken, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTRPC } from '@/app/trpc/react';
import { EXCEPTION_KINDS, EXCEPTIONS } from '@/server/rules/raci';
import { FilterLink } from '../components/filters/filter-link';
import { useBounds } from '../components/filters/use-bounds';
import { Age, Money, ObjectLink, Time, Unknown, objectHref } from '../components/format/values';
import { DataState } from '../components/state/data-state';
import { StateBadge } from '../components/state/state-badge';
import { ActForm } from './act';

const SAID: Readonly<Record<string, string>> = { acknowledged: 'acknowledged it', resolved: 'resolved it', reopened: 'reopened it', commented: 'wrote' };

/** The page of a window that does not agree; a key that was too long to be a subject names none. */
function windowHref(key: string): string {
  const id = key.slice(key.indexOf(':') + 1);
  return `/reconciliation${id.startsWith('~') ? '' : `?window=${encodeURIComponent(decodeURIComponent(id))}`}`;
}

/** One exception: what is wrong, where it stands, who has which part in it, what was done, and what can be done. */
export function ExceptionDrawer({ exception, acts, failures, onClose }: { exception: string | null; acts: boolean; failures: boolean; onClose: () => void }) {
  const trpc = useTRPC();
  const { zoneOf, nameOf } = useBounds();
  const query = useQuery(trpc.exceptions.one.queryOptions(exception ? { key: exception } : skipToken));
  return (
    <Drawer opened={exception !== null} onClose={onClose} position="right" size="lg" title="Exception" closeButtonProps={{ 'aria-label': 'Close' }}>
      <DataState query={query} height={300}>
        {({ row, raci, history, me }) => {
          const zone = zoneOf(row.facility);
          const kind = EXCEPTION_KINDS.find((one) => one === row.kind);
          const letter = row.kind === 'dead-letter';
          const gap = row.kind === 'reconciliation-gap';
          const facts: [string, ReactNode][] = [
            ['Document', row.object_type && row.object_id
              ? <Stack key="document" gap={0}><ObjectLink type={row.object_type} id={row.object_id} /><Anchor component={FilterLink} href={objectHref(row.object_type, row.object_id)} size="sm">Open its chain</Anchor></Stack>
              : gap ? <Anchor key="window" component={FilterLink} href={windowHref(row.key)} size="sm">Its window, with the keys that differ</Anchor>
              : failures ? <Anchor key="failures" component={FilterLink} href={letter ? `/failures?reason=${encodeURIComponent(row.reason)}#dead-letters` : '/failures?state=stuck#handovers'} size="sm">Among the failures</Anchor> : <Unknown key="none" label="none" />],
            ['Money', <Money key="money" amount={row.value} currency={row.currency} why="Nothing says a price." />],
            ['Since', <Group key="since" gap={6}><Time value={row.since} zone={zone} /><Text size="sm" c="dimmed" span>(<Age since={row.since} zone={zone} />)</Text></Group>],
            ['Facility', row.facility ? nameOf(row.facility) : <Unknown key="facility" label="none" />],
            ...(row.supplier ? [['Supplier', <ObjectLink key="supplier" type="supplier" id={row.supplier} />] as [string, ReactNode]] : []),
            ...(row.item ? [['Item', <ObjectLink key="item" type="item" id={row.item} />] as [string, ReactNode]] : []),
            ...(row.interface ? [['Interface', row.interface] as [string, ReactNode]] : []),
            ['Responsible', raci.responsible],
            ['Accountable', raci.accountable],
            ['Consulted', raci.consulted.join(', ') || 'nobody'],
            ['Informed', raci.informed.join(', ') || 'nobody'],
            ['Assignee', row.assignee_name || 'nobody'],
            ['Found here', <Time key="found" value={row.found_at} zone={zone} />],
          ];
          return (
            <Stack gap="sm">
              <Group gap="xs"><StateBadge state={row.severity} size="sm" /><StateBadge state={row.state} size="sm" /></Group>
              <Box>
                <Title order={3} fz="md">{kind ? EXCEPTIONS[kind].label : row.kind}</Title>
                <Text style={{ overflowWrap: 'anywhere' }}>{row.what}</Text>
                {kind && <Text size="sm" c="dimmed">{EXCEPTIONS[kind].meaning}</Text>}
              </Box>
              {row.settled_at && <Text size="sm" data-settled>Settled by the facts at <Time value={row.settled_at} zone={zone} />: what is recorded says no more that anything is wrong.</Text>}
              {row.reopened_by === 'new facts' && <Text size="sm" data-reopened>Reopened by new facts at <Time value={row.changed_at} zone={zone} />: what is wrong is not what was resolved.</Text>}
              {row.reopened_by === 'it came up again' && <Text size="sm" data-reopened>Reopened: the facts had settled it, and it came up again at <Time value={row.found_at} zone={zone} />.</Text>}
              <Table variant="vertical" layout="fixed">
                <Table.Tbody>
                  {facts.map(([name, value]) => (
                    <Table.Tr key={name}>
                      <Table.Th w={110}>{name}</Table.Th>
                      <Table.Td style={{ overflowWrap: 'anywhere' }}>{value}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
              {acts && <ActForm key={`${row.key} ${row.assignee}`} row={row} me={me} />}
              <Title order={3} fz="md">What was done</Title>
              {history.length === 0 ? <Text size="sm" c="dimmed">Nobody has done anything about it yet.</Text> : (
                <Stack component="ol" gap="xs" m={0} p={0} style={{ listStyle: 'none' }}>
                  {history.map((entry) => (
                    <li key={entry.event}>
                      <Text size="sm" component="div">
                        <Text span fw={600} size="sm">{entry.actor_id === me ? 'You' : entry.actor_name}</Text>{' '}
                        {entry.action === 'assigned' ? (entry.assignee ? `assigned it to ${entry.assignee === me ? 'you' : entry.assignee_name}` : 'assigned it to nobody') : (SAID[entry.action] ?? entry.action)}
                        {entry.batch ? ' with others' : ''} · <Time value={entry.time} zone={zone} />
                      </Text>
                      {entry.comment && <Text size="sm" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{entry.comment}</Text>}
                    </li>
                  ))}
                </Stack>
              )}
            </Stack>
          );
        }}
      </DataState>
    </Drawer>
  );
}
