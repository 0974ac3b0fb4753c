import type { Store } from '../../clickhouse/client';

/**
 * How a query is meant to find its rows in a table. Of several ways each read of the table takes one, and each is taken.
 * - `key a,b`: by the primary key, with a condition on (at least) these of its columns, so that granules are left out
 * - `time`: by the partitions' months and what the key says of time
 * - `skip by_x`: by that skip index
 * - `{ kind }`: by the primary key, but all rows of one kind (its first column), because …
 * - `{ whole }`: all of it, because …
 */
export type Way = `key ${string}` | 'time' | `skip ${string}` | { readonly kind: string } | { readonly whole: string };

export interface Expectation {
  /** By table; a query that reads no table of ours has none. */
  readonly reads?: Readonly<Record<string, Way | readonly Way[]>>;
  /** Not explained, because …: planning it takes gigabytes, say. */
  readonly unexplained?: string;
  /** Other parameters than the usual ones. */
  readonly params?: Readonly<Record<string, unknown>>;
}
/** By name, `*` for what a family of names differs in. */
export type Expectations = Readonly<Record<string, Expectation>>;

/** One reading of a table, as the engine plans it. */
export interface TableRead {
  readonly table: string;
  /** Columns of the primary key that the condition is on. */
  readonly keys: readonly string[];
  /** Granules before and after the primary key, of those in the parts that were left. */
  readonly byKey: readonly [before: number, after: number];
  /** Parts before and after months. */
  readonly byTime: readonly [before: number, after: number];
  /** Skip indexes that have a condition, by name, with granules before and after. */
  readonly skipped: ReadonlyMap<string, readonly [before: number, after: number]>;
  /** Granules of the table. */
  readonly total: number;
}

interface PlanIndex {
  'Type': string;
  'Name'?: string;
  'Keys'?: string[];
  'Condition'?: string;
  'Initial Parts'?: number;
  'Selected Parts'?: number;
  'Initial Granules'?: number;
  'Selected Granules'?: number;
}
interface PlanNode {
  'Node Type': string;
  'Description'?: string;
  'Indexes'?: PlanIndex[];
  'Plans'?: PlanNode[];
}

/** The reads of tables of a statement, as the engine plans them; those of IN (SELECT …) too. */
export async function plannedReads(store: Store, sql: string, params: Record<string, unknown>): Promise<TableRead[]> {
  const lines = await store.select<{ explain: string }>(`EXPLAIN indexes = 1, json = 1 ${sql}`, params, { name: 'explain', settings: { max_execution_time: 60 } });
  const plans = JSON.parse(lines.map(({ explain }) => explain).join('\n')) as { Plan: PlanNode }[];
  const reads: TableRead[] = [];
  const walk = (node: PlanNode) => {
    if (node['Node Type'] === 'ReadFromMergeTree') reads.push(readOf(node));
    for (const child of node.Plans ?? []) walk(child);
  };
  for (const { Plan } of plans) walk(Plan);
  return reads;
}

function readOf(node: PlanNode): TableRead {
  const indexes = node.Indexes ?? [];
  const conditional = indexes.filter((index) => index.Condition !== 'true');
  const granules = (index?: PlanIndex): [number, number] => [index?.['Initial Granules'] ?? 0, index?.['Selected Granules'] ?? 0];
  const key = conditional.find((index) => index.Type === 'PrimaryKey');
  const times = conditional.filter((index) => index.Type === 'Min-Max' || index.Type === 'Partition');
  return {
    table: (node.Description ?? '').split('.').at(-1) ?? '',
    keys: key?.Keys ?? [],
    byKey: granules(key),
    byTime: [times[0]?.['Initial Parts'] ?? 0, times.at(-1)?.['Selected Parts'] ?? 0],
    skipped: new Map(conditional.filter((index) => index.Type === 'Skip').map((index) => [index.Name ?? '', granules(index)])),
    total: indexes[0]?.['Initial Granules'] ?? 0,
  };
}

const KINDS = ['document_type', 'node_type', 'kind'];
const narrowed = ({ total }: TableRead, after: number) => after < total || total <= 1;

/** Whether a read goes this way. Where a table has a single granule (or part), the condition is all that can be asked for. */
export function goes(read: TableRead, way: Way): boolean {
  if (typeof way === 'object') return 'whole' in way || (KINDS.some((column) => read.keys.includes(column)) && narrowed(read, read.byKey[1]));
  if (way === 'time') return read.byTime[0] > 0 && (read.byTime[1] < read.byTime[0] || read.byTime[0] === 1);
  const name = way.slice(way.indexOf(' ') + 1);
  if (way.startsWith('skip ')) {
    const found = read.skipped.get(name);
    return found !== undefined && narrowed(read, found[1]);
  }
  return name.split(',').every((column) => read.keys.includes(column)) && narrowed(read, read.byKey[1]);
}

export const said = ({ table, keys, byKey, byTime, skipped, total }: TableRead): string =>
  `${table}: key ${keys.join(',') || '–'} ${byKey.join(' → ')}, parts by time ${byTime.join(' → ')}, ${[...skipped].map(([name, [before, after]]) => `skip ${name} ${before} → ${after}`).join(', ') || 'no skip index'}, of ${total} granules`;

/** Values for a statement's `{name:Type}` placeholders: those given by name, else one of the type. */
export function sampleParams(sql: string, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const params: Record<string, unknown> = {};
  for (const [, name = '', type = ''] of sql.matchAll(/\{(\w+):([^{}]+)\}/g)) params[name] = ofType(name in given ? given[name] : sampleOf(type), type);
  return params;
}

/** A day is a day as text, a moment a Date. */
function ofType(value: unknown, type: string): unknown {
  return value instanceof Date && /^Date(32)?$/.test(type) ? value.toISOString().slice(0, 10) : value;
}

function sampleOf(type: string): unknown {
  if (type.startsWith('Date')) return new Date(0);
  if (type.startsWith('Nullable')) return null;
  if (type.startsWith('Array')) return [];
  if (type.startsWith('Map')) return {};
  return /Int|Float|Decimal/.test(type) ? 1 : '';
}
