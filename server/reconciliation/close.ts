import type { z } from 'zod';
import { reconciliationClosings, reconciliationWindows } from '@/clickhouse/queries/reconciliation';
import { facilities, type Resolved } from '../filters';
import { reconciliationSettings } from '../rules/reconciliation';
import type { SignedIn } from '../trpc/init';
import { dayOf, dayWindow } from './day';

/** The daily close: how the windows of a facility's day stand, who signed that, and what has changed since. */

export type WindowRow = z.output<typeof reconciliationWindows.definition.row>;

/** How a window stood, as it is written down with a signature. */
export interface Standing {
  readonly key: string;
  readonly state: string;
  /** Counts and money of both ends, and what differs, in words. */
  readonly figures: string;
}

export interface Signature {
  readonly day: string;
  readonly facility: string;
  readonly at: string;
  readonly by: string;
  /** Of the ops stream; the guard of the next signature. */
  readonly sequence: number;
  readonly comment: string;
  readonly openGaps: number;
  readonly standings: readonly Standing[];
}

/** What became of a window since it was signed. */
export interface Change {
  readonly key: string;
  readonly interface: string;
  readonly source: string;
  readonly target: string;
  readonly then: string | null;
  readonly now: string | null;
}

export interface DayState {
  readonly day: string;
  readonly facility: string;
  readonly zone: string;
  readonly from: Date;
  readonly to: Date;
  readonly ended: boolean;
  readonly windows: readonly WindowRow[];
  /** The newest first. */
  readonly signatures: readonly Signature[];
  readonly changes: readonly Change[];
}

/** Most windows of one question; days of many facilities over years are more than a page may hold. */
const MOST_WINDOWS = 20_000;
const GAP_STATES: readonly string[] = ['open', 'silent'];
export const isGap = (row: Pick<WindowRow, 'state'>): boolean => GAP_STATES.includes(row.state);

const money = (value: string | null, currency: string) => (value === null ? '' : ` ${value} ${currency}`.trimEnd());
/** How a window stands, in words that are the same as long as nothing about it changes. */
export function standingOf(row: WindowRow): Standing {
  const side = (count: number | null, value: string | null) => (count === null ? 'nothing reported' : `${count}${money(value, row.currency)}`);
  return { key: row.window_key, state: row.state, figures: `source ${side(row.s_count, row.s_value)}; target ${side(row.t_count, row.t_value)}${row.what ? `; ${row.what}` : ''}`.slice(0, 480) };
}

const told = (standing: Standing) => `${standing.state}: ${standing.figures}`;

/** What differs between how the windows stood when a day was signed and how they stand now. */
export function changesSince(signed: readonly Standing[], rows: readonly WindowRow[]): Change[] {
  const then = new Map(signed.map((standing) => [standing.key, standing]));
  const seen = new Set<string>();
  const changes: Change[] = [];
  for (const row of rows) {
    const now = standingOf(row);
    seen.add(now.key);
    const before = then.get(now.key);
    if (before && told(before) === told(now)) continue;
    changes.push({ key: now.key, interface: row.interface, source: row.source, target: row.target, then: before ? told(before) : null, now: told(now) });
  }
  // A window whose target was not known has another key once the target has reported: what is there no more was replaced.
  for (const standing of signed) {
    if (seen.has(standing.key)) continue;
    const [, name = '', source = '', target = ''] = standing.key.split(' ');
    changes.push({ key: standing.key, interface: name, source, target, then: told(standing), now: null });
  }
  return changes;
}

/** Parameters of every question about windows. */
export function windowParams({ from, to, facilityList }: Pick<Resolved, 'from' | 'to' | 'facilityList'>, over = '', now = new Date()) {
  return { from, to, facilities: facilityList, now, interface: over, due_hours: reconciliationSettings().dueHours };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
function signatureOf(row: Awaited<ReturnType<typeof reconciliationClosings>>[number]): Signature {
  const said = JSON.parse(row.attributes) as { comment?: unknown; openGaps?: unknown; standings?: unknown };
  const standings = Array.isArray(said.standings) ? (said.standings as Record<string, unknown>[]) : [];
  return {
    day: row.day, facility: row.facility, at: row.signed_at, by: row.name || row.actor, sequence: row.sequence, comment: text(said.comment), openGaps: Number(said.openGaps ?? 0),
    standings: standings.map((one) => ({ key: text(one.key), state: text(one.state), figures: text(one.figures) })),
  };
}

/** Every facility's days that begin in the span, the newest first; days on which nobody reported anything have no row. */
export async function daysOf(ctx: SignedIn, span: Pick<Resolved, 'from' | 'to' | 'facilityList' | 'zone'>, now = new Date()): Promise<DayState[]> {
  const places = await facilities(ctx);
  const zoneOf = (facility: string) => places.find((place) => place.id === facility)?.zone ?? span.zone;
  const days = new Map<string, { day: string; facility: string; windows: WindowRow[] }>();
  let count = 0;
  for await (const row of reconciliationWindows.stream(ctx.store, { ...windowParams(span, '', now), view: '' })) {
    if (++count > MOST_WINDOWS) break;
    const day = dayOf(row.window_from, zoneOf(row.facility));
    const key = `${day} ${row.facility}`;
    const found = days.get(key);
    if (found) found.windows.push(row);
    else days.set(key, { day, facility: row.facility, windows: [row] });
  }
  const all = [...days.values()].sort((a, b) => b.day.localeCompare(a.day) || a.facility.localeCompare(b.facility));
  const first = all.at(-1)?.day;
  const last = all[0]?.day;
  const signatures = first && last ? (await reconciliationClosings(ctx.store, { first, last, facilities: span.facilityList })).map(signatureOf) : [];
  return all.flatMap(({ day, facility, windows }) => {
    const zone = zoneOf(facility);
    const bounds = dayWindow(day, zone);
    if (!bounds) return [];
    const own = signatures.filter((one) => one.day === day && one.facility === facility);
    return [{ day, facility, zone, ...bounds, ended: bounds.to <= now, windows, signatures: own, changes: own[0] ? changesSince(own[0].standings, windows) : [] }];
  });
}

/** One facility's day; without windows where nobody reported anything. */
export async function oneDay(ctx: SignedIn, facility: string, day: string, zone: string, now = new Date()): Promise<DayState | null> {
  const bounds = dayWindow(day, zone);
  if (!bounds) return null;
  const [found] = await daysOf(ctx, { ...bounds, facilityList: [facility], zone }, now);
  if (found) return found;
  const signatures = (await reconciliationClosings(ctx.store, { first: day, last: day, facilities: [facility] })).map(signatureOf);
  return { day, facility, zone, ...bounds, ended: bounds.to <= now, windows: [], signatures, changes: signatures[0] ? changesSince(signatures[0].standings, []) : [] };
}
