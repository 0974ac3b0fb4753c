import { describe, expect, it } from 'vitest';
import { forecast, quantile, type DemandDay, type StockoutInput, type StockoutRules } from '../../server/stockout/model';

const rules: StockoutRules = { draws: 2000, reviewPeriodDays: 1, defaultLeadTimeDays: 5, acceptableRisk: 0.05 };
const days = (...used: (number | null)[]): DemandDay[] => used.map((u) => ({ used: u, stockedOut: false }));
const input = (over: Partial<StockoutInput>): StockoutInput => ({ seed: 'x', usable: 10, days: days(...Array<number>(30).fill(2)), open: [], leadTimes: [4, 4, 4], ...over });

describe('stockout forecast', () => {
  it('is certain where demand is the same every day', () => {
    // 10 units at 2 a day reach zero on day 5; horizon 4 + 1 = 5 days.
    const result = forecast(input({}), rules);
    expect(result).toMatchObject({ dailyDemand: 2, daysOfSupply: 5, horizonDays: 5, pattern: 'smooth', runsOutInDays: 5, risk: { horizon: 1, d7: 1 } });
    // One more unit leaves one on day 5.
    expect(result.toOrder).toBe(1);
    expect(forecast(input({ usable: 11 }), rules).risk?.horizon).toBe(0);
  });

  it('counts open supply when it arrives in time and not when it comes too late', () => {
    expect(forecast(input({ open: [{ quantity: 100, ageDays: 2, promisedInDays: null }] }), rules).risk?.horizon).toBe(0);
    expect(forecast(input({ open: [{ quantity: 100, ageDays: 0, promisedInDays: 9 }] }), rules).risk?.d7).toBe(1);
  });

  it('leaves out days without a report and days already stocked out, which are not days without demand', () => {
    const unknown = forecast(input({ days: [...days(2, null, null, 2, null, 2)] }), rules);
    expect(unknown.dailyDemand).toBe(2);
    const out = forecast(input({ days: [...days(2, 2), { used: 0, stockedOut: true }] }), rules);
    expect(out.dailyDemand).toBe(2);
  });

  it('gives no days of supply where there is no demand, and no risk', () => {
    expect(forecast(input({ days: days(0, 0, 0) }), rules)).toMatchObject({ pattern: 'none', daysOfSupply: null, risk: { horizon: 0 } });
  });

  it('says unknown where no day or no balance is known', () => {
    expect(forecast(input({ days: days(null, null) }), rules)).toMatchObject({ pattern: 'unknown', risk: null, dailyDemand: null });
    expect(forecast(input({ usable: null }), rules)).toMatchObject({ risk: null, daysOfSupply: null, dailyDemand: 2 });
  });

  it('treats seldom demand as intermittent, and its risk grows with the horizon', () => {
    const result = forecast(input({ usable: 3, days: days(...Array.from({ length: 40 }, (_, i) => (i % 4 === 0 ? 3 : 0))) }), rules);
    expect(result.pattern).toBe('intermittent');
    const { d7, d14, d30 } = result.risk ?? { d7: NaN, d14: NaN, d30: NaN };
    expect(d7).toBeLessThanOrEqual(d14);
    expect(d14).toBeLessThanOrEqual(d30);
    expect(d30).toBeGreaterThan(0.9);
  });

  it('is the same for the same seed and facts', () => {
    const noisy = input({ days: days(0, 3, 1, 5, 2, 4, 0, 1) });
    expect(forecast(noisy, rules)).toEqual(forecast(noisy, rules));
  });

  it('already out is out today', () => {
    expect(forecast(input({ usable: 0 }), rules)).toMatchObject({ runsOutInDays: 0, risk: { horizon: 1 } });
  });
});

describe('quantile', () => {
  it('interpolates', () => expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5));
});
