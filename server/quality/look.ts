import type { z } from 'zod';
import type { Store } from '@/clickhouse/client';
import { duplicateSuppliers, lackingThings, type qualityParams } from '@/clickhouse/queries/quality';

/** What is looked for among the lines of a range: names that the master data have not, and suppliers that they have twice. */

type Params = z.input<z.ZodObject<typeof qualityParams>>;
export interface Duplicate {
  /** The one that is meant first. */
  readonly ids: readonly string[];
  readonly names: readonly string[];
}

/** A page asks several questions of one range: the things are found once for all of them. */
const KEPT_MS = 20_000;
const kept = new WeakMap<Store, Map<string, { at: number; found: Promise<{ params: Params; duplicates: Duplicate[] }> }>>();

/** @param kind empty: every kind */
export async function lookFor(store: Store, range: Pick<Params, 'from' | 'to' | 'facilities'>, kind = ''): Promise<{ params: Params; duplicates: Duplicate[] }> {
  // The end of a living range moves with every question; within the time that an answer is kept nothing is missed by that.
  const key = [Math.floor(range.from.getTime() / KEPT_MS), Math.floor(range.to.getTime() / KEPT_MS), ...range.facilities].join('|');
  const own = kept.get(store) ?? new Map<string, { at: number; found: Promise<{ params: Params; duplicates: Duplicate[] }> }>();
  kept.set(store, own);
  for (const [name, { at }] of own) if (Date.now() - at > KEPT_MS) own.delete(name);
  let entry = own.get(key);
  if (!entry) {
    entry = { at: Date.now(), found: look(store, range) };
    own.set(key, entry);
    entry.found.catch(() => own.delete(key));
  }
  const { params, duplicates } = await entry.found;
  const asked = { ...params, ...range };
  if (kind === '') return { params: asked, duplicates };
  const wanted = params.kinds.map((name) => name === kind);
  const of = (list: string[]) => list.filter((_, i) => wanted[i]);
  return {
    duplicates,
    params: { ...asked, kinds: of(params.kinds), names: of(params.names), others: of(params.others), ...(kind === 'duplicate-supplier' ? {} : { duplicates: [], duplicate_groups: [], duplicate_since: [] }) },
  };
}

async function look(store: Store, range: Pick<Params, 'from' | 'to' | 'facilities'>): Promise<{ params: Params; duplicates: Duplicate[] }> {
  const [things, twice] = await Promise.all([lackingThings(store, range), duplicateSuppliers(store, {})]);
  const beside = twice.flatMap(({ ids, since }) => ids.slice(1).map((id) => ({ id, group: ids.join(' + '), since })));
  return {
    duplicates: twice.map(({ ids, names }) => ({ ids, names })),
    params: {
      ...range, kinds: things.map(({ kind }) => kind), names: things.map(({ name }) => name), others: things.map(({ other }) => other),
      duplicates: beside.map(({ id }) => id), duplicate_groups: beside.map(({ group }) => group), duplicate_since: beside.map(({ since }) => since),
    },
  };
}
