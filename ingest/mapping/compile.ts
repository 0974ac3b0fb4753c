import { createHash } from 'node:crypto';
import { EVENT_TYPES } from '../contract/index';
import { closest } from './contract-fields';
import { Expression, knownFunction } from './expression';
import { MappingFileError, placeAt, plain, readLocated, type Located, type LocatedMap } from './located';
import { Mapping, type CompiledEvent, type CompiledRule } from './mapping';
import { ENVELOPE_FIELDS, mappingFile } from './schema';
import { compileTemplate, type Template } from './template';

/** What every expression may read besides the names that the mapping defines. */
export const CONTEXT_NAMES = ['record', 'message', 'params', 'subject', 'file', 'recordedAt'] as const;

/**
 * Reads and compiles one mapping file.
 * @param file its name, for messages
 * @throws MappingFileError naming file, line and column
 */
export async function compileMapping(file: string, text: string): Promise<Mapping> {
  const tree = readLocated(file, text);
  const checked = mappingFile.safeParse(plain(tree));
  if (!checked.success) {
    const issue = checked.error.issues[0];
    if (!issue) throw new MappingFileError(file, { line: 1, column: 1 }, 'is no mapping');
    const extra = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
    const path = extra === undefined ? issue.path : [...issue.path, extra];
    const allowed = extra === undefined ? undefined : closest(extra, [...ENVELOPE_FIELDS, 'when', 'type', 'data', 'mapping', 'version', 'about', 'match', 'csv', 'params', 'each', 'let', 'common', 'rules', 'events', 'ignore', 'file', 'format']);
    const what = extra === undefined ? issue.message.replace('Invalid input: expected', 'must be').replace(', received undefined', ', and is missing') : `is not known here${allowed ? `; did you mean ${allowed}?` : ''}`;
    throw new MappingFileError(file, placeAt(tree, path), `${path.map(String).join('.') || 'the file'}: ${what}`);
  }
  const given = checked.data;
  const root = tree as LocatedMap;
  const all: Expression[] = [];
  const register = (expression: Expression) => void all.push(expression);

  const at = (node: LocatedMap | undefined, name: string): Located | undefined => node?.entries.get(name)?.value;
  const map = (node: Located | undefined) => (node?.kind === 'map' ? node : undefined);
  const list = (node: Located | undefined) => (node?.kind === 'seq' ? node.items : []);
  const expression = (node: Located | undefined, field: string): Expression | undefined => {
    if (!node) return undefined;
    if (node.kind !== 'scalar') throw new MappingFileError(file, node.at, `${field} must be an expression`);
    const made = new Expression(file, node, field);
    register(made);
    return made;
  };

  const names = new Map<string, Expression>();
  for (const [name, { at: where, value }] of map(at(root, 'let'))?.entries ?? []) {
    if ((CONTEXT_NAMES as readonly string[]).includes(name)) throw new MappingFileError(file, where, `let.${name}: the name is taken`);
    const made = expression(value, `let ${name}`);
    if (made) names.set(name, made);
  }

  const common = map(at(root, 'common'));
  const compileEvent = (node: LocatedMap, rule: number, index: number): CompiledEvent => {
    const typeNode = node.entries.get('type');
    const type = typeNode?.value.kind === 'scalar' ? String(typeNode.value.value) : '';
    if (!EVENT_TYPES.has(type) || type.startsWith('ops.')) {
      const like = closest(type, [...EVENT_TYPES.keys()].filter((name) => !name.startsWith('ops.')));
      throw new MappingFileError(file, typeNode?.value.at ?? node.at, `rules.${rule}.events.${index}.type: ${type} is no event type that a mapping may make${like ? `; did you mean ${like}?` : ''}`);
    }
    const attributes: [string, Expression][] = [];
    for (const name of ENVELOPE_FIELDS) {
      const made = expression(at(node, name) ?? at(common, name), name);
      if (made) attributes.push([name, made]);
    }
    for (const needed of ['id', 'source', 'time'])
      if (!attributes.some(([name]) => name === needed)) throw new MappingFileError(file, node.at, `rules.${rule}.events.${index}: states no ${needed}, and common states none either`);
    // The event's own fields go before the common ones, field by field.
    const entries = new Map([...(map(at(common, 'data'))?.entries ?? []), ...(map(at(node, 'data'))?.entries ?? [])]);
    const data: Template = compileTemplate({ file, types: [type], register }, { kind: 'map', entries, at: node.at }, 'data', []);
    return { when: expression(at(node, 'when'), 'when'), type, attributes, data };
  };

  const rules: CompiledRule[] = list(at(root, 'rules')).map((node, rule) => {
    const inner = node as LocatedMap;
    const events = list(at(inner, 'events')).map((event, index) => compileEvent(event as LocatedMap, rule, index));
    const ignore = at(inner, 'ignore');
    return { when: expression(at(inner, 'when'), `rules.${rule}.when`), ignore: ignore?.kind === 'scalar' ? String(ignore.value) : undefined, events };
  });
  const each = expression(at(root, 'each'), 'each');
  await checkNames(file, all, names);
  return new Mapping(given, each, names, rules, createHash('sha256').update(text).digest('hex'));
}

/** Every name read and every function called must exist, so that a slip of the pen shows at start and not as a missing field. */
async function checkNames(file: string, all: readonly Expression[], names: ReadonlyMap<string, Expression>): Promise<void> {
  const known = new Set<string>([...CONTEXT_NAMES, ...names.keys()]);
  const functions = new Map<string, boolean>();
  for (const expression of all) {
    for (const name of [...expression.reads, ...expression.calls]) {
      if (known.has(name)) continue;
      const found = functions.get(name) ?? (await knownFunction(name));
      functions.set(name, found);
      if (!found) throw new MappingFileError(file, expression.at, `${expression.field}: $${name} is neither a name of this mapping nor a function${like(name, [...known])}`);
    }
  }
  for (const [name, expression] of names) findCircle(file, name, expression, names, [name]);
}

function like(name: string, names: readonly string[]): string {
  const found = closest(name, names);
  return found ? `; did you mean $${found}?` : '';
}

function findCircle(file: string, name: string, expression: Expression, names: ReadonlyMap<string, Expression>, path: readonly string[]): void {
  for (const read of expression.reads) {
    const next = names.get(read);
    if (!next) continue;
    if (read === name) throw new MappingFileError(file, expression.at, `let ${name} depends on itself: ${[...path, read].join(' → ')}`);
    if (!path.includes(read)) findCircle(file, name, next, names, [...path, read]);
  }
}
