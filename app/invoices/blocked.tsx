'use client';

import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { parseAsInteger, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useTRPC } from '@/app/trpc/react';
import type { ListRow } from '@/server/lists/columns';
import { Figure, FigureRow } from '../components/figure';
import { useFilters } from '../components/filters/use-filters';
import { formatDecimal, formatMoney } from '../components/format/format';
import { objectHref } from '../components/format/values';
import { ListTable } from '../components/list/list-table';
import { stateWord } from '../components/state/state';
import { StateBadge } from '../components/state/state-badge';

const VIEWS = ['all', 'discount', 'overdue'] as const;
const VIEW_WORD: Record<(typeof VIEWS)[number], string> = { all: 'All', discount: 'Discount to be had', overdue: 'Overdue' };

const money = (values: readonly { currency: string; value: string }[]) => values.map(({ currency, value }) => formatMoney(value, currency, true)).join(', ');
const days = (n: number) => `${formatDecimal(n)} ${n === 1 ? 'day' : 'days'}`;

/** `in 3 days`, `today`, `7 days ago`. */
function away(n: number): string {
  return n === 0 ? 'today' : n > 0 ? `in ${days(n)}` : `${days(-n)} ago`;
}

function cell(key: string, row: ListRow) {
  if (key === 'discount_days') {
    if (row.discount_days === null) return <span className="tl-unknown-text">none stated</span>;
    const n = Number(row.discount_days);
    return n < 0 ? <StateBadge size="sm" state="info" label={`Lost ${away(n)}`} /> : <StateBadge size="sm" state={n <= 7 ? 'breach' : 'watch'} label={away(n)} />;
  }
  if (key === 'due_days') {
    if (row.due_days === null) return <span className="tl-unknown-text">none stated</span>;
    const n = Number(row.due_days);
    return <StateBadge size="sm" state={n < 0 ? 'breach' : n <= 7 ? 'watch' : 'info'} label={away(n)} />;
  }
  if (key === 'verdicts') {
    const verdicts = Array.isArray(row.verdicts) ? row.verdicts : [];
    return verdicts.length === 0 ? <StateBadge size="sm" state="ok" label="Nothing wrong" /> : <>{verdicts.map((verdict) => stateWord(String(verdict))).join(', ')}</>;
  }
  if ((key === 'discount_date' || key === 'due_date') && row[key] === null) return <span className="tl-unknown-text">none stated</span>;
  return undefined;
}

/** Invoices that are blocked now, whatever their age: which discount is about to be lost, and what is overdue. */
export function Blocked() {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  const [{ blocked }, choose] = useQueryStates({ blocked: parseAsStringLiteral(VIEWS).withDefault('all'), page: parseAsInteger }, { history: 'push', urlKeys: { page: 'b.page' } });
  const query = useQuery(trpc.invoices.blocked.queryOptions({ filters }));
  const data = query.data;
  const otherwise = query.error ? null : undefined;
  const hrefOf = (view: string) => `/invoices?tab=blocked&blocked=${view}#blocked`;
  return (
    <>
      <FigureRow>
        <Figure label="Blocked invoices" value={data ? formatDecimal(data.all.invoices) : otherwise} n={data && money(data.all.values)} hint={data && data.all.unknown > 0 ? `${formatDecimal(data.all.unknown)} of unknown amount` : undefined} href={hrefOf('all')} />
        <Figure label={`Discount ends within ${data?.soonDays ?? 7} days`} value={data ? formatDecimal(data.ending.invoices) : otherwise} n={data && money(data.ending.values)} state={data ? (data.ending.invoices > 0 ? 'breach' : 'ok') : undefined} stateLabel={data && data.ending.invoices > 0 ? 'Act' : 'None'} href={hrefOf('discount')} />
        <Figure label="Discount still to be had" value={data ? formatDecimal(data.running.invoices) : otherwise} n={data && money(data.running.values)} href={hrefOf('discount')} />
        <Figure label="Overdue" value={data ? formatDecimal(data.overdue.invoices) : otherwise} n={data && money(data.overdue.values)} state={data ? (data.overdue.invoices > 0 ? 'breach' : 'ok') : undefined} stateLabel={data && data.overdue.invoices > 0 ? 'Act' : 'None'} href={hrefOf('overdue')} />
        <Figure label="Discount lost" value={data ? formatDecimal(data.lost.invoices) : otherwise} n={data && money(data.lost.values)} href={hrefOf('all')} />
      </FigureRow>
      <div id="blocked">
        <ListTable
          list="invoices.blocked" prefix="b" title="Blocked invoices" input={{ view: blocked }} subtitle="as of now, of any age: the time range does not narrow them; the discount that ends first on top" emptyTitle={blocked === 'all' ? 'No invoice is blocked' : 'No such blocked invoice'}
          rowHref={(row) => objectHref('invoice', String(row.document_id))} renderCell={cell}
          actions={
            <div className="tl-scroll-x">
              <SegmentedControl size="xs" data={VIEWS.map((value) => ({ value, label: VIEW_WORD[value] }))} value={blocked} onChange={(view) => void choose({ blocked: VIEWS.find((each) => each === view) ?? null, page: null })} aria-label="Which blocked invoices" />
            </div>
          }
        />
      </div>
    </>
  );
}
