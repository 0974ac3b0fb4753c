import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gs1CheckDigit, hibcCheckCharacter, isGtin, parseBarcode, type Barcode } from '../../ingest/barcode/index';
import { tokenOf } from '../../ingest/contract/token';

const FNC1 = '\x1d';
const token = (serial: string) => tokenOf({ key: 'ab'.repeat(32), version: 1 }, 'serial', serial);

function read(text: string): Barcode {
  const result = parseBarcode(text);
  if (!result.ok) throw new Error(`${text} ${result.error}`);
  return result.barcode;
}

function refusal(text: string): string {
  const result = parseBarcode(text);
  return result.ok ? 'accepted' : result.error;
}

describe('GS1', () => {
  it('is the same barcode in every spelling', () => {
    const says = { gtin: '00614141000036', lot: 'L2291', serial: 'SN-1', expiry: '2027-05-31', production: '2025-06-01', count: '12' };
    for (const text of [
      '(01)00614141000036(17)270500(11)250601(10)L2291(21)SN-1(30)12',
      ` 01006141410000361727050011250601${'10L2291'}${FNC1}21SN-1${FNC1}3012 `,
      `]C101006141410000361727050011250601${'10L2291'}${FNC1}21SN-1${FNC1}3012`,
      `]d2${FNC1}01006141410000361727050011250601${'10L2291'}${FNC1}21SN-1${FNC1}3012${FNC1}`,
    ]) {
      expect(read(text)).toMatchObject(says);
      expect(read(text).rebuilt(() => 'X')).toBe('(01)00614141000036(17)270500(11)250601(10)L2291(21)X(30)12');
    }
  });

  it('skips what it does not need by the length of each identifier', () => {
    expect(read(`]d2010061414100003631030012502424${FNC1}710DE123${FNC1}8200http://x.example/a${FNC1}21S1`)).toMatchObject({ gtin: '00614141000036', serial: 'S1' });
    expect(read('(01)00614141000036(3103)001250(240)REF-9(21)S1')).toMatchObject({ serial: 'S1' });
  });

  it('reads day 00 as the end of the month, leap years too', () => {
    expect(read('(01)00614141000036(17)280200').expiry).toBe('2028-02-29');
    expect(read('(01)00614141000036(17)270200').expiry).toBe('2027-02-28');
    expect(read('(01)00614141000036(17)991231').expiry).toBe('1999-12-31');
  });

  it('leaves particulars of the recipient of care out when it rebuilds', () => {
    const barcode = read('(01)00614141000036(8018)095011015300008200(7253)DOE(21)S1'.replace('095011015300008200', '09501101530000820' + gs1CheckDigit('09501101530000820')));
    expect(barcode.patient).toBe(true);
    expect(barcode.rebuilt(() => 'X')).toBe('(01)00614141000036(21)X');
  });

  it('replaces every value that names one piece', () => {
    const barcode = read('(8003)00614141000036A77(8004)061414A1(250)P9');
    expect(barcode.serials).toEqual(['A77', '061414A1', 'P9']);
    expect(barcode.rebuilt((s) => `<${s}>`)).toBe('(8003)00614141000036<A77>(8004)<061414A1>(250)<P9>');
  });

  it('says what is wrong, without quoting the barcode', () => {
    expect(refusal('')).toBe('is empty');
    expect(refusal('(01)00614141000037')).toBe('(01) has a wrong check digit');
    expect(refusal('(01)0061414100003')).toBe('(01) must have 14 characters');
    expect(refusal('(01)00614141000036(17)271301')).toBe('(17) is no date');
    expect(refusal('(01)00614141000036(17)270230')).toBe('(17) is no date');
    expect(refusal('(01)00614141000036(21)A(21)B')).toBe('(21) stands twice, with different values');
    expect(refusal('(01)00614141000036(10)has a blank')).toBe('(10) holds characters that it may not');
    expect(refusal('hello world')).toMatch(/no known application identifier/);
    expect(refusal('10000000')).toMatch(/plain number/);
    expect(refusal('x'.repeat(500))).toBe('is longer than any barcode');
  });

  it('knows a GTIN by its check digit', () => {
    expect(['96385074', '614141000036', '4006381333931', '00614141000036'].map(isGtin)).toEqual([true, true, true, true]);
    expect(['96385075', '', '123', '00614141000037'].map(isGtin)).toEqual([false, false, false, false]);
  });

  const gtin = fc.integer({ min: 0, max: 9_999_999 }).map((n) => {
    const body = `0061414${String(n).padStart(7, '0')}`.slice(0, 13);
    return body + gs1CheckDigit(body);
  });
  const word = fc.stringMatching(/^[A-Za-z0-9_./+-]{1,20}$/);
  const day = fc.date({ min: new Date('2000-01-01'), max: new Date('2079-12-31'), noInvalidDate: true }).map((d) => d.toISOString().slice(0, 10));
  const count = fc.integer({ min: 1, max: 99_999_999 }).map(String);

  it('round-trips over all spellings and orders', () => {
    const content = fc.record({ gtin, lot: fc.option(word, { nil: undefined }), serial: fc.option(word, { nil: undefined }), expiry: fc.option(day, { nil: undefined }), production: fc.option(day, { nil: undefined }), count: fc.option(count, { nil: undefined }) });
    const AI = { lot: '10', serial: '21', expiry: '17', production: '11', count: '30' } as const;
    fc.assert(
      fc.property(content, fc.shuffledSubarray(['lot', 'serial', 'expiry', 'production', 'count'] as const, { minLength: 5 }), fc.constantFrom('', ']C1', ']d2', `]d2${FNC1}`), (says, order, prefix) => {
        const parts = order.flatMap((name) => {
          const value = says[name];
          return value === undefined ? [] : [{ ai: AI[name], value: name === 'expiry' || name === 'production' ? value.slice(2).replaceAll('-', '') : value }];
        });
        const bracketed = `(01)${says.gtin}${parts.map(({ ai, value }) => `(${ai})${value}`).join('')}`;
        const raw = `${prefix}01${says.gtin}${parts.map(({ ai, value }, i) => ai + value + (ai === '17' || ai === '11' || i === parts.length - 1 ? '' : FNC1)).join('')}`;
        for (const text of [bracketed, raw]) {
          const barcode = read(text);
          expect(barcode).toMatchObject(Object.fromEntries(Object.entries(says).filter(([, value]) => value !== undefined)));
          const rebuilt = barcode.rebuilt(token);
          expect(rebuilt).toBe(read(bracketed).rebuilt(token));
          expect(read(rebuilt)).toMatchObject({ ...Object.fromEntries(Object.entries(says).filter(([, value]) => value !== undefined)), ...(says.serial ? { serial: token(says.serial) } : {}) });
          expect(read(rebuilt).rebuilt(token)).toBe(rebuilt);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('never throws, whatever is scanned', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\d()\]dC+$/A-Z]{0,60}$/)), (text) => {
      const result = parseBarcode(text);
      if (result.ok) result.barcode.rebuilt(token);
    }), { numRuns: 2000 });
  });
});

