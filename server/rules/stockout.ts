import { z } from 'zod';
import { loadRules } from './load';

/** Rules of the stockout forecast: section `stockout` of the rules file. */
export const stockoutRules = z.strictObject({
  draws: z.number().int().min(1000).max(20_000).default(1000).meta({ title: 'Draws per item and location' }),
  reviewPeriodDays: z.number().min(0).max(60).default(1).meta({ title: 'Review period', description: 'How often stock is looked at, days; added to the p90 lead time to give the horizon' }),
  defaultLeadTimeDays: z.number().min(0).max(365).default(7).meta({ title: 'Lead time where none is known yet', description: 'days' }),
  acceptableRisk: z.number().min(0.001).max(0.5).default(0.05).meta({ title: 'Acceptable risk', description: 'The suggested quantity brings the risk within the horizon under this' }),
  highRisk: z.number().min(0).max(1).default(0.5).meta({ title: 'High risk', description: 'From this probability within the horizon on' }),
  watchRisk: z.number().min(0).max(1).default(0.2).meta({ title: 'Risk to watch' }),
  balanceStaleHours: z.number().min(1).default(30).meta({ title: 'Balance is old', description: 'hours since the newest report; lowers confidence' }),
  usageLateHours: z.number().min(1).default(30).meta({ title: 'Usage feed is late', description: 'hours since the facility\'s newest usage; lowers confidence' }),
});
export type StockoutSettings = z.output<typeof stockoutRules>;

export function stockoutSettings(): StockoutSettings {
  return loadRules('stockout', stockoutRules.prefault({}));
}
