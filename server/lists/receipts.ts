import { z } from 'zod';
import { AGE_BANDS, receiptsNow } from '@/clickhouse/queries/receipts';
import { matchQuery, receiptQueries } from '../match/params';
import { defineServerList, type ServerList } from './registry';

export const receiptsLists: ServerList[] = [
  defineServerList({
    name: 'receipts.unmatched',
    scope: 'receipts:read',
    input: z.object({ view: z.enum(['open', 'no_order']).default('open'), band: z.enum(AGE_BANDS).optional(), supplier: z.string().max(200).default('') }),
    list: receiptsNow.unmatched,
    listFor: async (filters, ctx) => (await receiptQueries(ctx, filters)).unmatched,
    params: async ({ view, band, supplier }, filters, ctx) => ({ ...(await matchQuery(ctx, filters)), view, band: band ?? '', supplier }),
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
      { key: 'facility', label: 'Facility', kind: 'text' },
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
    listFor: async (filters, ctx) => (await receiptQueries(ctx, filters)).overDelivered,
    params: (_, filters, ctx) => matchQuery(ctx, filters),
    columns: [
      { key: 'order_key', label: 'Order line', kind: 'object', objectType: 'order-line' },
      { key: 'supplier_name', label: 'Supplier', kind: 'text' },
      { key: 'item', label: 'Item', kind: 'object', objectType: 'item' },
      { key: 'ordered', label: 'Ordered', kind: 'decimal', uomKey: 'unit' },
      { key: 'received', label: 'Received', kind: 'decimal', uomKey: 'unit' },
      { key: 'over', label: 'Too much', kind: 'decimal', uomKey: 'unit' },
      { key: 'value', label: 'Value of it', kind: 'money', currencyKey: 'currency' },
      { key: 'date', label: 'Last receipt', kind: 'date' },
      { key: 'facility', label: 'Facility', kind: 'text' },
    ],
  }),
];
