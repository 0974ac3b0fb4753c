import { createHash } from 'node:crypto';
import type { z } from 'zod';
import {
  REFUSED_CODES, type chainGaps, type failedOrderDocuments, type identityConflicts, type mismatchedLines, type openDeadLetters, type postingStandings, type receiptFindings, type refusedLines, type unmappedUsages,
} from '@/clickhouse/queries/exceptions';
import type { failedHandovers } from '@/clickhouse/queries/failures';
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
  handovers: RowOf<typeof failedHandovers>[];
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

/**
 * The fragments as one list in which each exception stands once. What is only the effect of another exception on the
 * same line is left out in favour of its cause:
 *
 * - a requisition not ordered, where creating its order failed
 * - a receipt overdue, where the supplier rejected or backordered the line
 * - an invoice overdue, where the receipt stands as unmatched
 * - an order that never came, where a receipt without order or an invoice without order says so
 * - a missing posting of usage, where its item is unmapped
 * - master data that lacks what was used, where each usage stands as unmapped
 * - a stuck hand-over of the failure itself (order.failed, posting.failed), where the failed order or the missing posting stands
 *
 * @param owner who is responsible, by the RACI table
 */
export function compose(given: Fragments, owner: (about: RaciAbout) => Party): ExceptionRow[] {
  const rows: ExceptionRow[] = [];
  const add = (kind: ExceptionKind, id: string, draft: Draft) => {
    const row = { object_type: '', object_id: '', reason: '', facility: '', supplier: '', item: '', currency: '', value: null, interface: '', stage: '', ...draft, kind, severity: EXCEPTIONS[kind].severity };
    const about: RaciAbout = { type: kind, stage: row.stage || undefined, facility: row.facility || undefined, interface: row.interface || undefined };
    const said = { key: exceptionKey(kind, id), ...row, owner: owner(about), facts: hash([row.what, row.value, row.currency, row.since, row.reason, row.object_id]) };
    rows.push({ ...said, content: hash(COLUMNS.map((column) => said[column])) });
  };

  for (const row of given.failedOrders)
    add('failed-order', row.document, { ...pick(row), what: `Order could not be created: ${row.message || row.code || 'no reason given'}${row.attempts > 1 ? ` (${row.attempts} tries)` : ''}`, object_type: 'order', object_id: row.document });
  for (const row of given.unmapped)
    add('unmapped-usage', row.object_id, { ...pick(row), what: `${row.item ? `Item ${row.item}` : row.gtin ? `GTIN ${row.gtin}` : 'A line without item and GTIN'} is not in the item master; ${amount(row.quantity, row.uom)} used${row.location ? ` at ${row.location}` : ''}`, object_type: 'usage', object_id: row.object_id });
  for (const row of given.refused)
    add('refused-line', row.object_id, {
      ...pick(row), what: `The supplier says ${REFUSED_CODES[row.code as keyof typeof REFUSED_CODES] ?? row.code} (${row.code}): ${row.missing_quantity === null ? amount(row.quantity, row.uom) : `${amount(row.missing_quantity, row.uom)} of ${amount(row.quantity, row.uom)} to come`}${row.promised && row.code !== 'IR' && row.code !== 'ID' ? `, promised for ${row.promised.slice(0, 10)}` : ''}`,
      object_type: 'order-line', object_id: row.object_id,
    });
  for (const row of given.receipts) {
    const unit = row.uom || (row.quantity === null || row.kind === 'receipt-without-order' ? '' : 'base units');
    const what = {
      'over-delivery': `${amount(row.quantity, unit)} more received than the ${amount(row.of, '')} ordered`,
      'receipt-without-order': `${amount(row.of, unit)} received ${row.order_key ? `on ${row.order_key}, which is no order line that is known` : 'and no order is named'}`,
    }[row.kind] ?? `${row.quantity === null ? 'A receipt' : `${amount(row.quantity, unit)} of ${amount(row.of, '')} received`} not invoiced`;
    add(row.kind === 'over-delivery' ? 'over-delivery' : row.kind === 'receipt-without-order' ? 'receipt-without-order' : 'unmatched-receipt', row.object_id, { ...pick(row), what, object_type: row.object_type, object_id: row.object_id });
  }
  for (const row of given.invoices)
    add('invoice-mismatch', row.object_id, {
      facility: row.facility, supplier: row.supplier, item: row.item, currency: row.currency, value: row.at_stake, since: row.time, object_type: 'invoice-line', object_id: row.object_id,
      what: `Invoice ${row.number || row.document_id}, ${word(row.verdict)}: ${row.first_arithmetic}`,
    });

  const missingPostings = addChains(given, add);
  addHandovers(given, missingPostings, add);

  for (const row of given.deadLetters)
    add('dead-letter', `${row.stream}/${row.stream_seq}/${row.part}`, { facility: row.facility, since: row.since, reason: row.reason_code, what: `${row.type || row.subject}: ${row.reason}` });
  for (const row of given.conflicts)
    add('identity-conflict', row.identity, {
      facility: row.facility, supplier: row.supplier, since: row.since, what: `${row.versions} different messages of ${row.from_source} under one id (${row.type})`,
      interface: row.interface, ...(row.object_type && row.document ? { object_type: row.object_type, object_id: row.document } : {}),
    });
  for (const row of given.foreign)
    add('not-its-system', `${row.from_source}/${row.document_type}/${row.document}/${row.field}`, {
      facility: row.facility, supplier: row.supplier, interface: row.interface, since: row.since,
      what: `${row.from_source} ${row.field ? `says ${row.field} of` : 'speaks of'} ${row.document_type} ${row.document}; ${row.owner_system} is its system of record there (${row.events === 1 ? '1 event' : `${row.events} events`})`,
      ...(row.object_type && MASTER_OBJECTS.has(row.object_type) === MASTER_TYPES.has(row.document_type) ? { object_type: row.object_type, object_id: row.document } : {}),
    });
  for (const row of given.gaps)
    add('reconciliation-gap', row.window_key, {
      facility: row.facility, interface: row.interface, since: row.since, value: row.value, currency: row.currency,
      what: `${row.interface}, ${row.source || 'its source'} → ${row.target || 'its target'}, ${row.window_from.slice(0, 16).replace('T', ' ')} UTC on: ${row.what}`,
    });
  addQuality(given, add);
  return rows.sort((a, b) => SEVERITY_RANK[a.severity] - SEVERITY_RANK[b.severity] || b.since.localeCompare(a.since) || a.key.localeCompare(b.key));
}

