'use client';

import { Button, Select, Switch, TextInput } from '@mantine/core';
import { DateInput } from '@mantine/dates';
import { useQuery } from '@tanstack/react-query';
import { parseAsBoolean, parseAsInteger, parseAsIsoDate, parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useState } from 'react';
import { useTRPC } from '@/app/trpc/react';
import { ChartCard } from '../components/charts/chart-card';
import { Bars } from '../components/charts/charts';
import { Figure, FigureRow } from '../components/figure';
import { useFilters } from '../components/filters/use-filters';
import { formatDecimal, formatMoney } from '../components/format/format';
import { objectHref, ObjectLink } from '../components/format/values';
import { ListTable } from '../components/list/list-table';
import { PageHeader } from '../components/page-header';
import { AsOf, KeptNotice } from '../components/state/kept';
import { StateBadge } from '../components/state/state-badge';
import { Systems } from './systems';

const KINDS = ['unmapped-usage', 'unknown-item', 'missing-pack-factor', 'duplicate-supplier', 'unknown-supplier', 'unknown-location', 'unknown-cost-centre', 'missing-contract-price'] as const;

/** Master data that documents need and that are not there, or there twice: what that costs, who puts it right, and what it breaks. */
export function Quality({ exceptions }: { exceptions: boolean }) {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  const [chosen, choose] = useQueryStates(
    {
      kind: parseAsStringLiteral(KINDS), record: parseAsString.withDefault(''), failing: parseAsBoolean.withDefault(false), on: parseAsIsoDate, find: parseAsString.withDefault(''),
      page: parseAsInteger, linePage: parseAsInteger, itemPage: parseAsInteger,
    },
    { history: 'push', urlKeys: { linePage: 'l.page', itemPage: 'i.page' } },
  );
  const query = useQuery(trpc.quality.summary.queryOptions({ filters }));
  // What was never worked out is unknown, and not nothing.
  const unknown = query.data?.asOf === null;
  const data = unknown ? undefined : query.data;
  const otherwise = query.error || unknown ? null : undefined;
  const labelOf = (kind: string) => data?.kinds.find((row) => row.kind === kind)?.label ?? kind;
  const on = chosen.on?.toISOString().slice(0, 10) ?? data?.today;
  return (
    <>
      <PageHeader title="Data quality" subtitle={<>What documents of this range name and the master data do not have, or have twice.<AsOf asOf={data?.asOf} zone={data?.zone} /></>} />
      <KeptNotice asOf={query.data?.asOf} />
      <FigureRow>
        <Figure label="Problems" value={data ? formatDecimal(data.records) : otherwise} n={data && `${formatDecimal(data.failures)} failures caused`} href="/quality" state={data ? (data.failures > 0 ? 'breach' : data.records > 0 ? 'watch' : 'ok') : undefined} stateLabel={data?.records === 0 ? 'None' : 'To put right'} />
        {KINDS.map((kind) => {
          const row = data?.kinds.find((one) => one.kind === kind);
          const money = row?.values.map(({ currency, value }) => formatMoney(value, currency, true)).join(', ');
          return (
            <Figure
              key={kind} label={row?.label ?? 'Loading'} value={row ? formatDecimal(row.records) : otherwise} href={`/quality?kind=${kind}#problems`} state={row && row.records > 0 ? (row.failures > 0 ? 'breach' : 'watch') : undefined} stateLabel={chosen.kind === kind ? 'Chosen' : row && row.failures > 0 ? `${row.failures} failures` : 'To put right'}
              n={row && row.records > 0 ? `${formatDecimal(row.lines)} ${row.lines === 1 ? 'line' : 'lines'}, ${money || (row.lines > 0 ? 'money unknown' : 'no money')}` : undefined} hint={row?.steward}
            />
          );
        })}
      </FigureRow>
      <ChartCard title="Lines concerned, by kind" subtitle="and those on which it causes a failure" query={query} isEmpty={(found) => found.records === 0} emptyTitle="The master data have everything that documents name" height={260}>
        {(found) => <Bars rows={found.kinds.filter((row) => row.records > 0).map((row) => ({ ...row, quiet: row.lines - row.failures }))} stacked labelKey="label" series={[{ key: 'failures', label: 'With a failure', color: 'breach' }, { key: 'quiet', label: 'Without', color: 'chart-1' }]} unit="lines" description="Document lines per kind of problem" />}
      </ChartCard>
      <div id="problems">
        <ListTable
          list="quality.problems" title="Problems" input={{ kind: chosen.kind ?? '' }} subtitle={chosen.kind ? `${labelOf(chosen.kind)}: ${data?.kinds.find((row) => row.kind === chosen.kind)?.meaning ?? ''}` : 'those that cause the most failures first; open one for the lines that name it'}
          emptyTitle={chosen.kind ? 'No problem of this kind' : 'The master data have everything that documents name'}
          rowHref={(row) => `/quality?${new URLSearchParams({ kind: String(row.kind), record: String(row.record) })}#lines`}
          renderCell={(key, row) => (key === 'record' ? (row.about_type && row.about_id ? <ObjectLink type={String(row.about_type)} id={String(row.about_id)}>{String(row.record)}</ObjectLink> : String(row.record))
            : key === 'failures' && Number(row.failures) > 0 ? <StateBadge size="sm" state="breach" label={String(row.failures)} /> : key === 'value' && row.lines === 0 ? <>–</> : key === 'facility' && !row.facility ? <span className="tl-unknown-text">{Number(row.lines) > 0 ? 'several' : 'none'}</span> : undefined)}
          actions={
            <>
              <Select
                size="xs" w={210} aria-label="Kind of problem" placeholder="Every kind" clearable value={chosen.kind} data={KINDS.map((kind) => ({ value: kind, label: labelOf(kind) }))}
                onChange={(value) => void choose({ kind: KINDS.find((kind) => kind === value) ?? null, record: null, page: null, linePage: null })}
              />
              {chosen.kind && <Button size="xs" variant="default" onClick={() => void choose({ kind: null, record: null, page: null, linePage: null })}>All</Button>}
            </>
          }
        />
      </div>
      <div id="lines">
        <ListTable
          list="quality.lines" prefix="l" title="Lines that name them" input={{ kind: chosen.kind ?? '', record: chosen.record, failing: chosen.failing }} subtitle={chosen.record ? `${labelOf(chosen.kind ?? '')}: ${chosen.record}` : 'open one for its chain'} emptyTitle="No such line in this range"
          rowHref={(row) => objectHref(String(row.line_type), String(row.object_id))}
          renderCell={(key, row) => (key === 'kind' ? labelOf(String(row.kind)) : key === 'failure' ? (row.failure ? <StateBadge size="sm" state={String(row.failure)} meaning="breach" label={String(row.failure)} /> : <>–</>) : undefined)}
          actions={
            <>
              <Switch size="xs" label="Only with a failure" checked={chosen.failing} onChange={(event) => void choose({ failing: event.currentTarget.checked || null, linePage: null })} />
              {chosen.record && <Button size="xs" variant="default" onClick={() => void choose({ record: null, linePage: null })}>Lines of every record</Button>}
            </>
          }
        />
      </div>
      <div id="items">
        {on && (
          <ListTable
            list="quality.items" prefix="i" title={`Item master as of ${on}`} input={{ on, text: chosen.find }} subtitle="the version of each item that is in force on that day, whenever it became known" emptyTitle={chosen.find ? 'No such item on that day' : 'No item was in force on that day'}
            rowHref={(row) => objectHref('item', String(row.item))}
            renderCell={(key, row) => (key === 'next_change' && row.next_change === null ? <span className="tl-unknown-text">not planned</span> : (key === 'packs' || key === 'base_uom' || key === 'gtin' || key === 'category') && row[key] === '' ? <span className="tl-unknown-text">not stated</span> : undefined)}
            actions={
              <>
                <DateInput size="xs" w={130} aria-label="Day" valueFormat="YYYY-MM-DD" value={on} onChange={(value) => void choose({ on: value ? new Date(`${String(value).slice(0, 10)}T00:00:00Z`) : null, itemPage: null })} />
                <Find key={chosen.find} value={chosen.find} onDone={(find) => void choose({ find, itemPage: null })} />
              </>
            }
          />
        )}
      </div>
      <Systems exceptions={exceptions} />
    </>
  );
}

function Find({ value, onDone }: { value: string; onDone: (value: string) => void }) {
  const [typed, setTyped] = useState(value);
  const done = () => {
    if (typed.trim() !== value) onDone(typed.trim());
  };
  return (
    <TextInput
      size="xs" w={170} aria-label="Find an item" placeholder="Item, name, GTIN" value={typed} onChange={(event) => setTyped(event.currentTarget.value)} onBlur={done} onKeyDown={(event) => event.key === 'Enter' && done()} maxLength={200} autoComplete="off" spellCheck={false}
    />
  );
}
