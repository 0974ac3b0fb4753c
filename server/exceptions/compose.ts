import { createHash } from 'node:crypto';
import type { z } from 'zod';
import {
  REFUSED_CODES, type chainGaps, type failedOrderDocuments, type identityConflicts, type mismatchedLines, type openDeadLetters, type postingStandings, type receiptFindings, type refusedLines, type unmappedUsages,
} from '@/clickhouse/queries/exceptions';
import type { stuckHandovers } from '@/clickhouse/queries/exceptions-touched';
import type { foreignEvents } from '@/clickhouse/queries/ownership';
import { QUALITY_KINDS, type qualityProblems } from '@/clickhouse/queries/quality';
import type { reconciliationGaps } from '@/clickhouse/queries/reconciliation';
import type { ExceptionContent } from '@/clickhouse/exceptions';
import { QUALITY, stewardOf } from '../rules/quality';
import { EXCEPTIONS, type ExceptionKind, type Party, type RaciAbout, type Severity } from '../rules/raci';

/** One exception as the facts have it. */
export interface ExceptionRow extends ExceptionContent {
  /** Kind and object: names the exception. No blank, dot, `*` or `>` is in it, so that it can be part of a subject. */
  key: string;
  kind: ExceptionKind;
  severity: Severity;
  what: string;
  /** Empty where the exception is about no object of the lineage (a message that could not be read). */
  object_type: string;
  object_id: string;
  /** For a dead letter its reason, to find it among the failures. */
  reason: string;
  facility: string;
  supplier: string;
  item: string;
  owner: Party;
  /** When it became an exception: ISO 8601. */
  since: string;
  /** Money that it concerns, in `currency`; null where nothing says a price. */
  value: string | null;
  currency: string;
  /** Empty where it is of no interface. */
  interface: string;
  /** Of an overdue stage. */
  stage: string;
  /** Hash of what the facts say. */
  facts: string;
  /** Hash of the whole row. */
  content: string;
}

type RowOf<L extends { definition: { row: z.ZodObject } }> = z.output<L['definition']['row']>;

/** What the fragments gave. */
export interface Fragments {
  chains: RowOf<typeof chainGaps>[];
  receipts: RowOf<typeof receiptFindings>[];
  failedOrders: RowOf<typeof failedOrderDocuments>[];
  unmapped: RowOf<typeof unmappedUsages>[];
  refused: RowOf<typeof refusedLines>[];
  invoices: RowOf<typeof mismatchedLines>[];
  handovers: RowOf<typeof stuckHandovers>[];
  postings: RowOf<typeof postingStandings>[];
  deadLetters: RowOf<typeof openDeadLetters>[];
  conflicts: RowOf<typeof identityConflicts>[];
  foreign: RowOf<typeof foreignEvents>[];
  gaps: RowOf<typeof reconciliationGaps>[];
  quality: RowOf<typeof qualityProblems>[];
}

type Draft = Partial<Omit<ExceptionRow, 'key' | 'kind' | 'severity' | 'owner' | 'facts' | 'content'>> & Pick<ExceptionRow, 'what' | 'since'>;

const LONGEST_KEY = 190;
/** A subject forbids blanks, dots, `*` and `>`, and a key of a document has at most 200 characters. */
export function exceptionKey(kind: ExceptionKind, id: string): string {
  const key = `${kind}:${id.replace(/[%\s.*>]/g, (sign) => encodeURIComponent(sign).replace(/^[.*]$/, (plain) => `%${plain.charCodeAt(0).toString(16).toUpperCase()}`))}`;
  return key.length <= LONGEST_KEY ? key : `${kind}:~${createHash('sha256').update(id).digest('hex').slice(0, 40)}`;
}

const hash = (values: readonly unknown[]) => createHash('sha256').update(JSON.stringify(values)).digest('hex').slice(0, 16);

