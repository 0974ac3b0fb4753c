import type { ContractEvent } from '../../ingest/contract/envelope';
import { anyDocument, cancelled, credit, invoice, item, order, receipt, takenBack } from './match';

/** What must come out for an invoice line. Findings are given where there is more than the verdict. */
export interface Expected {
  /** null: nothing is left of it. */
  verdict: string | null;
  findings?: string[];
  at_stake?: string | null;
  price_variance?: string | null;
  quantity_variance?: string | null;
  says?: RegExp;
  /** Verdicts under other versions of the rules, by how their name begins. */
  beside?: Record<string, string>;
}

/** Cases worked by hand: what was said, and what follows from the rules of the match. Each has orders of its own. */
export interface Case {
  name: string;
  /** The arithmetic that it was worked by. */
  work?: string;
  events: ContractEvent[];
  /** By invoice document, of which each line must show this. */
  expect: Record<string, Expected>;
  /** By invoice line. */
  lines?: Record<string, Expected>;
  /** By order: what its only line comes to, in base units, and what is open of its receipts at the order's price. */
  orders?: Record<string, { ordered?: string; received?: string; invoiced?: string; over_delivered?: number; open_value?: string }>;
}

export const line = (document: string, number = '1') => ({ invoice: { document, line: number } });
export const at = (document: string, number = '1') => ({ order: { document, line: number } });
export const EA = { quantity: '10', uom: 'EA', price: '100.00' };
const DZ = { item: 'GLOVE', uom: 'DZ' };

/** An order line with its receipt, for cases about the invoice. */
export const bought = (id: string, over: Record<string, unknown> = {}, head: Record<string, unknown> = {}) => [
  order(id, { ...EA, ...over }, head),
  receipt(`R-${id}`, id, String(over.quantity ?? '10'), { facility: String(head.facility ?? 'NORTH') }, { ...(over.item ? { item: over.item } : {}), ...(over.uom ? { uom: over.uom } : {}) }),
];

/** Items that the cases speak of. */
export const MASTER = [
  item('GLOVE', { baseUom: 'EA', packFactors: [{ uom: 'DZ', factor: '12' }, { uom: 'BX', factor: '10' }] }),
  item('SCREW', { baseUom: 'EA', packFactors: [{ uom: 'BX', factor: '10' }] }),
  item('PACK', { baseUom: 'EA', packFactors: [{ uom: 'CS', factor: '10' }] }, '2026-01-01', 1),
  item('PACK', { baseUom: 'EA', packFactors: [{ uom: 'CS', factor: '20' }] }, '2026-03-08', 2),
];

