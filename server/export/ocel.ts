import type { Store } from '@/clickhouse/client';
import { NarrowTheRange } from '@/clickhouse/errors';
import { ocelOfNodes, ocelOfRange, ocelSize, type OcelEventRow, type OcelObjectRow } from '@/clickhouse/queries/ocel';
import { LINE_OBJECT } from '../../ingest/contract/objects';
import { documentObject, refKey, type ObjectRef } from '../lineage/objects';
import { chunksOf, type NodeChunk } from './chain-nodes';

/**
 * OCEL 2.0 in JSON (ocel-standard.org), made while it is sent: events first, then objects, then the types that were met.
 * What stands in memory does not grow with the events: the types; and for the events of named objects those objects,
 * of which there is a limit. No payload is in it.
 */

/** More than this is no file that a tool would read; half a gigabyte of text. */
export const MOST_OCEL_EVENTS = 250_000;

export interface OcelSelection {
  /** Inclusive. */
  from: Date;
  /** Exclusive. */
  to: Date;
  /** Empty: all. */
  facilities: string[];
  /** Only what touches these, whenever it happened; default: all events of the range. */
  nodes?: readonly ObjectRef[];
  /** With the relations that nobody stated, marked. */
  inferred: boolean;
}

/** Objects of several types may bear one id; in OCEL an id is the object's alone. */
export const ocelId = (type: string, id: string): string => `${type}:${id}`;

/** What an event's relation to an object is called: what it did to a line, or what the object is to it. */
function eventQualifier(objectType: string, { document_type: document, action }: Pick<OcelEventRow, 'document_type' | 'action'>): string {
  if (objectType === LINE_OBJECT[document]) return action;
  return objectType === documentObject(document) || (document === 'match' && objectType === 'invoice') || (document === 'case' && objectType === 'schedule') ? 'document' : objectType;
}

export const inferredQualifier = (qualifier: string, rule: string, confidence: number): string => `${qualifier} (inferred by ${rule}, confidence ${confidence})`;

const INTEGERS = new Set(['attempt', 'latency_ms', 'revision']);
const FLOATS = new Set(['quantity', 'price', 'amount', 'tax', 'freight', 'header_tax', 'header_freight']);
const TIMES = new Set(['recorded_at', 'due_at']);
/** By the last part of the name. The schema has every value as text; the declared type says how to read it. */
function typeOf(name: string): string {
  const field = name.slice(name.indexOf('.') + 1);
  return INTEGERS.has(field) ? 'integer' : FLOATS.has(field) ? 'float' : TIMES.has(field) ? 'time' : field === 'implant' ? 'boolean' : 'string';
}

/** Types with the attributes that were met on them. */
class Types {
  private readonly met = new Map<string, Set<string>>();

  add(type: string, attributes: readonly { name: string }[]): void {
    let names = this.met.get(type);
    if (!names) this.met.set(type, (names = new Set()));
    for (const { name } of attributes) names.add(name);
  }

  json(): string {
    return JSON.stringify([...this.met].sort(([a], [b]) => a.localeCompare(b)).map(([name, attributes]) => ({ name, attributes: [...attributes].sort().map((each) => ({ name: each, type: typeOf(each) })) })));
  }
}

const EVENT_FIELDS = ['id', 'source', 'facility', 'interface', 'pattern', 'target', 'outcome', 'attempt', 'latency_ms', 'error_class', 'error_code', 'actor_kind', 'document_id', 'revision', 'business_date', 'recorded_at'] as const;

function eventOf(row: OcelEventRow) {
  const attributes = EVENT_FIELDS.flatMap((name) => {
    const value = row[name];
    // An attempt that is not stated is kept as 0 in the store, and is unknown.
    return value === '' || value === null || (name === 'attempt' && value === 0) ? [] : [{ name, value: String(value) }];
  });
  const relationships = row.object_types.map((type, i) => ({ objectId: ocelId(type, row.object_ids[i] ?? ''), qualifier: eventQualifier(type, row) }));
  return { id: row.event_key, type: row.type, time: row.time, attributes, relationships };
}

/** Names are prefixed with the aspect that says so: what was ordered and what was acknowledged stand side by side. */
function attributesOf(said: OcelObjectRow['said']) {
  const newest = new Map<string, number>();
  const last = new Map<string, string>();
  return said.flatMap(([time, revision, aspect, fields]) => {
    // What was said of an older revision after a newer one was known changes nothing.
    if (revision < (newest.get(aspect) ?? 0)) return [];
    newest.set(aspect, revision);
    return fields.flatMap(([field, value]) => {
      const name = `${aspect}.${field}`;
      // A second target, a second attempt: the same said again.
      if (last.get(name) === value) return [];
      last.set(name, value);
      return [{ name, value, time }];
    });
  });
}

function objectOf(row: OcelObjectRow, links: readonly (readonly [string, string, string])[]) {
  const relationships = [
    ...links.map(([type, id, qualifier]) => ({ objectId: ocelId(type, id), qualifier })),
    ...row.inferred.map(([type, id, qualifier, rule, confidence]) => ({ objectId: ocelId(type, id), qualifier: inferredQualifier(qualifier, rule, confidence) })),
  ];
  return { id: ocelId(row.object_type, row.object_id), type: row.object_type, attributes: attributesOf(row.said), relationships };
}

