import type { Store } from '@/clickhouse/client';

export interface Remembering<T> {
  /** How long an answer is given again, in milliseconds from when it was known. */
  freshMs: number;
  /** Until this age it still is, while it is asked for anew beside; default: no longer than it is fresh. */
  staleMs?: number;
  /** Answers that last a second only: right after the start the first events are on their way. */
  isEmpty?: (value: T) => boolean;
}

interface Known<T> {
  answer: Promise<T>;
  /** When it was known; until then nobody asks a second time. */
  at: number;
  renewing: boolean;
}

const EMPTY_MS = 1_000;

/** Answers of a store by a key: asked for once, however many ask. What failed is not remembered. */
export function remembered<T>({ freshMs, staleMs = freshMs, isEmpty = () => false }: Remembering<T>): (store: Store, key: string, ask: () => Promise<T>) => Promise<T> {
  const stores = new WeakMap<Store, Map<string, Known<T>>>();
  return (store, key, ask) => {
    const ofStore = stores.get(store) ?? new Map<string, Known<T>>();
    stores.set(store, ofStore);
    const now = Date.now();
    for (const [name, { at }] of ofStore) if (now - at > staleMs) ofStore.delete(name);
    const begin = (then: (mine: Known<T>) => void): Known<T> => {
      const mine: Known<T> = { answer: ask(), at: Infinity, renewing: false };
      mine.answer.then(
        (value) => {
          mine.at = Date.now() - (isEmpty(value) ? staleMs - EMPTY_MS : 0);
          then(mine);
        },
        () => {
          if (ofStore.get(key) === mine) ofStore.delete(key);
        },
      );
      return mine;
    };
    const known = ofStore.get(key);
    if (!known) {
      const mine = begin(() => undefined);
      ofStore.set(key, mine);
      return mine.answer;
    }
    if (now - known.at > freshMs && !known.renewing) {
      known.renewing = true;
      begin((mine) => ofStore.set(key, mine)).answer.catch(() => {
        known.renewing = false;
      });
    }
    return known.answer;
  };
}
