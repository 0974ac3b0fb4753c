// Two databases, row by row.
import type { Store } from '../../clickhouse/client';
import { OPEN_TABLES } from '../../clickhouse/open-work';
import { inForce, DESK_TABLES, type DeskViewName } from '../../clickhouse/queries/desk';
import { BY_THE_CLOCK } from '../support/kept';

/** A day under which a chain stood only for a while is kept where it was seen there, and nobody reads it. */
const NO_VIEW = new Set<string>(['schema_migrations', 'migrations', 'chain_days', ...BY_THE_CLOCK]);
/** What a run works on; where it broke off, a later one lets go of it. */
const WORK = /^(chain|match)_work_/;
const SHOWN = 4;

export interface Difference {
  readonly table: string;
  /** Rows that only one side has. */
  readonly rows: number;
  /** The first of them. */
  readonly first: readonly { readonly only: 'run' | 'oracle'; readonly row: string }[];
}

/** Every table that holds what is known: the log and its views, also those made after this was written. */
export async function tablesOf(store: Store): Promise<string[]> {
  const found = await store.select<{ name: string }>("SELECT name FROM system.tables WHERE database = {database:String} AND engine LIKE '%MergeTree' ORDER BY name", { database: store.database });
  return found.map(({ name }) => name).filter((name) => !NO_VIEW.has(name) && !name.startsWith('.') && !WORK.test(name));
}

/** Rows as they are read with FINAL. A run of the match or the chains is a number of its own, and rows that are gone do not count. */
function rowsOf(database: string, table: string): string {
  // When an exception was found, and how often it came and went until the whole story was there, is of the run; what stands is of the log.
  if (table === 'exceptions') return `SELECT * EXCEPT (run, occurrence, found_at, changed_at, settled_at) FROM ${database}.exceptions FINAL WHERE settled = 0 AND NOT gone`;
  const desk = (Object.keys(DESK_TABLES) as DeskViewName[]).find((view) => DESK_TABLES[view] === table);
  if (desk) return inForce(desk, '1').replaceAll(/FROM (\w+) (FINAL |WHERE view)/g, `FROM ${database}.$1 $2`);
  if (table === 'order_desk' || table === 'accruals' || table === 'chain_heads') return `SELECT * EXCEPT (version) FROM ${database}.${table} FINAL WHERE NOT gone`;
  return table.startsWith('matched_') || OPEN_TABLES.includes(table) || table === 'chains' || table === 'inferred_links' ? `SELECT * EXCEPT (run) FROM ${database}.${table} FINAL WHERE NOT gone` : `SELECT * FROM ${database}.${table} FINAL`;
}

export async function differences(store: Store, run: string, oracle: string, tables: readonly string[]): Promise<Difference[]> {
  const found: Difference[] = [];
  for (const table of tables) {
    const sides = `
      SELECT row, sum(side) AS surplus FROM (
        SELECT toString(tuple(*)) AS row, 1 AS side FROM (${rowsOf(run, table)}) UNION ALL SELECT toString(tuple(*)), -1 FROM (${rowsOf(oracle, table)})
      ) GROUP BY row HAVING surplus != 0`;
    const [count] = await store.select<{ n: number }>(`SELECT count() AS n FROM (${sides})`);
    if (!count || count.n === 0) continue;
    const first = await store.select<{ row: string; surplus: number }>(`${sides} ORDER BY row LIMIT ${SHOWN}`);
    found.push({ table, rows: count.n, first: first.map(({ row, surplus }) => ({ only: surplus > 0 ? 'run' : 'oracle', row })) });
  }
  return found;
}
