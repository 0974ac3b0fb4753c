'use client';

import { Anchor, Box, Table, Text, Tooltip, VisuallyHidden } from '@mantine/core';
import type { inferRouterOutputs } from '@trpc/server';
import type { AppRouter } from '@/server/routers/root';
import { FilterLink } from '../components/filters/filter-link';
import { formatCompact, formatDecimal, formatDuration, formatPercent } from '../components/format/format';
import { Unknown } from '../components/format/values';
import { stageWord } from './words';

type StageFigures = inferRouterOutputs<AppRouter>['lineage']['flow']['bought'][number];

/** Parts of a stage's bar, in the order drawn; colour goes with the word in the table's own columns. */
const PARTS = [
  { key: 'present', colour: 'ok', word: 'reached' },
  { key: 'awaited', colour: 'info', word: 'awaited' },
  { key: 'overdue', colour: 'breach', word: 'overdue' },
  { key: 'orphan', colour: 'watch', word: 'orphan' },
  { key: 'unknown', colour: 'unknown', word: 'unknown' },
] as const;

/** Stage by stage: how many chains reached it, wait for it or lost it, and what they are worth. */
/** @param narrowed further parts of the address that the figures were narrowed by, such as `&supplier=S1` */
export function StageFlow({ title, stages, flow, narrowed }: { title: string; stages: readonly StageFigures[]; flow: string | null; narrowed: string }) {
  const totals = stages.map((stage) => PARTS.reduce((sum, part) => sum + stage[part.key], 0));
  const most = Math.max(1, ...totals);
  if (totals.every((total) => total === 0)) return null;
  const href = (stage: string, state: string) => `/lineage?tab=${flow === 'stock' ? 'usages' : 'chains'}&stage=${stage}&state=${state}${flow && !narrowed.includes('&flow=') ? `&flow=${flow}` : ''}${narrowed}#chains`;
  const count = (stage: StageFigures, key: (typeof PARTS)[number]['key']) =>
    stage[key] === 0 ? <Text span inherit c="dimmed">0</Text> : <Anchor component={FilterLink} href={href(stage.stage, key)} inherit>{formatDecimal(stage[key])}</Anchor>;
  return (
    <Box mb="xs">
      <Text size="sm" fw={600} mb={2}>{title}</Text>
      <Table.ScrollContainer minWidth={960}>
        <Table layout="fixed" verticalSpacing={5} horizontalSpacing={6} fz="sm" aria-label={title}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={124}>Stage</Table.Th>
              <Table.Th><VisuallyHidden>Share of chains</VisuallyHidden></Table.Th>
              {PARTS.map((part) => (
                <Table.Th key={part.key} ta="right" w={70} fz="xs" style={{ whiteSpace: 'nowrap' }}>
                  <Box component="span" style={{ display: 'inline-block', width: 9, height: 9, borderRadius: 2, marginRight: 5, background: `var(--tl-${part.colour})` }} aria-hidden />
                  {part.word}
                </Table.Th>
              ))}
              <Table.Th ta="right" w={62}><Tooltip label="Reached ÷ reached or lost (overdue, orphan, unknown); what is still awaited is left out"><span style={{ textDecoration: 'underline dotted' }}>Of due</span></Tooltip></Table.Th>
              <Table.Th ta="right" w={80}>Value reached</Table.Th>
              <Table.Th ta="right" w={80}>Value lost</Table.Th>
              <Table.Th ta="right" w={92}><Tooltip label="From the stage before: half of the chains within the first time, nine in ten within the second"><span style={{ textDecoration: 'underline dotted' }}>p50 / p90</span></Tooltip></Table.Th>
              <Table.Th ta="right" w={92}><Tooltip label="From the first event of the chain: half of the chains within the first time, nine in ten within the second"><span style={{ textDecoration: 'underline dotted' }}>From start</span></Tooltip></Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {stages.map((stage) => (
              <Table.Tr key={stage.stage}>
                <Table.Th scope="row" fw={500} style={{ whiteSpace: 'nowrap' }}>{stageWord(stage.stage)}</Table.Th>
                <Table.Td>
                  <Box style={{ display: 'flex', height: 16, borderRadius: 3, overflow: 'hidden', background: 'var(--tl-surface-sunken)' }} aria-hidden>
                    {PARTS.map((part) => stage[part.key] > 0 && (
                      <Box key={part.key} title={`${formatDecimal(stage[part.key])} ${part.word}`} style={{ width: `${(stage[part.key] / most) * 100}%`, background: `var(--tl-${part.colour})`, minWidth: 2 }} />
                    ))}
                  </Box>
                </Table.Td>
                {PARTS.map((part) => <Table.Td key={part.key} ta="right">{count(stage, part.key)}</Table.Td>)}
                <Table.Td ta="right" style={{ whiteSpace: 'nowrap' }}>{formatPercent(stage.conversion) ?? <Text span inherit c="dimmed">none due</Text>}</Table.Td>
                <Table.Td ta="right"><Values stage={stage} of="present" /></Table.Td>
                <Table.Td ta="right"><Values stage={stage} of="dropped" /></Table.Td>
                <Table.Td ta="right" style={{ whiteSpace: 'nowrap' }}><Times of={stage.fromLast} /></Table.Td>
                <Table.Td ta="right" style={{ whiteSpace: 'nowrap' }}><Times of={stage.fromStart} /></Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Box>
  );
}

/** Half within, nine in ten within. */
export function Times({ of }: { of: { p50: number; p90: number } | null }) {
  if (of === null) return <Text span inherit c="dimmed">–</Text>;
  if (of.p90 === 0) return <Text span inherit c="dimmed">its start</Text>;
  return <>{formatDuration(of.p50)}<br />{formatDuration(of.p90)}</>;
}

function Values({ stage, of }: { stage: StageFigures; of: 'present' | 'dropped' }) {
  const shown = stage.values.filter((value) => value[of] !== '0');
  if (shown.length > 0) return shown.map((value) => <div key={value.currency} style={{ whiteSpace: 'nowrap' }}>{formatCompact(value[of])} {value.currency}</div>);
  const chains = of === 'present' ? stage.present : stage.overdue + stage.orphan + stage.unknown;
  return chains > 0 ? <Unknown why="None of these chains has a price." /> : <Text span inherit c="dimmed">–</Text>;
}
