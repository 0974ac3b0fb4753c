import type { NatsConnection } from '@nats-io/transport-node';
import { jetstreamManager } from '@nats-io/jetstream';
import { z } from 'zod';
import { StoreError } from '@/clickhouse/client';
import { EXCEPTION_STATES, workItem, type ExceptionState } from '@/clickhouse/queries/exceptions-kept';
import { OPS_STREAM, subjectOf } from '@/ingest/contract/stream';
import { mayAt, namesOfPeople, people } from '../auth/people';
import { ActedBefore, natsConnection, publishOps, readable } from '../ops/publish';
import { refusal } from '../trpc/errors';
import type { SignedIn } from '../trpc/init';
import { asOfRun } from './chosen';
import { after, ACTIONS, EVENT_OF, FROM, type ActedState, type Action } from './states';

/**
 * What a person does about an exception: an event on the ops stream, guarded by the last sequence of the exception's
 * subject, so that of two people at once the second is told what the first did. The list shows the projection of it.
 */

export const actInput = z
  .object({
    action: z.enum(ACTIONS),
    /** `assign`: who; empty: nobody. */
    assignee: z.string().max(200).optional(),
    comment: z.string().trim().max(500).optional(),
  })
  .superRefine(({ action, assignee, comment }, context) => {
    if (action === 'assign' && assignee === undefined) context.addIssue({ code: 'custom', path: ['assignee'], message: 'Say to whom.' });
    if (action === 'comment' && !comment) context.addIssue({ code: 'custom', path: ['comment'], message: 'A comment says something.' });
  });
export type Act = z.output<typeof actInput>;

/** What an action needs to know of where an exception stands. */
export interface Standing {
  key: string;
  kind: string;
  facility: string;
  state: string;
  assignee: string;
  facts: string;
  occurrence: number;
  revision: number;
  acted_state: string;
  acted_facts: string;
  acted_occurrence: number;
}

export const stateOf = (name: string): ExceptionState => EXCEPTION_STATES.find((state) => state === name) ?? 'open';

/** The event that an action is; null where it cannot be taken from where the exception stands. */
export function eventOf(standing: Standing, act: Act, actor: string, guard: { revision: number; sequence: number }, batch?: string) {
  const { key, kind, facility } = standing;
  const next = act.action === 'comment' ? kept(standing) : moved(standing, act);
  if (!next) return null;
  return {
    type: `ops.exception.${EVENT_OF[act.action]}.v1`,
    expectedSequence: guard.sequence,
    data: {
      document: { id: key, revision: guard.revision + 1 }, kind, ...(facility ? { facility } : {}), ...next, ...(act.comment ? { comment: act.comment } : {}), ...(batch ? { batch } : {}),
      actor: { kind: 'human', id: actor },
    },
  };
}

function moved({ state, assignee, facts, occurrence }: Standing, { action, assignee: to }: Act) {
  if (action === 'comment') return null;
  const next = after({ state: stateOf(state), assignee }, action, to);
  return next && { state: next.state, ...(next.assignee ? { assignee: next.assignee } : {}), facts, occurrence };
}

/** A comment says again what was done last, about the facts of then. */
function kept({ acted_state, assignee, facts, acted_facts, occurrence, acted_occurrence }: Standing) {
  const state: ActedState | 'open' = acted_state === '' || acted_state === 'settled' ? 'open' : (stateOf(acted_state) as ActedState);
  return { state, ...(assignee ? { assignee } : {}), facts: acted_facts || facts, occurrence: acted_occurrence || occurrence };
}

/** One exception as this person may see it. @throws not_found, not_allowed */
export async function exceptionOf(ctx: SignedIn, key: string) {
  const { now } = await asOfRun(ctx.store);
  const [row] = await workItem(ctx.store, { key, now, people: { ...(await namesOfPeople(ctx.store)), [ctx.viewer.id]: ctx.viewer.name } });
  if (!row) throw refusal('not_found', 'There is no such exception.');
  const own = ctx.viewer.facilities;
  const everywhere = row.facility === '' && row.kind === 'dead-letter';
  if (own !== null && !everywhere && !own.includes(row.facility)) throw refusal('not_allowed', 'This exception is of a facility that is not assigned to you.');
  return row;
}

