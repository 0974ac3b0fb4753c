import { z } from 'zod';
import { event } from './define';
import { businessDate, businessKey, code, data, document, instant, text } from './fields';

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

/** What a person did about an exception. Each event says the state that it led to, so that the last one says all. */
const exception = data({
  document: document.meta({ description: 'The exception: its id is kind and object, its revision counts what was done about it' }),
  kind: code, state: z.enum(['open', 'acknowledged', 'assigned', 'resolved', 'reopened']).meta({ description: 'Where the exception stands after this' }),
  assignee: code.optional().meta({ description: 'The person who works on it after this, as a pseudonym' }), comment: text.optional(),
  facts: code.optional().meta({ description: 'Hash of the facts that it was done about: others reopen what was resolved' }),
  occurrence: z.number().int().min(1).optional().meta({ description: 'How often the exception had come up by then' }),
  batch: code.optional().meta({ description: 'The same for everything that was done at once' }),
});
const mismatch = {
  document: { id: 'invoice-mismatch:IN-77/1', revision: 1 }, facility: 'ST-ANNA', kind: 'invoice-mismatch', facts: '9c1f8a0d47b6e9f6', occurrence: 1, actor: { kind: 'human', id: 'u-2' },
} as const;
const acted = (action: string, summary: string, example: Pick<z.input<typeof exception>, 'state' | 'assignee' | 'comment'> & { document?: { id: string; revision: number } }) =>
  event(`ops.exception.${action}.v1`, summary, exception, { ...mismatch, ...example });

export const opsEvents = [
  event('ops.alert.opened.v1', 'An incident began', data(alert), { ...incident, since: '2026-03-02T14:00:00Z', figures: { daysOfSupply: '1.8' } }),
  event('ops.alert.recovered.v1', 'An incident ended', data(alert), { ...incident }),
  event('ops.alert.acknowledged.v1', 'Somebody took an incident on', data({ ...alert, rule: code.optional(), comment: text.optional() }), { document: { id: incident.document.id, revision: 1 }, facility: 'ST-ANNA', comment: 'calling the supplier', actor: { kind: 'human', id: 'u-2' } }),
  acted('acknowledged', 'Somebody has seen an exception and takes it on', { state: 'acknowledged' }),
  acted('assigned', 'An exception was given to a person', { state: 'assigned', assignee: 'u-3', document: { id: mismatch.document.id, revision: 2 } }),
  acted('commented', 'Somebody wrote about an exception', { state: 'assigned', assignee: 'u-3', comment: 'the supplier sends a credit', document: { id: mismatch.document.id, revision: 3 } }),
  acted('resolved', 'Somebody says that an exception is dealt with', { state: 'resolved', assignee: 'u-3', comment: 'credited', document: { id: mismatch.document.id, revision: 4 } }),
  acted('reopened', 'Somebody says that an exception is not dealt with after all', { state: 'reopened', document: { id: mismatch.document.id, revision: 5 } }),
  event('ops.payload.opened.v1', 'Somebody opened the payload of an event', data({ document: document.meta({ description: 'The event whose payload was opened' }) }), { document: { id: '8c7c1f5e-0d47-4b6e-9f68-0d0a3a6f4f11' }, actor: { kind: 'human', id: 'u-2' } }),
  event('ops.deadletter.retaken.v1', 'Somebody had a dead letter taken in again', data({
    document: document.meta({ description: 'The dead letter, as stream:sequence:part' }), letter, reason: code.optional(),
    events: z.number().int().min(0).meta({ description: 'Events that it gave; each counts once however often the letter is taken in' }),
    superseded: z.number().int().min(0).optional().meta({ description: 'Events left out because one of the same source and id was recorded since' }),
  }), { document: { id: 'EVENTS:1842:0' }, letter: { stream: 'EVENTS', sequence: 1842, part: 0, recordedAt: '2026-03-02T14:00:00.250Z' }, reason: 'MAPPING_FAILED', events: 1, actor: { kind: 'human', id: 'u-2' } }),
  event('ops.reconciliation.closed.v1', 'Somebody signed the reconciliation of a facility\'s day', data({
    document: document.meta({ description: 'Facility and day, as facility:YYYY-MM-DD; its revision counts signatures' }), day: businessDate, zone: code, window: z.looseObject({ from: instant, to: instant }),
    openGaps: z.number().int().min(0).meta({ description: 'Gaps that were open at signing' }), comment: z.string().max(2000).optional(),
    standings: z.array(z.looseObject({ key: text, state: code, figures: text })).max(2000).meta({ description: 'How each window of the day stood when it was signed' }),
  }), {
    document: { id: 'ST-ANNA:2026-03-02', revision: 1 }, facility: 'ST-ANNA', day: '2026-03-02', zone: 'America/Chicago', window: { from: '2026-03-02T06:00:00Z', to: '2026-03-03T06:00:00Z' }, openGaps: 1, comment: 'PO-450017 is being sent again',
    standings: [{ key: 'procurement-to-erp procurement erp 2026-03-02 06:00:00.000 2026-03-03 06:00:00.000', state: 'open', figures: '118 of 119; 81233.10 of 82001.10 USD' }], actor: { kind: 'human', id: 'u-2' },
  }),
  event('ops.user.changed.v1', 'An administrator added or changed a person', data({ document: document.meta({ description: 'The person' }), role: code.optional(), disabled: z.boolean().optional() }), { document: { id: 'u-2' }, role: 'engineer', disabled: false, actor: { kind: 'human', id: 'u-1' } }),
];