const COLUMNS = ['facts', 'severity', 'owner', 'facility', 'interface', 'stage', 'object_type', 'supplier', 'item'] as const;
/** Of master data only these are objects of the lineage. */
const MASTER_TYPES = new Set(['item', 'supplier', 'location', 'costcenter', 'uom', 'contract', 'fxrate']);
const MASTER_OBJECTS = new Set(['item', 'supplier', 'location']);
const SEVERITY_RANK: Readonly<Record<Severity, number>> = { high: 0, medium: 1, low: 2 };

function pick(row: { facility: string; supplier: string; item: string; currency: string; value: string | null; since: string }) {
  const { facility, supplier, item, currency, value, since } = row;
  return { facility, supplier, item, currency, value, since };
}

type Add = (kind: ExceptionKind, id: string, draft: Draft) => void;

/** Adds the gaps of chains that no other exception explains; gives the anchors whose posting is missing. */
function addChains(given: Fragments, add: Add): Set<string> {
  const failed = new Set(given.failedOrders.flatMap((row) => row.requisitions));
  const unmapped = new Set(given.unmapped.map((row) => row.object_id));
  const refused = new Set(given.refused.map((row) => row.object_id));
  const unmatched = new Set(given.receipts.filter((row) => row.kind === 'unmatched-receipt').map((row) => row.order_key));
  const withoutOrder = new Set([
    ...given.receipts.filter((row) => row.kind === 'receipt-without-order').map((row) => row.order_key),
    ...given.invoices.filter((row) => row.findings.includes('NO_PO')).map((row) => row.order_key),
  ]);
  const missing = new Set<string>();

  for (const row of given.chains) {
    const { id, stage } = row;
    if (stage === 'posting' && row.state === 'overdue') {
      missing.add(id);
      if (row.anchor === 'usage' && unmapped.has(id)) continue;
      const what = row.failed_posting ? 'The posting failed and was not made since' : row.anchor === 'usage' ? 'The cost of what was used is not posted' : 'Invoiced and not posted';
      add('missing-posting', `${row.anchor}/${id}`, { ...pick(row), what, object_type: row.anchor, object_id: id });
      continue;
    }
    if (row.anchor === 'requisition-line' && failed.has(id)) continue;
    if (stage === 'receipt' && refused.has(id)) continue;
    if (stage === 'invoice' && unmatched.has(id)) continue;
    if (row.state === 'orphan' && stage === 'order' && withoutOrder.has(id)) continue;
    const name = STAGE_WORDS[stage] ?? stage;
    if (row.state === 'orphan') add('orphan', `${row.anchor}/${id}`, { ...pick(row), what: stage === 'order' ? 'Documents name this order line, which never came' : `Names a ${name} that never came`, object_type: row.anchor, object_id: id });
    else {
      const reached = row.reached && row.reached !== stage ? `; got as far as ${STAGE_WORDS[row.reached] ?? row.reached}` : '';
      add('overdue-stage', `${row.anchor}/${id}`, { ...pick(row), stage, what: `${name.charAt(0).toUpperCase()}${name.slice(1)} overdue${reached}`, object_type: row.anchor, object_id: id });
    }
  }
  return missing;
}

