import { z } from 'zod';
import { throughputEvents, throughputInterfaces } from '@/clickhouse/queries/throughput';
import { defineServerList, type ServerList } from './registry';

const text = z.string().max(200).default('');

export const throughputLists: ServerList[] = [
  defineServerList({
    name: 'throughput.interfaces',
    scope: 'throughput:read',
    input: z.object({}),
    list: throughputInterfaces,
    params: (_, { from, to, facilityList }) => ({ from, to, facilities: facilityList }),
    columns: [
      { key: 'interface', label: 'Interface', kind: 'text' },
      { key: 'target', label: 'Target', kind: 'text' },
      { key: 'pattern', label: 'Pattern', kind: 'text' },
      { key: 'handovers', label: 'Hand-overs', kind: 'integer', help: 'Messages, each counted once with all its attempts' },
      { key: 'availability', label: 'Succeeded', kind: 'percent', help: 'Succeeded ÷ hand-overs that ended; those still being tried are left out' },
      { key: 'failed', label: 'Failed', kind: 'integer', help: 'No attempt succeeded' },
      { key: 'in_progress', label: 'Being tried', kind: 'integer' },
      { key: 'attempts', label: 'Attempts', kind: 'integer' },
      { key: 'p50', label: 'p50', kind: 'duration', help: 'Latency of the last attempt, median' },
      { key: 'p95', label: 'p95', kind: 'duration' },
      { key: 'p99', label: 'p99', kind: 'duration' },
      { key: 'last_event', label: 'Last event', kind: 'time' },
    ],
  }),
  defineServerList({
    name: 'throughput.events',
    scope: 'throughput:read',
    input: z.object({ interface: text, target: text, type: text, outcome: text }),
    list: throughputEvents,
    params: (asked, { from, to, facilityList }) => ({ ...asked, from, to, facilities: facilityList }),
    columns: [
      { key: 'time', label: 'Time', kind: 'time' },
      { key: 'type', label: 'Type', kind: 'text' },
      { key: 'document_id', label: 'Document', kind: 'object', objectTypeKey: 'object_type' },
      { key: 'interface', label: 'Interface', kind: 'text' },
      { key: 'source', label: 'From', kind: 'text' },
      { key: 'target', label: 'To', kind: 'text' },
      { key: 'outcome', label: 'Outcome', kind: 'state' },
      { key: 'attempt', label: 'Attempt', kind: 'integer' },
      { key: 'latency_ms', label: 'Latency', kind: 'duration' },
      { key: 'error_code', label: 'Error', kind: 'text' },
      { key: 'facility', label: 'Facility', kind: 'text' },
      { key: 'recorded_at', label: 'Recorded', kind: 'time', hidden: true },
      { key: 'id', label: 'Event id', kind: 'text', hidden: true },
      { key: 'event_key', label: 'Event key', kind: 'text', hidden: true },
      { key: 'flag', label: 'Finding', kind: 'text', hidden: true, help: 'IDENTITY_CONFLICT: different bytes arrived under one id; both are kept' },
    ],
  }),
];
