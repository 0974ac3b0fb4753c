import { z } from 'zod';

/** What every question of a page is bound by: a span of time and the facilities that the asker may see. */
export const scope = {
  /** Inclusive. */
  from: z.date(),
  /** Exclusive. */
  to: z.date(),
  /** Empty: all facilities. */
  facilities: z.array(z.string()),
} as const;

/** Condition on `facility`. */
export const IN_FACILITIES = '(empty({facilities:Array(String)}) OR facility IN {facilities:Array(String)})';
/** Condition on `time`; the leading toStartOfHour(time) of the log's key follows from it. */
export const IN_RANGE = "time >= {from:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')}";
/** Events that systems handed over; what people and the product did here is in the same log, and no throughput. */
export const HANDED_OVER = "NOT startsWith(type, 'ops.')";

const INTERVALS = {
  minute: '1 MINUTE',
  five_minutes: '5 MINUTE',
  fifteen_minutes: '15 MINUTE',
  hour: '1 HOUR',
  day: '1 DAY',
  week: '1 WEEK',
  month: '1 MONTH',
} as const;
export type Step = keyof typeof INTERVALS;
export const STEPS = Object.keys(INTERVALS) as [Step, ...Step[]];

/** Start of the bucket that `time` falls in, in zone {zone:String}. */
export function bucket(step: Step, column = 'time'): string {
  return `toDateTime(toStartOfInterval(${column}, INTERVAL ${INTERVALS[step]}, {zone:String}), {zone:String})`;
}

/** One query per width of bucket, since an interval is syntax and no parameter. */
export function byStep<T>(make: (step: Step) => T): Readonly<Record<Step, T>> {
  return Object.fromEntries(STEPS.map((step) => [step, make(step)])) as Record<Step, T>;
}

/** What a document as a whole is called in the lineage graph, where its own name is taken (ingest/listener/row.ts). */
export const WHOLE_OBJECT = `transform(document_type, ['match', 'usage', 'posting', 'payment', 'case', 'balance'],
  ['invoice', 'usage-document', 'posting-document', 'payment-document', 'schedule', ''], document_type)`;
