import type { Store } from '../../clickhouse/client';

type Settings = NonNullable<NonNullable<Parameters<Store['command']>[2]>['settings']>;

/** The store, with each statement (a stream or an insert of bytes is none) in the hands of `each`, which knows its name and runs it, with settings of its own if it likes. */
export function through(store: Store, each: (name: string, run: (settings?: Settings) => Promise<unknown>) => Promise<unknown>): Store {
  return new Proxy(store, {
    get(target, key) {
      if (key !== 'command' && key !== 'select') return Reflect.get(target, key) as unknown;
      return (...[sql, params, options]: Parameters<Store['command']>) =>
        each(options?.name ?? '', (settings) => target[key](sql, params, { ...options, settings: { ...options?.settings, ...settings } }));
    },
  });
}
