import { z } from 'zod';
import { invoiceLines } from '@/clickhouse/queries/invoices';
import { BLOCKED_VIEWS, blockedInvoices } from '@/clickhouse/queries/invoices-blocked';
import { contractPrices, offContract } from '@/clickhouse/queries/invoices-contracts';
import { supplierRows } from '../invoices/suppliers';
import { matchQuery } from '../match/params';
import { slaSettings } from '../rules/sla';
import { defineComputedList } from './computed';
import { defineServerList, type ServerList } from './registry';

const narrower = { supplier: z.string().max(200).default(''), item: z.string().max(200).default('') };

export const invoicesLists: ServerList[] = [
  defineServerList({
    name: 'invoices.lines',
    scope: 'invoices:read',
    input: z.object({ view: z.string().max(40).default('mismatch'), ...narrower, invoice: z.string().max(200).default('') }),
    list: invoiceLines,
    params: (asked, { from, to, facilityList }) => ({ ...asked, from, to, facilities: facilityList }),
    columns: [
      { key: 'verdict', label: 'Verdict', kind: 'state' },
      { key: 'cause', label: 'Likely cause', kind: 'text', wrap: true },
      { key: 'first_arithmetic', label: 'Arithmetic', kind: 'text', ellipsis: true, help: 'The arithmetic of the verdict; the rest of the findings are in the column All findings' },
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
      { key: 'erp_verdict', label: 'ERP says', kind: 'state', hidden: true, help: 'The ERP\'s own verdict, where it reports one' },
      { key: 'flow', label: 'Flow type', kind: 'text', hidden: true },
      { key: 'buyer', label: 'Buyer', kind: 'text', hidden: true },
      { key: 'facility', label: 'Facility', kind: 'facility' },
      { key: 'rule_version', label: 'Rules', kind: 'text', hidden: true },
      { key: 'other_rules', label: 'By other rules', kind: 'text', hidden: true, help: 'The verdict under each other version of the rules' },
      { key: 'time', label: 'Received at', kind: 'time', hidden: true },
    ],
  }),
  defineServerList({
    name: 'invoices.blocked',
    scope: 'invoices:read',
    input: z.object({ view: z.enum(BLOCKED_VIEWS).default('all') }),
    list: blockedInvoices,
    params: async ({ view }, filters, ctx) => {
      const { facilities, zones, zone } = await matchQuery(ctx, filters);
      return { view, facilities, zones, zone, now: new Date() };
    },
    columns: [
      { key: 'number', label: 'Invoice', kind: 'text' },
      { key: 'document_id', label: 'Document', kind: 'object', objectType: 'invoice' },
      { key: 'supplier_name', label: 'Supplier', kind: 'text' },
      { key: 'amount', label: 'Amount', kind: 'money', currencyKey: 'currency', help: 'What its lines bill, without tax' },
      { key: 'discount_days', label: 'Discount ends', kind: 'integer', help: 'Days from today to the last day of the discount; under 0 it is lost' },
      { key: 'due_days', label: 'Due', kind: 'integer', help: 'Days from today to the due date; under 0 it is overdue' },
      { key: 'reason', label: 'Blocked for', kind: 'text' },
      { key: 'verdicts', label: 'We find', kind: 'text', help: 'What its lines do not match by, or wait for' },
      { key: 'since', label: 'Blocked since', kind: 'time' },
      { key: 'discount_date', label: 'Discount until', kind: 'date' },
      { key: 'due_date', label: 'Due date', kind: 'date' },
      { key: 'facility', label: 'Facility', kind: 'facility' },
      { key: 'at_stake', label: 'At stake', kind: 'money', currencyKey: 'currency', hidden: true },
      { key: 'lines', label: 'Lines', kind: 'integer', hidden: true },
      { key: 'by_whom', label: 'Blocked by', kind: 'text', hidden: true, help: 'A human or a system' },
      { key: 'date', label: 'Invoice date', kind: 'date', hidden: true },
      { key: 'supplier', label: 'Supplier id', kind: 'text', hidden: true },
    ],
  }),
  defineComputedList({
    name: 'invoices.suppliers',
    scope: 'invoices:read',
    input: z.object({}),
    rows: (_, filters, ctx) => supplierRows(ctx, filters),
    columns: [
      { key: 'name', label: 'Supplier', kind: 'text' },
      { key: 'currency', label: 'In', kind: 'text', help: 'Currency of its invoices: each is scored by itself' },
      { key: 'lines', label: 'Lines', kind: 'integer', help: 'Invoice lines received in the range' },
      { key: 'perfect_share', label: 'Perfect invoices', kind: 'percent', help: 'Of the invoices on orders that could be judged, those of which every line matches' },
      { key: 'perfect_change', label: 'Against before', kind: 'percent', help: 'Share of perfect invoices less that of the span before, as long as the range' },
      { key: 'trend', label: 'By month', kind: 'text', help: 'Share of perfect invoices in each month; a month without an invoice is left out' },
      { key: 'mismatched', label: 'Mismatched', kind: 'integer', help: 'Lines that do not match' },
      { key: 'at_stake', label: 'Mismatch value', kind: 'money', currencyKey: 'currency', help: 'Money that the mismatches are about' },
      { key: 'price_variance', label: 'Price variance', kind: 'money', currencyKey: 'currency', help: 'Σ quantity × (invoiced price − order price)' },
      { key: 'quantity_variance', label: 'Quantity variance', kind: 'money', currencyKey: 'currency', help: 'Σ order price × (invoiced − received), of order lines on which more was invoiced than received, each once' },
      { key: 'duplicates', label: 'Duplicates', kind: 'integer' },
      { key: 'price_accuracy', label: 'At contract price', kind: 'percent', help: 'Of the lines on a contract with a price, those within tolerance of it' },
      { key: 'contract_lines', label: 'Contract lines', kind: 'integer', hidden: true },
      { key: 'invoices', label: 'Invoices', kind: 'integer', hidden: true },
      { key: 'decided', label: 'Invoices judged', kind: 'integer', hidden: true },
      { key: 'perfect', label: 'Perfect', kind: 'integer', hidden: true },
      { key: 'perfect_share_before', label: 'Perfect before', kind: 'percent', hidden: true },
      { key: 'lines_before', label: 'Lines before', kind: 'integer', hidden: true },
      { key: 'mismatched_before', label: 'Mismatched before', kind: 'integer', hidden: true },
      { key: 'at_stake_before', label: 'Mismatch value before', kind: 'money', currencyKey: 'currency', hidden: true },
      { key: 'at_stake_change', label: 'Mismatch value, change', kind: 'money', currencyKey: 'currency', hidden: true },
      { key: 'price_variance_before', label: 'Price variance before', kind: 'money', currencyKey: 'currency', hidden: true },
      { key: 'quantity_variance_before', label: 'Quantity variance before', kind: 'money', currencyKey: 'currency', hidden: true },
      { key: 'duplicates_before', label: 'Duplicates before', kind: 'integer', hidden: true },
      { key: 'value_unknown', label: 'Lines of unknown money', kind: 'integer', hidden: true },
      { key: 'supplier', label: 'Supplier id', kind: 'text', hidden: true },
    ],
  }),
  defineServerList({
    name: 'invoices.offContract',
    scope: 'invoices:read',
    input: z.object(narrower),
    list: offContract,
    params: async (asked, filters, ctx) => {
      const { from, to, facilities, zones, zone } = await matchQuery(ctx, filters);
      return { ...asked, from, to, facilities, zones, zone };
    },
    columns: [
      { key: 'object_id', label: 'Order line', kind: 'object', objectType: 'order-line' },
      { key: 'supplier_name', label: 'Bought from', kind: 'text' },
      { key: 'item', label: 'Item', kind: 'object', objectType: 'item' },
      { key: 'quantity', label: 'Quantity', kind: 'decimal', uomKey: 'uom' },
      { key: 'price', label: 'Price', kind: 'money', currencyKey: 'currency' },
      { key: 'contract_price', label: 'Contract price', kind: 'money', currencyKey: 'currency', help: 'Lowest of the contracts in force at the facility on the order\'s day, per the order\'s own unit' },
      { key: 'spend', label: 'Spend', kind: 'money', currencyKey: 'currency' },
      { key: 'over', label: 'Over the contract', kind: 'money', currencyKey: 'currency', help: 'Spend − quantity × contract price; under 0: cheaper than the contract' },
      { key: 'best_contract', label: 'Contract', kind: 'text' },
      { key: 'holder', label: 'Contract with', kind: 'text' },
      { key: 'date', label: 'Ordered', kind: 'date' },
      { key: 'facility', label: 'Facility', kind: 'facility' },
      { key: 'buyer', label: 'Buyer', kind: 'text' },
      { key: 'untold', label: 'Why it cannot be told', kind: 'text', hidden: true },
      { key: 'supplier', label: 'Supplier id', kind: 'text', hidden: true },
    ],
  }),
  defineServerList({
    name: 'invoices.contractPrices',
    scope: 'invoices:read',
    input: z.object({ ...narrower, view: z.enum(['off', 'all']).default('off') }),
    list: contractPrices,
    params: async (asked, filters, ctx) => {
      const { from, to, facilities, zones, zone } = await matchQuery(ctx, filters);
      return { ...asked, from, to, facilities, zones, zone, contract_tolerance: slaSettings().contractTolerancePercent };
    },
    columns: [
      { key: 'number', label: 'Invoice', kind: 'text' },
      { key: 'object_id', label: 'Invoice line', kind: 'object', objectType: 'invoice-line' },
      { key: 'supplier_name', label: 'Supplier', kind: 'text' },
      { key: 'item', label: 'Item', kind: 'object', objectType: 'item' },
      { key: 'contract', label: 'Contract', kind: 'text' },
      { key: 'quantity', label: 'Quantity', kind: 'decimal', uomKey: 'uom' },
      { key: 'price', label: 'Invoiced at', kind: 'money', currencyKey: 'currency' },
      { key: 'contract_price', label: 'Contract price', kind: 'money', currencyKey: 'currency', help: 'On the order\'s day' },
      { key: 'order_price', label: 'Order price', kind: 'money', currencyKey: 'currency' },
      { key: 'over', label: 'Over the contract', kind: 'money', currencyKey: 'currency', help: 'Quantity × (invoiced price − contract price); under 0: in the buyer\'s favour' },
      { key: 'date', label: 'Invoice date', kind: 'date' },
      { key: 'order_key', label: 'Order line', kind: 'object', objectType: 'order-line', hidden: true },
      { key: 'difference', label: 'Per unit', kind: 'money', currencyKey: 'currency', hidden: true },
      { key: 'facility', label: 'Facility', kind: 'facility' },
      { key: 'supplier', label: 'Supplier id', kind: 'text', hidden: true },
    ],
  }),
];
