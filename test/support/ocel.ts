import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';

/** An OCEL 2.0 log read back the way a tool would read it: by the standard alone, with nothing of the code that wrote it. */

interface Relationship {
  objectId: string;
  qualifier: string;
}
interface Declared {
  name: string;
  attributes: { name: string; type: string }[];
}
export interface OcelLog {
  eventTypes: Declared[];
  objectTypes: Declared[];
  events: { id: string; type: string; time: string; attributes: { name: string; value: string }[]; relationships: Relationship[] }[];
  objects: { id: string; type: string; attributes: { name: string; value: string; time: string }[]; relationships: Relationship[] }[];
}

const schema: unknown = JSON.parse(readFileSync(path.join(import.meta.dirname, 'schemas/ocel20.json'), 'utf8'));
const ajv = new Ajv({ allErrors: true, strict: false });
formats.default(ajv);
const valid = ajv.compile(schema as object);

/** Parses an export and holds it against the standard. Throws with every violation. */
export function readOcelLog(text: string): OcelLog {
  const log = JSON.parse(text) as OcelLog;
  if (!valid(log)) throw new Error(`no OCEL 2.0: ${ajv.errorsText(valid.errors)}`);
  for (const [types, things] of [[log.eventTypes, log.events], [log.objectTypes, log.objects]] as const) {
    const declared = new Map(types.map((type) => [type.name, new Map(type.attributes.map(({ name, type: kind }) => [name, kind]))]));
    if (declared.size !== types.length) throw new Error('a type is declared twice');
    const ids = new Set<string>();
    for (const { id, type, attributes } of things) {
      if (ids.has(id)) throw new Error(`${id} stands twice`);
      ids.add(id);
      for (const { name, value } of attributes) {
        const kind = declared.get(type)?.get(name);
        if (kind === undefined) throw new Error(`${type} does not declare ${name}`);
        if (!readable(kind, value)) throw new Error(`${name} of ${id} is ${value}, no ${kind}`);
      }
    }
  }
  const known = new Set(log.objects.map(({ id }) => id));
  for (const { id, relationships } of [...log.events, ...log.objects]) {
    for (const { objectId } of relationships) if (!known.has(objectId)) throw new Error(`${id} is related to ${objectId}, which is not there`);
  }
  return log;
}

function readable(kind: string, value: string): boolean {
  if (kind === 'integer') return /^-?\d+$/.test(value);
  if (kind === 'float') return Number.isFinite(Number(value)) && value !== '';
  if (kind === 'boolean') return value === 'true' || value === 'false';
  if (kind === 'time') return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) && !Number.isNaN(Date.parse(value));
  return true;
}

/** Pairs of event and object, one text each. */
export const touchesOf = (log: OcelLog) => log.events.flatMap(({ id, relationships }) => relationships.map(({ objectId }) => `${id} ${objectId}`)).sort();
/** Relations between objects, one text each. */
export const relationsOf = (log: OcelLog) => log.objects.flatMap(({ id, relationships }) => relationships.map(({ objectId, qualifier }) => `${id} ${qualifier} ${objectId}`)).sort();
/** The last value of each attribute of an object. */
export function lastOf(log: OcelLog, id: string): Record<string, string> {
  const object = log.objects.find((each) => each.id === id);
  return Object.fromEntries([...(object?.attributes ?? [])].sort((a, b) => a.time.localeCompare(b.time)).map(({ name, value }) => [name, value]));
}
