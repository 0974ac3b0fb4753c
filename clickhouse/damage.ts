/** Parts whose files are damaged: what was merged or refused is no loss, what is worked out is worked out again, and of the log it is said. */
import { chainsAnew } from './chains';
import { hasCode, type Store } from './client';
import { deskAnew } from './desk';
import { identifier, literal } from './engine/statement';
import { inferAnew } from './inference';
import { matchAnew } from './matches';
import { setAside } from './queries/damage';
import { rebuildView, viewsOfTheLog } from './rebuild';

/** What arrived or was done here, and what was frozen: no other table has it. */
const KEPT_ONCE = ['events', 'dead_letters', 'users', 'saved_views', 'backups', 'expired', 'schema_migrations', 'completeness_days'] as const;

type SetAside = Awaited<ReturnType<typeof setAside>>[number];

/** One line for each part of which rows are missing, in words for whoever runs this; empty when nothing is. */
export async function missingRows(store: Store): Promise<string[]> {
  return (await setAside(store, {})).filter((part) => part.rows === 'lost').map((part) => missing(part));
}

/** What is kept once and damaged is lost until somebody brings it back: where from is theirs to know. */
function missing({ name_of_table: table, partition, name, at, path }: SetAside): string {
  const written = `rows of ${table} (partition ${partition}) that were written until ${at} are missing: part ${name} is damaged, and set aside in ${path}`;
  if (!isKeptOnce(table)) return `${written}; they are being worked out anew`;
  return `${written}. Restore the newest backup, which reads the streams again from then on; or, where nothing can be done, let go of it: ALTER TABLE ${table} DROP DETACHED PART ${literal(name)}`;
}

/**
 * Deals with parts that were set aside. Nothing is done to a table that is kept once but to say it: `said` are names of
 * parts that were said already. Returns how many tables were worked out anew.
 */
export async function mend(store: Store, say: (line: string) => void, said: Set<string> = new Set()): Promise<number> {
  const parts = await setAside(store, {});
  if (parts.length === 0) return 0;
  const views = await viewsOfTheLog(store);
  const anew = new Set<string>();
  for (const part of parts) {
    const { name_of_table: table, name, rows } = part;
    const known = said.has(`${table} ${name}`);
    said.add(`${table} ${name}`);
    if (rows === 'lost' && isKeptOnce(table)) {
      if (!known) say(missing(part));
    } else if (rows === 'lost') anew.add(table);
    else if (rows === 'inserted' && isKeptOnce(table)) {
      // Its rows were sent again. It stays where it is all the same: what is kept once is let go of by people only.
      if (!known) say(`part ${name} of ${table}, from an insert that was refused because the disk was full, is set aside in ${part.path}; nothing is missing`);
    } else {
      await letGo(store, part);
      say(`part ${name} of ${table} was damaged by a full disk, and ${rows === 'merged' ? 'the merge that made it was undone' : 'its insert had been refused'}: nothing is missing`);
    }
  }
  for (const table of anew) {
    const damaged = parts.filter((part) => part.name_of_table === table);
    say(`${table}: ${damaged.map(({ name }) => name).join(', ')} damaged; working it out anew`);
    if (views.has(table)) await rebuildView(store, table);
    else await allAnew(store);
    // A view that was rebuilt is another table, which has none of them.
    for (const part of damaged) await letGo(store, part);
    say(`${table}: whole again`);
  }
  return anew.size;
}

function isKeptOnce(table: string): boolean {
  return (KEPT_ONCE as readonly string[]).includes(table);
}

/** What runs fill is filled by their next ones, from the first to the last row. */
async function allAnew(store: Store): Promise<void> {
  await matchAnew(store);
  await deskAnew(store);
  await chainsAnew(store);
  await inferAnew(store);
}

const NO_SUCH_PART = [225, 232, 233, 60];

async function letGo(store: Store, { name_of_table: table, name }: SetAside): Promise<void> {
  try {
    await store.command(`ALTER TABLE ${identifier(table)} DROP DETACHED PART ${literal(name)} SETTINGS allow_drop_detached = 1`, {}, { name: 'damage_let_go' });
  } catch (error) {
    if (!NO_SUCH_PART.some((code) => hasCode(error, code))) throw error;
  }
}
