import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager, type JsMsg } from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';
import { OPS_STREAM, subjectOf } from '@/ingest/contract/stream';
import type { IncidentState } from './incident';

export const ALERT_SUBJECTS = 'ops.alert.>';

interface AlertMessage {
  type: string;
  data: { document: { id: string; revision?: number }; facility?: string; rule?: string; title?: string };
}

/**
 * Where every incident stands, read from the ops stream itself (the last message of each incident's subject) and not
 * from the store, so that a restart neither repeats an opening nor forgets one, however late the store is.
 */
export async function incidentStates(nats: NatsConnection): Promise<Map<string, IncidentState>> {
  const manager = await jetstreamManager(nats);
  const info = await manager.consumers.add(OPS_STREAM, {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.LastPerSubject,
    filter_subject: ALERT_SUBJECTS,
    inactive_threshold: nanos(30_000),
    mem_storage: true,
  });
  const consumer = await jetstream(nats).consumers.get(OPS_STREAM, info.name);
  const states = new Map<string, IncidentState>();
  try {
    for (let left = info.num_pending; left > 0; ) {
      const messages = await consumer.fetch({ max_messages: Math.min(left, 1000), expires: 5_000 });
      let got = 0;
      for await (const message of messages) {
        got++;
        apply(states, message);
      }
      if (got === 0) break;
      left -= got;
    }
  } finally {
    await manager.consumers.delete(OPS_STREAM, info.name).catch(() => false);
  }
  return states;
}

/** Where one incident stands; undefined where nothing was ever said of it. */
export async function incidentState(nats: NatsConnection, incident: string): Promise<IncidentState | undefined> {
  const manager = await jetstreamManager(nats);
  const message = await manager.streams.getMessage(OPS_STREAM, { last_by_subj: subjectOf({ type: 'ops.alert.opened.v1', data: { document: { id: incident } } }) });
  if (!message) return undefined;
  const states = new Map<string, IncidentState>();
  apply(states, message);
  return states.get(incident);
}

function apply(states: Map<string, IncidentState>, message: Pick<JsMsg, 'seq' | 'json'>): void {
  const { type, data } = message.json<AlertMessage>();
  states.set(data.document.id, {
    // An acknowledgement says that somebody took it on: it is as open as it was.
    open: type !== 'ops.alert.recovered.v1',
    acknowledged: type === 'ops.alert.acknowledged.v1',
    revision: data.document.revision ?? 0,
    sequence: message.seq,
    facility: data.facility ?? '',
    rule: data.rule ?? data.document.id.split(':')[0] ?? '',
    title: data.title ?? '',
  });
}
