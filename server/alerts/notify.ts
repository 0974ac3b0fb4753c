import { AckPolicy, jetstream, jetstreamManager, type JsMsg } from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';
import { ALERT_SUBJECTS as ALERTS, OPS_STREAM, subjectToken } from '@/ingest/contract/stream';
import { ALERT_SUBJECTS } from './states';

/** Where alerts are told. A channel that fails is tried again; an alert is never dropped. */
export interface Channel {
  readonly name: string;
  tell(notice: Notice): Promise<void>;
}

/** What is told: an incident began or ended. */
export interface Notice {
  /** The same for every try, so that a receiver can tell a repeat. */
  id: string;
  state: 'firing' | 'recovered';
  incident: string;
  opening: number;
  rule: string;
  severity: string;
  owner: string;
  facility: string;
  title: string;
  detail: string;
  at: string;
}

interface AlertEvent {
  id: string;
  type: string;
  time: string;
  data: { document: { id: string; revision?: number }; rule?: string; severity?: string; owner?: string; facility?: string; title?: string; detail?: string };
}

/** `alerts.<rule>.<facility>.<firing|recovered>` on NATS. */
export function natsChannel(nats: NatsConnection): Channel {
  return {
    name: 'nats',
    async tell(notice) {
      nats.publish(`${ALERTS}.${subjectToken(notice.rule)}.${subjectToken(notice.facility)}.${notice.state}`, JSON.stringify(notice));
      await nats.flush();
    },
  };
}

/** POST of the notice as JSON. `Idempotency-Key` is the same for every try of one notice. */
export function webhookChannel(url: string): Channel {
  return {
    name: 'webhook',
    async tell(notice) {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': notice.id },
        body: JSON.stringify(notice),
        signal: AbortSignal.timeout(10_000),
      });
      if (!answer.ok) throw new Error(`answered ${answer.status}`);
    },
  };
}

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 300_000;

/**
 * Tells each opening and recovery on the ops stream to a channel, in order, each until the channel took it. A durable
 * consumer per channel remembers how far that is: a restart goes on there, and one channel's outage holds no other.
 * Resolves when `stopped` aborts.
 */
export async function tellAlerts(nats: NatsConnection, channel: Channel, stopped: AbortSignal, log: (message: string) => void): Promise<void> {
  const manager = await jetstreamManager(nats);
  const durable = `throughline-alerts-${channel.name}`;
  await manager.consumers.add(OPS_STREAM, { durable_name: durable, ack_policy: AckPolicy.Explicit, ack_wait: nanos(60_000), max_ack_pending: 1, filter_subject: ALERT_SUBJECTS });
  const consumer = await jetstream(nats).consumers.get(OPS_STREAM, durable);
  while (!stopped.aborted) {
    const message = await consumer.next({ expires: 2_000 });
    if (message) await tell(message, channel, log);
  }
}

async function tell(message: JsMsg, channel: Channel, log: (message: string) => void): Promise<void> {
  const notice = noticeOf(message);
  if (!notice) return void message.ack();
  try {
    await channel.tell(notice);
    message.ack();
  } catch (error) {
    const wait = Math.min(FIRST_WAIT_MS * 2 ** (message.info.deliveryCount - 1), LONGEST_WAIT_MS);
    log(`${channel.name}: ${notice.title}: ${error instanceof Error ? error.message : String(error)}; trying again in ${Math.round(wait / 1000)} s`);
    message.nak(wait);
  }
}

/** Undefined for what is not told, such as an acknowledgement, and for what no reader could be told. */
function noticeOf(message: JsMsg): Notice | undefined {
  let event: AlertEvent;
  try {
    event = message.json<AlertEvent>();
  } catch {
    return undefined;
  }
  const action = event.type.split('.')[2];
  if (action !== 'opened' && action !== 'recovered') return undefined;
  const { document, rule = '', severity = '', owner = '', facility = '', title = '', detail = '' } = event.data;
  return { id: event.id, state: action === 'opened' ? 'firing' : 'recovered', incident: document.id, opening: document.revision ?? 0, rule, severity, owner, facility, title, detail, at: event.time };
}
