import { ClickHouseError } from '@clickhouse/client';

/** The store could not do what was asked. `code` is ClickHouse's error code where it named one. */
export class StoreError extends Error {
  readonly code: number | undefined;
  /** Name of the query, list or insert that failed. */
  readonly query: string;

  constructor(query: string, message: string, code?: number, cause?: unknown) {
    super(message, { cause });
    this.name = 'StoreError';
    this.query = query;
    this.code = code;
  }
}

/** A limit of rows, time or memory was hit: the same question over a shorter range can be answered. */
export class NarrowTheRange extends StoreError {
  constructor(query: string, message: string, code?: number, cause?: unknown) {
    super(query, message, code, cause);
    this.name = 'NarrowTheRange';
  }
}

/** The store does not answer, or not to us: nothing is known; ask again later. */
export class StoreUnavailable extends StoreError {
  constructor(query: string, message: string, code?: number, cause?: unknown) {
    super(query, message, code, cause);
    this.name = 'StoreUnavailable';
  }
}

/** The request itself cannot be understood, for example an unknown sort column in an edited link. */
export class BadInput extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BadInput';
  }
}

const TOO_LONG = new Set([159, 160]);
const TOO_MANY_ROWS = new Set([158, 191, 307, 396]);
const TOO_MUCH_MEMORY = new Set([173, 241]);
/** Wrong user or password, too many statements at once, the server is stopping. */
const NOT_NOW = new Set([192, 193, 194, 202, 236, 439, 516]);

/** What @clickhouse/client threw, as one of the store's errors. */
export function storeError(query: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  if (!(error instanceof ClickHouseError)) {
    if (isConnectionFailure(error)) {
      return new StoreUnavailable(query, `The store does not answer (${reason})`, undefined, error);
    }
    return new StoreError(query, `${query}: ${reason}`, undefined, error);
  }
  const code = Number(error.code);
  if (TOO_LONG.has(code)) {
    return new NarrowTheRange(query, 'This takes longer than a page may wait: narrow the range.', code, error);
  }
  if (TOO_MANY_ROWS.has(code)) {
    return new NarrowTheRange(query, 'This gives more rows than a page can take: narrow the range.', code, error);
  }
  if (TOO_MUCH_MEMORY.has(code)) {
    return new NarrowTheRange(query, 'This needs more memory than one question may have: narrow the range.', code, error);
  }
  if (NOT_NOW.has(code)) return new StoreUnavailable(query, `The store refuses (${reason.trim()})`, code, error);
  return new StoreError(query, `${query}: ${reason.trim()} (${error.type ?? 'code'} ${code})`, code, error);
}

/** Not from ClickHouse: the socket's own errors, the client's time-out, and what a proxy says for an absent server. */
function isConnectionFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string' && /^(E[A-Z_]+|UND_ERR.*)$/.test(error.code)) return true;
  if (error instanceof AggregateError) return error.errors.some(isConnectionFailure);
  return /^Timeout error|socket hang up|aborted|premature close|bad gateway|service unavailable|gateway time-?out/i.test(
    error.message,
  );
}

/**
 * What to do with rows whose insert failed.
 * - `retryable`: nothing is wrong with the rows; send the same again, later
 * - `permanent`: some row can never be inserted; find it (bisect) and keep it as a dead letter
 * - `unknown`: neither is certain; try again, and bisect only when it goes on
 */
export type InsertFailure = 'retryable' | 'permanent' | 'unknown';

// Numbers of ClickHouse's ErrorCodes.cpp.
const ROW_IS_WRONG = new Set([
  6, 25, 26, 27, 33, 34, 38, 41, 53, 69, 70, 72, 117, 130, 131, 190, 307, 321, 349, 376, 407, 441, 467, 469, 675, 676,
  691,
]);
const TRY_AGAIN = new Set([
  159, 164, 173, 202, 209, 210, 236, 241, 242, 243, 252, 279, 285, 286, 319, 394, 425, 439, 516, 192, 193, 194, 999, 1000,
]);

export function classifyInsertError(error: unknown): InsertFailure {
  if (error instanceof StoreUnavailable) return 'retryable';
  const code = error instanceof StoreError ? error.code : undefined;
  if (code === undefined) return 'unknown';
  if (ROW_IS_WRONG.has(code)) return 'permanent';
  return TRY_AGAIN.has(code) ? 'retryable' : 'unknown';
}
