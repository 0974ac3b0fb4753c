import { z } from 'zod';
import { loadRules } from './load';

/** Rules of the alerts: section `alerts` of the rules file. */
export const alertRules = z.strictObject({
  everySeconds: z.number().int().min(1).max(3600).default(20).meta({ title: 'How often rules are looked at, seconds' }),
  invoiceWindowDays: z.number().min(0.1).max(90).default(7).meta({ title: 'Invoice exceptions: window, days' }),
  invoiceShare: z.number().min(0).max(1).default(0.15).meta({ title: 'Invoice exceptions: share of a supplier\'s invoices that alerts' }),
  invoiceCount: z.number().int().min(1).default(3).meta({ title: 'Invoice exceptions: fewest invoices with one' }),
  failedOrderDays: z.number().min(0.1).max(90).default(7).meta({ title: 'Failed order creation: how far back, days' }),
  silentExpected: z.number().min(1).default(8).meta({ title: 'Silent interface: events that its own rhythm would have brought meanwhile' }),
  silentMinutes: z.number().min(1).default(30).meta({ title: 'Silent interface: shortest silence, minutes' }),
  silentWeeks: z.number().int().min(1).max(12).default(4).meta({ title: 'Silent interface: weeks that its rhythm is learned from' }),
});
export type AlertSettings = z.output<typeof alertRules>;

export function alertSettings(): AlertSettings {
  return loadRules('alerts', alertRules.prefault({}));
}

/** Each is a type of the RACI table, which says who acts on it. */
export const ALERT_RULES = ['stockout-risk', 'failed-order', 'invoice-exceptions', 'silent-interface'] as const;
export type AlertRule = (typeof ALERT_RULES)[number];
