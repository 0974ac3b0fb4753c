'use client';

import { Anchor, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTRPC } from '@/app/trpc/react';
import { Figure } from '../components/figure';
import { FilterLink } from '../components/filters/filter-link';
import { useBounds } from '../components/filters/use-bounds';
import { useFilters } from '../components/filters/use-filters';
import { formatDecimal, formatMoney, formatPercent } from '../components/format/format';
import { Age, objectHref } from '../components/format/values';
import { Section } from '../components/section';
import { DataState, type QueryLike } from '../components/state/data-state';
import { StateBadge } from '../components/state/state-badge';

function useExceptions() {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  return useQuery(trpc.exceptions.summary.queryOptions({ filters }));
}

function useAlerts() {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  return useQuery(trpc.alerts.summary.queryOptions({ filters }));
}

function useStockout() {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  return useQuery(trpc.stockout.summary.queryOptions({ filters }));
}

/** A figure whose question failed says so instead of loading for ever. */
const valueOf = <T,>(query: QueryLike<T>, value: (data: T) => ReactNode): ReactNode | null | undefined =>
  query.data !== undefined ? value(query.data) : query.error ? null : undefined;
const NO_ANSWER = 'No answer; the page behind it says why.';

export function ExceptionsFigure() {
  const query = useExceptions();
  const { data } = query;
  const first = data?.money[0];
  return (
    <Figure
      label="Open exceptions" href="/exceptions" why={NO_ANSWER} value={valueOf(query, ({ asOf, total, cut }) => asOf === null ? null : `${cut.length > 0 ? 'at least ' : ''}${formatDecimal(total)}`)}
      state={data && data.asOf !== null ? (data.high > 0 ? 'breach' : data.total > 0 ? 'watch' : 'ok') : undefined} stateLabel={data ? (data.high > 0 ? `${formatDecimal(data.high)} severe` : undefined) : undefined}
      n={first && `${formatMoney(first.amount, first.currency, true)}${data.money.length > 1 ? ' and more' : ''} concerned`}
    />
  );
}

export function AlertsFigure() {
  const query = useAlerts();
  const { data } = query;
  return (
    <Figure
      label="Alerts firing" href="/alerts?state=firing" why={NO_ANSWER} value={valueOf(query, ({ firing }) => formatDecimal(firing))} state={data ? (data.firing > 0 ? 'firing' : 'ok') : undefined}
      n={data && `${formatDecimal(data.pages)} urgent, ${formatDecimal(data.acknowledged)} taken on`}
    />
  );
}

export function StockoutFigure() {
  const query = useStockout();
  const { data } = query;
  return (
    <Figure
      label="Out of stock or likely to be" href="/stockout" why={NO_ANSWER} value={valueOf(query, ({ states, lines }) => (lines === 0 ? null : formatDecimal(states.out + states.high)))}
      state={data && data.lines > 0 ? (data.states.out + data.states.high > 0 ? 'breach' : 'ok') : undefined}
      n={data && `${formatDecimal(data.states.out)} out, ${formatDecimal(data.states.high)} at high risk, of ${formatDecimal(data.lines)}`} hint={data?.lines === 0 ? 'no balance was ever reported' : undefined}
    />
  );
}

export function InvoicesFigure() {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  const query = useQuery(trpc.overview.invoices.queryOptions({ filters }));
  const { data } = query;
  return (
    <Figure
      label="Invoices mismatched" href="/invoices" why={data ? 'No invoice in the range.' : NO_ANSWER} value={valueOf(query, ({ invoices, exceptions }) => (invoices === 0 ? null : formatDecimal(exceptions)))}
      n={data && `of ${formatDecimal(data.invoices)} (${formatPercent(data.exceptions / Math.max(1, data.invoices))})`}
    />
  );
}

export function CompletenessFigure() {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  const query = useQuery(trpc.overview.completeness.queryOptions({ filters }));
  const { data } = query;
  return (
    <Figure
      label="Lineage completeness" href="/lineage" why={data ? 'No chain that began in the range is closed.' : NO_ANSWER} value={valueOf(query, ({ ratio }) => formatPercent(ratio))}
      n={data && `${formatDecimal(data.complete)} of ${formatDecimal(data.closed)} closed chains`} hint={data && `${formatDecimal(data.open)} still open`}
    />
  );
}

