import { event } from './define';
import { businessDate, businessKey, code, data, document, gtin, lineRef, lines, quantity, text, uom } from './fields';
import { z } from 'zod';

const place = { item: businessKey.optional(), gtin: gtin.optional(), location: code.optional(), lot: text.optional(), expiry: businessDate.optional(), uom: uom.optional() };
const balance = {
  ...place,
  status: code.optional().meta({ description: 'Stock status, e.g. available, quarantined, recalled' }),
  onHand: quantity.optional(), reserved: quantity.optional(), par: quantity.optional(), reorderPoint: quantity.optional(),
};
const replenishment = { ...place, quantity: quantity.optional(), onHand: quantity.optional(), triggeredBy: z.array(lineRef).max(5000).optional().meta({ description: 'The usages that set it off, where known' }) };
const transfer = { ...place, quantity: quantity.optional(), fromLocation: code.optional() };

const head = { interface: 'inventory-to-erp', pattern: 'event', target: 'erp', facility: 'ST-ANNA', outcome: 'succeeded', attempt: 1, latencyMs: 120 } as const;
const balanceLine = { id: '1', item: 'ITM-00412', location: 'OR-3', lot: 'L2291', expiry: '2027-05-31', status: 'available', onHand: '14', reserved: '2', par: '20', reorderPoint: '8', uom: 'EA' };

export const inventoryEvents = [
  event('inventory.balance.reported.v1', 'What is on hand at a location, as counted or computed by the inventory system',
    data({ document, lines: lines(balance) }),
    { ...head, document: { id: 'BAL-OR-3-20260302', date: '2026-03-02' }, lines: [balanceLine] }),
  event('inventory.balance.adjusted.v1', 'A balance was corrected by hand; on hand is the corrected balance',
    data({ document, lines: lines({ ...balance, adjustment: quantity.optional() }) }),
    { ...head, document: { id: 'ADJ-991', date: '2026-03-02' }, lines: [{ ...balanceLine, onHand: '13', adjustment: '-1' }] }),
  event('inventory.threshold.breached.v1', 'On hand fell below the reorder point',
    data({ document, lines: lines({ ...balance, quantity: quantity.optional() }) }),
    { ...head, document: { id: 'THR-501', date: '2026-03-02' }, lines: [{ id: '1', item: 'ITM-00412', location: 'OR-3', onHand: '7', reorderPoint: '8', uom: 'EA' }] }),
  event('inventory.replenishment.requested.v1', 'A location asked for stock',
    data({ document, lines: lines(replenishment) }),
    { ...head, document: { id: 'REP-700', date: '2026-03-02' }, lines: [{ id: '1', item: 'ITM-00412', location: 'OR-3', quantity: '12', uom: 'EA', onHand: '7', triggeredBy: [{ document: 'USE-88123', line: '1' }] }] }),
  event('inventory.replenishment.filled.v1', 'The replenishment was filled; quantity is what was brought',
    data({ document, lines: lines({ ...replenishment, fromLocation: code.optional() }) }),
    { ...head, document: { id: 'REP-700', date: '2026-03-03' }, lines: [{ id: '1', item: 'ITM-00412', location: 'OR-3', fromLocation: 'WAREHOUSE', quantity: '12', uom: 'EA' }] }),
  event('inventory.transfer.shipped.v1', 'Stock left one location for another',
    data({ document, lines: lines(transfer) }),
    { ...head, document: { id: 'TRF-31', date: '2026-03-02' }, lines: [{ id: '1', item: 'ITM-00412', lot: 'L2291', quantity: '12', uom: 'EA', fromLocation: 'WAREHOUSE', location: 'OR-3' }] }),
  event('inventory.transfer.received.v1', 'Stock arrived from another location',
    data({ document, lines: lines(transfer) }),
    { ...head, document: { id: 'TRF-31', date: '2026-03-03' }, lines: [{ id: '1', item: 'ITM-00412', lot: 'L2291', quantity: '12', uom: 'EA', fromLocation: 'WAREHOUSE', location: 'OR-3' }] }),
  event('inventory.recall.opened.v1', 'A lot or an item is recalled',
    data({ document, lines: lines(place) }),
    { ...head, document: { id: 'RCL-9', date: '2026-03-04' }, lines: [{ id: '1', item: 'ITM-00412', lot: 'L2291' }] }),
  event('inventory.recall.closed.v1', 'A recall ended',
    data({ document, lines: lines(place).optional() }),
    { ...head, document: { id: 'RCL-9', date: '2026-04-01' } }),
];
