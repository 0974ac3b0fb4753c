'use client';

import { Button, Select, SimpleGrid, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { parseAsInteger, parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useState } from 'react';
import { useTRPC } from '@/app/trpc/react';
import { FLOW_TYPES } from '@/ingest/contract/fields';
import { ChartCard } from '../components/charts/chart-card';
import { Bars } from '../components/charts/charts';
import { Figure, FigureRow } from '../components/figure';
import { useFilters } from '../components/filters/use-filters';
import { formatDecimal, formatMoney } from '../components/format/format';
import { moneys } from '../components/format/moneys';
import { objectHref, Time } from '../components/format/values';
import { ListTable } from '../components/list/list-table';
import { PageHeader } from '../components/page-header';
import { StateBadge } from '../components/state/state-badge';
import type { Meaning } from '../components/state/state';

const FLAGS = ['unacknowledged', 'backordered', 'rejected', 're-dated', 'price changed', 'quantity changed', 'substituted', 'on hold', 'partly received', 'late', 'after need-by'] as const;
const LABEL: Record<(typeof FLAGS)[number], string> = {
  unacknowledged: 'Not acknowledged', backordered: 'Backordered', rejected: 'Rejected', 're-dated': 'Re-dated', 'price changed': 'Price changed', 'quantity changed': 'Quantity changed', substituted: 'Substituted', 'on hold': 'On hold',
  'partly received': 'Partly received', late: 'Late', 'after need-by': 'Promised after need',
};
const MEANING: Partial<Record<string, Meaning>> = { unacknowledged: 'breach', backordered: 'watch', rejected: 'breach', 're-dated': 'watch', late: 'breach', 'after need-by': 'breach', 'on hold': 'watch' };
/** Shown as figures even where there is none; the rest only where there is one. */
const ALWAYS: readonly string[] = ['unacknowledged', 'backordered', 'rejected', 're-dated', 'partly received', 'late', 'after need-by'];

/** Order lines on which something has not come yet: what the suppliers said, what is late, and what money is on its way. */
export function Orders() {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  const [chosen, choose] = useQueryStates(
    { view: parseAsStringLiteral(FLAGS), supplier: parseAsString.withDefault(''), buyer: parseAsString.withDefault(''), item: parseAsString.withDefault(''), flow: parseAsString.withDefault(''), page: parseAsInteger },
    { history: 'push' },
  );
  const asked = { supplier: chosen.supplier, buyer: chosen.buyer, item: chosen.item, flow: chosen.flow };
  const query = useQuery(trpc.orders.open.queryOptions({ filters, ...asked }));
  const data = query.data;
  const otherwise = query.error ? null : undefined;
  const narrowed = Object.values(asked).some((value) => value !== '');
  const kept = new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== ''));
  const hrefOf = (view: string) => `/orders?${new URLSearchParams([...kept, ...(view ? [['view', view]] : [])])}#lines`;
  return (
    <>
      <PageHeader title="Open orders" subtitle={data ? <>Order lines on which something has not come as of <Time value={data.asOf} zone={data.zone} />, of any age: the time range does not narrow them, the facility does</> : 'Order lines on which something has not come yet, of any age'} />
      <FigureRow>
        <Figure label="Open lines" value={data ? formatDecimal(data.lines) : otherwise} hint={data?.oldest !== null && data?.oldest !== undefined ? `oldest ${formatDecimal(data.oldest)} days` : undefined} href={hrefOf('')} />
        <Figure label="Value open" value={data ? (data.values.length > 0 ? moneys(data.values) : data.lines === 0 ? '0' : null) : otherwise} n={data && data.unpriced > 0 ? `${formatDecimal(data.unpriced)} lines of unknown value` : undefined} why="No open line has a quantity and a price." href={hrefOf('')} />
        {FLAGS.filter((flag) => ALWAYS.includes(flag) || (data?.flags.find((row) => row.flag === flag)?.lines ?? 0) > 0).map((flag) => {
          const row = data?.flags.find((one) => one.flag === flag);
          return (
            <Figure
              key={flag} label={LABEL[flag]} value={row ? formatDecimal(row.lines) : otherwise} href={hrefOf(flag)} n={row && row.values.length > 0 ? row.values.map(({ currency, value }) => formatMoney(value, currency, true)).join(', ') : undefined}
              state={row && row.lines > 0 ? MEANING[flag] : undefined} stateLabel={chosen.view === flag ? 'Chosen' : MEANING[flag] === 'breach' ? 'Act' : 'Watch'}
              hint={flag === 'unacknowledged' && data ? `no 855 within ${data.acknowledgementDays} d` : flag === 'late' && data ? `${data.slackDays} d past the promise` : undefined}
            />
          );
        })}
      </FigureRow>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        <ChartCard title="By age" subtitle="open lines, by days since they were ordered" query={query} isEmpty={(found) => found.lines === 0} emptyTitle="Nothing is open">
          {(found) => <Bars rows={found.bands} labelKey="band" series={[{ key: 'lines', label: 'Order lines' }]} unit="order lines" description="Open order lines per age band" />}
        </ChartCard>
        <ChartCard title="By supplier" subtitle="the ten with the most open lines" query={query} isEmpty={(found) => found.lines === 0} emptyTitle="Nothing is open">
          {(found) => <Bars rows={found.suppliers} labelKey="name" series={[{ key: 'lines', label: 'Order lines', color: 'chart-2' }]} unit="order lines" description="Open order lines per supplier" />}
        </ChartCard>
      </SimpleGrid>
      <div id="lines">
        <ListTable
          list="orders.lines" title="Order lines" input={{ ...asked, view: chosen.view ?? '' }} subtitle={[chosen.view ? LABEL[chosen.view] : 'the oldest first', 'open one for its chain'].join(' · ')} emptyTitle={chosen.view || narrowed ? 'No open line of this choice' : 'Nothing is open'}
          rowHref={(row) => objectHref('order-line', String(row.order_key))}
          renderCell={(key, row) => (key === 'what' ? (row.what === '' ? <>–</> : String(row.what).split(', ').map((flag) => <StateBadge key={flag} size="sm" state={flag} meaning={MEANING[flag] ?? 'info'} label={LABEL[flag as keyof typeof LABEL] ?? flag} />))
            : key === 'code' && row.code === '' ? <span className="tl-unknown-text">no answer</span> : key === 'acknowledgement' && row.acknowledgement === 'present' ? <StateBadge size="sm" state="acknowledged" meaning="ok" />
              : key === 'acknowledgement' && row.acknowledgement === 'none' ? <StateBadge size="sm" state="none" meaning="info" label="None expected" /> : key === 'need_by' && row.need_by === null ? <span className="tl-unknown-text">not stated</span>
                : key === 'buyer' && row.buyer === '' ? <span className="tl-unknown-text">not stated</span> : undefined)}
          actions={
            <>
              <Select
                size="xs" w={170} aria-label="Which lines" placeholder="Every open line" clearable value={chosen.view} data={FLAGS.map((flag) => ({ value: flag, label: LABEL[flag] }))}
                onChange={(value) => void choose({ view: FLAGS.find((flag) => flag === value) ?? null, page: null })}
              />
              <Select
                size="xs" w={190} aria-label="Supplier" placeholder="Every supplier" clearable searchable value={chosen.supplier || null} data={options(data?.suppliers.map(({ supplier, name }) => ({ value: supplier, label: name })) ?? [], chosen.supplier)}
                onChange={(value) => void choose({ supplier: value ?? '', page: null })}
              />
              <Select size="xs" w={170} aria-label="Flow type" placeholder="Every flow type" clearable value={chosen.flow || null} data={[...FLOW_TYPES]} onChange={(value) => void choose({ flow: value ?? '', page: null })} />
              <Typed key={`b${chosen.buyer}`} label="Buyer" value={chosen.buyer} onDone={(buyer) => void choose({ buyer, page: null })} />
              <Typed key={`i${chosen.item}`} label="Item" value={chosen.item} onDone={(item) => void choose({ item, page: null })} />
              {(narrowed || chosen.view) && <Button size="xs" variant="default" onClick={() => void choose({ view: null, supplier: null, buyer: null, item: null, flow: null, page: null })}>All</Button>}
            </>
          }
        />
      </div>
    </>
  );
}

/** What was chosen stays a choice where the answer does not name it any more. */
function options(list: readonly { value: string; label: string }[], chosen: string) {
  const named = list.filter(({ value }) => value !== '');
  return chosen === '' || named.some(({ value }) => value === chosen) ? named : [...named, { value: chosen, label: chosen }];
}

/** A filter that is typed, and asked for on Enter or when the field is left. */
function Typed({ label, value, onDone }: { label: string; value: string; onDone: (value: string) => void }) {
  const [typed, setTyped] = useState(value);
  const done = () => {
    if (typed.trim() !== value) onDone(typed.trim());
  };
  return (
    <TextInput
      size="xs" w={120} aria-label={label} placeholder={`Any ${label.toLowerCase()}`} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} onBlur={done} maxLength={200} autoComplete="off" spellCheck={false}
      onKeyDown={(event) => event.key === 'Enter' && done()}
    />
  );
}
