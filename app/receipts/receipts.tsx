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
import { objectHref, Time } from '../components/format/values';
import { ListTable } from '../components/list/list-table';
import { PageHeader } from '../components/page-header';

const BANDS = ['0-7', '8-30', '31-60', '61-90', '91+'] as const;
const VIEWS = ['open', 'no_order'] as const;

/** Goods that arrived and that no invoice has asked money for: what finance has to accrue. */
export function Receipts() {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  const [chosen, choose] = useQueryStates({ view: parseAsStringLiteral(VIEWS), band: parseAsStringLiteral(BANDS), supplier: parseAsString.withDefault('') }, { history: 'push' });
  const query = useQuery(trpc.receipts.unmatched.queryOptions({ filters }));
  const data = query.data;
  const narrowed = chosen.view === 'no_order' || chosen.band || chosen.supplier;
  return (
    <>
      <PageHeader title="Unmatched receipts" subtitle={data ? <>Received and not invoiced as of <Time value={data.asOf} zone={data.zone} />, first in, first out per order line, at the order&apos;s price</> : 'Received and not invoiced yet'} />
      <FigureRow>
        <Figure label="Open receipt lines" value={data && formatDecimal(data.lines)} hint={data && data.untold > 0 ? `${formatDecimal(data.untold)} of them untold: quantities are missing` : undefined} />
        <Figure label="Value to accrue" value={data && (data.values.length > 0 ? moneys(data.values) : data.lines === 0 ? '0' : null)} n={data && data.valueUnknown > 0 ? `${formatDecimal(data.valueUnknown)} lines of unknown value` : undefined} why="No open line has a quantity and a price." />
        <Figure label="Older than 30 days" value={data && formatDecimal(data.old)} state={data ? (data.old > 0 ? 'watch' : 'ok') : undefined} href="/receipts?band=31-60" />
        <Figure label="Without an order" value={data && formatDecimal(data.withoutOrder)} state={data ? (data.withoutOrder > 0 ? 'breach' : 'ok') : undefined} href="/receipts?view=no_order" />
        <Figure label="Oldest" value={data && (data.oldest ? formatDay(data.oldest) : 'none')} />
      </FigureRow>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        <ChartCard title="By age" subtitle="open receipt lines, by days since the receipt's own date" query={query} isEmpty={(found) => found.lines === 0} emptyTitle="Every receipt is invoiced">
          {(found) => <Bars rows={found.bands} labelKey="band" series={[{ key: 'lines', label: 'Receipt lines' }]} unit="receipt lines" description="Open receipt lines per age band" />}
        </ChartCard>
        <ChartCard title="By supplier" subtitle="the ten with the most open lines" query={query} isEmpty={(found) => found.lines === 0} emptyTitle="Every receipt is invoiced">
          {(found) => <Bars rows={found.suppliers} labelKey="name" series={[{ key: 'lines', label: 'Receipt lines', color: 'chart-2' }]} unit="receipt lines" description="Open receipt lines per supplier" />}
        </ChartCard>
      </SimpleGrid>
      <ListTable
        list="receipts.unmatched" title="Receipt lines" input={{ view: chosen.view ?? 'open', band: chosen.band ?? undefined, supplier: chosen.supplier }}
        subtitle={narrowed ? [chosen.view === 'no_order' ? 'without an order' : '', chosen.band && `${chosen.band} days`, chosen.supplier].filter(Boolean).join(' · ') : 'oldest first; open a line for its chain'} emptyTitle="Every receipt here is invoiced"
        rowHref={(row) => objectHref('receipt-line', String(row.object_id))}
        actions={narrowed ? <Button size="xs" variant="default" onClick={() => void choose({ view: null, band: null, supplier: null })}>All open receipt lines</Button> : undefined}
      />
      <ListTable
        list="receipts.overDelivered" prefix="od" title="Over-delivered order lines" subtitle="more came than was ordered" emptyTitle="Nothing was over-delivered"
        rowHref={(row) => objectHref('order-line', String(row.order_key))}
      />
    </>
  );
}
