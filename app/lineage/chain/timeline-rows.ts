import dayjs from 'dayjs';
import timezone from 'dayjs/plugin/timezone';
import utc from 'dayjs/plugin/utc';
import type { ChainView, NodeView } from '@/server/lineage/view';
import type { Drawing, Group } from './fold';

/** The chain over time: one row per document, missing stage or group. Pure; the component only draws it. */

dayjs.extend(utc);
dayjs.extend(timezone);

export type MarkKind = 'arrived' | 'retried' | 'failed' | 'promised' | 'due' | 'overdue';

export interface Mark {
  kind: MarkKind;
  /** Milliseconds since 1970. */
  at: number;
  words: string;
}

export interface TimelineRow {
  key: string;
  stage: number;
  kind: 'document' | 'not-yet' | 'gap' | 'group';
  node: NodeView | null;
  group: Group | null;
  ghost: Drawing['ghosts'][number] | null;
  /** Null where no time is known. */
  from: number | null;
  to: number | null;
  /** Between what came before and this. */
  wait: { from: number; to: number } | null;
  marks: Mark[];
  /** A missing stage past its due time: since when. */
  overdueSince: number | null;
}

export interface Timeline {
  rows: TimelineRow[];
  from: number;
  to: number;
  /** The moment that clocks were read at; null where it lies past everything that is shown. */
  now: number | null;
}

const ms = (time: string | null): number | null => (time === null ? null : Date.parse(time));
const OUTCOME: Readonly<Record<string, MarkKind>> = { succeeded: 'arrived', retrying: 'retried', failed: 'failed', rejected: 'failed', dead_lettered: 'failed' };

export function timelineOf(chain: ChainView, drawing: Drawing): Timeline {
  const eventsOf = new Map<string, ChainView['events']>();
  for (const event of chain.events) for (const key of event.nodes) eventsOf.set(key, [...(eventsOf.get(key) ?? []), event]);
  const asOf = Date.parse(chain.asOf);

  const rows: TimelineRow[] = [
    ...drawing.nodes.map((node) => documentRow(node, eventsOf.get(node.key) ?? [])),
    ...drawing.notYet.map((node): TimelineRow => ({ ...blank(node.key, node.stage, 'not-yet'), node, from: ms(node.at), to: ms(node.lastAt) ?? ms(node.at) })),
    ...drawing.groups.map((group): TimelineRow => ({ ...blank(group.key, group.stage, 'group'), group, from: ms(group.from), to: ms(group.to) })),
  ];
  const byKey = new Map(rows.map((row) => [row.key, row]));
  const before = new Map<string, number[]>();
  for (const edge of drawing.edges) {
    const begin = byKey.get(edge.from)?.from;
    if (begin !== undefined && begin !== null) before.set(edge.to, [...(before.get(edge.to) ?? []), begin]);
  }
  // Waiting is from the last of what came before; what is dated before it did not wait.
  for (const row of rows) {
    if (row.from === null) continue;
    const begins = (before.get(row.key) ?? []).filter((time) => time < (row.from ?? 0));
    if (begins.length > 0) row.wait = { from: Math.max(...begins), to: row.from };
  }
  for (const ghost of drawing.ghosts) {
    const due = ms(ghost.due);
    const since = before.get(ghost.key);
    const from = since ? Math.max(...since) : null;
    const late = ghost.state === 'overdue' && due !== null;
    rows.push({
      ...blank(ghost.key, ghost.column, 'gap'), ghost, from, to: late ? asOf : (due ?? asOf), overdueSince: late ? due : null,
      marks: due === null ? [] : [{ kind: late ? 'overdue' : 'due', at: due, words: late ? 'was due' : 'due' }],
    });
  }
  rows.sort((a, b) => a.stage - b.stage || (a.from ?? Number.POSITIVE_INFINITY) - (b.from ?? Number.POSITIVE_INFINITY) || a.key.localeCompare(b.key));
  return spanned(rows, asOf);
}

const blank = (key: string, stage: number, kind: TimelineRow['kind']): TimelineRow => ({ key, stage, kind, node: null, group: null, ghost: null, from: null, to: null, wait: null, marks: [], overdueSince: null });

function documentRow(node: NodeView, events: ChainView['events']): TimelineRow {
  const times = events.map((event) => Date.parse(event.time));
  const marks = events.flatMap((event): Mark[] => {
    const kind = OUTCOME[event.outcome];
    return kind ? [{ kind, at: Date.parse(event.time), words: `${event.document_type} ${event.action} to ${event.target || 'its target'}: ${event.outcome.replaceAll('_', ' ')}${event.attempt > 1 ? `, attempt ${event.attempt}` : ''}` }] : [];
  });
  const due = ms(node.dueAt);
  if (due !== null) marks.push({ kind: 'promised', at: due, words: 'promised for' });
  const from = ms(node.at) ?? (times.length > 0 ? Math.min(...times) : null);
  return { ...blank(node.key, node.stage, 'document'), node, from, to: Math.max(from ?? 0, ms(node.lastAt) ?? 0, ...times) || null, marks: marks.sort((a, b) => a.at - b.at) };
}

/** From the first to the last that is shown. The moment of asking is among it only where something is still missing. */
function spanned(rows: TimelineRow[], asOf: number): Timeline {
  const known = rows.flatMap((row) => [row.from, row.to, row.wait?.from ?? null, ...row.marks.map((mark) => mark.at)]).filter((time): time is number => time !== null);
  if (known.length === 0) return { rows, from: asOf, to: asOf, now: null };
  const last = Math.max(...known);
  const waits = rows.some((row) => row.kind === 'gap' || row.kind === 'not-yet');
  const to = waits ? Math.max(last, asOf) : last;
  const from = Math.min(...known);
  // One moment only: an hour around it, so that there is a line to stand on.
  return { rows, from: from === to ? from - 1_800_000 : from, to: from === to ? to + 1_800_000 : to, now: asOf <= to && asOf >= from ? asOf : null };
}

const HOUR = 3_600_000;
const STEPS: readonly (readonly [number, 'hour' | 'day' | 'month', number])[] = [
  [HOUR, 'hour', 1], [3 * HOUR, 'hour', 3], [6 * HOUR, 'hour', 6], [12 * HOUR, 'hour', 12], [24 * HOUR, 'day', 1], [48 * HOUR, 'day', 2], [168 * HOUR, 'day', 7], [336 * HOUR, 'day', 14], [730 * HOUR, 'month', 1], [2190 * HOUR, 'month', 3], [8760 * HOUR, 'month', 12],
];

/** Beginnings of hours, days or months in the zone, at most `most` of them. */
export function ticksOf(from: number, to: number, zone: string, most: number): { at: number; label: string }[] {
  const [, unit, count] = STEPS.find(([length]) => (to - from) / length <= most) ?? [0, 'month' as const, 36];
  const ticks: { at: number; label: string }[] = [];
  let tick = dayjs(from).tz(zone).startOf(unit === 'hour' ? 'day' : unit);
  for (let i = 0; i < 2_000 && tick.valueOf() <= to; i++) {
    if (tick.valueOf() >= from) ticks.push({ at: tick.valueOf(), label: unit === 'hour' && tick.hour() !== 0 ? tick.format('HH:mm') : unit === 'month' ? tick.format('MMM YYYY') : tick.format('D MMM') });
    // By the wall clock: a day with a clock change has 23 or 25 hours.
    tick = unit === 'hour' ? tick.add(count, 'hour') : dayjs.tz(tick.add(count, unit).format('YYYY-MM-DDTHH:mm:ss'), zone);
  }
  return ticks;
}
