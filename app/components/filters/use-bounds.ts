'use client';

import { useQuery } from '@tanstack/react-query';
import type { RangePreset } from '@/server/range';
import { useTRPC } from '@/app/trpc/react';
import { useFilters } from './use-filters';

export interface Facility {
  id: string;
  name: string;
  /** IANA zone; UTC when the facility's master data has not said. */
  zone: string;
}

export interface Bounds {
  /** First and last event time within the session's facilities; null while unknown or empty. */
  first: Date | null;
  last: Date | null;
  defaultRange: RangePreset | null;
  facilities: Facility[];
  /** Zone for days and times that belong to no single facility: that of the facility chosen, else the network's. */
  zone: string;
  zoneOf: (facility: string | null | undefined) => string;
  nameOf: (facility: string) => string;
}

/** What the data spans and which facilities it has. */
export function useBounds(): Bounds {
  const trpc = useTRPC();
  const { facility } = useFilters();
  const { data } = useQuery(trpc.filters.bounds.queryOptions(undefined, { staleTime: 60_000 }));
  const facilities = data?.facilities ?? [];
  const find = (id: string | null | undefined) => facilities.find((item) => item.id === id);
  const networkZone = data?.zone ?? 'UTC';
  return {
    first: data?.first ?? null,
    last: data?.last ?? null,
    defaultRange: data?.defaultRange ?? null,
    facilities,
    zone: find(facility)?.zone ?? networkZone,
    zoneOf: (id) => find(id)?.zone ?? networkZone,
    nameOf: (id) => find(id)?.name ?? id,
  };
}
