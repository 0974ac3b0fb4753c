import { z } from 'zod';
import { FLOW_TYPES } from '@/ingest/contract/fields';
import { LIMITED, type Limited, type LimitRow, type MatchRuleParams, type MatchRuleSet } from '@/clickhouse/queries/match-rules';
import { loadRules, rulesVersion } from './load';

/**
 * Rules of the three-way match: section `match` of the rules file. Every default is ours, to be replaced by the house's
 * own. docs/match-rules.md says how; in short: limits for all, `limits` for some facilities, suppliers or categories, and
 * `versions` that are in force from a day on.
 */

const decimal = z
  .union([z.string(), z.number()])
  .transform(String)
  .refine((text) => /^\d{1,10}(\.\d{1,4})?$/.test(text), { error: 'has to be a number of at most four decimal places, best in quotes' });

const BREACHES = ['either', 'both'] as const;
function limit(percent: string | null, absolute: string | null, breach: (typeof BREACHES)[number]) {
  return z
    .strictObject({
      percent: decimal.nullable().default(percent),
      absolute: decimal.nullable().default(absolute),
      breach: z.enum(BREACHES).default(breach),
    })
    .prefault({});
}
/** What it leaves out stays as it is for all. */
const partOfLimit = z.strictObject({ percent: decimal.nullable().optional(), absolute: decimal.nullable().optional(), breach: z.enum(BREACHES).optional() }).optional();
type Limit = z.output<ReturnType<typeof limit>>;

const eachLimit = Object.fromEntries(LIMITED.map((name) => [name, partOfLimit])) as Record<Limited, typeof partOfLimit>;
const name = z.string().min(1).max(200);

/** Limits for some: of those that apply, the one that names more of the three holds; naming as many, supplier counts more than facility, and facility more than category. */
const someLimits = z
  .array(
    z
      .strictObject({ facility: name.optional(), supplier: name.optional(), category: name.optional(), ...eachLimit })
      .refine(({ facility, supplier, category }) => facility !== undefined || supplier !== undefined || category !== undefined, { error: 'has to say for which facility, supplier or category it is' })
      .refine((some) => LIMITED.some((limited) => some[limited] !== undefined), { error: `has to state at least one of ${LIMITED.join(', ')}` }),
  )
  .superRefine((all, context) => {
    const seen = new Map<string, number>();
    for (const [n, { facility, supplier, category }] of all.entries()) {
      const whom = JSON.stringify([facility, supplier, category]);
      const before = seen.get(whom);
      if (before !== undefined) context.addIssue({ code: 'custom', path: [n], message: `is for the same facility, supplier and category as number ${before}: put them together` });
      seen.set(whom, n);
    }
  });

const days = z.number().int().min(0).max(3650);
const date = z.iso.date({ error: 'has to be a day, as "2026-04-01"' });

const laterVersion = z.strictObject({
  from: date,
  name: z.string().regex(/^[\w .-]{1,40}$/, { error: 'has to be 1 to 40 letters, digits, spaces, dots and dashes' }).optional(),
  ...eachLimit,
  limits: someLimits.optional(),
  duplicate_days: days.optional(),
  suspect_percent: decimal.optional(),
});

export const matchRules = z.strictObject({
  price_upper: limit('2', '5.00', 'either').meta({ title: 'Price above the order', description: 'Per invoice line: percent of the value at order price, or money in the line\'s currency' }),
  price_lower: limit('10', null, 'either').meta({ title: 'Price below the order', description: 'In the buyer\'s favour, but a large difference is often another item or unit' }),
  quantity: limit('0', null, 'either').meta({ title: 'Quantity invoiced above what was received or ordered', description: 'Percent of the quantity received or ordered; absolute in base units' }),
  over_delivery: limit('0', null, 'either').meta({ title: 'Quantity received above what was ordered', description: 'Percent of the quantity ordered; absolute in base units' }),
  freight: limit('5', '50.00', 'both').meta({ title: 'Freight and fees of an invoice', description: 'Percent of the goods, and money; by default both have to be passed, since flat fees weigh on small orders' }),
  duplicate_days: days.default(90).meta({ title: 'Days within which the same line, quantity and amount is a duplicate' }),
  suspect_percent: decimal.default('2').meta({ title: 'How near to a pack factor a price ratio is taken for a pack error', description: 'Percent of the factor' }),
  flow_when_unknown: z.enum(FLOW_TYPES).default('three-way').meta({ title: 'Flow type of an order that states none' }),
  limits: someLimits.default([]).meta({ title: 'Limits of some facilities, suppliers and categories' }),
  versions: z
    .array(laterVersion)
    .default([])
    .superRefine((all, context) => {
      for (const [n, { from }] of all.entries())
        if (n > 0 && from <= (all[n - 1]?.from ?? '')) context.addIssue({ code: 'custom', path: [n, 'from'], message: `has to be later than ${all[n - 1]?.from ?? ''}, from when the version before it is in force` });
      const named = all.flatMap((version) => version.name ?? []);
      const twice = named.find((each, n) => named.indexOf(each) !== n);
      if (twice !== undefined) context.addIssue({ code: 'custom', message: `has two versions named "${twice}"` });
    })
    .meta({ title: 'Later versions, each in force for invoices from its day on' }),
});
export type MatchRules = z.output<typeof matchRules>;

