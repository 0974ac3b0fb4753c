import { isNothing } from './nothing';

/*
 * Columns in memory as ClickHouse's Native format has them: the store reads these with hardly any work, where the same
 * rows as JSON cost it more than everything else that it does with them.
 */

/** A value that the column cannot keep; the row that it stands in is refused for it. */
export class NotKept extends Error {}

export interface Column {
  /** Takes the next value. @throws NotKept, after which the column is of no use until it is cleared */
  add(value: unknown): void;
  /** What stands for nothing, under a NULL or where a row leaves the column out. */
  addDefault(): void;
  /** The same, several times. */
  addDefaults(count: number): void;
  /** Bytes so far. */
  readonly size: number;
  /** Copies its bytes and returns where they end. */
  copyTo(out: Buffer, at: number): number;
  clear(): void;
}

const FIRST_BYTES = 256;

/** Bytes that grow, and are kept for what comes next. */
class Memory {
  bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  end = 0;

  room(more: number): Buffer {
    if (this.end + more > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.end + more, this.bytes.length * 2));
      this.bytes.copy(larger, 0, 0, this.end);
      this.bytes = larger;
    }
    return this.bytes;
  }
}

abstract class Kept implements Column {
  protected readonly memory = new Memory();

  abstract add(value: unknown): void;

  /** @param width bytes of one value */
  constructor(private readonly width: number) {}

  // Nothing is zeros, in every type.
  addDefault(): void {
    this.addDefaults(1);
  }

  addDefaults(count: number): void {
    const { memory } = this;
    const bytes = memory.room(count * this.width);
    for (const end = memory.end + count * this.width; memory.end < end; memory.end++) bytes[memory.end] = 0;
  }

  get size(): number {
    return this.memory.end;
  }

  copyTo(out: Buffer, at: number): number {
    return at + this.memory.bytes.copy(out, at, 0, this.memory.end);
  }

  clear(): void {
    this.memory.end = 0;
  }
}

/** Up to here a text is gone through letter by letter: a call out of JavaScript costs more. */
const SHORT = 40;
/** Bytes that one UTF-16 unit takes at most. */
const WIDEST = 3;
const MOST_LENGTH_BYTES = 5;

/** Length as a variable-length number. Returns where it ends. */
export function writeLength(out: Buffer, at: number, length: number): number {
  let rest = length;
  let end = at;
  while (rest >= 0x80) {
    out[end++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  out[end++] = rest;
  return end;
}

export class Text extends Kept {
  constructor() {
    super(1);
  }

  add(value: unknown): void {
    if (typeof value !== 'string') throw new NotKept('is no text');
    const { memory } = this;
    const { length } = value;
    const bytes = memory.room(MOST_LENGTH_BYTES + length * WIDEST);
    const start = memory.end;
    if (length <= SHORT) {
      let at = start + 1;
      let i = 0;
      for (; i < length; i++) {
        const letter = value.charCodeAt(i);
        if (letter >= 0x80) break;
        bytes[at++] = letter;
      }
      if (i === length) {
        bytes[start] = length;
        memory.end = at;
        return;
      }
    }
    const written = bytes.write(value, start + MOST_LENGTH_BYTES);
    const at = writeLength(bytes, start, written);
    bytes.copyWithin(at, start + MOST_LENGTH_BYTES, start + MOST_LENGTH_BYTES + written);
    memory.end = at + written;
  }
}

/** Whole numbers of 1, 2 or 4 bytes. */
class Small extends Kept {
  constructor(
    private readonly bytes: 1 | 2 | 4,
    private readonly most: number,
  ) {
    super(bytes);
  }

  add(value: unknown): void {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > this.most) throw new NotKept(`is no whole number from 0 to ${this.most}`);
    const { memory } = this;
    const bytes = memory.room(this.bytes);
    let rest = value;
    for (let n = 0; n < this.bytes; n++) {
      bytes[memory.end++] = rest & 0xff;
      rest >>>= 8;
    }
  }
}

const TWO_32 = 2 ** 32;
const LOWEST_64 = -(2n ** 63n);
const HIGHEST_64 = 2n ** 63n - 1n;

/** Numbers of 8 bytes. */
abstract class Wide extends Kept {
  constructor() {
    super(8);
  }

  /** A whole number that a double carries exactly. */
  put(value: number): void {
    const { memory } = this;
    const bytes = memory.room(8);
    const high = Math.floor(value / TWO_32);
    put32(bytes, memory.end, value - high * TWO_32);
    put32(bytes, memory.end + 4, high);
    memory.end += 8;
  }

  protected putBig(value: bigint): void {
    this.memory.room(8).writeBigInt64LE(BigInt.asIntN(64, value), this.memory.end);
    this.memory.end += 8;
  }
}

function put32(bytes: Buffer, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >> 8;
  bytes[at + 2] = value >> 16;
  bytes[at + 3] = value >> 24;
}

/** Digits that a double carries exactly, whatever the number. */
const SAFE_DIGITS = 15;

class Counter extends Wide {
  add(value: unknown): void {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) this.put(value);
    else if (typeof value === 'string' && /^\d{1,19}$/.test(value)) {
      if (value.length <= SAFE_DIGITS) this.put(Number(value));
      else this.putBig(BigInt(value));
    } else throw new NotKept('is no whole number');
  }
}

