'use client';

import { Anchor, Table, Text } from '@mantine/core';
import type { inferRouterOutputs } from '@trpc/server';
import type { AppRouter } from '@/server/routers/root';
import { FilterLink } from '../components/filters/filter-link';
import { formatDecimal, formatPercent } from '../components/format/format';
import { Unknown } from '../components/format/values';
import { flowWord } from './words';

type FlowFigures = inferRouterOutputs<AppRouter>['lineage']['flow']['flows'][number];

/** Completeness per flow type, each figure leading to its chains. */
export function FlowTypes({ flows }: { flows: readonly FlowFigures[] }) {
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table verticalSpacing={6} horizontalSpacing="md" fz="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Flow type</Table.Th>
            <Table.Th ta="right">Chains</Table.Th>
            <Table.Th ta="right">Open</Table.Th>
            <Table.Th ta="right">Closed</Table.Th>
            <Table.Th ta="right">Complete, by count</Table.Th>
            <Table.Th ta="right">Complete, by value</Table.Th>
            <Table.Th ta="right">Not evaluable</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {flows.map((row) => {
            const link = (rest: string) => `/lineage?tab=chains&flow=${row.flow || 'unknown'}${rest}#chains`;
            return (
              <Table.Tr key={row.flow}>
                <Table.Th scope="row" fw={500}>
                  <Anchor component={FilterLink} href={link('')} size="sm">{row.flow ? flowWord(row.flow) : 'No flow type stated (also requisitions without an order)'}</Anchor>
                </Table.Th>
                <Table.Td ta="right">{formatDecimal(row.chains)}</Table.Td>
                <Table.Td ta="right">{formatDecimal(row.open)}</Table.Td>
                <Table.Td ta="right">{formatDecimal(row.closed)}</Table.Td>
                <Table.Td ta="right">
                  {row.ratio === null ? <Text span size="sm" c="dimmed">none closed</Text> : <Anchor component={FilterLink} href={link('&complete=no')} size="sm">{formatPercent(row.ratio)}</Anchor>}
                </Table.Td>
                <Table.Td ta="right">
                  {row.byValue.length === 0 ? <Unknown why="No closed chain of this flow type has a price." /> : row.byValue.map((value) => <div key={value.currency}>{formatPercent(value.ratio) ?? 'no value'} {row.byValue.length > 1 ? value.currency : ''}</div>)}
                </Table.Td>
                <Table.Td ta="right">{formatDecimal(row.notEvaluable)}</Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
