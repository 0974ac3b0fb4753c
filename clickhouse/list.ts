import { type z } from 'zod';
import { type Store } from './client';
import { BadInput, NarrowTheRange } from './errors';
import { checkedRows, checkRow, limitSettings, register, type Describing, type Limits } from './query';

export interface Sort<Column extends string = string> {
  sort: Column;
  desc: boolean;
}

export interface PageRequest<Column extends string = string> {
  /** Default: the list's own order. */
  sort?: Column;
  desc?: boolean;
  /** 1 to 500. */
  limit: number;
  /** Rows before the page, up to 100,000. */
  offset: number;
}

export interface Page<Row> {
  rows: Row[];
  /** Rows of the whole filter. */
  total: number;
}

export interface ListDefinition<P extends z.ZodObject, R extends z.ZodObject, Column extends string> {
  name: string;
  /** A SELECT without ORDER BY and LIMIT, with `{name:Type}` placeholders. */
  sql: string;
  params: P;
  /** Shape of one row in JSON; see QueryDefinition. */
  row: Describing<R>;
  /** What a reader may sort by: name on the page → expression over the columns of `sql`. */
  sortable: Record<Column, string>;
  defaultSort: Sort<NoInfer<Column>>;
  /** Columns that together name one row; they end every ORDER BY, so that pages neither overlap nor skip. */
  key: readonly [string, ...string[]];
  /** Limits of a page; an export has its own. */
  limits?: Limits;
}

export interface List<P extends z.ZodObject, R extends z.ZodObject, Column extends string> {
  /** One page and the size of the whole. */
  page(store: Store, params: z.input<P>, request: PageRequest<Column>): Promise<Page<z.output<R>>>;
  /** Every row of the filter, for export, up to a million; stopping early ends the query. */
  stream(store: Store, params: z.input<P>, sort?: Partial<Sort<Column>>, signal?: AbortSignal): AsyncIterable<z.output<R>>;
  readonly definition: ListDefinition<P, R, Column>;
}

const LARGEST_PAGE = 500;
/** Deeper than this nobody pages by hand, and the engine would sort it all for each page. */
const DEEPEST_OFFSET = 100_000;
const EXPORT: Limits = { seconds: 120, rows: 1_000_000 };
const CHECKED_ROWS = 100;

/** A table's rows: page by page in a stable order, or all of them. Errors as in defineQuery; BadInput for an unknown sort. */
export function defineList<P extends z.ZodObject, R extends z.ZodObject, Column extends string>(
  definition: ListDefinition<P, R, Column>,
): List<P, R, Column> {
  register(definition);
  const { name, sql, params: schema, row, limits } = definition;
  const inner = `FROM (\n${sql}\n)`;
  const pageSettings = limitSettings(limits);
  const count = `SELECT count() AS total ${inner}`;

  return {
    definition,
    async page(store, given, request) {
      checkPage(name, request);
      const params = schema.parse(given);
      const query = `SELECT * ${inner} ORDER BY ${orderOf(definition, request)} LIMIT {page_limit:UInt32} OFFSET {page_offset:UInt32}`;
      const paged = { ...params, page_limit: request.limit, page_offset: request.offset };
      const [rows, totals] = await Promise.all([
        store.select<unknown>(query, paged, { name, settings: pageSettings }),
        store.select<{ total: number }>(count, params, { name: `${name}_total`, settings: pageSettings }),
      ]);
      return { rows: checkedRows(name, row, rows), total: totals[0]?.total ?? 0 };
    },
    async *stream(store, given, sort = {}, signal) {
      const query = `SELECT * ${inner} ORDER BY ${orderOf(definition, sort)}`;
      const options = { name: `${name}_export`, settings: limitSettings(EXPORT), signal };
      let checked = 0;
      for await (const one of store.stream<z.output<R>>(query, schema.parse(given), options)) {
        if (checked++ < CHECKED_ROWS) checkRow(name, row, one);
        yield one;
      }
    },
  };
}

function checkPage(name: string, { limit, offset }: PageRequest): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > LARGEST_PAGE) {
    throw new BadInput(`A page has 1 to ${LARGEST_PAGE} rows`);
  }
  if (!Number.isInteger(offset) || offset < 0) throw new BadInput('A page starts at a row number');
  if (offset > DEEPEST_OFFSET) {
    throw new NarrowTheRange(name, `Pages end at row ${DEEPEST_OFFSET}: narrow the range, or export the list.`);
  }
}

function orderOf<Column extends string>(
  definition: { sortable: Record<Column, string>; defaultSort: Sort<Column>; key: readonly string[] },
  { sort, desc }: { sort?: Column; desc?: boolean },
): string {
  const column = sort ?? definition.defaultSort.sort;
  if (!Object.hasOwn(definition.sortable, column)) throw new BadInput(`This list does not sort by ${JSON.stringify(column)}`);
  const down = desc ?? (sort === undefined ? definition.defaultSort.desc : false);
  // Unknown values last either way: they are neither the smallest nor the largest.
  return [`${definition.sortable[column]} ${down ? 'DESC' : 'ASC'} NULLS LAST`, ...definition.key].join(', ');
}
