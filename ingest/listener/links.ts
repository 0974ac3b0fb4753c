import { LINE_OBJECT, lineKey } from '../contract/objects';

/** A stated relation, from upstream to downstream. */
export interface Link {
  from: [type: string, id: string];
  to: [type: string, id: string];
  qualifier: string;
}

type Fields = { readonly [field: string]: unknown };

/** Fields of a line that name lines of other documents, and the relation that each of them states. */
const REFERENCES: Readonly<Record<string, { object: string; whole: string; qualifier: (documentType: string) => string }>> = {
  triggeredBy: { object: 'usage', whole: 'usage-document', qualifier: () => 'triggers' },
  replenishment: { object: 'replenishment-line', whole: 'replenishment', qualifier: () => 'replenishes' },
  requisitions: { object: 'requisition-line', whole: 'requisition', qualifier: () => 'orders' },
  usages: { object: 'usage', whole: 'usage-document', qualifier: () => 'bills' },
  usage: { object: 'usage', whole: 'usage-document', qualifier: () => 'taken back by' },
  order: { object: 'order-line', whole: 'order', qualifier: (type) => ({ shipment: 'ships', receipt: 'receives', invoice: 'invoices' })[type] ?? 'concerns' },
  shipment: { object: 'shipment-line', whole: 'shipment', qualifier: () => 'arrives as' },
  receipt: { object: 'receipt-line', whole: 'receipt', qualifier: () => 'taken back by' },
  invoice: { object: 'invoice-line', whole: 'invoice', qualifier: (type) => (type === 'payment' ? 'pays' : 'credited by') },
};

/**
 * The relations that one line of a document states. A reference to a document without its line links the document
 * as a whole; a walk from a line to the document and on (to its payment) stays on the chain, and never comes back
 * down to the document's other lines.
 */
export function linksOfLine(documentType: string, documentId: string, line: Fields): Link[] {
  const object = LINE_OBJECT[documentType];
  if (object === undefined || typeof line.id !== 'string') return [];
  const self: [string, string] = [object, lineKey(documentId, line.id)];
  const links: Link[] = [];
  for (const field in line) {
    const reference = REFERENCES[field];
    // The ERP's verdict names the order of an invoice line that is already linked; it states no relation of its own.
    if (reference === undefined || documentType === 'match') continue;
    const value = line[field];
    for (const ref of Array.isArray(value) ? value : [value]) {
      const from = target(ref, reference.object, reference.whole);
      if (from && !(from[0] === self[0] && from[1] === self[1])) links.push({ from, to: self, qualifier: reference.qualifier(documentType) });
    }
  }
  if (Array.isArray(line.settles))
    for (const settled of line.settles as (Fields | null)[])
      if (settled && settled.type !== 'case') {
        const from = target(settled, String(settled.type), String(settled.type));
        if (from) links.push({ from, to: self, qualifier: 'posts' });
      }
  if (documentType === 'invoice') links.push({ from: self, to: ['invoice', documentId], qualifier: 'part of' });
  return links;
}

function target(ref: unknown, object: string, whole: string): [string, string] | undefined {
  if (typeof ref !== 'object' || ref === null) return undefined;
  const { document, line } = ref as { document?: unknown; line?: unknown };
  if (typeof document !== 'string') return undefined;
  return typeof line === 'string' ? [object, lineKey(document, line)] : [whole, document];
}
