'use client';

import { Button, List, SimpleGrid, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useTRPC } from '@/app/trpc/react';
import { ChartCard } from '../components/charts/chart-card';
import { Bars, Donut } from '../components/charts/charts';
import { Figure, FigureRow } from '../components/figure';
import { useBounds } from '../components/filters/use-bounds';
import { useFilters } from '../components/filters/use-filters';
import { formatDecimal, formatPercent } from '../components/format/format';
import { objectHref, Time } from '../components/format/values';
import { ListTable } from '../components/list/list-table';
import { PageHeader } from '../components/page-header';
import { Section } from '../components/section';

const STATES = ['out', 'high', 'watch', 'low', 'unknown'] as const;

/** What is about to run out, how likely, and what would fix it. */
export function Stockout() {
  const trpc = useTRPC();
  const { zone } = useBounds();
  const { input: filters } = useFilters();
  const [chosen, choose] = useQueryStates({ state: parseAsStringLiteral(STATES), location: parseAsString, item: parseAsString }, { history: 'push' });
  const query = useQuery(trpc.stockout.summary.queryOptions({ filters }));
  const data = query.data;
  const n = data && `of ${formatDecimal(data.lines)} items at locations`;

  return (
    <>
      <PageHeader
        title="Stockout risk"
        subtitle={data?.at ? <>As of <Time value={data.at} zone={zone} />, whatever the time range: stock is judged at one moment, from {formatDecimal(90)} days of usage</> : data ? 'Not judged yet: the first forecast is being drawn' : 'Items that are about to run out'}
      />
      <FigureRow>
        <Figure label="Out of stock" value={data && formatDecimal(data.states.out)} n={n} href="/stockout?state=out" state={data ? (data.states.out > 0 ? 'breach' : 'ok') : undefined} />
        <Figure label="High risk" value={data && formatDecimal(data.states.high)} n={data && `${formatPercent(data.rules.highRisk, 0)} or more within the horizon`} href="/stockout?state=high" state={data ? (data.states.high > 0 ? 'breach' : 'ok') : undefined} />
        <Figure label="To watch" value={data && formatDecimal(data.states.watch)} n={data && `${formatPercent(data.rules.watchRisk, 0)} or more`} href="/stockout?state=watch" state={data ? (data.states.watch > 0 ? 'watch' : 'ok') : undefined} />
        <Figure label="Unknown" value={data && formatDecimal(data.states.unknown)} hint="no balance quantity, or no usage known" href="/stockout?state=unknown" />
        <Figure label="Confidence lowered" value={data && formatDecimal(data.lowered)} n={n} hint="late feeds, old balances, stuck receipts" />
      </FigureRow>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        <ChartCard title="Worst first" subtitle="probability of running out within the horizon; order: risk × clinical weight × (1 − substitute cover)" query={query} isEmpty={(found) => found.worst.length === 0} emptyTitle="Nothing is about to run out" height={260}>
          {(found) => <Bars rows={found.worst} labelKey="label" series={[{ key: 'risk', label: 'Risk within the horizon', color: 'breach' }]} format={(value) => formatPercent(value, 0) ?? ''} description="Probability of running out within the horizon, for the items at greatest risk" />}
        </ChartCard>
        <ChartCard title="All items at locations" query={query} isEmpty={(found) => found.lines === 0} emptyTitle="No balance was ever reported" emptyText="Inventory systems report balances as inventory.balance.reported events." height={260}>
          {(found) => (
            <Donut
              description="Items at locations by state of risk"
              parts={[
                { label: 'Out of stock', value: found.states.out, color: 'breach' }, { label: 'High risk', value: found.states.high, color: 'chart-2' }, { label: 'To watch', value: found.states.watch, color: 'watch' },
                { label: 'Low risk', value: found.states.low, color: 'ok' }, { label: 'Unknown', value: found.states.unknown, color: 'unknown' },
              ].filter((part) => part.value > 0)}
            />
          )}
        </ChartCard>
      </SimpleGrid>
      {data && data.doubts.length > 0 && (
        <Section title="Why confidence is lowered" subtitle="What is on the shelf may differ from what is known of it">
          <List size="sm">
            {data.doubts.map(({ text, count }) => (
              <List.Item key={text}>
                {text} <Text span c="dimmed" size="sm">({formatDecimal(count)} lines)</Text>
              </List.Item>
            ))}
          </List>
        </Section>
      )}
      <ListTable
        list="stockout.lines" title="Items at locations" subtitle={chosen.state ? `only: ${chosen.state}` : 'worst first; open a line for what touched the item'} input={{ state: chosen.state ?? undefined, location: chosen.location ?? undefined, item: chosen.item ?? undefined }}
        emptyTitle={chosen.state ? 'No item is in this state' : 'No balance was ever reported'}
        rowHref={(row) => objectHref('item', String(row.item))}
        actions={chosen.state || chosen.location || chosen.item ? <Button size="xs" variant="default" onClick={() => void choose({ state: null, location: null, item: null })}>All items</Button> : undefined}
      />
    </>
  );
}
