import { z } from 'zod';
import { DOCUMENT_TYPES, FIELDS_OF_LINES } from '@/clickhouse/queries/ownership';
import { loadRules, rulesVersion } from './load';

/**
 * Systems of record: which system may speak of a type of document, or of one of its fields, at a facility and from a day
 * on. Section `ownership` of the rules file. While a migration runs two systems speak; what the other one says is kept as
 * it came and is a finding. Where nothing is stated nobody is judged.
 *
 * @example
 * ownership:
 *   version: "go-live 2"
 *   rules:
 *     - { object: receipt, system: inventory }
 *     - { object: receipt, system: erp-new, facility: ST-ANNA, from: "2026-03-01" }
 *     - { object: item, field: gtin, system: item-master }
 */

const name = z.string().trim().min(1).max(300);
const day = z.union([z.iso.date({ error: 'has to be a day, YYYY-MM-DD' }), z.date().transform((at) => at.toISOString().slice(0, 10))]);

const rule = z
  .strictObject({
    object: z.enum(DOCUMENT_TYPES, { error: `has to be one of: ${DOCUMENT_TYPES.join(', ')}` }),
    /** A field of its lines, or an attribute of master data; left out: the whole. */
    field: z.string().trim().min(1).max(100).optional(),
    /** The `source` of its events. */
    system: name,
    facility: name.optional(),
    from: day.optional(),
    /** Exclusive. */
    until: day.optional(),
  })
  .superRefine(({ object, field, from, until }, context) => {
    if (from !== undefined && until !== undefined && from >= until) context.addIssue({ code: 'custom', path: ['until'], message: 'has to be after `from`' });
    if (field !== undefined && !MASTER.includes(object) && !FIELDS_OF_LINES.some((known) => known === field))
      context.addIssue({ code: 'custom', path: ['field'], message: `${object} has no field ${field} that is kept; these are: ${FIELDS_OF_LINES.join(', ')}` });
  });
const MASTER: readonly string[] = ['item', 'supplier', 'location', 'costcenter', 'uom', 'contract', 'fxrate'];

export const ownershipRules = z.strictObject({
  version: z.union([z.string(), z.number()]).transform(String).optional(),
  rules: z.array(rule).max(500).default([]),
});
export type OwnershipRules = z.output<typeof ownershipRules>;
export type OwnershipRule = OwnershipRules['rules'][number];

export interface Ownership {
  readonly version: string;
  /** The house's own name for it; null where the file gives none. */
  readonly label: string | null;
  /** As the file states them; of several that hold for an event the one that names a facility goes first, then the later beginning, then the later line. */
  readonly rules: readonly OwnershipRule[];
}

export function ownership(): Ownership {
  const { version, rules } = loadRules('ownership', ownershipRules.prefault({}));
  return { version: rulesVersion('ownership-1', rules, []), label: version ?? null, rules };
}

/** The rules in the order in which they go before each other, as a query takes them. */
export function ownershipParams(rules: readonly OwnershipRule[]) {
  const ordered = rules
    .map((each, at) => ({ ...each, at }))
    .sort((a, b) => Number(b.facility !== undefined) - Number(a.facility !== undefined) || (b.from ?? '').localeCompare(a.from ?? '') || b.at - a.at);
  return {
    objects: ordered.map(({ object }) => object as string),
    fields: ordered.map(({ field }) => field ?? ''),
    systems: ordered.map(({ system }) => system),
    places: ordered.map(({ facility }) => facility ?? ''),
    begins: ordered.map(({ from }) => from ?? '1900-01-01'),
    ends: ordered.map(({ until }) => until ?? '2299-12-31'),
    ...sole(rules),
  };
}

/** Systems that every rule of a type of document names: what they say of it is never a finding. */
function sole(rules: readonly OwnershipRule[]): { sole_objects: string[]; sole_systems: string[] } {
  const systems = new Map<string, Set<string>>();
  for (const { object, system } of rules) systems.set(object, (systems.get(object) ?? new Set()).add(system));
  const found = [...systems].flatMap(([object, names]) => (names.size === 1 ? [...names].map((system) => ({ object, system })) : []));
  return { sole_objects: found.map(({ object }) => object), sole_systems: found.map(({ system }) => system) };
}
