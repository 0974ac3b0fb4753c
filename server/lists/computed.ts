import Decimal from 'decimal.js';
import { type z } from 'zod';
import { can, type Scope } from '../auth/roles';
import { resolveFilters, type Resolved } from '../filters';
import { filtersInput } from '../range';
import { refusal } from '../trpc/errors';
import type { SignedIn } from '../trpc/init';
import type { Cell, ListColumn, ListRow } from './columns';
import type { ServerList, SortAsk } from './registry';

type ColumnOf<Row> = Omit<ListColumn, 'key' | 'sortable'> & { key: Extract<keyof Row, string> };

/**
 * A list whose rows the server computes (a forecast, figures of several queries) instead of the store. All its rows
 * are at hand, so it sorts and pages here; it looks and exports like every other list.
 *
 * @param definition.rows all rows of the filter, in the list's own order
 */
export function defineComputedList<Input extends z.ZodObject, Row extends object>(definition: {
  name: string;
  scope: Scope;
  input: Input;
  rows: (asked: z.output<Input>, filters: Resolved, ctx: SignedIn) => Promise<readonly Row[]>;
  columns: readonly ColumnOf<Row>[];
}): ServerList {
  const columns: ListColumn[] = definition.columns.map((column) => ({ ...column, sortable: true }));
  const input = definition.input.extend({ filters: filtersInput.default({}) });

  async function sorted(ctx: SignedIn, given: unknown, ask: SortAsk): Promise<ListRow[]> {
    if (!can(ctx.viewer.role, definition.scope)) throw refusal('not_allowed', 'Your role does not include this list.');
    const parsed = input.safeParse(given);
    if (!parsed.success) throw refusal('bad_input', parsed.error.issues.map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`).join('; '));
    if (ask.sort && !columns.some((column) => column.key === ask.sort)) throw refusal('bad_input', `This list does not sort by "${ask.sort.slice(0, 60)}".`);
    const asked = definition.input.parse(given);
    const rows = (await definition.rows(asked, await resolveFilters(ctx, filtersInput.parse(parsed.data.filters)), ctx)) as readonly ListRow[];
    const by = ask.sort;
    if (!by) return [...rows];
    const numeric = NUMERIC.has(columns.find((column) => column.key === by)?.kind ?? 'text');
    // Unknown values last either way: they are neither the smallest nor the largest.
    return [...rows].sort((a, b) => compare(a[by], b[by], ask.desc ?? false, numeric));
  }

  return {
    name: definition.name,
    scope: definition.scope,
    columns,
    async page(ctx, given, ask) {
      const rows = await sorted(ctx, given, ask);
      const start = (ask.page - 1) * ask.pageSize;
      return { rows: rows.slice(start, start + ask.pageSize), total: rows.length };
    },
    async *stream(ctx, given, ask) {
      const rows = await sorted(ctx, given, ask);
      for (let start = 0; start < rows.length; start += 500) yield rows.slice(start, start + 500);
    },
  };
}

const NUMERIC: ReadonlySet<ListColumn['kind']> = new Set(['decimal', 'money', 'percent']);

const PLAIN = /^-?\d+(\.\d+)?$/;

function compare(a: Cell, b: Cell, desc: boolean, numeric: boolean): number {
  const unknown = (value: Cell) => value === null || value === undefined;
  if (unknown(a) || unknown(b)) return Number(unknown(a)) - Number(unknown(b));
  const sign = desc ? -1 : 1;
  if (typeof a === 'number' && typeof b === 'number') return sign * (a - b);
  if (numeric && [a, b].every((value) => PLAIN.test(String(value)))) return sign * new Decimal(String(a)).comparedTo(String(b));
  return sign * String(a).localeCompare(String(b), 'en', { numeric: true });
}
