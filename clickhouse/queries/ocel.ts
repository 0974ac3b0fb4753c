import { z } from 'zod';
import { LINE_OBJECT } from '../../ingest/contract/objects';
import { defineList, defineQuery } from '../client';
import { HANDED_OVER, IN_FACILITIES, IN_RANGE, scope, WHOLE_OBJECT } from './scope';

/**
 * The log as object-centric events: what happened, which objects it touched, and what it said of them. Either all of a
 * range, or the events of some objects. FINAL: an event counts once however often it came; what is chosen bounds it.
 */

const nodes = { types: z.array(z.string()), ids: z.array(z.string()), document_types: z.array(z.string()), document_ids: z.array(z.string()), facilities: z.array(z.string()) } as const;
const RANGE = `${IN_RANGE} AND ${IN_FACILITIES} AND ${HANDED_OVER}`;
/** Events of lines, and those that speak of their documents as a whole. */
const NODES = `(toStartOfHour(time), facility, interface, type, time, event_key) IN (
    SELECT toStartOfHour(time), facility, interface, type, time, event_key FROM object_events
    WHERE ((object_type, object_id) IN arrayZip({types:Array(String)}, {ids:Array(String)})
      OR ((object_type, object_id) IN arrayZip({document_types:Array(String)}, {document_ids:Array(String)}) AND whole)) AND ${IN_FACILITIES})
  AND ${HANDED_OVER}`;

/** Events of a range before duplicates are taken out: whether an export may begin. */
export const ocelSize = defineQuery({
  name: 'ocel_size',
  sql: `SELECT count() AS events FROM events WHERE ${RANGE}`,
  params: z.object(scope),
  row: z.object({ events: z.number() }),
});

/** The links of some objects in one direction, one hop; stated ones only. Without FINAL: grouped over what is asked. */
export const ocelHop = defineQuery({
  name: 'ocel_hop',
  sql: `
    SELECT DISTINCT peer_type, peer_id FROM links
    WHERE (node_type, node_id) IN arrayZip({types:Array(String)}, {ids:Array(String)}) AND direction = {direction:String} AND stated = 1`,
  params: z.object({ types: z.array(z.string()), ids: z.array(z.string()), direction: z.enum(['up', 'down']) }),
  row: z.object({ peer_type: z.string(), peer_id: z.string() }),
  limits: { rows: 100_000 },
});

const eventRow = z.object({
  event_key: z.string(), type: z.string(), time: z.string(), document_type: z.string(), action: z.string(),
  id: z.string(), source: z.string(), facility: z.string(), interface: z.string(), pattern: z.string(), target: z.string(), outcome: z.string(), attempt: z.number(), latency_ms: z.number().nullable(),
  error_class: z.string(), error_code: z.string(), actor_kind: z.string(), document_id: z.string(), revision: z.number(), business_date: z.string().nullable(), recorded_at: z.string(),
  object_types: z.array(z.string()), object_ids: z.array(z.string()),
  link_from_types: z.array(z.string()), link_from_ids: z.array(z.string()), link_to_types: z.array(z.string()), link_to_ids: z.array(z.string()), link_qualifiers: z.array(z.string()),
});
/** An event without its payload, its lines left to the objects. */
export type OcelEventRow = z.infer<typeof eventRow>;

const EVENT = `toString(event_key) AS event_key, type, time, document_type, action, id, source, facility, interface, pattern, target, outcome, attempt, latency_ms, error_class, error_code, actor_kind,
  document_id, revision, business_date, recorded_at, \`objects.type\` AS object_types, \`objects.id\` AS object_ids, \`links.from_type\` AS link_from_types, \`links.from_id\` AS link_from_ids,
  \`links.to_type\` AS link_to_types, \`links.to_id\` AS link_to_ids, \`links.qualifier\` AS link_qualifiers`;

const events = <P extends z.ZodObject>(name: string, where: string, params: P) =>
  defineList({
    name,
    sql: `SELECT ${EVENT} FROM events FINAL WHERE ${where}`,
    params, row: eventRow, sortable: { time: 'time' }, defaultSort: { sort: 'time', desc: false }, key: ['event_key'],
  });

