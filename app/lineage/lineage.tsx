'use client';

import { parseAsString, useQueryState } from 'nuqs';
import { Flow } from './flow';
import { SearchResults } from './search-results';

/** What a key leads to, or without one the whole network's flow. */
export function Lineage() {
  const [q] = useQueryState('q', parseAsString.withDefault(''));
  return q.trim() ? <SearchResults q={q.trim()} /> : <Flow />;
}
