import { z } from 'zod';
import { incidents } from '@/clickhouse/queries/alerts';
import { defineServerList, type ServerList } from './registry';

export const alertsLists: ServerList[] = [
  defineServerList({
    name: 'alerts.incidents',
    scope: 'alerts:read',
    input: z.object({ state: z.enum(['', 'firing', 'acknowledged', 'recovered']).default(''), rule: z.string().max(100).default('') }),
    list: incidents,
    params: (asked, { from, facilityList }) => ({ ...asked, from, to: new Date(), facilities: facilityList }),
    columns: [
      { key: 'state', label: 'State', kind: 'state' },
      { key: 'severity', label: 'Severity', kind: 'state' },
      { key: 'title', label: 'What', kind: 'text' },
      { key: 'owner', label: 'Owner', kind: 'text' },
      { key: 'subject_id', label: 'About', kind: 'object', objectTypeKey: 'subject_type' },
      { key: 'opened_at', label: 'Since', kind: 'time' },
      { key: 'lasted_ms', label: 'Lasted', kind: 'duration' },
      { key: 'recovered_at', label: 'Recovered', kind: 'time' },
      { key: 'taken_by', label: 'Taken on by', kind: 'text' },
      { key: 'detail', label: 'Detail', kind: 'text', ellipsis: true },
      { key: 'rule', label: 'Rule', kind: 'text', hidden: true },
      { key: 'facility', label: 'Facility', kind: 'text' },
      { key: 'acknowledged_at', label: 'Acknowledged', kind: 'time', hidden: true },
      { key: 'incident', label: 'Incident', kind: 'text', hidden: true },
      { key: 'opening', label: 'Opening', kind: 'integer', hidden: true },
    ],
  }),
];
