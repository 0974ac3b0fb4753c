import { hash } from 'node:crypto';
import { scanned } from '../barcode/scanned';
import type { ContractEvent } from '../contract/envelope';
import { LINE_OBJECT, lineKey } from '../contract/objects';
import { linksOfLine } from './links';
import { blanks, unknowns, zeros } from './nothing';
import { Refusal } from './refusal';

/** A row of table `events`, as it goes into JSONEachRow. */
export type EventRow = { readonly event_key: string; readonly time: string; readonly [column: string]: unknown };

/** Where a message stood and when the stream stored it. */
export interface Arrival {
  readonly stream: string;
  readonly seq: number;
  readonly subject: string;
  /** JetStream's stored timestamp, milliseconds since 1970. */
  readonly recordedAt: number;
}

type Fields = { readonly [field: string]: unknown };

const str = (value: unknown): string => (typeof value === 'string' ? value : '');
const record = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});

const DAY_MS = 86_400_000;
const TWO = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));
/** Days met so far; printing one costs ten times as much as finding it. */
const days = new Map<number, string>();
const MOST_DAYS = 5_000;

/** `YYYY-MM-DD hh:mm:ss.mmm` in UTC, which every date format setting of the store reads alike. */
export function dbTime(ms: number): string {
  const of = Math.floor(ms / DAY_MS);
  let day = days.get(of);
  if (day === undefined) {
    day = new Date(of * DAY_MS).toISOString().slice(0, 10);
    if (days.size >= MOST_DAYS) days.clear();
    days.set(of, day);
  }
  const rest = ms - of * DAY_MS;
  return `${day} ${TWO[Math.floor(rest / 3_600_000)]}:${TWO[Math.floor(rest / 60_000) % 60]}:${TWO[Math.floor(rest / 1000) % 60]}.${String(Math.floor(rest % 1000)).padStart(3, '0')}`;
}

// A type's schema checks the type's own fields, and lets others pass. What of those has a column all the same is checked
// here: the store would cut it without a word, or refuse it and with it the batch.

const MONEY = /^-?\d{1,14}(\.\d{1,4})?$/;
const PRICE = /^-?\d{1,12}(\.\d{1,6})?$/;
const DAY = /^(19|20|21|22)\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])/;
const MOST_LINES = 5000;
const LONGEST_KEY = 1_300;
const EARLIEST_MS = Date.parse('1900-01-01T00:00:00Z');
const LATEST_MS = Date.parse('2300-01-01T00:00:00Z');

function decimal(value: unknown, field: string, pattern: RegExp): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const text = String(value);
  if (!pattern.test(text)) throw new Refusal('INVALID', `${field}: is no decimal that its column keeps`);
  return text;
}

const num = (value: unknown, field: string): string | null => decimal(value, field, MONEY);

function day(value: unknown, field: string): string | null {
  if (typeof value !== 'string') return null;
  const text = value.slice(0, 10);
  if (!DAY.test(text) || (text.slice(8) > '28' && new Date(`${text}T00:00:00Z`).getUTCDate() !== Number(text.slice(8)))) throw new Refusal('INVALID', `${field}: is no calendar date from 1900 to 2299`);
  return text;
}

function whole(value: unknown, field: string, most: number): number {
  if (value === undefined || value === null) return 0;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > most) throw new Refusal('INVALID', `${field}: must be a whole number from 0 to ${most}`);
  return value;
}

function list(value: unknown, field: string): Fields[] {
  if (!Array.isArray(value)) return [];
  if (value.length > MOST_LINES) throw new Refusal('INVALID', `${field}: must have at most ${MOST_LINES} entries`);
  for (const each of value) if (typeof each !== 'object' || each === null) throw new Refusal('INVALID', `${field}: must be JSON objects`);
  return value as Fields[];
}

/** A date stands for its midnight in UTC: the zone of the facility is applied where a clock needs it. */
function instantOf(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const ms = Date.parse(value.length === 10 ? `${value}T00:00:00Z` : value);
  if (Number.isNaN(ms)) return null;
  if (ms < EARLIEST_MS || ms >= LATEST_MS) throw new Refusal('INVALID', 'data.lines: when a line is due lies before 1900 or after 2299');
  return dbTime(ms);
}

