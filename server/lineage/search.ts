import type { Store } from '@/clickhouse/client';
import { deadLettersById, eventsByKey, keysFound, objectsLatest } from '@/clickhouse/queries/lineage-search';
import { parseBarcode } from '../../ingest/contract/barcode';
import { tokenKeysFromEnv, tokensOf, type TokenKeys } from '../../ingest/contract/token';
import { isLine, type ObjectRef } from './objects';

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
  facility: string;
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

/**
 * Whole keys first, then keys that begin with what was typed.
 *
 * @param facilities an object is found when an event at one of these touches it; empty: all
 */
export async function search(store: Store, typed: string, facilities: string[]): Promise<SearchResult> {
  const text = typed.trim();
  const wanted = wantedOf(text, tokenKeys());
  const [found, events, dead] = await Promise.all([
    keysFound(store, { keys: [...wanted.keys.keys()], prefix: text.length >= SHORTEST_PREFIX ? text.toLowerCase() : '', most: MOST + 1 }),
    eventsByKey(store, { id: text, trace: wanted.trace ?? '', facilities }),
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
    const by = event.id === text || event.event_key === text.toLowerCase() ? 'event id' : 'trace id';
    for (const ref of refs.filter((each) => isLine(each.type)).slice(0, 5)) add(ref, by, true);
    const [first] = refs;
    if (first && !refs.some((each) => isLine(each.type))) add(first, by, true);
  }
  for (const row of found) {
    const by = row.kind === 'id' ? byKey(wanted, row.object_id) : row.kind;
    add({ type: row.object_type, id: row.object_id }, by, row.whole === 1);
  }
  const refs = [...candidates.values()];
  const latest = await objectsLatest(store, { types: refs.map(({ ref }) => ref.type), ids: refs.map(({ ref }) => ref.id), facilities });
  const known = new Map(latest.map((row) => [`${row.object_type} ${row.object_id}`, row]));
  const hits = refs.flatMap(({ ref, by, whole }): SearchHit[] => {
    const seen = known.get(`${ref.type} ${ref.id}`);
    // Touched by no event at the asker's facilities: to this person it does not exist.
    if (!seen) return [];
    return [{ ...ref, by, whole, lastAt: seen.last, lastType: seen.last_type, facility: seen.facilities > 1 ? '' : seen.last_facility }];
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

function byKey(wanted: Wanted, id: string): string {
  return wanted.keys.get(id.toLowerCase()) ?? 'id';
}
