'use client';

import { Anchor, Box, Button, Group, SimpleGrid, Table, Text } from '@mantine/core';
import { IconArrowLeft, IconPrinter } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { SlaResult } from '@/server/sla/report';
import { useTRPC } from '@/app/trpc/react';
import { ChartCard } from '../components/charts/chart-card';
import { Bars, TimeSeries } from '../components/charts/charts';
import { FilterLink } from '../components/filters/filter-link';
import { useBounds } from '../components/filters/use-bounds';
import { useFilters } from '../components/filters/use-filters';
import { formatDecimal, formatDuration, formatPercent } from '../components/format/format';
import { objectHref } from '../components/format/values';
import { ListTable } from '../components/list/list-table';
import { PageHeader } from '../components/page-header';
import { Section } from '../components/section';
import { DataState } from '../components/state/data-state';
import { StateBadge } from '../components/state/state-badge';
import { latencyText, sumText, targetText, valueText } from './words';

const HOUR = 3_600_000;

/** One figure: how it is made, its course against the target, its parts by facility, the lines behind it. */
export function SlaFigure({ figureKey }: { figureKey: string }) {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  const { nameOf } = useBounds();
  const query = useQuery(trpc.sla.figure.queryOptions({ filters, key: figureKey as SlaResult['key'] }));
  const figure = query.data?.figure;
  const isTime = figure?.kind === 'duration';
  // Axis labels break at spaces, which tears the unit off its number.
  const format = (value: number) => ((isTime ? formatDuration(value) : formatPercent(value)) ?? '').replaceAll(' ', '\u00a0');
  const known = (value: { ratio: string | null; p50: number | null }) => (isTime ? value.p50 : value.ratio === null ? null : Number(value.ratio));
  const target = figure ? (isTime ? figure.target * HOUR : figure.target) : 0;
  const currencies = figure ? [...new Set(figure.values.map((value) => value.currency))] : [];
  const named = (currency: string) => (currency === '' ? (figure?.title ?? '') : `${figure?.title} in ${currency}`);

  return (
    <>
      <Anchor component={FilterLink} href="/sla" size="sm" className="tl-no-print">
        <Group gap={4} mb={4}><IconArrowLeft size={14} aria-hidden /> All figures</Group>
      </Anchor>
      <PageHeader
        title={figure?.title ?? 'SLA figure'}
        subtitle={figure ? <Group gap="xs"><StateBadge state={figure.state} /><span>Target {targetText(figure)}</span>{figure.benchmark && <span>Industry benchmark: {figure.benchmark}</span>}</Group> : undefined}
        actions={<Button variant="default" size="sm" leftSection={<IconPrinter size={16} aria-hidden />} onClick={() => window.print()}>Print</Button>}
      />
      <Section title="How it is made" subtitle={query.data ? `Rules ${query.data.version}` : undefined}>
        <DataState query={query} height={150}>
          {(data) => <Formula figure={data.figure} tolerance={data.tolerance} />}
        </DataState>
      </Section>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        <ChartCard title="Over time" subtitle={figure ? `${isTime ? 'median' : 'value'} per ${query.data?.step}, against the target` : undefined} query={query} isEmpty={(data) => data.course.length === 0} emptyTitle="No data" emptyText={figure?.needs} height={240}>
          {(data) => (
            <TimeSeries
              rows={[...new Set(data.course.map((row) => row.at))].map((at) => ({
                at, target, ...Object.fromEntries(data.course.filter((row) => row.at === at).map((row) => [`v_${row.currency}`, known(row)])),
              }))}
              timeKey="at" step={data.step} from={data.from} to={data.to} zone={data.zone} format={format}
              domain={isTime || data.figure.better === 'lower' ? undefined : [lowEnd([target, ...data.course.map((row) => known(row) ?? 1)]), 1]}
              series={[...currencies.map((currency, at) => ({ key: `v_${currency}`, label: named(currency), color: `chart-${at + 1}` })), { key: 'target', label: `Target: ${targetText(data.figure)}`, color: 'unknown' }]}
              description={`${data.figure.title} over time; target ${targetText(data.figure)}`}
            />
          )}
        </ChartCard>
        <ChartCard title="By facility" subtitle="worst first" query={query} isEmpty={(data) => data.facilities.length === 0} emptyTitle="No data" emptyText={figure?.needs} height={240}>
          {(data) => (
            <Bars
              rows={[...data.facilities].filter((row) => known(row) !== null).sort((a, b) => ((known(a) ?? 0) - (known(b) ?? 0)) * (data.figure.better === 'higher' ? 1 : -1)).slice(0, 20)
                .map((row) => ({ label: `${nameOf(row.facility) || 'no facility named'}${row.currency ? ` (${row.currency})` : ''}: ${format(known(row) ?? 0)}`, value: known(row) }))}
              labelKey="label" series={[{ key: 'value', label: data.figure.title }]} format={format}
              description={`${data.figure.title} by facility: ${data.facilities.map((row) => `${nameOf(row.facility)} ${valueText(data.figure, row) ?? 'no data'} of ${row.n}`).join('; ')}`}
            />
          )}
        </ChartCard>
      </SimpleGrid>
      {figure && (
        <ListTable
          list={`sla.${figure.key}`} title="Lines behind the figure" subtitle="those that miss it first; a line opens its chain"
          rowHref={(row) => (row.object_type && row.object_id ? objectHref(String(row.object_type), String(row.object_id)) : null)}
          emptyTitle="No data" emptyText={figure.needs}
        />
      )}
    </>
  );
}

