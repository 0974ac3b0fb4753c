/**
 * Objects of the lineage graph: what they are called and how their keys are written. One spelling everywhere: in
 * links, in page addresses and in exports.
 */

/** The object that a line of each document type is. */
export const LINE_OBJECT: Readonly<Record<string, string>> = {
  usage: 'usage',
  replenishment: 'replenishment-line',
  transfer: 'transfer-line',
  requisition: 'requisition-line',
  order: 'order-line',
  shipment: 'shipment-line',
  receipt: 'receipt-line',
  invoice: 'invoice-line',
  match: 'invoice-line',
  posting: 'posting',
  payment: 'payment',
};

/** The order in which the stages of a chain stand. */
export const CHAIN_STAGES = [
  'usage',
  'replenishment-line',
  'requisition-line',
  'order-line',
  'shipment-line',
  'receipt-line',
  'invoice-line',
  'posting',
  'payment',
] as const;
export type ChainStage = (typeof CHAIN_STAGES)[number];

/** Where chains end: no field of an event names a line of these, so nothing comes after them. */
export const LAST_STAGES: readonly string[] = ['posting', 'payment'];

/** Shown beside a chain, never walked through: a walk through one of these returns the whole hospital. */
export const CONTEXT_OBJECTS = ['case', 'item', 'lot', 'location', 'supplier'] as const;

/**
 * Key of a line: `document/line`. The line part has its slashes escaped, so that the last slash is always the one
 * between the two and different lines never share a key.
 */
export function lineKey(document: string, line: string): string {
  return line === '' ? document : `${document}/${line.includes('%') || line.includes('/') ? line.replaceAll('%', '%25').replaceAll('/', '%2F') : line}`;
}

/** Document and line of a line key. */
export function splitLineKey(key: string): { document: string; line: string } {
  const slash = key.lastIndexOf('/');
  if (slash < 0) return { document: key, line: '' };
  return { document: key.slice(0, slash), line: key.slice(slash + 1).replaceAll('%2F', '/').replaceAll('%25', '%') };
}
