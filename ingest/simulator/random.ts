/**
 * Seeded random numbers (sfc32). Each concept draws from a stream of its own, named, so that a change to how
 * one concept draws leaves the others as they were.
 */
export class Rng {
  private a: number;
  private b: number;
  private c: number;
  private d: number;

  constructor(private readonly seed: string) {
    [this.a, this.b, this.c, this.d] = hash128(seed);
    for (let i = 0; i < 12; i++) this.u32();
  }

  /** A stream that depends on this one's seed and the name alone, not on what was drawn so far. */
  fork(name: string): Rng {
    return new Rng(`${this.seed}/${name}`);
  }

  u32(): number {
    const t = (((this.a + this.b) | 0) + this.d) | 0;
    this.d = (this.d + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (this.c << 21) | (this.c >>> 11);
    this.c = (this.c + t) | 0;
    return t >>> 0;
  }

  /** In [0, 1). */
  unit(): number {
    return this.u32() / 4294967296;
  }

  /** Whole number, both ends included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.unit() * (high - low + 1));
  }

  between(low: number, high: number): number {
    return low + this.unit() * (high - low);
  }

  chance(probability: number): boolean {
    return probability > 0 && this.unit() < probability;
  }

  pick<T>(from: readonly T[]): T {
    const one = from[Math.floor(this.unit() * from.length)];
    if (one === undefined) throw new Error('nothing to pick from');
    return one;
  }

  /** Picks by weight; weights need not sum to one. */
  weighted<T>(from: readonly T[], weight: (one: T) => number): T {
    let total = 0;
    for (const one of from) total += weight(one);
    let left = this.unit() * total;
    for (const one of from) {
      left -= weight(one);
      if (left < 0) return one;
    }
    return this.pick(from);
  }

  /** `count` different ones (all, where there are fewer), in random order. */
  sample<T>(from: readonly T[], count: number): T[] {
    const pool = [...from];
    const out: T[] = [];
    while (out.length < count && pool.length > 0) {
      const at = Math.floor(this.unit() * pool.length);
      out.push(...pool.splice(at, 1));
    }
    return out;
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.unit())) * Math.cos(2 * Math.PI * this.unit());
  }

  logNormal(median: number, sigma: number): number {
    return median * Math.exp(sigma * this.normal());
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.unit());
  }

  poisson(mean: number): number {
    if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    const limit = Math.exp(-mean);
    let count = 0;
    for (let product = this.unit(); product > limit; product *= this.unit()) count++;
    return count;
  }

  hex(digits: number): string {
    let text = '';
    while (text.length < digits) {
      const word = this.u32();
      text += (HEX[word >>> 16] ?? '') + (HEX[word & 0xffff] ?? '');
    }
    return text.length === digits ? text : text.slice(0, digits);
  }

  digits(count: number): string {
    let text = '';
    while (text.length < count) text += String(this.u32() % 1_000_000_000).padStart(9, '0');
    return text.slice(0, count);
  }

  uuid(): string {
    const h = this.hex(32);
    return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20)}`;
  }
}

/** Every four-digit number in base 16. */
const HEX = Array.from({ length: 65_536 }, (_, i) => i.toString(16).padStart(4, '0'));

function hash128(text: string): [number, number, number, number] {
  let [a, b, c, d] = [1779033703, 3144134277, 1013904242, 2773480762];
  for (let i = 0; i < text.length; i++) {
    const k = text.charCodeAt(i);
    a = b ^ Math.imul(a ^ k, 597399067);
    b = c ^ Math.imul(b ^ k, 2869860233);
    c = d ^ Math.imul(c ^ k, 951274213);
    d = a ^ Math.imul(d ^ k, 2716044179);
  }
  a = Math.imul(c ^ (a >>> 18), 597399067);
  b = Math.imul(d ^ (b >>> 22), 2869860233);
  c = Math.imul(a ^ (c >>> 17), 951274213);
  d = Math.imul(b ^ (d >>> 19), 2716044179);
  return [a >>> 0, b >>> 0, c >>> 0, d >>> 0];
}