/** A decimal of 18 digits: its digits as one whole number. */
class Decimal extends Wide {
  private readonly pattern: RegExp;

  constructor(private readonly scale: number) {
    super();
    this.pattern = new RegExp(`^-?\\d{1,${18 - scale}}(\\.\\d{1,${scale}})?$`);
  }

  add(value: unknown): void {
    if (typeof value !== 'string' || !this.pattern.test(value)) throw new NotKept(`is no decimal with ${this.scale} places`);
    const point = value.indexOf('.');
    const digits = point < 0 ? value : value.slice(0, point) + value.slice(point + 1);
    const more = this.scale - (point < 0 ? 0 : value.length - point - 1);
    if (digits.length + more <= SAFE_DIGITS) this.put(Number(digits) * 10 ** more);
    else {
      const whole = BigInt(digits) * 10n ** BigInt(more);
      if (whole < LOWEST_64 || whole > HIGHEST_64) throw new NotKept('is out of range');
      this.putBig(whole);
    }
  }
}

const DAY_MS = 86_400_000;
const MOST_DAYS = 5_000;
const days = new Map<string, number>();

/** Days since 1970 of a `YYYY-MM-DD`. */
function dayNumber(text: string): number {
  const known = days.get(text);
  if (known !== undefined) return known;
  const ms = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  // What Date reads as the day after is none: 2026-02-30.
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text) throw new NotKept('is no calendar date');
  if (days.size >= MOST_DAYS) days.clear();
  days.set(text, ms / DAY_MS);
  return ms / DAY_MS;
}

class Day extends Kept {
  constructor() {
    super(4);
  }

  add(value: unknown): void {
    if (typeof value !== 'string') throw new NotKept('is no calendar date');
    const day = dayNumber(value);
    put32(this.memory.room(4), this.memory.end, day);
    this.memory.end += 4;
  }
}

