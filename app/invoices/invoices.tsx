'use client';

import { Button, SegmentedControl, SimpleGrid } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { parseAsString, useQueryStates } from 'nuqs';
import { useTRPC } from '@/app/trpc/react';
import { ChartCard } from '../components/charts/chart-card';
import { Bars, StackedBars } from '../components/charts/charts';
import { Figure, FigureRow } from '../components/figure';
import { useFilters } from '../components/filters/use-filters';
import { formatDecimal, formatPercent } from '../components/format/format';
import { moneys } from '../components/format/moneys';
import { objectHref, Time } from '../components/format/values';
import { ListTable } from '../components/list/list-table';
import { PageHeader } from '../components/page-header';
import { stateWord } from '../components/state/state';

const VIEWS = [
  { value: 'mismatch', label: 'Mismatches' }, { value: 'awaiting', label: 'Awaiting receipt' }, { value: 'unknown', label: 'Not evaluable' }, { value: 'fine', label: 'Matched' }, { value: 'all', label: 'All' },
];

/** Invoices that do not agree with their order and receipt, by what is wrong, and the money that is about. */
export function Invoices() {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  const [chosen, choose] = useQueryStates({ view: parseAsString.withDefault('mismatch'), supplier: parseAsString.withDefault(''), item: parseAsString.withDefault(''), invoice: parseAsString.withDefault('') }, { history: 'push' });
  const query = useQuery(trpc.invoices.mismatches.queryOptions({ filters }));
  const data = query.data;
  const figures = data?.figures;
  const narrowed = chosen.supplier || chosen.item || chosen.invoice;
  const knownView = VIEWS.some(({ value }) => value === chosen.view);
  return (
    <>
      <PageHeader title="Invoice mismatches" subtitle={data ? <>Invoices received in this range against order and receipt, by rules {data.version}{data.matchedAt && <>, matched <Time value={data.matchedAt} zone={data.zone} seconds /></>}</> : 'Invoices against order and receipt'} />
      <FigureRow>
        <Figure label="Mismatched lines" value={figures && formatDecimal(figures.mismatched_lines)} n={figures && `of ${formatDecimal(figures.lines)} invoice lines`} href="/invoices?view=mismatch" state={figures ? (figures.mismatched_lines > 0 ? 'breach' : 'ok') : undefined} />
        <Figure label="Money at stake" value={data && (data.values.length > 0 ? moneys(data.values) : figures && figures.mismatched_lines > 0 ? null : '0')} n={data && data.valueUnknown > 0 ? `${formatDecimal(data.valueUnknown)} lines of unknown value` : undefined} why="No mismatched line says its money." />
        <Figure label="Perfect invoices" value={figures && (figures.decided_on_orders === 0 ? null : formatPercent(figures.perfect / figures.decided_on_orders))} n={figures && `${formatDecimal(figures.perfect)} of ${formatDecimal(figures.decided_on_orders)} on orders`} hint="every line matches" why="No invoice on an order could be judged." />
        <Figure label="Invoices with exceptions" value={figures && formatDecimal(figures.exceptions)} n={figures && `of ${formatDecimal(figures.invoices)} invoices`} />
        <Figure label="Without an order" value={figures && formatDecimal(figures.without_order)} href="/invoices?view=NO_PO" />
        <Figure label="Awaiting receipt" value={figures && formatDecimal(figures.awaiting_lines)} hint="no mismatch yet" href="/invoices?view=awaiting" />
      </FigureRow>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        <ChartCard title="Mismatches over time" subtitle="invoice lines, by when the invoice arrived" query={query} isEmpty={(found) => found.series.length === 0} emptyTitle="No mismatch in this range">
          {(found) => (
            <StackedBars rows={found.series} timeKey="at" series={found.shown.map((key) => ({ key, label: key === 'OTHERS' ? 'Others' : stateWord(key) }))} step={found.step} from={found.from} to={found.to} zone={found.zone} unit="invoice lines" description="Mismatched invoice lines over time, by verdict" />
          )}
        </ChartCard>
        <ChartCard title="By verdict" subtitle="each line counts under its first finding" query={query} isEmpty={(found) => found.verdicts.length === 0} emptyTitle="No invoice in this range">
          {(found) => <Bars rows={found.verdicts.map((row) => ({ ...row, label: stateWord(row.verdict) }))} labelKey="label" series={[{ key: 'lines', label: 'Invoice lines' }]} unit="invoice lines" description="Invoice lines per verdict" />}
        </ChartCard>
      </SimpleGrid>
      <ChartCard title="Suppliers with the most mismatches" query={query} isEmpty={(found) => found.suppliers.length === 0} emptyTitle="No supplier has a mismatch in this range" height={160}>
        {(found) => <Bars rows={found.suppliers} labelKey="name" series={[{ key: 'mismatched', label: 'Mismatched lines', color: 'chart-2' }]} unit="mismatched invoice lines" description="Mismatched invoice lines per supplier" />}
      </ChartCard>
      <ListTable
        list="invoices.lines" title="Invoice lines" input={chosen}
        subtitle={knownView ? 'open a line for its chain; choose the column All findings for the whole arithmetic' : `only: ${stateWord(chosen.view)}`} emptyTitle={chosen.view === 'mismatch' ? 'No mismatch in this range' : 'No such invoice line in this range'}
        rowHref={(row) => objectHref('invoice-line', String(row.object_id))}
        actions={
          <>
            {(narrowed || !knownView) && <Button size="xs" variant="default" onClick={() => void choose({ view: null, supplier: null, item: null, invoice: null })}>All mismatches</Button>}
            <div className="tl-scroll-x">
              <SegmentedControl size="xs" data={VIEWS} value={knownView ? chosen.view : ''} onChange={(view) => void choose({ view })} aria-label="Which invoice lines" />
            </div>
          </>
        }
      />
    </>
  );
}