/** Where the axis of shares begins: the next 5 % under the lowest, so that a fall from 99 % to 96 % is seen. */
const lowEnd = (shares: readonly number[]) => Math.max(0, Math.floor((Math.min(...shares) - 0.005) * 20) / 20);

function Formula({ figure, tolerance }: { figure: SlaResult; tolerance: string }) {
  const kind = figure.kind === 'duration' ? 'Median of the times; beside it' : figure.kind === 'accuracy' ? '1 −' : '';
  return (
    <Box>
      <Text>
        {kind} <b>{figure.numerator}</b> ÷ <b>{figure.denominator}</b>{figure.kind === 'accuracy' ? ', not below 0' : ''}
      </Text>
      <Text size="sm" c="dimmed" mt={4}>{figure.filter}{figure.key === 'price-accuracy' ? ` Tolerance ${tolerance} % either way.` : ''}</Text>
      {figure.values.length === 0 ? (
        <Text mt="sm"><span className="tl-unknown-text">No data.</span> {figure.needs} This is not 0 %.</Text>
      ) : (
        <div className="tl-scroll-x">
          <Table mt="sm" verticalSpacing={4} maw={860}>
            <Table.Thead>
              <Table.Tr>
                {figure.money && <Table.Th>Currency</Table.Th>}
                <Table.Th className="tl-number">Numerator</Table.Th><Table.Th className="tl-number">Denominator</Table.Th>
                <Table.Th className="tl-number">{figure.kind === 'duration' ? 'Within target' : 'Value'}</Table.Th>
                {figure.kind === 'duration' && <><Table.Th className="tl-number">p50</Table.Th><Table.Th className="tl-number">p90</Table.Th></>}
                <Table.Th className="tl-number">n</Table.Th><Table.Th>State</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {figure.values.map((value) => (
                <Table.Tr key={value.currency}>
                  {figure.money && <Table.Td>{value.currency}</Table.Td>}
                  <Table.Td className="tl-number">{sumText(figure, value.numerator, value.currency)}</Table.Td>
                  <Table.Td className="tl-number">{sumText(figure, value.denominator, value.currency)}</Table.Td>
                  <Table.Td className="tl-number">{formatPercent(value.ratio, 2)}</Table.Td>
                  {figure.kind === 'duration' && <><Table.Td className="tl-number">{formatDuration(value.p50)}</Table.Td><Table.Td className="tl-number">{formatDuration(value.p90)}</Table.Td></>}
                  <Table.Td className="tl-number">{formatDecimal(value.n)}</Table.Td>
                  <Table.Td><StateBadge state={value.state} size="sm" /></Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          {figure.values.map((value) => latencyText(figure, value)).filter(Boolean).map((text) => <Text key={text} size="sm" mt={4}>{text}</Text>)}
        </div>
      )}
    </Box>
  );
}
