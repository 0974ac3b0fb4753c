'use client';

import { Alert, Badge, Group, Stack, Table, Text } from '@mantine/core';
import { IconMailExclamation } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTRPC } from '@/app/trpc/react';
import { FilterLink } from '../components/filters/filter-link';
import { useBounds } from '../components/filters/use-bounds';
import { Age, ObjectLink, Time } from '../components/format/values';
import { PageHeader } from '../components/page-header';
import { Section } from '../components/section';
import { DataState, EmptyState } from '../components/state/data-state';
import { eventWord, typeTitle } from './words';

/** Every object that a key leads to, whole matches first; and where it was looked for when there is none. */
export function SearchResults({ q }: { q: string }) {
  const trpc = useTRPC();
  const found = useQuery(trpc.lineage.search.queryOptions({ q }));
  const { zoneOf, nameOf } = useBounds();
  return (
    <>
      <PageHeader
        title={<>Search: <Text span inherit ff="monospace" style={{ overflowWrap: 'anywhere' }}>{q}</Text></>}
        subtitle={<FilterLink href="/lineage">All chains</FilterLink>}
      />
      <DataState query={found} height={240}>
        {(data) => (
          <>
            {data.deadLetters.length > 0 && (
              <Alert mb="md" variant="light" icon={<IconMailExclamation aria-hidden />} title="A message under this id could not be read" styles={{ root: { background: 'var(--tl-watch-soft)' }, icon: { color: 'var(--tl-watch)' } }}>
                <Stack gap={4}>
                  {data.deadLetters.map((letter) => (
                    <Text size="sm" key={letter.seq}>
                      {letter.reasonCode}: {letter.reason} (<Time value={letter.at} />, stream sequence {letter.seq}). <FilterLink href="/failures">Failures</FilterLink>
                    </Text>
                  ))}
                </Stack>
              </Alert>
            )}
            {data.hits.length === 0 ? (
              <Section title="Nothing recorded under this key">
                <EmptyState title={`No object is called ${data.query}, and none begins with it`}>
                  Looked in: {data.lookedIn.join('; ')}.
                </EmptyState>
              </Section>
            ) : (
              <Section
                flush
                title={`${data.hits.length}${data.cut ? ' or more' : ''} ${data.hits.length === 1 ? 'object' : 'objects'}`}
                subtitle={data.cut ? 'Only the first are listed: type more of the key.' : 'Whole keys first, then keys that begin with it'}
              >
                <Table.ScrollContainer minWidth={620}>
                  <Table verticalSpacing={6} horizontalSpacing="md" fz="sm" highlightOnHover>
                    <Table.Thead>
                      <Table.Tr>
                        <Table.Th>Type</Table.Th>
                        <Table.Th>Key</Table.Th>
                        <Table.Th>Found by</Table.Th>
                        <Table.Th>Last event</Table.Th>
                        <Table.Th ta="right">Age</Table.Th>
                        <Table.Th>Facility</Table.Th>
                      </Table.Tr>
                    </Table.Thead>
                    <Table.Tbody>
                      {data.hits.map((hit) => (
                        <Table.Tr key={`${hit.type} ${hit.id}`}>
                          <Table.Td>{typeTitle(hit.type)}</Table.Td>
                          <Table.Td style={{ overflowWrap: 'anywhere' }}><ObjectLink type={hit.type} id={hit.id} /></Table.Td>
                          <Table.Td>
                            <Badge variant="light" radius="sm" color="gray" tt="none">{hit.by}{hit.whole ? '' : ', beginning'}</Badge>
                          </Table.Td>
                          <Table.Td>
                            <Group gap={6} wrap="nowrap">
                              <Time value={hit.lastAt} zone={zoneOf(hit.facility ?? '')} />
                              <Text span size="xs" c="dimmed">{eventWord(hit.lastType)}</Text>
                            </Group>
                          </Table.Td>
                          <Table.Td ta="right"><Age since={hit.lastAt} zone={zoneOf(hit.facility ?? '')} /></Table.Td>
                          <Table.Td>{hit.facility === null ? 'network' : hit.facility ? nameOf(hit.facility) : 'several'}</Table.Td>
                        </Table.Tr>
                      ))}
                    </Table.Tbody>
                  </Table>
                </Table.ScrollContainer>
              </Section>
            )}
          </>
        )}
      </DataState>
    </>
  );
}
