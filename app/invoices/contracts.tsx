'use client';

import { Button, SegmentedControl, SimpleGrid } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { parseAsInteger, parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useTRPC } from '@/app/trpc/react';
import { ChartCard } from '../components/charts/chart-card';
import { Bars } from '../components/charts/charts';
import { Figure, FigureRow } from '../components/figure';
import { useFilters } from '../components/filters/use-filters';
import { formatDecimal, formatMoney, formatPercent } from '../components/format/format';
import { moneys } from '../components/format/moneys';
import { objectHref, Unknown } from '../components/format/values';
import { ListTable } from '../components/list/list-table';

const amounts = (values: readonly { currency: string; value: string }[]) => values.map(({ currency, value }) => formatMoney(value, currency, true)).join(', ');

const hrefOf = (key: string, who: unknown) => (typeof who === 'string' && who !== '' ? `/invoices?${new URLSearchParams({ tab: 'contracts', [key]: who })}#off-contract` : null);

/** What was bought off contract though one was in force, and what was invoiced past a contract's price. */
export function Contracts() {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  const [chosen, choose] = useQueryStates(
    { supplier: parseAsString.withDefault(''), item: parseAsString.withDefault(''), prices: parseAsStringLiteral(['off', 'all'] as const).withDefault('off'), page: parseAsInteger, pricePage: parseAsInteger },
    { history: 'push', urlKeys: { page: 'c.page', pricePage: 'p.page' } },
  );
  const query = useQuery(trpc.invoices.contracts.queryOptions({ filters }));
  const data = query.data;
  const otherwise = query.error ? null : undefined;
  const asked = { supplier: chosen.supplier, item: chosen.item };
  const narrowed = chosen.supplier || chosen.item;
  const about = [chosen.supplier && `supplier ${chosen.supplier}`, chosen.item && `item ${chosen.item}`].filter(Boolean).join(' · ');
  const all = narrowed && <Button size="xs" variant="default" onClick={() => void choose({ supplier: null, item: null, page: null, pricePage: null })}>All</Button>;
  return (
    <>
      <FigureRow>
        <Figure label="Bought off contract" value={data ? (data.offSpend.length > 0 ? moneys(data.offSpend) : '0') : otherwise} n={data && `${formatDecimal(data.offLines)} of ${formatDecimal(data.lines)} order lines of items under contract`} href="/invoices?tab=contracts#off-contract" state={data ? (data.offLines > 0 ? 'watch' : 'ok') : undefined} stateLabel={data && data.offLines > 0 ? 'Leakage' : 'None'} />
        <Figure label="Share of spend" value={data ? (data.shares.length > 0 ? data.shares.map(({ currency, share }) => <div key={currency}>{formatPercent(share)}{data.shares.length > 1 ? ` ${currency}` : ''}</div>) : null) : otherwise} hint="off contract, of the spend on items under contract" why="Nothing was ordered that a contract is in force for." href="/sla?figure=on-contract-spend" />
        <Figure label="Paid over the contract" value={data ? (data.over.length > 0 ? moneys(data.over) : data.overUnknown > 0 && data.under.length === 0 ? null : '0') : otherwise} n={data && data.overUnknown > 0 ? `${formatDecimal(data.overUnknown)} lines cannot be compared` : undefined} hint={data && data.under.length > 0 ? `cheaper elsewhere by ${amounts(data.under)}` : 'by buying off contract'} why="No contract price can be compared with what was paid." href="/invoices?tab=contracts#off-contract" />
        <Figure label="Invoiced off the contract price" value={data ? formatDecimal(data.priced.off) : otherwise} n={data && `of ${formatDecimal(data.priced.lines)} contract lines`} hint={data && `past ${data.tolerance} %`} href="/invoices?tab=contracts#contract-prices" state={data ? (data.priced.off > 0 ? 'watch' : 'ok') : undefined} />
        <Figure label="Invoiced over the contract" value={data ? (data.priced.over.length > 0 ? moneys(data.priced.over) : '0') : otherwise} hint={data && data.priced.under.length > 0 ? `under it by ${amounts(data.priced.under)}` : 'of those lines'} href="/invoices?tab=contracts#contract-prices" />
      </FigureRow>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        <ChartCard title="Off contract, by supplier" subtitle="order lines, the ten suppliers with the most spend" query={query} isEmpty={(found) => found.suppliers.length === 0} emptyTitle="Nothing was bought off contract" height={160}>
          {(found) => <Bars rows={found.suppliers} labelKey="name" series={[{ key: 'lines', label: 'Order lines' }]} unit="order lines" description="Order lines bought off contract, per supplier" hrefOf={(row) => hrefOf('supplier', row.who)} />}
        </ChartCard>
        <ChartCard title="Off contract, by item" subtitle="order lines, the ten items with the most spend" query={query} isEmpty={(found) => found.items.length === 0} emptyTitle="Nothing was bought off contract" height={160}>
          {(found) => <Bars rows={found.items} labelKey="name" series={[{ key: 'lines', label: 'Order lines', color: 'chart-2' }]} unit="order lines" description="Order lines bought off contract, per item" hrefOf={(row) => hrefOf('item', row.who)} />}
        </ChartCard>
      </SimpleGrid>
      <div id="off-contract">
        <ListTable
          list="invoices.offContract" prefix="c" title="Bought off contract" subtitle={about || 'ordered in the range on no contract, where one for the item was in force at the facility'} input={asked} emptyTitle="Nothing was bought off contract"
          rowHref={(row) => objectHref('order-line', String(row.object_id))}
          renderCell={(key, row) => ((key === 'contract_price' || key === 'over') && row[key] === null ? <Unknown why={String(row.untold) || 'The order states no quantity.'} /> : (key === 'best_contract' || key === 'holder') && row[key] === '' ? <Unknown why={String(row.untold)} /> : undefined)}
          actions={all}
        />
      </div>
      <div id="contract-prices">
        <ListTable
          list="invoices.contractPrices" prefix="p" title="Invoiced against the contract's price" subtitle={about || `invoice lines on orders that name a contract${data ? `; past ${data.tolerance} % either way` : ''}`} input={{ ...asked, view: chosen.prices }} emptyTitle={chosen.prices === 'off' ? 'Every contract line is invoiced at its contract\'s price' : 'No contract line was invoiced'}
          rowHref={(row) => objectHref('invoice-line', String(row.object_id))}
          actions={
            <>
              {all}
              <SegmentedControl size="xs" data={[{ value: 'off', label: 'Past the tolerance' }, { value: 'all', label: 'All' }]} value={chosen.prices} onChange={(prices) => void choose({ prices: prices === 'all' ? 'all' : null, pricePage: null })} aria-label="Which contract lines" />
            </>
          }
        />
      </div>
    </>
  );
}
