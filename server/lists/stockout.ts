import { z } from 'zod';
import { stockoutLines } from '@/clickhouse/queries/stockout-kept';
import { defineServerList, type ServerList } from './registry';

export const STOCKOUT_STATES = ['out', 'high', 'watch', 'low', 'unknown'] as const;

export const stockoutLists: ServerList[] = [
  defineServerList({
    name: 'stockout.lines',
    scope: 'stockout:read',
    input: z.object({ state: z.enum(STOCKOUT_STATES).optional(), location: z.string().max(200).optional(), item: z.string().max(200).optional() }),
    list: stockoutLines,
    params: ({ state = '', location = '', item = '' }, { facilityList }) => ({ facilities: facilityList, state, location, item }),
    columns: [
      { key: 'state', label: 'Risk', kind: 'state' },
      { key: 'item', label: 'Item', kind: 'object', objectType: 'item' },
      { key: 'name', label: 'Name', kind: 'text', ellipsis: true },
      { key: 'location', label: 'Location', kind: 'object', objectType: 'location' },
      { key: 'usable', label: 'Usable', kind: 'decimal', uomKey: 'uom', help: 'On hand, without what is reserved, expired or recalled' },
      { key: 'daily_demand', label: 'Daily demand', kind: 'decimal', help: 'Over known days that were not stocked out' },
      { key: 'days_of_supply', label: 'Days of supply', kind: 'decimal', help: 'Usable ÷ daily demand; none where there is no demand' },
      { key: 'risk', label: 'Risk', kind: 'percent', help: 'Probability of reaching zero within the horizon: p90 lead time plus review period' },
      { key: 'horizon_days', label: 'Horizon, days', kind: 'integer' },
      { key: 'risk_7', label: '7 days', kind: 'percent' },
      { key: 'risk_14', label: '14 days', kind: 'percent', hidden: true },
      { key: 'risk_30', label: '30 days', kind: 'percent' },
      { key: 'risk_low', label: 'Risk, low', kind: 'percent', hidden: true, help: 'Lower end of the 90 % interval' },
      { key: 'risk_high', label: 'Risk, high', kind: 'percent', hidden: true },
      { key: 'runs_out_on', label: 'Runs out', kind: 'date', help: 'Median of the draws that run out within 60 days' },
      { key: 'open', label: 'On its way', kind: 'decimal', uomKey: 'uom' },
      { key: 'to_order', label: 'Would fix it', kind: 'decimal', uomKey: 'uom', help: 'Units that, arriving now, bring the risk under the acceptable one' },
      { key: 'clinical_weight', label: 'Clinical weight', kind: 'decimal' },
      { key: 'substitute_cover', label: 'Substitute cover', kind: 'percent', hidden: true },
      { key: 'rank', label: 'Rank', kind: 'decimal', hidden: true, help: 'risk × clinical weight × (1 − substitute cover)' },
      { key: 'confidence', label: 'Confidence', kind: 'state' },
      { key: 'doubts', label: 'Why', kind: 'text', hidden: true },
      { key: 'pattern', label: 'Demand pattern', kind: 'text', hidden: true },
      { key: 'known_at', label: 'Last report', kind: 'time', hidden: true },
      { key: 'category', label: 'Category', kind: 'text', hidden: true },
      { key: 'facility', label: 'Facility', kind: 'text' },
    ],
  }),
];
