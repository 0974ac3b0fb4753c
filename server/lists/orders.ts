import { z } from 'zod';
import { openOrderLines, ORDER_FLAGS } from '@/clickhouse/queries/orders';
import { orderClocks } from '../orders/clocks';
import { defineServerList, type ServerList } from './registry';

/** Narrows open order lines; empty: every one. */
export const orderChoice = {
  supplier: z.string().max(200).default(''), buyer: z.string().max(100).default(''), item: z.string().max(200).default(''), flow: z.string().max(50).default(''),
};

export const ordersLists: ServerList[] = [
  defineServerList({
    name: 'orders.lines',
    scope: 'orders:read',
    input: z.object({ ...orderChoice, view: z.enum(['', ...ORDER_FLAGS]).default('') }),
    list: openOrderLines,
    params: async (asked, { facilityList }, ctx) => ({ ...asked, facilities: facilityList, ...(await orderClocks(ctx.store)) }),
    columns: [
      { key: 'order_key', label: 'Order line', kind: 'object', objectType: 'order-line', help: 'Leads to its chain' },
      { key: 'what', label: 'What is said of it', kind: 'text' },
      { key: 'value', label: 'Value open', kind: 'money', currencyKey: 'currency', help: 'What has not come, at the order\'s price' },
      { key: 'promised', label: 'Promised', kind: 'date', help: 'By the acknowledgement, else by the order' },
      { key: 'need_by', label: 'Need by', kind: 'date', help: 'The earliest day by which a requisition behind it needs the goods' },
      { key: 'slip', label: 'Days after need', kind: 'integer', help: 'Promised less need-by; under 0 it comes before it is needed' },
      { key: 'age', label: 'Age, days', kind: 'integer', help: 'Since it was ordered' },
      { key: 'supplier_name', label: 'Supplier', kind: 'text' },
      { key: 'item', label: 'Item', kind: 'object', objectType: 'item' },
      { key: 'missing', label: 'Not come', kind: 'decimal', uomKey: 'unit', help: 'Not received (on flows without a receipt: not invoiced), in base units' },
      { key: 'ordered', label: 'Ordered', kind: 'decimal', uomKey: 'unit' },
      { key: 'code', label: '855 code', kind: 'text', help: 'Answer of the supplier that is in force: IA accepted, IB backordered, BP partial, IP price, IQ quantity, IR rejected, IS substituted, DR rescheduled, ID deleted, IH hold' },
      { key: 'acknowledgement', label: 'Acknowledgement', kind: 'state', help: 'None: no answer has come, and this supplier sends none' },
      { key: 'facility', label: 'Facility', kind: 'facility' },
      { key: 'buyer', label: 'Buyer', kind: 'text' },
      { key: 'flow', label: 'Flow type', kind: 'text' },
      { key: 'came', label: 'Come', kind: 'decimal', uomKey: 'unit', hidden: true },
      { key: 'ordered_at', label: 'Ordered at', kind: 'time', hidden: true },
      { key: 'answered_at', label: 'Answered', kind: 'time', hidden: true },
      { key: 'answer_due', label: 'Answer due', kind: 'time', hidden: true },
      { key: 'agreed_for', label: 'Promised when ordered', kind: 'date', hidden: true },
      { key: 'supplier', label: 'Supplier id', kind: 'text', hidden: true },
      { key: 'currency', label: 'Currency', kind: 'text', hidden: true },
    ],
  }),
];
