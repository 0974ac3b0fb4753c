import { z } from 'zod';
import type { Store } from '@/clickhouse/client';
import { fillDays } from '@/clickhouse/desk';
import { duplicateSuppliers, FILL_QUALITY, fillQualityParams, lackingThings, type qualityParams } from '@/clickhouse/queries/quality';

/** What is looked for among document lines: names that the master data have not, and suppliers that they have twice. */

type Params = z.input<z.ZodObject<typeof qualityParams>>;
type Span = Pick<Params, 'from' | 'to' | 'facilities'>;
export interface Duplicate {
  /** The one that is meant first. */
  readonly ids: readonly string[];
  readonly names: readonly string[];
}

/**
 * Parameters of a page's questions about a range.
 *
 * @param kind empty: every kind
 */
export async function lookFor(store: Store, { from, to, facilities }: Span, kind = ''): Promise<{ params: Params; duplicates: readonly Duplicate[] }> {
  const twice = kind === '' || kind === 'duplicate-supplier' ? await duplicateSuppliers(store, {}) : [];
  const beside = besideOf(twice);
  return { duplicates: twice, params: { from, to, facilities, kind, duplicates: beside.map(({ id }) => id), duplicate_groups: beside.map(({ group }) => group), duplicate_since: beside.map(({ since }) => since) } };
}

const besideOf = (twice: Awaited<ReturnType<typeof duplicateSuppliers>>) => twice.flatMap(({ ids, since }) => ids.slice(1).map((id) => ({ id, group: ids.join(' + '), since })));

/** Works anew on which lines of a span of days a problem is seen. */
export async function fillQuality(store: Store, { run, from, to }: { run: number; from: Date; to: Date }): Promise<void> {
  const span = { from, to, facilities: [] };
  const [things, twice] = await Promise.all([lackingThings(store, span), duplicateSuppliers(store, {})]);
  if (things.length === 0 && twice.length === 0) return;
  const beside = besideOf(twice);
  await fillDays(store, 'quality_fill', FILL_QUALITY, z.object(fillQualityParams).parse({
    ...span, run, kinds: things.map(({ kind }) => kind), names: things.map(({ name }) => name), others: things.map(({ other }) => other), duplicates: beside.map(({ id }) => id), duplicate_groups: beside.map(({ group }) => group),
  }));
}
