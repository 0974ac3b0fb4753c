'use client';

import { Anchor, Box, Group, Text, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTRPC } from '@/app/trpc/react';
import type { UsualTime } from '@/server/lineage/usual';
import type { ChainRow, ChainView } from '@/server/lineage/view';
import { raciOf } from '@/server/rules/raci';
import { useBounds } from '../../components/filters/use-bounds';
import { formatTime } from '../../components/format/format';
import { Duration, Money, ObjectLink, Time } from '../../components/format/values';
import { Section } from '../../components/section';
import { ChainStateBadge, StageBadge } from '../badges';
import { flowWord, stageWord, typeTitle } from '../words';

const STAGES = ['usage', 'requisition', 'order', 'acknowledgement', 'shipment', 'receipt', 'invoice', 'posting'] as const;
const SHOWN_FIRST = 5;

const timeOf = (row: ChainRow, stage: (typeof STAGES)[number]): string | null => {
  switch (stage) {
    case 'usage': return row.usage_at;
    case 'requisition': return null;
    case 'order': return row.order_at;
    case 'acknowledgement': return row.acknowledgement_at;
    case 'shipment': return row.shipment_at;
    case 'receipt': return row.receipt_at;
    case 'invoice': return row.invoice_at;
    case 'posting': return row.posting_at;
  }
};
const dueOf = (row: ChainRow, stage: (typeof STAGES)[number]): string | null => {
  switch (stage) {
    case 'order': return row.order_due;
    case 'acknowledgement': return row.acknowledgement_due;
    case 'receipt': return row.receipt_due;
    case 'invoice': return row.invoice_due;
    case 'posting': return row.posting_due;
    default: return null;
  }
};

/** Where the chain stands, stage by stage; a chain of several order lines stands at several places. */
export function StagesOfChain({ chain }: { chain: ChainView }) {
  const { verdicts, asOf, seed } = chain;
  const [all, setAll] = useState(false);
  const { zone, zoneOf } = useBounds();
  const trpc = useTRPC();
  const order = verdicts.find((row) => row.anchor === 'order-line' && row.flow_type !== '');
  // Of several order lines the first speaks for all: they are of one purchase.
  const { data: usual } = useQuery({ ...trpc.lineage.usual.queryOptions({ facility: order?.facility ?? '', supplier: order?.supplier ?? '', flow: order?.flow_type ?? '' }), enabled: order !== undefined });
  if (verdicts.length === 0) {
    return (
      <Section title="Stages">
        <Text size="sm" c="dimmed">No order line, no usage and no unserved requisition belongs to this chain, so nothing says which stages it needs.</Text>
      </Section>
    );
  }
  // Usages and requisitions are many to one order line: the first of them says when it began.
  const earliest = (stage: string): string | null => {
    const types = stage === 'usage' ? ['usage'] : stage === 'requisition' ? ['requisition-line'] : [];
    return chain.nodes.filter((node) => types.includes(node.type) && node.at !== null).map((node) => node.at).sort()[0] ?? null;
  };
  const shown = all ? verdicts : verdicts.slice(0, SHOWN_FIRST);
  return (
    <Section title="Stages" subtitle={`What each ${verdicts.length === 1 ? 'chain' : 'of these chains'} needs by its flow type; clocks read at ${formatTime(asOf, verdicts.length === 1 ? zoneOf(verdicts[0]?.facility) : zone)}`}>
      {shown.map((row) => (
        <Box key={`${row.anchor} ${row.id}`} mb="sm">
          <Group gap="sm" mb={4}>
            <ChainStateBadge state={row.chain_state} />
            {row.anchor === seed.type && row.id === seed.id ? <Text size="sm" fw={600} ff="monospace">{row.id}</Text> : <Text size="sm" span>{typeTitle(row.anchor)} <ObjectLink type={row.anchor} id={row.id} /></Text>}
            <Text size="sm" c="dimmed">{flowWord(row.flow_type)}</Text>
            <Text size="sm" component="span" c="dimmed">age <Duration ms={row.age_ms} /></Text>
            {row.value !== null && <Text size="sm" component="span" c="dimmed">value <Money amount={row.value} currency={row.currency} /></Text>}
            <Text size="sm" c="dimmed">{row.complete === 1 ? 'complete' : row.complete === 0 ? 'incomplete' : row.closed ? 'completeness not evaluable' : 'not closed yet'}</Text>
            <Waiting row={row} asOf={asOf} />
            {row.posting_failed === 1 && row.posting !== 'present' && <StageBadge state="overdue" label="Posting failed" />}
            {row.order_failed === 1 && <StageBadge state="overdue" label="Order creation failed" />}
          </Group>
          <Group component="ol" aria-label={`Stages of ${row.id}`} gap={10} p={0} m={0} align="flex-start" style={{ listStyle: 'none', rowGap: 8 }}>
            {STAGES.map((stage) => row[stage] !== 'none' && (
              <li key={stage}>
                <Text size="xs" c="dimmed" fw={600}>{stageWord(stage)}</Text>
                <StageBadge state={row[stage]} />
                <Usual times={usual} stage={stage} />
                <StageTime row={row} stage={stage} zone={zoneOf(row.facility)} at={timeOf(row, stage) ?? (verdicts.length === 1 ? earliest(stage) : null)} />
              </li>
            ))}
          </Group>
        </Box>
      ))}
      {verdicts.length > shown.length && <Anchor component="button" size="sm" onClick={() => setAll(true)}>Show all {verdicts.length} chains</Anchor>}
    </Section>
  );
}

