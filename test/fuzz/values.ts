// Values that have no business being where they are put.
import type { Rng } from '../../ingest/simulator/random';

export const STRANGE_TEXT = [
  '', ' ', '\u0000', 'a\u0000b', '\ud800', 'x\udfff\ud800y', '\ufeff', '\u2028\u2029', '\u202eabc', '𝕏👩‍⚕️', 'ﬃ', '\\', '\\"', '\t\r\n', "'; DROP TABLE events --", '{{x}}', '%', '%zz', 'a/b%2Fc', '../../etc', 'NaN', 'null',
  'true', '-', '0', '\u0007\u001b[31m', 'ı', 'İ', 'ß'.repeat(60), 'é'.normalize('NFD'), '\u0001\u001f\u007f\u0085', '(01)', '(21)', ']C1', '+A', 'urn:epc:', '01'.repeat(20), '__proto__', 'constructor', '*', '>', 'events.>', '$JS.API',
];
export const STRANGE_NUMBERS = [
  0, -0, -1, 0.1, 1e-7, 1e21, 1e300, Number.MAX_VALUE, Number.MIN_VALUE, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 65_535, 65_536, 16_777_215, 16_777_216, 4_294_967_295, 4_294_967_296, 0.12345, 99_999_999_999_999.9, 123456789012345, 1.5,
];
export const STRANGE_DECIMALS = [
  '99999999999999.9999', '-99999999999999.9999', '99999999999999.99999', '999999999999999', '999999999999.999999', '999999999999.9999999', '0000000000001.5', '-0', '-0.0000', '+1', '1.', '.5', '1e5', '0x10', '1,5', '१२', 'Infinity', '12 ', '0.00004', '00000000000000.0000',
];
export const STRANGE_TIMES = [
  '0000-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '1899-12-31T23:59:59Z', '1900-01-01T00:00:00Z', '1970-01-01T00:00:00Z', '1999-12-31T23:59:59.999Z', '2000-01-01T00:00:00+14:00', '2000-01-01T00:00:00Z', '2026-02-29T00:00:00Z', '2024-02-29T23:59:59.999999999Z',
  '2026-03-08T02:30:00-06:00', '2026-03-10T24:00:00Z', '2026-03-10T23:59:60Z', '2026-03-10T10:00:00', '2026-03-10', '2299-12-31T23:59:59.999Z', '2300-01-01T00:00:00Z', '9999-12-31T23:59:59-14:00', '+012026-03-10T00:00:00Z', '-000001-01-01T00:00:00Z', '2026-W10-1', '10.03.2026',
  '2026-03-10t10:00:00z', '2026-03-10 10:00:00Z', '2026-03-10T10:00:00.1234567+05:45', '1773100000', '2026-13-01T00:00:00Z', '2026-03-10T10:00Z', '2105-12-31', '2106-02-08', '2149-06-07', '1925-01-01', '1900-01-01', '2299-12-31', '2283-11-12', '2262-04-12T00:00:00Z', '1900-01-01T00:00:00Z',
];
export const PROTOTYPE_KEYS = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__', 'toJSON', 'length', 'then'];

/** Text on which a careless pattern takes for ever. */
export function longText(rng: Rng): string {
  const piece = rng.pick([' ', '0', '1 ', 'a', '-', '1-', '.', '(', '((', 'patient ', 'MRN ', 'MRN: ', 'name ', '1'.repeat(9) + ' ', 'Mr ', '@', 'a@', 'a.a.', '|', '^', 'PID|', '<a>', '"', '\\', '{', '[', '%', '%41', '(21)', '(01)1', '+1 ', '123-', '\n', '\r', '\u0000', 'DOB ', 'é', '😀', '=', 'a=', 'case ', 'ENC-', ', ', ';', ':', '/', '\u00a0', 'Smith, ', '"":', '\\"', '(21).', 'urn:epc:id:sgtin:1.', 'serial: ', '"serial":[', 'a:', 'tel ', '\x1d21', '&amp;']);
  return piece.repeat(rng.int(1, Math.ceil(rng.pick([300, 4_000, 60_000]) / piece.length)));
}

export function strangeValue(rng: Rng): unknown {
  switch (rng.int(0, 9)) {
    case 0: return rng.pick(STRANGE_NUMBERS);
    case 1: return rng.pick(STRANGE_DECIMALS);
    case 2: return rng.pick(STRANGE_TIMES);
    case 3: return null;
    case 4: return rng.chance(0.5);
    case 5: return [];
    case 6: return {};
    case 7: return [rng.pick(STRANGE_TEXT), [rng.pick(STRANGE_NUMBERS)], { id: rng.pick(STRANGE_TEXT) }];
    case 8: return rng.chance(0.02) ? longText(rng) : 'x'.repeat(rng.pick([20, 21, 100, 101, 200, 201, 300, 500, 501]));
    default: return rng.pick(STRANGE_TEXT);
  }
}
