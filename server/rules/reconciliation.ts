import { z } from 'zod';
import { loadRules } from './load';

/** Rules of the reconciliation of interfaces: section `reconciliation` of the rules file. */
export const reconciliationRules = z.strictObject({
  dueHours: z.number().int().min(0).max(720).default(12).meta({ title: 'Hours after the end of a window within which both ends are to report', description: 'An end that has not reported by then is silent' }),
  statuses: z.record(z.string().min(1).max(100), z.string().min(1).max(100)).default({
    sent: 'done', received: 'done', created: 'done', accepted: 'done', completed: 'done', succeeded: 'done', posted: 'done', processed: 'done', ok: 'done', confirmed: 'done',
    failed: 'failed', rejected: 'failed', error: 'failed', errored: 'failed', dead_lettered: 'failed', pending: 'pending', queued: 'pending', retrying: 'pending', open: 'pending',
  }).meta({ title: 'What the systems\' own status words mean', description: 'Counts by status are compared by meaning; a word that is not named means itself' }),
});
export type ReconciliationSettings = z.output<typeof reconciliationRules>;

export function reconciliationSettings(): ReconciliationSettings {
  return loadRules('reconciliation', reconciliationRules.prefault({}));
}
