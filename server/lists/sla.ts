import { z } from 'zod';
import { slaLines } from '@/clickhouse/queries/sla';
import { SLA_FIGURES, slaSettings, type SlaFigureRule } from '../rules/sla';
import { slaParams, targetMs } from '../sla/report';
import { defineServerList, type ServerList } from './registry';

/** The lines behind each SLA figure: `sla.<key>`. */
const linesOf = (rule: SlaFigureRule): ServerList =>
  defineServerList({
    name: `sla.${rule.key}`,
    scope: 'sla:read',
    input: z.object({}),
    list: slaLines[rule.key],
    params: async (_, filters, ctx) => {
      const settings = slaSettings();
      return { ...(await slaParams(ctx, filters, settings)), target_ms: targetMs(rule.key, settings) };
    },
    columns: [
      { key: 'result', label: 'Result', kind: 'state', help: rule.kind === 'duration' ? 'Whether this line was within the target' : 'Whether this line counts in favour of the figure' },
      { key: 'object_id', label: 'Line', kind: 'object', objectTypeKey: 'object_type' },
      { key: 'note', label: 'What was found', kind: 'text', wrap: true },
      ...(rule.kind === 'duration' ? [{ key: 'measure', label: 'Time taken', kind: 'duration' } as const] : []),
      ...(rule.key === 'interface-availability' ? [{ key: 'measure', label: 'Latency', kind: 'duration' } as const] : []),
      ...(rule.money
        ? ([
            { key: 'counted', label: rule.kind === 'accuracy' ? 'Difference' : 'On contract', kind: 'money', currencyKey: 'currency' },
            { key: 'due', label: rule.kind === 'accuracy' ? 'Should be' : 'Spend', kind: 'money', currencyKey: 'currency' },
          ] as const)
        : []),
      { key: 'at', label: 'When', kind: 'time', help: 'When it falls into the range' },
      { key: 'facility', label: 'Facility', kind: 'facility' },
    ],
  });

export const slaLists: ServerList[] = SLA_FIGURES.map(linesOf);
