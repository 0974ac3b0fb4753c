import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import type { z } from 'zod';

/**
 * Business rules: limits, targets and weights. Each section has labelled defaults in the code (server/rules/<section>.ts);
 * the YAML file named by THROUGHLINE_RULES replaces what it states and leaves the rest. Read once per process.
 *
 * @example
 * match:
 *   price_upper: { percent: "1", absolute: "2.50" }
 */
export const RULE_SECTIONS = ['match', 'clocks', 'lineage', 'stockout', 'sla', 'alerts', 'raci', 'ownership', 'reconciliation', 'quality'] as const;
export type RuleSection = (typeof RULE_SECTIONS)[number];

let file: { readonly path: string; readonly sections: Record<string, unknown> } | undefined;
const read = new Map<RuleSection, unknown>();

function sections(): Record<string, unknown> {
  const path = process.env.THROUGHLINE_RULES ?? '';
  if (file?.path === path) return file.sections;
  read.clear();
  file = { path, sections: path === '' ? {} : sectionsOf(path) };
  return file.sections;
}

function sectionsOf(path: string): Record<string, unknown> {
  let content: unknown;
  try {
    content = parse(readFileSync(path, 'utf8')) ?? {};
  } catch (error) {
    throw new Error(`THROUGHLINE_RULES: ${path} cannot be read: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) throw new Error(`THROUGHLINE_RULES: ${path} has to be a map of sections: ${RULE_SECTIONS.join(', ')}`);
  for (const name in content)
    if (!(RULE_SECTIONS as readonly string[]).includes(name)) throw new Error(`THROUGHLINE_RULES: ${path} has a section "${name}"; the sections are ${RULE_SECTIONS.join(', ')}`);
  return content as Record<string, unknown>;
}

/**
 * A section of the rules: the schema's defaults with what the file states put over them.
 * Throws one line that names the file, the field and what is wrong.
 */
export function loadRules<S extends z.ZodType>(section: RuleSection, schema: S): z.output<S> {
  const stated = sections()[section] ?? {};
  const known = read.get(section);
  if (known !== undefined) return known as z.output<S>;
  const parsed = schema.safeParse(stated);
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => `${[section, ...issue.path].join('.')}: ${issue.message}`).join('; ');
    throw new Error(`THROUGHLINE_RULES: ${file?.path}: ${issues}`);
  }
  read.set(section, parsed.data);
  return parsed.data;
}

/** `default`, or `default+<hash>` where the file changes a rule: the version that stands beside each verdict and figure. */
export function rulesVersion(name: string, rules: unknown, defaults: unknown): string {
  const text = JSON.stringify(rules);
  return text === JSON.stringify(defaults) ? name : `${name}+${createHash('sha256').update(text).digest('hex').slice(0, 8)}`;
}
