import { workList } from '@/clickhouse/queries/exceptions-kept';
import { asOfRun, chosenInput, workParams } from '../exceptions/chosen';
import { EXCEPTION_KINDS, EXCEPTIONS } from '../rules/raci';
import { defineServerList, type ServerList } from './registry';

const LABELS = Object.fromEntries(EXCEPTION_KINDS.map((kind) => [kind, EXCEPTIONS[kind].label]));

export const exceptionsLists: ServerList[] = [
  defineServerList({
    name: 'exceptions.all',
    scope: 'exceptions:read',
    input: chosenInput,
    list: workList,
    params: async (chosen, filters, ctx) => ({ ...(await workParams(ctx, filters, chosen)), now: (await asOfRun(ctx.store)).now, labels: LABELS }),
    columns: [
      { key: 'severity', label: 'Severity', kind: 'state' },
      { key: 'state', label: 'State', kind: 'state', help: 'What people did about it; settled: the facts say no more that something is wrong' },
      { key: 'exception', label: 'Exception', kind: 'text' },
      { key: 'what', label: 'What', kind: 'text', wrap: true },
      { key: 'value', label: 'Money', kind: 'money', currencyKey: 'currency', help: 'What the exception concerns, in its own currency; unknown where nothing says a price' },
      { key: 'age_ms', label: 'Age', kind: 'duration', help: 'Since it became an exception; of a settled one until it was settled' },
      { key: 'owner', label: 'Owner', kind: 'text', help: 'Who acts on it, by the RACI table' },
      { key: 'assignee_name', label: 'Assignee', kind: 'text' },
      { key: 'object_id', label: 'Document', kind: 'object', objectTypeKey: 'object_type', help: 'Leads to its chain' },
      { key: 'facility', label: 'Facility', kind: 'facility' },
      { key: 'supplier', label: 'Supplier', kind: 'object', objectType: 'supplier' },
      { key: 'item', label: 'Item', kind: 'object', objectType: 'item', hidden: true },
      { key: 'since', label: 'Since', kind: 'time', hidden: true },
      { key: 'found_at', label: 'Found', kind: 'time', hidden: true, help: 'When it was first found here' },
      { key: 'settled_at', label: 'Settled', kind: 'time', hidden: true, help: 'When the facts had settled it' },
      { key: 'interface', label: 'Interface', kind: 'text', hidden: true },
      { key: 'currency', label: 'Currency', kind: 'text', hidden: true },
      { key: 'object_type', label: 'Kind of document', kind: 'text', hidden: true },
      { key: 'kind', label: 'Kind', kind: 'text', hidden: true },
      { key: 'reason', label: 'Reason code', kind: 'text', hidden: true },
      { key: 'key', label: 'Key', kind: 'text', hidden: true },
    ],
  }),
];
