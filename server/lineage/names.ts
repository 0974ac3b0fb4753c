import type { Store } from '@/clickhouse/client';
import { masterNames } from '@/clickhouse/queries/lineage';

export interface Things {
  type: string;
  ids: readonly string[];
}

const NAMED = ['item', 'supplier', 'location'];

/** Names from master data for one answer: they can be asked for before it is known which of them are shown. */
export class Names {
  private readonly asked = new Map<string, Promise<Map<string, string>>>();

  constructor(private readonly store: Store) {}

  ask(things: readonly Things[]): void {
    const unasked = things.flatMap(({ type, ids }) => (NAMED.includes(type) ? ids.map((id) => ({ type, id })) : [])).filter(({ type, id }) => !this.asked.has(`${type} ${id}`));
    if (unasked.length === 0) return;
    const rows = masterNames(this.store, { types: unasked.map(({ type }) => type), ids: unasked.map(({ id }) => id) });
    const names = rows.then((found) => new Map(found.map((row) => [`${row.kind} ${row.record_id}`, row.name || row.description])));
    names.catch(() => undefined);
    for (const { type, id } of unasked) this.asked.set(`${type} ${id}`, names);
  }

  /** Names by `type id`; what has none is left out. */
  async of(things: readonly Things[]): Promise<Record<string, string>> {
    this.ask(things);
    const keys = things.flatMap(({ type, ids }) => ids.map((id) => `${type} ${id}`));
    const found = await Promise.all(keys.map(async (key) => [key, (await this.asked.get(key))?.get(key) ?? ''] as const));
    return Object.fromEntries(found.filter(([, name]) => name !== ''));
  }
}
