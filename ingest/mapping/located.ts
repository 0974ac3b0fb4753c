import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type ParsedNode } from 'yaml';

/** A place in a mapping file, counted from 1 as editors do. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** YAML with the place of every part, aliases and merge keys resolved. */
export type Located = LocatedScalar | LocatedMap | LocatedSeq;
export interface LocatedScalar {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  readonly at: Place;
  /** Where a character of the text stands; exact for plain and block scalars on lines of their own. */
  readonly placeOf: (position: number) => Place;
}
export interface LocatedMap {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, { readonly at: Place; readonly value: Located }>;
  readonly at: Place;
}
export interface LocatedSeq {
  readonly kind: 'seq';
  readonly items: readonly Located[];
  readonly at: Place;
}

/** What is wrong with a mapping file, and where: `file:line:column: message`. */
export class MappingFileError extends Error {
  constructor(
    readonly file: string,
    readonly at: Place,
    readonly problem: string,
  ) {
    super(`${file}:${at.line}:${at.column}: ${problem}`);
    this.name = 'MappingFileError';
  }
}

/** Reads YAML. Throws MappingFileError at the first syntax error. */
export function readLocated(file: string, text: string): Located {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, merge: true, prettyErrors: false, uniqueKeys: true });
  const place = (offset: number): Place => {
    const { line, col } = counter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem) throw new MappingFileError(file, place(problem.pos[0]), `YAML: ${problem.message}`);
  if (document.contents === null) throw new MappingFileError(file, { line: 1, column: 1 }, 'the file is empty');
  return locate(document, document.contents, text, place, (at, message) => {
    throw new MappingFileError(file, at, message);
  });
}

function locate(document: Document.Parsed, node: ParsedNode, text: string, place: (offset: number) => Place, fail: (at: Place, message: string) => never): Located {
  const at = place(node.range[0]);
  const go = (inner: ParsedNode) => locate(document, inner, text, place, fail);
  if (isAlias(node)) {
    const target = node.resolve(document);
    if (!target) fail(at, `nothing is anchored as &${node.source}`);
    return go(target as ParsedNode);
  }
  if (isMap(node)) {
    const entries = new Map<string, { at: Place; value: Located }>();
    for (const { key, value } of node.items) {
      const keyAt = place((key as ParsedNode).range[0]);
      // The library reads the merge key as a symbol of its own.
      const name = isScalar(key) ? (typeof key.value === 'symbol' ? '<<' : String(key.value)) : fail(keyAt, 'keys must be plain text');
      const located: Located = value ? go(value as ParsedNode) : { kind: 'scalar', value: null, at: keyAt, placeOf: () => keyAt };
      if (name === '<<') {
        for (const source of located.kind === 'seq' ? located.items : [located]) {
          if (source.kind !== 'map') fail(keyAt, '<< merges maps only');
          else for (const [inner, entry] of source.entries) if (!entries.has(inner)) entries.set(inner, entry);
        }
      } else entries.set(name, { at: keyAt, value: located });
    }
    return { kind: 'map', entries, at };
  }
  if (isSeq(node)) return { kind: 'seq', items: node.items.map((item) => go(item as ParsedNode)), at };
  if (!isScalar(node)) return fail(at, 'is neither a value, a list nor a map');
  const value = node.value;
  if (value !== null && typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') fail(at, 'must be text, a number or true/false');
  return { kind: 'scalar', value: value as LocatedScalar['value'], at, placeOf: (position) => place(offsetIn(node, text, position)) };
}

/** Offset in the file of the character at `position` of a scalar's value. */
function offsetIn(node: ParsedNode & { value?: unknown; type?: string }, text: string, position: number): number {
  const [start, end] = node.range;
  const value = String(node.value);
  if (node.type === 'PLAIN' && !text.slice(start, end).includes('\n')) return start + position;
  if (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE') return start + 1 + Math.min(position, end - start - 1);
  // A block: the same number of line breaks down, and as far into that line's text.
  const before = value.slice(0, position).split('\n');
  const lines = value.split('\n');
  const line = lines[before.length - 1] ?? '';
  let from = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED' ? text.indexOf('\n', start) + 1 : start;
  for (let i = 1; i < before.length; i++) from = text.indexOf('\n', from) + 1;
  const found = text.indexOf(line, from);
  return Math.min((found < 0 ? from : found) + (before[before.length - 1]?.length ?? 0), Math.max(end - 1, start));
}

/** The same as plain values, for checking its shape. */
export function plain(node: Located): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'seq') return node.items.map(plain);
  return Object.fromEntries([...node.entries].map(([name, { value }]) => [name, plain(value)]));
}

/** The deepest place on a path that exists. */
export function placeAt(node: Located, path: readonly PropertyKey[]): Place {
  const [head, ...rest] = path;
  if (head === undefined) return node.at;
  if (node.kind === 'map') {
    const entry = node.entries.get(String(head));
    if (!entry) return node.at;
    return rest.length === 0 ? entry.at : placeAt(entry.value, rest);
  }
  if (node.kind === 'seq') {
    const item = node.items[Number(head)];
    return item ? placeAt(item, rest) : node.at;
  }
  return node.at;
}
