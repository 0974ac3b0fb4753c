import { CHAIN_STAGES, CONTEXT_OBJECTS, LINE_OBJECT, lineKey, splitLineKey } from '../../ingest/contract/objects';

/** Objects of the lineage graph as pages need them: which documents they are lines of, and where they stand. */

export interface ObjectRef {
  readonly type: string;
  readonly id: string;
}

/** Object type of a line → type of its document, as in `document_lines`. */
const DOCUMENT_OF: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(LINE_OBJECT)
    .filter(([document]) => document !== 'match')
    .map(([document, object]) => [object, document]),
);

/** Documents whose own name is taken by their lines. */
const DOCUMENT_SUFFIX = new Set(['usage', 'posting', 'payment']);

/** One text for an object; types hold no blank, so it is told apart from every other. */
export const refKey = (ref: ObjectRef): string => `${ref.type} ${ref.id}`;

/** `order` for `order-line`; undefined for what is no line of a document. */
export function documentTypeOf(lineType: string): string | undefined {
  return DOCUMENT_OF[lineType];
}

/** The object that stands for a whole document of this type: `order`, but `usage-document`. */
export function documentObject(documentType: string): string {
  return DOCUMENT_SUFFIX.has(documentType) ? `${documentType}-document` : documentType;
}

/** The document type that a document-level object stands for: `usage` for `usage-document`. */
export function documentTypeOfObject(objectType: string): string {
  return objectType.endsWith('-document') ? objectType.slice(0, -'-document'.length) : objectType;
}

export function isContext(type: string): boolean {
  return (CONTEXT_OBJECTS as readonly string[]).includes(type);
}

export function isLine(type: string): boolean {
  return DOCUMENT_OF[type] !== undefined;
}

/** The key of `document_lines` for a line object. */
export function lineOf(ref: ObjectRef): { documentType: string; document: string; line: string } | undefined {
  const documentType = DOCUMENT_OF[ref.type];
  return documentType === undefined ? undefined : { documentType, ...splitLineKey(ref.id) };
}

/** The line object of a document's line. */
export function lineRef(documentType: string, document: string, line: string): ObjectRef {
  return { type: LINE_OBJECT[documentType] ?? documentType, id: lineKey(document, line) };
}

/**
 * Objects under which others may have named the document of a line without naming the line: the document itself, and
 * (a posting settles an "invoice line" whose line it does not know) the line's type with the document's id.
 */
export function containersOf(ref: ObjectRef): ObjectRef[] {
  const line = lineOf(ref);
  if (!line || line.line === '') return [];
  return [
    { type: documentObject(line.documentType), id: line.document },
    { type: ref.type, id: line.document },
  ];
}

/** Column of the chain's drawing, 0 for the first; a whole document stands with its lines. */
export function stageIndex(type: string): number {
  const stages: readonly string[] = CHAIN_STAGES;
  const own = stages.indexOf(type);
  if (own >= 0) return own;
  if (type === 'transfer-line') return stages.indexOf('replenishment-line');
  const ofDocument = stages.indexOf(LINE_OBJECT[documentTypeOfObject(type)] ?? '');
  return ofDocument >= 0 ? ofDocument : 0;
}

/** The word for an object type, in the singular. */
export function typeWord(type: string): string {
  return type.replaceAll('-', ' ');
}

/** The document that a line object belongs to, as an object with a page of its own. */
export function documentOf(ref: ObjectRef): ObjectRef | undefined {
  if (!isLine(ref.type)) return undefined;
  const documentType = documentTypeOf(ref.type) ?? '';
  return { type: documentObject(documentType), id: splitLineKey(ref.id).document };
}
