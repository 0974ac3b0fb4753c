import type { Store } from '@/clickhouse/client';
import { NarrowTheRange } from '@/clickhouse/errors';
import { recallBalances, recallGtins, recallItemNames, recallLines, recallNotices, recallScanned, recallSize, recallStocked, recallTakenBack, type RecallLine } from '@/clickhouse/queries/recall';
import { LINE_OBJECT } from '../../ingest/contract/objects';
import { gtinSpellings, isAsked, subjectOf, type RecallAsk, type RecallSubject } from './ask';

/** What happened to a piece, in the words of the page. */
export const HAPPENED = ['on hand', 'used', 'usage reversed', 'received', 'receipt reversed', 'returned', 'announced', 'sent', 'moved'] as const;
export type Happened = (typeof HAPPENED)[number];

const HAPPENED_BY: Readonly<Record<string, Happened>> = {
  'usage recorded': 'used', 'usage reversed': 'usage reversed',
  'receipt confirmed': 'received', 'receipt reversed': 'receipt reversed', 'receipt returned': 'returned',
  'shipment notified': 'announced', 'transfer shipped': 'sent', 'transfer received': 'moved', 'replenishment filled': 'moved',
};

/**
 * How a row is known to be what is asked for: by all that was given; by its GTIN, naming no such item; by its lot alone,
 * so that it may be another item's; or because it takes such a line back.
 */
export const KNOWN_BY = ['stated', 'GTIN', 'lot only', 'taken back'] as const;

/** One thing that happened to the device at one place. A type and no interface, so that it is a row of a list too. */
export type RecallRow = {
  facility: string;
  location: string;
  from_location: string;
  happened: Happened;
  /** The line, which opens its chain; for what is on hand the location. */
  line_type: string;
  line_id: string;
  /** In `uom`; null where the source did not say. */
  quantity: string | null;
  uom: string;
  item: string;
  gtin: string;
  lot: string;
  expiry: string | null;
  /** A keyed token. */
  serial: string;
  case_token: string;
  supplier: string;
  implant: number;
  /** Stock status, for what is on hand. */
  status: string;
  known_by: (typeof KNOWN_BY)[number];
  note: string;
  time: string;
  /** The line that it takes back. */
  of: string;
};

export interface Notice {
  id: string;
  line: string;
  facility: string;
  item: string;
  gtin: string;
  lot: string;
  openedAt: string;
  /** Null while it is open. */
  closedAt: string | null;
}

export interface Recall {
  subject: RecallSubject;
  rows: RecallRow[];
  notices: Notice[];
}

/** More than this no person works through, and no page can take. */
const MOST_EVENTS = 50_000;
const TAKEN_BACK_AT_ONCE = 2_000;
/** Balances of an item older than this before its newest are no news of what is on hand; a lot has all of its own. */
export const ITEM_BALANCE_DAYS = 400;
const DAY_MS = 86_400_000;

/**
 * Everything about what is asked for, at any time, within facilities (empty: all). Rows stand in the order of a recall's
 * work: what is on hand, then what was used, then the rest; each the newest first.
 * @throws NarrowTheRange where it is more than a page can take
 */
