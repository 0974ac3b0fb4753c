import { guide } from './generate-guide';
import { dataSchema, documentSchema, envelopeSchema, exampleEvent, headSchema, SORTED_TYPES, type Schema } from './generate-schema';
import { head, lineRef } from './fields';
import { subjectOf } from './stream';
import type { EventType } from './define';

/** docs/events.md: how to publish, then every type with its fields and one true example. */

/** In the order of the chain. */
export const FAMILIES = ['clinical', 'inventory', 'procurement', 'finance', 'master', 'integration', 'reconciliation', 'ops'] as const;

export function eventsMarkdown(): string {
  const types = FAMILIES.flatMap((family) => SORTED_TYPES.filter(({ type }) => type.startsWith(`${family}.`)));
  return `${[
    guide(),
    '## Common fields',
    '### Envelope',
    'CloudEvents 1.0 context attributes. Other extension attributes are kept too.',
    table(envelopeSchema(), () => true),
    '### Head of `data`',
    'All of it may be left out where the source does not know; what needs it is then unknown, never zero.',
    table(headSchema(), () => true),
    '### `document`',
    table(documentSchema(), () => true),
    '### Line reference',
    'Names a line of another document. `line` is left out where the source names only the document.',
    '| field | type | required | meaning |\n| --- | --- | --- | --- |\n| `document` | text, up to 200 | yes | Id of the document |\n| `line` | text, up to 200 | | Number of the line within it |',
    '## All types',
    `| type | subject | what it says |\n| --- | --- | --- |\n${types.map((type) => `| [\`${type.type}\`](#${anchor(type.type)}) | \`${subjectOf({ type: type.type, data: { facility: 'FACILITY', document: { id: 'ID' } } }).replace('FACILITY', '{facility}').replace('ID', '{id}')}\` | ${cell(type.summary)} |`).join('\n')}`,
    ...types.map(section),
  ].join('\n\n')}\n`;
}

function section(type: EventType): string {
  const rows = table(dataSchema(type), (name) => !(name in head));
  return [
    `### ${type.type}`,
    `${type.summary}.`,
    'Fields of `data`, besides the [head](#head-of-data):',
    rows,
    '```json',
  ].join('\n\n') + `\n${JSON.stringify(exampleEvent(type), null, 2)}\n\`\`\``;
}

/** The anchor that GitHub gives a heading. */
export function anchor(heading: string): string {
  return heading.toLowerCase().replace(/[^\w\- ]/g, '').replace(/ /g, '-');
}

interface Row {
  readonly path: string;
  readonly schema: Schema;
  readonly required: boolean;
}

function table(schema: Schema, shown: (name: string) => boolean): string {
  const rows = Object.entries(schema.properties ?? {})
    .filter(([name]) => shown(name))
    .flatMap(([name, value]) => rowsOf(name, value, schema.required?.includes(name) ?? false));
  if (!rows.length) return 'None of its own.';
  return `| field | type | required | meaning |\n| --- | --- | --- | --- |\n${rows.map((row) => `| \`${row.path}\` | ${cell(typeText(row.schema))} | ${row.required ? 'yes' : ''} | ${cell(row.schema.description ?? '')} |`).join('\n')}`;
}

function rowsOf(path: string, schema: Schema, required: boolean): Row[] {
  const row = { path, schema, required };
  // The document and references to lines are described once for all types.
  if (path === 'document' || isLineRef(schema) || (schema.items && isLineRef(schema.items))) return [row];
  const inner = schema.items ?? schema;
  const at = schema.items ? `${path}[]` : path;
  return [row, ...Object.entries(inner.properties ?? {}).flatMap(([name, value]) => rowsOf(`${at}.${name}`, value, inner.required?.includes(name) ?? false))];
}

const LINE_REF_FIELDS = Object.keys(lineRef.shape).join();
function isLineRef(schema: Schema): boolean {
  return Object.keys(schema.properties ?? {}).join() === LINE_REF_FIELDS;
}

/** What a field may hold, in words. */
export function typeText(schema: Schema): string {
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.anyOf) {
    const places = schema.anyOf.map(({ pattern }) => /\{1,(\d+)\}\)\?\$$/.exec(pattern ?? '')?.[1]).find(Boolean);
    return places ? `decimal string, ${places} places` : schema.anyOf.map(typeText).join(' or ');
  }
  if (schema.format === 'date-time') return 'instant (RFC 3339)';
  switch (schema.type) {
    case 'array':
      return `list of ${isLineRef(schema.items ?? {}) ? '[line references](#line-reference)' : schema.items?.properties ? 'objects' : typeText(schema.items ?? {})}`;
    case 'object':
      if (isLineRef(schema)) return '[line reference](#line-reference)';
      if (typeof schema.additionalProperties === 'object') return `map of ${typeText(schema.additionalProperties)}`;
      return schema.properties && 'revision' in schema.properties ? '[document](#document)' : 'object';
    case 'integer':
      return schema.maximum !== undefined && Number(schema.maximum) < Number.MAX_SAFE_INTEGER ? `integer, ${String(schema.minimum)} to ${String(schema.maximum)}` : 'integer';
    case 'string':
      if (schema.pattern?.startsWith('^(19|20')) return 'date';
      if (schema.pattern === '^[A-Z]{3}$') return 'three capitals';
      if (schema.pattern) return 'text of fixed form';
      return schema.maxLength ? `text, up to ${String(schema.maxLength)}` : 'text';
    default:
      return schema.type ?? 'any';
  }
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
