import { z } from 'zod';
import { latestEvents } from '@/clickhouse/queries/overview';
import { defineServerList, type ServerList } from './registry';

export const overviewLists: ServerList[] = [
  defineServerList({
    name: 'overview.events',
    scope: 'overview:read',
    input: z.object({}),
    list: latestEvents,
    params: (_input, { from, to, facilityList }) => ({ from, to, facilities: facilityList }),
    columns: [
      { key: 'time', label: 'Time', kind: 'time' },
      { key: 'type', label: 'Event', kind: 'text' },
      { key: 'document_id', label: 'Document', kind: 'object', objectTypeKey: 'object_type' },
      { key: 'facility', label: 'Facility', kind: 'facility' },
      { key: 'interface', label: 'Interface', kind: 'text', help: 'The integration flow it came over' },
      { key: 'outcome', label: 'Outcome', kind: 'state' },
      { key: 'latency_ms', label: 'Latency', kind: 'duration' },
      { key: 'quantity', label: 'Quantity', kind: 'decimal', uomKey: 'uom' },
      { key: 'amount', label: 'Amount', kind: 'money', currencyKey: 'currency' },
    ],
  }),
];
