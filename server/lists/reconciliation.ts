import { z } from 'zod';
import { reconciliationKeys, reconciliationWindows } from '@/clickhouse/queries/reconciliation';
import { daysOf, isGap, windowParams } from '../reconciliation/close';
import { defineComputedList } from './computed';
import { defineServerList, type ServerList } from './registry';

const choice = { interface: z.string().max(100).default('') };
const SIDES = [
  { key: 'interface', label: 'Interface', kind: 'text' },
  { key: 'source', label: 'Source', kind: 'text', hidden: true },
  { key: 'target', label: 'Target', kind: 'text' },
  { key: 'facility', label: 'Facility', kind: 'facility' },
] as const;

export const reconciliationLists: ServerList[] = [
  defineServerList({
    name: 'reconciliation.windows',
    scope: 'reconciliation:read',
    input: z.object({ ...choice, view: z.enum(['', 'gaps', 'agrees', 'open', 'settled', 'silent', 'awaited', 'log']).default('') }),
    list: reconciliationWindows,
    params: ({ view, ...own }, filters) => ({ ...windowParams(filters, own.interface), view }),
    columns: [
      { key: 'state', label: 'State', kind: 'state', help: 'Settled: all that was missing has been handed over since. Silent: one end has not reported in time' },
      { key: 'what', label: 'What differs', kind: 'text' },
      ...SIDES,
      { key: 'window_from', label: 'Window from', kind: 'time' },
      { key: 'window_to', label: 'to', kind: 'time', hidden: true },
      { key: 's_count', label: 'Sent', kind: 'integer', help: 'Documents that the source counted' },
      { key: 't_count', label: 'Received', kind: 'integer', help: 'Documents that the target counted' },
      { key: 'log_sent', label: 'In the log', kind: 'integer', help: 'Documents whose hand-over began in the window, as recorded here' },
      { key: 'log_arrived', label: 'Handed over', kind: 'integer', help: 'Of these, handed over by now', hidden: true },
      { key: 's_value', label: 'Value sent', kind: 'money', currencyKey: 'currency' },
      { key: 't_value', label: 'Value received', kind: 'money', currencyKey: 'currency' },
      { key: 'gap_value', label: 'Money of it', kind: 'money', currencyKey: 'currency', help: 'The keys that differ where they say a value, else the difference of the totals' },
      { key: 'since', label: 'Since', kind: 'time', help: 'When both ends had reported, or one should have' },
      { key: 'settled_at', label: 'Settled', kind: 'time', hidden: true },
      { key: 's_statuses', label: 'Source by status', kind: 'text', hidden: true },
      { key: 't_statuses', label: 'Target by status', kind: 'text', hidden: true },
      { key: 'missing_keys', label: 'Missing keys', kind: 'integer', hidden: true },
      { key: 'extra_keys', label: 'Extra keys', kind: 'integer', hidden: true },
      { key: 'other_keys', label: 'Keys that say otherwise', kind: 'integer', hidden: true },
      { key: 'currency', label: 'Currency', kind: 'text', hidden: true },
    ],
  }),
  defineServerList({
    name: 'reconciliation.keys',
    scope: 'reconciliation:read',
    input: z.object({ ...choice, window: z.string().max(500).default(''), kind: z.enum(['', 'missing', 'extra', 'value', 'status', 'unseen', 'unreported']).default(''), view: z.enum(['', 'open', 'settled', 'noted']).default('') }),
    list: reconciliationKeys,
    params: ({ window, kind, view, ...own }, filters) => ({ ...windowParams(filters, own.interface), window, kind, view }),
    columns: [
      { key: 'kind', label: 'What', kind: 'state', help: 'Missing in the target, extra there, at another value or in another status; against the log: not seen there, or not reported by the source' },
      { key: 'key', label: 'Document', kind: 'object', objectTypeKey: 'object_type', help: 'Leads to its chain' },
      { key: 'state', label: 'State', kind: 'state' },
      ...SIDES,
      { key: 's_value', label: 'Value at source', kind: 'money', currencyKey: 'currency' },
      { key: 't_value', label: 'Value at target', kind: 'money', currencyKey: 'currency' },
      { key: 's_status', label: 'Status at source', kind: 'text', hidden: true },
      { key: 't_status', label: 'Status at target', kind: 'text', hidden: true },
      { key: 'handed_over', label: 'Handed over before', kind: 'integer', help: '1: by the log it had been handed over before the target said that it is missing', hidden: true },
      { key: 'since', label: 'Since', kind: 'time' },
      { key: 'later_at', label: 'Handed over since', kind: 'time', hidden: true },
      { key: 'window_from', label: 'Window from', kind: 'time' },
      { key: 'object_type', label: 'Kind of document', kind: 'text', hidden: true },
      { key: 'currency', label: 'Currency', kind: 'text', hidden: true },
    ],
  }),
  defineComputedList({
    name: 'reconciliation.days',
    scope: 'reconciliation:read',
    input: z.object({ view: z.enum(['', 'to_sign', 'changed', 'signed']).default('') }),
    rows: async ({ view }, filters, ctx) => (await daysOf(ctx, filters)).map((one) => ({
      day: one.day, facility: one.facility, zone: one.zone, from: one.from.toISOString(), to: one.to.toISOString(), state: !one.ended ? 'under way' : one.signatures.length === 0 ? 'to sign' : one.changes.length > 0 ? 'changed' : 'signed',
      windows: one.windows.length, open: one.windows.filter(isGap).length, settled: one.windows.filter((row) => row.state === 'settled').length,
      signed_by: one.signatures[0]?.by ?? null, signed_at: one.signatures[0]?.at ?? null, signed_open: one.signatures[0]?.openGaps ?? null, changes: one.signatures.length > 0 ? one.changes.length : null, comment: one.signatures[0]?.comment ?? '',
    })).filter((row) => view === '' || (view === 'to_sign' ? row.state === 'to sign' : view === 'signed' ? row.signed_at !== null : row.state === 'changed')),
    columns: [
      { key: 'day', label: 'Day', kind: 'date', help: 'In the zone of the facility' },
      { key: 'facility', label: 'Facility', kind: 'facility' },
      { key: 'state', label: 'State', kind: 'state' },
      { key: 'windows', label: 'Windows', kind: 'integer' },
      { key: 'open', label: 'Open gaps', kind: 'integer' },
      { key: 'settled', label: 'Settled', kind: 'integer', help: 'Windows that differed, and of which all that was missing has been handed over since' },
      { key: 'signed_by', label: 'Signed by', kind: 'text' },
      { key: 'signed_at', label: 'Signed', kind: 'time', zoneKey: 'zone' },
      { key: 'signed_open', label: 'Open at signing', kind: 'integer' },
      { key: 'changes', label: 'Changed since', kind: 'integer', help: 'Windows that stand otherwise now than when the day was signed' },
      { key: 'comment', label: 'Comment', kind: 'text', hidden: true, wrap: true },
      { key: 'zone', label: 'Zone', kind: 'text', hidden: true },
    ],
  }),
];
