import { z } from 'zod';
import type { Store } from '@/clickhouse/client';
import { EXCEPTION_STATES, lastExceptionRun, type WorkParams } from '@/clickhouse/queries/exceptions-kept';
import type { Viewer } from '../auth/viewer';
import { namesOfPeople } from '../auth/people';
import type { Resolved } from '../filters';
import { EXCEPTION_KINDS, PARTIES, SEVERITIES } from '../rules/raci';

/** Filters of the work list beside time range and facility, as they stand in the address. */
export const chosenInput = z.object({
  kind: z.enum(EXCEPTION_KINDS).optional(),
  owner: z.enum(PARTIES).optional(),
  /** Left out: everything that waits for somebody. */
  state: z.enum([...EXCEPTION_STATES, 'all']).optional(),
  severity: z.enum(SEVERITIES).optional(),
  /** `me`, `nobody`, or a person's id. */
  assignee: z.string().min(1).max(200).optional(),
  /** Looked for in what it says and in its document, item and supplier. */
  text: z.string().trim().max(200).optional(),
  /** Only what arose in the range; left out: whenever it arose. */
  arose: z.boolean().optional(),
});
export type Chosen = z.output<typeof chosenInput>;

/** The store's parameters of a filter, as this person may ask them. */
export async function workParams(ctx: { store: Store; viewer: Viewer }, filters: Pick<Resolved, 'from' | 'to' | 'recordedTo' | 'facilityList'>, chosen: Chosen): Promise<WorkParams> {
  const { state = '', assignee = '' } = chosen;
  return {
    from: filters.from,
    to: filters.recordedTo > filters.to ? filters.recordedTo : filters.to,
    facilities: filters.facilityList,
    sides: state === 'all' ? [0, 1] : state === 'settled' ? [1] : [0],
    state, kind: chosen.kind ?? '', owner: chosen.owner ?? '', severity: chosen.severity ?? '', object: '',
    assignee: assignee === 'me' ? ctx.viewer.id : assignee === 'nobody' ? '-' : assignee,
    text: chosen.text ?? '', arose: chosen.arose ? 1 : 0,
    people: { ...(await namesOfPeople(ctx.store)), [ctx.viewer.id]: ctx.viewer.name },
  };
}

/** Live clocks are those of the newest run's day: an imported history is looked at as of its last event. */
const LIVE_MS = 86_400_000;

export interface AsOf {
  /** The newest run; null before the first one: then nothing is known. */
  run: { at: Date; ranAt: Date; tookMs: number; cut: string[] } | null;
  /** The moment that ages are counted to. */
  now: Date;
}

export async function asOfRun(store: Store, now = new Date()): Promise<AsOf> {
  const [last] = await lastExceptionRun(store, {});
  if (!last) return { run: null, now };
  const at = new Date(last.at);
  const run = { at, ranAt: new Date(last.run), tookMs: last.took_ms, cut: last.cut };
  return { run, now: Math.abs(last.run - at.getTime()) < LIVE_MS ? now : at };
}
