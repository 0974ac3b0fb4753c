'use client';

import { Button, Group, SimpleGrid } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { parseAsString, useQueryStates } from 'nuqs';
import { useTRPC } from '@/app/trpc/react';
import { ChartCard } from '../components/charts/chart-card';
import { Bars, StackedBars, TimeSeries } from '../components/charts/charts';
import { Figure, FigureRow } from '../components/figure';
import { useFilters } from '../components/filters/use-filters';
import { formatDecimal, formatDuration, formatPercent } from '../components/format/format';
import { objectHref } from '../components/format/values';
import { ListTable } from '../components/list/list-table';
import { PageHeader } from '../components/page-header';

const OUTCOMES = [
  { key: 'succeeded', label: 'Succeeded', color: 'ok' },
  { key: 'retrying', label: 'Retrying', color: 'watch' },
  { key: 'failed', label: 'Failed', color: 'breach' },
  { key: 'facts', label: 'No hand-over', color: 'info' },
];

/** What went over the interfaces, how well and how fast. */
export function Throughput() {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  const [chosen, choose] = useQueryStates(
    { interface: parseAsString.withDefault(''), target: parseAsString.withDefault(''), type: parseAsString.withDefault(''), outcome: parseAsString.withDefault('') },
    { history: 'push' },
  );
  const activity = useQuery(trpc.throughput.activity.queryOptions({ filters }));
  const totals = activity.data?.totals;
  const ended = totals ? totals.succeeded + totals.failed : 0;
  const narrowed = Object.values(chosen).some((value) => value !== '');

  return (
    <>
      <PageHeader title="Throughput" subtitle="Every event that arrived, and how its hand-over between systems ended" />
      <FigureRow>
        <Figure label="Events recorded" value={totals && formatDecimal(totals.events)} hint="each once, whatever was sent twice" />
        <Figure label="Attempts succeeded" value={totals && (ended === 0 ? null : formatPercent(totals.succeeded / ended))} n={totals && `of ${formatDecimal(ended)} ended attempts`} why="No hand-over ended in this range." />
        <Figure label="Attempts failed" value={totals && formatDecimal(totals.failed)} href="/failures" />
        <Figure label="Retries" value={totals && formatDecimal(totals.retrying)} hint="attempts that will be made again" />
      </FigureRow>
      <ChartCard title="Events over time" subtitle="by the time it happened at the source" query={activity} isEmpty={(data) => data.series.length === 0}>
        {(data) => <StackedBars rows={data.series} timeKey="at" series={OUTCOMES} step={data.step} from={data.from} to={data.to} zone={data.zone} unit="events" description={`Events per ${data.step.replace('_', ' ')}, by outcome of their hand-over`} />}
      </ChartCard>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        <ChartCard title="Latency of hand-overs" subtitle="milliseconds, where the source measured it" query={activity} isEmpty={(data) => data.latency.length === 0} emptyText="No hand-over in this range says how long it took.">
          {(data) => (
            <TimeSeries
              rows={data.latency} timeKey="at" step={data.step} from={data.from} to={data.to} zone={data.zone} unit="latency" format={(ms) => formatDuration(ms) ?? ''}
              series={[{ key: 'p50', label: 'p50' }, { key: 'p95', label: 'p95' }, { key: 'p99', label: 'p99' }]}
              description="Median, 95th and 99th percentile of hand-over latency over time"
            />
          )}
        </ChartCard>
        <ChartCard title="Events by type" subtitle="the twelve most frequent" query={activity} isEmpty={(data) => data.types.length === 0}>
          {(data) => <Bars rows={data.types.slice(0, 12).map((row) => ({ ...row, name: row.type.replace(/\.v1$/, '') }))} labelKey="name" series={[{ key: 'events', label: 'Events' }]} unit="events" description="Number of events per type" />}
        </ChartCard>
      </SimpleGrid>
      <ListTable
        list="throughput.interfaces" prefix="if" title="Interfaces" subtitle="A hand-over is one message with all its attempts. Open a line for its events."
        rowHref={(row) => `/throughput?interface=${encodeURIComponent(String(row.interface))}&target=${encodeURIComponent(String(row.target))}#events`}
      />
      <div id="events">
        <ListTable
          list="throughput.events" prefix="ev" input={chosen} title="Events"
          subtitle={narrowed ? Object.entries(chosen).filter(([, value]) => value).map(([name, value]) => `${name} ${value}`).join(' · ') : 'all events of the range, newest first'}
          rowHref={(row) => (row.document_id && row.object_type ? objectHref(String(row.object_type), String(row.document_id)) : null)}
          actions={narrowed ? (
            <Group gap="xs">
              <Button size="xs" variant="default" onClick={() => void choose({ interface: null, target: null, type: null, outcome: null })}>
                All events
              </Button>
            </Group>
          ) : undefined}
        />
      </div>
    </>
  );
}
