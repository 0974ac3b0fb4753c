'use client';

import { Button, Group, Tabs, Text } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useTRPC } from '@/app/trpc/react';
import { flowInput } from '@/server/lineage/flow-input';
import type { ListRow } from '@/server/lists/columns';
import { Figure, FigureRow } from '../components/figure';
import { useBounds } from '../components/filters/use-bounds';
import { useFilters } from '../components/filters/use-filters';
import { formatDecimal, formatMoney, formatPercent, formatTime } from '../components/format/format';
import { objectHref } from '../components/format/values';
import { ListTable } from '../components/list/list-table';
import { PageHeader } from '../components/page-header';
import { Section } from '../components/section';
import { DataState } from '../components/state/data-state';
import { ChainStateBadge, StageBadge } from './badges';
import { ExportMenu } from './export-menu';
import { FlowTypes } from './flow-types';
import { OverTime } from './over-time';
import { StageFlow } from './stage-flow';
import { Variants } from './variants';
import { CHAIN_STATE, flowWord, STAGE_STATE, stageWord } from './words';

const TABS = ['orders', 'usages', 'requisitions', 'chains'] as const;
const TAB_WORD = { orders: 'Order lines', usages: 'Usages', requisitions: 'Requisitions without order', chains: 'All chains' } as const;
const TAB_HELP = {
  orders: 'One chain per order line',
  usages: 'Usage of stock with the posting of its cost, and usages that an order should bill and none does',
  requisitions: 'Requisition lines that no order serves yet',
  chains: 'Order lines, usages and requisitions together',
} as const;

export function useChainFilters() {
  return useQueryStates(
    {
      tab: parseAsStringLiteral(TABS).withDefault('orders'),
      stage: parseAsString, state: parseAsString, chainState: parseAsString, complete: parseAsString, flow: parseAsString, supplier: parseAsString, item: parseAsString, path: parseAsString,
    },
    { history: 'push' },
  );
}

/** The whole network: how many chains reach which stage, where they stop, and the chains themselves. */
export function Flow() {
  const trpc = useTRPC();
  const { input: filters } = useFilters();
  const { zone } = useBounds();
  const [chosen, choose] = useChainFilters();
  const { tab, ...narrowing } = chosen;
  // The figures follow what chains have in common; stages, states and paths are what the figures themselves are about.
  const narrow = flowInput.safeParse({ flow: chosen.flow ?? undefined, supplier: chosen.supplier ?? undefined, item: chosen.item ?? undefined }).data ?? {};
  const narrowed = Object.entries(narrow).filter(([, value]) => value !== undefined).map(([name, value]) => `&${name}=${encodeURIComponent(value)}`).join('');
  const flow = useQuery(trpc.lineage.flow.queryOptions({ filters, narrow }));
  const completeness = flow.data?.completeness;
  const [first] = completeness?.byValue ?? [];
  const said = describe(narrowing);
  const asked = Object.fromEntries(Object.entries(narrowing).filter(([, value]) => value !== null));

  return (
    <>
      <PageHeader
        title="Chains" subtitle="From the scan in the procedure room to the posting in the ledger: how far each order, usage and requisition has come"
        actions={<ExportMenu input={asked} tab={tab} />}
      />
      <FigureRow>
        <Figure
          label="Complete, by count" value={completeness && (completeness.ratio === null ? null : formatPercent(completeness.ratio))}
          n={completeness && `${formatDecimal(completeness.complete)} of ${formatDecimal(completeness.closed)} closed chains`} why="No chain of this range is closed yet."
          hint="target 95 %" state={completeness?.ratio ? (Number(completeness.ratio) >= 0.95 ? 'met' : 'missed') : undefined} href="/lineage?tab=chains&complete=no"
        />
        <Figure
          label="Complete, by value" value={completeness && (first?.ratio ? formatPercent(first.ratio) : null)} why="No closed chain of this range has a price."
          n={first && `${formatMoney(first.complete, first.currency, true)} of ${formatMoney(first.closed, first.currency, true)}`}
          hint={completeness && [...completeness.byValue.slice(1).map((value) => `${value.currency} ${formatPercent(value.ratio) ?? 'no value'}`), ...(completeness.unpriced > 0 ? [`${formatDecimal(completeness.unpriced)} chains without a price left out`] : [])].join('; ')}
        />
        <Figure label="Closed with a gap" value={completeness && formatDecimal(completeness.closed - completeness.complete)} n="chains" href="/lineage?tab=chains&complete=no" />
        <Figure label="Open" value={completeness && formatDecimal(completeness.open)} n={completeness && `of ${formatDecimal(completeness.chains)} chains`} href="/lineage?tab=chains&chainState=open" />
        <Figure label="Not evaluable" value={completeness && formatDecimal(completeness.notEvaluable)} n="closed, no flow type stated" href="/lineage?tab=chains&complete=unknown" />
      </FigureRow>
      <Section
        title="Stages"
        subtitle={flow.data ? `Chains that began in the range; clocks read at ${formatTime(flow.data.completeness.asOf, zone)}. Open a figure for exactly those chains.` : 'Chains that began in the range'}
      >
        <DataState query={flow} height={230} isEmpty={(data) => data.completeness.chains === 0} emptyTitle="No chain began in this range">
          {(data) => (
            <>
              <StageFlow title="Bought: on requisition, on consignment or by bill" stages={data.bought} flow={null} narrowed={narrowed} />
              <StageFlow title="Used from stock" stages={data.stock} flow="stock" narrowed={narrowed} />
            </>
          )}
        </DataState>
      </Section>
      <Section flush title="By flow type" subtitle="What a chain needs depends on how it is bought and paid">
        <DataState query={flow} height={160} isEmpty={(data) => data.flows.length === 0} emptyTitle="No chain began in this range">
          {(data) => <FlowTypes flows={data.flows} />}
        </DataState>
      </Section>
      <OverTime narrow={narrow} />
      <Variants narrow={narrow} narrowed={narrowed} />
      <Tabs value={tab} onChange={(next) => void choose({ tab: TABS.find((each) => each === next) ?? 'orders' })} keepMounted={false} id="chains">
        <Tabs.List mb="sm" aria-label="Kind of chain">
          {TABS.map((each) => (
            <Tabs.Tab key={each} value={each}>{TAB_WORD[each]}</Tabs.Tab>
          ))}
        </Tabs.List>
        {TABS.map((each) => (
          <Tabs.Panel key={each} value={each}>
            <ListTable
              list={`lineage.${each}`} prefix={each.slice(0, 2)} title={TAB_WORD[each]} subtitle={said ? <Text span size="sm">Only {said}</Text> : TAB_HELP[each]} input={asked}
              rowHref={(row) => objectHref(String(row.anchor), String(row.id))}
              renderCell={chainCell}
              emptyTitle={said ? `No chain of this range is ${said}` : 'No such chain in this range'}
              actions={said ? (
                <Group gap="xs">
                  <Button size="xs" variant="default" leftSection={<IconX size={14} aria-hidden />} onClick={() => void choose({ stage: null, state: null, chainState: null, complete: null, flow: null, supplier: null, item: null, path: null })}>
                    All of them
                  </Button>
                </Group>
              ) : undefined}
            />
          </Tabs.Panel>
        ))}
      </Tabs>
    </>
  );
}

