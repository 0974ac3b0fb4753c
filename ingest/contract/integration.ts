import { z } from 'zod';
import { event } from './define';
import { amount, businessKey, code, data, instant, text } from './fields';

const message = z.looseObject({ source: code, id: businessKey, type: code.optional() }).meta({ description: 'The message meant' });
const window = z.looseObject({ from: instant, to: instant });

const counted = z
  .looseObject({ key: businessKey, status: code.optional(), value: amount.optional() })
  .meta({ description: 'One document that was counted: its key, and its status and value where they are known' });

const head = { interface: 'procurement-to-erp', pattern: 'api', target: 'erp', facility: 'ST-ANNA', attempt: 1 } as const;
const failure = { outcome: 'failed', error: { class: 'timeout', code: 'HTTP_504', message: 'No answer within 30 s', retryable: true } } as const;
const meant = { message: { source: 'procurement', id: '9c1f8a', type: 'procurement.order.created.v1' } };
const about = (name: string, summary: string, example: object) =>
  event(`integration.message.${name}.v1`, summary, data({ message, reason: text.optional() }), { ...head, ...meant, ...example });

export const integrationEvents = [
  event('integration.call.completed.v1', 'A call between systems ended well', data({ message: message.optional() }), { ...head, outcome: 'succeeded', latencyMs: 220 }),
  event('integration.call.failed.v1', 'A call between systems failed', data({ message: message.optional() }), { ...head, ...failure, latencyMs: 30000 }),
  about('failed', 'A message could not be handed over', failure),
  about('retried', 'A message is tried again', { outcome: 'retrying', attempt: 2, error: failure.error }),
  about('replayed', 'A message was replayed by hand', { outcome: 'succeeded', reason: 'after maintenance' }),
  about('deadlettered', 'A message was given up', { outcome: 'dead_lettered', attempt: 5, error: { ...failure.error, retryable: false } }),
  event('integration.maintenance.announced.v1', 'Systems or interfaces will be down in a window',
    data({ window, systems: z.array(code).max(200).optional(), interfaces: z.array(code).max(200).optional(), reason: text.optional() }),
    { facility: 'ST-ANNA', window: { from: '2026-03-07T22:00:00-06:00', to: '2026-03-08T02:00:00-06:00' }, systems: ['erp'], reason: 'ERP upgrade' }),
  event('reconciliation.totals.reported.v1', 'What a system counted for an interface in a window',
    data({
      system: code,
      side: z.enum(['source', 'target']).optional().meta({ description: 'Whether the system sends over the interface or receives; told by the log where left out' }),
      counterpart: code.optional().meta({ description: 'The system at the other end, where the interface has several' }),
      window, count: z.number().int().min(0), value: amount.optional(), currency: z.string().regex(/^[A-Z]{3}$/).optional(),
      byStatus: z.record(z.string(), z.number().int().min(0)).optional(), keys: z.array(businessKey).max(20000).optional().meta({ description: 'The documents that were counted' }),
      records: z.array(counted).max(20000).optional().meta({ description: 'In place of keys: the documents with the status and value of each' }),
    }),
    { interface: 'procurement-to-erp', facility: 'ST-ANNA', system: 'erp', side: 'target', counterpart: 'procurement', window: { from: '2026-03-02T00:00:00-06:00', to: '2026-03-03T00:00:00-06:00' }, count: 118, value: '81233.10', currency: 'USD', byStatus: { created: 117, failed: 1 } }),
];
