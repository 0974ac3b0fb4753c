import { z } from 'zod';

/**
 * The pieces that every event of the contract is made of. Schemas here only check; they never change a value,
 * so the JSON Schema generated from them says the same as the code.
 */

const plainNumber = (whole: number, places: number) =>
  new RegExp(`^-?\\d{1,${whole}}(\\.\\d{1,${places}})?$`);

/** Decimal as a JSON string (preferred), or a JSON number that 15 digits can carry exactly. Never rounded. */
function decimal(places: number, what: string) {
  const text = plainNumber(18 - places, places);
  const error = `must be a decimal with at most ${18 - places} digits before and ${places} after the point, as a JSON string, or as a JSON number of at most 15 digits`;
  return z
    .union([z.string().regex(text), z.number().refine((n) => text.test(String(n)) && significantDigits(n) <= 15, { error })], { error })
    .meta({ description: what });
}

function significantDigits(n: number): number {
  return String(Math.abs(n)).replace('.', '').replace(/^0+/, '').length;
}

/** Quantity in the line's unit of measure; four decimal places. */
export const quantity = decimal(4, 'Decimal string in the unit of measure of the line, e.g. "12.5"');
/** Price per unit of measure, without tax, in the document's currency; six decimal places. */
export const price = decimal(6, 'Decimal string: price per unit of measure, without tax, in the currency of the document');
/** Amount of money in the document's currency; four decimal places. */
export const amount = decimal(4, 'Decimal string: money in the currency of the document');

const key = z.string().min(1).max(200);
/** A business key: what the source system calls the thing. */
export const businessKey = key.meta({ description: 'Business key, as the source system writes it' });
export const text = z.string().max(500);
export const code = z.string().min(1).max(100);

/** A calendar date of the business, in the facility's own zone, or an instant whose own date is meant. */
export const businessDate = z
  .string()
  .regex(/^(19|20|21|22)\d{2}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(T.*)?$/, { error: 'must be a date, YYYY-MM-DD' })
  .refine((s) => !Number.isNaN(Date.parse(s)) && new Date(`${s.slice(0, 10)}T00:00:00Z`).getUTCDate() === Number(s.slice(8, 10)), {
    error: 'is no calendar date',
  })
  .meta({ description: 'Calendar date, YYYY-MM-DD, in the zone of the facility (or an RFC 3339 instant whose own date is meant)' });

/** An instant with its offset, RFC 3339. */
export const instant = z.iso.datetime({ offset: true }).meta({ description: 'RFC 3339 instant with its offset' });
/** A date or an instant: when something is due. */
export const dueDate = z.union([instant, businessDate]);

export const currency = z.string().regex(/^[A-Z]{3}$/, { error: 'must be an ISO 4217 code of three capitals' }).meta({ description: 'ISO 4217 code' });
export const uom = z.string().min(1).max(20).meta({ description: 'Unit of measure, e.g. EA, BX, CS' });
export const gtin = z.string().regex(/^\d{8}$|^\d{12,14}$/, { error: 'must be 8, 12, 13 or 14 digits' }).meta({ description: 'GTIN-8, -12, -13 or -14, digits only' });

/** A line of another document. `line` is left out where the source names the document only. */
export const lineRef = z
  .looseObject({ document: key, line: key.optional() })
  .meta({ description: 'Reference to a line of another document' });
export type LineRef = z.infer<typeof lineRef>;

/** How an order line (or a usage) is bought and paid: which stages its chain must have. */
export const FLOW_TYPES = [
  'three-way',
  'three-way-invoice-first',
  'two-way',
  'consignment-fill',
  'consignment-use',
  'bill-only',
  'bill-and-replace',
  'stock',
] as const;
export const flowType = z.enum(FLOW_TYPES);
export type FlowType = (typeof FLOW_TYPES)[number];

export const OUTCOMES = ['succeeded', 'failed', 'retrying', 'rejected', 'dead_lettered'] as const;

/** X12 855 line status codes. */
export const ACK_CODES = ['IA', 'IB', 'BP', 'IP', 'IQ', 'IR', 'IS', 'DR', 'ID', 'IH'] as const;
export const ackCode = z.enum(ACK_CODES).meta({
  description:
    'X12 855: IA accepted, IB backordered, BP partial, IP price changed, IQ quantity changed, IR rejected, IS substituted, DR rescheduled, ID deleted, IH hold',
});

/** The head that the data of every event has in common. All of it may be left out where the source does not know. */
export const head = {
  interface: code.optional().meta({ description: 'The integration flow, e.g. pou-to-inventory' }),
  pattern: z.enum(['api', 'event', 'batch', 'edi']).optional(),
  target: code.optional().meta({ description: 'The system that it goes to; source is where it came from' }),
  facility: code.optional().meta({ description: 'The hospital or site' }),
  outcome: z.enum(OUTCOMES).optional().meta({ description: 'How this attempt of the hand-over ended; left out where the event is no hand-over' }),
  attempt: z.number().int().min(1).max(65535).optional(),
  latencyMs: z.number().int().min(0).max(4_294_967_295).optional().meta({ description: 'How long the call or hand-over took, in milliseconds' }),
  error: z
    .looseObject({ class: code, code: z.string().max(100).optional(), message: z.string().max(4000).optional(), retryable: z.boolean().optional() })
    .optional()
    .meta({ description: 'Why the outcome is not succeeded' }),
  actor: z
    .looseObject({ kind: z.enum(['human', 'system']), id: text.optional() })
    .optional()
    .meta({ description: 'Who did it; the id is a pseudonym' }),
  environment: code.optional(),
  schemaVersion: code.optional(),
  mappingVersion: code.optional(),
} as const;

/** The document that an event speaks of. */
export const document = z
  .looseObject({
    id: businessKey,
    revision: z.number().int().min(0).max(16_777_215).optional().meta({ description: 'Counts up with each change; 0 where left out' }),
    date: businessDate.optional(),
    currency: currency.optional(),
  })
  .meta({ description: 'The document: its id, revision, business date and currency' });

/** One line of a document, with the fields that its type adds. */
export function line<T extends z.ZodRawShape>(shape: T) {
  return z.looseObject({ id: businessKey, ...shape });
}

/** Data of an event: the common head, the document, and its own fields. */
export function data<T extends z.ZodRawShape>(shape: T) {
  return z.looseObject({ ...head, ...shape });
}

export const lines = <T extends z.ZodRawShape>(shape: T) => z.array(line(shape)).min(1).max(5000);
export const optionalLines = <T extends z.ZodRawShape>(shape: T) =>
  z.array(line(shape)).max(5000).optional().meta({ description: 'Left out: the whole document is meant' });
