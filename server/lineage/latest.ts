import type { Store } from '@/clickhouse/client';
import { objectsLatest } from '@/clickhouse/queries/lineage-search';
import { refKey, type ObjectRef } from './objects';

export type LatestRow = Awaited<ReturnType<typeof objectsLatest>>[number];

export const keyOfRow = (row: Pick<LatestRow, 'object_type' | 'object_id'>): string => refKey({ type: row.object_type, id: row.object_id });

/**
 * The latest event of each object, by refKey; none of what no event at these facilities has touched.
 * @param facilities empty: all
 */
export async function latestOf(store: Store, refs: readonly ObjectRef[], facilities: string[]): Promise<Map<string, LatestRow>> {
  if (refs.length === 0) return new Map();
  const rows = await objectsLatest(store, { keys: refs.map(({ id }) => id.toLowerCase()), types: refs.map(({ type }) => type), ids: refs.map(({ id }) => id), facilities });
  return new Map(rows.map((row) => [keyOfRow(row), row]));
}
