'use client';

import { Select } from '@mantine/core';
import type { inferRouterOutputs } from '@trpc/server';
import { parseAsInteger, parseAsString, useQueryStates } from 'nuqs';
import type { AppRouter } from '@/server/routers/root';
import type { QueryLike } from '../components/state/data-state';

type Unmatched = inferRouterOutputs<AppRouter>['receipts']['unmatched'];
export type UnmatchedQuery = QueryLike<Unmatched>;

/** Whose receipts are listed: in the address, for every table of the page. */
export function useWhose() {
  return useQueryStates({ supplier: parseAsString.withDefault(''), buyer: parseAsString.withDefault(''), page: parseAsInteger }, { history: 'push' });
}

/** What was chosen stays a choice where the answer does not name it any more. */
function options(list: readonly { who: string; name: string; lines: number }[], chosen: string) {
  const named = list.filter(({ who }) => who !== '').map(({ who, name, lines }) => ({ value: who, label: `${name} (${lines})` }));
  return chosen === '' || named.some(({ value }) => value === chosen) ? named : [...named, { value: chosen, label: chosen }];
}

export function Whose({ query }: { query: UnmatchedQuery }) {
  const [chosen, choose] = useWhose();
  return (
    <>
      <Select
        size="xs" w={170} aria-label="Supplier" placeholder="Any supplier" searchable clearable value={chosen.supplier || null} data={options(query.data?.suppliers ?? [], chosen.supplier)}
        onChange={(supplier) => void choose({ supplier: supplier || null, page: null })}
      />
      <Select
        size="xs" w={140} aria-label="Buyer" placeholder="Any buyer" searchable clearable value={chosen.buyer || null} data={options(query.data?.buyers ?? [], chosen.buyer)}
        onChange={(buyer) => void choose({ buyer: buyer || null, page: null })}
      />
    </>
  );
}
