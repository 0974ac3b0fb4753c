import { z } from 'zod';
import { AGE_BANDS, unmatchedReceipts } from '@/clickhouse/queries/receipts';
import { matchQuery } from '../match/params';
import { defineServerList, type ServerList } from './registry';

export const receiptsLists: ServerList[] = [
  defineServerList({
    name: 'receipts.unmatched',
    scope: 'receipts:read',
    input: z.object({ band: z.enum(AGE_BANDS).optional(), supplier: z.string().max(200).default(''), state: z.enum(['', 'not-invoiced', 'no-order']).default('') }),
    list: unmatchedReceipts,
    params: async ({ band, supplier, state }, filters, ctx) => ({ ...(await matchQuery(ctx, filters)), band: band ?? '', supplier, state }),
    columns: [
      { key: 'object_id', label: 'Receipt line', kind: 'object', objectType: 'receipt-line' },
      { key: 'state', label: 'State', kind: 'state', help: 'No order: the receipt names no order, or one that never came' },
      { key: 'order_key', label: 'Order line', kind: 'object', objectType: 'order-line' },
      { key: 'supplier_name', label: 'Supplier', kind: 'text' },
      { key: 'item', label: 'Item', kind: 'object', objectType: 'item' },
      { key: 'date', label: 'Received', kind: 'date' },
      { key: 'age', label: 'Age, days', kind: 'integer' },
      { key: 'received', label: 'Received quantity', kind: 'decimal', uomKey: 'received_uom' },
      { key: 'open_quantity', label: 'Not invoiced', kind: 'decimal', uomKey: 'uom', help: 'What is left of the line after the invoices on its order line, first in, first out' },
      { key: 'value', label: 'Value', kind: 'money', currencyKey: 'currency', help: 'At the order\'s price' },
      { key: 'facility', label: 'Facility', kind: 'text' },
      { key: 'buyer', label: 'Buyer', kind: 'text', hidden: true },
      { key: 'supplier', label: 'Supplier id', kind: 'text', hidden: true },
      { key: 'band', label: 'Age band', kind: 'text', hidden: true },
      { key: 'flow', label: 'Flow type', kind: 'text', hidden: true },
      { key: 'time', label: 'Booked', kind: 'time', hidden: true },
    ],
  }),
];
