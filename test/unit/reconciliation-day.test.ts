import { describe, expect, it } from 'vitest';
import { changesSince, standingOf, type WindowRow } from '../../server/reconciliation/close';
import { dayOf, dayWindow } from '../../server/reconciliation/day';

const span = (day: string, zone: string) => {
  const found = dayWindow(day, zone);
  return found && [found.from.toISOString(), found.to.toISOString(), (found.to.getTime() - found.from.getTime()) / 3_600_000];
};

describe('a day in the zone of its facility', () => {
  it('has 23 hours where clocks go forward and 25 where they go back', () => {
    expect(span('2026-03-08', 'America/Chicago')).toEqual(['2026-03-08T06:00:00.000Z', '2026-03-09T05:00:00.000Z', 23]);
    expect(span('2026-11-01', 'America/Chicago')).toEqual(['2026-11-01T05:00:00.000Z', '2026-11-02T06:00:00.000Z', 25]);
    expect(span('2026-03-29', 'Europe/Vienna')).toEqual(['2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z', 23]);
    expect(span('2026-10-25', 'Europe/Vienna')).toEqual(['2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z', 25]);
    expect(span('2026-03-07', 'America/Chicago')?.[2]).toBe(24);
  });

  it('is found wherever the zone lies', () => {
    expect(span('2026-06-01', 'UTC')).toEqual(['2026-06-01T00:00:00.000Z', '2026-06-02T00:00:00.000Z', 24]);
    expect(span('2026-06-01', 'Pacific/Kiritimati')).toEqual(['2026-05-31T10:00:00.000Z', '2026-06-01T10:00:00.000Z', 24]);
    expect(span('2026-06-01', 'Pacific/Pago_Pago')).toEqual(['2026-06-01T11:00:00.000Z', '2026-06-02T11:00:00.000Z', 24]);
    expect(span('2026-06-01', 'Asia/Kathmandu')).toEqual(['2026-05-31T18:15:00.000Z', '2026-06-01T18:15:00.000Z', 24]);
    expect(dayOf('2026-03-09T04:59:59.999Z', 'America/Chicago')).toBe('2026-03-08');
    expect(dayOf('2026-03-09T05:00:00.000Z', 'America/Chicago')).toBe('2026-03-09');
  });

  it('meets the next one without a gap, all the year', () => {
    for (const zone of ['America/Chicago', 'Europe/Vienna', 'Australia/Lord_Howe', 'America/Santiago']) {
      let end = dayWindow('2026-01-01', zone)?.from.getTime();
      for (let day = Date.parse('2026-01-01T00:00:00Z'); day < Date.parse('2027-01-01T00:00:00Z'); day += 86_400_000) {
        const found = dayWindow(new Date(day).toISOString().slice(0, 10), zone);
        expect(found?.from.getTime(), `${zone} ${new Date(day).toISOString()}`).toBe(end);
        end = found?.to.getTime();
      }
    }
  });

  it('is none where the calendar has none', () => {
    for (const day of ['2026-02-30', '2026-13-01', 'yesterday', '']) expect(dayWindow(day, 'UTC')).toBeNull();
  });
});

describe('what has changed since a day was signed', () => {
  const row = (more: Partial<WindowRow>): WindowRow => ({
    window_key: 'ST-ANNA procurement-to-erp procurement erp 2026-03-02 06:00:00.000 2026-03-03 06:00:00.000', facility: 'ST-ANNA', interface: 'procurement-to-erp', source: 'procurement', target: 'erp', window_from: '', window_to: '',
    state: 'open', what: '1 missing in target', since: '', settled_at: null, s_count: 3, t_count: 2, s_value: '30.5', t_value: '20', currency: 'USD', log_sent: 3, log_arrived: 2, log_differs: 0, gap_value: '10.5',
    missing_keys: 1, extra_keys: 0, other_keys: 0, keyed: 1, s_statuses: '', t_statuses: '', ...more,
  });

  it('is nothing while figures and state stay', () => {
    expect(changesSince([standingOf(row({}))], [row({ log_arrived: 3 })])).toEqual([]);
  });

  it('names what stood then and what stands now', () => {
    expect(changesSince([standingOf(row({}))], [row({ state: 'agrees', what: '', t_count: 3, t_value: '30.5' })])).toMatchObject([
      { interface: 'procurement-to-erp', then: 'open: source 3 30.5 USD; target 2 20 USD; 1 missing in target', now: 'agrees: source 3 30.5 USD; target 3 30.5 USD' },
    ]);
    expect(changesSince([], [row({ s_value: null, t_count: null, state: 'silent', what: 'target is silent' })])).toMatchObject([{ then: null, now: 'silent: source 3; target nothing reported; target is silent' }]);
    expect(changesSince([standingOf(row({}))], [])).toMatchObject([{ interface: 'procurement-to-erp', source: 'procurement', target: 'erp', now: null }]);
  });
});