const plain = (decimal: string) => (decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal);
const amount = (quantity: string | null, uom: string) => (quantity === null ? 'an unknown quantity' : `${plain(quantity)}${uom ? ` ${uom}` : ''}`);
const word = (verdict: string) => verdict.toLowerCase().replaceAll('_', ' ').replace(/^qty/, 'quantity').replace('no po', 'no order').replace('uom', 'unit of measure');
const STAGE_WORDS: Readonly<Record<string, string>> = { order: 'order', acknowledgement: 'acknowledgement', receipt: 'receipt', invoice: 'invoice', posting: 'posting', usage: 'usage', requisition: 'requisition', shipment: 'shipment' };

/** What is said of objects that explains another exception on them, such as `failed|RQ1/1`: why the order for it is missing. */
export type Context = Pick<ReadonlySet<string>, 'has'>;

type Add = (kind: ExceptionKind, id: string, draft: Draft) => ExceptionRow;
/** Of failed postings, by document. */
type Standings = Pick<ReadonlyMap<string, Fragments['postings'][number]>, 'get'>;

/** One part of the work list: what each of its rows says of objects, and the exception that it is. */
export interface Piece<Row> {
  /** Names the row among those of its part. */
  id(row: Row): string;
  /** Document that it is worked out with. */
  under(row: Row): string;
  says?(row: Row): readonly string[];
  /** Null where another exception is its cause. */
  compose(row: Row, add: Add, context: Context, standings: Standings): ExceptionRow | null;
}
/** What hand-overs of no document are worked out with. */
export const OF_NO_DOCUMENT = '';
const piece = <Row>(of: Piece<Row>) => of;

/**
 * What each exception is, and which explains which, so that each stands once. What is only the effect of another exception
 * on the same line is left out in favour of its cause:
 *
 * - a requisition not ordered, where creating its order failed
 * - a receipt overdue, where the supplier rejected or backordered the line
 * - an invoice overdue, where the receipt stands as unmatched
 * - an order that never came, where a receipt without order or an invoice without order says so
 * - a missing posting of usage, where its item is unmapped
 * - master data that lacks what was used, where each usage stands as unmapped
 * - a failed posting, where the missing posting stands
 */
