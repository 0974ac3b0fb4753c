import type { Viewer } from '../auth/viewer';
import { refusal } from '../trpc/errors';
import { natsConnection, publishOps, type OpsAction } from './publish';

/** What somebody did that is not for the log's sake but for the auditor's: recorded before it is done, or not done. */

async function audit(action: OpsAction, otherwise: string): Promise<void> {
  try {
    await publishOps(await natsConnection(), action);
  } catch (error) {
    throw refusal('source_down', `The audit record cannot be written right now, so ${otherwise}.`, error);
  }
}

/**
 * Somebody is about to see what a message held.
 * @param document the event's key, or `stream:sequence:part` of a dead letter
 * @throws source_down when the record cannot be written
 */
export function auditOpening(viewer: Viewer, document: string, facility: string): Promise<void> {
  return audit(
    { type: 'ops.payload.opened.v1', data: { document: { id: document }, ...(facility ? { facility } : {}), actor: { kind: 'human', id: viewer.id } } },
    'the payload stays shut',
  );
}

/** An administrator is about to add or change a person. */
export function auditUserChange(viewer: Viewer, person: { id: string; role: string; disabled: boolean }): Promise<void> {
  return audit(
    { type: 'ops.user.changed.v1', data: { document: { id: person.id }, role: person.role, disabled: person.disabled, actor: { kind: 'human', id: viewer.id } } },
    'nothing was changed',
  );
}
