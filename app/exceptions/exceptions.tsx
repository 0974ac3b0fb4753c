'use client';

import { Alert, Button, SimpleGrid, Stack, Text } from '@mantine/core';
import { IconClockExclamation, IconFilter } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'next/navigation';
import { parseAsString, useQueryState } from 'nuqs';
import { useState } from 'react';
import { useTRPC } from '@/app/trpc/react';
import type { ListRow } from '@/server/lists/columns';
import { EXCEPTIONS, PARTIES } from '@/server/rules/raci';
import { ChartCard } from '../components/charts/chart-card';
import { Bars, StackedBars } from '../components/charts/charts';
import { Figure, FigureRow } from '../components/figure';
import { useFilters } from '../components/filters/use-filters';
import { formatDecimal, formatDuration, formatMoney, formatTime } from '../components/format/format';
import { Age } from '../components/format/values';
import { ListTable } from '../components/list/list-table';
import { PageHeader } from '../components/page-header';
import { StateBadge } from '../components/state/state-badge';
import { useNow } from '../components/use-now';
import { BatchModal } from './batch';
import { ExceptionDrawer } from './detail';
import { FilterBar } from './filters';
import { useWorkFilters } from './use-work-filters';
import { Views } from './views';

/** The keeper brings the list up within seconds; after this long something is wrong with it. */
const STANDS_STILL_MS = 180_000;

