import type { Store } from './client';
import { identifier } from './engine/statement';
import { LEFT_BEHIND_MS, workTable } from './left-behind';
import type { Stage } from './queries/match-facts';

/** Tables of work of a run of the match, and the statements that fill them. */

const SECONDS = 600;

/** A table of work has no key: the engine would look for a better plan longer than the plan as written takes. */
const AS_WRITTEN = { query_plan_enable_optimizations: 0, max_insert_threads: '2' } as const;
/**
 * A few rows are sooner brought by one thread, and seldom asked for often enough to be worth compiling. Looking for what follows
 * from chains of comparisons takes a twentieth of a small run, and there are none.
 */
const FEW_ROWS = { max_threads: 1, max_insert_threads: '1', compile_expressions: 0, optimize_and_compare_chain: 0 } as const;
/** What is of no use after a crash need not outlive one. */
const CREATING = { name: 'match_create', settings: { fsync_metadata: 0 } } as const;
type Settings = NonNullable<NonNullable<Parameters<Store['command']>[2]>['settings']>;

/** Columns of the tables of work by the statements that fill them: the same in every run. */
const shapes = new Map<string, string>();

/**
 * Tables of work that stay, empty, from one small run to the next: making some thirty tables and taking them away again costs
 * a tenth of such a run. One process has them for a while, then others: what it leaves behind when it dies is found by its age.
 */
class Staying {
  /** Columns by name of the stage. */
  readonly tables = new Map<string, string>();
  inUse = false;
  readonly since = Date.now();
  constructor(readonly prefix: string) {}
}
const STAY_MS = LEFT_BEHIND_MS / 2;
const staying = new WeakMap<Store, Staying>();

/** Changes the text of a stage before it runs: how tests break the match on purpose. */
export type Rewrite = (stage: string, sql: string) => string;

/**
 * Tables in memory, by the names of stages. In the text of a statement `match_<stage>` of a stage that this holds is
 * replaced by the name of its table.
 */
export class Work {
  private readonly made = new Set<string>();
  /** Of tables that stay: those that hold what an earlier step of the run put there. */
  private readonly used = new Set<string>();
  private readonly prefix: string;
  private stay: Staying | undefined;

  constructor(
    private readonly store: Store,
    readonly run: number,
    private readonly params: Record<string, unknown>,
    private readonly rewrite: Rewrite = (_stage, sql) => sql,
    beside = '',
  ) {
    this.prefix = workTable('match', run, `_${beside}`);
  }

  /** For a small run: on tables that stay. Ended by {@link done}, or by {@link drop} where it broke off. */
  static async small(store: Store, run: number, params: Record<string, unknown>, rewrite?: Rewrite): Promise<Work> {
    let stay = staying.get(store);
    if (stay?.inUse) return new Work(store, run, params, rewrite);
    if (stay && Date.now() - stay.since > STAY_MS) {
      staying.delete(store);
      await dropTables(store, stay);
      stay = undefined;
    }
    stay ??= new Staying(workTable('match', run, '_stays_'));
    staying.set(store, stay);
    stay.inUse = true;
    const work = new Work(store, run, params, rewrite);
    work.stay = stay;
    return work;
  }

  /** Whether it is on tables that stay. */
  get small(): boolean {
    return this.stay !== undefined;
  }

  /** Tables of the same run by other names, for work that goes on at the same time. */
  beside(name: string): Work {
    return new Work(this.store, this.run, this.params, this.rewrite, `${name}_`);
  }

  private here(sql: string): string {
    return sql.replace(/\bmatch_([a-z0-9_]+)\b/g, (name) => (this.made.has(name) ? (this.stay?.prefix ?? this.prefix) + name.slice('match_'.length) : name));
  }

  /** The table of a stage, empty. */
  private async empty(stage: string, columns: string): Promise<void> {
    this.made.add(stage);
    const before = this.stay?.tables.get(stage);
    if (before === columns && !this.used.has(stage)) {
      this.used.add(stage);
      return;
    }
    if (before === columns) await this.store.command(this.here(`TRUNCATE TABLE ${stage}`), {}, { name: 'match_empty' });
    else {
      if (before !== undefined) await this.store.command(this.here(`DROP TABLE ${stage} SYNC`), {}, { name: 'match_drop' });
      this.stay?.tables.set(stage, columns);
      await this.store.command(this.here(`CREATE TABLE ${stage} (${columns}) ENGINE = Memory`), {}, CREATING);
    }
    this.used.add(stage);
  }

