'use client';

import { Anchor, Box, Group, Table, Text } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTRPC } from '@/app/trpc/react';
import type { FlowInput } from '@/server/lineage/flow-input';
import { FilterLink } from '../components/filters/filter-link';
import { useFilters } from '../components/filters/use-filters';
import { formatDecimal, formatPercent } from '../components/format/format';
import { Section } from '../components/section';
import { DataState } from '../components/state/data-state';
import { Times } from './stage-flow';
import { stageWord } from './words';

/** The most common paths: which stages chains go through, in which order, how often and how long. */
export function Variants({ narrow, narrowed }: { narrow: FlowInput; narrowed: string }) {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  const query = useQuery(trpc.lineage.variants.queryOptions({ filters, narrow }));
  return (
    <Section flush title="Paths" subtitle="Stages in the order in which they came; usage and requisition, where an order names them, stand first. Open a path for exactly its chains">
      <DataState query={query} height={200} isEmpty={(data) => data.paths.length === 0} emptyTitle="No chain began in this range">
        {(data) => (
          <>
            <Table.ScrollContainer minWidth={760}>
              <Table verticalSpacing={6} horizontalSpacing="md" fz="sm" aria-label="Paths that chains take">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Path</Table.Th><Table.Th ta="right">Chains</Table.Th><Table.Th ta="right">Share</Table.Th><Table.Th ta="right">Complete</Table.Th><Table.Th ta="right">First to last stage, p50 and p90</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {data.paths.map((row) => (
                    <Table.Tr key={row.path}>
                      <Table.Th scope="row" fw={400}>
                        {row.stages.length === 0 ? (
                          <Text span size="sm" c="dimmed">nothing has come</Text>
                        ) : (
                          <Anchor component={FilterLink} href={`/lineage?tab=chains&path=${encodeURIComponent(row.path)}${narrowed}#chains`} size="sm">
                            <Group gap={2} component="span">
                              {row.stages.map((stage, n) => (
                                <Box component="span" key={stage} style={{ display: 'inline-flex', alignItems: 'center', whiteSpace: 'nowrap' }}>
                                  {n > 0 && <IconChevronRight size={13} aria-label="then" />}
                                  {stageWord(stage)}
                                </Box>
                              ))}
                            </Group>
                          </Anchor>
                        )}
                      </Table.Th>
                      <Table.Td ta="right">{formatDecimal(row.chains)}</Table.Td>
                      <Table.Td ta="right">{formatPercent(row.share)}</Table.Td>
                      <Table.Td ta="right">{row.closed === 0 ? <Text span size="sm" c="dimmed">none closed</Text> : `${formatDecimal(row.complete)} of ${formatDecimal(row.closed)}`}</Table.Td>
                      <Table.Td ta="right" style={{ whiteSpace: 'nowrap' }}><Times of={row.took} /></Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
            {data.more > 0 && <Text size="xs" c="dimmed" px="md" pb="xs">{formatDecimal(data.rest)} further chains take {formatDecimal(data.more)} rarer {data.more === 1 ? 'path' : 'paths'}.</Text>}
          </>
        )}
      </DataState>
    </Section>
  );
}
