'use client';

import { Button, SimpleGrid } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useTRPC } from '@/app/trpc/react';
import { ChartCard } from '../components/charts/chart-card';
import { Bars } from '../components/charts/charts';
import { Figure, FigureRow } from '../components/figure';
import { useFilters } from '../components/filters/use-filters';
import { formatDay, formatDecimal } from '../components/format/format';
import { moneys } from '../components/format/moneys';
import { objectHref } from '../components/format/values';
import { ListTable } from '../components/list/list-table';
import { PageHeader } from '../components/page-header';

const BANDS = ['0–7 days', '8–30 days', '31–60 days', '61–90 days', 'over 90 days'] as const;
const STATES = ['not-invoiced', 'no-order'] as const;

/** Goods that arrived and that no invoice has asked money for: what finance has to accrue. */
export function Receipts() {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  const [chosen, choose] = useQueryStates({ band: parseAsStringLiteral(BANDS), supplier: parseAsString.withDefault(''), state: parseAsStringLiteral(STATES) }, { history: 'push' });
  const query = useQuery(trpc.receipts.unmatched.queryOptions({ filters }));
  const data = query.data;
  const narrowed = chosen.band || chosen.supplier || chosen.state;
  return (
    <>
      <PageHeader title="Unmatched receipts" subtitle="Received in this range and not invoiced yet, first in, first out per order line, at the order's price" />
      <FigureRow>
        <Figure label="Open receipt lines" value={data && formatDecimal(data.lines)} n={data && `of ${formatDecimal(data.counts.confirmed)} received`} hint={data && data.counts.reversed + data.counts.returned > 0 ? `${formatDecimal(data.counts.reversed)} reversed, ${formatDecimal(data.counts.returned)} returned` : undefined} />
        <Figure label="Value to accrue" value={data && (data.values.length > 0 ? moneys(data.values) : data.lines === 0 ? '0' : null)} n={data && data.valueUnknown > 0 ? `${formatDecimal(data.valueUnknown)} lines of unknown value` : undefined} why="No open line has a price." />
        <Figure label="Older than 30 days" value={data && formatDecimal(data.overdue)} state={data ? (data.overdue > 0 ? 'watch' : 'ok') : undefined} href="/receipts?band=31–60 days" />
        <Figure label="Without an order" value={data && formatDecimal(data.withoutOrder)} state={data ? (data.withoutOrder > 0 ? 'breach' : 'ok') : undefined} href="/receipts?state=no-order" />
        <Figure label="Oldest" value={data && (data.oldest ? formatDay(data.oldest) : 'none')} />
      </FigureRow>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        <ChartCard title="By age" subtitle="open receipt lines, by days since the receipt's own date" query={query} isEmpty={(found) => found.lines === 0} emptyTitle="Every receipt of this range is invoiced">
          {(found) => <Bars rows={found.bands} labelKey="band" series={[{ key: 'lines', label: 'Receipt lines' }]} unit="receipt lines" description="Open receipt lines per age band" />}
        </ChartCard>
        <ChartCard title="By supplier" subtitle="the ten with the most open lines" query={query} isEmpty={(found) => found.lines === 0} emptyTitle="Every receipt of this range is invoiced">
          {(found) => <Bars rows={found.suppliers} labelKey="name" series={[{ key: 'lines', label: 'Receipt lines', color: 'chart-2' }]} unit="receipt lines" description="Open receipt lines per supplier" />}
        </ChartCard>
      </SimpleGrid>
      <ListTable
        list="receipts.unmatched" title="Receipt lines" subtitle={narrowed ? [chosen.band, chosen.supplier, chosen.state && { 'not-invoiced': 'not invoiced', 'no-order': 'without an order' }[chosen.state]].filter(Boolean).join(' · ') : 'oldest first; open a line for its chain'}
        input={{ band: chosen.band ?? undefined, supplier: chosen.supplier, state: chosen.state ?? '' }} emptyTitle="Every receipt here is invoiced"
        rowHref={(row) => objectHref('receipt-line', String(row.object_id))}
        actions={narrowed ? <Button size="xs" variant="default" onClick={() => void choose({ band: null, supplier: null, state: null })}>All receipt lines</Button> : undefined}
      />
    </>
  );
}
