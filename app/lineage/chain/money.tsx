'use client';

import { Table, Text } from '@mantine/core';
import Decimal from 'decimal.js';
import type { StageMoney } from '@/server/lineage/view';
import { Money, Unknown } from '../../components/format/values';
import { Section } from '../../components/section';

const WORD = { ordered: 'Ordered', received: 'Received', invoiced: 'Invoiced', posted: 'Posted', paid: 'Paid' } as const;
const HELP = {
  ordered: 'quantity × price of the order',
  received: 'quantity kept × the order’s price',
  invoiced: 'invoices less credits',
  posted: 'postings in force, without accruals',
  paid: 'payments of the invoices as wholes',
} as const;

/** The money at each stage and the step from the stage before, per currency. */
/**
 * @param now the same as it is known now, where `money` is of a past moment
 * @param cut more belongs to the chain than is shown: the sums are of what is shown
 */
export function MoneyByStage({ money: then, now, cut = false }: { money: readonly StageMoney[]; now?: readonly StageMoney[]; cut?: boolean }) {
  const money = now ? withLater(then, now) : then;
  const currencies = [...new Set(money.map((row) => row.currency))];
  return (
    <Section flush title="Money by stage" subtitle={cut ? 'Only of the documents shown: more belong to the chain' : 'Of the order lines of this chain, with their folded siblings'}>
      {money.length === 0 ? (
        <Text size="sm" c="dimmed" px="md" pb="md">No document of this chain carries money yet.</Text>
      ) : (
        currencies.map((currency) => {
          const rows = money.filter((row) => row.currency === currency);
          return (
            <div className="tl-scroll-x" key={currency}>
            <Table verticalSpacing={4} horizontalSpacing="md" fz="sm" aria-label={`Money in ${currency || 'an unknown currency'}`}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Stage</Table.Th>
                  <Table.Th ta="right">Lines</Table.Th>
                  <Table.Th ta="right">{now ? 'Then' : 'Amount'}</Table.Th>
                  <Table.Th ta="right">Difference</Table.Th>
                  {now && <Table.Th ta="right">Now</Table.Th>}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((row, i) => (
                  <Table.Tr key={row.stage}>
                    <Table.Th scope="row" fw={500}>{WORD[row.stage]}<Text size="xs" c="dimmed" visibleFrom="xs">{HELP[row.stage]}</Text></Table.Th>
                    <Table.Td ta="right">{row.lines}</Table.Td>
                    <Table.Td ta="right">
                      {row.lines === 0 ? <Text span size="sm" className="tl-unknown-text">not known yet</Text> : <Money amount={row.amount} currency={currency} why="No line of it says price or amount." />}
                      {row.amount !== null && row.unknown > 0 && <Text size="xs" className="tl-unknown-text">{row.unknown} of {row.lines} lines unknown</Text>}
                    </Table.Td>
                    <Table.Td ta="right"><Difference row={row} before={rows[i - 1]} /></Table.Td>
                    {now && <Table.Td ta="right"><Now row={row} now={now.find((each) => each.stage === row.stage && each.currency === currency)} /></Table.Td>}
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
            </div>
          );
        })
      )}
    </Section>
  );
}

/** Stages that only came later stand there too, with nothing known of them. */
function withLater(then: readonly StageMoney[], now: readonly StageMoney[]): StageMoney[] {
  return now
    .map((row) => then.find((each) => each.stage === row.stage && each.currency === row.currency) ?? { ...row, amount: null, lines: 0, unknown: 0 })
    .concat(then.filter((row) => !now.some((each) => each.stage === row.stage && each.currency === row.currency)));
}

function Now({ row, now }: { row: StageMoney; now: StageMoney | undefined }) {
  if (!now) return <Text span size="sm" c="dimmed">–</Text>;
  if (now.amount === row.amount && now.unknown === row.unknown) return <Text span size="sm" c="dimmed">the same</Text>;
  return <Money amount={now.amount} currency={now.currency} why="No line of it says price or amount." />;
}

function Difference({ row, before }: { row: StageMoney; before: StageMoney | undefined }) {
  if (!before || row.lines === 0) return <Text span size="sm" c="dimmed">–</Text>;
  // A payment settles invoices as wholes, with lines of other chains in them.
  if (row.stage === 'paid') return <Text span size="xs" c="dimmed">whole invoices</Text>;
  if (row.amount === null || before.amount === null || row.unknown > 0 || before.unknown > 0) return <Unknown why="An amount of one of the two stages is not known." />;
  const difference = new Decimal(row.amount).minus(before.amount);
  if (difference.isZero()) return <Text span size="sm" c="dimmed">none</Text>;
  return (
    <>
      {difference.isPositive() && '+'}<Money amount={difference.toString()} currency={row.currency} />
      <Text size="xs" c="dimmed">to {WORD[before.stage].toLowerCase()}</Text>
    </>
  );
}
