'use client';

import { Stack, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { parseAsBoolean, parseAsIsoDateTime, useQueryState } from 'nuqs';
import { useTRPC } from '@/app/trpc/react';
import type { ObjectView } from '@/server/lineage/object';
import { FilterLink } from '../components/filters/filter-link';
import { PageHeader } from '../components/page-header';
import { Section } from '../components/section';
import { DataState, EmptyState } from '../components/state/data-state';
import { ChainPage } from './chain/chain-page';
import { MayOpenPayloads } from './chain/events';
import { ContextPage } from './context';
import { DocumentPage } from './document';
import { typeTitle } from './words';

/** The page of any object: a line's chain, a document's lines, or what touched anything else. */
export function ObjectPage({ type, id, payloads }: { type: string; id: string; payloads: boolean }) {
  const trpc = useTRPC();
  const [siblings] = useQueryState('siblings', parseAsBoolean.withDefault(false));
  const [inferred] = useQueryState('inferred', parseAsBoolean.withDefault(false));
  const [asOf] = useQueryState('asOf', parseAsIsoDateTime);
  const object = useQuery(trpc.lineage.object.queryOptions({ type, id, siblings, inferred, ...(asOf ? { asOf: asOf.toISOString() } : {}) }, { placeholderData: keepPreviousData }));
  const title = (
    <>
      {typeTitle(type)} <Text span inherit ff="monospace" style={{ overflowWrap: 'anywhere' }}>{id}</Text>
    </>
  );
  // What is shown of another object while this one loads would be a wrong answer; the same one with siblings or as of another moment is not.
  const query = object.isPlaceholderData && !isSame(object.data, type, id) ? { ...object, data: undefined } : object;
  if (query.data === undefined) {
    return (
      <>
        <PageHeader title={title} />
        <DataState query={query} height={420}>{() => null}</DataState>
      </>
    );
  }
  return (
    <MayOpenPayloads value={payloads}>
    <DataState query={query}>
      {(data) => {
        switch (data.kind) {
          case 'chain':
            return <ChainPage chain={data.chain} then={data.then} names={data.names} />;
          case 'document':
            return <DocumentPage document={data.document} names={data.names} />;
          case 'context':
            return <ContextPage context={data.context} />;
          case 'unknown':
            return (
              <>
                <PageHeader title={title} />
                <Section title="Nothing recorded under this key">
                  <EmptyState title={`No ${typeTitle(type).toLowerCase()} ${id} is known`}>
                    <Stack gap={4}>
                      <span>Looked in: {data.lookedIn.join('; ')}.</span>
                      <span>
                        <FilterLink href={`/lineage?q=${encodeURIComponent(id)}`}>Search for {id} among all kinds of keys</FilterLink>
                      </span>
                    </Stack>
                  </EmptyState>
                </Section>
              </>
            );
        }
      }}
    </DataState>
    </MayOpenPayloads>
  );
}

function isSame(data: ObjectView | undefined, type: string, id: string): boolean {
  if (!data) return false;
  if (data.kind === 'chain') return data.chain.seed.type === type && data.chain.seed.id === id;
  if (data.kind === 'document') return data.document.id === id;
  if (data.kind === 'context') return data.context.type === type && data.context.id === id;
  return data.type === type && data.id === id;
}
