import { describe, expect, it } from 'vitest';
import { SLA_KEYS } from '../../clickhouse/queries/sla';
import { SLA_FIGURES, slaRules, slaVersion } from '../../server/rules/sla';
import { resultOf, type SlaSums } from '../../server/sla/report';

const settings = slaRules.parse({});
const sums = (numerator: string, denominator: string, more: Partial<SlaSums> = {}): SlaSums => ({ currency: '', n: 1, numerator_sum: numerator, denominator_sum: denominator, quantiles: [], ...more });

describe('a figure against its target', () => {
  it('has no data, and not 0 %, where nothing stands behind it', () => {
    expect(resultOf('touchless', [], settings)).toMatchObject({ state: 'no_data', n: 0, values: [] });
    expect(resultOf('spend-accuracy', [sums('0', '0')], settings)).toMatchObject({ state: 'no_data' });
    expect(resultOf('invoice-cycle', [sums('0', '1')], settings)).toMatchObject({ state: 'no_data' });
    expect(resultOf('touchless', [sums('0', '4')], settings)).toMatchObject({ state: 'missed', values: [{ ratio: '0' }] });
  });

  it('meets its target at the very edge, high or low', () => {
    expect(resultOf('stock-availability', [sums('99', '100')], settings).state).toBe('met');
    expect(resultOf('stock-availability', [sums('98.9999', '100')], settings).state).toBe('missed');
    expect(resultOf('stockout-rate', [sums('1', '100')], settings).state).toBe('met');
    expect(resultOf('stockout-rate', [sums('2', '100')], settings).state).toBe('missed');
  });

  it('holds the median of times against the target, whatever share is within it', () => {
    expect(resultOf('requisition-to-sent', [sums('1', '3', { quantiles: [86_400_000, 2, 3, 4] })], settings).state).toBe('met');
    expect(resultOf('requisition-to-sent', [sums('2', '3', { quantiles: [86_400_001, 2, 3, 4] })], settings).state).toBe('missed');
  });

  it('keeps currencies apart: each has to meet the target, and accuracy is never below 0', () => {
    const spend = resultOf('spend-accuracy', [sums('0', '1000', { currency: 'EUR' }), sums('30', '10', { currency: 'USD', n: 2 })], settings);
    expect(spend).toMatchObject({ state: 'missed', n: 3, values: [{ currency: 'EUR', ratio: '1', state: 'met' }, { currency: 'USD', ratio: '0', state: 'missed' }] });
  });

  it('names each figure once, and its version says when a target was changed', () => {
    expect(SLA_FIGURES.map((figure) => figure.key)).toEqual([...SLA_KEYS]);
    expect(slaVersion(settings)).toBe('sla-1');
    const changed = slaRules.parse({ targets: { touchless: 0.6 } });
    expect(slaVersion(changed)).toMatch(/^sla-1\+[0-9a-f]{8}$/);
    expect(resultOf('touchless', [sums('55', '100')], changed).state).toBe('missed');
    expect(slaRules.safeParse({ targets: { touchless: 60 } }).success).toBe(false);
  });
});
