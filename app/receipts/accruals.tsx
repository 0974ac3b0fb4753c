'use client';

import { Anchor, Button } from '@mantine/core';
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { FilterLink } from '../components/filters/filter-link';
import { Money, objectHref } from '../components/format/values';
import { ListTable } from '../components/list/list-table';

const PARTS = ['opening', 'added', 'cleared', 'closing', 'posted'] as const;
type Part = (typeof PARTS)[number];
const PART_WORD: Record<Part, string> = { opening: 'open when the month began', added: 'received', cleared: 'cleared by invoices', closing: 'open at the month\'s end', posted: 'posted' };
const isPart = (key: string): key is Part => PARTS.some((part) => part === key);

const MONTH = new Intl.DateTimeFormat('en', { month: 'long', year: 'numeric', timeZone: 'UTC' });
const monthWord = (month: string) => (/^\d{4}-\d\d-\d\d$/.test(month) ? MONTH.format(new Date(`${month}T00:00:00Z`)) : month);

/** The roll-forward of accruals: each figure leads to its order lines, or its postings, below. */
export function Accruals() {
  const [chosen, choose] = useQueryStates({ month: parseAsString, currency: parseAsString.withDefault(''), part: parseAsStringLiteral(PARTS).withDefault('closing') }, { history: 'push' });
  const hrefOf = (month: string, currency: string, part: string) => `/receipts?${new URLSearchParams({ tab: 'accruals', month, currency, part })}#accrual-lines`;
  const about = chosen.month && `${monthWord(chosen.month)}, ${chosen.currency || 'no currency stated'}: ${PART_WORD[chosen.part]}`;
  const actions = <Button size="xs" variant="default" onClick={() => void choose({ month: null, currency: null, part: null })}>Close the lines</Button>;
  return (
    <>
      <ListTable
        list="receipts.accruals" prefix="ac" title="Accruals by month" emptyTitle="Nothing was received yet"
        subtitle="opening + added − cleared = closing, by business date, beside what the ledger posted as accrual; the months of the range, six at least"
        rowHref={(row) => hrefOf(String(row.month), String(row.currency), 'closing')}
        renderCell={(key, row) => {
          if (key === 'month') return monthWord(String(row.month));
          if (!isPart(key)) return undefined;
          const money = <Money amount={String(row[key])} currency={String(row.currency)} />;
          return Number(row[key]) === 0 ? money : <Anchor component={FilterLink} href={hrefOf(String(row.month), String(row.currency), key)} inherit>{money}</Anchor>;
        }}
      />
      <div id="accrual-lines">
        {chosen.month && (chosen.part === 'posted' ? (
          <ListTable
            key="postings" list="receipts.accrualPostings" prefix="al" title="Accrual postings" subtitle={about} input={{ month: chosen.month, currency: chosen.currency }} emptyTitle="Nothing was posted"
            rowHref={(row) => objectHref('posting', String(row.object_id))} actions={actions}
          />
        ) : (
          <ListTable
            key="lines" list="receipts.accrualLines" prefix="al" title="Order lines behind it" subtitle={about} input={{ month: chosen.month, currency: chosen.currency, part: chosen.part }} emptyTitle="No such order line"
            rowHref={(row) => objectHref('order-line', String(row.order_key))} actions={actions}
          />
        ))}
      </div>
    </>
  );
}