function uuid(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

const ROOM = 1 << 16;
const scratch = Buffer.allocUnsafe(32 + ROOM * 3);

/** Hash of the identity and the payload, in hex. One call over one piece of memory: a hash in steps takes twice as long. */
function keyOf(identity: string, payload: string): string {
  const bytes = payload.length <= ROOM ? scratch : Buffer.allocUnsafe(32 + Buffer.byteLength(payload));
  bytes.write(identity, 0, 'hex');
  return hash('sha256', bytes.subarray(0, 32 + bytes.write(payload, 32)), 'hex');
}

/** Families whose own fields are kept as they are, beside the columns. */
const KEEPS_FIELDS = new Set(['integration', 'reconciliation', 'ops']);

/**
 * Flattens a checked event into its row.
 *
 * @param payload the event as JSON, tokenised; identity is taken from it
 * @param mapping name@version where a mapping made the event
 */
export function eventRow(event: ContractEvent, payload: string, arrival: Arrival, redacted: readonly string[], mapping: string): EventRow {
  const data = event.data;
  const [family = '', documentType = '', action = ''] = event.type.split('.');
  const document = record(data.document);
  const documentId = str(document.id);
  const error = record(data.error);
  const actor = record(data.actor);
  const identity = hash('sha256', `${event.source}\0${event.id}`, 'hex');
  const facility = str(data.facility);
  const { read, count, acted, acts, orders, links, objects } = linesOf(documentType, documentId, data, family);
  const isOrder = documentType === 'order';

  // One literal with every column: all rows are of one shape, and none is copied.
  return {
    event_key: uuid(keyOf(identity, payload)),
    identity: uuid(identity),
    source: event.source,
    id: event.id,
    type: event.type,
    document_type: documentType,
    action,
    time: dbTime(Date.parse(event.time)),
    recorded_at: dbTime(arrival.recordedAt),
    stream: arrival.stream,
    stream_seq: arrival.seq,
    subject: arrival.subject,
    facility,
    interface: str(data.interface),
    pattern: str(data.pattern),
    target: str(data.target),
    outcome: str(data.outcome),
    attempt: data.attempt ?? 0,
    latency_ms: data.latencyMs ?? null,
    error_class: str(error.class),
    error_code: str(error.code),
    error_message: str(error.message),
    error_retryable: error.retryable === true ? 1 : 0,
    actor_kind: str(actor.kind),
    actor_id: str(actor.id),
    environment: str(data.environment),
    schema_version: str(data.schemaVersion),
    mapping,
    correlation_id: str(event.correlationid),
    causation_id: str(event.causationid),
    traceparent: str(event.traceparent),
    partition_key: str(event.partitionkey),
    data_ref: str(event.dataref),
    replay_of: str(event.replayof),
    sequence: event.sequence ?? '0',
    document_id: documentId,
    revision: whole(document.revision, 'data.document.revision', 16_777_215),
    business_date: day(document.date, 'data.document.date'),
    currency: str(document.currency),
    supplier: str(data.supplier),
    buyer: str(data.buyer),
    case_token: str(data.case),
    procedure_code: str(data.procedureCode),
    service_line: str(data.serviceLine),
    invoice_number: str(data.invoiceNumber),
    reason: str(data.blockReason) || str(data.creditOf) || str(data.kind) || str(data.reason),
    due_date: day(data.dueDate, 'data.dueDate'),
    discount_date: day(data.discountDate, 'data.discountDate'),
    header_tax: num(data.tax, 'data.tax'),
    header_freight: num(data.freight, 'data.freight'),
    redacted,
    attributes: family === 'master' ? JSON.stringify(data.attributes ?? {}) : KEEPS_FIELDS.has(family) ? JSON.stringify(data) : '',
    payload,
    'lines.id': textsOf(read, 'id'),
    'lines.item': textsOf(read, 'item'),
    'lines.gtin': textsOf(read, 'gtin'),
    'lines.lot': textsOf(read, 'lot'),
    'lines.serial': textsOf(read, 'serial'),
    'lines.expiry': valuesOf(read, 'expiry', expiryOf),
    'lines.quantity': valuesOf(read, 'quantity', quantityOf),
    'lines.uom': textsOf(read, 'uom'),
    'lines.price': valuesOf(read, 'price', priceOf),
    'lines.amount': valuesOf(read, 'amount', amountOf),
    'lines.tax': valuesOf(read, 'tax', taxOf),
    'lines.freight': valuesOf(read, 'freight', freightOf),
    'lines.location': textsOf(read, 'location', str(data.location) || str(data.shipTo)),
    'lines.from_location': textsOf(read, 'fromLocation'),
    'lines.cost_centre': textsOf(read, 'costCentre'),
    'lines.flow_type': textsOf(read, 'flowType', str(data.flowType)),
    'lines.due_at': shared(read.map(dueOf), null, unknowns(count)),
    'lines.code': shared(read.map(codeOf), '', blanks(count)),
    'lines.contract': textsOf(read, 'contract'),
    'lines.on_hand': valuesOf(read, 'onHand', onHandOf),
    'lines.reserved': valuesOf(read, 'reserved', reservedOf),
    'lines.par': valuesOf(read, 'par', parOf),
    'lines.reorder_point': valuesOf(read, 'reorderPoint', reorderPointOf),
    'lines.implant': shared(read.map(implantOf), 0, zeros(count)),
    'lines.order_id': isOrder ? Array<string>(count).fill(documentId) : shared(orders.map(documentOf), '', blanks(count)),
    'lines.order_line': isOrder ? textsOf(read, 'id') : shared(orders.map(lineOf), '', blanks(count)),
    'lines.ref_type': acts ? acted.map(first) : blanks(count),
    'lines.ref_id': acts ? acted.map(second) : blanks(count),
    'links.from_type': links.map((link) => link.from[0]),
    'links.from_id': links.map((link) => link.from[1]),
    'links.to_type': links.map((link) => link.to[0]),
    'links.to_id': links.map((link) => link.to[1]),
    'links.qualifier': links.map((link) => link.qualifier),
    'objects.type': objects.map(first),
    'objects.id': objects.map(second),
  };
}

/** What a line acts on: the receipt it takes back, the invoice it credits, the thing it settles. */
function actsOn(line: Fields): [type: string, id: string] {
  for (const [field, type] of [['receipt', 'receipt-line'], ['invoice', 'invoice-line'], ['usage', 'usage'], ['replenishment', 'replenishment-line'], ['shipment', 'shipment-line']] as const) {
    const ref = record(line[field]);
    if (typeof ref.document === 'string') return [typeof ref.line === 'string' || type === 'usage' ? type : type.replace('-line', ''), lineKey(ref.document, str(ref.line))];
  }
  const settled = list(line.settles, 'data.lines: settles')[0];
  return settled ? [str(settled.type), lineKey(str(settled.document), str(settled.line))] : ['', ''];
}

/** Nothing of a kind that needs lines: one list for all rows, since nobody changes them. */
const NONE: readonly never[] = [];

/** A text of each line; where none has it, the list that all such rows share. */
function textsOf(lines: readonly Fields[], field: string, otherwise = ''): readonly string[] {
  let texts: string[] | undefined;
  for (let i = 0; i < lines.length; i++) {
    const text = str(lines[i]?.[field]) || otherwise;
    if (text !== '') (texts ??= Array<string>(lines.length).fill(''))[i] = text;
  }
  return texts ?? blanks(lines.length);
}

/** A value of each line as `read` gives it, null where it has none. */
function valuesOf(lines: readonly Fields[], field: string, read: (value: unknown) => string | null): readonly (string | null)[] {
  let values: (string | null)[] | undefined;
  for (let i = 0; i < lines.length; i++) {
    const value = lines[i]?.[field];
    if (value === undefined || value === null) continue;
    const known = read(value);
    if (known !== null) (values ??= Array<string | null>(lines.length).fill(null))[i] = known;
  }
  return values ?? unknowns(lines.length);
}

const expiryOf = (value: unknown) => day(value, 'data.lines: expiry');
const priceOf = (value: unknown) => decimal(value, 'data.lines: price', PRICE);
const quantityOf = (value: unknown) => num(value, 'data.lines: quantity');
const amountOf = (value: unknown) => num(value, 'data.lines: amount');
const taxOf = (value: unknown) => num(value, 'data.lines: tax');
const freightOf = (value: unknown) => num(value, 'data.lines: freight');
const onHandOf = (value: unknown) => num(value, 'data.lines: onHand');
const reservedOf = (value: unknown) => num(value, 'data.lines: reserved');
const parOf = (value: unknown) => num(value, 'data.lines: par');
const reorderPointOf = (value: unknown) => num(value, 'data.lines: reorderPoint');

const codeOf = (line: Fields): string => str(line.code) || str(line.verdict) || str(line.account) || str(line.status);
const dueOf = (line: Fields): string | null => instantOf(line.needBy ?? line.promisedDate ?? line.expectedDate);
const implantOf = (line: Fields): number => (line.implant === true ? 1 : 0);

/** The lines of an event, as they stand and with what they act on, and what it names. */
function linesOf(documentType: string, documentId: string, data: Fields, family: string) {
  const given = list(data.lines, 'data.lines');
  // An event that names no line speaks of the document as a whole: one line with an empty id stands for it.
  const lines = given.length > 0 || documentId === '' || family === 'master' || family === 'ops' ? given : [{}];
  const read: Fields[] = lines.some(isScanned) ? lines.map((line) => (typeof line.udi === 'string' ? { ...scanned(line.udi), ...line } : line)) : lines;
  const acted = read.map(actsOn);
  return {
    read,
    count: read.length,
    acted,
    acts: acted.some(([type, id]) => type !== '' || id !== ''),
    orders: documentType === 'order' ? NONE : read.map(orderOf),
    links: documentId === '' ? NONE : read.flatMap((line) => linksOfLine(documentType, documentId, line)),
    objects: objectsOf(documentType, documentId, data, read),
  };
}

const isScanned = (line: Fields): boolean => typeof line.udi === 'string';
const orderOf = (line: Fields): Fields => record(line.order);
const documentOf = (ref: Fields): string => str(ref.document);
const lineOf = (ref: Fields): string => str(ref.line);
const first = (pair: readonly [string, string]): string => pair[0];
const second = (pair: readonly [string, string]): string => pair[1];

/** The list that all rows share, where each of the values is the one that stands for nothing. */
function shared<Value>(values: readonly Value[], nothing: Value, otherwise: readonly Value[]): readonly Value[] {
  for (const value of values) if (value !== nothing) return values;
  return otherwise;
}

/**
 * What a document as a whole is called where its own name is taken: by its lines, by the case that it schedules, or
 * by the invoice that it speaks of. A balance report is no object, only news of its item and location.
 */
const WHOLE_OBJECT: Readonly<Record<string, string>> = {
  match: 'invoice', usage: 'usage-document', posting: 'posting-document', payment: 'payment-document', case: 'schedule', balance: '',
};

/** Pairs of type and id, each once. A few are compared one by one; only a long document needs a set. */
class Found {
  readonly pairs: [string, string][] = [];
  private known: Set<string> | undefined;

  add(type: string, id: unknown): void {
    if (typeof id !== 'string' || id === '') return;
    if (id.length > LONGEST_KEY) throw new Refusal('INVALID', `data: the key of a ${type} is longer than ${LONGEST_KEY} characters`);
    if (this.has(type, id)) return;
    this.known?.add(`${type}\0${id}`);
    this.pairs.push([type, id]);
    if (this.pairs.length === 12) this.known = new Set(this.pairs.map(([eachType, eachId]) => `${eachType}\0${eachId}`));
  }

  private has(type: string, id: string): boolean {
    if (this.known) return this.known.has(`${type}\0${id}`);
    for (const pair of this.pairs) if (pair[1] === id && pair[0] === type) return true;
    return false;
  }
}

function objectsOf(documentType: string, documentId: string, data: Fields, lines: Fields[]): [string, string][] {
  const found = new Found();
  const whole = WHOLE_OBJECT[documentType] ?? documentType;
  if (whole !== '') found.add(whole, documentId);
  const object = LINE_OBJECT[documentType];
  found.add('case', data.case);
  found.add('supplier', data.supplier);
  for (const line of lines) {
    if (object !== undefined && typeof line.id === 'string') found.add(object, lineKey(documentId, line.id));
    found.add('item', line.item);
    found.add('lot', line.lot);
    found.add('location', line.location ?? data.location);
  }
  return found.pairs;
}
