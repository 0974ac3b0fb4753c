import { z } from 'zod';
import { EVENT_TYPES } from '../contract/index';

/** Where a source's own fields go that the contract has no name for: anything is allowed below it. */
export const OWN_FIELDS = 'attributes';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly additionalProperties?: unknown;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
}

const schemas = new Map<string, Schema>();

function schemaOf(type: string): Schema | undefined {
  const known = schemas.get(type);
  if (known) return known;
  const event = EVENT_TYPES.get(type);
  if (!event) return undefined;
  const made = z.toJSONSchema(event.schema, { io: 'input', unrepresentable: 'any' }) as Schema;
  schemas.set(type, made);
  return made;
}

/** What a field of `data` may hold. */
export interface FieldShape {
  /** The fields below it; undefined where anything goes. */
  readonly names?: readonly string[];
  readonly list: boolean;
}

/**
 * The shape of a place in an event's data.
 * @param path names of objects and `[]` for an element of a list, e.g. `['lines', '[]', 'order']`
 * @returns undefined where the contract has no such field
 */
export function fieldShape(type: string, path: readonly string[]): FieldShape | undefined {
  let schema = schemaOf(type);
  for (const step of path) {
    if (!schema) return undefined;
    if (step === '[]') schema = variants(schema).find((one) => one.items)?.items;
    else {
      const objects = variants(schema).filter((one) => one.properties);
      if (objects.length === 0 && variants(schema).some((one) => one.additionalProperties)) return { list: false };
      schema = objects.map((one) => one.properties?.[step]).find((found) => found !== undefined);
    }
  }
  if (!schema) return undefined;
  const objects = variants(schema).filter((one) => one.properties);
  const plain = variants(schema).every((one) => one.items || one.enum || one.const !== undefined || (one.type !== undefined && one.type !== 'object'));
  return {
    ...(objects.length > 0 || plain ? { names: objects.flatMap((one) => Object.keys(one.properties ?? {})) } : {}),
    list: variants(schema).some((one) => one.items),
  };
}

function variants(schema: Schema): readonly Schema[] {
  return schema.anyOf ? schema.anyOf.flatMap(variants) : [schema];
}

/** The name most like the given one, for "did you mean". */
export function closest(name: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of names) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next[j] = Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length] ?? 0;
}