/** Everything that went wrong and still stands, business and technical, each once, with whoever acts on it and what was done. */
export function Exceptions({ failures, acts }: { failures: boolean; acts: boolean }) {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  const work = useWorkFilters();
  const { chosen, asked, narrowed } = work;
  const [opened, open] = useQueryState('open', parseAsString.withOptions({ history: 'push' }));
  const [batching, batch] = useState(false);
  const search = useSearchParams();
  const board = useQuery(trpc.exceptions.summary.queryOptions({ filters, ...asked }));
  const now = useNow(10_000);
  const data = board.data;
  const unknown = data?.asOf === null;
  const atLeast = data && data.cut.length > 0 ? 'at least ' : '';
  // A question that failed leaves its figures unknown, not loading for ever; so does a list that was never worked out.
  const otherwise = board.error ? null : undefined;
  const figure = <T,>(of: (board: NonNullable<typeof data>) => T) => (unknown ? null : data ? of(data) : otherwise);

  const hrefOf = (row: ListRow): string => {
    const here = new URLSearchParams(search.toString());
    here.set('open', String(row.key));
    return `/exceptions?${here.toString()}`;
  };
  const to = (key: string, value: string) => {
    const next = new URLSearchParams(search.toString());
    for (const gone of ['page', 'open']) next.delete(gone);
    next.set(key, value);
    return `/exceptions?${next.toString()}`;
  };

  return (
    <>
      <PageHeader title="Exceptions" subtitle="What went wrong and still stands, however long ago: each once, with who acts on it" actions={<Views />} />
      {unknown && (
        <Alert mb="md" variant="light" icon={<IconClockExclamation size={18} aria-hidden />} title="Not worked out yet" data-state="unknown" styles={{ root: { background: 'var(--tl-unknown-soft)' } }}>
          The keeper has not been through the log yet, so nobody knows what stands. It does that right after the start; look again in a moment.
        </Alert>
      )}
      {data?.asOf && now - data.asOf.getTime() > STANDS_STILL_MS && (
        <Alert mb="md" variant="light" icon={<IconClockExclamation size={18} aria-hidden />} title="The list stands still" data-state="stale" role="status" styles={{ root: { background: 'var(--tl-watch-soft)' }, icon: { color: 'var(--tl-watch)' } }}>
          It was last brought up to the log {formatDuration(now - data.asOf.getTime())} ago: the keeper does not run, or cannot. What was recorded since is not in it.
        </Alert>
      )}
      <FigureRow>
        <Figure
          label={chosen.kind ? EXCEPTIONS[chosen.kind].label : 'Exceptions'}
          value={figure(({ total }) => `${atLeast}${formatDecimal(total)}`)} why="The list has not been worked out yet."
          n={data && `${formatDecimal(data.high)} of high severity`}
          state={data && !unknown ? (data.high > 0 ? 'breach' : data.total > 0 ? 'watch' : 'ok') : undefined}
        />
        <Figure
          label="Money concerned"
          value={figure(({ money, total }) => (money.length > 0
            ? <Stack gap={0} fz={money.length > 2 ? 18 : 22}>{money.map(({ currency, amount }) => <span key={currency}>{formatMoney(amount, currency, true)}</span>)}</Stack>
            : total === 0 ? formatDecimal(0) : null))}
          why={data && !unknown ? 'None of them says a price.' : undefined}
          hint={data && data.unpriced > 0 ? `unknown for ${formatDecimal(data.unpriced)} of ${formatDecimal(data.total)}` : undefined}
        />
        <Figure label="Oldest" value={figure(({ oldest, zone }) => (oldest === null ? 'none' : <Age since={oldest} zone={zone} />))} hint={data?.oldest ? `since ${formatTime(data.oldest, data.zone)}` : undefined} />
        <Figure label="Nobody has them" value={figure(({ unassigned }) => formatDecimal(unassigned))} hint="neither acknowledged nor assigned" href={to('state', 'open')} />
        <Figure label="Mine" value={figure(({ mine }) => formatDecimal(mine))} hint={chosen.assignee === 'me' ? 'chosen' : 'assigned to me'} href={to('assignee', 'me')} />
      </FigureRow>
      <FigureRow>
        {PARTIES.map((owner) => (
          <Figure
            key={owner} label={owner.charAt(0).toUpperCase() + owner.slice(1)} value={figure(({ owners }) => formatDecimal(owners.find((row) => row.owner === owner)?.count ?? 0))} hint={chosen.owner === owner ? 'chosen' : 'to act on'}
            href={to('owner', owner)}
          />
        ))}
      </FigureRow>
      {data && data.cut.length > 0 && (
        <Alert mb="md" variant="light" icon={<IconFilter size={18} aria-hidden />} title="Not all of it" data-state="cut" styles={{ root: { background: 'var(--tl-watch-soft)' }, icon: { color: 'var(--tl-watch)' } }}>
          There are more than the list keeps, or they could not be worked out in time: {data.cut.join(', ')}. What is shown of them is so.
        </Alert>
      )}
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        <ChartCard title="By kind" subtitle={chosen.owner ? `that ${chosen.owner} acts on` : 'whoever acts on them'} query={board} isEmpty={(found) => found.kinds.length === 0} emptyTitle="No exception" height={300}>
          {(found) => <Bars rows={found.kinds} labelKey="label" series={[{ key: 'count', label: 'Exceptions' }]} unit="exceptions" description="Number of open exceptions per kind" />}
        </ChartCard>
        <ChartCard title="When they arose" subtitle={data && data.total > data.inRange ? `of this range; ${formatDecimal(data.total - data.inRange)} arose outside it` : 'and still stand'} query={board} isEmpty={(found) => found.inRange === 0} emptyTitle="None arose in this range" height={300}>
          {(found) => (
            <StackedBars
              rows={found.series} timeKey="at" series={found.drawn} step={found.step} from={found.from} to={found.to} zone={found.zone} unit={`exceptions per ${found.step}`}
              description="Open exceptions by the time at which they arose, stacked by kind" height={found.drawn.length > 4 ? 260 : 280}
            />
          )}
        </ChartCard>
      </SimpleGrid>
      <FilterBar filters={work} acts={acts} />
      <ListTable
        list="exceptions.all" title="Work list" input={asked} rowHref={hrefOf}
        subtitle={chosen.kind ? `${EXCEPTIONS[chosen.kind].label}: ${EXCEPTIONS[chosen.kind].meaning}` : 'the most severe first, then the newest; open a line to act on it'}
        emptyTitle={unknown ? 'Not worked out yet' : narrowed ? 'No exception of this choice' : 'No exception stands'} emptyText={unknown || narrowed ? undefined : 'Nothing that was recorded waits for anybody.'}
        renderCell={(key, row) => (key === 'state' ? <><StateBadge state={String(row.state)} size="sm" />{row.reopened_by && row.reopened_by !== 'somebody' ? <Text size="xs" c="dimmed">{String(row.reopened_by)}</Text> : null}</> : key === 'assignee_name' && !row.assignee_name ? <Text size="sm" c="dimmed" span>nobody</Text> : undefined)}
        actions={acts && data && data.total > 0 ? <Button size="xs" variant="default" onClick={() => batch(true)}>Act on all {atLeast}{formatDecimal(data.total)}</Button> : undefined}
      />
      <ExceptionDrawer exception={opened} acts={acts} failures={failures} onClose={() => void open(null)} />
      <BatchModal opened={batching} onClose={() => batch(false)} filters={work} />
    </>
  );
}
