import type { Store } from '@/clickhouse/client';
import { dataBounds, facilitiesSeen } from '@/clickhouse/queries/span';
import { env } from './env';
import { remembered } from './remembered';
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

const boundsKept = remembered<DataBounds>({ freshMs: 5_000, isEmpty: (span) => span === null });
const facilitiesKept = remembered<Awaited<ReturnType<typeof facilitiesSeen>>>({ freshMs: 60_000, isEmpty: (list) => list.length === 0 });

export function bounds(ctx: { store: Store }): Promise<DataBounds> {
  return boundsKept(ctx.store, '', () => dataBounds(ctx.store));
}

/** The facilities that this person may see and that events name. */
export async function facilities(ctx: SignedIn): Promise<FacilityInfo[]> {
  const own = ctx.viewer.facilities;
  const seen = await facilitiesKept(ctx.store, '', () => facilitiesSeen(ctx.store));
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
