import type { Store } from '@/clickhouse/client';
import { eventsOfTrace } from '@/clickhouse/queries/lineage';
import { deadLettersById, eventsByKey, keysFound } from '@/clickhouse/queries/lineage-search';
import { parseBarcode } from '../../ingest/contract/barcode';
import { tokenKeysFromEnv, tokensOf, type TokenKeys } from '../../ingest/contract/token';
import { eventsOfHeads, type EventFact } from './events';
import { keyOfRow, latestOf, type LatestRow } from './latest';
import { documentObject, isContext, isLine, lineRef, refKey, type ObjectRef } from './objects';

/** From what a person typed or scanned to the objects that it leads to. */

export interface SearchHit {
  type: string;
  id: string;
  /** What matched: id, invoice number, gtin, event id, trace id, serial, case, lot. */
  by: string;
  /** The whole key, not only its beginning. */
  whole: boolean;
  lastAt: string | null;
  lastType: string;
  /** Where, if all of it was at one facility; empty: at several; null: items, lots and suppliers belong to no facility. */
  facility: string | null;
}

export interface SearchResult {
  query: string;
  hits: SearchHit[];
  /** More matched than are listed. */
  cut: boolean;
  /** Everywhere that was looked, in words. */
  lookedIn: string[];
  /** Messages under this event id that could not be read. */
  deadLetters: { seq: number; subject: string; at: string; reasonCode: string; reason: string }[];
}

const MOST = 50;
/** Shorter beginnings match half the hospital. */
const SHORTEST_PREFIX = 2;

interface Wanted {
  keys: Map<string, string>;
  trace: string | undefined;
  lookedIn: string[];
}

function tokenKeys(): TokenKeys | undefined {
  try {
    return tokenKeysFromEnv();
  } catch {
    // Without the key cases and serials cannot be searched by their own numbers; the result says so.
    return undefined;
  }
}

/** Every spelling that what was typed may be stored under. */
export function wantedOf(typed: string, keys: TokenKeys | undefined): Wanted {
  const text = typed.trim();
  const wanted: Wanted = { keys: new Map([[text.toLowerCase(), 'id']]), trace: undefined, lookedIn: ['document and line ids', 'invoice numbers', 'items, lots, locations and suppliers', 'GTINs', 'event ids'] };
  if (/^\d{8}$|^\d{12,14}$/.test(text)) {
    for (const gtin of new Set([text.padStart(14, '0'), text.replace(/^0+/, '').padStart(13, '0'), text.replace(/^0+/, '').padStart(12, '0')])) wanted.keys.set(gtin, 'gtin');
  }
  const barcode = text.length >= 8 ? parseBarcode(text) : undefined;
  if (barcode?.ok) {
    const { gtin, hibc, lot, serial } = barcode.barcode;
    for (const code of [gtin, hibc]) if (code) wanted.keys.set(code.toLowerCase(), 'barcode');
    if (lot) wanted.keys.set(lot.toLowerCase(), 'lot of the barcode');
    if (serial && keys) for (const token of tokensOf(keys, 'serial', serial)) wanted.keys.set(token.toLowerCase(), 'serial');
    wanted.lookedIn.push('the parts of the barcode');
  }
  if (keys) {
    for (const token of tokensOf(keys, 'case', text)) if (token.toLowerCase() !== text.toLowerCase()) wanted.keys.set(token.toLowerCase(), 'case');
    for (const token of tokensOf(keys, 'serial', text)) wanted.keys.set(token.toLowerCase(), 'serial');
    wanted.lookedIn.push('case and serial tokens');
  } else {
    wanted.lookedIn.push('not in cases and serials: this process has no token key');
  }
  const trace = /^(?:[0-9a-f]{2}-)?([0-9a-f]{32})(?:-[0-9a-f]{16}-[0-9a-f]{2})?$/i.exec(text)?.[1];
  if (trace) {
    wanted.trace = trace.toLowerCase();
    wanted.lookedIn.push('trace ids');
  }
  wanted.lookedIn.push('dead letters by event id');
  return wanted;
}

/** Of one event. */
const MOST_LINES = 5;
const MOST_TRACED = 50;
/** Events of a trace that are looked at: mostly the first tell enough; at one facility of many those that may be seen can stand further on. */
const OF_TRACE = [MOST_TRACED + 10, 500] as const;

