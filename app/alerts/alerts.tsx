'use client';

import { Button, SimpleGrid, Table } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useTRPC } from '@/app/trpc/react';
import type { ListRow } from '@/server/lists/columns';
import { ChartCard } from '../components/charts/chart-card';
import { Bars } from '../components/charts/charts';
import { Figure, FigureRow } from '../components/figure';
import { useFilters } from '../components/filters/use-filters';
import { formatDecimal, formatPercent } from '../components/format/format';
import { objectHref } from '../components/format/values';
import { ListTable } from '../components/list/list-table';
import { PageHeader } from '../components/page-header';
import { Section } from '../components/section';
import { StateBadge } from '../components/state/state-badge';

const STATES = ['firing', 'acknowledged', 'recovered'] as const;
/** What an alert is about, where that has a page of its own in the lineage. */
const LINKED = new Set(['item', 'order', 'supplier']);
const RULE_NAMES: Record<string, string> = {
  'stockout-risk': 'Stockout risk', 'failed-order': 'Failed order creation', 'invoice-exceptions': 'Invoice exceptions', 'silent-interface': 'Silent interface',
};
const nameOf = (rule: string) => RULE_NAMES[rule] ?? rule;

/** What needs somebody now, who that is, and what is over. */
export function Alerts() {
  const trpc = useTRPC();
  const client = useQueryClient();
  const { input: filters } = useFilters();
  const [chosen, choose] = useQueryStates({ state: parseAsStringLiteral(STATES), rule: parseAsString }, { history: 'push' });
  const summary = useQuery(trpc.alerts.summary.queryOptions({ filters }));
  const acknowledge = useMutation(trpc.alerts.acknowledge.mutationOptions({
    onSuccess: ({ pending }) => notifications.show({ message: pending ? 'Accepted; it will show in a moment.' : 'You have taken it on.' }),
    onError: (error) => notifications.show({ message: error.message, color: 'red' }),
    onSettled: () => client.invalidateQueries(),
  }));
  const data = summary.data;

  const action = (row: ListRow) =>
    row.state === 'firing' ? (
      <>
        <StateBadge state="firing" size="sm" />{' '}
        <Button
          size="compact-xs" variant="default" loading={acknowledge.isPending && acknowledge.variables?.incident === row.incident}
          onClick={() => acknowledge.mutate({ incident: String(row.incident), opening: Number(row.opening) })}
        >
          Take on
        </Button>
      </>
    ) : undefined;

  return (
    <>
      <PageHeader title="Alerts" subtitle="One alert per incident and one when it is over, on this page, by webhook and on the NATS subject alerts.>" />
      <FigureRow>
        <Figure label="Firing" value={data && formatDecimal(data.firing)} n={data && `${formatDecimal(data.pages)} of them urgent`} href="/alerts?state=firing" state={data ? (data.firing > 0 ? 'firing' : 'ok') : undefined} />
        <Figure label="Taken on" value={data && formatDecimal(data.acknowledged)} href="/alerts?state=acknowledged" />
        <Figure label="Recovered" value={data && formatDecimal(data.recovered)} hint="within the range" href="/alerts?state=recovered" />
      </FigureRow>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        <ChartCard title="Incidents by rule" query={summary} isEmpty={(found) => found.rules.length === 0} emptyTitle="No alert in this range">
          {(found) => (
            <Bars
              stacked labelKey="name" rows={found.rules.map((row) => ({ ...row, name: nameOf(row.rule) }))} unit="incidents"
              series={[{ key: 'firing', label: 'Firing', color: 'breach' }, { key: 'acknowledged', label: 'Taken on', color: 'watch' }, { key: 'recovered', label: 'Recovered', color: 'ok' }]}
              description="Incidents per rule and state"
            />
          )}
        </ChartCard>
        <Section title="Rules in force" subtitle="set in the rules file, section alerts">
          {data && (
            <Table fz="sm">
              <Table.Tbody>
                {[
                  ['Stockout risk', 'an item is out, or likely to run out within its horizon', data.owners['stockout-risk']],
                  ['Failed order creation', `an order of the last ${data.settings.failedOrderDays} days could not be created`, data.owners['failed-order']],
                  ['Invoice exceptions', `${data.settings.invoiceCount} or more invoices of a supplier, and ${formatPercent(data.settings.invoiceShare, 0)} or more, mismatch within ${data.settings.invoiceWindowDays} days`, data.owners['invoice-exceptions']],
                  ['Silent interface', `nothing for ${data.settings.silentMinutes} min or more while its rhythm of ${data.settings.silentWeeks} weeks expects ${data.settings.silentExpected} events`, data.owners['silent-interface']],
                ].map(([rule, text, owner]) => (
                  <Table.Tr key={rule}>
                    <Table.Td fw={600}>{rule}</Table.Td>
                    <Table.Td>{text}</Table.Td>
                    <Table.Td c="dimmed">{owner}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          )}
        </Section>
      </SimpleGrid>
      <ListTable
        list="alerts.incidents" title="Incidents" subtitle={chosen.state ? `only: ${chosen.state}` : 'open ones whenever they began; recovered ones of the range'}
        input={{ state: chosen.state ?? '', rule: chosen.rule ?? '' }} emptyTitle="No alert here" emptyText="Nothing needs anybody, as far as the rules see."
        rowHref={(row) => (LINKED.has(String(row.subject_type)) ? objectHref(String(row.subject_type), String(row.subject_id)) : row.rule === 'silent-interface' ? `/throughput?interface=${encodeURIComponent(String(row.subject_id))}#events` : null)}
        renderCell={(key, row) => (key === 'state' ? action(row) : undefined)}
        actions={chosen.state || chosen.rule ? <Button size="xs" variant="default" onClick={() => void choose({ state: null, rule: null })}>All incidents</Button> : undefined}
      />
    </>
  );
}
