'use client';

import { Anchor, Drawer, Group, Stack, Table, Text, Title } from '@mantine/core';
import { skipToken, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTRPC } from '@/app/trpc/react';
import { FilterLink } from '../components/filters/filter-link';
import { useBounds } from '../components/filters/use-bounds';
import { useFilters } from '../components/filters/use-filters';
import { Day, Money, ObjectLink, Quantity, Time, Unknown, objectHref } from '../components/format/values';
import { DataState } from '../components/state/data-state';
import { stateWord } from '../components/state/state';
import { StateBadge } from '../components/state/state-badge';

/** Every finding with its arithmetic. */
function Arithmetic({ findings, arithmetic, none }: { findings: readonly string[]; arithmetic: readonly string[]; none: string }) {
  if (findings.length === 0) return <Text size="sm" c="dimmed">{none}</Text>;
  return (
    <Stack component="ul" gap={4} p={0} m={0} style={{ listStyle: 'none' }}>
      {findings.map((finding, n) => (
        <li key={finding}>
          <Text size="sm" fw={600} span>{stateWord(finding)}: </Text>
          <Text size="sm" span style={{ overflowWrap: 'anywhere' }}>{arithmetic[n]}</Text>
        </li>
      ))}
    </Stack>
  );
}

/** One invoice line: what we find, what the ERP says, and what other versions of the rules would, beside each other. */
export function LineDrawer({ id, onClose }: { id: string | null; onClose: () => void }) {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  const { zoneOf, nameOf } = useBounds();
  const query = useQuery(trpc.invoices.line.queryOptions(id ? { filters, id } : skipToken));
  return (
    <Drawer opened={id !== null} onClose={onClose} position="right" size="lg" title="How the verdict came about" closeButtonProps={{ 'aria-label': 'Close' }}>
      <DataState query={query} height={300}>
        {({ line, beside }) => {
          const facts: [string, ReactNode][] = [
            ['Invoice line', <Stack key="line" gap={0}><ObjectLink type="invoice-line" id={line.object_id} /><Anchor component={FilterLink} href={objectHref('invoice-line', line.object_id)} size="sm">Open its chain</Anchor></Stack>],
            ['Invoice', <span key="number">{line.number || line.document_id}, <Day value={line.date} /></span>],
            ['Order line', <ObjectLink key="order" type="order-line" id={line.order_key} />],
            ['Supplier', line.supplier_name || line.supplier || <Unknown key="supplier" />],
            ['Item', <ObjectLink key="item" type="item" id={line.item} />],
            ['Facility', line.facility ? nameOf(line.facility) : <Unknown key="facility" label="none" />],
            ['Invoiced', <span key="invoiced"><Quantity value={line.quantity} uom={line.uom} /> at <Money amount={line.price} currency={line.currency} /></span>],
            ['Order price', <span key="price"><Money amount={line.order_price} currency={line.currency} why="The order states no price." />{line.order_uom && ` per ${line.order_uom}`}</span>],
            ['Of the order line', <span key="quantities">ordered <Quantity value={line.ordered} />, received <Quantity value={line.received} />, invoiced <Quantity value={line.invoiced} /></span>],
            ['Price variance', <Money key="pv" amount={line.price_variance} currency={line.currency} why="A price or a quantity is not known." />],
            ['Quantity variance', <Money key="qv" amount={line.quantity_variance} currency={line.currency} why="A price or a quantity is not known." />],
          ];
          return (
            <Stack gap="md">
              <Table withRowBorders={false} verticalSpacing={3} layout="fixed">
                <Table.Tbody>
                  {facts.map(([label, value]) => (
                    <Table.Tr key={label}>
                      <Table.Th scope="row" w={140} fw={500} c="dimmed" style={{ verticalAlign: 'top' }}>{label}</Table.Th>
                      <Table.Td style={{ overflowWrap: 'anywhere' }}>{value}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
              <Stack gap={4} data-verdict="ours">
                <Title order={3} fz="md">We find</Title>
                <Group gap="xs"><StateBadge state={line.verdict} size="sm" /><Text size="sm" c="dimmed">by rules {line.rule_version}, in force on the invoice&apos;s date</Text></Group>
                <Arithmetic findings={line.findings} arithmetic={line.arithmetic} none="Quantity and price agree with order and receipt, within the limits." />
                <Text size="sm">At stake: <Money amount={line.at_stake} currency={line.currency} why="Nothing says a price." /></Text>
              </Stack>
              <Stack gap={4} data-verdict="erp">
                <Title order={3} fz="md">The ERP says</Title>
                {line.erp_verdict ? (
                  <>
                    <Group gap="xs">
                      <StateBadge state={line.erp_verdict} size="sm" />
                      {line.erp_disagrees ? <StateBadge state="watch" label="Not what we find" size="sm" /> : <StateBadge state="ok" label="Agrees" size="sm" />}
                      {line.erp_time && <Text size="sm" c="dimmed">at <Time value={line.erp_time} zone={zoneOf(line.facility)} /></Text>}
                    </Group>
                    <Text size="sm" c="dimmed">It sends its verdict alone, neither rule nor arithmetic.</Text>
                  </>
                ) : <Text size="sm" c="dimmed">Nothing has come from it about this line.</Text>}
              </Stack>
              <Stack gap={8} data-verdict="beside">
                <Title order={3} fz="md">Under other versions of the rules</Title>
                {beside.length === 0 && <Text size="sm" c="dimmed">The rules have no other version.</Text>}
                {beside.map((other) => (
                  <Stack key={other.rule_version} gap={4}>
                    <Group gap="xs">
                      <StateBadge state={other.verdict} size="sm" />
                      <Text size="sm" c="dimmed">by rules {other.rule_version}</Text>
                      {other.verdict !== line.verdict && <StateBadge state="watch" label="Otherwise" size="sm" />}
                    </Group>
                    <Arithmetic findings={other.findings} arithmetic={other.arithmetic} none="Within its limits." />
                    <Text size="sm">At stake: <Money amount={other.at_stake} currency={other.currency} why="Nothing says a price." /></Text>
                  </Stack>
                ))}
              </Stack>
            </Stack>
          );
        }}
      </DataState>
    </Drawer>
  );
}
