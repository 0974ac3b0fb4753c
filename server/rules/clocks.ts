import { z } from 'zod';
import { loadRules } from './load';

/** Rules of the chains: sections `clocks` and `lineage` of the rules file. Every default is ours, to be changed by whoever runs the network. */

const days = (standard: number) => z.number().min(0).max(3650).default(standard);

export const clockRules = z.strictObject({
  order: days(2).meta({ title: 'Order', description: 'Usage that must be ordered, or requisition approved (submitted where nobody approves) → order' }),
  acknowledgement: days(2).meta({ title: 'Acknowledgement', description: 'Order sent (created where nothing says sent) → acknowledgement' }),
  promise_slack: days(2).meta({ title: 'Receipt after a promise', description: "Promised date (the acknowledgement's, else the order's) → receipt" }),
  receipt: days(14).meta({ title: 'Receipt without a promise', description: 'Order → receipt where nothing is promised' }),
  invoice: days(30).meta({ title: 'Invoice', description: 'Receipt (order where no receipt is required first) → invoice' }),
  posting: days(5).meta({ title: 'Posting', description: 'Invoice and, where required, receipt → posting. Usage of stock → posting of its cost' }),
  sent_share: z.number().min(0).max(1).default(0.8).meta({
    title: 'Stages that a facility sends',
    description: 'Usage (billed flows), requisition (two- and three-way) and acknowledgement are required where at least this share of its order lines of one flow type has had them',
  }),
});
/** How long a chain may wait at a stage before the next one is overdue, elapsed days of 24 hours; and from which share on a stage counts as sent. */
export type StageClocks = z.output<typeof clockRules>;

export const stageClocks = (): StageClocks => loadRules('clocks', clockRules.prefault({}));

export const lineageRules = z.strictObject({
  inferred: z
    .strictObject({
      counted: z.boolean().default(false),
      least_confidence: z.number().min(0).max(1).default(0.8),
    })
    .prefault({})
    .meta({ title: 'Relations that nobody stated', description: 'Whether they count in stages, completeness and money, and from which confidence on' }),
});

/** From which confidence on an inferred relation counts as if it were stated; null: none does. */
export function inferredFrom(): number | null {
  const { inferred } = loadRules('lineage', lineageRules.prefault({}));
  return inferred.counted ? inferred.least_confidence : null;
}