/** How long it took for chains like this one. */
function Usual({ times, stage }: { times: readonly UsualTime[] | undefined; stage: string }) {
  const known = times?.find((each) => each.stage === stage);
  if (!known) return null;
  const of = { own: 'this facility with this supplier', place: 'this facility', flow: 'this flow type' }[known.of];
  return (
    <Tooltip label={`Of ${known.chains} chains of ${of} in the last 90 days half took no longer than the first, nine in ten no longer than the second`} multiline w={260}>
      <Text size="xs" c="dimmed" tabIndex={0} style={{ textDecoration: 'underline dotted' }}>usually <Duration ms={known.p50} /> to <Duration ms={known.p90} /></Text>
    </Tooltip>
  );
}

/** Who brings what is missing, and since when it is waited for. */
function Waiting({ row, asOf }: { row: ChainRow; asOf: string }) {
  const trpc = useTRPC();
  const table = useQuery(trpc.raci.table.queryOptions(undefined, { staleTime: Infinity, meta: { live: false } }));
  if (row.gap_stage === '' || row.chain_state === 'posted' || row.chain_state === 'cancelled') return null;
  const since = row.reached_at ? Date.parse(asOf) - Date.parse(row.reached_at) : null;
  const owner = table.data && raciOf(table.data.lines.map((line) => ({ ...line, stage: line.stage || undefined, facility: line.facility || undefined, interface: line.interface || undefined })),
    { type: 'overdue-stage', stage: row.gap_stage, facility: row.facility }).responsible;
  return <Text size="sm" component="span">waits{since !== null && since > 0 ? <> <Duration ms={since} /></> : ''} for {stageWord(row.gap_stage).toLowerCase()}{owner ? `, owned by ${owner}` : ''}</Text>;
}

function StageTime({ row, stage, zone, at }: { row: ChainRow; stage: (typeof STAGES)[number]; zone: string; at: string | null }) {
  if (at && row[stage] === 'present') return <Text size="xs" c="dimmed"><Time value={at} zone={zone} /></Text>;
  const due = dueOf(row, stage);
  if (row[stage] === 'overdue' && due) return <Text size="xs" style={{ color: 'var(--tl-breach)' }}>was due <Time value={due} zone={zone} /></Text>;
  if (row[stage] === 'awaited') return <Text size="xs" c="dimmed">{due ? <>due <Time value={due} zone={zone} /></> : 'clock not started'}</Text>;
  return null;
}
