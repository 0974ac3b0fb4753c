'use client';

import { Button, SimpleGrid, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { parseAsString, useQueryStates } from 'nuqs';
import { useState } from 'react';
import { useTRPC } from '@/app/trpc/react';
import type { ListRow } from '@/server/lists/columns';
import { ChartCard } from '../components/charts/chart-card';
import { Bars, StackedBars } from '../components/charts/charts';
import { Figure, FigureRow } from '../components/figure';
import { useFilters } from '../components/filters/use-filters';
import { formatDecimal, formatMoney } from '../components/format/format';
import { Age, objectHref } from '../components/format/values';
import { ListTable } from '../components/list/list-table';
import { PageHeader } from '../components/page-header';
import { DeadLetterDrawer, type DeadLetterKey } from './dead-letter-drawer';

/** What failed, what it costs, and what could not even be read: the on-call engineer's board. */
export function Failures() {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  const [chosen, choose] = useQueryStates(
    { fingerprint: parseAsString.withDefault(''), interface: parseAsString.withDefault(''), state: parseAsString.withDefault(''), reason: parseAsString.withDefault('') },
    { history: 'push' },
  );
  const [letter, open] = useState<DeadLetterKey | null>(null);
  const board = useQuery(trpc.failures.board.queryOptions({ filters }));
  const summary = board.data?.summary;
  const letters = board.data?.letters;
  const held = board.data?.held;

  return (
    <>
      <PageHeader title="Failures" subtitle="Failed hand-overs between systems, grouped by what went wrong, and what they hold up" />
      <FigureRow>
        <Figure label="Open issues" value={summary && formatDecimal(summary.open_issues)} n={summary && `of ${formatDecimal(summary.issues)} in the range`} state={summary ? (summary.open_issues > 0 ? 'open' : 'ok') : undefined} />
        <Figure label="Stuck hand-overs" value={summary && formatDecimal(summary.stuck)} n={summary && `of ${formatDecimal(summary.handovers)} that failed at least once`} href="/failures?state=stuck#handovers" />
        <Figure label="Documents blocked" value={summary && formatDecimal(summary.documents_blocked)} hint="each once" href="/failures?state=stuck#handovers" />
        <Figure
          label="Money held"
          value={held && (held.length === 0 ? (summary && summary.documents_blocked > 0 ? null : formatDecimal(0)) : <Stack gap={0}>{held.map(({ currency, held: amount }) => <span key={currency}>{formatMoney(amount, currency, true)}</span>)}</Stack>)}
          hint={held && held.length > 0 ? `${formatDecimal(held.reduce((sum, row) => sum + row.documents, 0))} blocked documents with a known value` : undefined}
          why="No blocked document says its value."
        />
        <Figure label="Oldest stuck" value={summary && (summary.stuck === 0 ? 'none' : <Age since={summary.stuck_since} zone={board.data?.zone} />)} />
        <Figure label="Dead letters" value={letters && formatDecimal(letters.reduce((sum, row) => sum + row.letters, 0))} hint="kept with the reason why they could not be read" href="/failures#dead-letters" />
      </FigureRow>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        <ChartCard title="Failed attempts over time" subtitle="by interface" query={board} isEmpty={(data) => data.series.length === 0} emptyTitle="Nothing failed in this range">
          {(data) => <StackedBars rows={data.series} timeKey="at" series={data.interfaces} step={data.step} from={data.from} to={data.to} zone={data.zone} unit="failed attempts" description="Failed attempts of hand-overs over time, by interface" />}
        </ChartCard>
        <ChartCard title="Dead letters by reason" subtitle="messages that could not be read, as they arrived" query={board} isEmpty={(data) => data.letters.length === 0} emptyTitle="Every message of this range could be read">
          {(data) => <Bars rows={data.letters} labelKey="reason_code" series={[{ key: 'letters', label: 'Dead letters', color: 'watch' }]} unit="dead letters" description="Number of dead letters per reason" />}
        </ChartCard>
      </SimpleGrid>
      <ListTable
        list="failures.issues" prefix="is" title="Issues" subtitle="Failures with one fingerprint are one issue. Open a line for its hand-overs." input={{ interface: chosen.interface }}
        emptyTitle="Nothing failed in this range"
        rowHref={(row) => `/failures?fingerprint=${encodeURIComponent(String(row.issue))}#handovers`}
      />
      <div id="handovers">
        <ListTable
          list="failures.handovers" prefix="ho" title="Failed hand-overs" input={{ fingerprint: chosen.fingerprint, state: chosen.state, interface: chosen.interface }}
          subtitle={chosen.fingerprint ? 'of the chosen issue' : chosen.state ? `only ${chosen.state}` : 'of every issue'}
          emptyTitle="No failed hand-over here"
          rowHref={(row) => (row.document_id && row.object_type ? objectHref(String(row.object_type), String(row.document_id)) : null)}
          actions={Object.values(chosen).some((value) => value !== '') ? <Button size="xs" variant="default" onClick={() => void choose({ fingerprint: null, state: null, interface: null, reason: null })}>All failures</Button> : undefined}
        />
      </div>
      <div id="dead-letters">
        <ListTable
          list="failures.deadLetters" prefix="dl" title="Dead letters" input={{ reason: chosen.reason }}
          subtitle={<Text size="sm" c="dimmed" component="span">Messages that could not be read or did not keep to the contract, and those that a consumer gave up on. Nothing that arrives is thrown away.</Text>}
          emptyTitle="Every message of this range could be read"
          renderCell={(key, row) => (key === 'reason_code' ? <Button size="compact-xs" variant="subtle" onClick={() => open(keyOf(row))}>{String(row.reason_code)}</Button> : undefined)}
        />
      </div>
      <DeadLetterDrawer letter={letter} onClose={() => open(null)} />
    </>
  );
}

function keyOf(row: ListRow): DeadLetterKey {
  return { stream: String(row.stream), seq: Number(row.stream_seq), part: Number(row.part), recordedAt: new Date(String(row.recorded_at)), consumer: String(row.consumer) };
}
