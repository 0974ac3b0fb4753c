'use client';

import { Table, Text } from '@mantine/core';
import type { ThenView } from '@/server/lineage/as-of';
import type { ChainRow } from '@/server/lineage/view';
import { useBounds } from '../../components/filters/use-bounds';
import { formatTime } from '../../components/format/format';
import { ObjectLink } from '../../components/format/values';
import { Section } from '../../components/section';
import { ChainStateBadge, StageBadge } from '../badges';
import { stageWord } from '../words';

const STAGES = ['usage', 'requisition', 'order', 'acknowledgement', 'shipment', 'receipt', 'invoice', 'posting'] as const;
const SHOWN = 20;

/** What was judged then beside what is judged now: chains whose verdict is another. */
export function SinceThen({ verdicts, then }: { verdicts: readonly ChainRow[]; then: ThenView }) {
  const { zone } = useBounds();
  const key = (row: ChainRow) => `${row.anchor} ${row.id}`;
  const before = new Map(verdicts.map((row) => [key(row), row]));
  const after = new Map(then.now.map((row) => [key(row), row]));
  const rows = [...new Set([...before.keys(), ...after.keys()])].map((each) => ({ key: each, was: before.get(each), is: after.get(each) }));
  const changed = rows.filter(({ was, is }) => !was || !is || was.chain_state !== is.chain_state || STAGES.some((stage) => was[stage] !== is[stage]));
  return (
    <Section flush title="Then and now" subtitle={changed.length === 0 ? 'What was known then says the same as what is known now' : `Then beside how it stands by what is known now, clocks read at ${formatTime(then.nowAt, zone)}`}>
      {changed.length > 0 && (
        <Table.ScrollContainer minWidth={560}>
          <Table verticalSpacing={6} horizontalSpacing="md" fz="sm">
            <Table.Thead><Table.Tr><Table.Th>Chain</Table.Th><Table.Th>Then</Table.Th><Table.Th>Now</Table.Th><Table.Th>What is another</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {changed.slice(0, SHOWN).map(({ key: id, was, is }) => {
                const row = is ?? was;
                return row && (
                  <Table.Tr key={id}>
                    <Table.Td><ObjectLink type={row.anchor} id={row.id} /></Table.Td>
                    <Table.Td>{was ? <ChainStateBadge state={was.chain_state} /> : <Text span size="sm" className="tl-unknown-text">not known yet</Text>}</Table.Td>
                    <Table.Td>{is ? <ChainStateBadge state={is.chain_state} /> : <Text span size="sm" c="dimmed">no chain of its own any more</Text>}</Table.Td>
                    <Table.Td>
                      {STAGES.filter((stage) => was && is && was[stage] !== is[stage]).map((stage) => (
                        <Text key={stage} size="sm" component="div">{stageWord(stage)}: <StageBadge state={was?.[stage] ?? ''} /> → <StageBadge state={is?.[stage] ?? ''} /></Text>
                      ))}
                    </Table.Td>
                  </Table.Tr>
                );
              })}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {changed.length > SHOWN && <Text size="sm" c="dimmed" px="md" pb="xs">and {changed.length - SHOWN} more</Text>}
    </Section>
  );
}
