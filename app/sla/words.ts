import type { SlaResult, SlaValue } from '@/server/sla/report';
import { formatDecimal, formatDuration, formatMoney, formatPercent } from '../components/format/format';

/** SLA figures in words; the same on the report, on the figure's own page and on paper. */

const HOUR = 3_600_000;

/** `97.4 %`, or the median time; null without data. */
export function valueText(rule: Pick<SlaResult, 'kind'>, value: Pick<SlaValue, 'ratio' | 'p50'>): string | null {
  return rule.kind === 'duration' ? formatDuration(value.p50) : formatPercent(value.ratio);
}

/** `at least 99 %`, `at most 24 h`. */
export function targetText(figure: Pick<SlaResult, 'kind' | 'better' | 'target'>): string {
  const much = figure.kind === 'duration' ? formatDuration(figure.target * HOUR) : `${formatDecimal(figure.target * 100, 0, 2)} %`;
  return `${figure.better === 'higher' ? 'at least' : 'at most'} ${much}${figure.kind === 'duration' ? ' in the median' : ''}`;
}

/** A sum of a figure: money with its currency, else a count. */
export function sumText(figure: Pick<SlaResult, 'money'>, amount: string, currency: string): string {
  return (figure.money ? formatMoney(amount, currency) : formatDecimal(amount)) ?? 'unknown';
}

/** What stands behind the value, on one line. */
export function behindText(figure: SlaResult, value: SlaValue): string {
  if (figure.kind === 'duration') return `p90 ${formatDuration(value.p90) ?? 'unknown'} · ${formatPercent(value.ratio) ?? 'unknown'} within the target`;
  const part = formatDecimal(value.numerator, figure.money ? 2 : 0, 2) ?? 'unknown';
  return `${figure.kind === 'accuracy' ? 'off by ' : ''}${part} of ${sumText(figure, value.denominator, value.currency)}`;
}

/** `p50 156 ms · p95 2.8 s · p99 5.3 s`; null where no latency is known. */
export function latencyText(figure: SlaResult, value: SlaValue): string | null {
  if (figure.kind === 'duration' || value.p50 === null) return null;
  return `Latency: p50 ${formatDuration(value.p50)} · p95 ${formatDuration(value.p95)} · p99 ${formatDuration(value.p99)}`;
}
