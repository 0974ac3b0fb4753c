import { z } from 'zod';
import { defineQuery, type Store } from './client';
import { identifier } from './engine/statement';

/** After this long a run that was to take its tables of work away has died. */
export const LEFT_BEHIND_MS = 3_600_000;
/** Asking takes as long as a step of a small run. */
const LOOK_EVERY_MS = 60_000;

/** The name of a table of work: for what, of the run that began then (milliseconds), and which of its tables. */
export const workTable = (of: 'chain' | 'match', began: number, which = ''): string => `${of}_work_${began}${which}`;

const leftBehind = defineQuery({
  name: 'work_left_behind',
  sql: "SELECT name FROM system.tables WHERE database = currentDatabase() AND toUInt64OrZero(extract(name, '^(?:chain|match)_work_([0-9]+)')) BETWEEN 1 AND {before:UInt64}",
  params: z.object({ before: z.number() }),
  row: z.object({ name: z.string() }),
});

const looked = new WeakMap<Store, number>();

/** Takes away tables of work of runs that died: looked for now and then, not at each call. */
export async function dropLeftBehind(store: Store): Promise<void> {
  if (Date.now() - (looked.get(store) ?? 0) < LOOK_EVERY_MS) return;
  looked.set(store, Date.now());
  for (const { name } of await leftBehind(store, { before: Date.now() - LEFT_BEHIND_MS })) await store.command(`DROP TABLE IF EXISTS ${identifier(name)} SYNC`, {}, { name: 'work_drop' });
}
