import { z } from 'zod';
import type { List, Page } from '@/clickhouse/client';
import type { Scope } from '../auth/roles';
import { resolveFilters, type Resolved } from '../filters';
import { filtersInput } from '../range';
import type { SignedIn } from '../trpc/init';
import { refusal } from '../trpc/errors';
import { can } from '../auth/roles';
import type { ListColumn, ListRow } from './columns';

/**
 * Every table of the product is a list: a name, who may read it, its own input, the store's list and the
 * columns. Paging and export are then the same for all, and check role and tenant in one place.
 */

export interface ServerList {
  readonly name: string;
  readonly scope: Scope;
  readonly columns: readonly ListColumn[];
  /** `input` as the client sent it, `filters` included; parsed and scoped here. */
  page(ctx: SignedIn, input: unknown, request: PageAsk): Promise<Page<ListRow>>;
  /** All rows of the filter in batches. */
  stream(ctx: SignedIn, input: unknown, sort: SortAsk, signal: AbortSignal): AsyncIterable<ListRow[]>;
}

export interface SortAsk {
  sort?: string;
  desc?: boolean;
}

export interface PageAsk extends SortAsk {
  /** From 1. */
  page: number;
  pageSize: number;
}

type ColumnOf<Row> = Omit<ListColumn, 'key' | 'sortable'> & { key: Extract<keyof Row, string> };

const BATCH = 500;

/**
 * @param definition.input own filters of this list beside time range and facility (`z.object({})` for none)
 * @param definition.params the store list's parameters from the list's input and the resolved filters: `from`,
 *   `to` (exclusive), `facilityList` (empty: all), `zone`
 * @param definition.columns in the order shown; a column is sortable when the store's list can sort by its key
 */
export function defineServerList<
  Input extends z.ZodObject,
  P extends z.ZodObject,
  R extends z.ZodObject,
  C extends string,
>(definition: {
  name: string;
  scope: Scope;
  input: Input;
  list: List<P, R, C>;
  /** Where another statement of the same shape answers for these filters. */
  listFor?: (filters: Resolved, ctx: SignedIn) => List<P, R, C> | Promise<List<P, R, C>>;
  params: (asked: z.output<Input>, filters: Resolved, ctx: SignedIn) => z.input<P> | Promise<z.input<P>>;
  columns: readonly ColumnOf<z.output<R>>[];
}): ServerList {
  const { list } = definition;
  const sortable = list.definition.sortable;
  const isSortable = (name: string): name is C => Object.hasOwn(sortable, name);
  const columns: ListColumn[] = definition.columns.map((column) => ({ ...column, sortable: isSortable(column.key) }));
  const envelope = z.object({ filters: filtersInput.default({}) });

  async function asked(ctx: SignedIn, given: unknown): Promise<{ params: z.input<P>; from: List<P, R, C> }> {
    if (!can(ctx.viewer.role, definition.scope)) throw refusal('not_allowed', 'Your role does not include this list.');
    const parsedFilters = envelope.safeParse(given);
    if (!parsedFilters.success) throw refusal('bad_input', issueText(parsedFilters.error));
    const parsed = definition.input.safeParse(given);
    if (!parsed.success) throw refusal('bad_input', issueText(parsed.error));
    const filters = await resolveFilters(ctx, parsedFilters.data.filters);
    return { params: await definition.params(parsed.data, filters, ctx), from: (await definition.listFor?.(filters, ctx)) ?? list };
  }

  function sortOf(ask: SortAsk): { sort?: C; desc?: boolean } {
    if (!ask.sort) return {};
    if (!isSortable(ask.sort)) throw refusal('bad_input', `This list does not sort by "${ask.sort.slice(0, 60)}".`);
    return { sort: ask.sort, desc: ask.desc ?? false };
  }

  return {
    name: definition.name,
    scope: definition.scope,
    columns,
    async page(ctx, given, ask) {
      const { params, from } = await asked(ctx, given);
      const offset = (ask.page - 1) * ask.pageSize;
      const page = await from.page(ctx.store, params, { ...sortOf(ask), limit: ask.pageSize, offset });
      return { rows: page.rows as ListRow[], total: page.total };
    },
    async *stream(ctx, given, ask, signal) {
      const { params, from } = await asked(ctx, given);
      let batch: ListRow[] = [];
      for await (const row of from.stream(ctx.store, params, sortOf(ask), signal)) {
        batch.push(row as ListRow);
        if (batch.length >= BATCH) {
          yield batch;
          batch = [];
        }
      }
      if (batch.length > 0) yield batch;
    },
  };
}

function issueText(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`).join('; ');
}

/** All lists by name; a name given twice is a defect and stops the start. */
export function listRegistry(groups: readonly (readonly ServerList[])[]): ReadonlyMap<string, ServerList> {
  const byName = new Map<string, ServerList>();
  for (const list of groups.flat()) {
    if (byName.has(list.name)) throw new Error(`Two lists are named ${list.name}`);
    byName.set(list.name, list);
  }
  return byName;
}
