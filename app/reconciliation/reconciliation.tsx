'use client';

import { Button, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { parseAsInteger, parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useTRPC } from '@/app/trpc/react';
import { ChartCard } from '../components/charts/chart-card';
import { Bars } from '../components/charts/charts';
import { Figure, FigureRow } from '../components/figure';
import { useFilters } from '../components/filters/use-filters';
import { formatDecimal } from '../components/format/format';
import { moneys } from '../components/format/moneys';
import { Age, objectHref } from '../components/format/values';
import { ListTable } from '../components/list/list-table';
import { PageHeader } from '../components/page-header';
import { AsOf, KeptNotice } from '../components/state/kept';
import { StateBadge } from '../components/state/state-badge';
import { DayClose } from './day-close';
import { DAY_MEANING, DAY_WORD, KEY_MEANING, KIND, WINDOW_MEANING } from './words';

const VIEWS = ['all', 'gaps', 'open', 'silent', 'settled', 'agrees', 'awaited', 'log'] as const;
const VIEW_WORDS: Record<(typeof VIEWS)[number], string> = {
  all: 'Every window', gaps: 'Open gaps', open: 'Ends differ', silent: 'An end is silent', settled: 'Settled since', agrees: 'Ends agree', awaited: 'Awaited', log: 'Not as the log has it',
};
const DAY_VIEWS = ['to_sign', 'changed', 'signed'] as const;

/** What the two ends of each interface counted, the very keys that differ, and the daily close that somebody signs. */
export function Reconciliation() {
  const trpc = useTRPC();
  const { input: filters, facility } = useFilters();
  const [chosen, choose] = useQueryStates(
    {
      view: parseAsStringLiteral(VIEWS).withDefault('gaps'), days: parseAsStringLiteral(DAY_VIEWS), interface: parseAsString.withDefault(''), window: parseAsString.withDefault(''), day: parseAsString,
      page: parseAsInteger, keyPage: parseAsInteger,
    },
    { history: 'push', urlKeys: { keyPage: 'k.page' } },
  );
  const query = useQuery(trpc.reconciliation.summary.queryOptions({ filters }));
  // What was never worked out is unknown, and not nothing.
  const unknown = query.data?.asOf === null;
  const data = unknown ? undefined : query.data;
  const otherwise = query.error || unknown ? null : undefined;
  const isDay = chosen.day !== null && facility !== null;
  const [place, name, source, target, from] = chosen.window.split(' ');
  return (
    <>
      <PageHeader title="Reconciliation" subtitle={<>What source and target of each interface counted, against each other and against what is recorded here; windows that began in this range.<AsOf asOf={data?.asOf} zone={data?.zone} /></>} />
      <KeptNotice asOf={query.data?.asOf} />
      <FigureRow>
        <Figure
          label="Open gaps" value={data ? formatDecimal(data.gaps) : otherwise} n={data && `of ${formatDecimal(data.windows)} windows`} href="/reconciliation?view=gaps#windows"
          state={data && data.windows > 0 ? (data.gaps > 0 ? 'breach' : 'ok') : undefined} stateLabel={data?.gaps === 0 ? 'Nothing open' : 'Open'}
        />
        <Figure label="Money of the gaps" value={data ? (data.money.values.length > 0 ? moneys(data.money.values) : data.gaps === 0 ? '0' : null) : otherwise} n={data && data.money.unknown > 0 ? `unknown for ${formatDecimal(data.money.unknown)} of ${formatDecimal(data.gaps)}` : undefined} why="No gap says a value." href="/reconciliation?view=gaps#windows" />
        <Figure label="Oldest gap" value={data ? (data.oldest ? <Age since={data.oldest} zone={data.zone} /> : 'none') : otherwise} href="/reconciliation?view=gaps&sort=since#windows" />
        <Figure label="Settled since" value={data ? formatDecimal(data.settled) : otherwise} hint="handed over after the count" href="/reconciliation?view=settled#windows" />
        <Figure label="Ends silent" value={data ? formatDecimal(data.silent) : otherwise} hint={data && `no report within ${data.dueHours} h`} href="/reconciliation?view=silent#windows" />
        <Figure label="Not as the log has it" value={data ? formatDecimal(data.logDiffers) : otherwise} hint="source against recorded hand-overs" href="/reconciliation?view=log#windows" />
        <Figure label="Days to sign" value={data ? formatDecimal(data.toSign) : otherwise} href="/reconciliation?days=to_sign#days" state={data && data.toSign > 0 ? 'watch' : undefined} stateLabel="To sign" />
        <Figure label="Changed since signed" value={data ? formatDecimal(data.changed) : otherwise} hint="days" href="/reconciliation?days=changed#days" state={data && data.changed > 0 ? 'breach' : undefined} stateLabel="Look again" />
      </FigureRow>
      {isDay && <DayClose facility={facility} day={chosen.day ?? ''} onLeave={() => void choose({ day: null })} />}
      <ChartCard title="By interface" subtitle="windows, each per source and target" query={query} isEmpty={(found) => found.interfaces.length === 0} emptyTitle="No system has reported totals for this range" height={Math.max(160, 60 + 34 * (data?.interfaces.length ?? 3))}>
        {(found) => (
          <Bars
            stacked rows={found.interfaces} labelKey="name" unit="windows" description="Windows per interface: ends agree, differ, or an end is silent" height={Math.max(120, 40 + 34 * found.interfaces.length)}
            series={[{ key: 'agree', label: 'Agree or settled', color: 'ok' }, { key: 'open', label: 'Differ', color: 'breach' }, { key: 'silent', label: 'An end is silent', color: 'unknown' }]}
          />
        )}
      </ChartCard>
      <div id="windows">
        <ListTable
          list="reconciliation.windows" title="Windows" input={{ view: chosen.view === 'all' ? '' : chosen.view, interface: chosen.interface }}
          subtitle={[VIEW_WORDS[chosen.view], 'the newest first', chosen.interface, 'open one for the keys that differ'].filter(Boolean).join(' · ')} emptyTitle={data?.windows === 0 ? 'No system has reported totals for this range' : chosen.view === 'gaps' ? 'No gap stands open' : 'No such window in this range'}
          rowHref={(row) => `/reconciliation?${new URLSearchParams({ window: String(row.window_key), ...(chosen.view === 'gaps' ? {} : { view: chosen.view }), ...(chosen.day ? { day: chosen.day } : {}) })}#keys`}
          renderCell={(key, row) => (key === 'state' ? <StateBadge size="sm" state={String(row.state)} meaning={WINDOW_MEANING[String(row.state)] ?? 'unknown'} />
            : (key === 's_count' || key === 't_count') && row[key] === null ? <span className="tl-unknown-text">silent</span>
              : key === 'what' && row.what === '' ? <>–</> : key === 'gap_value' && (row.state === 'agrees' || row.state === 'awaited') ? <>–</> : undefined)}
          actions={
            <>
              <Select
                size="xs" w={180} aria-label="Which windows" allowDeselect={false} value={chosen.view} data={VIEWS.map((value) => ({ value, label: VIEW_WORDS[value] }))}
                onChange={(value) => void choose({ view: VIEWS.find((view) => view === value) ?? null, page: null })}
              />
              <Select
                size="xs" w={200} aria-label="Interface" placeholder="Every interface" clearable searchable value={chosen.interface || null} data={data?.interfaces.map(({ name }) => name) ?? []}
                onChange={(value) => void choose({ interface: value ?? '', page: null })}
              />
            </>
          }
        />
      </div>
      <div id="keys">
        <ListTable
          list="reconciliation.keys" prefix="k" title="Keys that differ" input={{ interface: chosen.interface, window: chosen.window }}
          subtitle={chosen.window ? `of one window: ${name}, ${source} to ${target || 'nobody'}, ${place}, from ${from} (UTC)` : 'every document that the two ends do not agree on; open one for its chain'} emptyTitle="No key differs"
          emptyText="Where the ends report their totals only, the keys are not known."
          rowHref={(row) => (row.object_type ? objectHref(String(row.object_type), String(row.key)) : null)}
          renderCell={(key, row) => (key === 'kind' ? <StateBadge size="sm" state={String(row.kind)} {...KIND[String(row.kind)]} /> : key === 'state' ? <StateBadge size="sm" state={String(row.state)} meaning={KEY_MEANING[String(row.state)] ?? 'unknown'} />
            : (key === 's_value' && (row.kind === 'extra' || row.kind === 'unreported')) || (key === 't_value' && row.kind === 'missing') ? <>–</>
              : (key === 's_value' || key === 't_value') && row[key] === null ? <span className="tl-unknown-text">not stated</span> : undefined)}
          actions={chosen.window ? <Button size="xs" variant="default" onClick={() => void choose({ window: null, keyPage: null })}>Keys of every window</Button> : undefined}
        />
      </div>
      <div id="days">
        <ListTable
          list="reconciliation.days" prefix="d" title="Daily close" input={{ view: chosen.days ?? '' }} subtitle="each facility's day in its own zone; open one to look through it and sign" emptyTitle={chosen.days ? 'No such day in this range' : 'No day to close in this range'}
          rowHref={(row) => `/reconciliation?${new URLSearchParams({ facility: String(row.facility), day: String(row.day), from: String(row.from), to: String(row.to) })}`}
          renderCell={(key, row) => (key === 'state' ? <StateBadge size="sm" state={String(row.state)} meaning={DAY_MEANING[String(row.state)] ?? 'unknown'} label={DAY_WORD[String(row.state)]} />
            : (key === 'signed_by' || key === 'signed_at' || key === 'signed_open' || key === 'changes') && row.signed_at === null ? <span className="tl-unknown-text">not signed</span> : undefined)}
          actions={chosen.days ? <Button size="xs" variant="default" onClick={() => void choose({ days: null })}>Every day</Button> : undefined}
        />
      </div>
    </>
  );
}
