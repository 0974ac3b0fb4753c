import { z } from 'zod';
import { loadRules, rulesVersion } from './load';
import { DEFAULT_RACI, LETTERS, named, OF_INTERFACE, PARTIES, RACI_STAGES, RACI_TYPES, raciOf, type Raci, type RaciAbout, type RaciRule } from './raci';

/**
 * The RACI table in force: section `raci` of the rules file over the defaults. A line that names a facility, an interface
 * or a stage holds there and goes before one that names less; a letter that it leaves out stays as it was.
 *
 * @example
 * raci:
 *   version: "2026-2"
 *   rules:
 *     - { type: invoice-mismatch, facility: ST-ANNA, responsible: supply chain, informed: [finance] }
 */

const place = z.string().trim().min(1).max(100);
const party = z.enum(PARTIES, { error: `has to be one of: ${PARTIES.join(', ')}` });
const scopeOf = ({ type, stage, facility, interface: over }: RaciRule) => [type, stage ?? '', facility ?? '', over ?? ''].join('\0');

const rule = z
  .strictObject({
    type: z.enum(RACI_TYPES, { error: `has to be one of: ${RACI_TYPES.join(', ')}` }),
    stage: z.enum(RACI_STAGES, { error: `has to be one of: ${RACI_STAGES.join(', ')}` }).optional(),
    facility: place.optional(),
    interface: place.optional(),
    responsible: party.optional(),
    accountable: party.optional(),
    consulted: z.array(party).max(PARTIES.length).optional(),
    informed: z.array(party).max(PARTIES.length).optional(),
  })
  .superRefine((value, context) => {
    const issue = (message: string, ...path: string[]) => context.addIssue({ code: 'custom', path, message });
    if (LETTERS.every((letter) => value[letter] === undefined)) issue(`says nobody: state at least one of ${LETTERS.join(', ')}`);
    if (value.stage !== undefined && value.type !== 'overdue-stage') issue('only an overdue-stage has a stage', 'stage');
    if (value.interface !== undefined && !OF_INTERFACE.includes(value.type)) issue(`${value.type} is of no interface; these are: ${OF_INTERFACE.join(', ')}`, 'interface');
  });

export const raciRules = z
  .strictObject({
    version: z.union([z.string(), z.number()]).transform(String).optional().meta({ title: 'The house\'s own name for this table' }),
    rules: z.array(rule).max(1000).default([]).meta({ title: 'Lines over the defaults' }),
  })
  .superRefine(({ rules }, context) => {
    const seen = new Map<string, number>();
    rules.forEach((one, at) => {
      const before = seen.get(scopeOf(one));
      if (before !== undefined) context.addIssue({ code: 'custom', path: ['rules', at], message: `speaks of the same as line ${before + 1} of the rules` });
      seen.set(scopeOf(one), at);
    });
  });
export type RaciRules = z.output<typeof raciRules>;

function stated(): RaciRules {
  return loadRules('raci', raciRules.prefault({}));
}

/** Who has which part in an exception or alert, by the table in force. */
export function raciFor(about: RaciAbout): Raci {
  return raciOf([...DEFAULT_RACI, ...stated().rules], about);
}

/** One line of the table as the page shows it. */
export interface RaciLine extends Raci {
  readonly type: RaciRule['type'];
  readonly stage: RaciRule['stage'] | '';
  /** Empty: everywhere. */
  readonly facility: string;
  readonly interface: string;
  /** The letters that the rules file states; the others are defaults or those of a line that names less. */
  readonly stated: readonly string[];
}

export interface RaciTable {
  /** `raci-1`, or with the hash of what the rules file changes. */
  readonly version: string;
  /** The house's own name for its table; null where the file gives none. */
  readonly label: string | null;
  /** Whether the rules file changes anything. */
  readonly changed: boolean;
  readonly lines: readonly RaciLine[];
}

/** Every line in force, defaults and the file's, each with all four letters filled in; what names less comes first. */
export function raciTable({ version, rules }: RaciRules = stated()): RaciTable {
  const table: RaciRule[] = [...DEFAULT_RACI, ...rules];
  const own = new Map(rules.map((one) => [scopeOf(one), one]));
  const scopes = [...new Map(table.map((one) => [scopeOf(one), one])).values()];
  const lines = scopes
    .map((one): RaciLine => ({
      type: one.type, stage: one.stage ?? '', facility: one.facility ?? '', interface: one.interface ?? '',
      ...raciOf(table, one), stated: LETTERS.filter((letter) => own.get(scopeOf(one))?.[letter] !== undefined),
    }))
    .map((found, at) => ({ found, at, less: named(scopes[at] ?? { type: found.type }) }))
    .sort((a, b) => RACI_TYPES.indexOf(a.found.type) - RACI_TYPES.indexOf(b.found.type) || a.less - b.less || a.at - b.at)
    .map(({ found }) => found);
  return { version: rulesVersion('raci-1', rules, []), label: version ?? null, changed: rules.length > 0, lines };
}