function addHandovers(given: Fragments, missingPostings: ReadonlySet<string>, add: Add): void {
  const standings = new Map(given.postings.map((row) => [row.document, row]));
  for (const row of given.handovers) {
    // A call that failed holds up no document; it stands among the failures of its interface.
    if (row.type === 'procurement.order.failed.v1' || row.type.startsWith('integration.call.')) continue;
    const shared = { facility: row.facility, interface: row.interface, currency: row.currency, value: row.value, since: row.first_failed, ...(row.document_id && row.object_type ? { object_type: row.object_type, object_id: row.document_id } : {}) };
    const why = row.error_message || row.error_code || 'no reason given';
    if (row.type === 'finance.posting.failed.v1') {
      const standing = standings.get(row.document_id);
      if (standing && (standing.completed || standing.anchors.some((anchor) => missingPostings.has(anchor)))) continue;
      add('missing-posting', `posting/${row.document_id}`, { ...shared, what: `The posting failed: ${why}` });
    } else {
      add('stuck-handover', row.handover_key, { ...shared, what: `${[row.interface, row.target].filter(Boolean).join(' → ') || 'A hand-over'}: ${why} (${row.failed_attempts === 1 ? '1 try' : `${row.failed_attempts} tries`})` });
    }
  }
}

/** Problems of the master data: one for each record, whatever currencies its lines speak. */
function addQuality(given: Fragments, add: Add): void {
  const problems = new Map<string, Fragments['quality']>();
  for (const row of given.quality) if (row.kind !== 'unmapped-usage') problems.set(`${row.kind}/${row.record}`, [...(problems.get(`${row.kind}/${row.record}`) ?? []), row]);
  for (const [id, rows] of problems) {
    const [first] = rows;
    const kind = QUALITY_KINDS.find((one) => one === first?.kind);
    if (!first || !kind) continue;
    const lines = rows.reduce((sum, row) => sum + row.lines, 0);
    const failures = rows.reduce((sum, row) => sum + row.failures, 0);
    const brings = [...new Set(rows.flatMap((row) => row.brings.split(', ').filter(Boolean)))];
    add('data-quality', id, {
      what: `${QUALITY[kind].label}: ${first.record}; ${lines === 0 ? 'no line names it yet' : lines === 1 ? '1 line names it' : `${lines} lines name it`}${failures > 0 ? `, ${failures} of them with ${brings.length > 0 ? brings.map(word).join(', ') : 'a failure'}` : ''}. Steward: ${stewardOf(kind)}`,
      // Money of several currencies is not one amount.
      ...(rows.length === 1 ? { value: first.value, currency: first.currency } : {}),
      facility: rows.every((row) => row.facility === first.facility) ? first.facility : '', since: rows.reduce((since, row) => (row.since < since ? row.since : since), first.since),
      object_type: first.about_type, object_id: first.about_id,
    });
  }
}
