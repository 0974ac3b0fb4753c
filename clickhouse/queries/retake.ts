import { z } from 'zod';
import { defineQuery } from '../client';

/** Dead letters as they are taken in again. */

const LETTER_KEY = 'recorded_at, stream, stream_seq, part, consumer';
const letterRow = z.object({
  stream: z.string(), stream_seq: z.number(), part: z.number(), consumer: z.string(), recorded_at: z.string(), subject: z.string(), reason_code: z.string(), mapping: z.string(),
  facility: z.string(), headers: z.string(), raw: z.string(), raw_encoding: z.string(), raw_bytes: z.number(), redacted: z.array(z.string()),
});
export type StoredLetter = z.infer<typeof letterRow>;
const COLUMNS = 'stream, stream_seq, part, consumer, recorded_at, subject, reason_code, mapping, facility, headers, raw, raw_encoding, raw_bytes, redacted';

/** Letters that nobody has taken in yet, in order of their key, after the one given. A letter holds at most 64 KiB. */
export const lettersToRetake = defineQuery({
  name: 'retake_letters',
  // FINAL: a redelivered letter is one; the range is the key's first column.
  sql: `
    SELECT ${COLUMNS} FROM dead_letters FINAL
    WHERE recorded_at >= {since:DateTime64(3, 'UTC')}
      AND (${LETTER_KEY}) > ({afterTime:DateTime64(3, 'UTC')}, {afterStream:String}, {afterSeq:UInt64}, {afterPart:UInt16}, {afterConsumer:String})
      AND ({reason:String} = '' OR reason_code = {reason:String})
      AND ({mapping:String} = '' OR mapping = {mapping:String} OR startsWith(mapping, concat({mapping:String}, '@')))
      AND (${LETTER_KEY}) NOT IN (SELECT letter_recorded_at, stream, stream_seq, part, consumer FROM retakes WHERE letter_recorded_at >= {since:DateTime64(3, 'UTC')})
    ORDER BY ${LETTER_KEY} LIMIT 200`,
  params: z.object({
    since: z.date(), reason: z.string(), mapping: z.string(), afterTime: z.date(), afterStream: z.string(), afterSeq: z.number(), afterPart: z.number(), afterConsumer: z.string(),
  }),
  row: letterRow,
  limits: { seconds: 60 },
});

/** One letter. */
export const letterToRetake = defineQuery({
  name: 'retake_letter',
  sql: `
    SELECT ${COLUMNS} FROM dead_letters FINAL
    WHERE recorded_at = {recordedAt:DateTime64(3, 'UTC')} AND stream = {stream:String} AND stream_seq = {seq:UInt64} AND part = {part:UInt16} AND consumer = {consumer:String}`,
  params: z.object({ recordedAt: z.date(), stream: z.string(), seq: z.number(), part: z.number(), consumer: z.string() }),
  row: letterRow,
});

/** Which events of these identities the log has. */
export const recordedIdentities = defineQuery({
  name: 'retake_identities',
  // By the hours of the log that hold these ids; an identity is source and id.
  sql: `
    SELECT toString(identity) AS identity, toString(event_key) AS event_key FROM events
    WHERE toStartOfHour(time) IN (SELECT hour FROM event_keys WHERE hash IN (SELECT cityHash64(lower(arrayJoin({ids:Array(String)})))))
      AND id IN {ids:Array(String)} AND toString(identity) IN {identities:Array(String)} GROUP BY identity, event_key`,
  params: z.object({ ids: z.array(z.string()), identities: z.array(z.string()) }),
  row: z.object({ identity: z.string(), event_key: z.string() }),
  limits: { rows: 100_000, seconds: 60 },
});

/** Whether the pages show a letter as taken in: the record of it is an event, and this view of the events follows a moment later. */
export const shownAsTakenIn = defineQuery({
  name: 'retake_shown',
  sql: `
    SELECT count() AS found FROM retakes
    WHERE letter_recorded_at = {recordedAt:DateTime64(3, 'UTC')} AND stream = {stream:String} AND stream_seq = {seq:UInt64} AND part = {part:UInt16} AND consumer = {consumer:String}`,
  params: z.object({ recordedAt: z.date(), stream: z.string(), seq: z.number(), part: z.number(), consumer: z.string() }),
  row: z.object({ found: z.number() }),
});
