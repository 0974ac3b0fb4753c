import { hash } from 'node:crypto';
import { scanned } from '../barcode/scanned';
import type { ContractEvent } from '../contract/envelope';
import { LINE_OBJECT, lineKey } from '../contract/objects';
import { linksOfLine } from './links';
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

/** `YYYY-MM-DD hh:mm:ss.mmm` in UTC, which every date format setting of the store reads alike. */
export function dbTime(ms: number): string {
  const iso = new Date(ms).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 23)}`;
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
    ...lineColumns(documentType, documentId, data, family),
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

/** One value for each line. A loop over one literal: the columns of every row then have one and the same shape. */
function lineColumns(documentType: string, documentId: string, data: Fields, family: string): Record<string, readonly unknown[]> {
  const given = list(data.lines, 'data.lines');
  // An event that names no line speaks of the document as a whole: one line with an empty id stands for it.
  const lines = given.length > 0 || documentId === '' || family === 'master' || family === 'ops' ? given : [{}];
  const read: Fields[] = lines.some((line) => typeof line.udi === 'string') ? lines.map((line) => (typeof line.udi === 'string' ? { ...scanned(line.udi), ...line } : line)) : lines;
  const column = (of: (line: Fields) => unknown): readonly unknown[] => (read.length === 0 ? NONE : read.map(of));
  const isOrder = documentType === 'order';
  const acted = read.map(actsOn);
  const place = str(data.location) || str(data.shipTo);
  const flow = str(data.flowType);
  const links = documentId === '' ? NONE : read.flatMap((line) => linksOfLine(documentType, documentId, line));
  const objects = objectsOf(documentType, documentId, data, read);
  return {
    'lines.id': column((line) => str(line.id)),
    'lines.item': column((line) => str(line.item)),
    'lines.gtin': column((line) => str(line.gtin)),
    'lines.lot': column((line) => str(line.lot)),
    'lines.serial': column((line) => str(line.serial)),
    'lines.expiry': column((line) => day(line.expiry, 'data.lines: expiry')),
    'lines.quantity': column((line) => num(line.quantity, 'data.lines: quantity')),
    'lines.uom': column((line) => str(line.uom)),
    'lines.price': column((line) => decimal(line.price, 'data.lines: price', PRICE)),
    'lines.amount': column((line) => num(line.amount, 'data.lines: amount')),
    'lines.tax': column((line) => num(line.tax, 'data.lines: tax')),
    'lines.freight': column((line) => num(line.freight, 'data.lines: freight')),
    'lines.location': column((line) => str(line.location) || place),
    'lines.from_location': column((line) => str(line.fromLocation)),
    'lines.cost_centre': column((line) => str(line.costCentre)),
    'lines.flow_type': column((line) => str(line.flowType) || flow),
    'lines.due_at': column((line) => instantOf(line.needBy ?? line.promisedDate ?? line.expectedDate)),
    'lines.code': column((line) => str(line.code) || str(line.verdict) || str(line.account) || str(line.status)),
    'lines.contract': column((line) => str(line.contract)),
    'lines.on_hand': column((line) => num(line.onHand, 'data.lines: onHand')),
    'lines.reserved': column((line) => num(line.reserved, 'data.lines: reserved')),
    'lines.par': column((line) => num(line.par, 'data.lines: par')),
    'lines.reorder_point': column((line) => num(line.reorderPoint, 'data.lines: reorderPoint')),
    'lines.implant': column((line) => (line.implant === true ? 1 : 0)),
    'lines.order_id': column((line) => (isOrder ? documentId : str(record(line.order).document))),
    'lines.order_line': column((line) => (isOrder ? str(line.id) : str(record(line.order).line))),
    'lines.ref_type': acted.map(([type]) => type),
    'lines.ref_id': acted.map(([, id]) => id),
    'links.from_type': links.map((link) => link.from[0]),
    'links.from_id': links.map((link) => link.from[1]),
    'links.to_type': links.map((link) => link.to[0]),
    'links.to_id': links.map((link) => link.to[1]),
    'links.qualifier': links.map((link) => link.qualifier),
    'objects.type': objects.map(([type]) => type),
    'objects.id': objects.map(([, id]) => id),
  };
}

/**
 * What a document as a whole is called where its own name is taken: by its lines, by the case that it schedules, or
 * by the invoice that it speaks of. A balance report is no object, only news of its item and location.
 */
const WHOLE_OBJECT: Readonly<Record<string, string>> = {
  match: 'invoice', usage: 'usage-document', posting: 'posting-document', payment: 'payment-document', case: 'schedule', balance: '',
};

function objectsOf(documentType: string, documentId: string, data: Fields, lines: Fields[]): [string, string][] {
  const found = new Map<string, [string, string]>();
  const add = (type: string, id: unknown) => {
    if (typeof id === 'string' && id.length > LONGEST_KEY) throw new Refusal('INVALID', `data: the key of a ${type} is longer than ${LONGEST_KEY} characters`);
    if (typeof id === 'string' && id !== '') found.set(`${type}\0${id}`, [type, id]);
  };
  const whole = WHOLE_OBJECT[documentType] ?? documentType;
  if (whole !== '') add(whole, documentId);
  const object = LINE_OBJECT[documentType];
  add('case', data.case);
  add('supplier', data.supplier);
  for (const line of lines) {
    if (object !== undefined && typeof line.id === 'string') add(object, lineKey(documentId, line.id));
    add('item', line.item);
    add('lot', line.lot);
    add('location', line.location ?? data.location);
  }
  return [...found.values()];
}
