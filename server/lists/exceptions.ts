import { z } from 'zod';
import { chosenRows } from '../exceptions/board';
import { currentExceptions } from '../exceptions/current';
import { EXCEPTION_KINDS, PARTIES } from '../rules/raci';
import { defineComputedList } from './computed';
import type { ServerList } from './registry';

export const exceptionsLists: ServerList[] = [
  defineComputedList({
    name: 'exceptions.all',
    scope: 'exceptions:read',
    input: z.object({ kind: z.enum(EXCEPTION_KINDS).optional(), owner: z.enum(PARTIES).optional() }),
    rows: async (chosen, filters, ctx) => chosenRows((await currentExceptions(ctx, filters)).rows, chosen),
    columns: [
      { key: 'severity', label: 'Severity', kind: 'state' },
      { key: 'exception', label: 'Exception', kind: 'text' },
      { key: 'what', label: 'What', kind: 'text', wrap: true },
      { key: 'object_id', label: 'Document', kind: 'object', objectTypeKey: 'object_type', help: 'Leads to its chain' },
      { key: 'value', label: 'Money', kind: 'money', currencyKey: 'currency', help: 'What the exception concerns, in its own currency; unknown where nothing says a price' },
      { key: 'age_ms', label: 'Age', kind: 'duration', help: 'Since it became an exception' },
      { key: 'owner', label: 'Owner', kind: 'text', help: 'Who acts on it, by the RACI table' },
      { key: 'facility', label: 'Facility', kind: 'facility' },
      { key: 'supplier', label: 'Supplier', kind: 'object', objectType: 'supplier' },
      { key: 'item', label: 'Item', kind: 'object', objectType: 'item', hidden: true },
      { key: 'since', label: 'Since', kind: 'time' },
      { key: 'currency', label: 'Currency', kind: 'text', hidden: true },
      { key: 'object_type', label: 'Kind of document', kind: 'text', hidden: true },
      { key: 'kind', label: 'Kind', kind: 'text', hidden: true },
      { key: 'reason', label: 'Reason code', kind: 'text', hidden: true },
    ],
  }),
];
