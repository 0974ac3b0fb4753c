import { z } from 'zod';
import { SLA_KEYS, type SlaKey } from '@/clickhouse/queries/sla';
import { loadRules, rulesVersion } from './load';

/**
 * The SLA figures: what each one counts, its target and, where the field has one, an industry figure beside it.
 * Targets are ours to set (section `sla` of the rules file); benchmarks are quotations and are not.
 */

export const SLA_GROUPS = ['Availability and supply', 'Procurement', 'Invoices and spend', 'Systems and lineage'] as const;
export type SlaGroup = (typeof SLA_GROUPS)[number];

export interface SlaFigureRule {
  key: SlaKey;
  title: string;
  group: SlaGroup;
  /**
   * - `ratio`: Σ numerator ÷ Σ denominator
   * - `accuracy`: 1 − Σ numerator ÷ Σ denominator, not below 0; the numerator is what differs
   * - `duration`: the median of the lines' times; the numerator counts those within the target
   */
  kind: 'ratio' | 'accuracy' | 'duration';
  better: 'higher' | 'lower';
  /** Whether numerator and denominator are money, per currency. */
  money: boolean;
  numerator: string;
  denominator: string;
  /** What is counted, and what is left out. */
  filter: string;
  /** What has to arrive for the figure to exist: said where it has no data. */
  needs: string;
  benchmark?: string;
  /** Rules that it stands on besides its own. */
  alsoBy?: 'match' | 'clocks';
}

const share = { kind: 'ratio', better: 'higher', money: false } as const;
const time = { kind: 'duration', better: 'lower', money: false } as const;
const UNKNOWN_OUT = 'What cannot be judged is left out';

