import { z } from 'zod';
import { itemsOnDay, QUALITY_KINDS, qualityLines, qualityProblems } from '@/clickhouse/queries/quality';
import { lookFor } from '../quality/look';
import { QUALITY, stewardOf } from '../rules/quality';
import { defineComputedList } from './computed';
import { defineServerList, type ServerList } from './registry';

const kind = z.enum(['', ...QUALITY_KINDS]).default('');
const DAY = z.iso.date();
/** Problems of one question: names that nobody knows are few beside the documents. */
const MOST_PROBLEMS = 10_000;

export const qualityLists: ServerList[] = [
  defineComputedList({
    name: 'quality.problems',
    scope: 'quality:read',
    input: z.object({ kind }),
    rows: async (asked, filters, ctx) => {
      const { params, duplicates } = await lookFor(ctx.store, { from: filters.from, to: filters.to, facilities: filters.facilityList }, asked.kind);
      const names = new Map(duplicates.map(({ ids, names: own }) => [ids.join(' + '), own.join(' = ')]));
      const rows = [];
      for await (const row of qualityProblems.stream(ctx.store, params)) {
        if (rows.length >= MOST_PROBLEMS) break;
        const known = QUALITY_KINDS.find((one) => one === row.kind);
        rows.push({ ...row, label: known ? QUALITY[known].label : row.kind, steward: known ? stewardOf(known) : '', detail: names.get(row.record) ?? '', of_lines: row.lines - row.unpriced });
      }
      return rows.sort((a, b) => b.failures - a.failures || b.lines - a.lines || a.kind.localeCompare(b.kind) || a.record.localeCompare(b.record));
    },
    columns: [
      { key: 'label', label: 'Problem', kind: 'text' },
      { key: 'record', label: 'Record', kind: 'object', objectTypeKey: 'about_type', help: 'What documents name; the lines that do are below' },
      { key: 'lines', label: 'Lines', kind: 'integer', help: 'Document lines of the range that name it' },
      { key: 'value', label: 'Money', kind: 'money', currencyKey: 'currency', help: 'Of these lines, each order line once, in its own currency; unknown where no line says any' },
      { key: 'unpriced', label: 'Lines without money', kind: 'integer', hidden: true },
      { key: 'failures', label: 'Failures', kind: 'integer', help: 'Lines on which it causes a finding of the match, or whose document does not come through' },
      { key: 'brings', label: 'Findings', kind: 'text' },
      { key: 'steward', label: 'Steward', kind: 'text', help: 'Who puts it right; section quality of the rules file' },
      { key: 'facility', label: 'Facility', kind: 'facility', help: 'None: several, or no document names it' },
      { key: 'since', label: 'First seen', kind: 'time', help: 'Within the range' },
      { key: 'last', label: 'Last seen', kind: 'time', hidden: true },
      { key: 'documents', label: 'Documents', kind: 'integer', hidden: true },
      { key: 'detail', label: 'Names', kind: 'text', hidden: true },
      { key: 'kind', label: 'Kind', kind: 'text', hidden: true },
      { key: 'currency', label: 'Currency', kind: 'text', hidden: true },
      { key: 'about_type', label: 'Kind of record', kind: 'text', hidden: true },
    ],
  }),
  defineServerList({
    name: 'quality.lines',
    scope: 'quality:read',
    input: z.object({ kind, record: z.string().max(500).default(''), failing: z.boolean().default(false) }),
    list: qualityLines,
    params: async (asked, filters, ctx) => {
      const { params } = await lookFor(ctx.store, { from: filters.from, to: filters.to, facilities: filters.facilityList }, asked.kind);
      return { ...params, record: asked.record, failing: asked.failing ? (1 as const) : (0 as const) };
    },
    columns: [
      { key: 'object_id', label: 'Line', kind: 'object', objectTypeKey: 'line_type', help: 'Leads to its chain' },
      { key: 'kind', label: 'Problem', kind: 'text' },
      { key: 'record', label: 'Record', kind: 'text' },
      { key: 'failure', label: 'Failure', kind: 'text', help: 'Finding of the match, or the error that its document does not come through with' },
      { key: 'value', label: 'Money', kind: 'money', currencyKey: 'currency' },
      { key: 'facility', label: 'Facility', kind: 'facility' },
      { key: 'item', label: 'Item', kind: 'object', objectType: 'item' },
      { key: 'supplier', label: 'Supplier', kind: 'object', objectType: 'supplier' },
      { key: 'time', label: 'When', kind: 'time' },
      { key: 'line_type', label: 'Kind of line', kind: 'text', hidden: true },
      { key: 'currency', label: 'Currency', kind: 'text', hidden: true },
    ],
  }),
  defineServerList({
    name: 'quality.items',
    scope: 'quality:read',
    input: z.object({ on: DAY.default(() => new Date().toISOString().slice(0, 10)), text: z.string().max(200).default('') }),
    list: itemsOnDay,
    params: (asked) => asked,
    columns: [
      { key: 'item', label: 'Item', kind: 'object', objectType: 'item' },
      { key: 'name', label: 'Name', kind: 'text' },
      { key: 'category', label: 'Category', kind: 'text' },
      { key: 'base_uom', label: 'Base unit', kind: 'text' },
      { key: 'packs', label: 'Packs', kind: 'text', help: 'How many base units each holds' },
      { key: 'gtin', label: 'GTIN', kind: 'text' },
      { key: 'supplier', label: 'Supplier', kind: 'object', objectType: 'supplier' },
      { key: 'valid_from', label: 'Valid from', kind: 'date' },
      { key: 'next_change', label: 'Changes on', kind: 'date', help: 'Valid-from of the version after the day chosen' },
      { key: 'version', label: 'Version', kind: 'integer' },
      { key: 'versions', label: 'Versions in all', kind: 'integer', hidden: true },
      { key: 'clinical_weight', label: 'Clinical weight', kind: 'decimal', hidden: true },
      { key: 'substitutes', label: 'Substitutes', kind: 'text', hidden: true },
    ],
  }),
];
