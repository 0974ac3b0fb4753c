import type { Store } from '@/clickhouse/client';
import { stockoutLines, type StockoutLine } from '@/clickhouse/queries/stockout-kept';
import { failedOrders, invoiceExceptionRates, interfaceHours, interfaceLast, maintenanceNow } from '@/clickhouse/queries/alerts';
import type { AlertRule, AlertSettings } from '../rules/alerts';
import type { Finding, Judgement } from './incident';
import { silences } from './silence';

const DAY_MS = 86_400_000;
const daysBefore = (at: Date, days: number) => new Date(at.getTime() - days * DAY_MS);
const round = (value: number, places = 1) => String(Math.round(value * 10 ** places) / 10 ** places);

export interface Occasion {
  readonly store: Store;
  readonly at: Date;
  readonly settings: AlertSettings;
}

type Rule = (occasion: Occasion) => Promise<Judgement>;

/** An item that is out, or likely to run out before it can be replenished. Over once its risk is under the limit to watch. */
const stockoutRisk: Rule = async ({ store }) => {
  const lines: StockoutLine[] = [];
  for (const state of ['out', 'high', 'watch', 'unknown']) for await (const line of stockoutLines.stream(store, { facilities: [], state, location: '', item: '' })) lines.push(line);
  const keyOf = (line: { facility: string; location: string; item: string }) => `stockout-risk:${line.facility}:${line.location}:${line.item}`;
  const watched = new Set(lines.filter((line) => line.state === 'watch' || line.state === 'unknown').map(keyOf));
  return {
    holds: (key) => watched.has(key),
    findings: lines.filter((line) => line.state === 'out' || line.state === 'high').map((line): Finding => {
      const name = line.name ? `${line.name} (${line.item})` : line.item;
      const supply = line.days_of_supply === null ? '' : `; ${round(line.days_of_supply)} days of supply`;
      const doubt = line.doubts.length > 0 ? ` The figure deserves less trust: ${line.doubts.join(', ')}.` : '';
      return {
        key: keyOf(line), rule: 'stockout-risk', severity: line.state === 'out' || line.clinical_weight >= 3 ? 'page' : 'ticket', facility: line.facility,
        title: line.state === 'out' ? `${name} is out of stock at ${line.location}` : `${name} is likely to run out at ${line.location}`,
        detail: `Usable ${line.usable ?? 'unknown'} ${line.uom}${supply}; risk ${round((line.risk ?? 0) * 100, 0)} % within ${line.horizon_days} days; ${line.open} on the way.${line.to_order ? ` ${line.to_order} ${line.uom} now would bring the risk under the acceptable one.` : ''}${doubt}`,
        subject: { type: 'item', id: line.item },
        figures: { usable: line.usable ?? 'unknown', risk: round((line.risk ?? 0) * 100, 1), horizonDays: line.horizon_days },
      };
    }),
  };
};

/** Orders that could not be created, one incident per facility and reason. */
const failedOrder: Rule = async ({ store, at, settings }) => {
  const rows = await failedOrders(store, { from: daysBefore(at, settings.failedOrderDays), to: at, facilities: [] });
  return {
    findings: rows.map((row): Finding => ({
      key: `failed-order:${row.facility}:${row.class}:${row.code}`, rule: 'failed-order', severity: 'page', facility: row.facility,
      title: `${row.orders === 1 ? 'An order' : `${row.orders} orders`} could not be created at ${row.facility || 'an unnamed facility'}${row.code ? `: ${row.code}` : ''}`,
      detail: `${row.said} Since ${row.first_failed}; for example ${row.examples.join(', ')}.`,
      subject: { type: 'order', id: row.examples[0] ?? 'unknown' },
      figures: { orders: row.orders },
    })),
  };
};

/** A supplier whose invoices mismatch more than the limit. Over once the share is under three quarters of it. */
const invoiceExceptions: Rule = async ({ store, at, settings }) => {
  const rows = await invoiceExceptionRates(store, { from: daysBefore(at, settings.invoiceWindowDays), to: at, facilities: [] });
  const keyOf = (row: { facility: string; supplier: string }) => `invoice-exceptions:${row.facility}:${row.supplier}`;
  const near = new Set(rows.filter((row) => row.exceptions / row.invoices >= settings.invoiceShare * 0.75).map(keyOf));
  return {
    holds: (key) => near.has(key),
    findings: rows.filter((row) => row.exceptions >= settings.invoiceCount && row.exceptions / row.invoices >= settings.invoiceShare).map((row): Finding => ({
      key: keyOf(row), rule: 'invoice-exceptions', severity: 'ticket', facility: row.facility,
      title: `${row.exceptions} of ${row.invoices} invoices of ${row.supplier || 'an unnamed supplier'} do not match at ${row.facility || 'an unnamed facility'}`,
      detail: `In the last ${settings.invoiceWindowDays} days; limit ${round(settings.invoiceShare * 100, 0)} %. Most frequent: ${row.verdicts.join(', ')}.`,
      subject: { type: 'supplier', id: row.supplier || 'unknown' },
      figures: { invoices: row.invoices, exceptions: row.exceptions },
    })),
  };
};

/** An interface that has sent nothing for longer than its own rhythm explains; announced maintenance explains it too. */
const silentInterface: Rule = async ({ store, at, settings }) => {
  const span = { from: daysBefore(at, settings.silentWeeks * 7 + 7), to: at };
  const [hours, last, maintenance] = await Promise.all([interfaceHours(store, span), interfaceLast(store, span), maintenanceNow(store, { at })]);
  const maintained = new Set(maintenance.map(({ name }) => name));
  const silent = silences(hours, new Map(last.map((row) => [row.interface, new Date(row.last)])), at, settings);
  return {
    findings: silent.filter((row) => !maintained.has(row.interface) && !row.interface.split('-').some((part) => maintained.has(part))).map((row): Finding => ({
      key: `silent-interface:${row.interface}`, rule: 'silent-interface', severity: 'page', facility: '',
      title: `Interface ${row.interface} is silent`,
      detail: `Nothing since ${row.lastEvent.toISOString()}; the same hours of the last ${row.weeks} weeks brought ${round(row.expected)} events on average.`,
      subject: { type: 'interface', id: row.interface },
      figures: { expected: round(row.expected), weeks: row.weeks },
    })),
  };
};

export const RULES: Readonly<Record<AlertRule, Rule>> = {
  'stockout-risk': stockoutRisk,
  'failed-order': failedOrder,
  'invoice-exceptions': invoiceExceptions,
  'silent-interface': silentInterface,
};
