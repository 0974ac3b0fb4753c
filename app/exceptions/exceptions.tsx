'use client';

import { Alert, Button, Select, SimpleGrid, Stack } from '@mantine/core';
import { IconFilter } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { parseAsInteger, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useTRPC } from '@/app/trpc/react';
import type { ListRow } from '@/server/lists/columns';
import { EXCEPTION_KINDS, EXCEPTIONS, PARTIES } from '@/server/rules/raci';
import { ChartCard } from '../components/charts/chart-card';
import { Bars, StackedBars } from '../components/charts/charts';
import { Figure, FigureRow } from '../components/figure';
import { useFilters } from '../components/filters/use-filters';
import { formatDecimal, formatMoney, formatTime } from '../components/format/format';
import { Age, objectHref } from '../components/format/values';
import { ListTable } from '../components/list/list-table';
import { PageHeader } from '../components/page-header';

const MEANINGS: Record<string, string> = Object.fromEntries(EXCEPTION_KINDS.map((kind) => [kind, EXCEPTIONS[kind].meaning]));

/** Everything that went wrong and still stands, business and technical, each once, with whoever acts on it. */
export function Exceptions({ failures }: { failures: boolean }) {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  const [chosen, choose] = useQueryStates(
    // Another choice is another list: it begins at its first page.
    { kind: parseAsStringLiteral(EXCEPTION_KINDS), owner: parseAsStringLiteral(PARTIES), page: parseAsInteger },
    { history: 'push' },
  );
  const asked = { kind: chosen.kind ?? undefined, owner: chosen.owner ?? undefined };
  const board = useQuery(trpc.exceptions.summary.queryOptions({ filters, ...asked }));
  const data = board.data;
  const atLeast = data && data.cut.length > 0 ? 'at least ' : '';
  // A question that failed leaves its figures unknown, not loading for ever.
  const otherwise = board.error ? null : undefined;
  const narrowed = chosen.kind !== null || chosen.owner !== null;

  const hrefOf = (row: ListRow): string | null => {
    if (row.object_type && row.object_id) return objectHref(String(row.object_type), String(row.object_id));
    if (!failures) return null;
    return row.kind === 'dead-letter' ? `/failures?reason=${encodeURIComponent(String(row.reason))}#dead-letters` : '/failures?state=stuck#handovers';
  };

  return (
    <>
      <PageHeader title="Exceptions" subtitle="What went wrong in this range and still stands: each once, with who acts on it" />
      <FigureRow>
        <Figure
          label={chosen.kind ? EXCEPTIONS[chosen.kind].label : 'Open exceptions'}
          value={data ? `${atLeast}${formatDecimal(data.total)}` : otherwise}
          n={data && `${formatDecimal(data.high)} of high severity`}
          state={data ? (data.high > 0 ? 'breach' : data.total > 0 ? 'watch' : 'ok') : undefined}
        />
        <Figure
          label="Money concerned"
          value={!data ? otherwise : data.money.length > 0
            ? <Stack gap={0} fz={data.money.length > 2 ? 18 : 22}>{data.money.map(({ currency, amount }) => <span key={currency}>{formatMoney(amount, currency, true)}</span>)}</Stack>
            : data.total === 0 ? formatDecimal(0) : null}
          why={data && 'None of them says a price.'}
          hint={data && data.unpriced > 0 ? `unknown for ${formatDecimal(data.unpriced)} of ${formatDecimal(data.total)}` : undefined}
        />
        <Figure label="Oldest" value={!data ? otherwise : data.oldest === null ? 'none' : <Age since={data.oldest} zone={data.zone} />} hint={data?.oldest ? `since ${formatTime(data.oldest, data.zone)}` : undefined} />
      </FigureRow>
      <FigureRow>
        {PARTIES.map((owner) => {
          const count = data?.owners.find((row) => row.owner === owner)?.count;
          return (
            <Figure
              key={owner} label={owner.charAt(0).toUpperCase() + owner.slice(1)} value={count === undefined ? otherwise : formatDecimal(count)} hint={chosen.owner === owner ? 'chosen' : 'to act on'}
              href={`/exceptions?owner=${encodeURIComponent(owner)}${chosen.kind ? `&kind=${chosen.kind}` : ''}`}
            />
          );
        })}
      </FigureRow>
      {data && (data.cut.length > 0 || data.missing.length > 0) && (
        <Alert mb="md" variant="light" icon={<IconFilter size={18} aria-hidden />} title="Narrow the range" data-state="narrow_range" styles={{ root: { background: 'var(--tl-watch-soft)' }, icon: { color: 'var(--tl-watch)' } }}>
          {data.cut.length > 0 && <>More than one answer may hold of: {data.cut.join(', ')}. The newest are listed. </>}
          {data.missing.length > 0 && <>Not known for so long a range: {data.missing.join(', ')}. </>}
          Choose a shorter time range or a facility.
        </Alert>
      )}
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        <ChartCard title="By kind" subtitle={chosen.owner ? `that ${chosen.owner} acts on` : 'whoever acts on them'} query={board} isEmpty={(found) => found.kinds.length === 0} emptyTitle="No exception in this range" height={300}>
          {(found) => <Bars rows={found.kinds} labelKey="label" series={[{ key: 'count', label: 'Exceptions' }]} unit="exceptions" description="Number of open exceptions per kind" />}
        </ChartCard>
        <ChartCard title="When they arose" subtitle="and still stand" query={board} isEmpty={(found) => found.total === 0} emptyTitle="No exception in this range" height={300}>
          {(found) => (
            <StackedBars
              rows={found.series} timeKey="at" series={found.drawn} step={found.step} from={found.from} to={found.to} zone={found.zone} unit={`exceptions per ${found.step}`}
              description="Open exceptions by the time at which they arose, stacked by kind" height={found.drawn.length > 4 ? 260 : 280}
            />
          )}
        </ChartCard>
      </SimpleGrid>
      <ListTable
        list="exceptions.all" title="Work list" input={asked} rowHref={hrefOf}
        subtitle={chosen.kind ? `${EXCEPTIONS[chosen.kind].label}: ${MEANINGS[chosen.kind]}` : 'the most severe first, then the newest; open a line for its chain'}
        emptyTitle={narrowed ? 'No exception of this choice' : 'No exception in this range'} emptyText={narrowed ? undefined : 'Nothing that was recorded in this range waits for anybody.'}
        actions={
          <>
            <Select
              size="xs" w={190} aria-label="Kind of exception" placeholder="Every kind" clearable searchable value={chosen.kind} comboboxProps={{ width: 230, position: 'bottom-start' }}
              data={EXCEPTION_KINDS.map((kind) => ({ value: kind, label: EXCEPTIONS[kind].label }))}
              onChange={(value) => void choose({ kind: EXCEPTION_KINDS.find((kind) => kind === value) ?? null, page: null })}
            />
            <Select
              size="xs" w={170} aria-label="Owner" placeholder="Every owner" clearable value={chosen.owner} data={[...PARTIES]}
              onChange={(value) => void choose({ owner: PARTIES.find((party) => party === value) ?? null, page: null })}
            />
            {narrowed && <Button size="xs" variant="default" onClick={() => void choose({ kind: null, owner: null, page: null })}>All</Button>}
          </>
        }
      />
    </>
  );
}
