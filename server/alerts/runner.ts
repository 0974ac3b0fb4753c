import type { NatsConnection } from '@nats-io/transport-node';
import { ActedBefore, publishOps } from '../ops/publish';
import { ALERT_RULES, type AlertRule } from '../rules/alerts';
import { raciFor } from '../rules/raci-table';
import { transitions, type Transition } from './incident';
import { RULES, type Occasion } from './rules';
import { incidentStates } from './states';

/**
 * Looks at every rule once and publishes what has changed. Each message is guarded by the incident's last sequence,
 * so two runners, or a runner and a person, cannot say the same thing twice. A rule that cannot be judged (the store
 * is down, a query fails) changes nothing: an outage is no recovery.
 *
 * @returns how many openings and recoveries were published
 */
export async function lookOnce(nats: NatsConnection, occasion: Occasion, log: (message: string) => void): Promise<{ opened: number; recovered: number; failed: AlertRule[] }> {
  const states = await incidentStates(nats);
  let opened = 0;
  let recovered = 0;
  const failed: AlertRule[] = [];
  for (const name of ALERT_RULES) {
    let changes: Transition[];
    try {
      changes = transitions(name, await RULES[name](occasion), states);
    } catch (error) {
      failed.push(name);
      log(`${name} could not be judged: ${error instanceof Error ? error.message : String(error)}`);
      continue;
    }
    for (const change of changes) {
      try {
        await say(nats, change, occasion.at);
        if (change.kind === 'open') opened++;
        else recovered++;
      } catch (error) {
        // Somebody said it already; the next look sees where it stands.
        if (!(error instanceof ActedBefore)) throw error;
      }
    }
  }
  return { opened, recovered, failed };
}

async function say(nats: NatsConnection, change: Transition, at: Date): Promise<void> {
  const actor = { kind: 'system' };
  if (change.kind === 'open') {
    const { finding, state } = change;
    const revision = (state?.revision ?? 0) + 1;
    await publishOps(nats, {
      type: 'ops.alert.opened.v1', expectedSequence: state?.sequence ?? 0, id: `${finding.key}#${revision}-opened`,
      data: {
        document: { id: finding.key, revision }, rule: finding.rule, severity: finding.severity, owner: ownerOf(finding.rule, finding.facility, finding.key), title: finding.title, detail: finding.detail,
        subject: finding.subject, since: at.toISOString(), figures: finding.figures, actor, ...(finding.facility ? { facility: finding.facility } : {}),
      },
    }, at);
    return;
  }
  const { key, state } = change;
  await publishOps(nats, {
    type: 'ops.alert.recovered.v1', expectedSequence: state.sequence, id: `${key}#${state.revision}-recovered`,
    data: { document: { id: key, revision: state.revision }, rule: state.rule, owner: ownerOf(state.rule, state.facility, key), title: state.title || key, actor, ...(state.facility ? { facility: state.facility } : {}) },
  }, at);
}

/** The responsible party by the RACI table: whom an incident is told. */
function ownerOf(rule: string, facility: string, key: string): string {
  const type = ALERT_RULES.find((each) => each === rule);
  if (!type) return 'integration support';
  // An interface's incident is named after it.
  const over = type === 'silent-interface' ? key.slice(type.length + 1) : undefined;
  return raciFor({ type, facility: facility || undefined, interface: over }).responsible;
}