const LINE_OBJECTS = Object.entries(LINE_OBJECT);
const quoted = (values: readonly string[]) => `[${values.map((value) => `'${value}'`).join(', ')}]`;
/** The object that a line is; empty for lines that are none (of a balance, a recall). */
const OBJECT_OF_LINE = `transform(toString(document_type), ${quoted(LINE_OBJECTS.map(([document]) => document))}, ${quoted(LINE_OBJECTS.map(([, object]) => object))}, '')`;
/** What was changed is a new state of what was created; the ERP's verdict is not the invoice's own word. */
const ASPECT = "multiIf(document_type = 'match', 'matched', action = 'changed', 'created', toString(action))";

/** Fields of lines and of documents that objects carry, by their names in the export. */
export const LINE_FIELDS = [
  'item', 'gtin', 'lot', 'serial', 'expiry', 'quantity', 'uom', 'price', 'amount', 'tax', 'freight', 'location', 'from_location', 'cost_centre', 'flow_type', 'due_at', 'code', 'contract', 'implant',
] as const;
export const DOCUMENT_FIELDS = ['currency', 'supplier', 'buyer', 'procedure_code', 'service_line', 'invoice_number', 'reason', 'due_date', 'discount_date', 'header_tax', 'header_freight', 'business_date'] as const;
const TEXT: Readonly<Record<string, (column: string) => string>> = {
  implant: (column) => `if(${column} = 1, 'true', '')`,
  due_at: (column) => `if(${column} IS NULL, '', concat(replaceOne(ifNull(toString(${column}), ''), ' ', 'T'), 'Z'))`,
};
const plainText = (column: string) => `ifNull(toString(${column}), '')`;
/** Pairs of name and value as text, those without a value left out. */
const said = (fields: readonly string[], column: (field: string) => string) =>
  `arrayFilter(pair -> pair.2 != '', [${fields.map((field) => `('${field}', ${(TEXT[field] ?? plainText)(column(field))})`).join(', ')}])`;

const objectRow = z.object({
  object_type: z.string(), object_id: z.string(),
  /** When, revision, aspect, and the fields with their values as text. */
  said: z.array(z.tuple([z.string(), z.number(), z.string(), z.array(z.tuple([z.string(), z.string()]))])),
  /** Relations that events stated: type and id of the other object, which comes later in the chain, and qualifier. */
  links: z.array(z.tuple([z.string(), z.string(), z.string()])),
  /** Relations that were inferred: type, id, qualifier, rule, confidence. */
  inferred: z.array(z.tuple([z.string(), z.string(), z.string(), z.string(), z.number()])),
});
export type OcelObjectRow = z.infer<typeof objectRow>;

const NO_SAID = "CAST([], 'Array(Tuple(DateTime64(3, \\'UTC\\'), UInt32, String, Array(Tuple(String, String))))')";
const NO_LINKS = "CAST([], 'Array(Tuple(String, String, String))')";
const NO_INFERRED = "CAST([], 'Array(Tuple(String, String, String, String, Float64))')";

/**
 * One row per object: every object that the chosen events touch or name in a relation, with all that they say of it in the
 * order of time. `names`: also those that are only named.
 */