function Row({ left, right, href, below }: { left: ReactNode; right: ReactNode; href: string | null; below?: ReactNode }) {
  return (
    <li>
      <Group justify="space-between" wrap="nowrap" align="baseline" gap="sm">
        <Text size="sm" miw={0} style={{ overflowWrap: 'anywhere' }}>{href ? <Anchor component={FilterLink} href={href} inherit>{left}</Anchor> : left}</Text>
        <Text size="sm" fw={600} className="tl-number" style={{ whiteSpace: 'nowrap' }} component="span">{right}</Text>
      </Group>
      {below && <Text size="xs" c="dimmed">{below}</Text>}
    </li>
  );
}

function Rows({ children }: { children: ReactNode }) {
  return <Stack component="ul" gap={8} m={0} p={0} style={{ listStyle: 'none' }}>{children}</Stack>;
}

const More = ({ href, children }: { href: string; children: ReactNode }) => (
  <Anchor component={FilterLink} href={href} size="sm" display="inline-block" mt="sm">{children}</Anchor>
);

export function ExceptionsCard() {
  const query = useExceptions();
  return (
    <Section title="Exceptions" subtitle="that stand and wait for somebody: the commonest kinds">
      <DataState query={query} isEmpty={(data) => data.total === 0} emptyTitle={query.data?.asOf === null ? 'Not worked out yet' : 'No exception stands'} height={150}>
        {(data) => (
          <>
            <Rows>
              {data.kinds.slice(0, 5).map(({ kind, label, count }) => <Row key={kind} left={label} right={`${data.cut.includes(label) ? 'at least ' : ''}${formatDecimal(count)}`} href={`/exceptions?kind=${kind}`} />)}
            </Rows>
            <More href="/exceptions">All {data.cut.length > 0 ? 'of at least ' : ''}{formatDecimal(data.total)} exceptions</More>
          </>
        )}
      </DataState>
    </Section>
  );
}

export function AlertsCard() {
  const trpc = useTRPC();
  const { zone } = useBounds();
  const { input: filters } = useFilters();
  const query = useQuery(trpc.list.page.queryOptions({ list: 'alerts.incidents', input: { filters, state: 'firing', rule: '' }, page: 1, pageSize: 3, sort: 'severity', desc: false }));
  return (
    <Section title="Alerts" subtitle="firing now">
      <DataState query={query} isEmpty={(data) => data.total === 0} emptyTitle="No alert is firing" height={150}>
        {(data) => (
          <>
            <Rows>
              {data.rows.map((row) => (
                <Row
                  key={`${String(row.incident)} ${String(row.opening)}`} href="/alerts?state=firing" left={<><StateBadge state={String(row.severity)} size="sm" /> {String(row.title)}</>}
                  right={<Age since={String(row.opened_at)} zone={zone} />} below={`${String(row.owner)} acts on it`}
                />
              ))}
            </Rows>
            <More href="/alerts?state=firing">All {formatDecimal(data.total)} firing alerts</More>
          </>
        )}
      </DataState>
    </Section>
  );
}

export function StockoutCard() {
  const query = useStockout();
  return (
    <Section title="Stockout risk" subtitle="worst first; probability within the horizon">
      <DataState
        query={query} isEmpty={(data) => data.worst.length === 0} height={150}
        emptyTitle={query.data?.lines === 0 ? 'No balance was ever reported' : 'Nothing is about to run out'}
      >
        {(data) => (
          <>
            <Rows>
              {data.worst.slice(0, 3).map((line) => <Row key={`${line.item} ${line.location}`} left={line.label} right={formatPercent(line.risk) ?? 'unknown'} href={objectHref('item', line.item)} />)}
            </Rows>
            <More href="/stockout">All {formatDecimal(data.lines)} items at locations</More>
          </>
        )}
      </DataState>
    </Section>
  );
}