export const PIECES = {
  failedOrders: piece<Fragments['failedOrders'][number]>({
    id: (row) => row.document, under: (row) => row.document, says: (row) => row.requisitions.map((id) => `failed|${id}`),
    compose: (row, add) => add('failed-order', row.document, { ...pick(row), what: `Order could not be created: ${row.message || row.code || 'no reason given'}${row.attempts > 1 ? ` (${row.attempts} tries)` : ''}`, object_type: 'order', object_id: row.document }),
  }),
  unmapped: piece<Fragments['unmapped'][number]>({
    id: (row) => row.object_id, under: (row) => documentOf(row.object_id), says: (row) => [`unmapped|${row.object_id}`],
    compose: (row, add) => add('unmapped-usage', row.object_id, { ...pick(row), what: `${row.item ? `Item ${row.item}` : row.gtin ? `GTIN ${row.gtin}` : 'A line without item and GTIN'} is not in the item master; ${amount(row.quantity, row.uom)} used${row.location ? ` at ${row.location}` : ''}`, object_type: 'usage', object_id: row.object_id }),
  }),
  refused: piece<Fragments['refused'][number]>({
    id: (row) => row.object_id, under: (row) => documentOf(row.object_id), says: (row) => [`refused|${row.object_id}`],
    compose: (row, add) => add('refused-line', row.object_id, {
      ...pick(row), what: `The supplier says ${REFUSED_CODES[row.code as keyof typeof REFUSED_CODES] ?? row.code} (${row.code}): ${row.missing_quantity === null ? amount(row.quantity, row.uom) : `${amount(row.missing_quantity, row.uom)} of ${amount(row.quantity, row.uom)} to come`}${row.promised && row.code !== 'IR' && row.code !== 'ID' ? `, promised for ${row.promised.slice(0, 10)}` : ''}`,
      object_type: 'order-line', object_id: row.object_id,
    }),
  }),
  receipts: piece<Fragments['receipts'][number]>({
    id: (row) => `${row.kind} ${row.object_id}`, under: (row) => row.stands_under,
    says: (row) => (row.kind === 'unmatched-receipt' ? [`unmatched|${row.order_key}`] : row.kind === 'receipt-without-order' ? [`without order|${row.order_key}`] : []),
    compose: (row, add) => {
      const unit = row.uom || (row.quantity === null || row.kind === 'receipt-without-order' ? '' : 'base units');
      const what = {
        'over-delivery': `${amount(row.quantity, unit)} more received than the ${amount(row.of, '')} ordered`,
        'receipt-without-order': `${amount(row.of, unit)} received ${row.order_key ? `on ${row.order_key}, which is no order line that is known` : 'and no order is named'}`,
      }[row.kind] ?? `${row.quantity === null ? 'A receipt' : `${amount(row.quantity, unit)} of ${amount(row.of, '')} received`} not invoiced`;
      return add(row.kind === 'over-delivery' ? 'over-delivery' : row.kind === 'receipt-without-order' ? 'receipt-without-order' : 'unmatched-receipt', row.object_id, { ...pick(row), what, object_type: row.object_type, object_id: row.object_id });
    },
  }),
  invoices: piece<Fragments['invoices'][number]>({
    id: (row) => row.object_id, under: (row) => row.document_id, says: (row) => (row.findings.includes('NO_PO') ? [`without order|${row.order_key}`] : []),
    compose: (row, add) => add('invoice-mismatch', row.object_id, {
      facility: row.facility, supplier: row.supplier, item: row.item, currency: row.currency, value: row.at_stake, since: row.time, object_type: 'invoice-line', object_id: row.object_id,
      what: `Invoice ${row.number || row.document_id}, ${word(row.verdict)}: ${row.first_arithmetic}`,
    }),
  }),
  chains: piece<Fragments['chains'][number]>({
    id: (row) => `${row.anchor} ${row.id}`, under: (row) => `${row.anchor} ${row.id}`, says: (row) => (postingMissing(row) ? [`missing|${row.id}`] : []), compose: ofChain,
  }),
  handovers: piece<Fragments['handovers'][number]>({ id: (row) => row.handover_key, under: (row) => (row.document_id === '' ? OF_NO_DOCUMENT : `${row.document_type} ${row.document_id}`), compose: ofHandover }),
  deadLetters: piece<Fragments['deadLetters'][number]>({
    id: (row) => `${row.stream}/${row.stream_seq}/${row.part}`, under: () => '',
    compose: (row, add) => add('dead-letter', `${row.stream}/${row.stream_seq}/${row.part}`, { facility: row.facility, since: row.since, reason: row.reason_code, what: `${row.type || row.subject}: ${row.reason}` }),
  }),
  conflicts: piece<Fragments['conflicts'][number]>({
    id: (row) => row.identity, under: () => '',
    compose: (row, add) => add('identity-conflict', row.identity, {
      facility: row.facility, supplier: row.supplier, since: row.since, what: `${row.versions} different messages of ${row.from_source} under one id (${row.type})`,
      interface: row.interface, ...(row.object_type && row.document ? { object_type: row.object_type, object_id: row.document } : {}),
    }),
  }),
  foreign: piece<Fragments['foreign'][number]>({
    id: (row) => JSON.stringify([row.from_source, row.document_type, row.document, row.field]), under: () => '',
    compose: (row, add) => add('not-its-system', `${row.from_source}/${row.document_type}/${row.document}/${row.field}`, {
      facility: row.facility, supplier: row.supplier, interface: row.interface, since: row.since,
      what: `${row.from_source} ${row.field ? `says ${row.field} of` : 'speaks of'} ${row.document_type} ${row.document}; ${row.owner_system} is its system of record there (${row.events === 1 ? '1 event' : `${row.events} events`})`,
      ...(row.object_type && MASTER_OBJECTS.has(row.object_type) === MASTER_TYPES.has(row.document_type) ? { object_type: row.object_type, object_id: row.document } : {}),
    }),
  }),
  gaps: piece<Fragments['gaps'][number]>({
    id: (row) => row.window_key, under: () => '',
    compose: (row, add) => add('reconciliation-gap', row.window_key, {
      facility: row.facility, interface: row.interface, since: row.since, value: row.value, currency: row.currency,
      what: `${row.interface}, ${row.source || 'its source'} → ${row.target || 'its target'}, ${row.window_from.slice(0, 16).replace('T', ' ')} UTC on: ${row.what}`,
    }),
  }),
  /** Each is all that there is of one record. */
  quality: piece<Fragments['quality']>({ id: ([first]) => `${first?.kind}/${first?.record}`, under: () => '', compose: ofRecord }),
} as const;

