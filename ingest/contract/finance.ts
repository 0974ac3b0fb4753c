import { z } from 'zod';
import { event } from './define';
import { amount, businessDate, businessKey, code, data, document, lineRef, lines, optionalLines, price, quantity, text, uom } from './fields';

const invoiceHead = {
  document, invoiceNumber: businessKey.optional().meta({ description: 'The number that the supplier gave it' }), supplier: code.optional(),
  dueDate: businessDate.optional(), discountDate: businessDate.optional(),
  tax: amount.optional(), freight: amount.optional().meta({ description: 'Freight and fees of the whole invoice' }),
};
const invoiceLine = {
  order: lineRef.optional(), item: businessKey.optional(), quantity: quantity.optional(), uom: uom.optional(), price: price.optional(),
  amount: amount.optional(), tax: amount.optional(), freight: amount.optional(), usages: z.array(lineRef).max(5000).optional(),
};
const SETTLED = ['usage', 'order-line', 'receipt-line', 'invoice-line', 'case'] as const;
const postingLine = {
  amount: amount.optional(), account: code.optional(), costCentre: code.optional(),
  settles: z.array(z.looseObject({ type: z.enum(SETTLED), document: businessKey.meta({ description: 'Document id; the case where type is case' }), line: businessKey.optional() })).max(5000).optional(),
};
const postingHead = { document, kind: z.enum(['accrual', 'departmental-spend', 'case-cost', 'payable']).optional(), case: businessKey.optional(), supplier: code.optional() };

const head = { interface: 'erp-to-analytics', pattern: 'batch', target: 'analytics', facility: 'ST-ANNA', outcome: 'succeeded', attempt: 1, latencyMs: 900, actor: { kind: 'system' } } as const;
const edi = { ...head, interface: 'edi-to-ap', pattern: 'edi', target: 'accounts-payable' } as const;
const invoice = { document: { id: 'INV-90012', revision: 0, date: '2026-03-07', currency: 'USD' }, invoiceNumber: 'F-2026-118', supplier: 'SUP-07', dueDate: '2026-04-06', discountDate: '2026-03-17' };
const invoiced = { id: '1', order: { document: 'PO-450017', line: '10' }, item: 'ITM-00412', quantity: '12', uom: 'EA', price: '184.50', amount: '2214.00' };
const posting = { document: { id: 'GL-77120', date: '2026-03-09', currency: 'USD' }, kind: 'payable' as const, lines: [{ id: '1', amount: '2214.00', account: '210000', costCentre: 'CC-410', settles: [{ type: 'invoice-line' as const, document: 'INV-90012', line: '1' }] }] };
const held = (summary: string, name: 'blocked' | 'released' | 'approved', example: object) =>
  event(`finance.invoice.${name}.v1`, summary, data({ ...invoiceHead, blockReason: text.optional(), lines: optionalLines(invoiceLine) }),
    { ...head, interface: 'ap-to-erp', target: 'erp', document: { id: 'INV-90012', date: '2026-03-08' }, ...example });

export const financeEvents = [
  event('finance.invoice.received.v1', 'An invoice arrived (X12 810)',
    data({ ...invoiceHead, lines: lines(invoiceLine) }), { ...edi, ...invoice, lines: [invoiced] }),
  event('finance.invoice.cancelled.v1', 'An invoice, or lines of it, were cancelled',
    data({ ...invoiceHead, lines: optionalLines({ ...invoiceLine, invoice: lineRef.optional() }) }), { ...head, interface: 'ap-to-erp', target: 'erp', document: { id: 'INV-90013', revision: 1, date: '2026-03-08' }, lines: [{ id: '1', order: { document: 'PO-450017', line: '10' } }] }),
  event('finance.invoice.credited.v1', 'The supplier credited an invoice; a document of its own',
    data({ ...invoiceHead, creditOf: z.enum(['quantity', 'price']).optional().meta({ description: 'A credit of price changes the amount, not the quantity invoiced' }), lines: lines({ ...invoiceLine, invoice: lineRef.optional() }) }),
    { ...edi, document: { id: 'CRN-412', date: '2026-03-12', currency: 'USD' }, supplier: 'SUP-07', creditOf: 'quantity', lines: [{ id: '1', invoice: { document: 'INV-90012', line: '1' }, order: { document: 'PO-450017', line: '10' }, quantity: '2', uom: 'EA', price: '184.50', amount: '369.00' }] }),
  held('Payment of an invoice was blocked', 'blocked', { blockReason: 'price', actor: { kind: 'human', id: 'u-32' } }),
  held('The block of an invoice was lifted', 'released', { actor: { kind: 'human', id: 'u-32' } }),
  held('An invoice was approved', 'approved', { actor: { kind: 'human', id: 'u-32' } }),
  event('finance.match.completed.v1', 'The ERP matched an invoice; its own verdict, per invoice line',
    data({ document: document.meta({ description: 'The invoice that was matched' }), lines: lines({ verdict: code, order: lineRef.optional() }) }),
    { ...head, interface: 'ap-to-erp', target: 'erp', document: { id: 'INV-90012', date: '2026-03-08' }, lines: [{ id: '1', verdict: 'MATCHED', order: { document: 'PO-450017', line: '10' } }] }),
  event('finance.posting.completed.v1', 'Money was posted to the ledger',
    data({ ...postingHead, lines: lines(postingLine) }), { ...head, ...posting, lines: posting.lines }),
  event('finance.posting.failed.v1', 'Posting to the ledger failed',
    data({ ...postingHead, lines: lines(postingLine) }),
    { ...head, ...posting, outcome: 'failed', error: { class: 'business', code: 'PERIOD_CLOSED', message: 'Period 2026-02 is closed', retryable: false }, lines: posting.lines }),
  event('finance.posting.reversed.v1', 'A posting was reversed, in whole or by line',
    data({ ...postingHead, lines: optionalLines(postingLine) }), { ...head, document: { id: 'GL-77120', revision: 1, date: '2026-03-10' } }),
  event('finance.payment.made.v1', 'Invoices were paid',
    data({ document, supplier: code.optional(), lines: lines({ amount: amount.optional(), invoice: lineRef.optional() }) }),
    { ...head, document: { id: 'PAY-3100', date: '2026-04-02', currency: 'USD' }, supplier: 'SUP-07', lines: [{ id: '1', amount: '2214.00', invoice: { document: 'INV-90012' } }] }),
  event('finance.payment.reversed.v1', 'A payment was taken back',
    data({ document, lines: optionalLines({ amount: amount.optional(), invoice: lineRef.optional() }) }), { ...head, document: { id: 'PAY-3100', revision: 1, date: '2026-04-05' } }),
];
