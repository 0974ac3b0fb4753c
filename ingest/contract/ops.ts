import { z } from 'zod';
import { event } from './define';
import { businessKey, code, data, document, instant, text } from './fields';

/**
 * What people and the product itself did here. These travel on `ops.>` in a stream of their own, where only the
 * product's account may publish, so that the audit trail is a log like any other.
 */
const alert = {
  document: document.meta({ description: 'The incident: its id is rule and subject, its revision counts openings' }),
  rule: code, severity: z.enum(['page', 'ticket', 'notice']).optional(), owner: code.optional(), title: text.optional(), detail: z.string().max(4000).optional(),
  subject: z.looseObject({ type: code, id: businessKey }).optional(), since: instant.optional(), figures: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
};
const incident = {
  document: { id: 'stockout-risk:ST-ANNA:OR-3:ITM-00412', revision: 1 }, facility: 'ST-ANNA', rule: 'stockout-risk', severity: 'page', owner: 'supply chain',
  title: 'ITM-00412 runs out at OR-3 in 2 days', actor: { kind: 'system' },
} as const;
const letter = z
  .looseObject({
    stream: code.meta({ description: 'Stream that the message stood on' }),
    sequence: z.number().int().min(0).meta({ description: 'Its sequence there' }),
    part: z.number().int().min(0).meta({ description: 'Which of the events that a mapping makes of the message' }),
    recordedAt: instant.meta({ description: 'When the dead letter was recorded' }),
    consumer: z.string().max(300).optional().meta({ description: 'The consumer that gave up on the message, where one did' }),
  })
  .meta({ description: 'Where the dead letter stands: stream, sequence, part, when it was recorded, and the consumer where one gave up on it' });

export const opsEvents = [
  event('ops.alert.opened.v1', 'An incident began', data(alert), { ...incident, since: '2026-03-02T14:00:00Z', figures: { daysOfSupply: '1.8' } }),
  event('ops.alert.recovered.v1', 'An incident ended', data(alert), { ...incident }),
  event('ops.alert.acknowledged.v1', 'Somebody took an incident on', data({ ...alert, rule: code.optional(), comment: text.optional() }), { document: { id: incident.document.id, revision: 1 }, facility: 'ST-ANNA', comment: 'calling the supplier', actor: { kind: 'human', id: 'u-2' } }),
  event('ops.payload.opened.v1', 'Somebody opened the payload of an event', data({ document: document.meta({ description: 'The event whose payload was opened' }) }), { document: { id: '8c7c1f5e-0d47-4b6e-9f68-0d0a3a6f4f11' }, actor: { kind: 'human', id: 'u-2' } }),
  event('ops.deadletter.retaken.v1', 'Somebody had a dead letter taken in again', data({
    document: document.meta({ description: 'The dead letter, as stream:sequence:part' }), letter, reason: code.optional(),
    events: z.number().int().min(0).meta({ description: 'Events that it gave; each counts once however often the letter is taken in' }),
    superseded: z.number().int().min(0).optional().meta({ description: 'Events left out because one of the same source and id was recorded since' }),
  }), { document: { id: 'EVENTS:1842:0' }, letter: { stream: 'EVENTS', sequence: 1842, part: 0, recordedAt: '2026-03-02T14:00:00.250Z' }, reason: 'MAPPING_FAILED', events: 1, actor: { kind: 'human', id: 'u-2' } }),
  event('ops.user.changed.v1', 'An administrator added or changed a person', data({ document: document.meta({ description: 'The person' }), role: code.optional(), disabled: z.boolean().optional() }), { document: { id: 'u-2' }, role: 'engineer', disabled: false, actor: { kind: 'human', id: 'u-1' } }),
];
