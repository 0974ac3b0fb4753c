'use client';

import { Anchor, Box, Group, Table, Text } from '@mantine/core';
import type { inferRouterOutputs } from '@trpc/server';
import type { AppRouter } from '@/server/routers/root';
import { FilterLink } from '../components/filters/filter-link';
import { formatDecimal, formatDuration, formatMoney, formatPercent } from '../components/format/format';
import { Unknown } from '../components/format/values';
import { stageWord } from './words';

type StageFigures = inferRouterOutputs<AppRouter>['lineage']['flow']['stages'][number];

/** Parts of a stage's bar, in the order drawn; colour goes with the word in the table's own columns. */
const PARTS = [
  { key: 'present', colour: 'ok', word: 'reached' },
  { key: 'awaited', colour: 'info', word: 'awaited' },
  { key: 'overdue', colour: 'breach', word: 'overdue' },
  { key: 'orphan', colour: 'watch', word: 'orphan' },
  { key: 'unknown', colour: 'unknown', word: 'unknown' },
] as const;

const href = (stage: string, state: string) => `/lineage?tab=chains&stage=${stage}&state=${encodeURIComponent(state)}#chains`;

function Count({ stage, state, count }: { stage: string; state: string; count: number }) {
  if (count === 0) return <Text span size="sm" c="dimmed">0</Text>;
  return (
    <Anchor component={FilterLink} href={href(stage, state)} size="sm" className="tl-number">
      {formatDecimal(count)}
    </Anchor>
  );
}

/** Stage by stage: how many chains reached it, wait for it or lost it, and what they are worth. */
export function StageFlow({ stages }: { stages: readonly StageFigures[] }) {
  const most = Math.max(1, ...stages.map((stage) => PARTS.reduce((sum, part) => sum + stage[part.key], 0)));
  return (
    <>
      <Group gap="md" mb="xs" component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
        {PARTS.map((part) => (
          <Group key={part.key} gap={6} component="li">
            <Box w={10} h={10} style={{ background: `var(--tl-${part.colour})`, borderRadius: 2 }} aria-hidden />
            <Text size="xs">{part.word}</Text>
          </Group>
        ))}
      </Group>
      <Table.ScrollContainer minWidth={860}>
        <Table verticalSpacing={6} horizontalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Stage</Table.Th>
              <Table.Th w="26%"><Text span size="sm" fw={700} visibleFrom="xs">Chains</Text></Table.Th>
              <Table.Th ta="right">Reached</Table.Th>
              <Table.Th ta="right">Of those due</Table.Th>
              <Table.Th ta="right">Awaited</Table.Th>
              <Table.Th ta="right">Overdue</Table.Th>
              <Table.Th ta="right">Orphan</Table.Th>
              <Table.Th ta="right">Unknown</Table.Th>
              <Table.Th ta="right">Value reached</Table.Th>
              <Table.Th ta="right">Value lost</Table.Th>
              <Table.Th ta="right">Median from start</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {stages.map((stage) => (
              <Table.Tr key={stage.stage}>
                <Table.Th scope="row" fw={500}>{stageWord(stage.stage)}</Table.Th>
                <Table.Td>
                  <Box style={{ display: 'flex', height: 16, borderRadius: 3, overflow: 'hidden', background: 'var(--tl-surface-sunken)' }} aria-hidden>
                    {PARTS.map((part) => stage[part.key] > 0 && (
                      <Box key={part.key} title={`${formatDecimal(stage[part.key])} ${part.word}`} style={{ width: `${(stage[part.key] / most) * 100}%`, background: `var(--tl-${part.colour})`, minWidth: 2 }} />
                    ))}
                  </Box>
                </Table.Td>
                <Table.Td ta="right"><Count stage={stage.stage} state="present" count={stage.present} /></Table.Td>
                <Table.Td ta="right">{formatPercent(stage.conversion) ?? <Text span size="sm" c="dimmed">none due</Text>}</Table.Td>
                <Table.Td ta="right"><Count stage={stage.stage} state="awaited" count={stage.awaited} /></Table.Td>
                <Table.Td ta="right"><Count stage={stage.stage} state="overdue" count={stage.overdue} /></Table.Td>
                <Table.Td ta="right"><Count stage={stage.stage} state="orphan" count={stage.orphan} /></Table.Td>
                <Table.Td ta="right"><Count stage={stage.stage} state="unknown" count={stage.unknown} /></Table.Td>
                <Table.Td ta="right"><Values stage={stage} of="present" /></Table.Td>
                <Table.Td ta="right"><Values stage={stage} of="dropped" /></Table.Td>
                <Table.Td ta="right">{formatDuration(stage.medianMs) ?? <Text span size="sm" c="dimmed">–</Text>}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </>
  );
}

function Values({ stage, of }: { stage: StageFigures; of: 'present' | 'dropped' }) {
  const shown = stage.values.filter((value) => value[of] !== '0');
  if (shown.length > 0) return shown.map((value) => <div key={value.currency} className="tl-number">{formatMoney(value[of], value.currency, true)}</div>);
  const chains = of === 'present' ? stage.present : stage.overdue + stage.orphan + stage.unknown;
  return chains > 0 ? <Unknown why="None of these chains has a price." /> : <Text span size="sm" c="dimmed">–</Text>;
}
