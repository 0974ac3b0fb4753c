import { z } from 'zod';

/**
 * The shape of a mapping file. Every text where a value is expected is a JSONata expression over the record; a
 * number or true/false stands for itself. The places of contract fields are checked by the compiler, which knows
 * the types.
 */

const expression = z.string().trim().min(1, { error: 'is an empty expression' });
const value = z.union([expression, z.number(), z.boolean()], { error: 'must be an expression, a number or true/false' });
const pattern = z.string().regex(/^[^\s.]+(\.[^\s.]+)*$/, { error: 'must be a NATS subject pattern, e.g. events.legacy.>' });
const oneOrMore = <T extends z.ZodType>(item: T) => z.union([item.transform((only) => [only]), z.array(item).min(1)]);

export const FORMATS = ['csv', 'ndjson', 'xes', 'ocel'] as const;
export type ImportFormat = (typeof FORMATS)[number];

/** How a CSV file is read. What is left out is found out: the byte-order mark, the end of a record. */
const csv = z.strictObject({
  delimiter: z.string().min(1).max(4).optional(),
  encoding: z.enum(['utf-8', 'utf-16le', 'latin1']).optional(),
  recordDelimiter: oneOrMore(z.string().min(1)).optional(),
  quote: z.string().max(1).optional(),
  escape: z.string().max(1).optional(),
  comment: z.string().max(4).optional(),
  /** Names of the columns where the file has no header. */
  columns: z.array(z.string().min(1)).min(1).optional(),
  /** Blanks around fields are dropped. */
  trim: z.boolean().optional(),
});
export type CsvOptions = z.infer<typeof csv>;

const data = z.record(z.string(), z.unknown());
const attributes = {
  source: value.optional(), id: value.optional(), time: value.optional(), subject: value.optional(), sequence: value.optional(),
  correlationid: value.optional(), causationid: value.optional(), traceparent: value.optional(), partitionkey: value.optional(), dataref: value.optional(),
};
export const ENVELOPE_FIELDS = Object.keys(attributes);

const event = z.strictObject({ when: value.optional(), type: z.string().min(1), ...attributes, data: data.optional() });
const rule = z
  .strictObject({ when: value.optional(), ignore: z.string().min(1).optional(), events: z.array(event).min(1).optional() })
  .refine((given) => (given.ignore === undefined) !== (given.events === undefined), { error: 'a rule has either `events` or `ignore` with the reason' });

export const mappingFile = z.strictObject({
  mapping: z.string().regex(/^[a-z][a-z0-9-]{0,49}$/, { error: 'must be a name of small letters, digits and hyphens' }),
  version: z.number().int().min(1),
  about: z.string().optional(),
  match: z
    .strictObject({ subject: oneOrMore(pattern).optional(), file: oneOrMore(z.string().min(1)).optional(), format: z.enum(FORMATS).optional() })
    .refine((match) => match.subject !== undefined || match.file !== undefined || match.format !== undefined, { error: 'must name a subject, a file or a format' }),
  csv: csv.optional(),
  params: z.record(z.string().regex(/^[A-Za-z]\w*$/, { error: 'a parameter is a word' }), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
  each: expression.optional(),
  let: z.record(z.string().regex(/^[A-Za-z]\w*$/, { error: 'a name is a word' }), value).optional(),
  common: z.strictObject({ ...attributes, data: data.optional() }).optional(),
  rules: z.array(rule).min(1),
});
export type MappingFile = z.infer<typeof mappingFile>;
