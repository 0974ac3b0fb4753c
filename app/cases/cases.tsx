'use client';

import { Button, SegmentedControl, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { parseAsInteger, parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useTRPC } from '@/app/trpc/react';
import { ChartCard } from '../components/charts/chart-card';
import { Bars } from '../components/charts/charts';
import { Figure, FigureRow } from '../components/figure';
import { useFilters } from '../components/filters/use-filters';
import { formatDecimal } from '../components/format/format';
import { moneys } from '../components/format/moneys';
import { objectHref, ObjectLink } from '../components/format/values';
import { ListTable } from '../components/list/list-table';
import { PageHeader } from '../components/page-header';
import { AsOf, KeptNotice } from '../components/state/kept';
import { StateBadge } from '../components/state/state-badge';
import type { Meaning } from '../components/state/state';

const BY = ['procedure', 'service', 'case', 'implant'] as const;
const BY_WORDS: Record<(typeof BY)[number], string> = { procedure: 'Procedures', service: 'Service lines', case: 'Cases', implant: 'Implants' };
const VIEWS = ['wrong', 'differs', 'not posted', 'awaited', 'no price', 'as a whole', 'agrees', 'implants', 'all'] as const;
const VIEW_WORDS: Record<(typeof VIEWS)[number], string> = {
  wrong: 'Differ or not posted', differs: 'Differ', 'not posted': 'Not posted', awaited: 'Posting awaited', 'no price': 'Without a price', 'as a whole': 'Posted as a whole', agrees: 'Agree', implants: 'Implants', all: 'Every line',
};
const MEANING: Readonly<Record<string, Meaning>> = { agrees: 'ok', differs: 'breach', 'not posted': 'breach', awaited: 'info', 'no price': 'unknown', 'as a whole': 'info' };
const FILTER_OF = { procedure: 'procedure', service: 'service', case: 'case', implant: 'item' } as const;

/** What cases cost: what was used on them at the price that held, against what finance posted for it. */
export function Cases() {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  const [chosen, choose] = useQueryStates(
    {
      by: parseAsStringLiteral(BY).withDefault('procedure'), view: parseAsStringLiteral(VIEWS).withDefault('wrong'), case: parseAsString.withDefault(''), procedure: parseAsString.withDefault(''), service: parseAsString.withDefault(''), item: parseAsString.withDefault(''),
      page: parseAsInteger, linePage: parseAsInteger,
    },
    { history: 'push', urlKeys: { linePage: 'l.page' } },
  );
  const asked = { case: chosen.case, procedure: chosen.procedure, service: chosen.service, item: chosen.item };
  const query = useQuery(trpc.cases.summary.queryOptions({ filters, ...asked }));
  // What was never worked out is unknown, and not nothing.
  const unknown = query.data?.asOf === null;
  const data = unknown ? undefined : query.data;
  const otherwise = query.error || unknown ? null : undefined;
  const narrowed = Object.entries(asked).filter(([, value]) => value !== '');
  const kept = (more: Record<string, string>) => `/cases?${new URLSearchParams({ ...Object.fromEntries(narrowed), ...(chosen.by === 'procedure' ? {} : { by: chosen.by }), ...more })}`;
  const none = (values: { currency: string; value: string }[]) => (values.length > 0 ? moneys(values) : data?.lines === 0 ? '0' : null);
  return (
    <>
      <PageHeader title="Case cost" subtitle={<>What was used on cases in this range, at the price that held on its day, against the case cost posted for it. Cases are tokens: no patient is known here.<AsOf asOf={data?.asOf} zone={data?.zone} /></>} />
      <KeptNotice asOf={query.data?.asOf} />
      <FigureRow>
        <Figure label="Cases" value={data ? formatDecimal(data.cases) : otherwise} n={data && `${formatDecimal(data.lines)} usage lines`} href={kept({ by: 'case' })} />
        <Figure label="Implants used" value={data ? formatDecimal(data.implants) : otherwise} n={data && `on ${formatDecimal(data.implantLines)} lines`} href={kept({ view: 'implants', by: 'implant' })} />
        <Figure label="Priced cost" value={data ? none(data.priced) : otherwise} n={data && data.unpriced > 0 ? `${formatDecimal(data.unpriced)} lines without a price` : undefined} why="Nobody says what any line is worth." href={kept({ view: 'all' })} />
        <Figure label="Posted case cost" value={data ? none(data.posted) : otherwise} n={data && data.awaited > 0 ? `awaited for ${formatDecimal(data.awaited)} lines` : undefined} why="Nothing has been posted to these lines." href={kept({ view: 'all' })} />
        <Figure label="Off by" value={data ? none(data.offBy) : otherwise} hint="posted against priced, line by line" why="No line has both a price and a posting." href={kept({ view: 'wrong' })} />
        <Figure label="Lines that differ" value={data ? formatDecimal(data.differing) : otherwise} href={kept({ view: 'differs' })} state={data ? (data.differing > 0 ? 'breach' : 'ok') : undefined} stateLabel={data?.differing === 0 ? 'None' : 'Look into'} />
        <Figure label="Not posted in time" value={data ? formatDecimal(data.notPosted) : otherwise} hint={data && `within ${data.postingDays} d`} href={kept({ view: 'not posted' })} state={data && data.notPosted > 0 ? 'breach' : undefined} stateLabel="Overdue" />
        <Figure label="Without a price" value={data ? formatDecimal(data.unpriced) : otherwise} href={kept({ view: 'no price' })} state={data && data.unpriced > 0 ? 'unknown' : undefined} stateLabel="Cost unknown" />
      </FigureRow>
      <ChartCard title="Service lines" subtitle="the ten with the most cases" query={query} isEmpty={(found) => found.services.length === 0} emptyTitle="Nothing was used on a case in this range" height={280}>
        {(found) => <Bars rows={found.services} labelKey="name" series={[{ key: 'cases', label: 'Cases' }]} unit="cases" description="Cases per service line" />}
      </ChartCard>
      <ListTable
        list="cases.groups" title={BY_WORDS[chosen.by]} input={{ ...asked, by: chosen.by }} subtitle="each in its own currency; open one for its lines" emptyTitle={chosen.by === 'implant' ? 'No implant was used on a case in this range' : 'Nothing was used on a case in this range'}
        rowHref={(row) => `/cases?${new URLSearchParams({ ...Object.fromEntries(narrowed), by: chosen.by, [FILTER_OF[chosen.by]]: String(row.name) || '-', view: 'all' })}#lines`}
        renderCell={(key, row) => (key === 'name' ? (row.name === '' ? <span className="tl-unknown-text">not stated</span> : chosen.by === 'case' ? <ObjectLink type="case" id={String(row.name)} /> : chosen.by === 'implant' ? <ObjectLink type="item" id={String(row.name)} /> : undefined)
          : key === 'label' ? (row.label ? undefined : chosen.by === 'case' ? [row.procedure, row.service].filter(Boolean).join(', ') || '–' : '–')
            : key === 'implants' && row.implants === null ? <>0</> : key === 'posted' && row.posted === null ? <span className="tl-unknown-text">not posted</span>
              : key === 'priced' && row.priced === null ? <span className="tl-unknown-text">no price</span> : key === 'off_by' && row.off_by === null ? <>–</> : undefined)}
        actions={<div className="tl-scroll-x"><SegmentedControl size="xs" aria-label="By what" data={BY.map((value) => ({ value, label: BY_WORDS[value] }))} value={chosen.by} onChange={(value) => void choose({ by: BY.find((by) => by === value) ?? null, page: null })} /></div>}
      />
      <div id="lines">
        <ListTable
          list="cases.lines" prefix="l" title="Usage lines" input={{ ...asked, view: chosen.view === 'all' ? '' : chosen.view }} subtitle={[VIEW_WORDS[chosen.view], ...narrowed.map(([name, value]) => (value === '-' ? `${name} not stated` : value)), 'open one for its chain'].join(' · ')}
          emptyTitle={chosen.view === 'wrong' ? 'Every posting agrees with what was used' : 'No such line in this range'}
          rowHref={(row) => objectHref('usage', String(row.object_id))}
          renderCell={(key, row) => (key === 'state' ? <StateBadge size="sm" state={String(row.state)} meaning={MEANING[String(row.state)] ?? 'info'} /> : key === 'posted' && row.posted === null ? <span className="tl-unknown-text">{row.state === 'as a whole' ? 'with the case' : 'nothing'}</span>
            : key === 'difference' && row.difference === null ? <>–</> : key === 'rule' && row.rule === 'none' ? <span className="tl-unknown-text">nobody says</span> : key === 'rule_source' && row.rule_source === '' ? <>–</>
              : key === 'rule_source' && row.rule === 'last order' ? <ObjectLink type="order" id={String(row.rule_source)} /> : (key === 'procedure_code' || key === 'service_line') && row[key] === '' ? <span className="tl-unknown-text">not stated</span> : undefined)}
          actions={
            <>
              <Select size="xs" w={190} aria-label="Which lines" allowDeselect={false} value={chosen.view} data={VIEWS.map((value) => ({ value, label: VIEW_WORDS[value] }))} onChange={(value) => void choose({ view: VIEWS.find((view) => view === value) ?? null, linePage: null })} />
              {narrowed.length > 0 && <Button size="xs" variant="default" onClick={() => void choose({ case: null, procedure: null, service: null, item: null, page: null, linePage: null })}>All cases</Button>}
            </>
          }
        />
      </div>
    </>
  );
}