describe('HIBC', () => {
  const checked = (text: string) => text + hibcCheckCharacter(text);

  it('reads the labels of the standard', () => {
    // Example of ANSI/HIBC 2: primary A123 BJC5D6E7 1, check character G.
    expect(read('+A123BJC5D6E71G')).toMatchObject({ hibc: 'A123BJC5D6E71', serials: [] });
    expect(read('*+A123BJC5D6E71G*')).toMatchObject({ hibc: 'A123BJC5D6E71' });
    expect(read(checked('+A99912345/$$52001510X3/16D20111212/S77DEFG45'))).toMatchObject({ hibc: 'A99912345', expiry: '2020-01-15', lot: '10X3', production: '2011-12-12', serial: '77DEFG45' });
  });

  it.each([
    ['$$0928LOT1', { expiry: '2028-09-30', lot: 'LOT1' }],
    ['$$2091528LOT1', { expiry: '2028-09-15', lot: 'LOT1' }],
    ['$$3280915LOT1', { expiry: '2028-09-15', lot: 'LOT1' }],
    ['$$428091512LOT1', { expiry: '2028-09-15', lot: 'LOT1' }],
    ['$$528001LOT1', { expiry: '2028-01-01', lot: 'LOT1' }],
    ['$$62836612LOT1', { expiry: '2028-12-31', lot: 'LOT1' }],
    ['$$7LOT1', { lot: 'LOT1' }],
    ['$LOT1', { lot: 'LOT1' }],
    ['28001LOT1', { expiry: '2028-01-01', lot: 'LOT1' }],
    ['$+SER1', { serial: 'SER1' }],
    ['$$+3280915SER1', { serial: 'SER1', expiry: '2028-09-15' }],
    ['$$824', { count: '24' }],
    ['$$900500' + '3280915LOT1', { count: '500', expiry: '2028-09-15', lot: 'LOT1' }],
    ['$$7LOT1/14D20280930/Q12/SSER1', { lot: 'LOT1', expiry: '2028-09-30', count: '12', serial: 'SER1' }],
  ])('reads the secondary part %s, joined and alone', (secondary, says) => {
    expect(read(checked(`+A99912345/${secondary}`))).toMatchObject({ hibc: 'A99912345', ...says });
    // Alone, it ends in the link character of its primary and a check character of its own.
    expect(read(checked(`+${secondary}L`))).toMatchObject(secondary.includes('/') ? {} : says);
  });

  it('says what is wrong', () => {
    expect(refusal('+A123BJC5D6E71H')).toBe('has a wrong check character');
    expect(refusal('+é')).toMatch(/characters that HIBC has not/);
    expect(refusal(checked('+A99912345/$$5LOT'))).toMatch(/no date/);
    expect(refusal(checked('+A99912345/$$1328LOT'))).toMatch(/no date/);
    expect(refusal(checked('+A99912345/$A/ZZ'))).toMatch(/does not know/);
  });

  it('round-trips, with the serial replaced', () => {
    const word = fc.stringMatching(/^[A-Z0-9]{1,12}$/);
    const lic = fc.stringMatching(/^[A-Z][A-Z0-9]{3}$/);
    fc.assert(
      fc.property(lic, word, fc.integer({ min: 0, max: 9 }), word, word, fc.date({ min: new Date('2000-01-01'), max: new Date('2079-12-31'), noInvalidDate: true }), (labeler, product, unit, lot, serial, date) => {
        const expiry = date.toISOString().slice(0, 10);
        const says = { hibc: `${labeler}${product}${unit}`, lot, expiry, serial };
        const barcode = read(checked(`+${says.hibc}/$$3${expiry.slice(2).replaceAll('-', '')}${lot}/S${serial}`));
        expect(barcode).toMatchObject(says);
        const rebuilt = barcode.rebuilt(token);
        expect(rebuilt).not.toContain(`/S${serial}/`);
        expect(read(rebuilt)).toMatchObject({ ...says, serial: token(serial) });
        expect(read(rebuilt).rebuilt(token)).toBe(rebuilt);
      }),
      { numRuns: 300 },
    );
  });
});
