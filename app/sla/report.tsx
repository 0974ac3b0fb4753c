'use client';

import { Anchor, Box, Button, Group, Skeleton, Text, Title } from '@mantine/core';
import { IconPrinter } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { SlaResult } from '@/server/sla/report';
import { useTRPC } from '@/app/trpc/react';
import { FilterLink } from '../components/filters/filter-link';
import { useBounds } from '../components/filters/use-bounds';
import { useFilters } from '../components/filters/use-filters';
import { formatDecimal, timeParts } from '../components/format/format';
import { PageHeader } from '../components/page-header';
import { DataState, type QueryLike } from '../components/state/data-state';
import { StateBadge } from '../components/state/state-badge';
import classes from './sla.module.css';
import { behindText, latencyText, targetText, valueText } from './words';

/** Groups of the report and its figures in their order, so that the page stands still while figures come in. */
const LAYOUT: readonly { group: SlaResult['group']; match: number }[] = [
  { group: 'Availability and supply', match: 0 },
  { group: 'Procurement', match: 2 },
  { group: 'Invoices and spend', match: 3 },
  { group: 'Systems and lineage', match: 0 },
];

export function SlaReport() {
  const trpc = useTRPC();
  const { input: filters, facility } = useFilters();
  const { nameOf } = useBounds();
  const plain = useQuery(trpc.sla.report.queryOptions({ filters, part: 'plain' }));
  const match = useQuery(trpc.sla.report.queryOptions({ filters, part: 'match' }));
  const span = plain.data;
  const day = (at: Date) => (span ? timeParts(at, span.zone)?.date : undefined);

  return (
    <>
      <PageHeader
        title="SLA report"
        subtitle={span ? `${facility ? nameOf(facility) : 'All facilities'} · ${day(span.from)} to ${day(span.to)} · ${span.zone}` : 'How the supply chain keeps its targets'}
        actions={
          <Button variant="default" size="sm" leftSection={<IconPrinter size={16} aria-hidden />} onClick={() => window.print()}>
            Print
          </Button>
        }
      />
      <DataState query={plain} height={400} isEmpty={(data) => data.figures.every((figure) => figure.state === 'no_data') && (match.data?.figures.every((figure) => figure.state === 'no_data') ?? false)}
        emptyTitle="No figure has data in this range" emptyText="Choose a longer time range, or another facility.">
        {(data) => (
          <>
            <Summary figures={[...data.figures, ...(match.data?.figures ?? [])]} match={match.data ? 'known' : match.error === null ? 'awaited' : 'failed'} />
            {LAYOUT.map(({ group, match: count }) => (
              <section key={group} className={classes.group} aria-label={group}>
                <Title order={2} fz="md" mb="xs">{group}</Title>
                <div className={classes.grid}>
                  {data.figures.filter((figure) => figure.group === group).map((figure) => <FigureCard key={figure.key} figure={figure} />)}
                  {count > 0 && <MatchCards query={match} group={group} count={count} />}
                </div>
              </section>
            ))}
            <Text size="xs" c="dimmed">
              Targets are the network’s own ({data.version}); industry benchmarks are quoted beside them and decide nothing. “No data” is not 0 %. Each figure opens to the lines behind it.
            </Text>
          </>
        )}
      </DataState>
    </>
  );
}

function MatchCards({ query, group, count }: { query: QueryLike<{ figures: SlaResult[] }>; group: string; count: number }) {
  if (query.data === undefined && query.error === null) return Array.from({ length: count }, (_, at) => <Skeleton key={at} height={150} radius="md" aria-label="Loading" />);
  return (
    <Box style={query.data === undefined || query.error !== null ? { gridColumn: '1 / -1' } : { display: 'contents' }}>
      <DataState query={query} height={150}>
        {(data) => data.figures.filter((figure) => figure.group === group).map((figure) => <FigureCard key={figure.key} figure={figure} />)}
      </DataState>
    </Box>
  );
}

/** How many targets are met. Until the figures of the match are in nothing is counted, since the count would jump. */
function Summary({ figures, match }: { figures: readonly SlaResult[]; match: 'known' | 'awaited' | 'failed' }) {
  const judged = figures.filter((figure) => figure.state !== 'no_data');
  const missed = judged.filter((figure) => figure.state === 'missed');
  const without = figures.length - judged.length;
  if (judged.length === 0) return null;
  const words = match === 'awaited' ? 'Counting …' : `${judged.length - missed.length} of ${judged.length} targets met`;
  return (
    <Box className="tl-card" p="md" mb="lg" role="status" mih={82}>
      <Group gap="sm" align="center">
        <Text fz={22} fw={650}>{words}</Text>
        {match !== 'awaited' && missed.length > 0 && <StateBadge state="missed" label={`${missed.length} missed`} />}
        {match !== 'awaited' && without > 0 && <StateBadge state="no_data" label={`${without} without data`} />}
      </Group>
      {match === 'failed' && <Text size="sm" mt={4}>Figures that stand on the three-way match could not be had right now and are not counted.</Text>}
      {match !== 'awaited' && missed.length > 0 && (
        <Text size="sm" c="dimmed" mt={4}>
          Missed: {missed.map((figure, at) => (
            <span key={figure.key}>
              {at > 0 && ', '}
              <Anchor component={FilterLink} href={`/sla?figure=${figure.key}`} size="sm">{figure.title}</Anchor>
            </span>
          ))}
        </Text>
      )}
    </Box>
  );
}

/** A figure against its target; the card leads to the lines behind it. */
function FigureCard({ figure }: { figure: SlaResult }) {
  const several = figure.values.length > 1;
  return (
    <FilterLink href={`/sla?figure=${figure.key}`} className="tl-card tl-card-link" data-figure={figure.key} data-state={figure.state}>
      <Box p="sm">
        <Group justify="space-between" wrap="nowrap" gap={6} align="flex-start">
          <Text size="sm" fw={600} lh={1.3}>{figure.title}</Text>
          <StateBadge state={figure.state} size="sm" />
        </Group>
        {figure.state === 'no_data' ? (
          <>
            <Text fz={20} mt={4} className="tl-unknown-text">No data</Text>
            <Text size="xs" c="dimmed">{figure.needs}</Text>
          </>
        ) : (
          figure.values.map((value) => (
            <Box key={value.currency} mt={2}>
              <Group gap={6} align="baseline">
                <Text fz={several ? 20 : 26} fw={650} lh={1.25}>{valueText(figure, value)}</Text>
                {figure.money && <Text size="xs" c="dimmed">in {value.currency}</Text>}
                {several && value.state === 'missed' && <StateBadge state="missed" size="sm" />}
                {figure.kind === 'duration' && <Text size="xs" c="dimmed">median</Text>}
              </Group>
              <Text size="xs" c="dimmed">{behindText(figure, value)}</Text>
              {latencyText(figure, value) && <Text size="xs" c="dimmed">{latencyText(figure, value)}</Text>}
            </Box>
          ))
        )}
        <Text size="xs" mt={6}>Target {targetText(figure)}</Text>
        {figure.benchmark && <Text size="xs" c="dimmed">Industry benchmark: {figure.benchmark}</Text>}
        {figure.state !== 'no_data' && <Text size="xs" c="dimmed">n = {formatDecimal(figure.n)}</Text>}
      </Box>
    </FilterLink>
  );
}
