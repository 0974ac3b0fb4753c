'use client';

import { Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { useTRPC } from '@/app/trpc/react';
import { Figure, FigureRow } from '../components/figure';
import { useFilters } from '../components/filters/use-filters';
import { formatDay, formatDecimal } from '../components/format/format';
import { moneys } from '../components/format/moneys';
import { Time } from '../components/format/values';
import { PageHeader } from '../components/page-header';
import { Accruals } from './accruals';
import { Deliveries } from './deliveries';
import { Open } from './open';

const TABS = ['open', 'deliveries', 'accruals'] as const;
const TAB_WORD: Record<(typeof TABS)[number], string> = { open: 'Not invoiced', deliveries: 'Too much, too little', accruals: 'Accruals by month' };

/** Goods that arrived and that no invoice has asked money for: what finance has to accrue. */
export function Receipts() {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  const [tab, choose] = useQueryState('tab', parseAsStringLiteral(TABS).withDefault('open').withOptions({ history: 'push' }));
  const query = useQuery(trpc.receipts.unmatched.queryOptions({ filters }));
  const data = query.data;
  const otherwise = query.error ? null : undefined;
  return (
    <>
      <PageHeader title="Unmatched receipts" subtitle={data ? <>Received and not invoiced as of <Time value={data.asOf} zone={data.zone} />, first in, first out per order line, at the order&apos;s price</> : 'Received and not invoiced yet'} />
      <FigureRow>
        <Figure label="Open receipt lines" value={data ? formatDecimal(data.lines) : otherwise} hint={data && data.untold > 0 ? `${formatDecimal(data.untold)} of them untold: quantities are missing` : undefined} href="/receipts#lines" />
        <Figure label="Value to accrue" value={data ? (data.values.length > 0 ? moneys(data.values) : data.lines === 0 ? '0' : null) : otherwise} n={data && data.valueUnknown > 0 ? `${formatDecimal(data.valueUnknown)} lines of unknown value` : undefined} why="No open line has a quantity and a price." href="/receipts?tab=accruals" />
        <Figure label="Older than 30 days" value={data ? formatDecimal(data.old) : otherwise} state={data ? (data.old > 0 ? 'watch' : 'ok') : undefined} href="/receipts?band=31%2B#lines" />
        <Figure label="Without an order" value={data ? formatDecimal(data.withoutOrder) : otherwise} state={data ? (data.withoutOrder > 0 ? 'breach' : 'ok') : undefined} href="/receipts?view=no_order#lines" />
        <Figure label="Oldest" value={data ? (data.oldest ? formatDay(data.oldest) : 'none') : otherwise} href="/receipts#lines" />
      </FigureRow>
      <Tabs value={tab} onChange={(next) => void choose(TABS.find((each) => each === next) ?? 'open')} keepMounted={false}>
        <Tabs.List mb="sm" aria-label="Receipts">
          {TABS.map((each) => (
            <Tabs.Tab key={each} value={each}>{TAB_WORD[each]}</Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="open"><Open query={query} /></Tabs.Panel>
        <Tabs.Panel value="deliveries"><Deliveries query={query} /></Tabs.Panel>
        <Tabs.Panel value="accruals"><Accruals /></Tabs.Panel>
      </Tabs>
    </>
  );
}
