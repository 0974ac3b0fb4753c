import { z } from 'zod';
import { objectEvents } from '@/clickhouse/queries/lineage';
import { CHAIN_STATES, STAGE_STATES, STAGES } from '@/clickhouse/queries/lineage-chains';
import { chainLists } from '@/clickhouse/queries/lineage-completeness';
import { FLOW_TYPES } from '../../ingest/contract/fields';
import { clocksAt } from '../lineage/completeness';
import { RACI_STAGES } from '../rules/raci';
import { raciFor } from '../rules/raci-table';
import { defineServerList, type ServerList } from './registry';

const stageState = z.string().regex(new RegExp(`^(${STAGE_STATES.join('|')})(,(${STAGE_STATES.join('|')}))*$`));

const chainInput = z.object({
  /** Only chains whose `stage` is in one of these states. */
  stage: z.enum(STAGES).optional(),
  state: stageState.optional(),
  chainState: z.enum(CHAIN_STATES).optional(),
  /** closed: those that completeness counts; unknown: closed, but nothing says what they require. */
  complete: z.enum(['yes', 'no', 'closed', 'unknown', 'open']).optional(),
  flow: z.enum([...FLOW_TYPES, 'unknown']).optional(),
  supplier: z.string().max(200).optional(),
  item: z.string().max(200).optional(),
  /** Stages in the order in which they came, as the page of the flow lists them. */
  path: z.string().max(200).optional(),
});

const NAMES = { all: 'lineage.chains', 'order-line': 'lineage.orders', usage: 'lineage.usages', 'requisition-line': 'lineage.requisitions' } as const;

const chains = (anchor: keyof typeof NAMES): ServerList =>
  defineServerList({
    name: NAMES[anchor],
    scope: 'lineage:read',
    input: chainInput,
    list: chainLists[anchor],
    params: async (input, { from, to, facilityList }, ctx) => ({
      ...(await clocksAt(ctx.store)),
      from, to, facilities: facilityList,
      stage: input.stage ?? '', state: input.state ?? (input.stage ? 'present' : ''), chain_state: input.chainState ?? '', complete: input.complete ?? '',
      flow: input.flow === undefined ? '' : input.flow === 'unknown' ? '=' : `=${input.flow}`,
      supplier: input.supplier ?? '', item: input.item ?? '', path: input.path ?? '',
      owned_stages: [...RACI_STAGES], owners: RACI_STAGES.map((name) => raciFor({ type: 'overdue-stage', stage: name }).responsible),
    }),
    columns: [
      { key: 'id', label: 'Chain of', kind: 'object', objectTypeKey: 'anchor' },
      { key: 'chain_state', label: 'State', kind: 'state', help: 'Posted, filled (a consignment fill, nothing to post), cancelled, overdue (closed with a stage missing) or open' },
      { key: 'gap', label: 'Gap', kind: 'state', help: 'The first thing missing: overdue before orphan before awaited before unknown' },
      { key: 'gap_stage', label: 'Missing', kind: 'text' },
      { key: 'gap_due', label: 'Due', kind: 'time' },
      { key: 'reached', label: 'Reached', kind: 'text', help: 'The furthest stage that is there' },
      { key: 'waiting_ms', label: 'Waiting', kind: 'duration', help: 'Since the last stage that came; of open and overdue chains' },
      { key: 'owner', label: 'Owner', kind: 'text', help: 'Who brings the stage that is missing' },
      { key: 'age_ms', label: 'Age', kind: 'duration', help: 'Since the first event of its documents' },
      { key: 'value', label: 'Value', kind: 'money', currencyKey: 'currency', help: 'Ordered quantity × price; unknown where either is missing' },
      { key: 'flow_type', label: 'Flow type', kind: 'text' },
      { key: 'supplier', label: 'Supplier', kind: 'text' },
      { key: 'item', label: 'Item', kind: 'text' },
      { key: 'quantity', label: 'Quantity', kind: 'decimal', uomKey: 'uom' },
      { key: 'facility', label: 'Facility', kind: 'facility' },
      { key: 'started_at', label: 'Began', kind: 'time' },
      { key: 'reached_at', label: 'Last stage at', kind: 'time', hidden: true },
      { key: 'usage', label: 'Usage', kind: 'state', hidden: true },
      { key: 'requisition', label: 'Requisition', kind: 'state', hidden: true },
      { key: 'order', label: 'Order', kind: 'state', hidden: true },
      { key: 'acknowledgement', label: 'Acknowledgement', kind: 'state', hidden: true },
      { key: 'receipt', label: 'Receipt', kind: 'state', hidden: true },
      { key: 'invoice', label: 'Invoice', kind: 'state', hidden: true },
      { key: 'posting', label: 'Posting', kind: 'state', hidden: true },
      { key: 'complete', label: 'Complete', kind: 'integer', hidden: true, help: '1 complete, 0 not; unknown where it is not closed or nothing says' },
    ],
  });

export const lineageLists: ServerList[] = [
  chains('all'),
  chains('order-line'),
  chains('usage'),
  chains('requisition-line'),
  defineServerList({
    name: 'lineage.objectEvents',
    scope: 'lineage:read',
    input: z.object({ type: z.string().min(1).max(60), id: z.string().min(1).max(500) }),
    list: objectEvents,
    params: (input, { from, to, facilityList }) => ({ ...input, from, to, facilities: facilityList }),
    columns: [
      { key: 'time', label: 'Time', kind: 'time' },
      { key: 'type', label: 'Event', kind: 'text' },
      { key: 'document_id', label: 'Document', kind: 'object', objectTypeKey: 'object_type' },
      { key: 'facility', label: 'Facility', kind: 'facility' },
      { key: 'source', label: 'From', kind: 'text' },
      { key: 'target', label: 'To', kind: 'text' },
      { key: 'outcome', label: 'Outcome', kind: 'state' },
      { key: 'attempt', label: 'Attempt', kind: 'integer' },
      { key: 'recorded_at', label: 'Recorded', kind: 'time', hidden: true },
      { key: 'id', label: 'Event id', kind: 'text', hidden: true },
    ],
  }),
];
