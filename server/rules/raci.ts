/**
 * Who is responsible, accountable, consulted and informed, by type of exception or alert, facility and interface, and how
 * pressing a kind is before money is looked at. Holds no server code: pages read it too. What the rules file says is put
 * over these defaults in ./raci-table.ts.
 */

export const PARTIES = ['supply chain', 'finance', 'clinical operations', 'integration support'] as const;
export type Party = (typeof PARTIES)[number];

export const SEVERITIES = ['high', 'medium', 'low'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const EXCEPTION_KINDS = [
  'failed-order', 'refused-line', 'overdue-stage', 'orphan', 'unmapped-usage', 'receipt-without-order', 'over-delivery', 'unmatched-receipt', 'invoice-mismatch', 'missing-posting',
  'stuck-handover', 'dead-letter', 'identity-conflict', 'not-its-system', 'reconciliation-gap', 'data-quality',
] as const;
export type ExceptionKind = (typeof EXCEPTION_KINDS)[number];

export const EXCEPTIONS: Readonly<Record<ExceptionKind, { label: string; severity: Severity; meaning: string }>> = {
  'failed-order': { label: 'Failed order creation', severity: 'high', meaning: 'an order could not be created, and no order serves its requisitions since' },
  'refused-line': { label: 'Rejected or backordered', severity: 'high', meaning: 'the supplier answered that an order line will not come, or not all of it, or not now' },
  'overdue-stage': { label: 'Overdue stage', severity: 'medium', meaning: 'the clock of a required stage ran out' },
  orphan: { label: 'Orphan', severity: 'medium', meaning: 'a document names another that never came' },
  'unmapped-usage': { label: 'Unmapped usage', severity: 'medium', meaning: 'the item master has neither the item nor the GTIN of what was used' },
  'receipt-without-order': { label: 'Receipt without order', severity: 'medium', meaning: 'goods were booked in and no known order stands behind them' },
  'over-delivery': { label: 'Over-delivery', severity: 'low', meaning: 'more was received than was ordered' },
  'unmatched-receipt': { label: 'Unmatched receipt', severity: 'medium', meaning: 'received, and not invoiced within the invoice clock' },
  'invoice-mismatch': { label: 'Invoice mismatch', severity: 'high', meaning: 'an invoice line does not agree with its order and receipt' },
  'missing-posting': { label: 'Missing posting', severity: 'medium', meaning: 'the posting failed, or did not come within its clock' },
  'stuck-handover': { label: 'Stuck hand-over', severity: 'high', meaning: 'no attempt to bring a message to its target has succeeded' },
  'dead-letter': { label: 'Dead letter', severity: 'medium', meaning: 'a message could not be read, and did not come again readable' },
  'identity-conflict': { label: 'Identity conflict', severity: 'low', meaning: 'different bytes came under one source and id; both are kept' },
  'not-its-system': { label: 'Not its system of record', severity: 'medium', meaning: 'a system spoke of a document or a field that another one owns there and then' },
  'reconciliation-gap': { label: 'Reconciliation gap', severity: 'medium', meaning: 'source and target of an interface do not count the same for a window' },
  'data-quality': { label: 'Data quality', severity: 'low', meaning: 'master data is missing or contradicts itself, and documents suffer from it' },
};

/** Alerts that are no exception of the same name. */
export const RACI_ALERTS = ['stockout-risk', 'invoice-exceptions', 'silent-interface'] as const;
export const RACI_TYPES = [...EXCEPTION_KINDS, ...RACI_ALERTS] as const;
export type RaciType = (typeof RACI_TYPES)[number];
export const RACI_LABELS: Readonly<Record<RaciType, string>> = {
  ...(Object.fromEntries(EXCEPTION_KINDS.map((kind) => [kind, EXCEPTIONS[kind].label])) as Record<ExceptionKind, string>),
  'stockout-risk': 'Stockout risk (alert)', 'invoice-exceptions': 'Invoice exceptions of a supplier (alert)', 'silent-interface': 'Silent interface (alert)',
};
/** Types that know which interface they are of. */
export const OF_INTERFACE: readonly RaciType[] = ['failed-order', 'missing-posting', 'stuck-handover', 'identity-conflict', 'not-its-system', 'reconciliation-gap', 'silent-interface'];
export const RACI_STAGES = ['usage', 'requisition', 'order', 'acknowledgement', 'shipment', 'receipt', 'invoice', 'posting'] as const;
export type RaciStage = (typeof RACI_STAGES)[number];

export const LETTERS = ['responsible', 'accountable', 'consulted', 'informed'] as const;
/** Who has which part. `responsible` acts and is shown as the owner. */
export interface Raci {
  readonly responsible: Party;
  readonly accountable: Party;
  readonly consulted: readonly Party[];
  readonly informed: readonly Party[];
}

/** What is asked about. */
export interface RaciAbout {
  readonly type: RaciType;
  /** Of an overdue stage. */
  readonly stage?: string | undefined;
  readonly facility?: string | undefined;
  readonly interface?: string | undefined;
}

/** One line of the table: it speaks of a type, there where stage, facility and interface are the ones that it names. */
export interface RaciRule extends Partial<Raci> {
  readonly type: RaciType;
  readonly stage?: RaciStage | undefined;
  readonly facility?: string | undefined;
  readonly interface?: string | undefined;
}

const line = (type: RaciType, responsible: Party, accountable: Party, consulted: readonly Party[] = [], informed: readonly Party[] = [], stage?: RaciStage): RaciRule & Raci =>
  ({ type, ...(stage ? { stage } : {}), responsible, accountable, consulted, informed });

const SUPPLY = 'supply chain';
const FINANCE = 'finance';
const CLINICAL = 'clinical operations';
const SUPPORT = 'integration support';

/** Ours to begin with; every line can be replaced in the rules file. A gap in a chain belongs to whoever brings its stage. */
export const DEFAULT_RACI: readonly (RaciRule & Raci)[] = [
  line('failed-order', SUPPORT, SUPPLY, [SUPPLY], [CLINICAL]),
  line('refused-line', SUPPLY, SUPPLY, [CLINICAL], [FINANCE]),
  line('overdue-stage', SUPPLY, SUPPLY, [], [FINANCE]),
  line('overdue-stage', CLINICAL, CLINICAL, [SUPPLY], [], 'usage'),
  line('overdue-stage', CLINICAL, CLINICAL, [SUPPLY], [], 'requisition'),
  line('overdue-stage', SUPPLY, SUPPLY, [CLINICAL], [], 'order'),
  line('overdue-stage', SUPPLY, SUPPLY, [], [CLINICAL], 'acknowledgement'),
  line('overdue-stage', SUPPLY, SUPPLY, [], [CLINICAL], 'shipment'),
  line('overdue-stage', SUPPLY, SUPPLY, [], [CLINICAL, FINANCE], 'receipt'),
  line('overdue-stage', FINANCE, FINANCE, [SUPPLY], [], 'invoice'),
  line('overdue-stage', FINANCE, FINANCE, [SUPPORT], [], 'posting'),
  line('orphan', SUPPORT, SUPPORT, [SUPPLY], []),
  line('unmapped-usage', SUPPLY, SUPPLY, [CLINICAL], [FINANCE]),
  line('receipt-without-order', SUPPLY, SUPPLY, [FINANCE], []),
  line('over-delivery', SUPPLY, SUPPLY, [], [FINANCE]),
  line('unmatched-receipt', FINANCE, FINANCE, [SUPPLY], []),
  line('invoice-mismatch', FINANCE, FINANCE, [SUPPLY], []),
  line('missing-posting', FINANCE, FINANCE, [SUPPORT], []),
  line('stuck-handover', SUPPORT, SUPPORT, [], [SUPPLY, FINANCE]),
  line('dead-letter', SUPPORT, SUPPORT),
  line('identity-conflict', SUPPORT, SUPPORT),
  line('not-its-system', SUPPORT, SUPPORT, [SUPPLY, FINANCE], []),
  line('reconciliation-gap', SUPPORT, FINANCE, [SUPPLY], []),
  line('data-quality', SUPPLY, SUPPLY, [FINANCE, SUPPORT], []),
  line('stockout-risk', SUPPLY, SUPPLY, [], [CLINICAL]),
  line('invoice-exceptions', FINANCE, FINANCE, [SUPPLY], []),
  line('silent-interface', SUPPORT, SUPPORT, [], [SUPPLY, FINANCE]),
];

const SCOPES = ['stage', 'facility', 'interface'] as const;
/** How much a line names; of several that hold the one that names more goes first, and of equal ones the later. */
export const named = (rule: RaciRule): number => SCOPES.filter((scope) => rule[scope] !== undefined).length;

/** Who has which part: each letter from the most particular line of the table that states it. */
export function raciOf(table: readonly RaciRule[], about: RaciAbout): Raci {
  const holding = table
    .map((rule, at) => ({ rule, at }))
    .filter(({ rule }) => rule.type === about.type && SCOPES.every((scope) => rule[scope] === undefined || rule[scope] === about[scope]))
    .sort((a, b) => named(b.rule) - named(a.rule) || b.at - a.at)
    .map(({ rule }) => rule);
  return {
    responsible: holding.find((rule) => rule.responsible)?.responsible ?? SUPPORT,
    accountable: holding.find((rule) => rule.accountable)?.accountable ?? SUPPORT,
    consulted: holding.find((rule) => rule.consulted)?.consulted ?? [],
    informed: holding.find((rule) => rule.informed)?.informed ?? [],
  };
}