const documentOf = (object: string) => object.slice(0, object.lastIndexOf('/'));

/** Makes rows of what the facts say. @param owner who is responsible, by the RACI table */
export function adder(owner: (about: RaciAbout) => Party): Add {
  return (kind, id, draft) => {
    const row = { object_type: '', object_id: '', reason: '', facility: '', supplier: '', item: '', currency: '', value: null, interface: '', stage: '', ...draft, kind, severity: EXCEPTIONS[kind].severity };
    const about: RaciAbout = { type: kind, stage: row.stage || undefined, facility: row.facility || undefined, interface: row.interface || undefined };
    const said = { key: exceptionKey(kind, id), ...row, owner: owner(about), facts: hash([row.what, row.value, row.currency, row.since, row.reason, row.object_id]) };
    return { ...said, content: hash(COLUMNS.map((column) => said[column])) };
  };
}

const before = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
/** Of two of one name the first stands. */
export const inOrder = (a: ExceptionRow, b: ExceptionRow) => SEVERITY_RANK[a.severity] - SEVERITY_RANK[b.severity] || before(b.since, a.since) || before(a.key, b.key) || before(a.content, b.content);

const COLUMNS = ['facts', 'severity', 'owner', 'facility', 'interface', 'stage', 'object_type', 'supplier', 'item'] as const;
/** Of master data only these are objects of the lineage. */
const MASTER_TYPES = new Set(['item', 'supplier', 'location', 'costcenter', 'uom', 'contract', 'fxrate']);
const MASTER_OBJECTS = new Set(['item', 'supplier', 'location']);
const SEVERITY_RANK: Readonly<Record<Severity, number>> = { high: 0, medium: 1, low: 2 };

function pick(row: { facility: string; supplier: string; item: string; currency: string; value: string | null; since: string }) {
  const { facility, supplier, item, currency, value, since } = row;
  return { facility, supplier, item, currency, value, since };
}

const postingMissing = (row: Fragments['chains'][number]) => row.stage === 'posting' && row.state === 'overdue';