/** @throws bad_input where the person cannot work there */
export async function checkAssignee(ctx: SignedIn, assignee: string, facility: string): Promise<void> {
  if (assignee === '' || assignee === ctx.viewer.id) return;
  const person = (await people(ctx.store)).find(({ id }) => id === assignee);
  if (!person) throw refusal('bad_input', 'There is nobody like that to assign it to.');
  if (!mayAt(person, 'exceptions:act', facility)) throw refusal('bad_input', `${person.name} cannot act on exceptions of ${facility || 'this kind'}.`);
}

/**
 * Acts on one exception.
 * @param revision what the person saw: how many actions there were
 * @returns pending: accepted, and shown in a moment
 * @throws conflict, naming what somebody else did first
 */
export async function act(ctx: SignedIn, key: string, revision: number, given: Act): Promise<{ pending: boolean }> {
  const row = await exceptionOf(ctx, key);
  if (given.action === 'assign') await checkAssignee(ctx, given.assignee ?? '', row.facility);
  const nats = await connection();
  const last = await lastSaid(nats, key).catch(silent);
  // A stream that was made anew has forgotten what the log still knows.
  if ((last?.revision ?? row.revision) !== revision) throw await toldOf(ctx, nats, key);
  if (!FROM[given.action].includes(stateOf(row.state))) throw refusal('conflict', row.state === 'settled' ? 'The facts have settled it in the meantime.' : `It is ${row.state} already.`);
  const event = eventOf(row, given, ctx.viewer.id, { revision, sequence: last?.sequence ?? 0 });
  if (!event) throw refusal('conflict', `It is ${row.state} already.`);
  try {
    return { pending: !(await readable(ctx.store, await publishOps(nats, event))) };
  } catch (error) {
    if (error instanceof ActedBefore) throw await toldOf(ctx, nats, key);
    if (error instanceof StoreError) throw error;
    return silent(error);
  }
}

/** NATS was asked and has not answered: whether it has the action nobody knows. */
function silent(error: unknown): never {
  throw refusal('source_down', 'NATS does not answer. See how it stands before you try again.', error);
}

export async function connection(): Promise<NatsConnection> {
  try {
    return await natsConnection();
  } catch (error) {
    throw refusal('source_down', 'NATS does not answer, so nothing was done.', error);
  }
}

const message = z.object({ type: z.string(), time: z.string(), data: z.object({ document: z.object({ id: z.string(), revision: z.number() }), actor: z.object({ id: z.string().optional() }).optional(), assignee: z.string().optional() }) });

/** The last thing said about an exception on the stream itself; undefined where nothing was. */
export async function lastSaid(nats: NatsConnection, key: string) {
  const manager = await jetstreamManager(nats);
  const found = await manager.streams.getMessage(OPS_STREAM, { last_by_subj: subjectOf({ type: 'ops.exception.acknowledged.v1', data: { document: { id: key } } }) });
  if (!found) return undefined;
  const { type, time, data } = message.parse(found.json());
  return { action: type.split('.')[2] ?? '', time, by: data.actor?.id ?? '', assignee: data.assignee ?? '', revision: data.document.revision, sequence: found.seq };
}

/** What the second of two is told. */
async function toldOf(ctx: SignedIn, nats: NatsConnection, key: string) {
  const last = await lastSaid(nats, key);
  if (!last) return refusal('conflict', 'Somebody else acted on this in the meantime.');
  const names = await namesOfPeople(ctx.store);
  const nameOf = (id: string) => (id === ctx.viewer.id ? 'you' : (names[id] ?? id));
  const what = last.action === 'assigned' ? (last.assignee ? `assigned it to ${nameOf(last.assignee)}` : 'assigned it to nobody') : last.action === 'commented' ? 'commented on it' : `${last.action} it`;
  const who = nameOf(last.by);
  return refusal('conflict', `${who.charAt(0).toUpperCase()}${who.slice(1)} ${what} first, at ${last.time.slice(11, 19)} UTC. Nothing was done for you: see how it stands now.`);
}

export type { Action };