const twoDigits = (text: string, at: number): number => (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;

/** Milliseconds since 1970 of a `YYYY-MM-DD hh:mm:ss.mmm`. */
class Instant extends Wide {
  add(value: unknown): void {
    if (typeof value !== 'string' || value.length !== 23) throw new NotKept('is no time');
    const ms = ((twoDigits(value, 11) * 60 + twoDigits(value, 14)) * 60 + twoDigits(value, 17)) * 1000 + twoDigits(value, 20) * 10 + value.charCodeAt(22) - 48;
    if (!(ms >= 0 && ms < DAY_MS)) throw new NotKept('is no time');
    this.put(dayNumber(value.slice(0, 10)) * DAY_MS + ms);
  }
}

const NIBBLES = new Int8Array(128).fill(-1);
for (let n = 0; n < 16; n++) {
  NIBBLES[n.toString(16).charCodeAt(0)] = n;
  NIBBLES[n.toString(16).toUpperCase().charCodeAt(0)] = n;
}
/** Where in the text each byte stands, in the order in which the store keeps them: both halves from their end. */
const UUID_BYTES = [16, 14, 11, 9, 6, 4, 2, 0, 34, 32, 30, 28, 26, 24, 21, 19];

class Uuid extends Kept {
  constructor() {
    super(16);
  }

  add(value: unknown): void {
    if (typeof value !== 'string' || value.length !== 36) throw new NotKept('is no UUID');
    const bytes = this.memory.room(16);
    let at = this.memory.end;
    for (const from of UUID_BYTES) {
      const high = NIBBLES[value.charCodeAt(from)] ?? -1;
      const low = NIBBLES[value.charCodeAt(from + 1)] ?? -1;
      if (high < 0 || low < 0) throw new NotKept('is no UUID');
      bytes[at++] = (high << 4) | low;
    }
    this.memory.end = at;
  }
}

class Nullable implements Column {
  private readonly nulls = new Small(1, 1);

  constructor(private readonly values: Column) {}

  add(value: unknown): void {
    if (value === null) this.addDefault();
    else {
      this.nulls.addDefault();
      this.values.add(value);
    }
  }

  addDefault(): void {
    this.nulls.add(1);
    this.values.addDefault();
  }

  addDefaults(count: number): void {
    for (let n = 0; n < count; n++) this.nulls.add(1);
    this.values.addDefaults(count);
  }

  get size(): number {
    return this.nulls.size + this.values.size;
  }

  copyTo(out: Buffer, at: number): number {
    return this.values.copyTo(out, this.nulls.copyTo(out, at));
  }

  clear(): void {
    this.nulls.clear();
    this.values.clear();
  }
}

class List<Values extends Column = Column> implements Column {
  protected readonly ends = new Counter();
  protected count = 0;

  constructor(protected readonly values: Values) {}

  add(value: unknown): void {
    if (!Array.isArray(value)) throw new NotKept('is no list');
    const { length } = value;
    if (length > 0) {
      if (isNothing(value)) this.values.addDefaults(length);
      else for (let i = 0; i < length; i++) this.values.add(value[i]);
      this.count += length;
    }
    this.ends.put(this.count);
  }

  addDefault(): void {
    this.ends.put(this.count);
  }

  addDefaults(count: number): void {
    for (let n = 0; n < count; n++) this.addDefault();
  }

  get size(): number {
    return this.ends.size + this.values.size;
  }

  copyTo(out: Buffer, at: number): number {
    return this.values.copyTo(out, this.ends.copyTo(out, at));
  }

  clear(): void {
    this.ends.clear();
    this.values.clear();
    this.count = 0;
  }
}

/** Lists of texts: most lists are, and a call that always leads to one place costs less. */
export class TextList extends List<Text> {
  override add(value: unknown): void {
    if (!Array.isArray(value)) throw new NotKept('is no list');
    const { length } = value;
    if (length > 0) {
      if (isNothing(value)) this.values.addDefaults(length);
      else for (let i = 0; i < length; i++) this.values.add(value[i]);
      this.count += length;
    }
    this.ends.put(this.count);
  }
}

/** An empty column of a type. @throws Error where the type is none of those that the log has */
export function columnOf(type: string): Column {
  const [, outer, inner = ''] = /^(Array|Nullable)\((.*)\)$/.exec(type) ?? [];
  if (type === 'Array(String)') return new TextList(new Text());
  if (outer === 'Array') return new List(columnOf(inner));
  if (outer === 'Nullable') return new Nullable(columnOf(inner));
  const scale = /^Decimal\(18, (\d)\)$/.exec(type)?.[1];
  if (scale !== undefined) return new Decimal(Number(scale));
  switch (type) {
    case 'String': return new Text();
    case 'UInt8': return new Small(1, 0xff);
    case 'UInt16': return new Small(2, 0xffff);
    case 'UInt32': return new Small(4, 0xffffffff);
    case 'UInt64': return new Counter();
    case 'Date32': return new Day();
    case "DateTime64(3, 'UTC')": return new Instant();
    case 'UUID': return new Uuid();
    default: throw new Error(`there is no column of type ${type}`);
  }
}
