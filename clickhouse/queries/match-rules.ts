import { z } from 'zod';

/**
 * Rules of the match as parameters, and what a statement takes of them: which version is in force on a date, and which
 * limit holds for a facility, a supplier and a category. server/rules/match.ts makes the parameters. SQL text.
 */

/** What is limited, each by percent, by an absolute amount, by either or by both. */
export const LIMITED = ['price_upper', 'price_lower', 'quantity', 'over_delivery', 'freight'] as const;
export type Limited = (typeof LIMITED)[number];

/** One limit of one version; the empty facility, supplier or category is every one. Of those that apply the first in the list holds. */
export type LimitRow = readonly [version: number, facility: string, supplier: string, category: string, percent: string | null, absolute: string | null, both: 0 | 1];

/** What `m_rules` is the JSON of. Versions are numbered from 1 in the order of the days from which they are in force; the first has always been. */
export interface MatchRuleSet {
  readonly names: readonly string[];
  readonly from: readonly string[];
  readonly duplicate_days: readonly number[];
  readonly suspect_percent: readonly string[];
  readonly limits: Readonly<Record<Limited, readonly LimitRow[]>>;
}

export const matchRuleParams = {
  /** JSON of a {@link MatchRuleSet}. */
  m_rules: z.string(),
  /** The flow type of an order that states none: of all versions, since it says how a document is read and not what is tolerated. */
  m_flow_when_unknown: z.string(),
  /** The version in force today: shown on pages. */
  m_version: z.string(),
} as const;
export type MatchRuleParams = z.input<z.ZodObject<typeof matchRuleParams>>;

const rule = (path: string, type: string, rules = 'm_rules') => `JSONExtract({${rules}:String}, ${path}, '${type}')`;

/** Number of the version in force on a day. `rules`: the parameter that holds them. */
export const VERSION_ON = (date: string, rules = 'm_rules') => `toUInt8(greatest(arrayLastIndex(f -> f <= ${date}, arrayMap(f -> toDate32(f), ${rule("'from'", 'Array(String)', rules)})), 1))`;
export const VERSION_NAMES = (rules = 'm_rules') => rule("'names'", 'Array(String)', rules);
export const VERSION_NAME = (version: string, rules = 'm_rules') => `arrayElement(${VERSION_NAMES(rules)}, ${version})`;
export const DUPLICATE_DAYS = (version: string) => `arrayElement(${rule("'duplicate_days'", 'Array(UInt16)')}, ${version})`;
export const SUSPECT_PERCENT = (version: string) => `arrayElement(${rule("'suspect_percent'", 'Array(Decimal(18, 4))')}, ${version})`;

const LIMIT = 'Tuple(version UInt8, facility String, supplier String, category String, percent Nullable(Decimal(18, 4)), absolute Nullable(Decimal(18, 4)), both UInt8)';
/** The limit that holds for columns of that name. */
const limitOf = (name: Limited, version: string, facility: string, supplier: string, category: string) =>
  `arrayFirst(l -> l.version = ${version} AND l.facility IN ('', ${facility}) AND l.supplier IN ('', ${supplier}) AND l.category IN ('', ${category}), ${rule(`'limits', '${name}'`, `Array(${LIMIT})`)})`;

/** Columns `limit_<name>`: what holds, from columns that say for what. */
export function limitColumns(names: readonly Limited[], version = 'version', facility = 'facility', supplier = 'supplier', category = 'category'): string {
  return names.map((name) => `${limitOf(name, version, facility, supplier, category)} AS limit_${name}`).join(',\n    ');
}

/** One row for each version, facility, supplier and category that `from` has, with the limits that hold there: few, where lines are many. */
export const limitsOf = (from: string): string => `SELECT *, ${limitColumns(LIMITED)} FROM (SELECT DISTINCT version, facility, supplier, category FROM ${from})`;

/** Whether a difference is past its limit: absolute or percent, or both where the rule says so. A limit that is not set limits nothing. */
export function breach(difference: string, base: string, limit: Limited): string {
  const [percent, absolute, both] = ['percent', 'absolute', 'both'].map((field) => `limit_${limit}.${field}`);
  const pastAbsolute = `ifNull((${difference}) > ${absolute}, ${both} AND ${absolute} IS NULL)`;
  const pastPercent = `ifNull((${difference}) * 100 > ${percent} * (${base}), ${both} AND ${percent} IS NULL)`;
  return `((${difference}) IS NOT NULL AND (${difference}) > 0 AND (${absolute} IS NOT NULL OR ${percent} IS NOT NULL)
    AND if(${both} = 1, ${pastAbsolute} AND ${pastPercent}, ${pastAbsolute} OR ${pastPercent}))`;
}
