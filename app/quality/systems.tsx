'use client';

import { Anchor, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTRPC } from '@/app/trpc/react';
import { FilterLink } from '../components/filters/filter-link';
import { useBounds } from '../components/filters/use-bounds';
import { useFilters } from '../components/filters/use-filters';
import { formatDecimal } from '../components/format/format';
import { Time } from '../components/format/values';
import { Section } from '../components/section';
import { DataState } from '../components/state/data-state';
import { StateBadge } from '../components/state/state-badge';

/** Which system may speak of what, as configured, and who spoke of what is another's. */
export function Systems({ exceptions }: { exceptions: boolean }) {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  const { nameOf } = useBounds();
  const query = useQuery(trpc.quality.systems.queryOptions({ filters }));
  return (
    <Section flush title="Systems of record" subtitle={query.data ? `section ownership of the rules file, ${query.data.label ?? query.data.version}` : 'section ownership of the rules file'}>
      <DataState query={query} height={120} isEmpty={(found) => found.rules.length === 0} emptyTitle="No system of record is configured" emptyText="Then nobody is judged: state in the rules file which system owns which type of document, by facility and from a day on.">
        {(found) => (
          <>
            <Table.ScrollContainer minWidth={520}>
              <Table verticalSpacing={6} horizontalSpacing="md" fz="sm">
                <Table.Thead><Table.Tr><Table.Th>Object</Table.Th><Table.Th>Field</Table.Th><Table.Th>System of record</Table.Th><Table.Th>Facility</Table.Th><Table.Th>From</Table.Th><Table.Th>Until</Table.Th></Table.Tr></Table.Thead>
                <Table.Tbody>
                  {found.rules.map((rule, i) => (
                    <Table.Tr key={i}>
                      <Table.Td>{rule.object}</Table.Td><Table.Td>{rule.field ?? <Dim>the whole</Dim>}</Table.Td><Table.Td>{rule.system}</Table.Td><Table.Td>{rule.facility ? nameOf(rule.facility) : <Dim>every one</Dim>}</Table.Td>
                      <Table.Td>{rule.from ?? <Dim>always</Dim>}</Table.Td><Table.Td>{rule.until ?? <Dim>open</Dim>}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
            <Text px="md" pt="sm" pb="xs" fw={600}>Documents of a system that does not own them</Text>
            {found.findings.length === 0 ? <Text px="md" pb="md" size="sm" c="dimmed">None stands, as far as the keeper has looked.</Text> : (
              <Table.ScrollContainer minWidth={420}>
                <Table verticalSpacing={6} horizontalSpacing="md" fz="sm">
                  <Table.Thead><Table.Tr><Table.Th>Kind</Table.Th><Table.Th>System</Table.Th><Table.Th ta="right">Documents</Table.Th><Table.Th>Since</Table.Th></Table.Tr></Table.Thead>
                  <Table.Tbody>
                    {found.findings.map((row) => (
                      <Table.Tr key={`${row.object_type} ${row.system}`}>
                        <Table.Td>{row.object_type || 'document'}</Table.Td><Table.Td>{row.system || <Dim>not stated</Dim>}</Table.Td>
                        <Table.Td ta="right"><StateBadge size="sm" state="breach" label={formatDecimal(row.documents) ?? ''} /></Table.Td><Table.Td><Time value={row.since} zone={found.zone} /></Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
            )}
            {exceptions && <Text px="md" pb="md" size="sm"><Anchor component={FilterLink} href="/exceptions?kind=not-its-system">Each of them on the work list</Anchor></Text>}
          </>
        )}
      </DataState>
    </Section>
  );
}

function Dim({ children }: { children: string }) {
  return <Text span size="sm" c="dimmed">{children}</Text>;
}