const FIGURES: Readonly<Record<SlaKey, Omit<SlaFigureRule, 'key'>>> = {
  'stock-availability': {
    ...share, title: 'Stock availability', group: 'Availability and supply',
    numerator: 'item-location-days not stocked out', denominator: 'known item-location-days',
    filter: 'Days, in the facility’s zone, with at least one balance report; a day counts as stocked out when any of its reports says that nothing is on hand. Days without a report are unknown and left out.',
    needs: 'No balance was reported (inventory.balance.reported).',
  },
  'stockout-rate': {
    ...share, better: 'lower', title: 'Stockout rate', group: 'Availability and supply',
    numerator: 'replenishment lines asked for while stocked out', denominator: 'replenishment lines asked for',
    filter: 'Stocked out: the newest balance report before the request says that nothing is on hand. Lines without any report before them are left out.',
    needs: 'No replenishment was requested for which a balance report is known.', benchmark: '≤ 1 % (OntarioBuys 4.1)',
  },
  'point-of-use-fill': {
    ...share, title: 'Point-of-use fill', group: 'Availability and supply',
    numerator: 'replenishment lines filled in full', denominator: 'replenishment lines asked for',
    filter: 'Lines of which nothing was brought yet count once filling is due. Lines without a quantity are left out.',
    needs: 'No replenishment was requested (inventory.replenishment.requested).', benchmark: '≥ 98 % (OntarioBuys 4.2)',
  },
  'replenishment-cycle': {
    ...time, title: 'Replenishment cycle time', group: 'Availability and supply',
    numerator: 'lines filled within the target', denominator: 'lines filled',
    filter: 'Replenishment asked → filled, for lines asked for in the range. Lines that are not filled yet have no time.',
    needs: 'No replenishment was filled (inventory.replenishment.filled).',
  },
  'requisition-to-sent': {
    ...time, title: 'Requisition to order sent', group: 'Procurement',
    numerator: 'lines sent within the target', denominator: 'requisition lines sent',
    filter: 'Requisition submitted → order sent, for lines submitted in the range and ordered under a stated relation.',
    needs: 'No requisition is followed by an order that was sent.', benchmark: '5 h top quartile, 48 h bottom quartile (APQC)',
  },
  'approved-to-receipt': {
    ...time, title: 'Approval to receipt', group: 'Procurement',
    numerator: 'lines received within the target', denominator: 'requisition lines received',
    filter: 'Requisition approved → first receipt of an order line that serves it, for lines approved in the range.',
    needs: 'No approved requisition is followed by a receipt.',
  },
  'first-response-fill': {
    ...share, title: 'First-response fill', group: 'Procurement',
    numerator: 'order lines acknowledged without rejection', denominator: 'order lines acknowledged',
    filter: 'As GHX defines it: the first acknowledgement of each line; IR and ID are rejections. Acknowledgements without a code are left out.',
    needs: 'No order line was acknowledged (procurement.order.acknowledged).',
  },
  'perfect-order': {
    ...share, title: 'Perfect order', group: 'Procurement', alsoBy: 'match',
    numerator: 'order lines acknowledged and invoiced without an exception of item, unit, price, rejection or quantity', denominator: 'order lines',
    filter: 'As GHX defines it: order lines created in the range that were invoiced, rejected, or are past the clocks of receipt and invoice; consignment fills, cancelled lines, and facilities that send no acknowledgements are left out.',
    needs: 'No order line with acknowledgements and an invoice can be judged.',
  },
  'price-accuracy': {
    ...share, title: 'Price accuracy', group: 'Procurement', alsoBy: 'match',
    numerator: 'contract lines invoiced within tolerance of the contract price', denominator: 'contract lines',
    filter: 'Invoice lines on orders that name a contract with a price on the order’s day, in the same unit and currency.',
    needs: 'No invoice line stands on a contract whose price is known.',
  },
  'on-contract-spend': {
    ...share, title: 'On-contract spend', group: 'Procurement', money: true,
    numerator: 'spend on contract', denominator: 'spend on items that have a contract',
    filter: 'Order lines created in the range for items with a contract in force at the facility on that day; cancelled lines and lines without a price are left out.',
    needs: 'No priced order line is for an item with a contract in force.',
  },
  'perfect-invoice': {
    ...share, title: 'Perfect invoice match', group: 'Invoices and spend', alsoBy: 'match',
    numerator: 'invoices with every line matched', denominator: 'invoices on orders',
    filter: 'Invoices received in the range on known orders. Invoices that only lack data for a verdict are left out.',
    needs: 'No invoice on an order can be judged.', benchmark: '≥ 95 % (OntarioBuys 3.7)',
  },
  'invoice-exceptions': {
    ...share, better: 'lower', title: 'Invoice exception rate', group: 'Invoices and spend', alsoBy: 'match',
    numerator: 'invoices with at least one exception', denominator: 'invoices',
    filter: 'Invoices received in the range, those without an order included. Waiting for a receipt is no exception. Invoices that only lack data for a verdict are left out.',
    needs: 'No invoice can be judged.', benchmark: '22.6 % average, 10.1 % best (Ardent 2019)',
  },
  touchless: {
    ...share, title: 'Touchless rate', group: 'Invoices and spend', alsoBy: 'clocks',
    numerator: 'invoices posted with no human step', denominator: 'invoices',
    filter: 'Invoices received in the range whose events say who acted; one not posted yet counts once its receipt and posting are overdue. Cancelled invoices are left out.',
    needs: 'No invoice was posted with events that say who acted.', benchmark: '49.2 % best (2025)',
  },
  'invoice-cycle': {
    ...time, title: 'Invoice cycle time', group: 'Invoices and spend',
    numerator: 'invoices ready within the target', denominator: 'invoices ready to post',
    filter: 'Invoice received → ready to post (approved; posted where nobody approves), for invoices received in the range.',
    needs: 'No invoice was approved or posted.', benchmark: '17.4 d average, 3.1 d best (Ardent 2025)',
  },
  'spend-accuracy': {
    kind: 'accuracy', better: 'higher', money: true, title: 'Spend accuracy', group: 'Invoices and spend', alsoBy: 'match',
    numerator: 'Σ |posted − matched|', denominator: 'Σ matched',
    filter: 'Matched invoice lines of the range against what was posted to them; nothing posted counts as 0 once posting is overdue. Postings that settle several lines in one amount are left out.',
    needs: 'No matched invoice line is due for posting.',
  },
  'case-cost-accuracy': {
    kind: 'accuracy', better: 'higher', money: true, title: 'Case-cost accuracy', group: 'Invoices and spend', alsoBy: 'clocks',
    numerator: 'Σ |posted case cost − priced usage|', denominator: 'Σ priced usage',
    filter: 'Usage on cases in the range, priced as on the page of cases: by contract, else the item’s last order at the facility, else the item master; nothing posted counts as 0 once posting is overdue. Usage without a price, cases posted as a whole, and postings in another currency, are left out.',
    needs: 'No usage on a case has a known price and is due for posting.',
  },
  'interface-availability': {
    ...share, title: 'Interface availability', group: 'Systems and lineage',
    numerator: 'hand-overs that succeeded', denominator: 'hand-overs due',
    filter: 'Messages to a target, each with all its attempts; those still being tried are left out. Latency is that of the last attempt.',
    needs: 'No hand-over was recorded.',
  },
  'lineage-completeness': {
    ...share, title: 'Lineage completeness', group: 'Systems and lineage', alsoBy: 'clocks',
    numerator: 'closed chains with every required stage', denominator: 'closed chains',
    filter: `Chains that began in the range and are posted, cancelled, or overdue at a required stage. ${UNKNOWN_OUT}: chains without a known flow type.`,
    needs: 'No chain of the range has closed.',
  },
};

