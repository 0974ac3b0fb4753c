import { z } from 'zod';
import { invoiceLines } from '@/clickhouse/queries/invoices';
import { defineServerList, type ServerList } from './registry';

export const invoicesLists: ServerList[] = [
  defineServerList({
    name: 'invoices.lines',
    scope: 'invoices:read',
    input: z.object({ view: z.string().max(40).default('mismatch'), supplier: z.string().max(200).default(''), item: z.string().max(200).default(''), invoice: z.string().max(200).default('') }),
    list: invoiceLines,
    params: (asked, { from, to, facilityList }) => ({ ...asked, from, to, facilities: facilityList }),
    columns: [
      { key: 'verdict', label: 'Verdict', kind: 'state' },
      { key: 'first_arithmetic', label: 'Why', kind: 'text', ellipsis: true, help: 'The arithmetic of the verdict; the rest of the findings are in the column All findings' },
      { key: 'number', label: 'Invoice', kind: 'text' },
      { key: 'object_id', label: 'Invoice line', kind: 'object', objectType: 'invoice-line' },
      { key: 'order_key', label: 'Order line', kind: 'object', objectType: 'order-line' },
      { key: 'supplier_name', label: 'Supplier', kind: 'text' },
      { key: 'item', label: 'Item', kind: 'object', objectType: 'item' },
      { key: 'quantity', label: 'Invoiced', kind: 'decimal', uomKey: 'uom' },
      { key: 'price', label: 'Price', kind: 'money', currencyKey: 'currency' },
      { key: 'order_price', label: 'Order price', kind: 'money', currencyKey: 'currency', help: 'per the order\'s own unit' },
      { key: 'at_stake', label: 'At stake', kind: 'money', currencyKey: 'currency', help: 'Money that the mismatch is about' },
      { key: 'price_variance', label: 'Price variance', kind: 'money', currencyKey: 'currency', hidden: true, help: 'quantity × (invoiced price − order price)' },
      { key: 'quantity_variance', label: 'Quantity variance', kind: 'money', currencyKey: 'currency', hidden: true, help: 'order price × (invoiced − received), of the order line' },
      { key: 'billed', label: 'Billed', kind: 'money', currencyKey: 'currency', hidden: true },
      { key: 'ordered', label: 'Ordered', kind: 'decimal', hidden: true, help: 'of the order line, in base units' },
      { key: 'received', label: 'Received', kind: 'decimal', hidden: true },
      { key: 'invoiced', label: 'Invoiced in all', kind: 'decimal', hidden: true },
      { key: 'date', label: 'Invoice date', kind: 'date' },
      { key: 'due_date', label: 'Due', kind: 'date', hidden: true },
      { key: 'discount_date', label: 'Discount until', kind: 'date', hidden: true },
      { key: 'all_findings', label: 'All findings', kind: 'text', hidden: true },
      { key: 'erp_verdict', label: 'ERP says', kind: 'text', hidden: true, help: 'The ERP\'s own verdict, where it reports one' },
      { key: 'flow', label: 'Flow type', kind: 'text', hidden: true },
      { key: 'buyer', label: 'Buyer', kind: 'text', hidden: true },
      { key: 'facility', label: 'Facility', kind: 'text' },
      { key: 'rule_version', label: 'Rules', kind: 'text', hidden: true },
      { key: 'other_rules', label: 'By other rules', kind: 'text', hidden: true, help: 'The verdict under each other version of the rules' },
      { key: 'time', label: 'Received at', kind: 'time', hidden: true },
    ],
  }),
];
