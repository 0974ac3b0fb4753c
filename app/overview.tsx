'use client';

import { SimpleGrid } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTRPC } from '@/app/trpc/react';
import type { Scope } from '@/server/auth/roles';
import { ChartCard } from './components/charts/chart-card';
import { StackedBars } from './components/charts/charts';
import { FigureRow } from './components/figure';
import { useFilters } from './components/filters/use-filters';
import { objectHref } from './components/format/values';
import { ListTable } from './components/list/list-table';
import { PageHeader } from './components/page-header';
import { AlertsCard, AlertsFigure, CompletenessFigure, ExceptionsCard, ExceptionsFigure, InvoicesFigure, StockoutCard, StockoutFigure } from './overview/cards';
import { FirstEvent } from './overview/first-event';
import { PipelineFigures, PipelineNotice } from './overview/pipeline';

/** The state of the network in one look: first whether the feed can be believed, then what needs somebody. */
export function Overview({ scopes }: { scopes: readonly Scope[] }) {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  const pipeline = useQuery(trpc.overview.pipeline.queryOptions({ filters }));
  const perStep = useQuery(trpc.overview.perStep.queryOptions({ filters }));
  const may = (scope: Scope) => scopes.includes(scope);
  const counts = perStep.data?.rows.reduce((sum, row) => ({ events: sum.events + row.arrived + row.failed, failed: sum.failed + row.failed }), { events: 0, failed: 0 });

  if (pipeline.data?.newest === null)
    return (
      <>
        <PageHeader title="Overview" subtitle="No event has been recorded yet" />
        <PipelineNotice data={pipeline.data} />
        <FirstEvent />
      </>
    );
  return (
    <>
      <PageHeader title="Overview" subtitle="Whether events arrive, and what needs somebody" />
      <PipelineNotice data={pipeline.data} />
      <FigureRow>
        {may('exceptions:read') && <ExceptionsFigure />}
        {may('alerts:read') && <AlertsFigure />}
        {may('stockout:read') && <StockoutFigure />}
        {may('invoices:read') && <InvoicesFigure />}
        {may('lineage:read') && <CompletenessFigure />}
      </FigureRow>
      <PipelineFigures query={pipeline} counts={counts} failures={may('failures:read')} />
      <ChartCard title="Events" subtitle="by the time at which they happened" query={perStep} isEmpty={(data) => data.rows.length === 0} emptyTitle="No events in this range" height={200}>
        {(data) => (
          <StackedBars
            rows={data.rows} timeKey="at" step={data.step} from={data.from} to={data.to} zone={data.zone} height={180} unit="events"
            series={[{ key: 'arrived', label: 'Without failure' }, { key: 'failed', label: 'Failed attempt of a hand-over', color: 'breach' }]}
            description="Events and failed attempts of hand-overs over time"
          />
        )}
      </ChartCard>
      <SimpleGrid cols={{ base: 1, md: 2, lg: 3 }} spacing="md" verticalSpacing={0}>
        {may('exceptions:read') && <ExceptionsCard />}
        {may('alerts:read') && <AlertsCard />}
        {may('stockout:read') && <StockoutCard />}
      </SimpleGrid>
      <ListTable
        list="overview.events" title="Latest events" emptyTitle="No events in this range"
        rowHref={(row) => (row.document_id && row.object_type ? objectHref(String(row.object_type), String(row.document_id)) : null)}
      />
    </>
  );
}
