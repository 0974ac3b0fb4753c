import type { AlertRule } from '../rules/alerts';

/** Something wrong right now, as a rule sees it. The key is the same for as long as it is the same incident. */
export interface Finding {
  /** `<rule>:<what>` */
  readonly key: string;
  readonly rule: AlertRule;
  readonly severity: 'page' | 'ticket' | 'notice';
  readonly facility: string;
  readonly title: string;
  readonly detail: string;
  readonly subject: { readonly type: string; readonly id: string };
  readonly figures: { readonly [name: string]: string | number };
}

/** What a rule says: what is wrong, and what it would take as over. */
export interface Judgement {
  readonly findings: readonly Finding[];
  /** Open incidents of the rule that are neither found nor over yet (between the two limits) stay as they are. */
  readonly holds?: (key: string) => boolean;
}

/** Where an incident stands by the ops stream. */
export interface IncidentState {
  readonly open: boolean;
  /** Somebody has taken it on. */
  readonly acknowledged: boolean;
  /** Counts openings. */
  readonly revision: number;
  /** Stream sequence of the last message about it: the guard of the next one. */
  readonly sequence: number;
  readonly facility: string;
  readonly rule: string;
  readonly title: string;
}

export type Transition = { readonly kind: 'open'; readonly finding: Finding; readonly state: IncidentState | undefined } | { readonly kind: 'recover'; readonly key: string; readonly state: IncidentState };

/**
 * What has to be said: one opening for each finding that is not open, one recovery for each open incident that is
 * over. Pure, so that the same findings over the same states say nothing twice.
 */
export function transitions(rule: AlertRule, judgement: Judgement, states: ReadonlyMap<string, IncidentState>): Transition[] {
  const found = new Set<string>();
  const said: Transition[] = [];
  for (const finding of judgement.findings) {
    if (found.has(finding.key)) continue;
    found.add(finding.key);
    const state = states.get(finding.key);
    if (!state?.open) said.push({ kind: 'open', finding, state });
  }
  for (const [key, state] of states)
    if (state.open && state.rule === rule && !found.has(key) && !judgement.holds?.(key)) said.push({ kind: 'recover', key, state });
  return said;
}
