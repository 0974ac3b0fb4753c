/**
 * Counts failed sign-ins per key in a sliding window. Held in this process: with several web
 * processes a guesser gets that many times the allowance, which scrypt's cost still makes useless.
 */
export class FailureLimit {
  private readonly failures = new Map<string, number[]>();

  constructor(
    private readonly options: {
      /** Failures allowed in the window. */
      limit: number;
      windowMs: number;
      /** Keys remembered; the one that failed longest ago is forgotten first. */
      maxKeys: number;
      now?: () => number;
    },
  ) {}

  private now(): number {
    return (this.options.now ?? Date.now)();
  }

  private recent(key: string): number[] {
    const since = this.now() - this.options.windowMs;
    return (this.failures.get(key) ?? []).filter((at) => at > since);
  }

  /** Milliseconds until the key may try again; 0 when it may now. */
  blockedFor(key: string): number {
    const recent = this.recent(key);
    if (recent.length < this.options.limit) return 0;
    const oldest = recent[recent.length - this.options.limit] ?? 0;
    return Math.max(1, oldest + this.options.windowMs - this.now());
  }

  fail(key: string): void {
    // No key keeps more than the limit, so memory is bounded by limit times keys.
    const recent = [...this.recent(key), this.now()].slice(-this.options.limit);
    this.failures.delete(key);
    this.failures.set(key, recent);
    while (this.failures.size > this.options.maxKeys) {
      const oldest = this.failures.keys().next().value;
      if (oldest === undefined) break;
      this.failures.delete(oldest);
    }
  }

  clear(key: string): void {
    this.failures.delete(key);
  }

  get size(): number {
    return this.failures.size;
  }
}
