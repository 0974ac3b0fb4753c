import type { Mapping } from './mapping';

export interface Mapper {
  /** The mapping that takes messages of this subject; undefined where they speak the contract. */
  forSubject(subject: string): Mapping | undefined;
  forName(name: string): Mapping | undefined;
}

/** Subjects met so far; bounded, since they come from outside. */
const MOST_SUBJECTS = 10_000;

/** @throws where two mappings have one name */
export function createMapper(mappings: readonly Mapping[]): Mapper {
  const byName = new Map<string, Mapping>();
  for (const mapping of mappings) {
    if (byName.has(mapping.name)) throw new Error(`two mapping files are named ${mapping.name}`);
    byName.set(mapping.name, mapping);
  }
  const live = mappings.filter(({ match }) => match.subject !== undefined);
  const met = new Map<string, Mapping | undefined>();
  return {
    forSubject(subject) {
      if (live.length === 0) return undefined;
      if (met.has(subject)) return met.get(subject);
      const found = live.find((mapping) => mapping.matchesSubject(subject));
      if (met.size >= MOST_SUBJECTS) met.clear();
      met.set(subject, found);
      return found;
    },
    forName: (name) => byName.get(name),
  };
}
