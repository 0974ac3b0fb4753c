'use client';

import { Alert, Group, SegmentedControl, Select, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { inferRouterOutputs } from '@trpc/server';
import { parseAsIsoDateTime, parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useTRPC } from '@/app/trpc/react';
import type { FlowInput } from '@/server/lineage/flow-input';
import { ChartCard } from '../components/charts/chart-card';
import { TimeSeries } from '../components/charts/charts';
import { useFilters } from '../components/filters/use-filters';
import { formatDecimal, formatMoney, formatPercent, formatTime } from '../components/format/format';
import type { AppRouter } from '@/server/routers/root';
import { Section } from '../components/section';
import { DataState } from '../components/state/data-state';
import { Picker } from './chain/as-of';
import { useViewerZone } from './chain/use-viewer-zone';
import { flowWord } from './words';

const VIEWS = ['began', 'known'] as const;
const percent = (value: number) => `${Math.round(value * 100)} %`;

/** Completeness over time: by when chains began, as known now; and as it was known at the end of each day. */
export function OverTime({ narrow }: { narrow: FlowInput }) {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  const [{ over, day, knownAt }, choose] = useQueryStates({ over: parseAsStringLiteral(VIEWS).withDefault('began'), day: parseAsString, knownAt: parseAsIsoDateTime }, { history: 'push' });
  const viewerZone = useViewerZone();
  const query = useQuery(trpc.lineage.overTime.queryOptions({ filters, narrow }));
  const known = over === 'known';
  const narrowed = Object.values(narrow).some((value) => value !== undefined);
  return (
    <>
      <ChartCard
        title="Completeness over time"
        subtitle={known ? 'As it was known at the end of each day, frozen then; chains that began in the 400 days before. All flow types, suppliers and items' : 'By when the chains began, as known now; what is not closed yet is left out'}
        actions={
          <SegmentedControl
            size="xs" value={over} onChange={(next) => void choose({ over: VIEWS.find((each) => each === next) ?? 'began', day: null, knownAt: null })} aria-label="What is drawn over time"
            data={[{ value: 'began', label: 'By beginning' }, { value: 'known', label: 'As known then' }]}
          />
        }
        query={query} height={220}
        isEmpty={(data) => (known ? data.frozen.length === 0 : data.points.every((point) => point.closed === 0))}
        emptyTitle={known ? 'No day of this range is frozen' : 'No chain that began in this range is closed yet'}
        emptyText={known ? 'A day is frozen soon after its end, while the product runs. Of days before that nobody knows what was known.' : undefined}
      >
        {(data) =>
          known ? (
            <>
              <TimeSeries
                rows={data.frozen.map((each) => ({ at: `${each.day}T12:00:00Z`, ratio: each.ratio }))} timeKey="at" step="day" from={data.from} to={data.to} zone={data.zone} height={200}
                series={[{ key: 'ratio', label: 'Complete, by count' }]} format={percent} domain={[0, 1]} description="Completeness as known at the end of each day"
              />
              <Group mt="xs" align="end">
                <Select
                  size="xs" label="Day, frozen at its end" placeholder="Choose a day" clearable searchable value={day} onChange={(next) => void choose({ day: next, knownAt: null })}
                  data={[...data.frozen].reverse().map((each) => ({ value: each.day, label: `${each.day}${each.late ? ' (frozen late)' : ''}` }))}
                />
                {narrowed && <Text size="xs" c="dimmed">Days and moments know no supplier and no item: this is the whole network.</Text>}
              </Group>
              {day && <FrozenDay day={day} zone={data.zone} />}
            </>
          ) : (
            <TimeSeries
              rows={data.points.map((point) => ({ at: point.at, byCount: point.byCount, byValue: point.byValue }))} timeKey="at" step={data.step} from={data.from} to={data.to} zone={data.zone} height={200}
              series={[{ key: 'byCount', label: 'By count' }, ...(data.currency ? [{ key: 'byValue', label: `By value, ${data.currency}` }] : [])]}
              unit={data.otherCurrencies > 0 ? `${data.otherCurrencies} further ${data.otherCurrencies === 1 ? 'currency' : 'currencies'} not drawn` : undefined}
              format={percent} domain={[0, 1]} description="Share of closed chains that are complete, by count and by value, by when they began"
            />
          )
        }
      </ChartCard>
      {known && (
        <Section
          title="At any moment" subtitle="The chains that had begun in the range, as they were known at a moment: worked out from the log, which may take a while"
          actions={<Picker key={knownAt?.toISOString() ?? 'none'} zone={viewerZone} value={knownAt} onChange={(at) => void choose({ knownAt: at, day: null })} />}
        >
          {knownAt ? <KnownAt at={knownAt} zone={viewerZone} /> : <Text size="sm" c="dimmed">Choose a moment, such as the end of a month for an audit.</Text>}
        </Section>
      )}
    </>
  );
}

function KnownAt({ at, zone }: { at: Date; zone: string }) {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  const query = useQuery(trpc.lineage.knownAt.queryOptions({ filters, at: at.toISOString() }, { staleTime: Infinity }));
  return (
    <DataState query={query} height={120} isEmpty={(data) => data.completeness.chains === 0} emptyTitle="No chain of this range was known then">
      {(data) => <Known title={`As known on ${formatTime(data.at, zone)}`} said={`Chains that began from ${formatTime(data.from, zone)} on; events recorded later are left out, clocks read at that moment.`} completeness={data.completeness} flows={data.flows} />}
    </DataState>
  );
}


function FrozenDay({ day, zone }: { day: string; zone: string }) {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  const query = useQuery(trpc.lineage.asKnown.queryOptions({ filters, day }));
  return (
    <DataState query={query} height={120} isEmpty={(data) => data === null} emptyTitle={`${day} is not frozen`}>
      {(data) => data && <Known title={`As known at the end of ${data.day}`} said={`Written ${formatTime(data.frozenAt, zone)}; later events have not changed it.`} completeness={data.completeness} flows={data.flows} />}
    </DataState>
  );
}

type Completeness = inferRouterOutputs<AppRouter>['lineage']['knownAt']['completeness'];

function Known({ title, said, completeness, flows }: { title: string; said: string; completeness: Completeness; flows: readonly (Completeness & { flow: string })[] }) {
  return (
    <>
      <Alert mt="xs" variant="light" color="gray" title={title}>
        {formatPercent(completeness.ratio) ?? 'No closed chain'} complete: {formatDecimal(completeness.complete)} of {formatDecimal(completeness.closed)} closed chains, {formatDecimal(completeness.open)} open. {said}
      </Alert>
      <Table.ScrollContainer minWidth={560}>
        <Table verticalSpacing={4} fz="sm" mt="xs" aria-label={`${title}, by flow type`}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Flow type</Table.Th><Table.Th ta="right">Chains</Table.Th><Table.Th ta="right">Closed</Table.Th><Table.Th ta="right">Complete</Table.Th><Table.Th ta="right">By count</Table.Th><Table.Th ta="right">By value</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {flows.map((row) => (
              <Table.Tr key={row.flow}>
                <Table.Th scope="row" fw={500}>{flowWord(row.flow)}</Table.Th>
                <Table.Td ta="right">{formatDecimal(row.chains)}</Table.Td>
                <Table.Td ta="right">{formatDecimal(row.closed)}</Table.Td>
                <Table.Td ta="right">{formatDecimal(row.complete)}</Table.Td>
                <Table.Td ta="right">{formatPercent(row.ratio) ?? 'none closed'}</Table.Td>
                <Table.Td ta="right">{row.byValue.length === 0 ? 'unknown' : row.byValue.map((value) => <div key={value.currency}>{formatPercent(value.ratio) ?? 'unknown'} <Text span size="xs" c="dimmed">of {formatMoney(value.closed, value.currency, true)}</Text></div>)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </>
  );
}
