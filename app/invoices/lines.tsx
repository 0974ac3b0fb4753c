'use client';

import { Anchor, Button, SegmentedControl, SimpleGrid } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { inferRouterOutputs } from '@trpc/server';
import { parseAsInteger, parseAsString, useQueryStates } from 'nuqs';
import { useTRPC } from '@/app/trpc/react';
import type { AppRouter } from '@/server/routers/root';
import { ChartCard } from '../components/charts/chart-card';
import { Bars, StackedBars } from '../components/charts/charts';
import { useFilters } from '../components/filters/use-filters';
import { formatDecimal } from '../components/format/format';
import { objectHref } from '../components/format/values';
import { ListTable } from '../components/list/list-table';
import type { QueryLike } from '../components/state/data-state';
import { stateWord } from '../components/state/state';
import { StateBadge } from '../components/state/state-badge';
import { LineDrawer } from './line';

const VIEWS = [
  { value: 'mismatch', label: 'Mismatches' }, { value: 'awaiting', label: 'Awaiting receipt' }, { value: 'unknown', label: 'Not evaluable' }, { value: 'fine', label: 'Matched' }, { value: 'all', label: 'All' },
];
const OTHERS = ['erp', 'rules'];

/** The lines of a choice; null where it names nothing that can be asked for. */
function hrefOf(choice: Record<string, unknown>): string | null {
  const entries = Object.entries(choice).map(([key, value]): [string, string] => [key, typeof value === 'string' ? value : '']);
  return entries.some(([, value]) => value === '') ? null : `/invoices?${new URLSearchParams(entries)}#lines`;
}

/** `autumn: WITHIN_TOLERANCE; match-1: PRICE` with the verdicts as words. */
const inWords = (others: string): string => others.split('; ').map((each) => each.replace(/: ([A-Z_]+)$/, (_, verdict: string) => `: ${stateWord(verdict).toLowerCase()}`)).join('; ');

/** Invoice lines with their verdicts, and where the ERP or other rules find something else. */
export function Lines({ query }: { query: QueryLike<inferRouterOutputs<AppRouter>['invoices']['mismatches']> }) {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  const [{ line, page: _page, ...chosen }, choose] = useQueryStates(
    { view: parseAsString.withDefault('mismatch'), supplier: parseAsString.withDefault(''), item: parseAsString.withDefault(''), invoice: parseAsString.withDefault(''), line: parseAsString, page: parseAsInteger },
    { history: 'push' },
  );
  const { data: others } = useQuery(trpc.invoices.differences.queryOptions({ filters }));
  const views = [...VIEWS, { value: 'erp', label: `ERP differs${others ? ` (${formatDecimal(others.erp)})` : ''}` }, { value: 'rules', label: `Other rules differ${others ? ` (${formatDecimal(others.rules)})` : ''}` }];
  const narrowed = chosen.supplier || chosen.item || chosen.invoice;
  const knownView = views.some(({ value }) => value === chosen.view);
  const about = chosen.view === 'erp' ? `the ERP's own verdict is another than ours${others ? `; it judged ${formatDecimal(others.erpSaid)} lines of this range` : ''}`
    : chosen.view === 'rules' ? (others && others.versions.length < 2 ? 'the rules have one version: nothing is judged a second time' : 'another version of the rules judges the line otherwise')
    : knownView ? 'open a line for its chain, its verdict for the whole arithmetic' : `only: ${stateWord(chosen.view)}`;
  const subtitle = [about, chosen.supplier && `supplier ${chosen.supplier}`, chosen.item && `item ${chosen.item}`, chosen.invoice && `invoice ${chosen.invoice}`].filter(Boolean).join(' · ');
  return (
    <>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        <ChartCard title="Mismatches over time" subtitle="invoice lines, by when the invoice arrived" query={query} isEmpty={(found) => found.series.length === 0} emptyTitle="No mismatch in this range">
          {(found) => (
            <StackedBars rows={found.series} timeKey="at" series={found.shown.map((key) => ({ key, label: key === 'OTHERS' ? 'Others' : stateWord(key) }))} step={found.step} from={found.from} to={found.to} zone={found.zone} unit="invoice lines" description="Mismatched invoice lines over time, by verdict" />
          )}
        </ChartCard>
        <ChartCard title="By verdict" subtitle="each line counts under its first finding" query={query} isEmpty={(found) => found.verdicts.length === 0} emptyTitle="No invoice in this range">
          {(found) => <Bars rows={found.verdicts.map((row) => ({ ...row, label: stateWord(row.verdict) }))} labelKey="label" series={[{ key: 'lines', label: 'Invoice lines' }]} unit="invoice lines" description="Invoice lines per verdict" hrefOf={(row) => hrefOf({ view: row.verdict })} />}
        </ChartCard>
        <ChartCard title="Suppliers with the most mismatches" query={query} isEmpty={(found) => found.suppliers.length === 0} emptyTitle="No supplier has a mismatch in this range" height={160}>
          {(found) => <Bars rows={found.suppliers} labelKey="name" series={[{ key: 'mismatched', label: 'Mismatched lines', color: 'chart-2' }]} unit="mismatched invoice lines" description="Mismatched invoice lines per supplier" hrefOf={(row) => hrefOf({ supplier: row.supplier })} />}
        </ChartCard>
        <ChartCard title="Items with the most mismatches" query={query} isEmpty={(found) => found.items.length === 0} emptyTitle="No item has a mismatch in this range" height={160}>
          {(found) => <Bars rows={found.items} labelKey="item" series={[{ key: 'mismatched', label: 'Mismatched lines', color: 'chart-3' }]} unit="mismatched invoice lines" description="Mismatched invoice lines per item" hrefOf={(row) => hrefOf({ item: row.item })} />}
        </ChartCard>
      </SimpleGrid>
      <div id="lines">
        <ListTable
          list="invoices.lines" title="Invoice lines" input={chosen} subtitle={subtitle} reveal={chosen.view === 'erp' ? ['erp_verdict'] : chosen.view === 'rules' ? ['other_rules'] : []}
          emptyTitle={chosen.view === 'mismatch' ? 'No mismatch in this range' : chosen.view === 'erp' ? 'The ERP and we agree on every line' : chosen.view === 'rules' ? 'No other version of the rules judges a line otherwise' : 'No such invoice line in this range'}
          rowHref={(row) => objectHref('invoice-line', String(row.object_id))}
          renderCell={(key, row) => (key === 'verdict'
            ? <Anchor component="button" type="button" onClick={() => void choose({ line: String(row.object_id) })} aria-label={`${stateWord(String(row.verdict))}: how it came about`}><StateBadge state={String(row.verdict)} size="sm" /></Anchor>
            : key === 'erp_verdict' && !row.erp_verdict ? <span className="tl-unknown-text">nothing</span>
            : key === 'other_rules' ? (row.other_rules ? <>{inWords(String(row.other_rules))}</> : <span className="tl-unknown-text">none</span>) : undefined)}
          actions={
            <>
              {(narrowed || !knownView || OTHERS.includes(chosen.view)) && <Button size="xs" variant="default" onClick={() => void choose({ view: null, supplier: null, item: null, invoice: null, page: null })}>All mismatches</Button>}
              <div className="tl-scroll-x">
                <SegmentedControl size="xs" data={views} value={knownView ? chosen.view : ''} onChange={(view) => void choose({ view, page: null })} aria-label="Which invoice lines" />
              </div>
            </>
          }
        />
      </div>
      <LineDrawer id={line} onClose={() => void choose({ line: null })} />
    </>
  );
}