export const CASES: Case[] = [
  {
    name: 'all agrees',
    events: [...bought('OK'), invoice('I-OK', 'OK', EA)],
    expect: { 'I-OK': { verdict: 'MATCHED', findings: [], at_stake: '0', price_variance: '0', quantity_variance: '0' } },
  },
  {
    name: 'ordered 2, received 1, invoiced 2 is not a match',
    events: [order('K1', { quantity: '2', price: '10' }), receipt('R-K1', 'K1', '1'), invoice('I-K1', 'K1', { quantity: '2', price: '10' })],
    expect: { 'I-K1': { verdict: 'QTY_OVER_RECEIPT', at_stake: '10', quantity_variance: '10', says: /invoiced 2 − received 1 = 1; this line 1 × 10\.00 = 10\.00 USD/ } },
  },
  {
    name: 'invoice without an order',
    events: [invoice('I-NOPO', undefined, { quantity: '3', price: '7.50' })],
    expect: { 'I-NOPO': { verdict: 'NO_PO', findings: ['NO_PO'], at_stake: '22.5', says: /names no order/ } },
  },
  {
    name: 'invoice on an order that never came',
    events: [invoice('I-GHOST', 'GHOST', { quantity: '1', price: '40' })],
    expect: { 'I-GHOST': { verdict: 'NO_PO', at_stake: '40', says: /GHOST line 1, which is not known/ } },
  },
  {
    name: 'order line cancelled',
    events: [order('CAN', EA), anyDocument('order.cancelled', 'CAN', [{ id: '1' }], { on: '2026-03-03', revision: 1 }), receipt('R-CAN', 'CAN', '10'), invoice('I-CAN', 'CAN', EA)],
    expect: { 'I-CAN': { verdict: 'ORDER_CANCELLED', at_stake: '1000' } },
  },
  {
    name: 'whole order cancelled, nothing received',
    events: [order('CANALL', EA), anyDocument('order.cancelled', 'CANALL', undefined, { on: '2026-03-03', revision: 1 }), invoice('I-CANALL', 'CANALL', EA)],
    expect: { 'I-CANALL': { verdict: 'ORDER_CANCELLED', findings: ['ORDER_CANCELLED', 'AWAITING_RECEIPT'] } },
  },
  {
    name: 'cancelled and then stated again: in force',
    events: [...bought('BACK'), anyDocument('order.cancelled', 'BACK', [{ id: '1' }], { on: '2026-03-03', revision: 1 }),
      anyDocument('order.changed', 'BACK', [{ id: '1', item: 'ITEM', ...EA }], { on: '2026-03-04', revision: 2, flowType: 'three-way' }), invoice('I-BACK', 'BACK', EA)],
    expect: { 'I-BACK': { verdict: 'MATCHED' } },
  },
  {
    name: 'another supplier',
    events: [...bought('SUP'), invoice('I-SUP', 'SUP', EA, { supplier: 'SUP-2' })],
    expect: { 'I-SUP': { verdict: 'SUPPLIER', findings: ['SUPPLIER'], at_stake: '1000', says: /invoiced by SUP-2, ordered from SUP-1/ } },
  },
  {
    name: 'another currency',
    events: [...bought('CUR'), invoice('I-CUR', 'CUR', EA, { currency: 'EUR' })],
    expect: { 'I-CUR': { verdict: 'CURRENCY', at_stake: '1000', says: /invoiced in EUR, ordered in USD/ } },
  },
  {
    name: 'currency not stated on the invoice',
    events: [...bought('NOCUR'), invoice('I-NOCUR', 'NOCUR', EA, { currency: null })],
    expect: { 'I-NOCUR': { verdict: 'NOT_EVALUABLE', says: /missing: invoice currency/ } },
  },
  {
    name: 'the same number of the same supplier, written differently',
    events: [...bought('DUP'), invoice('I-DUP1', 'DUP', EA, { invoiceNumber: 'F-0077' }), invoice('I-DUP2', 'DUP', EA, { invoiceNumber: 'f 0077', on: '2026-03-20' })],
    expect: { 'I-DUP1': { verdict: 'MATCHED' }, 'I-DUP2': { verdict: 'DUPLICATE', at_stake: '1000', says: /came before as I-DUP1/ } },
  },
  {
    name: 'the same line, quantity and amount under another number',
    events: [...bought('TWIN'), invoice('I-TWIN1', 'TWIN', EA), invoice('I-TWIN2', 'TWIN', EA, { on: '2026-04-10' })],
    expect: { 'I-TWIN1': { verdict: 'MATCHED' }, 'I-TWIN2': { verdict: 'DUPLICATE', findings: ['DUPLICATE', 'QTY_OVER_RECEIPT', 'QTY_OVER_ORDER'], says: /31 days earlier/ } },
  },
  {
    name: 'the same again after more than 90 days is no duplicate, but too much',
    events: [...bought('LATE'), invoice('I-LATE1', 'LATE', EA), invoice('I-LATE2', 'LATE', EA, { on: '2026-06-20' })],
    expect: { 'I-LATE2': { verdict: 'QTY_OVER_RECEIPT', findings: ['QTY_OVER_RECEIPT', 'QTY_OVER_ORDER'], at_stake: '1000' } },
  },
  {
    name: 'two equal part invoices of what was received are no duplicates',
    events: [...bought('PART'), invoice('I-PART1', 'PART', { ...EA, quantity: '5' }), invoice('I-PART2', 'PART', { ...EA, quantity: '5' }, { on: '2026-03-12' })],
    expect: { 'I-PART1': { verdict: 'MATCHED' }, 'I-PART2': { verdict: 'MATCHED' } },
  },
  {
    name: 'billed again after a credit is no duplicate',
    events: [...bought('AGAIN'), invoice('I-AG1', 'AGAIN', EA), credit('C-AG', 'quantity', { ...line('I-AG1'), ...at('AGAIN'), ...EA }, { on: '2026-03-12' }), invoice('I-AG2', 'AGAIN', EA, { on: '2026-03-14' })],
    expect: { 'I-AG1': { verdict: null }, 'I-AG2': { verdict: 'MATCHED' } },
  },
  {
    name: 'a cancelled invoice sent again under its number is no duplicate',
    events: [...bought('RESENT'), invoice('I-RS1', 'RESENT', EA, { invoiceNumber: 'RS-1' }), cancelled('I-RS1'), invoice('I-RS2', 'RESENT', EA, { invoiceNumber: 'RS-1', on: '2026-03-18' })],
    expect: { 'I-RS1': { verdict: null }, 'I-RS2': { verdict: 'MATCHED' } },
  },
  {
    name: 'another item',
    events: [...bought('ITM'), invoice('I-ITM', 'ITM', { ...EA, item: 'OTHER' })],
    expect: { 'I-ITM': { verdict: 'ITEM', says: /invoiced OTHER, ordered ITEM/ } },
  },
  {
    name: 'a substitute that was acknowledged is the item',
    events: [...bought('SUBST'), anyDocument('order.acknowledged', 'SUBST', [{ id: '1', code: 'IS', item: 'OTHER' }], { on: '2026-03-02' }), invoice('I-SUBST', 'SUBST', { ...EA, item: 'OTHER' })],
    expect: { 'I-SUBST': { verdict: 'MATCHED' } },
  },
  {
    name: 'a unit without a pack factor is unresolved, never taken as one',
    events: [...bought('UOM', { item: 'SCREW' }), invoice('I-UOM', 'UOM', { ...EA, item: 'SCREW', uom: 'PAL' })],
    expect: { 'I-UOM': { verdict: 'UOM_UNRESOLVED', at_stake: '1000', says: /no pack factor of SCREW for PAL on 2026-03-10/ } },
  },
  {
    name: 'an unknown unit that is the same everywhere needs no factor',
    events: [...bought('SAME', { uom: 'ROL' }), invoice('I-SAME', 'SAME', { ...EA, uom: 'ROL' })],
    expect: { 'I-SAME': { verdict: 'MATCHED' } },
  },
  {
    name: 'invoiced at the price of the box, per each: a pack error',
    events: [...bought('BOX', { item: 'SCREW', price: '1.20' }), invoice('I-BOX', 'BOX', { quantity: '10', uom: 'EA', price: '12.00', item: 'SCREW' })],
    expect: { 'I-BOX': { verdict: 'UOM_SUSPECT', findings: ['UOM_SUSPECT'], price_variance: '108', at_stake: '108', says: /invoiced by the BX of 10, ordered by the EA/ } },
  },
  {
    name: 'ordered by the box, invoiced at the price of the each: the inverse',
    events: [...bought('BOX2', { item: 'SCREW', price: '12.00', uom: 'BX', quantity: '3' }), invoice('I-BOX2', 'BOX2', { quantity: '3', uom: 'BX', price: '1.21', item: 'SCREW' })],
    expect: { 'I-BOX2': { verdict: 'UOM_SUSPECT', says: /the price of one of the 10 in a BX for the whole/ } },
  },
  {
    name: 'five times the price is a price error, since no pack holds five',
    events: [...bought('FIVE', { item: 'SCREW', price: '1.20' }), invoice('I-FIVE', 'FIVE', { quantity: '10', uom: 'EA', price: '6.00', item: 'SCREW' })],
    expect: { 'I-FIVE': { verdict: 'PRICE', price_variance: '48', at_stake: '48', says: /10 × \(6\.00 − 1\.20\) = 48\.00 USD/ } },
  },
  {
    name: 'dozens ordered, eaches invoiced: base units agree',
    events: [...bought('DOZ', { ...DZ, price: '24.00' }), invoice('I-DOZ', 'DOZ', { item: 'GLOVE', quantity: '120', uom: 'EA', price: '2.00' })],
    expect: { 'I-DOZ': { verdict: 'MATCHED', price_variance: '0' } },
  },
  {
    name: 'dozens ordered, 121 eaches invoiced',
    events: [...bought('DOZ2', { ...DZ, price: '24.00' }), invoice('I-DOZ2', 'DOZ2', { item: 'GLOVE', quantity: '121', uom: 'EA', price: '2.00' })],
    expect: { 'I-DOZ2': { verdict: 'QTY_OVER_RECEIPT', findings: ['QTY_OVER_RECEIPT', 'QTY_OVER_ORDER'], at_stake: '2', quantity_variance: '2' } },
  },
  {
    name: 'the pack factor is that of each document\'s own date',
    events: [order('DATED', { item: 'PACK', quantity: '2', uom: 'CS', price: '50' }), receipt('R-DATED', 'DATED', '20', {}, { item: 'PACK', uom: 'EA' }),
      invoice('I-DATED', 'DATED', { item: 'PACK', quantity: '1', uom: 'CS', price: '100' })],
    expect: { 'I-DATED': { verdict: 'MATCHED', price_variance: '0' } },
  },
  {
    name: 'no quantities and no prices anywhere',
    events: [order('BARE', { uom: undefined }), receipt('R-BARE', 'BARE', undefined, {}, { uom: undefined }), invoice('I-BARE', 'BARE', { uom: undefined })],
    expect: { 'I-BARE': { verdict: 'NOT_EVALUABLE', findings: ['NOT_EVALUABLE'], at_stake: null, price_variance: null, says: /missing: invoice quantity, invoice price, order quantity, order price, receipt quantity/ } },
  },
  {
    name: 'no price on the order',
    events: [order('NOPRICE', { quantity: '10' }), receipt('R-NOPRICE', 'NOPRICE', '10'), invoice('I-NOPRICE', 'NOPRICE', EA)],
    expect: { 'I-NOPRICE': { verdict: 'NOT_EVALUABLE', at_stake: '1000', says: /missing: order price$/ } },
  },
  {
    name: 'an amount stands for the price',
    events: [...bought('AMT'), invoice('I-AMT', 'AMT', { quantity: '10', amount: '1000.00' })],
    expect: { 'I-AMT': { verdict: 'MATCHED', price_variance: '0' } },
  },
  {
    name: 'a unit that only the invoice leaves out',
    events: [...bought('NOUOM'), invoice('I-NOUOM', 'NOUOM', { ...EA, uom: undefined })],
    expect: { 'I-NOUOM': { verdict: 'NOT_EVALUABLE', says: /invoice unit of measure/ } },
  },
  {
    name: 'a receipt without its quantity',
    events: [order('RQ', EA), receipt('R-RQ', 'RQ', undefined), invoice('I-RQ', 'RQ', EA)],
    expect: { 'I-RQ': { verdict: 'NOT_EVALUABLE', says: /missing: receipt quantity$/ } },
  },
  {
    name: 'nothing received yet',
    events: [order('WAIT', EA), invoice('I-WAIT', 'WAIT', EA)],
    expect: { 'I-WAIT': { verdict: 'AWAITING_RECEIPT', findings: ['AWAITING_RECEIPT'], at_stake: '1000' } },
  },
  {
    name: 'the receipt was reversed again',
    events: [...bought('REV'), takenBack('reversed', 'RV-REV', 'REV', { quantity: '10', receipt: { document: 'R-REV', line: '1' } }), invoice('I-REV', 'REV', EA)],
    expect: { 'I-REV': { verdict: 'AWAITING_RECEIPT' } },
  },
  {
    name: 'three of ten went back: ten invoiced are three too many',
    events: [...bought('RET'), takenBack('returned', 'RT-RET', 'RET', { quantity: '3' }), invoice('I-RET', 'RET', EA)],
    expect: { 'I-RET': { verdict: 'QTY_OVER_RECEIPT', at_stake: '300', quantity_variance: '300' } },
  },
  {
    name: 'invoice first: more invoiced than received is awaited, not wrong',
    events: [order('FIRST', EA, { flowType: 'three-way-invoice-first' }), receipt('R-FIRST', 'FIRST', '4'), invoice('I-FIRST', 'FIRST', EA)],
    expect: { 'I-FIRST': { verdict: 'AWAITING_RECEIPT', findings: ['AWAITING_RECEIPT'], at_stake: '600' } },
  },
  {
    name: 'invoice first: more than ordered is too much',
    events: [order('FIRST2', EA, { flowType: 'three-way-invoice-first' }), receipt('R-FIRST2', 'FIRST2', '12'), invoice('I-FIRST2', 'FIRST2', { ...EA, quantity: '12' })],
    expect: { 'I-FIRST2': { verdict: 'QTY_OVER_ORDER', findings: ['QTY_OVER_ORDER'], at_stake: '200' } },
  },
  {
    name: 'two-way needs no receipt',
    events: [order('TWO', EA, { flowType: 'two-way' }), invoice('I-TWO', 'TWO', EA)],
    expect: { 'I-TWO': { verdict: 'MATCHED' } },
  },
  {
    name: 'bill-only needs no receipt, and no more than was ordered',
    events: [order('BILL', EA, { flowType: 'bill-only' }), invoice('I-BILL', 'BILL', { ...EA, quantity: '11' })],
    expect: { 'I-BILL': { verdict: 'QTY_OVER_ORDER', at_stake: '100' } },
  },
  {
    name: 'an invoice on a consignment fill: nothing is payable',
    events: [...bought('FILL', {}, { flowType: 'consignment-fill' }), invoice('I-FILL', 'FILL', EA)],
    expect: { 'I-FILL': { verdict: 'QTY_OVER_RECEIPT', at_stake: '1000', says: /nothing is payable on a consignment fill/ } },
  },
  {
    name: 'part receipt, part invoice, then the rest',
    events: [order('PARTS', EA), receipt('R-PARTS1', 'PARTS', '6'), receipt('R-PARTS2', 'PARTS', '4', { on: '2026-03-12' }), invoice('I-PARTS1', 'PARTS', { ...EA, quantity: '6' }),
      invoice('I-PARTS2', 'PARTS', { ...EA, quantity: '5' }, { on: '2026-03-14' })],
    expect: { 'I-PARTS1': { verdict: 'MATCHED' }, 'I-PARTS2': { verdict: 'QTY_OVER_RECEIPT', findings: ['QTY_OVER_RECEIPT', 'QTY_OVER_ORDER'], at_stake: '100' } },
  },
  {
    name: 'price over both limits, with the arithmetic',
    events: [order('PRICE', { quantity: '12', price: '184.50' }), receipt('R-PRICE', 'PRICE', '12'), invoice('I-PRICE', 'PRICE', { quantity: '12', price: '189.00' })],
    expect: { 'I-PRICE': { verdict: 'PRICE', price_variance: '54', at_stake: '54', says: /12 × \(189\.00 − 184\.50\) = 54\.00 USD/ } },
  },
  {
    name: 'price within both limits',
    events: [...bought('TOL'), invoice('I-TOL', 'TOL', { ...EA, price: '100.40' })],
    expect: { 'I-TOL': { verdict: 'WITHIN_TOLERANCE', findings: [], price_variance: '4', at_stake: '0' } },
  },
  {
    name: 'past the absolute limit alone is a breach',
    events: [...bought('ABS'), invoice('I-ABS', 'ABS', { ...EA, price: '100.51' })],
    expect: { 'I-ABS': { verdict: 'PRICE', price_variance: '5.1' } },
  },
  {
    name: 'exactly at the absolute limit is none',
    events: [...bought('EDGE'), invoice('I-EDGE', 'EDGE', { ...EA, price: '100.50' })],
    expect: { 'I-EDGE': { verdict: 'WITHIN_TOLERANCE', price_variance: '5' } },
  },
  {
    name: 'past the percent limit alone is a breach',
    events: [order('PCT', { quantity: '1', price: '10.00' }), receipt('R-PCT', 'PCT', '1'), invoice('I-PCT', 'PCT', { quantity: '1', price: '10.21' })],
    expect: { 'I-PCT': { verdict: 'PRICE', price_variance: '0.21', at_stake: '0.21' } },
  },
  {
    name: 'cheaper, within the lower limit and past it',
    events: [...bought('LOW'), invoice('I-LOW', 'LOW', { ...EA, price: '90.00' }), ...bought('LOW2'), invoice('I-LOW2', 'LOW2', { ...EA, price: '89.99' })],
    expect: { 'I-LOW': { verdict: 'WITHIN_TOLERANCE', price_variance: '-100' }, 'I-LOW2': { verdict: 'PRICE', price_variance: '-100.1', at_stake: '100.1' } },
  },
  {
    name: 'a credit of price settles the price, not the quantity',
    events: [...bought('CP'), invoice('I-CP', 'CP', { ...EA, price: '105.00' }), credit('C-CP', 'price', { ...line('I-CP'), ...at('CP'), amount: '50.00' })],
    expect: { 'I-CP': { verdict: 'MATCHED', price_variance: '0', quantity_variance: '0' } },
  },
  {
    name: 'a credit of quantity settles the quantity, not the price',
    events: [order('CQ', EA), receipt('R-CQ', 'CQ', '8'), invoice('I-CQ', 'CQ', { ...EA, price: '105.00' }), credit('C-CQ', 'quantity', { ...line('I-CQ'), quantity: '2' })],
    expect: { 'I-CQ': { verdict: 'PRICE', findings: ['PRICE'], price_variance: '40', quantity_variance: '0' } },
  },
  {
    name: 'a credit that does not say what it is of',
    events: [...bought('CU'), invoice('I-CU', 'CU', EA), credit('C-CU', undefined, { ...line('I-CU'), quantity: '1' })],
    expect: { 'I-CU': { verdict: 'NOT_EVALUABLE', says: /kind or quantity of a credit/ } },
  },
  {
    name: 'a credit that names only the order line takes from the last invoice',
    events: [order('CL', EA), receipt('R-CL', 'CL', '8'), invoice('I-CL1', 'CL', { ...EA, quantity: '6' }), invoice('I-CL2', 'CL', { ...EA, quantity: '4' }, { on: '2026-03-12' }), credit('C-CL', 'quantity', { ...at('CL'), quantity: '2' })],
    expect: { 'I-CL1': { verdict: 'MATCHED' }, 'I-CL2': { verdict: 'MATCHED', quantity_variance: '0' } },
  },
  {
    name: 'one line of an invoice cancelled: the other is matched',
    events: [...bought('C1'), ...bought('C2'),
      anyDocument('invoice.received', 'I-C', [{ id: '1', ...at('C1'), item: 'ITEM', ...EA }, { id: '2', ...at('C2'), item: 'ITEM', ...EA }], { invoiceNumber: 'N-C' }), cancelled('I-C', [{ id: '2' }])],
    expect: { 'I-C': { verdict: 'MATCHED' } },
  },
  {
    name: 'freight past both limits',
    events: [...bought('FRT'), invoice('I-FRT', 'FRT', EA, { freight: '60.00' })],
    expect: { 'I-FRT': { verdict: 'CHARGES', at_stake: '10', says: /freight and fees 60\.00 on goods of 1000\.00 USD/ } },
  },
  {
    name: 'freight past one limit only',
    events: [...bought('FRT2'), invoice('I-FRT2', 'FRT2', EA, { freight: '50.00' }), order('FRT3', { quantity: '1', price: '20' }), receipt('R-FRT3', 'FRT3', '1'), invoice('I-FRT3', 'FRT3', { quantity: '1', price: '20' }, { freight: '12.00' })],
    expect: { 'I-FRT2': { verdict: 'MATCHED' }, 'I-FRT3': { verdict: 'MATCHED' } },
  },
  {
    name: 'an order named without its line: its only line is meant',
    events: [...bought('HEADONLY'), anyDocument('invoice.received', 'I-HEAD', [{ id: '1', order: { document: 'HEADONLY' }, item: 'ITEM', ...EA }], { invoiceNumber: 'N-HEAD' })],
    expect: { 'I-HEAD': { verdict: 'MATCHED' } },
  },
  {
    name: 'a revised invoice counts once, at its latest revision',
    events: [...bought('REVISED'), invoice('I-RVS', 'REVISED', { ...EA, quantity: '30' }), invoice('I-RVS', 'REVISED', EA, { revision: 1, on: '2026-03-11' })],
    expect: { 'I-RVS': { verdict: 'MATCHED' } },
  },
  {
    name: 'received 100.002 of 100 at no tolerance is over-delivered',
    work: '100.002 − 100 = 0.002, past 0 %',
    events: [order('K3', { quantity: '100', price: '1' }), receipt('R-K3', 'K3', '100.002')],
    expect: {},
    orders: { K3: { ordered: '100', received: '100.002', over_delivered: 1 }, OK: { over_delivered: 0 } },
  },
];
