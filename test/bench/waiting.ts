import type { Store } from '../../clickhouse/client';

/** How long one waits for the database: the time in which at least one statement is on its way, however many at once. */
export class Waiting {
  private running = 0;
  private since = 0;
  private total = 0;

  /** Milliseconds since the last time it was asked. */
  taken(): number {
    const total = this.total;
    this.total = 0;
    return total;
  }

  /** The store, watched. */
  on(store: Store): Store {
    const select: Store['select'] = async (...asked) => {
      if (this.running++ === 0) this.since = performance.now();
      try {
        return await store.select(...asked);
      } finally {
        if (--this.running === 0) this.total += performance.now() - this.since;
      }
    };
    // Not a copy: the store's own methods need its private fields.
    return new Proxy(store, { get: (of, name) => (name === 'select' ? select : bound(of, name)) });
  }
}

function bound(store: Store, name: string | symbol): unknown {
  const found: unknown = Reflect.get(store, name);
  return typeof found === 'function' ? (found.bind(store) as unknown) : found;
}