function objects<P extends z.ZodObject>(name: string, where: string, params: P, { names, inferred }: { names: boolean; inferred: boolean }) {
  const touched = `SELECT DISTINCT toString(t) AS object_type, i AS object_id FROM (SELECT \`objects.type\` AS ts, \`objects.id\` AS is FROM events WHERE ${where}) ARRAY JOIN ts AS t, is AS i`;
  const links = `
      UNION ALL
      SELECT toString(from_type), from_id, ${NO_SAID}, [(toString(to_type), to_id, toString(qualifier))], ${NO_INFERRED}
      FROM (SELECT \`links.from_type\` AS fts, \`links.from_id\` AS fis, \`links.to_type\` AS tts, \`links.to_id\` AS tis, \`links.qualifier\` AS qs FROM events WHERE ${where} AND notEmpty(\`links.to_id\`))
      ARRAY JOIN fts AS from_type, fis AS from_id, tts AS to_type, tis AS to_id, qs AS qualifier
      UNION ALL
      SELECT toString(to_type), to_id, ${NO_SAID}, ${NO_LINKS}, ${NO_INFERRED}
      FROM (SELECT \`links.to_type\` AS tts, \`links.to_id\` AS tis FROM events WHERE ${where} AND notEmpty(\`links.to_id\`)) ARRAY JOIN tts AS to_type, tis AS to_id`;
  const suggested = `
      UNION ALL
      SELECT toString(node_type), node_id, ${NO_SAID}, ${NO_LINKS}, [(toString(peer_type), peer_id, toString(qualifier), toString(rule), round(toFloat64(confidence), 4))]
      FROM inferred_links FINAL
      WHERE (node_type, node_id) IN (${touched}) AND direction = 'down' AND NOT gone AND (toString(peer_type), peer_id) IN (${touched})`;
  return defineList({
    name,
    sql: `
    SELECT object_type, object_id, arraySort(x -> (x.1, x.2), arrayDistinct(arrayFlatten(groupArray(of_said)))) AS said, arraySort(arrayDistinct(arrayFlatten(groupArray(of_links)))) AS links,
      arraySort(arrayDistinct(arrayFlatten(groupArray(of_inferred)))) AS inferred
    FROM (
      SELECT object_type, object_id, ${NO_SAID} AS of_said, ${NO_LINKS} AS of_links, ${NO_INFERRED} AS of_inferred FROM (${touched})
      UNION ALL
      SELECT if(line_id = '', ${WHOLE_OBJECT}, ${OBJECT_OF_LINE}) AS object_type,
        if(line_id = '', document_id, concat(document_id, '/', replaceAll(replaceAll(line_id, '%', '%25'), '/', '%2F'))) AS object_id,
        [(time, revision, ${ASPECT}, ${said(LINE_FIELDS, (field) => `l_${field}`)})], ${NO_LINKS}, ${NO_INFERRED}
      FROM (SELECT time, revision, document_type, action, document_id, \`lines.id\` AS ids, ${LINE_FIELDS.map((field) => `\`lines.${field}\` AS v_${field}`).join(', ')} FROM events FINAL WHERE ${where})
      ARRAY JOIN ids AS line_id, ${LINE_FIELDS.map((field) => `v_${field} AS l_${field}`).join(', ')}
      UNION ALL
      SELECT ${WHOLE_OBJECT}, document_id, [(time, revision, ${ASPECT}, ${said(DOCUMENT_FIELDS, (field) => field)})], ${NO_LINKS}, ${NO_INFERRED}
      FROM events FINAL WHERE ${where} AND document_id != ''${names ? links : ''}${inferred ? suggested : ''}
    )
    WHERE object_type != '' AND object_id != ''
    GROUP BY object_type, object_id`,
    params, row: objectRow, sortable: { object: 'object_type' }, defaultSort: { sort: 'object', desc: false }, key: ['object_id'],
  });
}

const range = z.object(scope);
const ofNodes = z.object(nodes);

/** Everything of a range, relations included. */
export const ocelOfRange = {
  events: events('ocel_events_range', RANGE, range),
  objects: objects('ocel_objects_range', RANGE, range, { names: true, inferred: false }),
  objectsInferred: objects('ocel_objects_range_inferred', RANGE, range, { names: true, inferred: true }),
} as const;

/** What touches some objects. Relations are told with the events: their upstream end is no object of the event that states them. */
export const ocelOfNodes = {
  events: events('ocel_events_nodes', NODES, ofNodes),
  objects: objects('ocel_objects_nodes', NODES, ofNodes, { names: false, inferred: false }),
  objectsInferred: objects('ocel_objects_nodes_inferred', NODES, ofNodes, { names: false, inferred: true }),
} as const;