/** The gap of a chain that no other exception explains. */
function ofChain(row: Fragments['chains'][number], add: Add, context: Context): ExceptionRow | null {
  const { id, stage } = row;
  if (postingMissing(row)) {
    if (row.anchor === 'usage' && context.has(`unmapped|${id}`)) return null;
    const what = row.failed_posting ? 'The posting failed and was not made since' : row.anchor === 'usage' ? 'The cost of what was used is not posted' : 'Invoiced and not posted';
    return add('missing-posting', `${row.anchor}/${id}`, { ...pick(row), what, object_type: row.anchor, object_id: id });
  }
  if (row.anchor === 'requisition-line' && context.has(`failed|${id}`)) return null;
  if (stage === 'receipt' && context.has(`refused|${id}`)) return null;
  if (stage === 'invoice' && context.has(`unmatched|${id}`)) return null;
  if (row.state === 'orphan' && stage === 'order' && context.has(`without order|${id}`)) return null;
  const name = STAGE_WORDS[stage] ?? stage;
  if (row.state === 'orphan') return add('orphan', `${row.anchor}/${id}`, { ...pick(row), what: stage === 'order' ? 'Documents name this order line, which never came' : `Names a ${name} that never came`, object_type: row.anchor, object_id: id });
  const reached = row.reached && row.reached !== stage ? `; got as far as ${STAGE_WORDS[row.reached] ?? row.reached}` : '';
  return add('overdue-stage', `${row.anchor}/${id}`, { ...pick(row), stage, what: `${name.charAt(0).toUpperCase()}${name.slice(1)} overdue${reached}`, object_type: row.anchor, object_id: id });
}

/** Whether it is a posting that failed: what that settles says whether it stands by itself. */
export const isFailedPosting = (row: Fragments['handovers'][number]) => row.type === 'finance.posting.failed.v1';

function ofHandover(row: Fragments['handovers'][number], add: Add, context: Context, standings: Standings): ExceptionRow | null {
  const shared = { facility: row.facility, interface: row.interface, currency: row.currency, value: row.value, since: row.first_failed, ...(row.document_id && row.object_type ? { object_type: row.object_type, object_id: row.document_id } : {}) };
  const why = row.error_message || row.error_code || 'no reason given';
  if (!isFailedPosting(row)) return add('stuck-handover', row.handover_key, { ...shared, what: `${[row.interface, row.target].filter(Boolean).join(' → ') || 'A hand-over'}: ${why} (${row.failed_attempts === 1 ? '1 try' : `${row.failed_attempts} tries`})` });
  const standing = standings.get(row.document_id);
  if (standing && (standing.completed || standing.anchors.some((anchor) => context.has(`missing|${anchor}`)))) return null;
  return add('missing-posting', `posting/${row.document_id}`, { ...shared, what: `The posting failed: ${why}` });
}

/** Rows of the problems of the master data, those of one record together: it is one problem, whatever currencies its lines speak. */
export function byRecord(rows: Fragments['quality']): Fragments['quality'][] {
  const problems = new Map<string, Fragments['quality']>();
  for (const row of rows) if (row.kind !== 'unmapped-usage' && QUALITY_KINDS.some((kind) => kind === row.kind)) problems.set(`${row.kind}/${row.record}`, [...(problems.get(`${row.kind}/${row.record}`) ?? []), row]);
  return [...problems.values()];
}

function ofRecord(rows: Fragments['quality'], add: Add): ExceptionRow | null {
  const [first] = rows;
  const kind = QUALITY_KINDS.find((one) => one === first?.kind);
  if (!first || !kind) return null;
  const lines = rows.reduce((sum, row) => sum + row.lines, 0);
  const failures = rows.reduce((sum, row) => sum + row.failures, 0);
  const brings = [...new Set(rows.flatMap((row) => row.brings.split(', ').filter(Boolean)))];
  return add('data-quality', `${first.kind}/${first.record}`, {
    what: `${QUALITY[kind].label}: ${first.record}; ${lines === 0 ? 'no line names it yet' : lines === 1 ? '1 line names it' : `${lines} lines name it`}${failures > 0 ? `, ${failures} of them with ${brings.length > 0 ? brings.map(word).join(', ') : 'a failure'}` : ''}. Steward: ${stewardOf(kind)}`,
    // Money of several currencies is not one amount.
    ...(rows.length === 1 ? { value: first.value, currency: first.currency } : {}),
    facility: rows.every((row) => row.facility === first.facility) ? first.facility : '', since: rows.reduce((since, row) => (row.since < since ? row.since : since), first.since),
    object_type: first.about_type, object_id: first.about_id,
  });
}
