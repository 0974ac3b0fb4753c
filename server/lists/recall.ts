import { z } from 'zod';
import { recallInput } from '../recall/ask';
import { noticesOf, recallOf, type RecallRow } from '../recall/recall';
import { defineComputedList } from './computed';
import type { ServerList } from './registry';

interface NoticeRow {
  id: string;
  state: string;
  item: string;
  gtin: string;
  lot: string;
  facility: string;
  opened_at: string;
  closed_at: string | null;
}

export const recallLists: ServerList[] = [
  defineComputedList({
    name: 'recall.lines',
    scope: 'recall:read',
    input: recallInput,
    rows: async (asked, { facilityList }, ctx): Promise<RecallRow[]> => (asked.item.trim() || asked.lot.trim() ? (await recallOf(ctx.store, asked, facilityList)).rows : []),
    columns: [
      { key: 'happened', label: 'What', kind: 'state' },
      { key: 'facility', label: 'Facility', kind: 'facility' },
      { key: 'location', label: 'Location', kind: 'object', objectType: 'location' },
      { key: 'line_id', label: 'Document line', kind: 'object', objectTypeKey: 'line_type', help: 'Opens its chain; what is on hand opens its location' },
      { key: 'quantity', label: 'Quantity', kind: 'decimal', uomKey: 'uom' },
      { key: 'case_token', label: 'Case', kind: 'object', objectType: 'case', help: 'A token: the case system knows the patient' },
      { key: 'time', label: 'When', kind: 'time' },
      { key: 'lot', label: 'Lot', kind: 'object', objectType: 'lot' },
      { key: 'expiry', label: 'Expiry', kind: 'date' },
      { key: 'serial', label: 'Serial', kind: 'text', help: 'A token: the serial itself is kept nowhere' },
      { key: 'supplier', label: 'Supplier', kind: 'text' },
      { key: 'from_location', label: 'From', kind: 'text', hidden: true },
      { key: 'item', label: 'Item', kind: 'object', objectType: 'item', hidden: true },
      { key: 'gtin', label: 'GTIN', kind: 'text', hidden: true },
      { key: 'status', label: 'Stock status', kind: 'text', hidden: true },
      { key: 'implant', label: 'Implant', kind: 'integer', hidden: true },
      { key: 'known_by', label: 'Known by', kind: 'text', help: 'Stated: by all that was asked for. GTIN: the item is not named. Lot only: nothing else says so, it may be of another item. Taken back: it reverses such a line.' },
      { key: 'note', label: 'Note', kind: 'text', hidden: true },
      { key: 'line_type', label: 'Kind of line', kind: 'text', hidden: true },
    ],
  }),
  defineComputedList({
    name: 'recall.notices',
    scope: 'recall:read',
    input: z.object({}),
    rows: async (_, { facilityList }, ctx): Promise<NoticeRow[]> =>
      (await noticesOf(ctx.store, facilityList))
        .map((notice) => ({ id: notice.id, state: notice.closedAt === null ? 'open' : 'closed', item: notice.item, gtin: notice.gtin, lot: notice.lot, facility: notice.facility, opened_at: notice.openedAt, closed_at: notice.closedAt }))
        .sort((a, b) => Number(b.state === 'open') - Number(a.state === 'open')),
    columns: [
      { key: 'id', label: 'Recall', kind: 'object', objectType: 'recall' },
      { key: 'state', label: 'State', kind: 'state' },
      { key: 'item', label: 'Item', kind: 'object', objectType: 'item' },
      { key: 'lot', label: 'Lot', kind: 'object', objectType: 'lot' },
      { key: 'gtin', label: 'GTIN', kind: 'text', hidden: true },
      { key: 'facility', label: 'Facility', kind: 'facility' },
      { key: 'opened_at', label: 'Opened', kind: 'time' },
      { key: 'closed_at', label: 'Closed', kind: 'time' },
    ],
  }),
];
