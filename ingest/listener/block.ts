import type { Body } from './body';
import { columnOf, NotKept, Text, TextList, writeLength, type Column } from './column';
import type { EventRow } from './row';

const text = (...names: string[]) => names.map((name) => [name, 'String'] as const);
const texts = (...names: string[]) => names.map((name) => [name, 'Array(String)'] as const);
const moneys = (...names: string[]) => names.map((name) => [name, 'Array(Nullable(Decimal(18, 4)))'] as const);

/** Columns of table `events` that a row brings; the store makes its words of few kinds (LowCardinality) of text by itself. */
export const EVENT_COLUMNS: readonly (readonly [name: string, type: string])[] = [
  ['event_key', 'UUID'], ['identity', 'UUID'], ...text('source', 'id', 'type', 'document_type', 'action'),
  ['time', "DateTime64(3, 'UTC')"], ['recorded_at', "DateTime64(3, 'UTC')"], ...text('stream'), ['stream_seq', 'UInt64'],
  ...text('subject', 'facility', 'interface', 'pattern', 'target', 'outcome'), ['attempt', 'UInt16'], ['latency_ms', 'Nullable(UInt32)'],
  ...text('error_class', 'error_code', 'error_message'), ['error_retryable', 'UInt8'],
  ...text('actor_kind', 'actor_id', 'environment', 'schema_version', 'mapping', 'correlation_id', 'causation_id', 'traceparent', 'partition_key', 'data_ref', 'replay_of'),
  ['sequence', 'UInt64'], ...text('document_id'), ['revision', 'UInt32'], ['business_date', 'Nullable(Date32)'],
  ...text('currency', 'supplier', 'buyer', 'case_token', 'procedure_code', 'service_line', 'invoice_number', 'reason'),
  ['due_date', 'Nullable(Date32)'], ['discount_date', 'Nullable(Date32)'], ['header_tax', 'Nullable(Decimal(18, 4))'], ['header_freight', 'Nullable(Decimal(18, 4))'],
  ...texts('lines.id', 'lines.item', 'lines.gtin', 'lines.lot', 'lines.serial'), ['lines.expiry', 'Array(Nullable(Date32))'],
  ...moneys('lines.quantity'), ...texts('lines.uom'), ['lines.price', 'Array(Nullable(Decimal(18, 6)))'], ...moneys('lines.amount', 'lines.tax', 'lines.freight'),
  ...texts('lines.location', 'lines.from_location', 'lines.cost_centre', 'lines.flow_type'), ['lines.due_at', "Array(Nullable(DateTime64(3, 'UTC')))"],
  ...texts('lines.code', 'lines.contract', 'lines.order_id', 'lines.order_line', 'lines.ref_type', 'lines.ref_id'),
  ...moneys('lines.on_hand', 'lines.reserved', 'lines.par', 'lines.reorder_point'), ['lines.implant', 'Array(UInt8)'],
  ...texts('links.from_type', 'links.from_id', 'links.to_type', 'links.to_id', 'links.qualifier', 'objects.type', 'objects.id', 'redacted'),
  ...text('attributes', 'payload'),
];

const NAMES = EVENT_COLUMNS.map(([name]) => name);
/** For the statement that inserts a block. */
export const EVENT_NAMES: readonly [string, ...string[]] = [NAMES[0] ?? '', ...NAMES.slice(1)];

const FIRST_BYTES = 1 << 20;
const MOST_KEPT = 3;
const LARGEST_KEPT = 128 * 2 ** 20;

interface Filled<Of extends Column> {
  readonly name: string;
  readonly column: Of;
}

/**
 * Rows of `events` as one block of ClickHouse's Native format. Each row goes into it as soon as it is made, so that
 * nothing of the row itself is held while its batch is gathered and written.
 */
export class EventBlock {
  private readonly columns = EVENT_COLUMNS.map(([name, type]) => ({ name, column: columnOf(type), header: named(name, type) }));
  // The same by kind: a call that always leads to one place costs less, and there are two hundred for a row.
  private readonly texts: readonly Filled<Text>[] = this.columns.flatMap(({ name, column }) => (column instanceof Text ? [{ name, column }] : []));
  private readonly lists: readonly Filled<TextList>[] = this.columns.flatMap(({ name, column }) => (column instanceof TextList ? [{ name, column }] : []));
  private readonly others: readonly Filled<Column>[] = this.columns.filter(({ column }) => !(column instanceof Text || column instanceof TextList));
  private readonly free: Buffer[] = [];
  private rows = 0;

  /** Rows so far. */
  get length(): number {
    return this.rows;
  }

  /** @throws NotKept that names the column, after which the block holds half a row and has to be cleared */
  add(row: EventRow): void {
    let at = '';
    try {
      for (const { name, column } of this.texts) {
        at = name;
        const value = row[name];
        if (value === undefined) column.addDefault();
        else column.add(value);
      }
      for (const { name, column } of this.lists) {
        at = name;
        const value = row[name];
        if (value === undefined) column.addDefault();
        else column.add(value);
      }
      for (const { name, column } of this.others) {
        at = name;
        const value = row[name];
        if (value === undefined) column.addDefault();
        else column.add(value);
      }
    } catch (problem) {
      throw problem instanceof NotKept ? new NotKept(`${at} ${problem.message}`) : problem;
    }
    this.rows++;
  }

  /** The rows as the body of an insert, in memory that is used again; the block is empty then. */
  take(): Body {
    const size = this.columns.reduce((sum, { column, header }) => sum + header.length + column.size, 16);
    let memory = this.free.pop();
    if (!memory || memory.length < size) memory = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, size + (size >> 2)));
    let at = writeLength(memory, writeLength(memory, 0, this.columns.length), this.rows);
    for (const { column, header } of this.columns) at = column.copyTo(memory, at + header.copy(memory, at));
    this.clear();
    return { bytes: memory.subarray(0, at), memory };
  }

  clear(): void {
    for (const { column } of this.columns) column.clear();
    this.rows = 0;
  }

  /** Only after the store has answered that it took all of it: what failed may still be on its way. */
  giveBack({ memory }: Body): void {
    if (this.free.length < MOST_KEPT && memory.length <= LARGEST_KEPT) this.free.push(memory);
  }
}

function named(name: string, type: string): Buffer {
  const texts = [name, type].map((each) => Buffer.from(each));
  const out = Buffer.alloc(texts.reduce((sum, each) => sum + each.length + 5, 0));
  let at = 0;
  for (const each of texts) {
    at = writeLength(out, at, each.length);
    at += each.copy(out, at);
  }
  return out.subarray(0, at);
}
