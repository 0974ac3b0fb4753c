import { type ClickHouseSettings } from '@clickhouse/client';
import { type z } from 'zod';
import { type Store } from './client';
import { StoreError } from './errors';

export interface Limits {
  /** Seconds the statement may run. Default 10. */
  seconds?: number;
  /** Rows it may give before it fails as NarrowTheRange. Default 10,000. */
  rows?: number;
  /** How many threads it may take; default: all. A few rows by key are read sooner by one: bringing several together costs more than they save, and others are asked beside it. */
  threads?: number;
}

/** Of a read of a few rows by key, of which a page asks several at once. */
export const BY_KEY: Limits = { threads: 1 };

export interface QueryDefinition<P extends z.ZodObject, R extends z.ZodObject> {
  /** `<subject>_<what>`: names the query in errors, in the server's log and in benches. */
  name: string;
  /** A SELECT with `{name:Type}` placeholders for every parameter. */
  sql: string;
  params: P;
  /** Shape of one row in JSON. It describes and never transforms: not every row goes through it. */
  row: Describing<R>;
  limits?: Limits;
}

/** A schema whose output is what goes in. A transforming one would change only the rows that are checked. */
export type Describing<R extends z.ZodObject> = z.input<R> extends z.output<R> ? R : never;

export interface Query<P extends z.ZodObject, R extends z.ZodObject> {
  (store: Store, params: z.input<P>, options?: { signal?: AbortSignal }): Promise<z.output<R>[]>;
  readonly definition: QueryDefinition<P, R>;
}

/**
 * A named, typed SELECT. Throws NarrowTheRange when it hits a limit, StoreUnavailable when the store does not
 * answer, StoreError otherwise, ZodError for parameters of the wrong shape.
 *
 * @example
 * const receiptsUnmatched = defineQuery({
 *   name: 'receipts_unmatched',
 *   sql: 'SELECT receipt_id, sum(amount) AS amount FROM receipts WHERE time >= {from:DateTime64(3)} GROUP BY receipt_id',
 *   params: z.object({ from: z.date() }),
 *   row: z.object({ receipt_id: z.string(), amount: z.string() }),
 * });
 * const rows = await receiptsUnmatched(store, { from });
 */
export function defineQuery<P extends z.ZodObject, R extends z.ZodObject>(
  definition: QueryDefinition<P, R>,
): Query<P, R> {
  register(definition);
  const settings = limitSettings(definition.limits);
  const run = async (store: Store, params: z.input<P>, options: { signal?: AbortSignal } = {}) => {
    const rows = await store.select<unknown>(definition.sql, definition.params.parse(params), {
      name: definition.name,
      settings,
      signal: options.signal,
    });
    return checkedRows(definition.name, definition.row, rows);
  };
  return Object.assign(run, { definition });
}

const named = new Map<string, Named>();

/** What there is to know of a named statement without running it. */
export type Named = Pick<QueryDefinition<z.ZodObject, z.ZodObject>, 'name' | 'sql' | 'params' | 'limits'>;

/** Every query and list of the modules loaded so far, by name; a test holds each against the index it was designed for. */
export const namedQueries: ReadonlyMap<string, Named> = named;

/** For defineList: a list is a named query too. */
export function register(definition: Named): void {
  named.set(definition.name, definition);
}

/** Limits as settings. `readonly` 2: a SELECT stays one whatever its text becomes; settings may still be given. */
export function limitSettings(limits: Limits = {}): ClickHouseSettings {
  return {
    readonly: '2',
    max_execution_time: limits.seconds ?? 10,
    timeout_overflow_mode: 'throw',
    max_result_rows: String(limits.rows ?? 10_000),
    result_overflow_mode: 'throw',
    ...(limits.threads === undefined ? {} : { max_threads: limits.threads }),
  };
}

/** Enough to see a wrong type or a missing column; all rows of one answer have the same columns and types. */
const CHECKED_ROWS = 100;
const CHECK_ALL = process.env.VITEST !== undefined || process.env.NODE_ENV === 'test';

/**
 * The rows, typed. A column's type is the same in every row, so in production the first hundred speak for the rest:
 * parsing 10,000 rows would cost more than the query. Tests check all, to meet the null that comes late.
 */
export function checkedRows<R extends z.ZodObject>(name: string, schema: R, rows: unknown[]): z.output<R>[] {
  const count = CHECK_ALL ? rows.length : Math.min(rows.length, CHECKED_ROWS);
  for (let i = 0; i < count; i++) checkRow(name, schema, rows[i]);
  return rows as z.output<R>[];
}

export function checkRow<R extends z.ZodObject>(name: string, schema: R, row: unknown): asserts row is z.output<R> {
  const parsed = schema.safeParse(row);
  if (parsed.success) return;
  const issue = parsed.error.issues[0];
  const where = issue?.path.join('.') ?? '';
  throw new StoreError(name, `${name}: column ${where}: ${issue?.message ?? 'not the shape it was defined with'}`);
}
