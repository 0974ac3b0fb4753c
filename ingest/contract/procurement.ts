import { z } from 'zod';
import { event } from './define';
import { ackCode, businessDate, businessKey, code, data, document, dueDate, flowType, gtin, lineRef, lines, optionalLines, price, quantity, text, uom } from './fields';

const refs = z.array(lineRef).max(5000).optional();
const wanted = { item: businessKey.optional(), gtin: gtin.optional(), quantity: quantity.optional(), uom: uom.optional() };
const requisitionLine = {
  ...wanted, location: code.optional(), costCentre: code.optional(), needBy: dueDate.optional(),
  triggeredBy: refs.meta({ description: 'The usages that set it off, where known' }),
  replenishment: lineRef.optional(),
};
const orderHead = { document, supplier: code.optional(), shipTo: code.optional(), buyer: code.optional(), flowType: flowType.optional() };
const orderLine = {
  ...wanted, requisitions: refs, usages: refs.meta({ description: 'The usages that it pays for (consignment use, bill-only)' }), flowType: flowType.optional(),
  price: price.optional(), contract: businessKey.optional(), promisedDate: dueDate.optional(), location: code.optional(), costCentre: code.optional(),
};
const lotted = { ...wanted, lot: text.optional(), serial: text.optional(), udi: text.optional(), expiry: businessDate.optional(), location: code.optional() };
const receiptLine = { ...lotted, order: lineRef.optional(), shipment: lineRef.optional() };
const takenBack = { ...receiptLine, receipt: lineRef.optional().meta({ description: 'The receipt line taken back, where known' }) };

const head = { interface: 'procurement-to-erp', pattern: 'api', target: 'erp', facility: 'ST-ANNA', outcome: 'succeeded', attempt: 1, latencyMs: 310, actor: { kind: 'system' } } as const;
const edi = { ...head, interface: 'edi-to-procurement', pattern: 'edi', target: 'procurement' } as const;
const req = { id: '1', item: 'ITM-00412', quantity: '12', uom: 'EA', location: 'OR-3', costCentre: 'CC-410', needBy: '2026-03-06', replenishment: { document: 'REP-700', line: '1' } };
const order = { document: { id: 'PO-450017', revision: 0, date: '2026-03-03', currency: 'USD' }, supplier: 'SUP-07', shipTo: 'ST-ANNA', buyer: 'u-14', flowType: 'three-way' } as const;
const ordered = { id: '10', requisitions: [{ document: 'REQ-3301', line: '1' }], item: 'ITM-00412', quantity: '12', uom: 'EA', price: '184.50', contract: 'CTR-11', promisedDate: '2026-03-06' };
const received = { id: '1', order: { document: 'PO-450017', line: '10' }, shipment: { document: 'ASN-7781', line: '1' }, item: 'ITM-00412', quantity: '12', uom: 'EA', lot: 'L2291', location: 'ST-ANNA-DOCK' };

