/**
 * Who acts on an exception: the responsible party of the RACI table by kind, and how pressing a kind is before money is
 * looked at. Holds no server code: pages read it too.
 */

export const PARTIES = ['supply chain', 'finance', 'clinical operations', 'integration support'] as const;
export type Party = (typeof PARTIES)[number];

export const SEVERITIES = ['high', 'medium', 'low'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const EXCEPTION_KINDS = [
  'failed-order', 'refused-line', 'overdue-stage', 'orphan', 'unmapped-usage', 'receipt-without-order', 'over-delivery', 'unmatched-receipt', 'invoice-mismatch', 'missing-posting',
  'stuck-handover', 'dead-letter', 'identity-conflict',
] as const;
export type ExceptionKind = (typeof EXCEPTION_KINDS)[number];

export const EXCEPTIONS: Readonly<Record<ExceptionKind, { label: string; severity: Severity; owner: Party; meaning: string }>> = {
  'failed-order': { label: 'Failed order creation', severity: 'high', owner: 'integration support', meaning: 'an order could not be created, and no order serves its requisitions since' },
  'refused-line': { label: 'Rejected or backordered', severity: 'high', owner: 'supply chain', meaning: 'the supplier answered that an order line will not come, or not all of it, or not now' },
  'overdue-stage': { label: 'Overdue stage', severity: 'medium', owner: 'supply chain', meaning: 'the clock of a required stage ran out' },
  orphan: { label: 'Orphan', severity: 'medium', owner: 'integration support', meaning: 'a document names another that never came' },
  'unmapped-usage': { label: 'Unmapped usage', severity: 'medium', owner: 'supply chain', meaning: 'the item master has neither the item nor the GTIN of what was used' },
  'receipt-without-order': { label: 'Receipt without order', severity: 'medium', owner: 'supply chain', meaning: 'goods were booked in and no known order stands behind them' },
  'over-delivery': { label: 'Over-delivery', severity: 'low', owner: 'supply chain', meaning: 'more was received than was ordered' },
  'unmatched-receipt': { label: 'Unmatched receipt', severity: 'medium', owner: 'finance', meaning: 'received, and not invoiced within the invoice clock' },
  'invoice-mismatch': { label: 'Invoice mismatch', severity: 'high', owner: 'finance', meaning: 'an invoice line does not agree with its order and receipt' },
  'missing-posting': { label: 'Missing posting', severity: 'medium', owner: 'finance', meaning: 'the posting failed, or did not come within its clock' },
  'stuck-handover': { label: 'Stuck hand-over', severity: 'high', owner: 'integration support', meaning: 'no attempt to bring a message to its target has succeeded' },
  'dead-letter': { label: 'Dead letter', severity: 'medium', owner: 'integration support', meaning: 'a message could not be read, and did not come again readable' },
  'identity-conflict': { label: 'Identity conflict', severity: 'low', owner: 'integration support', meaning: 'different bytes came under one source and id; both are kept' },
};

/** A gap in a chain belongs to whoever brings its stage. */
export const STAGE_OWNERS: Readonly<Record<string, Party>> = {
  usage: 'clinical operations', requisition: 'clinical operations', order: 'supply chain', acknowledgement: 'supply chain', shipment: 'supply chain', receipt: 'supply chain', invoice: 'finance', posting: 'finance',
};

/** @param stage of the chain, where the kind is an overdue stage */
export function ownerOf(kind: ExceptionKind, stage?: string): Party {
  return (kind === 'overdue-stage' && stage !== undefined ? STAGE_OWNERS[stage] : undefined) ?? EXCEPTIONS[kind].owner;
}