const STAGE_COLUMNS = new Set(['usage', 'requisition', 'order', 'acknowledgement', 'receipt', 'invoice', 'posting']);

function chainCell(key: string, row: ListRow) {
  const value = row[key];
  if (key === 'chain_state') return <ChainStateBadge state={String(value)} />;
  if (key === 'gap') return value === 'none' ? <Text span size="sm" c="dimmed">none</Text> : <StageBadge state={String(value)} />;
  if (STAGE_COLUMNS.has(key)) return value === 'none' ? <Text span size="sm" c="dimmed">not required</Text> : <StageBadge state={String(value)} />;
  if (key === 'gap_stage' || key === 'reached') return value ? <>{stageWord(String(value))}</> : <Text span size="sm" c="dimmed">nothing</Text>;
  if (key === 'gap_due' && !value) return <Text span size="sm" c="dimmed">{row.gap === 'awaited' ? 'not started' : '–'}</Text>;
  // Posted and cancelled chains wait for nothing.
  if ((key === 'waiting_ms' && value === null) || (key === 'owner' && value === '')) return <Text span size="sm" c="dimmed">–</Text>;
  if (key === 'flow_type') return value ? <>{flowWord(String(value))}</> : undefined;
  return undefined;
}

function describe({ stage, state, chainState, complete, flow, supplier, item, path }: Record<string, string | null>): string {
  const words: string[] = [];
  if (stage) words.push(`with ${stageWord(stage).toLowerCase()} ${(state ?? 'present').split(',').map((each) => (STAGE_STATE[each]?.word ?? each).toLowerCase()).join(' or ')}`);
  if (chainState) words.push((CHAIN_STATE[chainState]?.word ?? chainState).toLowerCase());
  if (complete) words.push({ yes: 'complete', no: 'closed with a gap', closed: 'closed', unknown: 'closed and not evaluable', open: 'still open' }[complete] ?? complete);
  if (flow) words.push(`of flow type ${flow === 'unknown' ? 'not stated' : flowWord(flow).toLowerCase()}`);
  if (supplier) words.push(`of supplier ${supplier}`);
  if (item) words.push(`of item ${item}`);
  if (path) words.push(`on the path ${path.split('>').map((each) => stageWord(each).toLowerCase()).join(', ')}`);
  return words.join(', ');
}
