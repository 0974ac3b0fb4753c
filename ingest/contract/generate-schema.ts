import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { EventType } from './define';
import { envelope } from './envelope';
import { amount, businessDate, businessKey, currency, document, dueDate, flowType, gtin, head, instant, lineRef, price, quantity, uom } from './fields';
import { meaning } from './generate-meanings';
import { EVENT_TYPES } from './index';

/** JSON Schema of the contract, made from the zod schemas that the listener itself checks with. */

export interface Schema {
  $ref?: string;
  type?: string;
  title?: string;
  description?: string;
  const?: unknown;
  enum?: unknown[];
  format?: string;
  pattern?: string;
  properties?: { [name: string]: Schema };
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  allOf?: Schema[];
  additionalProperties?: Schema | boolean;
  propertyNames?: Schema;
  [keyword: string]: unknown;
}

/** Pieces with a name of their own; anything else that many types share is `head`, `document` or `envelope`. */
const NAMED = { amount, businessDate, businessKey, currency, dueDate, flowType, gtin, instant, lineRef, price, quantity, uom };
type Name = keyof typeof NAMED;

export const SORTED_TYPES: readonly EventType[] = [...EVENT_TYPES.values()].sort((a, b) => (a.type < b.type ? -1 : 1));

/** Field descriptions worked in, as documents and schema both show them. */
export function dataSchema({ schema }: EventType): Schema {
  return described(jsonSchema(schema), 'data');
}

export function headSchema(): Schema {
  return described(jsonSchema(z.looseObject(head)), 'data');
}

export function documentSchema(): Schema {
  return described(jsonSchema(document), 'data.document');
}

export function envelopeSchema(): Schema {
  return described(jsonSchema(envelope), '');
}

/** The whole contract in one file: any event, and one definition for each type. */
export function contractSchema(): Schema {
  const definitions: { [name: string]: Schema } = {
    envelope: { title: 'CloudEvents 1.0 envelope', ...envelopeSchema() },
    head: { title: 'Head that the data of every event has in common', ...headSchema() },
    document: documentSchema(),
  };
  for (const name of Object.keys(NAMED).sort() as Name[]) definitions[name] = jsonSchema(NAMED[name]);
  for (const type of SORTED_TYPES) {
    definitions[type.type] = {
      title: type.type,
      description: type.summary,
      type: 'object',
      allOf: [{ $ref: '#/$defs/envelope' }],
      properties: { type: { const: type.type }, data: ownData(type) },
      required: ['type', 'data'],
    };
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:throughline:events:v1',
    title: 'Events of the Throughline contract',
    description: 'Made by `npm run docs:events`. Unknown fields are allowed everywhere and kept. Decimals are strings; a JSON number is accepted where 15 digits carry it exactly and its places fit.',
    anyOf: SORTED_TYPES.map(({ type }) => ({ $ref: `#/$defs/${type}` })),
    $defs: definitions,
  };
}

/** Data of a type: the head by reference, then its own fields. */
function ownData(type: EventType): Schema {
  const whole = dataSchema(type);
  const inHead = new Set(Object.keys(head));
  const properties: { [name: string]: Schema } = {};
  for (const [name, schema] of Object.entries(whole.properties ?? {})) if (!inHead.has(name)) properties[name] = referred(schema);
  return { allOf: [{ $ref: '#/$defs/head' }], type: 'object', properties, ...(whole.required?.length ? { required: whole.required } : {}) };
}

const shapes = new Map<string, string>();
function shapeOf(schema: Schema): string {
  const { description: _description, ...shape } = schema;
  return JSON.stringify(shape, (key, value: unknown) => (key === 'description' ? undefined : value));
}

/** Puts references in the place of the named pieces; what the field means stays beside the reference. */
function referred(schema: Schema): Schema {
  if (!shapes.size) {
    shapes.set(shapeOf(documentSchema()), 'document');
    // Amount and quantity have one shape: the name of the quantity would be wrong on money, so neither is referred to.
    const count = new Map<string, number>();
    const each = (Object.keys(NAMED) as Name[]).map((name) => [shapeOf(jsonSchema(NAMED[name])), name] as const);
    for (const [shape] of each) count.set(shape, (count.get(shape) ?? 0) + 1);
    for (const [shape, name] of each) if (count.get(shape) === 1) shapes.set(shape, name);
  }
  const name = shapes.get(shapeOf(schema));
  if (name) return { $ref: `#/$defs/${name}`, ...(schema.description ? { description: schema.description } : {}) };
  const out: Schema = { ...schema };
  if (schema.properties) out.properties = Object.fromEntries(Object.entries(schema.properties).map(([key, value]) => [key, referred(value)]));
  if (schema.items) out.items = referred(schema.items);
  return out;
}

function jsonSchema(schema: z.ZodType): Schema {
  const { $schema: _schema, ...rest } = z.toJSONSchema(schema, { io: 'input' }) as Schema;
  return open(rest);
}

/** `additionalProperties: {}` says nothing that is not so without it, except where it gives the schema of a map. */
function open(schema: Schema): Schema {
  const out: Schema = { ...schema };
  if (typeof out.additionalProperties === 'object' && Object.keys(out.additionalProperties).length === 0) delete out.additionalProperties;
  if (out.properties) out.properties = Object.fromEntries(Object.entries(out.properties).map(([name, value]) => [name, open(value)]));
  if (out.items) out.items = open(out.items);
  return out;
}

function described(schema: Schema, path: string): Schema {
  const out: Schema = { ...schema };
  if (out.properties) {
    out.properties = Object.fromEntries(
      Object.entries(out.properties).map(([name, value]) => {
        const at = path ? `${path}.${name}` : name;
        const text = meaning(at, value.description);
        return [name, described(text ? { ...value, description: text } : value, at)];
      }),
    );
  }
  if (out.items) out.items = described(out.items, path);
  return out;
}

/** A true example of a type as it travels. Id and time are made from the example itself, so they stay the same. */
export function exampleEvent({ type, example }: EventType): { [field: string]: unknown } {
  const hash = createHash('sha256').update(type).digest('hex');
  const uuid = `${hash.slice(0, 8)}-${hash.slice(8, 12)}-4${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
  const doc = example.document as { date?: string } | undefined;
  const window = example.window as { from?: string; to?: string } | undefined;
  const day = doc?.date ?? window?.to?.slice(0, 10) ?? '2026-03-02';
  return {
    specversion: '1.0',
    id: uuid,
    source: sourceOf(type, example),
    type,
    // Summer time begins on 8 March 2026 in the zone of the example's hospital.
    time: `${day}T14:05:11${day >= '2026-03-08' ? '-05:00' : '-06:00'}`,
    datacontenttype: 'application/json',
    data: example,
  };
}

/** The system that an interface's name begins with. */
function sourceOf(type: string, example: EventType['example']): string {
  if (type.startsWith('ops.')) return 'throughline';
  const flow = typeof example.interface === 'string' ? example.interface : 'erp';
  return flow.replace(/-(?:to|master)-.*$/, '');
}
