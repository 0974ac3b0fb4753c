import { z } from 'zod';
import { defineList } from '../client';
import { WHOLE_OBJECT } from './scope';

/** Events of a system that does not own what it speaks of, by the rules of server/rules/ownership.ts. */

export const DOCUMENT_TYPES = [
  'case', 'usage', 'balance', 'threshold', 'replenishment', 'transfer', 'recall', 'requisition', 'order', 'shipment', 'receipt', 'invoice', 'match', 'posting', 'payment',
  'item', 'supplier', 'location', 'costcenter', 'uom', 'contract', 'fxrate',
] as const;

/** Fields of lines that a rule may speak of, and where an event states them. */
const STATED = {
  item: "arrayExists(x -> x != '', `lines.item`)", gtin: "arrayExists(x -> x != '', `lines.gtin`)", lot: "arrayExists(x -> x != '', `lines.lot`)", quantity: 'arrayExists(x -> x IS NOT NULL, `lines.quantity`)',
  uom: "arrayExists(x -> x != '', `lines.uom`)", price: 'arrayExists(x -> x IS NOT NULL, `lines.price`)', amount: 'arrayExists(x -> x IS NOT NULL, `lines.amount`)', contract: "arrayExists(x -> x != '', `lines.contract`)",
  location: "arrayExists(x -> x != '', `lines.location`)", costCentre: "arrayExists(x -> x != '', `lines.cost_centre`)",
} as const;
export const FIELDS_OF_LINES = Object.keys(STATED) as (keyof typeof STATED)[];

const day = (names: string) => `arrayMap(d -> toDate32(d), {${names}:Array(String)})`;
const HOLDS = 'objects[n] = document_type AND (places[n] = \'\' OR places[n] = facility) AND on_day >= begins[n] AND on_day < ends[n]';

/**
 * One row per document, system that spoke of it without owning it, and field (empty: the document as a whole). Of several
 * rules for one field the first that holds decides; the order is the caller's. Days are those of the event, in UTC.
 */
export const foreignEvents = defineList({
  name: 'ownership_foreign_events',
  // What comes from a system that owns its type wherever and whenever is left out first, by two narrow columns.
  sql: `
    SELECT from_source, document_type, document, any(${WHOLE_OBJECT}) AS object_type, field, any(owner_system) AS owner_system, any(at_facility) AS facility, any(of_supplier) AS supplier, any(over) AS interface,
      uniqExact(event_key) AS events, min(time) AS since, max(time) AS last
    FROM (
      SELECT source AS from_source, document_type, document_id AS document, facility AS at_facility, supplier AS of_supplier, interface AS over, event_key, time, fields[n] AS field, systems[n] AS owner_system
      FROM (
        SELECT *, {objects:Array(String)} AS objects, {fields:Array(String)} AS fields, {systems:Array(String)} AS systems, {places:Array(String)} AS places, ${day('begins')} AS begins, ${day('ends')} AS ends, toDate32(time) AS on_day,
          arrayFilter(n -> ${HOLDS}, range(1, length({objects:Array(String)}) + 1)) AS held
        FROM (
          SELECT source, document_type, document_id, facility, supplier, interface, event_key, time, attributes, \`lines.item\`, \`lines.gtin\`, \`lines.lot\`, \`lines.quantity\`, \`lines.uom\`, \`lines.price\`, \`lines.amount\`, \`lines.contract\`, \`lines.location\`, \`lines.cost_centre\`
          FROM events
          WHERE document_type IN {objects:Array(String)} AND document_id != '' AND (document_type, source) NOT IN arrayZip({sole_objects:Array(String)}, {sole_systems:Array(String)}) AND NOT startsWith(type, 'ops.')
        )
      )
      ARRAY JOIN arrayFilter((n, at) -> indexOf(arrayMap(m -> fields[m], held), fields[n]) = at, held, arrayEnumerate(held)) AS n
      WHERE systems[n] != source AND multiIf(fields[n] = '', 1, ${FIELDS_OF_LINES.map((field) => `fields[n] = '${field}' AND ${STATED[field]}, 1`).join(', ')}, attributes != '' AND JSONHas(attributes, fields[n]))
    )
    GROUP BY from_source, document_type, document, field`,
  params: z.object({
    objects: z.array(z.string()), fields: z.array(z.string()), systems: z.array(z.string()), places: z.array(z.string()), begins: z.array(z.string()), ends: z.array(z.string()),
    /** Systems that own a type of document wherever and whenever. */
    sole_objects: z.array(z.string()), sole_systems: z.array(z.string()),
  }),
  row: z.object({
    from_source: z.string(), document_type: z.string(), document: z.string(), object_type: z.string(), field: z.string(), owner_system: z.string(), facility: z.string(), supplier: z.string(), interface: z.string(),
    events: z.number(), since: z.string(), last: z.string(),
  }),
  sortable: { since: 'since' },
  defaultSort: { sort: 'since', desc: true },
  key: ['from_source', 'document_type', 'document', 'field'],
  limits: { seconds: 60 },
});
