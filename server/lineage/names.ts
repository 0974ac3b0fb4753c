import type { Store } from '@/clickhouse/client';
import { masterNames } from '@/clickhouse/queries/lineage';

export interface Things {
  type: string;
  ids: readonly string[];
}

const NAMED = ['item', 'supplier', 'location'];

/** Names change rarely: a new one may be shown this much later. */
const FRESH_MS = 30_000;
const MOST_REMEMBERED = 20_000;

type Found = Promise<ReadonlyMap<string, string>>;
const remembered = new WeakMap<Store, { at: number; names: Map<string, Found> }>();

/** Names from master data for one answer: they can be asked for before it is known which of them are shown. */
export class Names {
  private readonly asked: Map<string, Found>;

  constructor(private readonly store: Store) {
    let kept = remembered.get(store);
    if (!kept || Date.now() - kept.at > FRESH_MS || kept.names.size > MOST_REMEMBERED) remembered.set(store, (kept = { at: Date.now(), names: new Map() }));
    this.asked = kept.names;
  }

  ask(things: readonly Things[]): void {
    const unasked = things.flatMap(({ type, ids }) => (NAMED.includes(type) ? ids.map((id) => ({ type, id })) : [])).filter(({ type, id }) => !this.asked.has(`${type} ${id}`));
    if (unasked.length === 0) return;
    const rows = masterNames(this.store, { types: unasked.map(({ type }) => type), ids: unasked.map(({ id }) => id) });
    const names: Found = rows.then((found) => new Map(found.map((row) => [`${row.kind} ${row.record_id}`, row.name || row.description])));
    for (const { type, id } of unasked) this.asked.set(`${type} ${id}`, names);
    // What failed is asked for again by the next one.
    names.catch(() => {
      for (const { type, id } of unasked) if (this.asked.get(`${type} ${id}`) === names) this.asked.delete(`${type} ${id}`);
    });
  }

  /** Names by `type id`; what has none is left out. */
  async of(things: readonly Things[]): Promise<Record<string, string>> {
    this.ask(things);
    const keys = things.flatMap(({ type, ids }) => ids.map((id) => `${type} ${id}`));
    const found = await Promise.all(keys.map(async (key) => [key, (await this.asked.get(key))?.get(key) ?? ''] as const));
    return Object.fromEntries(found.filter(([, name]) => name !== ''));
  }
}
