'use client';

import { Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { useTRPC } from '@/app/trpc/react';
import { Figure, FigureRow } from '../components/figure';
import { useFilters } from '../components/filters/use-filters';
import { formatDecimal, formatPercent } from '../components/format/format';
import { moneys } from '../components/format/moneys';
import { Time } from '../components/format/values';
import { PageHeader } from '../components/page-header';
import { Blocked } from './blocked';
import { Contracts } from './contracts';
import { Lines } from './lines';
import { Suppliers } from './suppliers';

const TABS = ['lines', 'blocked', 'suppliers', 'contracts'] as const;
const TAB_WORD: Record<(typeof TABS)[number], string> = { lines: 'Lines', blocked: 'Blocked', suppliers: 'Suppliers', contracts: 'Contracts' };

/** Invoices that do not agree with their order and receipt, by what is wrong, and the money that is about. */
export function Invoices() {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  const [tab, choose] = useQueryState('tab', parseAsStringLiteral(TABS).withDefault('lines').withOptions({ history: 'push' }));
  const query = useQuery(trpc.invoices.mismatches.queryOptions({ filters }));
  const data = query.data;
  const figures = data?.figures;
  const otherwise = query.error ? null : undefined;
  return (
    <>
      <PageHeader title="Invoice mismatches" subtitle={data ? <>Invoices received in this range against order and receipt, by rules {data.version}{data.matchedAt && <>, matched <Time value={data.matchedAt} zone={data.zone} seconds /></>}</> : 'Invoices against order and receipt'} />
      <FigureRow>
        <Figure label="Mismatched lines" value={figures ? formatDecimal(figures.mismatched_lines) : otherwise} n={figures && `of ${formatDecimal(figures.lines)} invoice lines`} href="/invoices?view=mismatch#lines" state={figures ? (figures.mismatched_lines > 0 ? 'breach' : 'ok') : undefined} />
        <Figure label="Money at stake" value={data ? (data.values.length > 0 ? moneys(data.values) : figures && figures.mismatched_lines > 0 ? null : '0') : otherwise} n={data && data.valueUnknown > 0 ? `${formatDecimal(data.valueUnknown)} lines of unknown value` : undefined} why="No mismatched line says its money." href="/invoices?view=mismatch#lines" />
        <Figure label="Perfect invoices" value={figures ? (figures.decided_on_orders === 0 ? null : formatPercent(figures.perfect / figures.decided_on_orders)) : otherwise} n={figures && `${formatDecimal(figures.perfect)} of ${formatDecimal(figures.decided_on_orders)} on orders`} hint="every line matches" why="No invoice on an order could be judged." href="/invoices?tab=suppliers" />
        <Figure label="Invoices with exceptions" value={figures ? formatDecimal(figures.exceptions) : otherwise} n={figures && `of ${formatDecimal(figures.invoices)} invoices`} href="/invoices?view=mismatch#lines" />
        <Figure label="Without an order" value={figures ? formatDecimal(figures.without_order) : otherwise} href="/invoices?view=NO_PO#lines" />
        <Figure label="Awaiting receipt" value={figures ? formatDecimal(figures.awaiting_lines) : otherwise} hint="no mismatch yet" href="/invoices?view=awaiting#lines" />
      </FigureRow>
      <Tabs value={tab} onChange={(next) => void choose(TABS.find((each) => each === next) ?? 'lines')} keepMounted={false}>
        <Tabs.List mb="sm" aria-label="Invoices">
          {TABS.map((each) => (
            <Tabs.Tab key={each} value={each}>{TAB_WORD[each]}</Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="lines"><Lines query={query} /></Tabs.Panel>
        <Tabs.Panel value="blocked"><Blocked /></Tabs.Panel>
        <Tabs.Panel value="suppliers"><Suppliers /></Tabs.Panel>
        <Tabs.Panel value="contracts"><Contracts /></Tabs.Panel>
      </Tabs>
    </>
  );
}