/** The lines that the first events of a trace speak of, or their documents where they name none: no more than can be shown. */
async function documentsOfTrace(store: Store, trace: string, facilities: string[]): Promise<ObjectRef[]> {
  let events: EventFact[] = [];
  for (const most of OF_TRACE) {
    const read = eventsOfHeads(await eventsOfTrace(store, { trace, most }));
    events = read.filter((event) => facilities.length === 0 || facilities.includes(event.facility)).slice(0, MOST_TRACED);
    if (read.length < most || events.length === MOST_TRACED) break;
  }
  const refs = events.flatMap(({ document_type, document_id, lines }) => {
    const named = lines.filter((line) => line !== '').slice(0, MOST_LINES).map((line) => lineRef(document_type, document_id, line));
    return named.length > 0 ? named : [{ type: documentObject(document_type), id: document_id }];
  });
  return [...new Map(refs.map((ref) => [refKey(ref), ref])).values()].slice(0, MOST + 1);
}

/**
 * Whole keys first, then keys that begin with what was typed.
 *
 * @param facilities an object is found when an event at one of these touches it; empty: all
 */
export async function search(store: Store, typed: string, facilities: string[]): Promise<SearchResult> {
  const text = typed.trim();
  const wanted = wantedOf(text, tokenKeys());
  const [found, events, traced, dead] = await Promise.all([
    keysFound(store, { keys: [...wanted.keys.keys()], prefix: text.length >= SHORTEST_PREFIX ? text.toLowerCase() : '', facilities, most: MOST + 1 }),
    eventsByKey(store, { id: text, facilities }),
    wanted.trace === undefined ? [] : documentsOfTrace(store, wanted.trace, facilities),
    deadLettersById(store, { id: text, facilities }),
  ]);
  const candidates = new Map<string, { ref: ObjectRef; by: string; whole: boolean }>();
  const add = (ref: ObjectRef, by: string, whole: boolean) => {
    const key = `${ref.type} ${ref.id}`;
    const known = candidates.get(key);
    if (!known || (whole && !known.whole)) candidates.set(key, { ref, by, whole });
  };
  for (const event of events) {
    const refs = event.object_types.map((type, i) => ({ type, id: event.object_ids[i] ?? '' }));
    for (const ref of refs.filter((each) => isLine(each.type)).slice(0, MOST_LINES)) add(ref, 'event id', true);
    const [first] = refs;
    if (first && !refs.some((each) => isLine(each.type))) add(first, 'event id', true);
  }
  for (const ref of traced) add(ref, 'trace id', true);
  for (const row of found) {
    const by = row.kind === 'id' ? byKey(wanted, row.object_id) : row.kind;
    add({ type: row.object_type, id: row.object_id }, by, row.whole === 1);
  }
  // By its own id a thing was found with the latest of what touched it; another key tells only of events that have that key.
  const latest = new Map<string, LatestRow>(found.filter(({ kind }) => kind === 'id').map((row) => [keyOfRow(row), row]));
  const others = [...candidates.values()].map(({ ref }) => ref).filter((ref) => !latest.has(refKey(ref)));
  for (const [key, row] of await latestOf(store, others, facilities)) latest.set(key, row);
  const hits = [...candidates.values()].flatMap(({ ref, by, whole }): SearchHit[] => {
    const seen = latest.get(refKey(ref));
    // Touched by no event at the asker's facilities: to this person it does not exist.
    return seen ? [{ ...ref, by, whole, ...shownOf(seen) }] : [];
  });
  hits.sort((a, b) => Number(b.whole) - Number(a.whole) || (b.lastAt ?? '').localeCompare(a.lastAt ?? ''));
  return {
    query: text,
    hits: hits.slice(0, MOST),
    cut: found.length > MOST || hits.length > MOST,
    lookedIn: wanted.lookedIn,
    deadLetters: dead.map((row) => ({ seq: row.stream_seq, subject: row.subject, at: row.recorded_at, reasonCode: row.reason_code, reason: row.reason })),
  };
}

/** Of what no document is: what belongs to one facility. */
const AT_ONE_FACILITY = ['location', 'case'];

function shownOf({ object_type, last_time, last_type, last_facility, facilities }: LatestRow): Pick<SearchHit, 'lastAt' | 'lastType' | 'facility'> {
  const atOne = AT_ONE_FACILITY.includes(object_type) ? last_facility : null;
  return { lastAt: last_time, lastType: last_type, facility: isContext(object_type) ? atOne : facilities > 1 ? '' : last_facility };
}

function byKey(wanted: Wanted, id: string): string {
  return wanted.keys.get(id.toLowerCase()) ?? 'id';
}
