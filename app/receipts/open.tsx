'use client';

import { Button, SegmentedControl, Select, SimpleGrid } from '@mantine/core';
import { parseAsBoolean, parseAsInteger, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { ChartCard } from '../components/charts/chart-card';
import { Bars } from '../components/charts/charts';
import { objectHref } from '../components/format/values';
import { ListTable } from '../components/list/list-table';
import { useWhose, Whose, type UnmatchedQuery } from './choices';
import { SupplierMessage } from './message';

const BANDS = ['0-7', '8-30', '31-60', '61-90', '91+', '31+'] as const;
const BAND_WORD: Record<(typeof BANDS)[number], string> = { '0-7': '0–7 days', '8-30': '8–30 days', '31-60': '31–60 days', '61-90': '61–90 days', '91+': 'Over 90 days', '31+': 'Over 30 days' };
const VIEWS = ['open', 'no_order'] as const;
const BY = ['suppliers', 'facilities', 'buyers'] as const;
const BY_WORD: Record<(typeof BY)[number], string> = { suppliers: 'Supplier', facilities: 'Facility', buyers: 'Buyer' };
const BY_KEY: Record<(typeof BY)[number], string> = { suppliers: 'supplier', facilities: 'facility', buyers: 'buyer' };
const SHOWN = 10;

const hrefOf = (key: string, who: unknown) => (typeof who === 'string' && who !== '' ? `/receipts?${new URLSearchParams({ [key]: who })}#lines` : null);

/** Receipt lines that wait for their invoice, or that name no order. */
export function Open({ query }: { query: UnmatchedQuery }) {
  const [chosen, choose] = useQueryStates(
    { view: parseAsStringLiteral(VIEWS), band: parseAsStringLiteral(BANDS), by: parseAsStringLiteral(BY).withDefault('suppliers'), page: parseAsInteger, message: parseAsBoolean.withDefault(false) },
    { history: 'push' },
  );
  const [whose, chooseWhose] = useWhose();
  const narrowed = chosen.view === 'no_order' || chosen.band || whose.supplier || whose.buyer;
  const name = query.data?.suppliers.find(({ who }) => who === whose.supplier)?.name ?? whose.supplier;
  return (
    <>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        <ChartCard title="By age" subtitle="open receipt lines, by days since the receipt's own date" query={query} isEmpty={(found) => found.lines === 0} emptyTitle="Every receipt is invoiced">
          {(found) => <Bars rows={found.bands} labelKey="band" series={[{ key: 'lines', label: 'Receipt lines' }]} unit="receipt lines" description="Open receipt lines per age band" hrefOf={(row) => (typeof row.age === 'string' ? hrefOf('band', row.age) : null)} />}
        </ChartCard>
        <ChartCard
          title={`By ${BY_WORD[chosen.by].toLowerCase()}`} subtitle="the ten with the most open lines" query={query} isEmpty={(found) => found.lines === 0} emptyTitle="Every receipt is invoiced"
          actions={<SegmentedControl size="xs" data={BY.map((value) => ({ value, label: BY_WORD[value] }))} value={chosen.by} onChange={(by) => void choose({ by: BY.find((each) => each === by) ?? null })} aria-label="Open lines by" />}
        >
          {(found) => <Bars rows={found[chosen.by].slice(0, SHOWN)} labelKey="name" series={[{ key: 'lines', label: 'Receipt lines', color: 'chart-2' }]} unit="receipt lines" description={`Open receipt lines per ${BY_WORD[chosen.by].toLowerCase()}`} hrefOf={(row) => hrefOf(BY_KEY[chosen.by], row.who)} />}
        </ChartCard>
      </SimpleGrid>
      <div id="lines">
        <ListTable
          list="receipts.unmatched" title="Receipt lines" input={{ view: chosen.view ?? 'open', band: chosen.band ?? undefined, supplier: whose.supplier, buyer: whose.buyer }}
          subtitle={narrowed ? [chosen.view === 'no_order' ? 'without an order' : '', chosen.band && BAND_WORD[chosen.band], name, whose.buyer].filter(Boolean).join(' · ') : 'oldest first; open a line for its chain'} emptyTitle="Every receipt here is invoiced"
          rowHref={(row) => objectHref('receipt-line', String(row.object_id))}
          actions={
            <>
              <Whose query={query} />
              <Select
                size="xs" w={130} aria-label="Age" placeholder="Any age" clearable value={chosen.band} data={BANDS.map((value) => ({ value, label: BAND_WORD[value] }))}
                onChange={(value) => void choose({ band: BANDS.find((band) => band === value) ?? null, page: null })}
              />
              {narrowed && <Button size="xs" variant="default" onClick={() => void Promise.all([choose({ view: null, band: null, page: null }), chooseWhose({ supplier: null, buyer: null })])}>All open receipt lines</Button>}
              {whose.supplier && chosen.view !== 'no_order' && <Button size="xs" onClick={() => void choose({ message: true })}>Write to supplier</Button>}
            </>
          }
        />
      </div>
      <SupplierMessage supplier={chosen.message ? whose.supplier : ''} onClose={() => void choose({ message: null })} />
    </>
  );
}