/**
 * The export as pieces of text.
 * @throws NarrowTheRange before the first piece where the range holds too much; later only for what the store refuses
 */
export async function* ocelJson(store: Store, selection: OcelSelection, signal?: AbortSignal): AsyncGenerator<string> {
  const types = { events: new Types(), objects: new Types() };
  yield* selection.nodes ? ofNodes(store, selection, selection.nodes, types, signal) : ofRange(store, selection, types, signal);
  yield `\n],\n"eventTypes":${types.events.json()},\n"objectTypes":${types.objects.json()}}\n`;
}

interface Met {
  events: Types;
  objects: Types;
}

/** Puts what is made one below the other, with commas between. */
class Items {
  private begun = false;

  constructor(private readonly types: Types) {}

  text(item: { type: string; attributes: readonly { name: string }[] }): string {
    this.types.add(item.type, item.attributes);
    const text = `${this.begun ? ',' : ''}\n${JSON.stringify(item)}`;
    this.begun = true;
    return text;
  }
}

async function* ofRange(store: Store, { from, to, facilities, inferred }: OcelSelection, types: Met, signal?: AbortSignal): AsyncGenerator<string> {
  const params = { from, to, facilities };
  const [size] = await ocelSize(store, params);
  if ((size?.events ?? 0) > MOST_OCEL_EVENTS) {
    throw new NarrowTheRange('ocel_events_range', `This range holds ${(size?.events ?? 0).toLocaleString('en-US')} events, and an export takes ${MOST_OCEL_EVENTS.toLocaleString('en-US')}: narrow the range, or choose one facility.`);
  }
  const events = new Items(types.events);
  yield '{"events":[';
  for await (const row of ocelOfRange.events.stream(store, params, {}, signal)) yield events.text(eventOf(row));
  const objects = new Items(types.objects);
  yield '\n],\n"objects":[';
  const list = inferred ? ocelOfRange.objectsInferred : ocelOfRange.objects;
  for await (const row of list.stream(store, params, {}, signal)) yield objects.text(objectOf(row, row.links));
}

async function* ofNodes(store: Store, { facilities, inferred }: OcelSelection, nodes: readonly ObjectRef[], types: Met, signal?: AbortSignal): AsyncGenerator<string> {
  const chunks = chunksOf(nodes);
  const told = new Set<string>();
  /** Objects that events touch beside the nodes, and those that relations name. */
  const beside = new Map<string, ObjectRef>();
  /** Relations by their upstream end: they are stated by events of the downstream one. */
  const links = new Map<string, Map<string, readonly [string, string, string]>>();
  const events = new Items(types.events);
  yield '{"events":[';
  for (const chunk of chunks) {
    for await (const row of ocelOfNodes.events.stream(store, { ...chunk.params, facilities }, {}, signal)) {
      // An event of several chains is met with each of them.
      if (told.has(row.event_key)) continue;
      told.add(row.event_key);
      if (told.size > MOST_OCEL_EVENTS) throw new NarrowTheRange('ocel_events_nodes', `These chains have more than ${MOST_OCEL_EVENTS.toLocaleString('en-US')} events: narrow the range.`);
      row.object_types.forEach((type, i) => noteObject(beside, type, row.object_ids[i] ?? ''));
      noteLinks(links, beside, row);
      yield events.text(eventOf(row));
    }
  }
  const objects = new Items(types.objects);
  yield '\n],\n"objects":[';
  for (const chunk of chunks) {
    const list = inferred ? ocelOfNodes.objectsInferred : ocelOfNodes.objects;
    for await (const row of list.stream(store, { ...chunk.params, facilities }, {}, signal)) {
      const key = refKey({ type: row.object_type, id: row.object_id });
      // What is said of an object is whole only in its own chunk; what else the events touch follows below, by name.
      if (!chunk.keys.has(key)) continue;
      beside.delete(key);
      yield objects.text(objectOf(withinChains(row, chunks), [...(links.get(key)?.values() ?? [])]));
    }
  }
  for (const [key, { type, id }] of beside) {
    yield objects.text(objectOf({ object_type: type, object_id: id, said: [], links: [], inferred: [] }, [...(links.get(key)?.values() ?? [])]));
  }
}

function noteObject(beside: Map<string, ObjectRef>, type: string, id: string): void {
  const ref = { type, id };
  beside.set(refKey(ref), ref);
}

function noteLinks(links: Map<string, Map<string, readonly [string, string, string]>>, beside: Map<string, ObjectRef>, row: OcelEventRow): void {
  row.link_from_ids.forEach((from, i) => {
    const [fromType = '', toType = '', to = '', qualifier = ''] = [row.link_from_types[i], row.link_to_types[i], row.link_to_ids[i], row.link_qualifiers[i]];
    const key = refKey({ type: fromType, id: from });
    let own = links.get(key);
    if (!own) links.set(key, (own = new Map()));
    own.set(`${toType} ${to}\u0001${qualifier}`, [toType, to, qualifier]);
    noteObject(beside, fromType, from);
    noteObject(beside, toType, to);
  });
}

/** An inferred relation leads out of the chains that were asked for; only what stays within them is told. */
function withinChains(row: OcelObjectRow, chunks: readonly NodeChunk[]): OcelObjectRow {
  return row.inferred.length === 0 ? row : { ...row, inferred: row.inferred.filter(([type, id]) => chunks.some(({ keys }) => keys.has(refKey({ type, id })))) };
}