  /** Runs a statement; `stage` names it in errors and to {@link Rewrite}. */
  async command(stage: string, sql: string, params: Record<string, unknown> = {}, settings: Settings = {}): Promise<void> {
    await this.store.command(this.here(this.rewrite(stage, sql)), { ...this.params, ...params }, { name: `match_${stage.replace(/^match_/, '')}`, settings: { max_execution_time: SECONDS, ...settings, ...this.few } });
  }

  /** Runs a statement that reads only tables of work. */
  async written(stage: string, sql: string): Promise<void> {
    await this.command(stage, sql, {}, AS_WRITTEN);
  }

  private get few(): Settings {
    return this.small ? FEW_ROWS : {};
  }

  async select<Row>(stage: string, sql: string, params: Record<string, unknown> = {}): Promise<Row[]> {
    return this.store.select<Row>(this.here(sql), { ...this.params, ...params }, { name: `match_${stage}`, settings: { max_execution_time: SECONDS } });
  }

  /** A table with these columns and nothing in it. */
  async table(stage: string, columns: string): Promise<void> {
    await this.empty(stage, columns);
  }

  /** A table of what a stage gives that reads only tables of work; `kept`: it reads the store's tables too. */
  async stage({ name, sql, kept }: Stage, params: Record<string, unknown> = {}): Promise<void> {
    const text = this.here(this.rewrite(name, sql));
    const given = { ...this.params, ...params };
    const options = { name, settings: { max_execution_time: SECONDS, ...(kept ? {} : AS_WRITTEN), ...this.few } };
    // Made from its columns and then filled: made from the statement, the engine would plan that twice.
    const shape = sql + JSON.stringify(Object.keys(given));
    let columns = shapes.get(shape);
    if (columns === undefined) {
      const described = await this.store.select<{ name: string; type: string }>(`DESCRIBE TABLE (${text})`, given, options);
      columns = described.map((column) => `${identifier(column.name)} ${column.type}`).join(', ');
      shapes.set(shape, columns);
    }
    await this.empty(name, columns);
    await this.store.command(`INSERT INTO ${this.here(name)} ${text}`, given, options);
  }

  /** Lets go of tables: of those named, or of all. */
  async drop(stages?: readonly string[]): Promise<void> {
    if (this.stay) {
      for (const stage of stages ?? []) this.made.delete(stage);
      if (stages) return;
      // The run has broken off: what is in which table nobody knows.
      staying.delete(this.store);
      await dropTables(this.store, this.stay);
      return;
    }
    const gone = (stages ?? [...this.made]).filter((stage) => this.made.has(stage));
    if (gone.length === 0) return;
    await this.store.command(this.here(`DROP TABLE IF EXISTS ${gone.join(', ')} SYNC`), {}, { name: 'match_drop' });
    for (const stage of gone) this.made.delete(stage);
  }

  /** The run has ended well: nothing is left in its tables. */
  async done(): Promise<void> {
    if (!this.stay) return this.drop();
    await this.store.command(`TRUNCATE TABLES FROM ${identifier(this.store.database)} LIKE '${this.stay.prefix}%'`, {}, { name: 'match_empty' });
    this.stay.inUse = false;
  }

  /** Marks that the tables of work hold what they were given. */
  async begun(table: string): Promise<void> {
    await this.command('begun', `INSERT INTO ${table} (kind, id) VALUES ('begun', '')`);
  }

  async count(table: string, where: string): Promise<number> {
    const [row] = await this.select<{ n: number }>('count', `SELECT uniqExact(id) AS n FROM ${table} WHERE ${where}`);
    return row?.n ?? 0;
  }

  /** Whether a table holds anything, or may: of a row that is gone an earlier version may still be there. */
  async any(table: string): Promise<boolean> {
    return (await this.select('any', `SELECT 1 AS one FROM ${table} WHERE NOT gone LIMIT 1`)).length > 0;
  }

  /** Throws where the store was restarted since the mark was made: tables of work have then forgotten what they held, and the run has seen too little. */
  async stillThere(marked: string): Promise<void> {
    const [mark] = await this.select<{ n: number }>('mark', `SELECT count() AS n FROM ${marked} WHERE kind = 'begun'`);
    if (mark?.n !== 1) throw new Error('the store was restarted during a run of the match; it is done again');
  }
}

async function dropTables(store: Store, { prefix, tables }: Staying): Promise<void> {
  const names = [...tables.keys()].map((stage) => prefix + stage.slice('match_'.length));
  if (names.length > 0) await store.command(`DROP TABLE IF EXISTS ${names.join(', ')} SYNC`, {}, { name: 'match_drop' });
}