export const procurementEvents = [
  event('procurement.requisition.submitted.v1', 'Goods were requisitioned',
    data({ document, buyer: code.optional(), lines: lines(requisitionLine) }),
    { ...head, document: { id: 'REQ-3301', date: '2026-03-02' }, buyer: 'u-14', lines: [req] }),
  event('procurement.requisition.approved.v1', 'A requisition was approved',
    data({ document, buyer: code.optional(), lines: optionalLines(requisitionLine) }),
    { ...head, document: { id: 'REQ-3301', revision: 1, date: '2026-03-03' } }),
  event('procurement.requisition.rejected.v1', 'A requisition was rejected',
    data({ document, reason: text.optional(), lines: optionalLines(requisitionLine) }),
    { ...head, document: { id: 'REQ-3302', revision: 1, date: '2026-03-03' }, reason: 'not in budget' }),
  event('procurement.order.created.v1', 'A purchase order was created',
    data({ ...orderHead, lines: lines(orderLine) }), { ...head, ...order, lines: [ordered] }),
  event('procurement.order.failed.v1', 'Creating a purchase order failed; the document is the order that was attempted, under the number of the proposal',
    data({ ...orderHead, lines: optionalLines(orderLine) }),
    { ...head, ...order, document: { id: 'PRP-9912', date: '2026-03-03' }, outcome: 'failed', error: { class: 'validation', code: 'ITEM_BLOCKED', message: 'Item ITM-00412 is blocked for purchasing', retryable: false }, lines: [{ id: '10', requisitions: [{ document: 'REQ-3301', line: '1' }], item: 'ITM-00412', quantity: '12', uom: 'EA' }] }),
  event('procurement.order.sent.v1', 'A purchase order went to the supplier',
    data({ ...orderHead, lines: optionalLines(orderLine) }), { ...edi, interface: 'procurement-to-edi', target: 'edi-gateway', document: { id: 'PO-450017', date: '2026-03-03' }, supplier: 'SUP-07' }),
  event('procurement.order.acknowledged.v1', 'The supplier answered, line by line (X12 855)',
    data({ ...orderHead, lines: lines({ code: ackCode.optional(), ...wanted, price: price.optional(), promisedDate: dueDate.optional(), substituteItem: businessKey.optional() }) }),
    { ...edi, document: { id: 'PO-450017', date: '2026-03-03' }, supplier: 'SUP-07', lines: [{ id: '10', code: 'IA', quantity: '12', uom: 'EA', price: '184.50', promisedDate: '2026-03-06' }] }),
  event('procurement.order.changed.v1', 'Order lines were changed; each line stated in full',
    data({ ...orderHead, lines: lines(orderLine) }), { ...head, ...order, document: { ...order.document, revision: 1 }, lines: [{ ...ordered, quantity: '10' }] }),
  event('procurement.order.cancelled.v1', 'Order lines, or the whole order, were cancelled',
    data({ ...orderHead, reason: text.optional(), lines: optionalLines(wanted) }), { ...head, document: { id: 'PO-450018', revision: 2, date: '2026-03-04' }, lines: [{ id: '20' }] }),
  event('procurement.shipment.notified.v1', 'The supplier announced a shipment (X12 856)',
    data({ document, supplier: code.optional(), carrier: text.optional(), lines: lines({ ...lotted, order: lineRef.optional(), expectedDate: dueDate.optional() }) }),
    { ...edi, document: { id: 'ASN-7781', date: '2026-03-04' }, supplier: 'SUP-07', carrier: 'ACME Freight', lines: [{ id: '1', order: { document: 'PO-450017', line: '10' }, item: 'ITM-00412', quantity: '12', uom: 'EA', lot: 'L2291', expectedDate: '2026-03-06' }] }),
  event('procurement.receipt.confirmed.v1', 'Goods arrived and were booked in',
    data({ document, supplier: code.optional(), lines: lines(receiptLine) }),
    { ...head, interface: 'inventory-to-erp', document: { id: 'RCV-5521', date: '2026-03-06' }, supplier: 'SUP-07', lines: [received] }),
  event('procurement.receipt.reversed.v1', 'A receipt was booked out again; a document of its own',
    data({ document, supplier: code.optional(), lines: lines(takenBack) }),
    { ...head, interface: 'inventory-to-erp', document: { id: 'RCV-5530', date: '2026-03-07' }, lines: [{ ...received, quantity: '2', receipt: { document: 'RCV-5521', line: '1' } }] }),
  event('procurement.receipt.returned.v1', 'Goods went back to the supplier; a document of its own',
    data({ document, supplier: code.optional(), lines: lines(takenBack) }),
    { ...head, interface: 'inventory-to-erp', document: { id: 'RTN-81', date: '2026-03-09' }, supplier: 'SUP-07', lines: [{ ...received, quantity: '1', receipt: { document: 'RCV-5521', line: '1' } }] }),
];
