import { describe, expect, it } from 'vitest';
import { BOM, csvChunks, csvField, isoInZone } from '../../server/lists/csv';
import type { ListColumn, ListRow } from '../../server/lists/columns';
import { LivePoller, type LiveState } from '../../server/live';
import { defaultRange, filtersInput, resolveRange, stepFor } from '../../server/range';
import { formatDecimal, formatDuration, formatMoney, formatPercent, formatTime } from '../../app/components/format/format';
import { withFilters } from '../../app/components/filters/with-filters';
import { withGaps } from '../../app/components/charts/prepare';

async function csv(columns: ListColumn[], batches: ListRow[][], zone = 'UTC'): Promise<string> {
  async function* source() {
    yield* batches;
  }
  let text = '';
  for await (const chunk of csvChunks(columns, source(), () => zone)) text += chunk;
  return text;
}

describe('csv', () => {
  it('quotes as RFC 4180 says', () => {
    expect(csvField('a,b')).toBe('"a,b"');
    expect(csvField('say "x"')).toBe('"say ""x"""');
    expect(csvField('two\nlines')).toBe('"two\nlines"');
    expect(csvField('plain')).toBe('plain');
  });
  it('begins with a byte order mark and labels, and ends lines with CRLF', async () => {
    const text = await csv([{ key: 'a', label: 'Änderung', kind: 'text' }], [[{ a: 'x' }], [], [{ a: null }]]);
    expect(text).toBe(`${BOM}Änderung\r\nx\r\n\r\n`);
  });
  it('lets no cell run as a formula, and leaves negative numbers numbers', async () => {
    const columns: ListColumn[] = [
      { key: 't', label: 'T', kind: 'text' },
      { key: 'd', label: 'D', kind: 'decimal' },
    ];
    const text = await csv(columns, [
      [
        { t: '=HYPERLINK("http://x")', d: '-12.50' },
        { t: '+1', d: '=1+1' },
        { t: '-2', d: null },
        { t: '@sum', d: '0' },
        { t: '\tx', d: '1e-7' },
      ],
    ]);
    expect(text.split('\r\n').slice(1, 6)).toEqual(['"\'=HYPERLINK(""http://x"")",-12.50', "'+1,'=1+1", "'-2,", "'@sum,0", "'\tx,1e-7"]);
  });
  it('brings currency and unit along where no column shows them', async () => {
    const columns: ListColumn[] = [
      { key: 'm', label: 'Value', kind: 'money', currencyKey: 'currency' },
      { key: 'q', label: 'Quantity', kind: 'decimal', uomKey: 'uom' },
      { key: 'uom', label: 'Unit', kind: 'text' },
    ];
    const text = await csv(columns, [[{ m: '1234.5000', currency: 'EUR', q: '2', uom: 'BX' }]]);
    expect(text).toBe(`${BOM}Value,Currency,Quantity,Unit\r\n1234.5000,EUR,2,BX\r\n`);
  });
  it('writes instants as the wall clock of the zone with its offset, on both sides of a clock change', () => {
    expect(isoInZone('2026-03-08 07:59:59.120', 'America/Chicago')).toBe('2026-03-08T01:59:59.120-06:00');
    expect(isoInZone('2026-03-08T08:00:00.000Z', 'America/Chicago')).toBe('2026-03-08T03:00:00.000-05:00');
    expect(isoInZone('2026-01-01T00:00:00Z', 'Asia/Kathmandu')).toBe('2026-01-01T05:45:00.000+05:45');
    expect(isoInZone('2026-01-01T00:00:00Z', 'UTC')).toBe('2026-01-01T00:00:00.000+00:00');
    expect(isoInZone(null, 'UTC')).toBe('');
  });
});

describe('time range', () => {
  const now = new Date('2026-05-31T12:00:00Z');
  const living = { first: new Date('2026-01-01T00:00:00Z'), last: new Date('2026-05-31T11:59:00Z') };
  const history = { first: new Date('2006-02-01T00:00:00Z'), last: new Date('2019-12-31T23:00:00Z') };

  it('takes both ends before a preset', () => {
    const input = filtersInput.parse({ range: '1h', from: '2020-01-01T00:00:00Z', to: '2020-02-01T00:00:00+01:00' });
    expect(resolveRange(input, null, now)).toEqual({
      from: new Date('2020-01-01T00:00:00Z'),
      to: new Date('2020-01-31T23:00:00Z'),
      preset: null,
    });
  });
  it('shows a week of a living log and all of a history', () => {
    expect(defaultRange(living, now)).toBe('7d');
    expect(defaultRange(history, now)).toBe('all');
    expect(defaultRange(null, now)).toBe('7d');
    expect(resolveRange({}, living, now)).toMatchObject({ from: new Date('2026-05-24T12:00:00Z'), to: now, preset: '7d' });
  });
  it('ends all of a history with its last event, which is inside', () => {
    const { from, to } = resolveRange({ range: 'all' }, history, now);
    expect(from).toEqual(history.first);
    expect(to.getTime()).toBe(history.last.getTime() + 1);
  });
  it('ends all of a living log now, or with what is dated later', () => {
    expect(resolveRange({ range: 'all' }, living, now).to).toEqual(now);
    const ahead = { ...living, last: new Date('2026-06-02T00:00:00Z') };
    expect(resolveRange({ range: 'all' }, ahead, now).to.getTime()).toBe(ahead.last.getTime() + 1);
  });
  it('refuses one end alone and ends the wrong way round', () => {
    expect(filtersInput.safeParse({ from: '2020-01-01T00:00:00Z' }).success).toBe(false);
    expect(filtersInput.safeParse({ from: '2020-01-02T00:00:00Z', to: '2020-01-01T00:00:00Z' }).success).toBe(false);
    expect(filtersInput.safeParse({ range: '3y' }).success).toBe(false);
  });
  it('never draws more than some two hundred buckets', () => {
    const sizes = { minute: 6e4, five_minutes: 3e5, fifteen_minutes: 9e5, hour: 36e5, day: 864e5, week: 6048e5, month: 26784e5 };
    for (const days of [0.04, 0.3, 1, 2, 7, 8, 30, 90, 199, 366, 1_399, 5_000]) {
      const range = { from: new Date(0), to: new Date(days * 864e5) };
      expect((days * 864e5) / sizes[stepFor(range)]).toBeLessThanOrEqual(200);
    }
  });
});

