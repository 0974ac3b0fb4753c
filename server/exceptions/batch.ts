import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { MOST_AT_ONCE, workTargets, type WorkParams } from '@/clickhouse/queries/exceptions-kept';
import { mayAt, people } from '../auth/people';
import { ActedBefore, publishOps, readable } from '../ops/publish';
import { EXCEPTIONS, EXCEPTION_KINDS } from '../rules/raci';
import { refusal } from '../trpc/errors';
import type { SignedIn } from '../trpc/init';
import { checkAssignee, connection, eventOf, stateOf, type Act } from './act';
import { FROM } from './states';

/**
 * One action over a whole filter, in two steps: a preview that counts, and the act, which takes only what was in the
 * preview and that nobody has moved since. Each exception is guarded by itself, as when it is acted on alone.
 */

/** What a preview was: given back with the act. */
export const previewed = z.object({ count: z.int().min(0), sequence: z.int().min(0), run: z.int().min(0) });

type Target = z.output<(typeof workTargets)['definition']['row']>;

async function targets(ctx: SignedIn, params: WorkParams): Promise<Target[]> {
  const rows = await workTargets(ctx.store, params);
  if (rows.length > MOST_AT_ONCE) throw refusal('narrow_range', `More than ${MOST_AT_ONCE.toLocaleString('en')} exceptions are in this filter: narrow it, by kind or facility for example.`);
  return rows;
}

/** How many an action would move, and how many of the filter it cannot. */
export async function preview(ctx: SignedIn, params: WorkParams, act: Act) {
  const rows = await targets(ctx, params);
  const { takes, notThere } = await sorted(ctx, rows, act);
  const kinds = EXCEPTION_KINDS.map((kind) => ({ kind, label: EXCEPTIONS[kind].label, count: takes.filter((row) => row.kind === kind).length })).filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
  return {
    inFilter: rows.length, count: takes.length,
    /** Left out: they stand where the action leads, or past it. */
    already: rows.length - takes.length - notThere.length,
    /** Left out: the person they would be assigned to does not work there. */
    notThere: notThere.length,
    kinds, sequence: Math.max(0, ...maxima(rows, 'sequence')), run: Math.max(0, ...maxima(rows, 'run')),
  };
}

/** One value, so that a long list is no long list of arguments. */
const maxima = (rows: readonly Target[], field: 'sequence' | 'run') => [rows.reduce((most, row) => Math.max(most, row[field]), 0)];

async function sorted(ctx: SignedIn, rows: readonly Target[], act: Act) {
  const possible = rows.filter((row) => FROM[act.action].includes(stateOf(row.state)) && !(act.action === 'assign' && row.assignee === act.assignee && row.state === 'assigned'));
  const assignee = act.action === 'assign' ? (act.assignee ?? '') : '';
  if (assignee === '') return { takes: possible, notThere: [] as Target[] };
  await checkAssignee(ctx, assignee, '');
  const person = (await people(ctx.store)).find(({ id }) => id === assignee) ?? { ...ctx.viewer, disabled: false };
  const works = (row: Target) => mayAt(person, 'exceptions:act', row.facility);
  return { takes: possible.filter(works), notThere: possible.filter((row) => !works(row)) };
}

const SIDE_BY_SIDE = 64;
/** Most that are named in the answer. */
const NAMED = 20;

/**
 * @returns done: how many; moved: somebody else acted on them since the preview (the first are named); left: they are no
 *   longer in the filter, or came into it after the preview
 */
export async function actOnAll(ctx: SignedIn, params: WorkParams, act: Act, seen: z.output<typeof previewed>) {
  const rows = await targets(ctx, params);
  const { takes } = await sorted(ctx, rows, act);
  const moved = takes.filter((row) => row.sequence > seen.sequence);
  const fresh = takes.filter((row) => row.sequence <= seen.sequence && row.run > seen.run);
  const ready = takes.filter((row) => row.sequence <= seen.sequence && row.run <= seen.run);
  const nats = await connection();
  const batch = randomUUID();
  let done = 0;
  let last = 0;
  let stopped = false;
  const at = ready[Symbol.iterator]();
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, async () => {
    for (const row of at) {
      if (stopped) return;
      const event = eventOf(row, act, ctx.viewer.id, row, batch);
      if (!event) continue;
      try {
        const sequence = await publishOps(nats, event);
        last = Math.max(last, sequence);
        done += 1;
      } catch (error) {
        if (error instanceof ActedBefore) moved.push(row);
        else stopped = true;
      }
    }
  }));
  return {
    done,
    moved: moved.length,
    movedNames: moved.slice(0, NAMED).map(({ key, what }) => ({ key, what })),
    left: stopped ? 0 : Math.max(0, seen.count - done - moved.length), fresh: fresh.length,
    /** NATS has stopped answering: so many are not done, or nobody knows. */
    unfinished: stopped ? Math.max(0, seen.count - done - moved.length) : 0,
    pending: last > 0 && !(await readable(ctx.store, last)),
  };
}