export const SLA_FIGURES: readonly SlaFigureRule[] = SLA_KEYS.map((key) => ({ key, ...FIGURES[key] }));
export const figureRule = (key: SlaKey): SlaFigureRule => ({ key, ...FIGURES[key] });

const ratio = (value: number) => z.number().min(0).max(1).default(value);
const hours = (value: number) => z.number().positive().max(8760).default(value);

export const slaRules = z.strictObject({
  targets: z.strictObject({
    'stock-availability': ratio(0.99), 'stockout-rate': ratio(0.01), 'point-of-use-fill': ratio(0.98), 'replenishment-cycle': hours(24),
    'requisition-to-sent': hours(24), 'approved-to-receipt': hours(120), 'first-response-fill': ratio(0.95), 'perfect-order': ratio(0.9), 'price-accuracy': ratio(0.98), 'on-contract-spend': ratio(0.9),
    'perfect-invoice': ratio(0.95), 'invoice-exceptions': ratio(0.1), touchless: ratio(0.5), 'invoice-cycle': hours(120), 'spend-accuracy': ratio(0.99), 'case-cost-accuracy': ratio(0.98),
    'interface-availability': ratio(0.995), 'lineage-completeness': ratio(0.95),
  } satisfies Record<SlaKey, z.ZodType>).prefault({}).meta({ title: 'Targets', description: 'Shares from 0 to 1; times in hours, held against the median' }),
  contractTolerancePercent: z.union([z.string(), z.number()]).transform(String).refine((text) => /^\d{1,4}(\.\d{1,4})?$/.test(text), { error: 'has to be a percentage, best in quotes' }).default('2')
    .meta({ title: 'How far an invoiced price may be off the contract price, percent' }),
  fillDueHours: z.number().positive().max(8760).default(24).meta({ title: 'Time that filling a replenishment may take before it counts as not filled, hours' }),
});
export type SlaSettings = z.output<typeof slaRules>;

const DEFAULTS: SlaSettings = slaRules.parse({});

export function slaSettings(): SlaSettings {
  return loadRules('sla', slaRules.prefault({}));
}

/** Stands beside every figure. */
export function slaVersion(settings: SlaSettings = slaSettings()): string {
  return rulesVersion('sla-1', settings, DEFAULTS);
}
