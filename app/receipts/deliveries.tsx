'use client';

import { objectHref } from '../components/format/values';
import { ListTable } from '../components/list/list-table';
import { useWhose, Whose, type UnmatchedQuery } from './choices';

/** Order lines of which more or less came than was ordered. */
export function Deliveries({ query }: { query: UnmatchedQuery }) {
  const [{ supplier, buyer }] = useWhose();
  return (
    <>
      <ListTable
        list="receipts.underDelivered" prefix="ud" title="Under-delivered order lines" subtitle="something came, and not all of it: as of now, of any age" emptyTitle="Nothing came short" input={{ supplier, buyer }}
        rowHref={(row) => objectHref('order-line', String(row.order_key))} actions={<Whose query={query} />}
      />
      <ListTable
        list="receipts.overDelivered" prefix="od" title="Over-delivered order lines" subtitle="more came than was ordered, past the limit" emptyTitle="Nothing was over-delivered"
        rowHref={(row) => objectHref('order-line', String(row.order_key))}
      />
    </>
  );
}
