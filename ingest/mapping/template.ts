import { closest, fieldShape, OWN_FIELDS } from './contract-fields';
import { Expression, type Scope } from './expression';
import { MappingFileError, type Located, type LocatedMap } from './located';

/** A tree of expressions that makes a value for a record. */
export type Template =
  | { readonly kind: 'value'; readonly expression: Expression }
  | { readonly kind: 'list'; readonly items: readonly Template[] }
  | { readonly kind: 'object'; readonly when: Expression | undefined; readonly each: Expression | undefined; readonly inList: boolean; readonly fields: readonly (readonly [string, Template])[] };

/** Where a template stands: in the file, and in the data of which event type. */
export interface TemplatePlace {
  readonly file: string;
  /** Event types whose data it makes; a field must exist in each. */
  readonly types: readonly string[];
  readonly register: (expression: Expression) => void;
}

/**
 * Compiles a part of `data`. An object may carry `when` (left out where false) and `each` (one object per element of
 * a list, which then is the record of the expressions inside).
 */
export function compileTemplate(place: TemplatePlace, node: Located, field: string, path: readonly string[], free = false): Template {
  if (node.kind === 'scalar') {
    const expression = new Expression(place.file, node, field);
    place.register(expression);
    return { kind: 'value', expression };
  }
  if (node.kind === 'seq') return { kind: 'list', items: node.items.map((item, i) => compileTemplate(place, item, `${field}[${i}]`, [...path, '[]'], free)) };
  const structural = (name: 'when' | 'each') => {
    const found = node.entries.get(name)?.value;
    if (!found) return undefined;
    if (found.kind !== 'scalar') throw new MappingFileError(place.file, found.at, `${field}.${name} must be an expression`);
    const expression = new Expression(place.file, found, `${field}.${name}`);
    place.register(expression);
    return expression;
  };
  const each = structural('each');
  const inList = path.at(-1) === '[]';
  const inner = each && !inList ? [...path, '[]'] : path;
  const fields: [string, Template][] = [];
  for (const [name, { value }] of node.entries) {
    if (name === 'when' || name === 'each') continue;
    const own = free || name === OWN_FIELDS;
    if (!own) checkField(place, node, name, inner, field);
    fields.push([name, compileTemplate(place, value, field === '' ? name : `${field}${each && !inList ? '[]' : ''}.${name}`, [...inner, name], own)]);
  }
  return { kind: 'object', when: structural('when'), each, inList, fields };
}

function checkField(place: TemplatePlace, node: LocatedMap, name: string, path: readonly string[], field: string): void {
  for (const type of place.types) {
    const shape = fieldShape(type, path);
    if (shape && shape.names === undefined) continue;
    const names = shape?.names ?? [];
    if (names.includes(name)) continue;
    const at = node.entries.get(name)?.at ?? node.at;
    const like = closest(name, names);
    throw new MappingFileError(
      place.file,
      at,
      shape === undefined || names.length === 0
        ? `${field} takes no fields in ${type}`
        : `${type} has no field ${field}.${name}${like ? `; did you mean ${like}?` : '.'} A field of the source's own goes below ${OWN_FIELDS}`,
    );
  }
}

/** Makes the value; undefined where nothing is known. May finish at once or later. */
export async function fill(template: Template, scope: Scope): Promise<unknown> {
  if (template.kind === 'value') {
    const result = template.expression.evaluate(scope);
    return known(result instanceof Promise ? await result : result);
  }
  if (template.kind === 'list') {
    const items: unknown[] = [];
    for (const item of template.items) {
      const made = await fill(item, scope);
      // `each` inside a list gives as many elements as it finds.
      if (Array.isArray(made) && item.kind === 'object' && item.each) items.push(...(made as unknown[]));
      else if (made !== undefined) items.push(made);
    }
    return items.length > 0 ? items : undefined;
  }
  if (template.when && !truthy(await template.when.evaluate(scope))) return undefined;
  if (!template.each) return fillObject(template, scope);
  const elements = await template.each.evaluate(scope);
  const made: unknown[] = [];
  for (const element of elements === undefined || elements === null ? [] : Array.isArray(elements) ? (elements as unknown[]) : [elements]) {
    const object = await fillObject(template, { ...scope, record: element });
    if (object !== undefined) made.push(object);
  }
  return made.length > 0 ? made : undefined;
}

async function fillObject(template: Extract<Template, { kind: 'object' }>, scope: Scope): Promise<Record<string, unknown> | undefined> {
  const made: Record<string, unknown> = {};
  let empty = true;
  for (const [name, part] of template.fields) {
    let value: unknown;
    if (part.kind === 'value') {
      const result = part.expression.evaluate(scope);
      value = known(result instanceof Promise ? await result : result);
    } else value = await fill(part, scope);
    if (value === undefined) continue;
    made[name] = value;
    empty = false;
  }
  return empty ? undefined : made;
}

/** As JSONata counts truth: empty text, empty lists, 0 and nothing are false. */
export function truthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(truthy);
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** Nothing, null and empty text are what the source does not know: left out, never zero. */
export function known(value: unknown): unknown {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'function') throw new Error('gives a function, not a value');
  if (Array.isArray(value)) {
    const items = value.map(known).filter((item) => item !== undefined);
    return items.length > 0 ? items : undefined;
  }
  if (typeof value !== 'object') return value;
  const made: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    const kept = known(inner);
    if (kept !== undefined) made[name] = kept;
  }
  return Object.keys(made).length > 0 ? made : undefined;
}

/** The expression that makes a place of the value, or the nearest one above it. */
export function expressionAt(template: Template, path: readonly PropertyKey[]): Expression | undefined {
  if (template.kind === 'value') return template.expression;
  if (template.kind === 'list') {
    // With `each` in the list, or items left out, the numbers no longer agree: the last template stands for what follows it.
    const item = template.items[Number(path[0])] ?? template.items.at(-1);
    return item && expressionAt(item, path.slice(1));
  }
  const rest = template.each && !template.inList ? path.slice(1) : path;
  const field = template.fields.find(([name]) => name === String(rest[0]));
  return field ? expressionAt(field[1], rest.slice(1)) : template.each;
}
