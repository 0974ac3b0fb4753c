'use client';

import { parseAsIsoDateTime, parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useSearchParams } from 'next/navigation';
import { useMemo } from 'react';
import { RANGE_PRESETS, type FiltersInput, type RangePreset } from '@/server/range';
import { withFilters } from './with-filters';

const parsers = {
  range: parseAsStringLiteral(RANGE_PRESETS),
  from: parseAsIsoDateTime,
  to: parseAsIsoDateTime,
  facility: parseAsString,
};

export interface Filters {
  /** Give this to every procedure as `filters`: the server turns it into instants and scope. */
  input: FiltersInput;
  range: RangePreset | null;
  from: Date | null;
  to: Date | null;
  facility: string | null;
  setRange: (range: RangePreset | null) => void;
  /** Both ends at once; goes before the preset. */
  setBetween: (from: Date, to: Date) => void;
  setFacility: (facility: string | null) => void;
}

/** Time range and facility as the address bar has them. No range given: the server's default. */
export function useFilters(): Filters {
  const [state, set] = useQueryStates(parsers, { history: 'push' });
  const { range, from, to, facility } = state;
  const input = useMemo<FiltersInput>(() => {
    const between = from && to && from < to;
    return {
      ...(between ? { from: from.toISOString(), to: to.toISOString() } : range ? { range } : {}),
      ...(facility ? { facility } : {}),
    };
  }, [range, from, to, facility]);
  return {
    input,
    range,
    from,
    to,
    facility,
    setRange: (next) => void set({ range: next, from: null, to: null }),
    setBetween: (start, end) => void set({ range: null, from: start, to: end }),
    setFacility: (next) => void set({ facility: next || null }),
  };
}

/** For `router.push`: an address with the shared filters kept. */
export function useFilterHref(): (href: string) => string {
  const search = useSearchParams();
  return (href) => withFilters(href, new URLSearchParams(search.toString()));
}