export const MATCH_DEFAULTS: MatchRules = matchRules.parse({});

/** The rules as the file states them. */
export function currentMatchRules(): MatchRules {
  return loadRules('match', matchRules);
}

/** One version, whole. */
export interface MatchVersion {
  /** Stands beside each verdict. */
  version: string;
  /** The first business date that it is in force for; null: it has always been. */
  from: string | null;
  rules: Omit<MatchRules, 'versions' | 'flow_when_unknown'>;
}

const merged = (before: Limit, stated: Partial<Limit> | undefined): Limit => ({
  percent: stated?.percent === undefined ? before.percent : stated.percent,
  absolute: stated?.absolute === undefined ? before.absolute : stated.absolute,
  breach: stated?.breach ?? before.breach,
});

/** All versions in the order of their days; what one leaves out is as in the one before it. */
export function matchVersions({ versions, flow_when_unknown, ...first }: MatchRules = currentMatchRules()): MatchVersion[] {
  const { versions: _none, ...defaults } = MATCH_DEFAULTS;
  // The limits of some came later than the name of the defaults.
  const { limits, ...rest } = first;
  const { limits: _no, ...restOfDefaults } = defaults;
  const all: MatchVersion[] = [
    { version: rulesVersion('match-1', { ...rest, flow_when_unknown, ...(limits.length > 0 ? { limits } : {}) }, restOfDefaults), from: null, rules: first },
  ];
  for (const { from, name: title, ...stated } of versions) {
    const before = all[all.length - 1]?.rules ?? first;
    const rules = {
      ...before,
      ...Object.fromEntries(LIMITED.map((limited) => [limited, merged(before[limited], stated[limited])])),
      limits: stated.limits ?? before.limits,
      duplicate_days: stated.duplicate_days ?? before.duplicate_days,
      suspect_percent: stated.suspect_percent ?? before.suspect_percent,
    };
    all.push({ version: rulesVersion(title ?? `match-${from}`, { ...rules, flow_when_unknown }, null), from, rules });
  }
  return all;
}

/** The version in force for invoices of a business date, YYYY-MM-DD. */
export function matchVersionOn(day: string, rules: MatchRules = currentMatchRules()): MatchVersion {
  const all = matchVersions(rules);
  return all.findLast(({ from }) => from === null || from <= day) ?? all[0] ?? { version: '', from: null, rules };
}

/** How much a limit names: more of the three first; then supplier before facility before category. */
const weight = ([, facility, supplier, category]: LimitRow) => {
  const [f, s, c] = [facility, supplier, category].map((each) => (each === '' ? 0 : 1));
  return 8 * ((f ?? 0) + (s ?? 0) + (c ?? 0)) + 4 * (s ?? 0) + 2 * (f ?? 0) + (c ?? 0);
};

function rowsOf(limited: Limited, versions: readonly MatchVersion[]): LimitRow[] {
  const rows = versions.flatMap(({ rules }, n): LimitRow[] => {
    const row = (some: { facility?: string | undefined; supplier?: string | undefined; category?: string | undefined }, { percent, absolute, breach }: Limit): LimitRow =>
      [n + 1, some.facility ?? '', some.supplier ?? '', some.category ?? '', percent, absolute, breach === 'both' ? 1 : 0];
    return [row({}, rules[limited]), ...rules.limits.flatMap((some) => (some[limited] === undefined ? [] : [row(some, merged(rules[limited], some[limited]))]))];
  });
  return rows.sort((a, b) => weight(b) - weight(a));
}

/** Rules as the parameters of a match query. */
export function matchParams(rules: MatchRules = currentMatchRules()): MatchRuleParams {
  const versions = matchVersions(rules);
  const set: MatchRuleSet = {
    names: versions.map(({ version }) => version),
    from: versions.map(({ from }) => from ?? '1900-01-01'),
    duplicate_days: versions.map((each) => each.rules.duplicate_days),
    suspect_percent: versions.map((each) => each.rules.suspect_percent),
    limits: Object.fromEntries(LIMITED.map((limited) => [limited, rowsOf(limited, versions)])) as Record<Limited, LimitRow[]>,
  };
  return { m_rules: JSON.stringify(set), m_flow_when_unknown: rules.flow_when_unknown, m_version: matchVersionOn(new Date().toISOString().slice(0, 10), rules).version };
}
