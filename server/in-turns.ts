import { PIECE_MS, type Store } from '@/clickhouse/client';

/** Does something with each of a long list, in pieces between which others have their turn: a verdict, say, that somebody waits for. */
export async function inTurns<Item>(store: Pick<Store, 'turn'>, list: Iterable<Item>, each: (item: Item, at: number) => void): Promise<void> {
  let began = performance.now();
  let at = 0;
  for (const item of list) {
    each(item, at++);
    if (performance.now() - began < PIECE_MS) continue;
    await store.turn();
    began = performance.now();
  }
}
