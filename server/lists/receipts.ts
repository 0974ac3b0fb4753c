import { z } from 'zod';
import { ACCRUAL_PARTS, accrualLines, accrualPostings } from '@/clickhouse/queries/accruals';
import { AGES, receiptsNow, underDelivered } from '@/clickhouse/queries/receipts';
import { matchQuery, receiptsAt } from '../match/params';
import { accrualMonths, lastDay } from '../receipts/accruals';
import { defineComputedList } from './computed';
import { defineServerList, type ServerList } from './registry';

const narrower = { supplier: z.string().max(200).default(''), buyer: z.string().max(100).default('') };
/** Any day of the month; without one the month that the range ends in. */
const month = { month: z.iso.date().optional(), currency: z.string().max(10).default('') };

export const receiptsLists: ServerList[] = [
  defineServerList({
    name: 'receipts.unmatched',
    scope: 'receipts:read',
    input: z.object({ view: z.enum(['open', 'no_order']).default('open'), band: z.enum(AGES).optional(), ...narrower }),
    list: receiptsNow.unmatched,
    listFor: async (filters, ctx) => (await receiptsAt(ctx, filters)).queries.unmatched,
    params: async ({ view, band, supplier, buyer }, filters, ctx) => ({ ...(await receiptsAt(ctx, filters)).params, view, band: band ?? '', supplier, buyer }),
    columns: [
      { key: 'object_id', label: 'Receipt line', kind: 'object', objectType: 'receipt-line' },
      { key: 'state', label: 'State', kind: 'state', help: 'Untold: there are invoices, but without the quantities that would say which receipts they cover' },
      { key: 'order_key', label: 'Order line', kind: 'object', objectType: 'order-line' },
      { key: 'supplier_name', label: 'Supplier', kind: 'text' },
      { key: 'item', label: 'Item', kind: 'object', objectType: 'item' },
      { key: 'date', label: 'Received', kind: 'date' },
      { key: 'age', label: 'Age, days', kind: 'integer' },
      { key: 'received', label: 'Received quantity', kind: 'decimal', uomKey: 'unit', help: 'in base units, without what was reversed or returned' },
      { key: 'open', label: 'Not invoiced', kind: 'decimal', uomKey: 'unit', help: 'What is left of the line after the invoices on its order line, first in, first out' },
      { key: 'value', label: 'Value', kind: 'money', currencyKey: 'currency', help: 'At the order\'s price' },
      { key: 'facility', label: 'Facility', kind: 'facility' },
      { key: 'buyer', label: 'Buyer', kind: 'text', hidden: true },
      { key: 'supplier', label: 'Supplier id', kind: 'text', hidden: true },
      { key: 'band', label: 'Age band, days', kind: 'text', hidden: true },
      { key: 'flow', label: 'Flow type', kind: 'text', hidden: true },
      { key: 'time', label: 'Booked', kind: 'time', hidden: true },
    ],
  }),
  defineServerList({
    name: 'receipts.overDelivered',
    scope: 'receipts:read',
    input: z.object({}),
    list: receiptsNow.overDelivered,
    listFor: async (filters, ctx) => (await receiptsAt(ctx, filters)).queries.overDelivered,
    params: async (_, filters, ctx) => (await receiptsAt(ctx, filters)).params,
    columns: [
      { key: 'order_key', label: 'Order line', kind: 'object', objectType: 'order-line' },
      { key: 'supplier_name', label: 'Supplier', kind: 'text' },
      { key: 'item', label: 'Item', kind: 'object', objectType: 'item' },
      { key: 'ordered', label: 'Ordered', kind: 'decimal', uomKey: 'unit' },
      { key: 'received', label: 'Received', kind: 'decimal', uomKey: 'unit' },
      { key: 'over', label: 'Too much', kind: 'decimal', uomKey: 'unit' },
      { key: 'value', label: 'Value of it', kind: 'money', currencyKey: 'currency' },
      { key: 'date', label: 'Last receipt', kind: 'date' },
      { key: 'facility', label: 'Facility', kind: 'facility' },
    ],
  }),
  defineServerList({
    name: 'receipts.underDelivered',
    scope: 'receipts:read',
    input: z.object(narrower),
    list: underDelivered,
    params: (asked, { facilityList }) => ({ ...asked, facilities: facilityList }),
    columns: [
      { key: 'order_key', label: 'Order line', kind: 'object', objectType: 'order-line' },
      { key: 'supplier_name', label: 'Supplier', kind: 'text' },
      { key: 'item', label: 'Item', kind: 'object', objectType: 'item' },
      { key: 'ordered', label: 'Ordered', kind: 'decimal', uomKey: 'unit' },
      { key: 'received', label: 'Received', kind: 'decimal', uomKey: 'unit' },
      { key: 'short', label: 'Not come', kind: 'decimal', uomKey: 'unit' },
      { key: 'value', label: 'Value of it', kind: 'money', currencyKey: 'currency', help: 'At the order\'s price' },
      { key: 'invoiced', label: 'Invoiced', kind: 'decimal', uomKey: 'unit' },
      { key: 'ahead_value', label: 'Invoiced ahead', kind: 'money', currencyKey: 'currency', help: 'Invoiced and not received, at the order\'s price' },
      { key: 'facility', label: 'Facility', kind: 'facility' },
      { key: 'buyer', label: 'Buyer', kind: 'text', hidden: true },
      { key: 'supplier', label: 'Supplier id', kind: 'text', hidden: true },
    ],
  }),
  defineComputedList({
    name: 'receipts.accruals',
    scope: 'receipts:read',
    input: z.object({}),
    rows: (_, filters, ctx) => accrualMonths(ctx, filters),
    columns: [
      { key: 'month', label: 'Month', kind: 'text', help: 'Months of business dates' },
      { key: 'opening', label: 'Opening', kind: 'money', currencyKey: 'currency', help: 'Received and not invoiced at the end of the month before' },
      { key: 'added', label: 'Added', kind: 'money', currencyKey: 'currency', help: 'Receipts of the month at order price; what was reversed or returned is taken off its receipt' },
      { key: 'cleared', label: 'Cleared', kind: 'money', currencyKey: 'currency', help: 'Invoiced in the month of what was received, or received of what was invoiced before' },
      { key: 'closing', label: 'Closing', kind: 'money', currencyKey: 'currency', help: 'Opening + added − cleared' },
      { key: 'posted', label: 'Posted', kind: 'money', currencyKey: 'currency', help: 'Accrual postings of the month less those taken back in it' },
      { key: 'difference', label: 'Difference', kind: 'money', currencyKey: 'currency', help: 'Posted − added; over 0: more was posted than was received; under 0: receipts that no posting has accrued' },
      { key: 'currency', label: 'Currency', kind: 'text', hidden: true },
    ],
  }),
  defineServerList({
    name: 'receipts.accrualLines',
    scope: 'receipts:read',
    input: z.object({ ...month, part: z.enum(ACCRUAL_PARTS).default('closing') }),
    list: accrualLines,
    params: async (asked, filters, ctx) => {
      const { facilities, zones, zone } = await matchQuery(ctx, filters);
      return { ...asked, month: asked.month ?? lastDay(filters, zone), facilities, zones, zone };
    },
    columns: [
      { key: 'order_key', label: 'Order line', kind: 'object', objectType: 'order-line' },
      { key: 'supplier_name', label: 'Supplier', kind: 'text' },
      { key: 'item', label: 'Item', kind: 'object', objectType: 'item' },
      { key: 'opening', label: 'Opening', kind: 'money', currencyKey: 'currency' },
      { key: 'added', label: 'Added', kind: 'money', currencyKey: 'currency' },
      { key: 'cleared', label: 'Cleared', kind: 'money', currencyKey: 'currency' },
      { key: 'closing', label: 'Closing', kind: 'money', currencyKey: 'currency' },
      { key: 'facility', label: 'Facility', kind: 'facility' },
      { key: 'buyer', label: 'Buyer', kind: 'text', hidden: true },
    ],
  }),
  defineServerList({
    name: 'receipts.accrualPostings',
    scope: 'receipts:read',
    input: z.object(month),
    list: accrualPostings,
    params: async (asked, filters, ctx) => {
      const { facilities, zones, zone } = await matchQuery(ctx, filters);
      return { ...asked, month: asked.month ?? lastDay(filters, zone), facilities, zones, zone };
    },
    columns: [
      { key: 'object_id', label: 'Posting line', kind: 'object', objectType: 'posting' },
      { key: 'aspect', label: 'State', kind: 'state' },
      { key: 'booked', label: 'Amount', kind: 'money', currencyKey: 'currency', help: 'Under 0: taken back' },
      { key: 'date', label: 'Date', kind: 'date' },
      { key: 'ref_id', label: 'Settles', kind: 'object', objectTypeKey: 'ref_type' },
      { key: 'supplier_name', label: 'Supplier', kind: 'text' },
      { key: 'account', label: 'Account', kind: 'text' },
      { key: 'cost_centre', label: 'Cost centre', kind: 'text', hidden: true },
      { key: 'facility', label: 'Facility', kind: 'facility' },
      { key: 'time', label: 'Booked at', kind: 'time', hidden: true },
    ],
  }),
];
