/**
 * GS1 application identifiers: how long each value is. What a raw element string needs to be taken apart: a value of
 * fixed length ends by itself, any other at the group separator or the end (GS1 General Specifications, section 3).
 */

export interface Ai {
  readonly ai: string;
  /** Shortest and longest value, in characters. */
  readonly min: number;
  readonly max: number;
  readonly digits: boolean;
  /** One of the predefined lengths, after which no group separator is needed. */
  readonly fixed: boolean;
}

/** `identifier lengths`: a range of lengths is `min-max`; `n` in an identifier stands for any digit; `a` after a length allows letters. */
const TABLE = `
00 18|01 14|02 14|03 14|10 1-20a|11 6|12 6|13 6|15 6|16 6|17 6|20 2|21 1-20a|22 1-20a|235 1-28a|240 1-30a|241 1-30a|242 1-6|243 1-20a
250 1-30a|251 1-30a|253 13-30a|254 1-20a|255 13-25|30 1-8|37 1-8
31nn 6|32nn 6|33nn 6|34nn 6|35nn 6|36nn 6|390n 1-15|391n 3-18|392n 1-15|393n 3-18|394n 4|395n 6
400 1-30a|401 1-30a|402 17|403 1-30a|41n 13|420 1-20a|421 4-12a|422 3|423 3-15|424 3|425 3-15|426 3|427 1-3a|43nn 1-70a
7001 13|7002 1-30a|7003 10|7004 1-4|7005 1-12a|7006 6|7007 6-12|7008 1-3a|7009 1-10a|7010 1-2a|7011 6-10|7020 1-20a|7021 1-20a|7022 1-20a|7023 1-30a
703n 4-30a|7040 4a|71n 1-20a|723n 3-30a|7240 1-20a|7241 2|7242 1-25a|7250 8|7251 12|7252 1|7253 1-40a|7254 1-40a|7255 1-10a|7256 1-90a|7257 1-70a|7258 3a|7259 1-40a
8001 14|8002 1-20a|8003 14-30a|8004 1-30a|8005 6|8006 18|8007 1-34a|8008 8-12|8009 1-50a|8010 1-30a|8011 1-12|8012 1-20a|8013 1-25a|8014 1-25a
8017 18|8018 18|8019 1-10|8020 1-25a|8026 18|8030 1-90a|8110 1-70a|8111 4|8112 1-70a|8200 1-70a|9n 1-90a`;

/** First two digits of the identifiers whose values have a predefined length. */
const PREDEFINED = new Set('00 01 02 03 04 11 12 13 14 15 16 17 18 19 20 31 32 33 34 35 36 41'.split(' '));

const PATTERNS = TABLE.trim()
  .split(/[|\n]/)
  .map((row) => {
    const [name = '', length = ''] = row.split(' ');
    const [min = 0, max = min] = length.replace('a', '').split('-').map(Number);
    return { pattern: new RegExp(`^${name.replace(/n/g, '\\d')}`), size: name.length, min, max, digits: !length.endsWith('a') };
  });

const known = new Map<string, Ai | undefined>();

/** The identifier at the start of a text, or undefined where none is known. */
export function aiAt(text: string): Ai | undefined {
  const head = text.slice(0, 4);
  if (known.has(head)) return known.get(head);
  const row = PATTERNS.find((each) => each.pattern.test(head));
  const found = row && { ai: head.slice(0, row.size), min: row.min, max: row.max, digits: row.digits, fixed: PREDEFINED.has(head.slice(0, 2)) };
  if (known.size < 20_000) known.set(head, found);
  return found;
}

/** Exactly this identifier, or undefined. */
export function aiOf(identifier: string): Ai | undefined {
  const found = aiAt(identifier);
  return found?.ai === identifier ? found : undefined;
}

/** Identifiers that name one single piece, and so are treated as serial numbers. 8003 holds its serial after 14 digits. */
export const SERIAL_AIS: ReadonlySet<string> = new Set(['21', '235', '250', '8004']);
/** Identifiers that name or describe the recipient of care: never kept. */
export const PATIENT_AIS: ReadonlySet<string> = new Set(['8018', '8019', '7250', '7251', '7252', '7253', '7254', '7255', '7256', '7257', '7258', '7259']);