export async function recallOf(store: Store, ask: RecallAsk, facilities: string[]): Promise<Recall> {
  const subject = await subjectOf(store, ask);
  if (!isAsked(ask)) return { subject, rows: [], notices: await noticesOf(store, facilities) };
  const { items, gtins } = subject;
  const unstated = ask.unstated === true && items.length > 0;
  const lots = unstated ? [''] : subject.lots;
  // A lot leads to its own few events; only without one the item's are gone through.
  const objects = lots.length > 0 && !unstated ? lots.map((id) => ['lot', id] as const) : items.map((id) => ['item', id] as const);
  const touching = { types: objects.map(([type]) => type), ids: objects.map(([, id]) => id), facilities };
  const [size] = await recallSize(store, touching);
  if ((size?.moving ?? 0) > MOST_EVENTS) {
    throw new NarrowTheRange('recall_lines', `More than ${MOST_EVENTS.toLocaleString('en-US')} events move this item: name the lot, or choose one facility.`);
  }
  const [stated, scanned, notices] = await Promise.all([
    recallLines(store, { ...touching, lots, items, gtins }),
    // With a lot, lines that a GTIN alone identifies are among the lot's own.
    (lots.length === 0 || unstated) && gtins.length > 0 ? recallScanned(store, { gtins, lots, facilities }) : [],
    noticesOf(store, facilities),
  ]);
  const lines = uniqueLines([...stated, ...scanned]);
  const stockedItems = items.length > 0 ? items : [...new Set([...lines.map((line) => line.item).filter((item) => item !== ''), ...(lots.length > 0 && !unstated ? (await recallStocked(store, { lots, facilities })).map((row) => row.item) : [])])];
  const [balances, back] = await Promise.all([
    recallBalances(store, { items: lots.length > 0 && !unstated ? [...stockedItems, ''] : stockedItems, lots, facilities, since: countedSince(size, lots.length > 0 && !unstated) }),
    takenBack(store, lines, facilities),
  ]);
  const known = new Set(lines.map(keyOf));
  const byObject = new Map(lines.map((line) => [line.object_id, line]));
  const rows = [
    ...balances.map((row): RecallRow => ({
      facility: row.facility, location: row.location, from_location: '', happened: 'on hand', line_type: 'location', line_id: row.location, quantity: row.on_hand, uom: row.uom,
      item: row.item, gtin: '', lot: row.lot, expiry: row.expiry, serial: '', case_token: '', supplier: '', implant: 0, status: row.status, known_by: row.item === '' || (items.length === 0 && gtins.length > 0) ? 'lot only' : 'stated',
      note: Date.parse(row.seen_at) > Date.parse(row.at) ? `the item's report of ${row.seen_at.slice(0, 16).replace('T', ' ')} UTC leaves it out` : '', time: row.at, of: '',
    })),
    ...lines.flatMap((line) => rowOf(line, subject, undefined)),
    ...back.filter((line) => !known.has(keyOf(line))).flatMap((line) => rowOf(line, subject, byObject.get(line.ref_id))),
  ];
  return { subject, rows: rows.sort(byWork), notices: notices.filter((notice) => concerns(notice, subject, stockedItems)) };
}

/** What balances have to be read for the last one of each place. */
function countedSince(size: { first_counted: string; last_counted: string } | undefined, ofLot: boolean): Date {
  const [first, last] = [Date.parse(size?.first_counted ?? '1970-01-01T00:00:00Z'), Date.parse(size?.last_counted ?? '1970-01-01T00:00:00Z')];
  return new Date(ofLot ? first : Math.max(first, last - ITEM_BALANCE_DAYS * DAY_MS));
}

const keyOf = (line: RecallLine) => `${line.document_type} ${line.object_id} ${line.aspect}`;
const uniqueLines = (lines: readonly RecallLine[]) => [...new Map(lines.map((line) => [keyOf(line), line])).values()];
const byWork = (a: RecallRow, b: RecallRow) => HAPPENED.indexOf(a.happened) - HAPPENED.indexOf(b.happened) || b.time.localeCompare(a.time) || a.line_id.localeCompare(b.line_id);

async function takenBack(store: Store, lines: readonly RecallLine[], facilities: string[]): Promise<RecallLine[]> {
  const undone = lines.filter((line) => (line.document_type === 'usage' && line.aspect === 'recorded') || (line.document_type === 'receipt' && line.aspect === 'confirmed'));
  const found: RecallLine[] = [];
  for (let start = 0; start < undone.length; start += TAKEN_BACK_AT_ONCE) {
    const some = undone.slice(start, start + TAKEN_BACK_AT_ONCE);
    found.push(...(await recallTakenBack(store, { types: some.map((line) => LINE_OBJECT[line.document_type] ?? line.document_type), ids: some.map((line) => line.object_id), facilities })));
  }
  return found;
}

