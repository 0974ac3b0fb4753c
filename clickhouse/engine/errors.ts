/** An error as ClickHouse's HTTP interface reports it: numeric code, name, and the HTTP status that goes with it. */
export class EngineError extends Error {
  readonly code: number;
  readonly type: string;
  readonly status: number;

  constructor(code: number, type: string, message: string, status = statusOf(code)) {
    super(message);
    this.name = 'EngineError';
    this.code = code;
    this.type = type;
    this.status = status;
  }

  /** The body a ClickHouse server would send; clients take code, message and name from this shape. */
  get body(): string {
    return `Code: ${this.code}. DB::Exception: ${this.message} (${this.type}) (version embedded)\n`;
  }
}

// Codes of ClickHouse's ErrorCodes.cpp that the product tells apart, grouped by the status its HTTP handler sends.
const STATUS: ReadonlyArray<readonly [number, readonly number[]]> = [
  [400, [6, 27, 36, 38, 41, 42, 43, 44, 50, 53, 62, 69, 70, 72, 115, 130, 131, 132, 169, 386, 456, 457]],
  [403, [192, 193, 516]],
  [404, [16, 46, 47, 60, 81]],
  [408, [159]],
  [413, [307]],
  [501, [1, 48, 344]],
  [503, [202, 439]],
];

function statusOf(code: number): number {
  return STATUS.find(([, codes]) => codes.includes(code))?.[0] ?? 500;
}

const SHAPE = /^Code: (\d+)\. DB::Exception: ([\s\S]*?)(?:\.? ?\(([A-Z][A-Z0-9_]{2,})\))?(?: \(version [^)]*\))?\s*$/;

/** Whatever the native library threw, as an EngineError. 1002 UNKNOWN_EXCEPTION when it carries no code. */
export function toEngineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const parts = SHAPE.exec(message.trim());
  if (!parts) return new EngineError(1002, 'UNKNOWN_EXCEPTION', message);
  return new EngineError(Number(parts[1]), parts[3] ?? 'UNKNOWN_EXCEPTION', parts[2] ?? message);
}
