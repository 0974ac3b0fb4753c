import type { Store } from '@/clickhouse/client';
import { dataBounds, facilitiesSeen } from '@/clickhouse/queries/span';
import { env } from './env';
import { resolveRange, stepFor, type DataBounds, type FiltersInput, type RangePreset, type Step } from './range';
import type { SignedIn } from './trpc/init';
import { scopedFacilities } from './trpc/scope';

/** What a page's filters mean for this person at this moment. */
export interface Resolved {
  /** Inclusive. */
  from: Date;
  /** Exclusive. */
  to: Date;
  preset: RangePreset | null;
  /**
   * Exclusive end for what is asked by the time it was recorded: `to`, but now for "all data", since all of an imported
   * history was recorded after its last event.
   */
  recordedTo: Date;
  /** Facilities to look at; null: no limit. Never empty. */
  facilities: string[] | null;
  /** The same for queries that take `{facilities:Array(String)}` with "empty: all". */
  facilityList: string[];
  /** Zone for days and months: of the one facility looked at, else the network's. */
  zone: string;
  /** Width of a time chart's buckets that suits the range. */
  step: Step;
}

export interface FacilityInfo {
  id: string;
  name: string;
  zone: string;
}

/** A value asked of the store at most once per `keepMs` (a second while it is empty), whoever asks. */
function remembered<T>(
  ask: (store: Store) => Promise<T>,
  keepMs: number,
  isEmpty: (value: T) => boolean,
): (store: Store) => Promise<T> {
  const kept = new WeakMap<Store, { value: Promise<T>; at: number }>();
  return (store) => {
    const known = kept.get(store);
    if (known && Date.now() - known.at <= keepMs) return known.value;
    const mine = { value: ask(store), at: Date.now() };
    kept.set(store, mine);
    // A failure is not remembered, and emptiness hardly: right after the start the first events are on their way.
    mine.value.then(
      (answer) => {
        if (isEmpty(answer)) mine.at = Date.now() - keepMs + 1_000;
      },
      () => {
        if (kept.get(store) === mine) kept.delete(store);
      },
    );
    return mine.value;
  };
}

const boundsOf = remembered(dataBounds, 5_000, (span) => span === null);
const facilitiesOf = remembered(facilitiesSeen, 60_000, (list) => list.length === 0);

export function bounds(ctx: { store: Store }): Promise<DataBounds> {
  return boundsOf(ctx.store);
}

/** The facilities that this person may see and that events name. */
export async function facilities(ctx: SignedIn): Promise<FacilityInfo[]> {
  const own = ctx.viewer.facilities;
  const seen = await facilitiesOf(ctx.store);
  return seen
    .filter((facility) => own === null || own.includes(facility.id))
    .map((facility) => ({
      id: facility.id,
      name: facility.name || facility.id,
      zone: facility.zone || env().THROUGHLINE_ZONE,
    }));
}

/** The one zone that all these facilities share, else the configured one. */
export function commonZone(places: readonly FacilityInfo[]): string {
  const zones = new Set(places.map((place) => place.zone));
  const [only] = zones;
  return zones.size === 1 && only ? only : env().THROUGHLINE_ZONE;
}

/** Turns a page's filters into instants and tenant scope. Every procedure with a time range begins with it. */
export async function resolveFilters(ctx: SignedIn, filters: FiltersInput): Promise<Resolved> {
  const scoped = scopedFacilities(ctx, filters.facility);
  const needsBounds = !filters.from && (filters.range === undefined || filters.range === 'all');
  const [span, places] = await Promise.all([needsBounds ? bounds(ctx) : null, facilities(ctx)]);
  const now = new Date();
  const range = resolveRange(filters, span, now, env().THROUGHLINE_DEFAULT_RANGE);
  const looked = scoped === null ? places : places.filter((place) => scoped.includes(place.id));
  return {
    ...range,
    recordedTo: range.preset === 'all' && now > range.to ? now : range.to,
    facilities: scoped,
    facilityList: scoped ?? [],
    zone: commonZone(looked),
    step: stepFor(range),
  };
}
