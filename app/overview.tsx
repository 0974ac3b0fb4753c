'use client';

import { useQuery } from '@tanstack/react-query';
import { StackedBars } from './components/charts/charts';
import { ChartCard } from './components/charts/chart-card';
import { Figure, FigureRow } from './components/figure';
import { useFilters } from './components/filters/use-filters';
import { formatDecimal } from './components/format/format';
import { objectHref } from './components/format/values';
import { ListTable } from './components/list/list-table';
import { PageHeader } from './components/page-header';
import { useTRPC } from './trpc/react';

export function Overview() {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  const perStep = useQuery(trpc.overview.perStep.queryOptions({ filters }));
  const total = perStep.data?.rows.reduce((sum, row) => sum + row.arrived + row.failed, 0);
  const failed = perStep.data?.rows.reduce((sum, row) => sum + row.failed, 0);
  return (
    <>
      <PageHeader title="Overview" subtitle="Events in this range, and what they say" />
      <FigureRow>
        <Figure label="Events" value={formatDecimal(total) ?? (perStep.isPending ? undefined : null)} href="/throughput" />
        <Figure label="Failed hand-overs" value={formatDecimal(failed) ?? (perStep.isPending ? undefined : null)} state={failed ? 'breach' : 'ok'} n={`of ${formatDecimal(total)}`} />
      </FigureRow>
      <ChartCard
        title="Events over time"
        query={perStep}
        isEmpty={(data) => data.rows.length === 0}
        emptyTitle="No events in this range"
      >
        {(data) => (
          <StackedBars
            rows={data.rows}
            timeKey="at"
            series={[
              { key: 'arrived', label: 'Without failure' },
              { key: 'failed', label: 'Failed hand-over', color: 'breach' },
            ]}
            step={data.step}
            from={data.from}
            to={data.to}
            zone={data.zone}
            description="Events and failed hand-overs over time"
          />
        )}
      </ChartCard>
      <ListTable
        list="overview.events"
        title="Latest events"
        rowHref={(row) => objectHref(String(row.document_type), String(row.document_id))}
        emptyTitle="No events in this range"
      />
    </>
  );
}
