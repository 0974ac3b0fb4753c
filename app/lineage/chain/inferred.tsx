'use client';

import { Switch, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTRPC } from '@/app/trpc/react';
import type { ChainView } from '@/server/lineage/view';
import { formatPercent } from '../../components/format/format';
import { ObjectLink } from '../../components/format/values';
import { Section } from '../../components/section';
import { DataState } from '../../components/state/data-state';
import { typeTitle } from '../words';
import { useChainState } from './use-chain-state';

/** What documents of these types may be related to without anybody saying so. */
const INFERRED = new Set(['usage', 'replenishment-line', 'requisition-line', 'order-line']);

/** Relations that the facts suggest and nobody stated: in no stage, figure or verdict until the rules or a reader have them count. */
export function Inferred({ chain }: { chain: ChainView }) {
  const trpc = useTRPC();
  const { inferred, set } = useChainState();
  const nodes = chain.nodes.filter(({ type }) => INFERRED.has(type)).map(({ type, id }) => ({ type, id }));
  const query = useQuery({ ...trpc.lineage.inferred.queryOptions({ nodes }), enabled: nodes.length > 0 });
  if (!inferred && (nodes.length === 0 || (query.data && query.data.relations.length === 0))) return null;
  return (
    <Section
      flush title="Not stated, inferred"
      subtitle={inferred
        ? 'What the facts suggest and no document says. It is switched on: the drawing, the money and the stages above follow these relations too'
        : chain.edges.some((edge) => edge.inferred !== null)
          ? 'What the facts suggest and no document says. What is sure enough counts here, by the rules of this house; the switch adds the rest'
          : 'What the facts suggest and no document says: in no stage, figure or verdict. Each with the rule that it was inferred by'}
      actions={<Switch size="xs" label="Count all of them in this chain" checked={inferred} onChange={({ currentTarget }) => void set({ inferred: currentTarget.checked || null })} />}
    >
      <DataState query={query} height={90}>
        {(data) => (
          <Table.ScrollContainer minWidth={720}>
            <Table verticalSpacing={6} horizontalSpacing="md" fz="sm" aria-label="Inferred relations">
              <Table.Thead><Table.Tr><Table.Th>From</Table.Th><Table.Th>To</Table.Th><Table.Th>Rule</Table.Th><Table.Th ta="right">How sure</Table.Th><Table.Th>Why</Table.Th></Table.Tr></Table.Thead>
              <Table.Tbody>
                {data.relations.map(({ from, to, qualifier, rule, confidence, why }) => (
                  <Table.Tr key={`${from.type} ${from.id} ${to.type} ${to.id}`}>
                    <Table.Td>{typeTitle(from.type)} <ObjectLink type={from.type} id={from.id} /></Table.Td>
                    <Table.Td><Text span size="sm" c="dimmed">{qualifier}</Text> {typeTitle(to.type).toLowerCase()} <ObjectLink type={to.type} id={to.id} /></Table.Td>
                    <Table.Td>{rule}</Table.Td>
                    <Table.Td ta="right">{formatPercent(String(confidence), 0)}</Table.Td>
                    <Table.Td>{why}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
      </DataState>
    </Section>
  );
}
