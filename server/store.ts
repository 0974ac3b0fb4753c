import { createStore, type Store } from '@/clickhouse/client';

// Next loads modules once per bundle; the connections are the process's.
const shared = globalThis as typeof globalThis & { throughlineStore?: Store };

/** The process's store. Made at the first request, since a build has no configuration. */
export function store(): Store {
  shared.throughlineStore ??= createStore();
  return shared.throughlineStore;
}
