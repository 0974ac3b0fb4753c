'use client';

import { Alert, Button, Group, SegmentedControl, SimpleGrid, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconArrowsDiagonal, IconInfoCircle } from '@tabler/icons-react';
import dynamic from 'next/dynamic';
import { useMemo } from 'react';
import type { ThenView } from '@/server/lineage/as-of';
import { documentOf } from '@/server/lineage/objects';
import type { ChainView } from '@/server/lineage/view';
import { useBounds } from '../../components/filters/use-bounds';
import { ObjectLink, Quantity } from '../../components/format/values';
import { PageHeader } from '../../components/page-header';
import { Section } from '../../components/section';
import { StateBadge } from '../../components/state/state-badge';
import { ChainStateBadge } from '../badges';
import { flowWord, typeTitle } from '../words';
import { AsOf } from './as-of';
import { Beside } from './beside';
import { ChainList } from './chain-list';
import { EventsTable } from './events';
import { drawingOf } from './fold';
import { Handovers } from './handovers';
import { Inferred } from './inferred';
import { MoneyByStage } from './money';
import { Opened, Selected } from './selected';
import { SinceThen } from './since-then';
import { StagesOfChain } from './stages';
import { Timeline } from './timeline';
import { useChainState } from './use-chain-state';

// The drawing needs the browser; the list is there before it and without it.
const ChainGraph = dynamic(() => import('./graph').then((module) => module.ChainGraph), { ssr: false, loading: () => <div style={{ height: 320 }} aria-busy="true" /> });