/** A line's row; none for what moves nothing (a replenishment that was only asked for). `of`: the line that it takes back, for what it does not repeat. */
function rowOf(line: RecallLine, subject: RecallSubject, of: RecallLine | undefined): RecallRow[] {
  const happened = HAPPENED_BY[`${line.document_type} ${line.aspect}`];
  if (!happened) return [];
  const item = line.item || subject.itemOfGtin[line.gtin] || of?.item || '';
  return [{
    facility: line.facility, location: line.location || of?.location || '', from_location: line.from_location, happened,
    line_type: LINE_OBJECT[line.document_type] ?? line.document_type, line_id: line.object_id, quantity: line.quantity, uom: line.uom || of?.uom || '',
    item, gtin: line.gtin, lot: line.lot || of?.lot || '', expiry: line.expiry ?? of?.expiry ?? null, serial: line.serial || of?.serial || '', case_token: line.case_token || of?.case_token || '', supplier: line.supplier || of?.supplier || '',
    implant: line.implant, status: '', known_by: of ? 'taken back' : knownBy(line, subject), note: '', time: line.time,
    of: line.ref_type === 'usage' || line.ref_type === 'receipt-line' ? line.ref_id : '',
  }];
}

function knownBy(line: RecallLine, { items, gtins }: RecallSubject): RecallRow['known_by'] {
  if (items.length > 0 ? items.includes(line.item) : gtins.length === 0 && line.item !== '') return 'stated';
  return line.gtin !== '' ? 'GTIN' : 'lot only';
}

/** Recall notices with when they were closed: by line, or all lines of the notice at once. */
export async function noticesOf(store: Store, facilities: string[]): Promise<Notice[]> {
  const rows = await recallNotices(store, { facilities });
  const closed = new Map(rows.filter((row) => row.aspect === 'closed').map((row) => [`${row.document_id} ${row.line_id}`, row.time]));
  return rows.filter((row) => row.aspect === 'opened').map((row) => {
    const end = closed.get(`${row.document_id} ${row.line_id}`) ?? closed.get(`${row.document_id} `);
    // A notice that was opened anew after it was closed is open.
    return { id: row.document_id, line: row.line_id, facility: row.facility, item: row.item, gtin: row.gtin, lot: row.lot, openedAt: row.time, closedAt: end !== undefined && Date.parse(end) >= Date.parse(row.time) ? end : null };
  });
}

/** A notice of a lot concerns that lot, one of an item all its lots; one that names no item is about every item of the lot. */
function concerns(notice: Notice, { lots, gtins, items }: RecallSubject, stocked: readonly string[]): boolean {
  const meant = items.length > 0 ? items : stocked;
  const ofItem = notice.item !== '' ? meant.includes(notice.item) : notice.gtin !== '' ? gtinSpellings(notice.gtin).some((gtin) => gtins.includes(gtin)) : true;
  const ofLot = notice.lot === '' || lots.length === 0 || lots.some((lot) => lot.toLowerCase() === notice.lot.toLowerCase());
  return ofItem && ofLot && (notice.item !== '' || notice.gtin !== '' || (notice.lot !== '' && lots.length > 0));
}

export interface Carrier {
  /** Empty: lines that name neither an item nor a GTIN that an item has. */
  item: string;
  name: string;
  /** The GTIN by which it is asked for where there is no item. */
  gtin: string;
  rows: number;
}

/** The items that carry what was asked for, the most rows first: lots are not unique across items. */
export async function carriersOf(store: Store, { rows, subject }: Recall): Promise<Carrier[]> {
  const gtins = [...new Set(rows.filter((row) => row.item === '' && row.gtin !== '').map((row) => row.gtin))];
  const master = gtins.length > 0 ? await recallGtins(store, { gtins: gtins.flatMap(gtinSpellings), items: [] }) : [];
  const itemOf = new Map(master.flatMap((row) => gtinSpellings(row.gtin).map((gtin) => [gtin, row.master_item])));
  const carriers = new Map<string, Carrier>();
  for (const row of rows) {
    const item = row.item || itemOf.get(row.gtin) || subject.itemOfGtin[row.gtin] || '';
    const key = item || (row.gtin && `gtin ${row.gtin}`);
    const known = carriers.get(key);
    if (known) known.rows += 1;
    else carriers.set(key, { item, name: '', gtin: item ? '' : row.gtin, rows: 1 });
  }
  const items = [...carriers.values()].map((carrier) => carrier.item).filter((item) => item !== '');
  const names = new Map(items.length > 0 ? (await recallItemNames(store, { items })).map((row) => [row.record_id, row.name || row.description]) : []);
  return [...carriers.values()].map((carrier) => ({ ...carrier, name: names.get(carrier.item) ?? '' })).sort((a, b) => b.rows - a.rows || a.item.localeCompare(b.item));
}
