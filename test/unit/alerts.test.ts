import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { transitions, type Finding, type IncidentState } from '../../server/alerts/incident';
import { silences, type HourCount } from '../../server/alerts/silence';

const finding = (key: string): Finding => ({ key, rule: 'stockout-risk', severity: 'page', facility: 'F', title: key, detail: '', subject: { type: 'item', id: key }, figures: {} });
const state = (open: boolean, revision = 1): IncidentState => ({ open, acknowledged: false, revision, sequence: revision, facility: 'F', rule: 'stockout-risk', title: '' });

describe('transitions', () => {
  it('opens what is found and not open, recovers what is open and not found', () => {
    const states = new Map([['a', state(true)], ['b', state(true)], ['c', state(false)]]);
    const said = transitions('stockout-risk', { findings: [finding('a'), finding('c'), finding('d')] }, states);
    expect(said.map((change) => (change.kind === 'open' ? `open ${change.finding.key}` : `recover ${change.key}`))).toEqual(['open c', 'open d', 'recover b']);
  });

  it('leaves the incidents of other rules and those between the limits alone', () => {
    const other = { ...state(true), rule: 'failed-order' };
    expect(transitions('stockout-risk', { findings: [], holds: (key) => key === 'a' }, new Map([['a', state(true)], ['x', other]]))).toEqual([]);
  });

  it('says every opening and every recovery once, whatever is found when', () => {
    fc.assert(fc.property(fc.array(fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd')), { maxLength: 20 }), (looks) => {
      const states = new Map<string, IncidentState>();
      const open = new Set<string>();
      for (const keys of looks) {
        for (const change of transitions('stockout-risk', { findings: [...keys, ...keys].map(finding) }, states)) {
          const key = change.kind === 'open' ? change.finding.key : change.key;
          expect(open.has(key)).toBe(change.kind === 'recover');
          if (change.kind === 'open') open.add(key);
          else open.delete(key);
          states.set(key, state(change.kind === 'open', (change.state?.revision ?? 0) + (change.kind === 'open' ? 1 : 0)));
        }
        expect([...open].sort()).toEqual([...keys].sort());
      }
    }));
  });
});

describe('silent interfaces', () => {
  const now = new Date('2026-03-30T12:00:00Z');
  const hourOf = (at: Date) => Math.floor(at.getTime() / 3_600_000);
  const rules = { silentExpected: 8, silentMinutes: 30, silentWeeks: 4 };
  /** Ten events in each of these hours of the day, for five weeks up to `until`. */
  const rhythm = (hours: number[], until: Date): HourCount[] =>
    Array.from({ length: 35 * 24 }, (_, i) => hourOf(now) - i).filter((hour) => hours.includes(hour % 24) && hour <= hourOf(until)).map((hour) => ({ interface: 'x', hour, events: 10 }));
  const all = Array.from({ length: 24 }, (_, i) => i);

  it('finds an interface that stopped while its rhythm says that it sends', () => {
    const last = new Date('2026-03-30T09:59:00Z');
    const [found] = silences(rhythm(all, last), new Map([['x', last]]), now, rules);
    expect(found).toMatchObject({ interface: 'x', weeks: 4 });
    expect(found?.expected).toBeCloseTo(20.2, 0);
  });

  it('is content where the same hours were always quiet', () => {
    const last = new Date('2026-03-30T08:59:00Z');
    expect(silences(rhythm([6, 7, 8], last), new Map([['x', last]]), now, rules)).toEqual([]);
  });

  it('needs a longer silence than the shortest, and a history', () => {
    const last = new Date('2026-03-30T11:45:00Z');
    expect(silences(rhythm(all, last), new Map([['x', last]]), now, rules)).toEqual([]);
    const young = new Date('2026-03-30T09:00:00Z');
    expect(silences(rhythm(all, young).filter(({ hour }) => hour > hourOf(now) - 48), new Map([['x', young]]), now, rules)).toEqual([]);
  });
});