describe('links', () => {
  it('keep range and facility, and let a link set its own', () => {
    const current = new URLSearchParams('range=30d&facility=A&page=3');
    expect(withFilters('/receipts', current)).toBe('/receipts?range=30d&facility=A');
    expect(withFilters('/receipts?range=7d', current)).toBe('/receipts?range=7d&facility=A');
    expect(withFilters('/receipts?facility=B#x', current)).toBe('/receipts?facility=B&range=30d#x');
    expect(withFilters('https://elsewhere.example/', current)).toBe('https://elsewhere.example/');
    expect(withFilters('/lineage/order-line/PO%2F1', current)).toBe('/lineage/order-line/PO%2F1?range=30d&facility=A');
  });
});

describe('figures as text', () => {
  it('never rounds to perfection or to nothing', () => {
    expect(formatPercent('0.99999')).toBe('> 99.9 %');
    expect(formatPercent('0.00001')).toBe('< 0.1 %');
    expect(formatPercent('1')).toBe('100.0 %');
    expect(formatPercent(null)).toBeNull();
  });
  it('keeps decimals exact and tells unknown from zero', () => {
    expect(formatMoney('12345678901234.5600', 'USD')).toBe('12,345,678,901,234.56 USD');
    expect(formatMoney('0', 'USD')).toBe('0.00 USD');
    expect(formatMoney(null, 'USD')).toBeNull();
    expect(formatMoney('-3.005', 'EUR')).toBe('−3.01 EUR');
    expect(formatDecimal('100.0020')).toBe('100.002');
    expect(formatMoney('1500000', 'USD', true)).toBe('1.5M USD');
  });
  it('says times in the facility zone', () => {
    expect(formatTime('2026-07-01 12:00:00.000', 'America/Chicago')).toBe('2026-07-01 07:00 CDT');
    expect(formatTime('2026-07-01T12:00:00Z', 'No/Such')).toBe('2026-07-01 12:00 UTC');
    expect(formatTime('nonsense', 'UTC')).toBeNull();
  });
  it('says durations in two units', () => {
    expect(formatDuration(340)).toBe('340 ms');
    expect(formatDuration(95_000)).toBe('1 min 35 s');
    expect(formatDuration(100 * 3_600_000)).toBe('4 d 4 h');
    expect(formatDuration(null)).toBeNull();
  });
});

describe('charts', () => {
  const rows = [
    { at: '2026-01-01T00:00:00Z', n: 1 },
    { at: '2026-01-01T03:00:00Z', n: 2 },
  ];
  const series = [{ key: 'n', label: 'N' }];
  it('show a bucket without a row as a gap, unless its absence means zero', () => {
    expect(withGaps(rows, 'at', series, { step: 'hour', missing: 'gap' }).map((point) => point.n)).toEqual([1, null, null, 2]);
    expect(withGaps(rows, 'at', series, { step: 'hour', missing: 'zero' }).map((point) => point.n)).toEqual([1, 0, 0, 2]);
  });
  it('reach to both ends of the range', () => {
    const from = new Date('2025-12-31T22:30:00Z');
    const to = new Date('2026-01-01T05:10:00Z');
    expect(withGaps(rows, 'at', series, { step: 'hour', from, to, missing: 'gap' })).toHaveLength(7);
  });
});

describe('the live poller', () => {
  it('looks only while somebody watches, tells changes and signs of life, and survives a store that is down', async () => {
    let looks = 0;
    let answer: () => Date | null = () => new Date(1_000);
    const poller = new LivePoller(
      async () => {
        looks += 1;
        return answer();
      },
      5,
      10_000,
    );
    const seen: LiveState[] = [];
    const until = async (done: () => boolean) => {
      const end = Date.now() + 3_000;
      while (!done() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 2));
    };
    expect(poller.watching).toBe(false);
    const stop = poller.subscribe((state) => seen.push(state));
    await until(() => looks > 4);
    expect(seen).toHaveLength(1);
    answer = () => {
      throw new Error('down');
    };
    await until(() => seen.length > 1);
    answer = () => new Date(2_000);
    await until(() => seen.length > 2);
    expect(seen.map((state) => [state.up, state.newest?.getTime()])).toEqual([
      [true, 1_000],
      [false, 1_000],
      [true, 2_000],
    ]);
    stop();
    expect(poller.watching).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const before = looks;
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(looks).toBe(before);
  });
});