/** One chain: where it stands, drawn, over time and as a list, its money, its hand-overs and its events. */
export function ChainPage({ chain, then, names }: { chain: ChainView; then: ThenView | null; names: Readonly<Record<string, string>> }) {
  const state = useChainState();
  const narrow = useMediaQuery('(max-width: 48em)');
  const { nameOf } = useBounds();
  const view = state.view ?? (narrow ? 'list' : 'graph');
  const drawing = useMemo(() => drawingOf(chain, then, state.open, state.node), [chain, then, state.open, state.node]);
  const seed = chain.nodes.find((node) => node.side === 'seed');
  const verdict = chain.verdicts.find((each) => each.anchor === chain.seed.type && each.id === chain.seed.id) ?? (chain.verdicts.length === 1 ? chain.verdicts[0] : undefined);
  const document = documentOf(chain.seed);
  const folded = chain.folded.reduce((sum, fold) => sum + fold.count, 0);
  const chosen = [...chain.nodes, ...(then?.notYet ?? [])].find((node) => node.key === state.node);
  const events = chosen ? chain.events.filter((event) => event.nodes.includes(chosen.key)) : chain.events;
  const pick = { selected: state.node, onSelect: state.select, onOpen: state.toggleFold };

  return (
    <>
      <PageHeader
        title={<>{typeTitle(chain.seed.type)} <Text span inherit ff="monospace" style={{ overflowWrap: 'anywhere' }}>{chain.seed.id}</Text></>}
        subtitle={
          <Group gap="sm" style={{ rowGap: 4 }}>
            {seed && <StateBadge state={seed.state} meaning={seed.meaning} size="sm" />}
            {verdict && <span>Chain <ChainStateBadge state={verdict.chain_state} /></span>}
            {(verdict?.flow_type || seed?.flowType) && <span>{flowWord(verdict?.flow_type || seed?.flowType || '')}</span>}
            {seed?.item && <ObjectLink type="item" id={seed.item}>{names[`item ${seed.item}`] ?? seed.item}</ObjectLink>}
            {seed && seed.quantity !== null && <Quantity value={seed.quantity} uom={seed.uom} />}
            {(seed?.supplier || verdict?.supplier) && <ObjectLink type="supplier" id={seed?.supplier || verdict?.supplier}>{names[`supplier ${seed?.supplier || verdict?.supplier}`] ?? (seed?.supplier || verdict?.supplier)}</ObjectLink>}
            {seed?.facility && <span>{nameOf(seed.facility)}</span>}
            {document && <span>of <ObjectLink type={document.type} id={document.id}>{typeTitle(document.type).toLowerCase()} {document.id}</ObjectLink></span>}
          </Group>
        }
      />
      {(chain.more > 0 || chain.hidden > 0) && (
        <Alert mb="md" p="xs" variant="light" icon={<IconInfoCircle size={16} aria-hidden />} styles={{ root: { background: 'var(--tl-info-soft)' }, icon: { color: 'var(--tl-info)' } }}>
          <Text size="sm">
            {chain.more > 0 && `This chain is larger than one page holds: ${chain.nodes.length} documents are shown, and at least ${chain.more} more belong to it. Open one of its lines for a smaller part. `}
            {chain.hidden > 0 && `${chain.hidden} of its documents are at facilities that are not assigned to you.`}
          </Text>
        </Alert>
      )}
      <AsOf events={then?.events ?? chain.events} then={then} />
      <StagesOfChain chain={chain} />
      {then && <SinceThen verdicts={chain.verdicts} then={then} />}
      <Section
        flush title="Chain"
        subtitle={`${chain.nodes.length} ${chain.nodes.length === 1 ? 'document line' : 'document lines'}${chain.ghosts.length > 0 ? `, ${chain.ghosts.length} missing` : ''}${then && then.notYet.length > 0 ? `, ${then.notYet.length} not known yet` : ''}${drawing.groups.length > 0 ? `; ${drawing.groups.length} ${drawing.groups.length === 1 ? 'group' : 'groups'} of many, open on a click` : ''}${state.siblings ? ', siblings unfolded' : folded > 0 ? `; folded: ${chain.folded.map((fold) => `${fold.count} ${fold.type.replaceAll('-', ' ')}${fold.count === 1 ? '' : 's'}`).join(', ')}` : ''}`}
        actions={
          <>
            {(folded > 0 || state.siblings) && (
              <Button size="xs" variant="default" leftSection={<IconArrowsDiagonal size={14} aria-hidden />} onClick={() => void state.set({ siblings: state.siblings ? null : true })} aria-pressed={state.siblings}>
                {state.siblings ? 'Fold siblings' : `Unfold ${folded} sibling${folded === 1 ? '' : 's'}`}
              </Button>
            )}
            <SegmentedControl size="xs" value={view} onChange={(next) => void state.set({ view: next === 'list' ? 'list' : 'graph' })} data={[{ value: 'graph', label: 'Graph' }, { value: 'list', label: 'List' }]} aria-label="Show the chain as" />
          </>
        }
      >
        <Opened groups={drawing.opened} onFold={state.toggleFold} />
        {drawing.nodes.length + drawing.notYet.length + drawing.groups.length === 0 ? (
          <Text size="sm" c="dimmed" px="md" pb="md">Nothing of this chain was known then.</Text>
        ) : view === 'graph' ? <ChainGraph drawing={drawing} names={names} {...pick} /> : <ChainList chain={chain} drawing={drawing} names={names} {...pick} />}
        {state.node && <Selected drawing={drawing} chain={chain} selected={state.node} names={names} asOf={state.asOf} onClose={() => state.select(null)} />}
      </Section>
      <Timeline chain={chain} drawing={drawing} past={then !== null} {...pick} />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <MoneyByStage money={chain.money} now={then?.money} cut={chain.more > 0} />
        <Beside context={chain.context} names={names} />
      </SimpleGrid>
      {!then && <Inferred chain={chain} />}
      <Handovers nodes={chain.nodes} />
      <EventsTable
        events={events} cut={chain.eventsCut} title={chosen ? `Events of ${chosen.type.replaceAll('-', ' ')} ${chosen.id}` : 'Events of the chain'}
        only={chosen && { words: 'Only of what is chosen above, in the order they happened', clear: () => state.select(null) }}
      />
    </>
  );
}
